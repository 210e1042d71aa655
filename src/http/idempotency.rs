//! `Idempotency-Key`: a client that lost the answer sends the request again under the same key.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use bugle_actors::IdempotencyKey;
use bugle_storage::{AddressHash, RecordId, UserId};
use sha2::{Digest, Sha256};

use super::error::ApiError;
use super::request_body::Body;

/// The header's name.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Set on an answer that is the first one again.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Bytes of a key.
pub const KEY_SIZE_MAX: usize = 255;

/// The same key as sent by whoever holds the update token of `issue`. Two players' games may count their requests alike,
/// and their keys must not meet.
pub fn of_holder(key: IdempotencyKey, issue: RecordId) -> IdempotencyKey {
    within(key, issue.0)
}

/// The same key as sent by somebody who signed in from a game.
pub fn of_player(key: IdempotencyKey, user: UserId) -> IdempotencyKey {
    within(key, PLAYERS | user.0)
}

/// The same key as sent from `address` by somebody who shows no token: strangers must not meet either.
pub fn of_address(key: IdempotencyKey, address: AddressHash) -> IdempotencyKey {
    within(key, address.0)
}

/// Sets users apart from records, whose ids are below 2^53.
const PLAYERS: u64 = 1 << 63;

fn within(key: IdempotencyKey, space: u64) -> IdempotencyKey {
    let hash = Sha256::new_with_prefix(key.hash)
        .chain_update(space.to_be_bytes())
        .finalize();
    IdempotencyKey {
        hash: first_half(&hash),
        ..key
    }
}

fn first_half(hash: &[u8]) -> [u8; 16] {
    hash.first_chunk().copied().unwrap_or_default()
}

/// The request's key, if it has one. Its body tells it from another request to the same address; without a key nobody
/// looks at that.
pub fn key_of(request: &HttpRequest, body: &Body) -> Result<Option<IdempotencyKey>, ApiError> {
    let key = unread_key_of(request)?;
    Ok(key.map(|key| with_body(key, request, body)))
}

/// The same for a form of a page, which carries its key in a field. None where that is no key at all.
pub fn of_form(key: &str, request: &HttpRequest, body: &Body) -> Option<IdempotencyKey> {
    named(key.as_bytes()).map(|key| with_body(key, request, body))
}

fn with_body(key: IdempotencyKey, request: &HttpRequest, body: &Body) -> IdempotencyKey {
    let mut request_hash = begin_fingerprint(request.method().as_str(), request.path());
    body.identify(&mut request_hash);
    IdempotencyKey {
        fingerprint: fingerprint(request_hash),
        ..key
    }
}

/// What tells requests apart, all but the body. An address is the same one with and without `.json`.
pub fn begin_fingerprint(method: &str, path: &str) -> Sha256 {
    Sha256::new_with_prefix(method)
        .chain_update([0])
        .chain_update(path.strip_suffix(".json").unwrap_or(path))
        .chain_update(".json")
        .chain_update([0])
}

/// What tells a request from others; `request_hash` has taken its body in.
pub fn fingerprint(request_hash: Sha256) -> u64 {
    let whole = request_hash.finalize();
    u64::from_be_bytes(whole.first_chunk::<8>().copied().unwrap_or_default())
}

/// A key by what it is called, with nothing that tells a retry from another request. `None` when it is empty or too long.
pub fn named(name: &[u8]) -> Option<IdempotencyKey> {
    let name = name.trim_ascii();
    (1..=KEY_SIZE_MAX).contains(&name.len()).then(|| IdempotencyKey {
        hash: first_half(&Sha256::digest(name)),
        fingerprint: 0,
    })
}

/// Whether the request has a key, good or not.
pub fn has_key(request: &HttpRequest) -> bool {
    request.headers().contains_key(HEADER)
}

/// The key of a request whose body is not read yet, so that nothing tells a retry from another request.
pub fn unread_key_of(request: &HttpRequest) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(value) = request.headers().get(HEADER) else {
        return Ok(None);
    };
    let refused = || {
        ApiError::bad_request(format!(
            "Idempotency-Key must have 1 to {KEY_SIZE_MAX} characters"
        ))
    };
    named(value.as_bytes()).map(Some).ok_or_else(refused)
}
