//! What is known of a token from its value.

use serde_json::Value;
use sha2::{Digest, Sha256};
use support::Response;

/// What lists show of a token: the first 8 hex digits of its SHA-256.
pub(crate) fn partial(token: &str) -> String {
    let hash = Sha256::digest(token.as_bytes());
    let first = hash.first_chunk().copied().unwrap();
    format!("{:08x}", u32::from_be_bytes(first))
}

/// The token in the answer to a create. Panics unless that is the one answer that shows it.
#[track_caller]
pub(crate) fn shown(answer: &Response, prefix: &str) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    let body = answer.json();
    let token = body["token"]
        .as_str()
        .unwrap_or_else(|| panic!("no token in {body}"));
    let digits = token
        .strip_prefix(prefix)
        .unwrap_or_else(|| panic!("{token} is no {prefix}"));
    assert_eq!(digits.len(), 64, "{token}");
    assert!(
        digits
            .bytes()
            .all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit)),
        "{token}"
    );
    assert_eq!(body.get("partial_token"), None, "{body}");
    assert_eq!(
        answer.header("Cache-Control"),
        Some("no-store"),
        "nobody else keeps it"
    );
    token.to_owned()
}

/// Panics unless a record shows the partial value in place of the token.
#[track_caller]
pub(crate) fn check_hidden(record: &Value, token: &str) {
    assert_eq!(record["partial_token"], partial(token), "{record}");
    assert_eq!(record.get("token"), None, "{record}");
    assert!(!record.to_string().contains(token), "{record}");
}

/// The last digit of a token exchanged for another.
pub(crate) fn mistyped(token: &str) -> String {
    let (rest, last) = token.split_at(token.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}
