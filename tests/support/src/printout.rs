//! What the server prints on standard output when it starts.

use std::net::SocketAddr;

/// What the first start on an empty data directory shows, once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstStart {
    /// The owner's e-mail address.
    pub owner_email: String,
    /// The owner's generated password.
    pub owner_password: String,
    /// The project's id, `pr-` and digits.
    pub project: String,
    /// The project token, `tkn-` and hex digits.
    pub project_token: String,
    /// The owner's personal token, `pat-` and hex digits.
    pub personal_token: String,
    /// The command that files a first report, as it is to be pasted into a shell.
    pub first_report: String,
}

/// Reads the printout line by line.
#[derive(Debug, Default)]
pub(crate) struct Printout {
    /// Where the server listens, with its scheme.
    pub(crate) url: Option<String>,
    pub(crate) first_start: FirstStart,
    /// True from the line before the `curl` command on.
    in_command: bool,
}

impl Printout {
    pub(crate) fn take(&mut self, line: &str) {
        let text = line.trim();
        if self.in_command && !self.command_ended() {
            self.first_start.first_report.push_str(text);
            self.first_start.first_report.push('\n');
        } else if let Some(url) = text.strip_prefix("Bugle is listening on ") {
            self.url = Some(url.trim().to_owned());
        } else if text == "File a first report:" {
            self.in_command = true;
        } else {
            self.take_label(text);
        }
    }

    /// True when nothing more is to come: a first start prints the command last, later starts only the address.
    pub(crate) fn is_whole(&self, first: bool) -> bool {
        self.url.is_some() && (!first || self.command_ended())
    }

    /// The address behind the url.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.url.as_deref()?.strip_prefix("http://")?.parse().ok()
    }

    /// A command goes on for as long as its lines end in a backslash.
    fn command_ended(&self) -> bool {
        let last = self.first_start.first_report.lines().last();
        last.is_some_and(|line| !line.is_empty() && !line.ends_with('\\'))
    }

    fn take_label(&mut self, text: &str) {
        let start = &mut self.first_start;
        let labels = [
            ("Owner e-mail ", &mut start.owner_email),
            ("Owner password ", &mut start.owner_password),
            ("Project token ", &mut start.project_token),
            ("Personal token ", &mut start.personal_token),
            ("Project ", &mut start.project),
        ];
        for (label, field) in labels {
            if let Some(value) = text.strip_prefix(label) {
                value.trim().clone_into(field);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "\
Bugle is listening on http://127.0.0.1:4321
First start: this is shown once. Keep it.
  Web address     http://127.0.0.1:4321
  Owner e-mail    owner@bugle.local
  Owner password  correct horse
  Project         pr-0123456789
  Project token   tkn-aa
  Personal token  pat-bb
Open http://127.0.0.1:4321 and sign in with the e-mail address and the password above.
File a first report:
  curl -H 'A: b' \\
    http://127.0.0.1:4321/x
";

    #[test]
    fn a_first_start_is_read_whole() {
        let mut printout = Printout::default();
        for line in FIRST.lines() {
            assert!(!printout.is_whole(true), "whole before {line:?}");
            printout.take(line);
        }
        assert!(printout.is_whole(true));
        assert_eq!(printout.address(), Some("127.0.0.1:4321".parse().unwrap()));
        let expected = FirstStart {
            owner_email: "owner@bugle.local".into(),
            owner_password: "correct horse".into(),
            project: "pr-0123456789".into(),
            project_token: "tkn-aa".into(),
            personal_token: "pat-bb".into(),
            first_report: "curl -H 'A: b' \\\nhttp://127.0.0.1:4321/x\n".into(),
        };
        assert_eq!(printout.first_start, expected);
    }

    #[test]
    fn a_later_start_is_whole_with_its_first_line() {
        let mut printout = Printout::default();
        printout.take("Bugle is listening on http://127.0.0.1:4321");
        assert!(printout.is_whole(false) && !printout.is_whole(true));
    }
}
