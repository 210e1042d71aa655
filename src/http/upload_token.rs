//! What an upload in two steps hands out (protocol 5.3): an address to store one file at, and an id to confirm it with.
//! Both say all there is to know of the upload, so that nothing is kept before the file is confirmed.

use bugle_actors::Clock;
use bugle_storage::records::{AttachmentKind, Secret};
use bugle_storage::{ProjectId, RecordId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::error::ApiError;
use super::upload::Announced;
use super::views::{kind_names, kind_of_folder};

/// What a token of an upload may be used for. One made for another purpose is refused, though its signature is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UploadPurpose {
    /// To send the bytes.
    #[serde(rename = "store_upload")]
    Store,
    /// To make them a file of the issue.
    #[serde(rename = "confirm_upload")]
    Confirm,
}

impl UploadPurpose {
    /// How long such a token works, in seconds. Clients send the bytes at once and confirm right after. Both end well
    /// before the sweep removes what nobody confirmed, which is after a day.
    const fn life_seconds(self) -> i64 {
        match self {
            Self::Store => 60 * 60,
            Self::Confirm => 12 * 60 * 60,
        }
    }
}

/// One file that may be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadGrant {
    /// The number of the upload, below 2^53.
    pub upload: u64,
    /// The issue's project.
    pub project: ProjectId,
    /// The issue.
    pub issue: RecordId,
    /// What the file is to be.
    pub kind: AttachmentKind,
    /// What it is to be called.
    pub filename: String,
    /// What its bytes must be.
    pub announced: Announced,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    purpose: UploadPurpose,
    upload: u64,
    project: u64,
    issue: u64,
    kind: String,
    filename: String,
    size: u64,
    md5: [u8; 16],
    exp: i64,
}

/// Signs and checks the tokens of uploads: HS256 with this installation's secret.
pub struct UploadTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    clock: Clock,
}

impl UploadTokens {
    /// A signer with this secret.
    pub fn new(secret: &Secret, clock: Clock) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // Checked against our own clock below, which tests can set.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp"]);
        Self {
            encoding: EncodingKey::from_secret(&secret.0),
            decoding: DecodingKey::from_secret(&secret.0),
            validation,
            clock,
        }
    }

    /// A token for an upload, good from now on.
    pub fn sign(&self, grant: &UploadGrant, purpose: UploadPurpose) -> Result<String, ApiError> {
        let claims = Claims {
            purpose,
            upload: grant.upload,
            project: grant.project.0,
            issue: grant.issue.0,
            kind: kind_names(grant.kind).1.to_owned(),
            filename: grant.filename.clone(),
            size: grant.announced.size,
            md5: grant.announced.md5,
            exp: self.clock.now().seconds() + purpose.life_seconds(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(ApiError::internal)
    }

    /// What a token is for; `None` when it is not ours, too old, or for another purpose.
    pub fn verify(&self, token: &str, purpose: UploadPurpose) -> Option<UploadGrant> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .ok()?
            .claims;
        if claims.purpose != purpose || self.clock.now().seconds() >= claims.exp {
            return None;
        }
        Some(UploadGrant {
            upload: claims.upload,
            project: ProjectId(claims.project),
            issue: RecordId(claims.issue),
            kind: kind_of_folder(&claims.kind)?,
            filename: claims.filename,
            announced: Announced {
                size: claims.size,
                md5: claims.md5,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use bugle_storage::Timestamp;

    use super::*;
    use crate::http::update_token::{UpdateGrant, UpdateTokens};

    fn grant() -> UploadGrant {
        UploadGrant {
            upload: 9,
            project: ProjectId(5),
            issue: RecordId(77),
            kind: AttachmentKind::BinaryFile,
            filename: "slot 1.sav".to_owned(),
            announced: Announced {
                size: 3,
                md5: [7; 16],
            },
        }
    }

    #[test]
    fn a_token_is_for_its_purpose_until_it_ends() {
        let clock = Clock::manual(Timestamp(0));
        let tokens = UploadTokens::new(&Secret([1; 32]), clock.clone());
        for (purpose, other, hours) in [
            (UploadPurpose::Store, UploadPurpose::Confirm, 1),
            (UploadPurpose::Confirm, UploadPurpose::Store, 12),
        ] {
            clock.set(Timestamp(0));
            let token = tokens.sign(&grant(), purpose).unwrap();
            assert_eq!(tokens.verify(&token, purpose), Some(grant()));
            assert_eq!(tokens.verify(&token, other), None);
            clock.set(Timestamp(hours * 3_600_000 - 1));
            assert_eq!(tokens.verify(&token, purpose), Some(grant()));
            clock.set(Timestamp(hours * 3_600_000));
            assert_eq!(tokens.verify(&token, purpose), None);
        }
    }

    #[test]
    fn no_token_stands_in_for_one_of_another_sort() {
        let clock = Clock::manual(Timestamp(0));
        let secret = Secret([1; 32]);
        let tokens = UploadTokens::new(&secret, clock.clone());
        let updates = UpdateTokens::new(&secret, clock.clone());
        let update = updates.sign(
            UpdateGrant {
                project: ProjectId(5),
                issue: RecordId(77),
            },
            0,
        );
        for purpose in [UploadPurpose::Store, UploadPurpose::Confirm] {
            assert_eq!(tokens.verify(&update, purpose), None);
            let token = tokens.sign(&grant(), purpose).unwrap();
            assert_eq!(updates.verify(&token), None);
            let strangers = UploadTokens::new(&Secret([2; 32]), clock.clone());
            assert_eq!(strangers.verify(&token, purpose), None);
        }
    }
}
