//! The mail server: how it is named, and handing a message over to it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use actix_web::http::Uri;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::message::Letter;

/// How long the mail server may take for a step. Nobody waits for it but other mail.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The mail server's address with user and password, which is shown nowhere.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
pub struct SmtpUrl(String);

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SmtpUrl(..)")
    }
}

impl FromStr for SmtpUrl {
    type Err = std::convert::Infallible;

    /// Takes anything: what is wrong with it is told by [`MailSettings::new`], which does not repeat it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// Where mail goes out, and from whom it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettings {
    url: SmtpUrl,
    from: Mailbox,
}

impl MailSettings {
    /// Checks an address such as `smtps://user:password@mail.example:465`, and a sender such as
    /// `Studio <bugs@studio.example>`. The error is a sentence, without the password.
    pub fn new(url: &SmtpUrl, from: &str) -> Result<Self, &'static str> {
        let from = from
            .parse()
            .map_err(|_| "--mail-from must be an e-mail address, with a name or without")?;
        let url = secured(&url.0).ok_or(
            "--smtp-url must be an address such as smtps://user:password@mail.example:465 or smtp://mail.example:587",
        )?;
        let settings = Self {
            url: SmtpUrl(url),
            from,
        };
        settings
            .transport()
            .ok_or("--smtp-url cannot be used: percent-encode what is special in user and password")?;
        Ok(settings)
    }

    /// The host of the sender's address.
    pub(super) fn host(&self) -> String {
        self.from.email.domain().to_owned()
    }

    fn transport(&self) -> Option<AsyncSmtpTransport<Tokio1Executor>> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&self.url.0).ok()?;
        Some(builder.timeout(Some(TIMEOUT)).build())
    }
}

/// The address with encryption asked for, which only this machine itself may do without.
fn secured(url: &str) -> Option<String> {
    let uri: Uri = url.trim().parse().ok()?;
    let host = uri.host().filter(|host| !host.is_empty())?;
    if uri.query().is_some() || !matches!(uri.path(), "" | "/") {
        return None;
    }
    let is_this_machine = matches!(host, "localhost" | "[::1]" | "127.0.0.1");
    let bare = url.trim().trim_end_matches('/');
    match uri.scheme_str()? {
        "smtps" => Some(bare.to_owned()),
        "smtp" if is_this_machine => Some(bare.to_owned()),
        "smtp" => Some(format!("{bare}?tls=required")),
        _ => None,
    }
}

/// Why the mail server did not take a mail.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It never will.
    ForGood(&'static str),
    /// It may later.
    ForNow(String),
}

/// The mail server.
pub(super) struct Smtp {
    transport: Option<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
}

impl Smtp {
    pub(super) fn new(settings: &MailSettings) -> Self {
        Self {
            transport: settings.transport(),
            from: settings.from.clone(),
        }
    }

    /// Hands a letter over.
    pub(super) async fn send(&self, letter: &Letter<'_>, to: &str) -> Result<(), Refusal> {
        let message = letter
            .message(&self.from, to)
            .ok_or(Refusal::ForGood("its address cannot be written to"))?;
        let Some(transport) = &self.transport else {
            return Err(Refusal::ForNow(
                "the mail server's address cannot be used".to_owned(),
            ));
        };
        match transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(Refusal::ForGood("the mail server refused it")),
            Err(error) => Err(Refusal::ForNow(kind_of(&error).to_owned())),
        }
    }
}

/// What happened, in words of ours: what a mail server says may hold addresses.
fn kind_of(error: &lettre::transport::smtp::Error) -> &'static str {
    if error.is_timeout() {
        "the mail server did not answer in time"
    } else if error.is_transient() {
        "the mail server refused it for now"
    } else if error.is_tls() {
        "there is no encrypted connection to the mail server"
    } else if error.is_response() {
        "the mail server speaks no SMTP"
    } else {
        "the mail server cannot be reached"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_leaves_this_machine_encrypted() {
        for (url, expected) in [
            (
                "smtps://a:b@mail.example:465",
                Some("smtps://a:b@mail.example:465"),
            ),
            (
                "smtp://mail.example:587/",
                Some("smtp://mail.example:587?tls=required"),
            ),
            ("smtp://127.0.0.1:25", Some("smtp://127.0.0.1:25")),
            ("smtp://localhost", Some("smtp://localhost")),
            (
                "smtp://127.0.0.1.evil.example",
                Some("smtp://127.0.0.1.evil.example?tls=required"),
            ),
            ("smtp://mail.example?tls=none", None),
            ("http://mail.example", None),
            ("mail.example", None),
            ("", None),
        ] {
            assert_eq!(secured(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn a_password_shows_nowhere() {
        let url: SmtpUrl = "smtps://user:geheim@mail.example".parse().unwrap();
        let settings = MailSettings::new(&url, "Studio <bugs@studio.example>").unwrap();
        assert!(!format!("{url:?} {settings:?}").contains("geheim"));
        let wrong: SmtpUrl = "http://user:geheim@mail.example".parse().unwrap();
        let told = MailSettings::new(&wrong, "bugs@studio.example").unwrap_err();
        assert!(
            told.starts_with("--smtp-url") && !told.contains("geheim"),
            "{told}"
        );
        assert!(
            MailSettings::new(&url, "nobody")
                .unwrap_err()
                .starts_with("--mail-from")
        );
    }
}
