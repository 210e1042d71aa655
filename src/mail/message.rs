//! What a mail says: plain text, short, with one link.

use std::fmt::Write as _;

use bugle_storage::records::{MailReason, ReportKind};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{Address, Message};

/// Characters of a name or a title that stand in a mail.
const LINE_LENGTH_MAX: usize = 120;

/// What is told, and of what.
pub(super) struct Letter<'a> {
    pub(super) project: &'a str,
    pub(super) kind: ReportKind,
    pub(super) title: &'a str,
    pub(super) reason: &'a MailReason,
    /// Where the report can be seen.
    pub(super) link: &'a str,
    /// The same each time it is sent, so that a mail that comes twice is known.
    pub(super) id: &'a str,
}

impl Letter<'_> {
    /// The message. `None` when the address cannot be written to.
    pub(super) fn message(&self, from: &Mailbox, to: &str) -> Option<Message> {
        let to: Address = to.parse().ok()?;
        MessageBuilder::new()
            .from(from.clone())
            .to(Mailbox::new(None, to))
            .subject(self.subject())
            .message_id(Some(self.id.to_owned()))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(ContentType::TEXT_PLAIN)
            .body(self.text())
            .ok()
    }

    fn subject(&self) -> String {
        let what = match self.reason {
            MailReason::Received => format!("Your {} has arrived", noun(self.kind)),
            MailReason::Answered { .. } => format!("An answer to your {}", noun(self.kind)),
        };
        format!("[{}] {what}", line(self.project))
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let (noun, title, project) = (noun(self.kind), line(self.title), line(self.project));
        // Writing into a string cannot fail.
        let _ = match self.reason {
            MailReason::Received => write!(
                text,
                "Thank you. Your {noun} to {project} has arrived:\n\n    {title}\n\nHere you can see what becomes of it:"
            ),
            MailReason::Answered { .. } => write!(
                text,
                "Somebody of {project} has answered your {noun}:\n\n    {title}\n\nHere you can read the answer:"
            ),
        };
        let _ = write!(
            text,
            "\n\n{}\n\nThe link works for 90 days. Whoever has it can see your {noun}.\n\
             This mail was sent because this address was given with the {noun}. If that was not you, do nothing.\n",
            self.link
        );
        text
    }
}

const fn noun(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Bug => "bug report",
        ReportKind::FeatureRequest => "suggestion",
        ReportKind::SupportTicket => "support ticket",
    }
}

/// Anybody's text as part of one line: without controls, which could begin a header, and not too long.
fn line(text: &str) -> String {
    let is_bidirectional = |it: char| matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let clean = text.chars().map(|it| {
        if it.is_control() || is_bidirectional(it) {
            ' '
        } else {
            it
        }
    });
    let clean: String = clean.collect();
    let words = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= LINE_LENGTH_MAX {
        return words;
    }
    words.chars().take(LINE_LENGTH_MAX).chain(['\u{2026}']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(project: &str, title: &str, to: &str) -> Option<String> {
        let letter = Letter {
            project,
            kind: ReportKind::SupportTicket,
            title,
            reason: &MailReason::Received,
            link: "https://bugs.studio.example/reports/abc",
            id: "<pr-1.7@studio.example>",
        };
        let from = "Studio <bugs@studio.example>".parse().unwrap();
        let message = letter.message(&from, to)?;
        Some(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_mail_says_what_it_is() {
        let text = written("The Game", "Lost my save", "player@example.com").unwrap();
        for line in [
            "From: Studio <bugs@studio.example>",
            "To: player@example.com",
            "Subject: [The Game] Your support ticket has arrived",
            "Message-ID: <pr-1.7@studio.example>",
            "Auto-Submitted: auto-generated",
            "    Lost my save",
            "https://bugs.studio.example/reports/abc",
        ] {
            assert!(text.lines().any(|it| it == line), "{line:?} in {text}");
        }
    }

    #[test]
    fn nothing_that_others_write_becomes_a_header() {
        let sly = "x\r\nBcc: victim@example.com\r\n\r\nBuy this";
        let text = written(sly, sly, "player@example.com").unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{text}");
        assert!(text.contains("    x Bcc: victim@example.com Buy this"), "{text}");
        for to in [
            "player@example.com\r\nBcc: victim@example.com",
            "player@example.com, victim@example.com",
            "<player@example.com> victim@example.com",
            "player",
        ] {
            assert_eq!(written("Game", "Title", to), None, "{to:?}");
        }
    }

    #[test]
    fn long_and_foreign_names_fit_a_header() {
        let text = written(&"Ünïcode ".repeat(50), "Title", "player@example.com").unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(head.is_ascii(), "{head}");
        assert!(head.lines().all(|line| line.len() <= 998), "{head}");
    }
}
