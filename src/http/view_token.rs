//! What a mail's link leads with: whoever has it sees one report, and can do nothing.

use bugle_actors::Clock;
use bugle_storage::records::{ReportKind, Secret};
use bugle_storage::{ProjectId, RecordId};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::signing;

/// How long a link works, in seconds: 90 days.
const LIFE_SECONDS: i64 = 90 * 24 * 60 * 60;

/// What a JWT may be used for. One made for another purpose is refused, though its signature is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    ViewReport,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    purpose: Purpose,
    project: u64,
    kind: u8,
    report: u64,
    exp: i64,
}

/// The one report that a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewGrant {
    /// Its project.
    pub project: ProjectId,
    /// What kind it is.
    pub kind: ReportKind,
    /// The report.
    pub report: RecordId,
}

/// Signs and checks such tokens: HS256 with this installation's secret.
pub struct ViewTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    clock: Clock,
}

impl ViewTokens {
    /// A signer with this secret.
    pub fn new(secret: &Secret, clock: Clock) -> Self {
        Self {
            encoding: EncodingKey::from_secret(&secret.0),
            decoding: DecodingKey::from_secret(&secret.0),
            validation: signing::validation(),
            clock,
        }
    }

    /// A token for a report, issued at this second since the epoch.
    pub fn sign(&self, grant: ViewGrant, issued_at: i64) -> String {
        let claims = Claims {
            purpose: Purpose::ViewReport,
            project: grant.project.0,
            kind: grant.kind as u8,
            report: grant.report.0,
            exp: issued_at + LIFE_SECONDS,
        };
        // HS256 with a key of bytes cannot fail; a link without a token leads to "not found".
        jsonwebtoken::encode(&Header::default(), &claims, &self.encoding).unwrap_or_default()
    }

    /// What a token shows; `None` when it is not ours, too old, or for another purpose.
    pub fn verify(&self, token: &str) -> Option<ViewGrant> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .ok()?
            .claims;
        if claims.purpose != Purpose::ViewReport || self.clock.now().seconds() >= claims.exp {
            return None;
        }
        Some(ViewGrant {
            project: ProjectId(claims.project),
            kind: ReportKind::from_byte(claims.kind)?,
            report: RecordId(claims.report),
        })
    }
}

#[cfg(test)]
mod tests {
    use bugle_storage::Timestamp;

    use super::*;
    use crate::http::update_token::{UpdateGrant, UpdateTokens};

    const GRANT: ViewGrant = ViewGrant {
        project: ProjectId(5),
        kind: ReportKind::SupportTicket,
        report: RecordId(77),
    };

    #[test]
    fn a_link_works_for_ninety_days_and_shows_one_report() {
        let clock = Clock::manual(Timestamp(0));
        let tokens = ViewTokens::new(&Secret([1; 32]), clock.clone());
        let token = tokens.sign(GRANT, 0);
        assert_eq!(tokens.verify(&token), Some(GRANT));
        clock.set(Timestamp(LIFE_SECONDS * 1000 - 1));
        assert_eq!(tokens.verify(&token), Some(GRANT));
        clock.set(Timestamp(LIFE_SECONDS * 1000));
        assert_eq!(tokens.verify(&token), None);
    }

    #[test]
    fn a_token_for_something_else_shows_nothing_and_a_link_does_nothing() {
        let clock = Clock::manual(Timestamp(0));
        let tokens = ViewTokens::new(&Secret([1; 32]), clock.clone());
        let update_tokens = UpdateTokens::new(&Secret([1; 32]), clock.clone());
        let update = UpdateGrant {
            project: ProjectId(5),
            issue: RecordId(77),
        };
        assert_eq!(tokens.verify(&update_tokens.sign(update, 0)), None);
        assert_eq!(update_tokens.verify(&tokens.sign(GRANT, 0)), None);
        let other = ViewTokens::new(&Secret([2; 32]), clock);
        assert_eq!(tokens.verify(&other.sign(GRANT, 0)), None);
        assert_eq!(tokens.verify("a.b.c"), None);
    }
}
