//! `/projects/{project}/identity_keys`: the keys with which a studio's own server signs who is playing. The protocol has
//! no such thing; what such a JWT then says of a report is in `players`.

mod body;
mod claims;
mod operations;
mod players;
mod public_key;

use std::fmt::Write;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    CreateIdentityKey, CreatedIdentityKey, IdempotencyKey, ListIdentityKeys, NewIdentityKey,
    RemoveIdentityKey,
};
use bugle_storage::ProjectId;
use bugle_storage::records::{IdentityKey, KeyMaterial};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::access::{Caller, Membership, OwnerOf};
use super::body::Record;
use super::error::ApiError;
use super::openapi::names::KeyAlgorithmName;
use super::state::AppState;
use super::views::Iso;
use super::{created, idempotency, numbers, request_body};
use body::RegisteredKey;
pub use body::{ALGORITHMS, IdentityKeyBody};
pub use operations::operations;
pub use players::{Defect, VerifiedPlayer, verify};

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// How many bytes of a secret's hash are shown: enough for people to tell their secrets apart.
const PARTIAL_SIZE: usize = 4;

/// A key as its project's owners see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityKey)]
struct IdentityKeyView<'a> {
    id: u32,
    project_id: String,
    name: &'a str,
    #[schema(value_type = KeyAlgorithmName)]
    algorithm: &'static str,
    /// What a JWT calls it in its header.
    kid: &'a str,
    /// Of a public key the SHA-256 of its DER (`SubjectPublicKeyInfo`) in hex; of a secret the first eight digits of its
    /// SHA-256.
    fingerprint: String,
    created_at: Iso,
    last_used_at: Option<Iso>,
    /// A secret that the server made; in this answer and in no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

impl<'a> IdentityKeyView<'a> {
    fn of(key: &'a IdentityKey, secret: Option<&'a str>) -> Self {
        Self {
            id: key.number,
            project_id: key.project.to_string(),
            name: &key.name,
            algorithm: key.material.algorithm(),
            kid: &key.kid,
            fingerprint: fingerprint(&key.material),
            created_at: Iso(key.created_at),
            last_used_at: key.last_used_at.map(Iso),
            secret,
        }
    }
}

/// What tells a key from others, and tells nothing of a secret to whoever does not know it.
pub fn fingerprint(material: &KeyMaterial) -> String {
    let (bytes, shown) = match material {
        KeyMaterial::Hs256(secret) => (secret, PARTIAL_SIZE),
        KeyMaterial::Rs256(der) | KeyMaterial::Es256(der) | KeyMaterial::EdDsa(der) => {
            (der, Sha256::output_size())
        }
    };
    let hash = Sha256::digest(bytes);
    hash.iter().take(shown).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[derive(Serialize, ToSchema)]
#[schema(as = IdentityKeyList)]
struct IdentityKeyList<'a> {
    identity_keys: Vec<IdentityKeyView<'a>>,
}

/// `GET /projects/{project}/identity_keys.json`
pub async fn list(caller: Caller<OwnerOf>, state: State) -> Answer {
    let keys = keys_of(caller.0.project, &state).await?;
    let identity_keys = keys.iter().map(|key| IdentityKeyView::of(key, None)).collect();
    Ok(HttpResponse::Ok().json(IdentityKeyList { identity_keys }))
}

/// A project's keys, oldest first.
pub async fn keys_of(project: ProjectId, state: &AppState) -> Result<Vec<IdentityKey>, ApiError> {
    state
        .ask_tokens(|reply| ListIdentityKeys { project, reply })
        .await
}

/// `POST /projects/{project}/identity_keys.json`
pub async fn create(
    caller: Caller<OwnerOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let project = caller.0.project;
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let sent = body.decode::<Record<IdentityKeyBody>>()?.0;
    let (created, secret) = create_from(&caller.0, sent, key, &state).await?;
    let base = &state.options.public_url;
    let url = format!(
        "{base}/projects/{project}/identity_keys/{}",
        created.record.number
    );
    Ok(created::at(&url, created.replayed)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(IdentityKeyView::of(&created.record, secret.as_deref())))
}

/// Registers the key that an owner described; with the secret, where it was made here.
pub async fn create_from(
    owner: &Membership,
    sent: IdentityKeyBody,
    key: Option<IdempotencyKey>,
    state: &AppState,
) -> Result<(CreatedIdentityKey, Option<String>), ApiError> {
    let RegisteredKey {
        name,
        kid,
        material,
        made_secret,
    } = sent.check()?;
    let new = NewIdentityKey {
        project: owner.project,
        name,
        kid,
        material,
    };
    let created = state
        .ask_tokens(|reply| CreateIdentityKey {
            new,
            submitter: owner.person.submitter,
            key,
            reply,
        })
        .await?;
    // The secret is shown once: a first answer that comes again is without it.
    let secret = made_secret.filter(|_| !created.replayed);
    Ok((created, secret))
}

/// `GET /projects/{project}/identity_keys/{key}.json`
pub async fn show(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    let number = number_of(&request)?;
    let keys = keys_of(caller.0.project, &state).await?;
    let key = keys.iter().find(|key| key.number == number);
    let key = key.ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok().json(IdentityKeyView::of(key, None)))
}

/// `DELETE /projects/{project}/identity_keys/{key}.json`
pub async fn remove(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    let removed = remove_one(caller.0.project, &request, &state).await?;
    Ok(HttpResponse::Ok().json(IdentityKeyView::of(&removed, None)))
}

/// Removes the key that the path names.
pub async fn remove_one(
    project: ProjectId,
    request: &HttpRequest,
    state: &AppState,
) -> Result<IdentityKey, ApiError> {
    let number = number_of(request)?;
    state
        .ask_tokens(|reply| RemoveIdentityKey {
            project,
            number,
            reply,
        })
        .await
}

fn number_of(request: &HttpRequest) -> Result<u32, ApiError> {
    numbers::in_path(request, "key")
}
