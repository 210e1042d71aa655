//! Reads the `Authorization` header: who says they are asking (protocol 1.2).
//!
//! Nothing is checked here but the form. Everything is borrowed from the header, so that refusing or accepting
//! a report allocates nothing on its behalf.

use std::fmt;

use actix_web::http::header::{self, HeaderMap};

use super::contact::{is_discord_id, is_email_address};

/// A secret as it came in a header. Its `Debug` never shows it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PlainToken<'h>(&'h str);

impl<'h> PlainToken<'h> {
    /// The secret itself, to hash it or to verify its signature.
    pub const fn expose(self) -> &'h str {
        self.0
    }
}

impl fmt::Debug for PlainToken<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PlainToken(..)")
    }
}

/// What an `Authorization` header holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials<'h> {
    /// No header, or an empty one.
    None,
    /// A personal access token, `pat-…`.
    Personal(PlainToken<'h>),
    /// A project token, `tkn-…`, and whoever the game says is playing.
    Project {
        /// The token.
        token: PlainToken<'h>,
        /// What followed the first comma, when it was well formed.
        identity: Option<Identity<'h>>,
    },
    /// A JWT of its own: an update token, or a signed-in device.
    Jwt(PlainToken<'h>),
    /// `FormUser anonymous`.
    Anonymous,
    /// A project token where a person's stands, `Bearer tkn-…`.
    MisplacedProject,
    /// Anything else.
    Malformed,
}

/// Who a game says is playing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Identity<'h> {
    /// A well-formed e-mail address; nobody has shown that it is theirs.
    Email(&'h str),
    /// A Discord id, digits only; nobody has shown that it is theirs.
    Discord(&'h str),
    /// A JWT of whatever purpose: its claims say which.
    Jwt(PlainToken<'h>),
}

impl fmt::Debug for Identity<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses of players belong in no log either.
        formatter.write_str(match self {
            Self::Email(_) => "Email(..)",
            Self::Discord(_) => "Discord(..)",
            Self::Jwt(_) => "Jwt(..)",
        })
    }
}

impl<'h> Credentials<'h> {
    /// The credentials of a request. Two headers are malformed: which of them counted would be a guess.
    pub fn of(headers: &'h HeaderMap) -> Self {
        let mut values = headers.get_all(header::AUTHORIZATION);
        match (values.next(), values.next()) {
            (None, _) => Self::None,
            (Some(value), None) => value.to_str().map_or(Self::Malformed, Self::parse),
            (Some(_), Some(_)) => Self::Malformed,
        }
    }

    /// The credentials in the value of one header.
    pub fn parse(value: &'h str) -> Self {
        let value = value.trim();
        let Some((scheme, rest)) = value.split_once(|character: char| character.is_ascii_whitespace()) else {
            return Self::without_scheme(value);
        };
        let rest = rest.trim_start();
        if scheme.eq_ignore_ascii_case("Bearer") {
            Self::bearer(rest)
        } else if scheme.eq_ignore_ascii_case("FormUser") {
            Self::form_user(rest)
        } else {
            Self::Malformed
        }
    }

    fn without_scheme(value: &'h str) -> Self {
        if value.is_empty() {
            Self::None
        } else if is_personal(value) {
            Self::Personal(PlainToken(value))
        } else if is_project(value) {
            Self::Project {
                token: PlainToken(value),
                identity: None,
            }
        } else {
            Self::Malformed
        }
    }

    fn bearer(token: &'h str) -> Self {
        if !is_one_word(token) {
            Self::Malformed
        } else if is_personal(token) {
            Self::Personal(PlainToken(token))
        } else if is_project(token) {
            Self::MisplacedProject
        } else if token.contains('.') {
            Self::Jwt(PlainToken(token))
        } else {
            Self::Malformed
        }
    }

    fn form_user(rest: &'h str) -> Self {
        let (token, identity) = match rest.split_once(',') {
            Some((token, identity)) => (token.trim_end(), Identity::parse(identity.trim())),
            None => (rest, None),
        };
        if is_project(token) {
            Self::Project {
                token: PlainToken(token),
                identity,
            }
        } else if token.eq_ignore_ascii_case("anonymous") {
            Self::Anonymous
        } else {
            Self::Malformed
        }
    }
}

impl<'h> Identity<'h> {
    /// What follows the comma. An address or id that is not one counts as none, and the report stays welcome.
    fn parse(text: &'h str) -> Option<Self> {
        if let Some(address) = after_prefix(text, "email:") {
            return is_email_address(address).then_some(Self::Email(address));
        }
        if let Some(id) = after_prefix(text, "discord_id:") {
            return is_discord_id(id).then_some(Self::Discord(id));
        }
        is_one_word(text).then_some(Self::Jwt(PlainToken(text)))
    }
}

fn is_personal(token: &str) -> bool {
    token.starts_with("pat-") && is_one_word(token)
}

fn is_project(token: &str) -> bool {
    token.starts_with("tkn-") && is_one_word(token)
}

fn is_one_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
}

fn after_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| tail.trim())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    const PAT: &str = "pat-00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const TKN: &str = "tkn-00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl";

    fn project(identity: Option<Identity<'_>>) -> Credentials<'_> {
        Credentials::Project {
            token: PlainToken(TKN),
            identity,
        }
    }

    /// `PAT`, `TKN` and `JWT` in the first column stand for whole tokens.
    #[track_caller]
    fn check(table: &[(&str, Credentials<'static>)]) {
        for (value, expected) in table {
            let value = value.replace("PAT", PAT).replace("TKN", TKN).replace("JWT", JWT);
            let parsed = Credentials::parse(&value);
            assert!(parsed == *expected, "{value:?} gave {parsed:?}, not {expected:?}");
        }
    }

    #[test]
    fn every_documented_form_is_understood() {
        let email = Identity::Email("jo@studio.example");
        let jwt = PlainToken(JWT);
        check(&[
            ("Bearer PAT", Credentials::Personal(PlainToken(PAT))),
            ("bearer PAT", Credentials::Personal(PlainToken(PAT))),
            ("PAT", Credentials::Personal(PlainToken(PAT))),
            ("Bearer JWT", Credentials::Jwt(jwt)),
            ("TKN", project(None)),
            ("FormUser TKN", project(None)),
            ("FormUser TKN,JWT", project(Some(Identity::Jwt(jwt)))),
            ("FormUser TKN,email:jo@studio.example", project(Some(email))),
            (
                "FormUser TKN,discord_id:80351110224678912",
                project(Some(Identity::Discord("80351110224678912"))),
            ),
            ("FormUser anonymous", Credentials::Anonymous),
            ("", Credentials::None),
        ]);
    }

    #[test]
    fn case_and_blanks_around_do_not_matter() {
        let email = Identity::Email("jo@studio.example");
        check(&[
            ("  BEARER \t PAT  ", Credentials::Personal(PlainToken(PAT))),
            (" PAT ", Credentials::Personal(PlainToken(PAT))),
            ("formuser   TKN ", project(None)),
            ("FORMUSER TKN , EMAIL: jo@studio.example ", project(Some(email))),
            ("FormUser ANONYMOUS", Credentials::Anonymous),
            ("   ", Credentials::None),
        ]);
    }

    #[test]
    fn a_bad_identity_is_no_identity_and_no_error() {
        check(&[
            ("FormUser TKN,", project(None)),
            ("FormUser TKN,email:", project(None)),
            ("FormUser TKN,email:nobody", project(None)),
            ("FormUser TKN,email:a@b.example,c@d.example", project(None)),
            ("FormUser TKN,discord_id:12x", project(None)),
            ("FormUser TKN,discord_id:", project(None)),
            ("FormUser TKN,two words", project(None)),
            ("FormUser TKN,a.b.c,email:a@b.example", project(None)),
        ]);
    }

    #[test]
    fn a_project_token_is_no_persons() {
        check(&[
            ("Bearer TKN", Credentials::MisplacedProject),
            ("bearer  TKN", Credentials::MisplacedProject),
            ("Bearer TKN,JWT", Credentials::Malformed),
        ]);
    }

    #[test]
    fn the_rest_is_malformed() {
        for value in [
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Bearer PAT PAT",
            "Bearer a b.c",
            "FormUser",
            "FormUser PAT",
            "FormUser JWT",
            "FormUser ,JWT",
            "FormUser somebody",
            "Basic dXNlcjpwYXNz",
            "JWT",
            "tkn",
            "PAT,JWT",
            "Bearer PAT,x",
            "TKN x",
            "Größe",
        ] {
            check(&[(value, Credentials::Malformed)]);
        }
    }

    #[test]
    fn headers_are_read_once_and_only_once() {
        let mut headers = HeaderMap::new();
        assert_eq!(Credentials::of(&headers), Credentials::None);
        headers.append(header::AUTHORIZATION, HeaderValue::from_static(TKN));
        assert_eq!(Credentials::of(&headers), project(None));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static(TKN));
        assert_eq!(Credentials::of(&headers), Credentials::Malformed);
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_bytes(b"Bearer \xff").unwrap(),
        );
        assert_eq!(Credentials::of(&headers), Credentials::Malformed);
    }

    #[test]
    fn nothing_secret_is_in_debug_output() {
        for value in [
            format!("Bearer {PAT}"),
            format!("Bearer {JWT}"),
            format!("FormUser {TKN},{JWT}"),
            format!("FormUser {TKN},email:jo@studio.example"),
        ] {
            let shown = format!("{:?}", Credentials::parse(&value));
            for secret in ["00112233", "eyJ", "jo@studio"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }
}
