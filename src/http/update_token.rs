//! The token that comes with the answer to a create: it lets whoever sent a report add to it and publish it
//! (protocol 1.1, "update token").

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bugle_actors::Clock;
use bugle_storage::records::Secret;
use bugle_storage::{ProjectId, RecordId};
use hmac::{Hmac, Mac};
use jsonwebtoken::{DecodingKey, Validation};
use serde::Deserialize;
use sha2::Sha256;

use super::signing;

/// How long an update token works, in seconds: three days. Clients add media within minutes, but a player's
/// offline queue may publish later (protocol 6 asks for 24 hours at least).
const LIFE_SECONDS: i64 = 3 * 24 * 60 * 60;

/// What a JWT may be used for. One made for another purpose is refused, though its signature is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    UpdateIssue,
}

/// What an update token says.
#[derive(Debug, Deserialize)]
struct Claims {
    purpose: Purpose,
    project: u64,
    issue: u64,
    exp: i64,
}

/// The one record that an update token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdateGrant {
    /// Its project.
    pub project: ProjectId,
    /// The issue.
    pub issue: RecordId,
}

/// Signs and checks update tokens: HS256 with this installation's secret.
///
/// Every report is answered with a token, so signing is done here with a key that is set up once; checking,
/// which has to withstand what others send, is left to `jsonwebtoken`.
pub struct UpdateTokens {
    /// The encoded header and the dot behind it, the same for every token.
    head: String,
    key: Hmac<Sha256>,
    decoding: DecodingKey,
    validation: Validation,
    clock: Clock,
}

impl UpdateTokens {
    /// A signer with this secret.
    pub fn new(secret: &Secret, clock: Clock) -> Self {
        Self {
            head: format!("{}.", URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#)),
            key: signing::key(secret),
            decoding: DecodingKey::from_secret(&secret.0),
            validation: signing::validation(),
            clock,
        }
    }

    /// A token for an issue; the same for the same issue and moment, so that a repeated answer repeats it.
    /// `issued_at` is in seconds since the epoch.
    pub fn sign(&self, grant: UpdateGrant, issued_at: i64) -> String {
        let [mut project, mut issue, mut from, mut until] = [itoa::Buffer::new(); 4];
        let claims = [
            r#"{"purpose":"update_issue","project":"#,
            project.format(grant.project.0),
            r#","issue":"#,
            issue.format(grant.issue.0),
            r#","iat":"#,
            from.format(issued_at),
            r#","exp":"#,
            until.format(issued_at + LIFE_SECONDS),
            "}",
        ]
        .concat();
        let mut token = String::with_capacity(256);
        token.push_str(&self.head);
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.key.clone().chain_update(&token).finalize().into_bytes();
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// What a token is for; `None` when it is not ours, too old, or for another purpose.
    pub fn verify(&self, token: &str) -> Option<UpdateGrant> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .ok()?
            .claims;
        let live = claims.purpose == Purpose::UpdateIssue && self.clock.now().seconds() < claims.exp;
        live.then_some(UpdateGrant {
            project: ProjectId(claims.project),
            issue: RecordId(claims.issue),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bugle_storage::Timestamp;
    use jsonwebtoken::{Algorithm, EncodingKey, Header};

    const GRANT: UpdateGrant = UpdateGrant {
        project: ProjectId(5),
        issue: RecordId(77),
    };

    fn tokens(key: u8, clock: &Clock) -> UpdateTokens {
        UpdateTokens::new(&Secret([key; 32]), clock.clone())
    }

    #[test]
    fn a_token_is_for_its_issue_until_it_ends() {
        let clock = Clock::manual(Timestamp(0));
        let tokens = tokens(1, &clock);
        let token = tokens.sign(GRANT, 0);
        assert_eq!(tokens.verify(&token), Some(GRANT));
        assert_eq!(tokens.sign(GRANT, 0), token, "a repeated answer repeats it");
        clock.set(Timestamp(LIFE_SECONDS * 1000 - 1));
        assert_eq!(tokens.verify(&token), Some(GRANT));
        clock.set(Timestamp(LIFE_SECONDS * 1000));
        assert_eq!(tokens.verify(&token), None);
    }

    #[test]
    fn a_token_that_is_not_ours_is_none() {
        let clock = Clock::manual(Timestamp(0));
        let tokens = tokens(1, &clock);
        let other = UpdateTokens::new(&Secret([2; 32]), clock.clone());
        assert_eq!(tokens.verify(&other.sign(GRANT, 0)), None);
        assert_eq!(tokens.verify("a.b.c"), None);
        let none = jsonwebtoken::encode(
            &Header::new(Algorithm::HS512),
            &serde_json::json!({"purpose": "update_issue", "project": 5, "issue": 77, "iat": 0, "exp": 9_999_999}),
            &EncodingKey::from_secret(&[1; 32]),
        );
        assert_eq!(tokens.verify(&none.unwrap()), None, "another algorithm");
        let purpose = jsonwebtoken::encode(
            &Header::new(Algorithm::HS256),
            &serde_json::json!({"purpose": "sign_in", "project": 5, "issue": 77, "iat": 0, "exp": 9_999_999}),
            &EncodingKey::from_secret(&[1; 32]),
        );
        assert_eq!(tokens.verify(&purpose.unwrap()), None, "another purpose");
    }
}
