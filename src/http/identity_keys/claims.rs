//! What a JWT says of a player, and whether it may say so now: plain values in, plain values out. That its signature is
//! right is known before.

use bugle_storage::ProjectId;
use bugle_storage::records::{CustomValue, VouchedPlayer};
use serde::Deserialize;

use super::Defect;
use crate::http::body::{Entries, Text};
use crate::http::contact::is_email_address;
use crate::http::report_body::FieldValue;
use crate::http::submission_tokens::checked_values;
use crate::http::text_rules::NAME_LENGTH_MAX;

/// How far the clocks of servers may differ, in seconds.
pub(super) const LEEWAY_SECONDS: f64 = 60.0;
/// How far ahead the end may lie, in seconds: 30 days. What was signed for longer could not be taken back but with the key.
pub(super) const LIFE_SECONDS_MAX: f64 = 30.0 * 24.0 * 60.0 * 60.0;
/// The most bytes of what the project's own systems know somebody by.
const SUBJECT_SIZE_MAX: usize = 255;
/// The purpose that such a JWT may say it has. Those that this server signs itself say others.
const PURPOSE: &str = "identify_player";

/// The claims that are read; others are nobody's business here. A moment is in seconds since the epoch, and may have a
/// fraction (RFC 7519, 2).
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    purpose: Option<String>,
    aud: Option<Audience>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    /// A number counts as its digits: such ids are often numbers.
    sub: Option<Text>,
    email: Option<String>,
    name: Option<String>,
    custom: Option<Entries<FieldValue>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn has(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Many(many) => many.iter().any(|one| one == wanted),
        }
    }
}

/// Who is playing, and values that count more than those of the report.
pub(super) type Said = (VouchedPlayer, Vec<(String, CustomValue)>);

impl Claims {
    /// What they say in this project at this moment, in seconds since the epoch.
    pub(super) fn check(self, project: ProjectId, now: f64) -> Result<Said, Defect> {
        if self.purpose.as_deref().is_some_and(|purpose| purpose != PURPOSE) {
            return Err(Defect::Purpose);
        }
        let project = project.to_string();
        if self.aud.as_ref().is_some_and(|audience| !audience.has(&project)) {
            return Err(Defect::Audience);
        }
        self.check_times(now)?;
        let player = VouchedPlayer {
            subject: self
                .sub
                .map(|subject| checked_subject(subject.0))
                .transpose()?
                .flatten(),
            email: self.email.map(checked_email).transpose()?.flatten(),
            name: self.name.and_then(|name| shown_name(&name)),
        };
        if player.subject.is_none() && player.email.is_none() {
            return Err(Defect::Nobody);
        }
        let mut problems = Vec::new();
        let values = checked_values(self.custom.unwrap_or_default(), &mut problems);
        if problems.is_empty() {
            Ok((player, values))
        } else {
            Err(Defect::Claim("custom"))
        }
    }

    fn check_times(&self, now: f64) -> Result<(), Defect> {
        let exp = self.exp.ok_or(Defect::Claim("exp"))?;
        if now >= exp + LEEWAY_SECONDS {
            return Err(Defect::Expired);
        }
        let starts = [self.nbf, self.iat].into_iter().flatten();
        if starts.into_iter().any(|start| now + LEEWAY_SECONDS < start) {
            return Err(Defect::NotYetValid);
        }
        let begins = self.iat.map_or(now, |issued| issued.min(now));
        if exp - begins > LIFE_SECONDS_MAX + LEEWAY_SECONDS {
            return Err(Defect::TooLong);
        }
        Ok(())
    }
}

fn checked_subject(subject: String) -> Result<Option<String>, Defect> {
    if subject.len() > SUBJECT_SIZE_MAX || subject.chars().any(char::is_control) {
        return Err(Defect::Claim("sub"));
    }
    Ok(Some(subject).filter(|subject| !subject.trim().is_empty()))
}

fn checked_email(email: String) -> Result<Option<String>, Defect> {
    if email.is_empty() {
        return Ok(None);
    }
    if is_email_address(&email) {
        return Ok(Some(email));
    }
    Err(Defect::Claim("email"))
}

/// A name is only shown, so one that is too long is cut.
fn shown_name(name: &str) -> Option<String> {
    let shown = |character: char| if character.is_control() { ' ' } else { character };
    let name: String = name.trim().chars().map(shown).take(NAME_LENGTH_MAX).collect();
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const PROJECT: ProjectId = ProjectId(5);
    const NOW: f64 = 1_000_000.0;

    /// Claims that are right, changed.
    fn check(change: &Value) -> Result<Said, Defect> {
        let mut claims = json!({"sub": "p-1", "exp": NOW + 60.0});
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        serde_json::from_value::<Claims>(claims)
            .unwrap()
            .check(PROJECT, NOW)
    }

    #[test]
    fn what_is_said_is_taken() {
        let said = json!({
            "email": "jo@studio.example", "name": " Jo\n Doe ", "custom": {"plan": "gold", "level": 7},
            "aud": ["other", "pr-0000000005"], "iat": NOW - 5.5, "nbf": NOW, "purpose": "identify_player",
            "iss": "anybody", "whatever": {"x": 1},
        });
        let (player, values) = check(&said).unwrap();
        let expected = VouchedPlayer {
            subject: Some("p-1".to_owned()),
            email: Some("jo@studio.example".to_owned()),
            name: Some("Jo  Doe".to_owned()),
        };
        assert_eq!(player, expected);
        let one = |name: &str, text: &str| (name.to_owned(), CustomValue::One(text.to_owned()));
        assert_eq!(values, [one("level", "7"), one("plan", "gold")]);
    }

    #[test]
    fn an_id_may_be_a_number_and_a_name_is_cut() {
        let (player, _) =
            check(&json!({"sub": 76_561_197_960_287_930_u64, "name": "x".repeat(999)})).unwrap();
        assert_eq!(player.subject.as_deref(), Some("76561197960287930"));
        assert_eq!(player.name.map(|name| name.len()), Some(NAME_LENGTH_MAX));
    }

    #[test]
    fn moments_are_compared_with_some_leeway() {
        let day = 24.0 * 60.0 * 60.0;
        for (change, expected) in [
            (json!({"exp": NOW - 59.0}), None),
            (json!({"exp": NOW - 60.0}), Some(Defect::Expired)),
            (json!({"exp": null}), Some(Defect::Claim("exp"))),
            (json!({"nbf": NOW + 60.0}), None),
            (json!({"nbf": NOW + 61.0}), Some(Defect::NotYetValid)),
            (json!({"iat": NOW + 61.0}), Some(Defect::NotYetValid)),
            (json!({"exp": NOW + 30.0 * day}), None),
            (json!({"exp": NOW + 30.0 * day + 61.0}), Some(Defect::TooLong)),
            (json!({"exp": NOW + 2.0 * day, "iat": NOW - 28.0 * day}), None),
            (
                json!({"exp": NOW + 2.0 * day, "iat": NOW - 29.0 * day}),
                Some(Defect::TooLong),
            ),
            (json!({"exp": 1e300}), Some(Defect::TooLong)),
            (json!({"exp": -1e300}), Some(Defect::Expired)),
        ] {
            assert_eq!(check(&change).err(), expected, "{change}");
        }
    }

    #[test]
    fn what_is_not_right_is_told_apart() {
        for (change, expected) in [
            (json!({"purpose": "submit_report"}), Defect::Purpose),
            (json!({"purpose": "update_issue"}), Defect::Purpose),
            (json!({"purpose": ""}), Defect::Purpose),
            (json!({"aud": "pr-0000000006"}), Defect::Audience),
            (json!({"aud": []}), Defect::Audience),
            (json!({"sub": null}), Defect::Nobody),
            (json!({"sub": " ", "email": "", "name": "Jo"}), Defect::Nobody),
            (json!({"sub": "x".repeat(256)}), Defect::Claim("sub")),
            (json!({"sub": "a\u{0}b"}), Defect::Claim("sub")),
            (json!({"email": "nobody"}), Defect::Claim("email")),
            (json!({"custom": {"plan": " "}}), Defect::Claim("custom")),
            (
                json!({"custom": {"plan": "x".repeat(2049)}}),
                Defect::Claim("custom"),
            ),
        ] {
            assert_eq!(check(&change).err(), Some(expected), "{change}");
        }
    }
}
