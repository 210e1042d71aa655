//! The key of a line. It is the same as one that comes in a header beside a single report: a launcher that never heard
//! of the answer puts into its queue what it sent, with the key inside.

use bugle_actors::IdempotencyKey;
use bugle_storage::ProjectId;
use sha2::{Digest, Sha256};

use crate::http::body::Text;
use crate::http::error::{ApiError, FieldError};
use crate::http::idempotency;

const NAME: &str = "\"idempotency_key\"";

/// Makes keys of lines.
pub(super) struct LineKeys {
    /// What a single report's fingerprint begins with.
    begun: Sha256,
}

impl LineKeys {
    pub(super) fn new(project: ProjectId) -> Self {
        let path = format!("/projects/{project}/issues.json");
        Self {
            begun: idempotency::begin_fingerprint("POST", &path),
        }
    }

    /// The key that the line names. Without its key, the line is the body of a single report.
    pub(super) fn of(&self, name: &Text, line: &str) -> Result<IdempotencyKey, ApiError> {
        let key = idempotency::named(name.0.as_bytes()).ok_or_else(|| {
            let problem = format!("must have 1 to {} characters", idempotency::KEY_SIZE_MAX);
            ApiError::from(vec![FieldError::new("idempotency_key", problem)])
        })?;
        let mut line_hash = self.begun.clone();
        for part in without_key(line, &name.0) {
            line_hash.update(part);
        }
        Ok(IdempotencyKey {
            fingerprint: idempotency::fingerprint(line_hash),
            ..key
        })
    }
}

/// The text of an object without the member that is its key, as the text of the same object that never had one. Where the
/// member is not found in the text, because it is written with escapes, it is all of the text.
fn without_key<'l>(line: &'l str, key: &str) -> [&'l str; 2] {
    // Nearly all begin with it, and to look for it costs more than the cut.
    if let Some(after) = line.strip_prefix('{').and_then(|rest| rest.strip_prefix(NAME))
        && let Some(parts) = cut("{", after, key)
    {
        return parts;
    }
    let places = line.match_indices(NAME);
    let mut cuts = places.filter_map(|(at, _)| cut(line.get(..at)?, line.get(at + NAME.len()..)?, key));
    cuts.next().unwrap_or([line, ""])
}

/// What is before and behind the member whose name stands between these two. No text looks like one: a quote in a text
/// has a backslash before it.
fn cut<'l>(before: &'l str, after: &'l str, key: &str) -> Option<[&'l str; 2]> {
    let value = after.trim_ascii_start().strip_prefix(':')?.trim_ascii_start();
    let after = value
        .strip_prefix('"')?
        .strip_prefix(key)?
        .strip_prefix('"')?
        .trim_ascii_start();
    let before = before.trim_ascii_end();
    if before.ends_with('{') {
        return Some([before, after.strip_prefix(',')?.trim_ascii_start()]);
    }
    let before = before.strip_suffix(',')?.trim_ascii_end();
    after.starts_with([',', '}']).then_some([before, after])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_taken_out_wherever_it_stands() {
        for (line, without) in [
            (r#"{"idempotency_key":"k","title":"x"}"#, r#"{"title":"x"}"#),
            (r#"{ "idempotency_key" : "k" , "title":"x"}"#, r#"{"title":"x"}"#),
            (r#"{"title":"x","idempotency_key":"k"}"#, r#"{"title":"x"}"#),
            (r#"{"title": "x", "idempotency_key": "k"}"#, r#"{"title": "x"}"#),
            (
                r#"{"a": 1, "idempotency_key": "k", "z": 2}"#,
                r#"{"a": 1, "z": 2}"#,
            ),
            (
                r#"{"issue":{"title":"x","idempotency_key":"k"}}"#,
                r#"{"issue":{"title":"x"}}"#,
            ),
        ] {
            assert_eq!(without_key(line, "k").concat(), without);
        }
        for line in [
            r#"{"title":"x"}"#,
            r#"{"idempotency_key":"k"}"#,
            r#"{"title":"x","idempotency_key":7}"#,
            r#"{"title":"x","idempotency_key":"another"}"#,
            r#"{"title":"x","idempotency_key":"\u006b"}"#,
            r#"{"title":"say \",\"idempotency_key\":\"k\"}"}"#,
            "",
        ] {
            assert_eq!(without_key(line, "k"), [line, ""]);
        }
    }

    #[test]
    fn a_key_has_one_to_255_characters() {
        let keys = LineKeys::new(ProjectId(1));
        let of = |name: &str| keys.of(&Text(name.to_owned()), "{}").map(|key| key.hash);
        assert_eq!(of(" k ").unwrap(), of("k").unwrap());
        assert!(of(&"k".repeat(255)).is_ok());
        for wrong in [String::new(), "  ".to_owned(), "k".repeat(256)] {
            assert_eq!(
                of(&wrong).unwrap_err().text(),
                "idempotency_key must have 1 to 255 characters"
            );
        }
    }
}
