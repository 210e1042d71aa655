//! Identity keys, as the document tells them.

use super::{IdentityKeyBody, IdentityKeyList, IdentityKeyView};
use crate::http::openapi::operation::{Operation, delete, get, post};

/// What can be done with identity keys.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects/{project}/identity_keys.json";
    const ONE: &str = "/projects/{project}/identity_keys/{key}.json";
    vec![
        get(ALL, super::list)
            .says("List identity keys", "Oldest first, without secrets.")
            .answers::<IdentityKeyList>("The keys"),
        post(ALL, super::create)
            .says(
                "Register an identity key",
                "The studio's own server signs a JWT with it that says who is playing: `exp`, and `sub` or `email`; \
                 `name`, `custom`, `nbf`, `iat` and `aud` (the project's id) if it likes, and the key's `kid` in the \
                 header. The game sends reports with `FormUser tkn-…,JWT`, as often as it likes until `exp`, which is at \
                 most 30 days ahead. `public_key` (PEM or JWK) is for RS256, ES256 and EdDSA. For HS256 there is `secret`; \
                 without one the server makes it, and tells it in this answer and in no other.",
            )
            .takes::<IdentityKeyBody>(&["name", "algorithm"])
            .repeatable()
            .creates::<IdentityKeyView>("The key"),
        get(ONE, super::show)
            .says("Read an identity key", "")
            .answers::<IdentityKeyView>("The key"),
        delete(ONE, super::remove)
            .says(
                "Delete an identity key",
                "To every request that starts after the answer, what it signed says nothing.",
            )
            .answers::<IdentityKeyView>("The key that was deleted"),
    ]
}
