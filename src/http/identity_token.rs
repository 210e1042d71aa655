//! The tokens that stand behind the comma of `FormUser tkn-…,JWT` and say who reports: a submission token, which a
//! studio's own server asked for (protocol 8), and the token of somebody who signed in from a game (protocol 7).
//!
//! Both are JWTs as update tokens are, HS256 with this installation's secret. Each says its purpose, and which rules a bad
//! one meets goes by the purpose it claims: a report with a bad submission token is refused, and a bad sign-in counts as
//! none, so that a stale one loses no report.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bugle_actors::{Clock, DeviceSignInId, SessionHash, SubmissionToken};
use bugle_storage::records::{CustomValue, Reporter, Secret, VouchedPlayer};
use bugle_storage::{ProjectId, Timestamp, UserId};
use hmac::{Hmac, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::error::ApiError;
use super::signing;

/// How long the token of somebody who signed in from a game works, in seconds: 24 hours, which is how long clients keep it.
const PLAYER_LIFE_SECONDS: i64 = 24 * 60 * 60;
/// Tells what a form's token is signed over from whatever else is signed.
const FORM: &[u8] = b"device sign-in form\0";

/// What such a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    SubmitReport,
    SignInPlayer,
}

#[derive(Deserialize)]
struct Claimed {
    purpose: Purpose,
}

#[derive(Serialize, Deserialize)]
struct SubmissionClaims {
    purpose: Purpose,
    project: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    email: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    custom: Vec<(String, ClaimedValue)>,
    jti: String,
    exp: i64,
}

/// One value, or several, as JSON has them.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ClaimedValue {
    One(String),
    Many(Vec<String>),
}

#[derive(Serialize, Deserialize)]
struct PlayerClaims {
    purpose: Purpose,
    user: u64,
    exp: i64,
}

/// What a submission token says.
#[derive(Clone, PartialEq, Eq)]
pub struct SubmissionGrant {
    /// The project whose reports it is for.
    pub project: ProjectId,
    /// Who reports.
    pub email: Option<String>,
    /// What the project's actor is to know of it.
    pub token: Arc<SubmissionToken>,
}

impl SubmissionGrant {
    /// Who reports, where it says so.
    pub fn reporter(&self) -> Option<Reporter> {
        let email = Some(self.email.clone()?);
        Some(Reporter::Vouched(Box::new(VouchedPlayer {
            email,
            ..VouchedPlayer::default()
        })))
    }
}

impl fmt::Debug for SubmissionGrant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SubmissionGrant(..)")
    }
}

/// Somebody who signed in from a game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Player {
    /// Who.
    pub user: UserId,
    /// When the token stops working.
    pub expires_at: Timestamp,
}

/// What a token turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum IdentityToken {
    /// A submission token of ours, ended or not.
    Submission(SubmissionGrant),
    /// Something that claims to be a submission token, and is none of ours.
    BadSubmission,
    /// A sign-in that is good; whether there is still such a user, is not known here.
    Player(Player),
    /// A sign-in that is no good: as good as nothing.
    Nothing,
    /// What claims to be neither. A key of the project may have signed it.
    Foreign,
}

/// Signs and checks such tokens, and what the page of a sign-in brings back.
pub struct IdentityTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    forms: Hmac<Sha256>,
    clock: Clock,
}

impl IdentityTokens {
    /// A signer with this secret.
    pub fn new(secret: &Secret, clock: Clock) -> Self {
        Self {
            encoding: EncodingKey::from_secret(&secret.0),
            decoding: DecodingKey::from_secret(&secret.0),
            validation: signing::validation(),
            forms: signing::key(secret),
            clock,
        }
    }

    /// A submission token.
    pub fn sign_submission(&self, grant: &SubmissionGrant) -> Result<String, ApiError> {
        let token = &grant.token;
        let value = |value: &CustomValue| match value {
            CustomValue::One(text) => ClaimedValue::One(text.clone()),
            CustomValue::Many(texts) => ClaimedValue::Many(texts.clone()),
        };
        let custom = token.custom_fields.iter();
        self.sign(&SubmissionClaims {
            purpose: Purpose::SubmitReport,
            project: grant.project.0,
            email: grant.email.clone(),
            custom: custom.map(|(name, it)| (name.clone(), value(it))).collect(),
            jti: URL_SAFE_NO_PAD.encode(token.id),
            exp: token.expires_at.seconds(),
        })
    }

    /// The token of somebody who signs in from a game now.
    pub fn sign_player(&self, user: UserId) -> Result<String, ApiError> {
        self.sign(&PlayerClaims {
            purpose: Purpose::SignInPlayer,
            user: user.0,
            exp: self.clock.now().seconds() + PLAYER_LIFE_SECONDS,
        })
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, ApiError> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.encoding)
            .map_err(ApiError::internal)
    }

    /// What a token is. Whether a submission token has ended is for the project's actor to say, which knows whether the
    /// request is a retry.
    pub fn read(&self, token: &str) -> IdentityToken {
        match claimed_purpose(token) {
            Some(Purpose::SubmitReport) => self
                .submission(token)
                .map_or(IdentityToken::BadSubmission, IdentityToken::Submission),
            Some(Purpose::SignInPlayer) => self
                .player(token)
                .map_or(IdentityToken::Nothing, IdentityToken::Player),
            None => IdentityToken::Foreign,
        }
    }

    fn verified<C: DeserializeOwned>(&self, token: &str) -> Option<C> {
        let decoded = jsonwebtoken::decode::<C>(token, &self.decoding, &self.validation);
        Some(decoded.ok()?.claims)
    }

    fn submission(&self, token: &str) -> Option<SubmissionGrant> {
        let claims: SubmissionClaims = self.verified(token)?;
        let id = URL_SAFE_NO_PAD.decode(&claims.jti).ok()?.try_into().ok()?;
        let value = |value| match value {
            ClaimedValue::One(text) => CustomValue::One(text),
            ClaimedValue::Many(texts) => CustomValue::Many(texts),
        };
        let custom = claims.custom.into_iter();
        (claims.purpose == Purpose::SubmitReport).then(|| SubmissionGrant {
            project: ProjectId(claims.project),
            email: claims.email,
            token: Arc::new(SubmissionToken {
                id,
                expires_at: from_seconds(claims.exp),
                custom_fields: custom.map(|(name, it)| (name, value(it))).collect(),
            }),
        })
    }

    fn player(&self, token: &str) -> Option<Player> {
        let claims: PlayerClaims = self.verified(token)?;
        let live = claims.purpose == Purpose::SignInPlayer && self.clock.now().seconds() < claims.exp;
        live.then_some(Player {
            user: UserId(claims.user),
            expires_at: from_seconds(claims.exp),
        })
    }

    /// What the page for a sign-in carries, and brings back with the decision: no page but ours, shown in this session,
    /// knows it.
    pub fn form_token(&self, session: SessionHash, sign_in: DeviceSignInId) -> String {
        URL_SAFE_NO_PAD.encode(self.form(session, sign_in).finalize().into_bytes())
    }

    /// Whether a form's token is that of this session and this sign-in.
    pub fn is_form_token(&self, token: &str, session: SessionHash, sign_in: DeviceSignInId) -> bool {
        let token = URL_SAFE_NO_PAD.decode(token);
        token.is_ok_and(|token| self.form(session, sign_in).verify_slice(&token).is_ok())
    }

    fn form(&self, session: SessionHash, sign_in: DeviceSignInId) -> Hmac<Sha256> {
        let form = self.forms.clone().chain_update(FORM);
        form.chain_update(session.bytes()).chain_update(sign_in.bytes())
    }
}

fn from_seconds(seconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(1000))
}

/// What a token claims to be for. Nothing has been checked.
fn claimed_purpose(token: &str) -> Option<Purpose> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claimed: Claimed = serde_json::from_slice(&claims).ok()?;
    Some(claimed.purpose)
}

#[cfg(test)]
mod tests;
