//! Mail to those who sent reports. A thread of its own looks into the outbox, which projects fill along with what they
//! store, so no report waits for a mail server. `docs/decisions/0019-mail.md` says why it is as it is.

mod message;
mod schedule;
mod smtp;

use std::sync::Arc;
use std::time::Duration;

use bugle_actors::{
    ActorError, Actors, DeliveryCounts, DueMail, FindIssue, FoundIssue, Outbox, ReportName, ReportReference,
};
use bugle_storage::records::{Issue, MailReason, Reporter};
use bugle_storage::{StorageError, Timestamp};

use crate::http::view_token::{ViewGrant, ViewTokens};
use message::Letter;
use schedule::{Schedule, Verdict};
pub use smtp::{MailSettings, SmtpUrl};
use smtp::{Refusal, Smtp};

/// How often it is looked whether something is due.
const LOOKING_INTERVAL: Duration = Duration::from_secs(1);

/// Begins to send what is due, on a thread that ends with the store.
pub fn start(
    settings: &MailSettings,
    actors: &Actors,
    view_tokens: Arc<ViewTokens>,
    public_url: &str,
) -> Result<(), StorageError> {
    let mailer = Mailer {
        smtp: Smtp::new(settings),
        outbox: Outbox::open(actors.store())?,
        schedule: Schedule::default(),
        actors: actors.clone(),
        view_tokens,
        public_url: public_url.to_owned(),
        host: settings.host(),
    };
    let failed = |source| StorageError::Io {
        action: "starting the thread of",
        path: "mail".into(),
        source: Arc::new(source),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let thread = std::thread::Builder::new().name("mail".to_owned());
    thread
        .spawn(move || runtime.block_on(mailer.run()))
        .map(drop)
        .map_err(failed)
}

/// What became of a mail that was due.
enum Outcome {
    /// The mail server has it.
    Sent,
    /// There is nobody to send it to any more, for this reason.
    Needless(&'static str),
    /// It cannot be sent, for this reason.
    Dropped(&'static str),
    /// It could not be sent now, for this reason.
    Postponed(String),
}

struct Mailer {
    smtp: Smtp,
    outbox: Outbox,
    schedule: Schedule,
    actors: Actors,
    view_tokens: Arc<ViewTokens>,
    public_url: String,
    /// What ids of messages end with.
    host: String,
}

impl Mailer {
    async fn run(mut self) {
        loop {
            match self.outbox.look(self.now()) {
                Ok(due) => self.send_all(due).await,
                Err(StorageError::Closed) => return,
                Err(cause) => tracing::warn!(%cause, "the outbox cannot be read"),
            }
            tokio::time::sleep(LOOKING_INTERVAL).await;
        }
    }

    fn now(&self) -> Timestamp {
        self.actors.clock().now()
    }

    async fn send_all(&mut self, due: Vec<DueMail>) {
        self.schedule.retain(&due);
        let mut left = due.len();
        for due in due {
            self.actors.mail_deliveries().set_due(left);
            // What is sent while the store closes would not be taken out, and be sent again.
            if self.actors.is_stopping() {
                return;
            }
            if !self.schedule.is_due(&due.place, self.now()) {
                continue;
            }
            let outcome = self.send(&due).await;
            if self.settle(&due, outcome) {
                left -= 1;
            }
        }
        self.actors.mail_deliveries().set_due(left);
    }

    /// Notes what became of a mail. True when it is done with.
    fn settle(&mut self, due: &DueMail, outcome: Outcome) -> bool {
        // Neither address nor title: a log is for whoever runs the server.
        let (project, report) = (due.project, due.mail.report.0);
        let mut counts = DeliveryCounts::default();
        let is_done = match outcome {
            Outcome::Sent => {
                tracing::info!(%project, report, "a mail was sent");
                counts.delivered = 1;
                true
            }
            Outcome::Needless(reason) => {
                tracing::info!(%project, report, reason, "a mail is not sent");
                true
            }
            Outcome::Dropped(reason) => {
                tracing::info!(%project, report, reason, "a mail is not sent");
                counts.given_up = 1;
                true
            }
            Outcome::Postponed(reason) => {
                let now = self.now();
                let is_tried = self.schedule.postpone(&due.place, due.mail.created_at, now);
                if is_tried {
                    tracing::warn!(%project, report, reason, "a mail could not be sent and is tried again");
                    counts.failed = 1;
                } else {
                    tracing::error!(%project, report, reason, "a mail could not be sent for three days");
                    counts.given_up = 1;
                }
                !is_tried
            }
        };
        if is_done {
            self.outbox.remove(&due.place, self.now());
        }
        self.actors.mail_deliveries().add(counts);
        is_done
    }

    async fn send(&mut self, due: &DueMail) -> Outcome {
        let Some(project) = self.actors.directory().project(due.project) else {
            return Outcome::Needless("its project is gone");
        };
        let issue = match self.find(due).await {
            Ok(FoundIssue { issue, .. }) => issue,
            Err(ActorError::NotFound) => return Outcome::Needless("its report is gone"),
            Err(cause) => return Outcome::Postponed(cause.to_string()),
        };
        let Some(address) = self.address_of(&issue, &due.mail.reason) else {
            return Outcome::Needless("nobody is to be told");
        };
        match self.schedule.may_send(due.project, &address, self.now()) {
            Verdict::Yes => {}
            Verdict::NotThisAddress => return Outcome::Dropped("too many mails to one address"),
            Verdict::NotNow => return Outcome::Postponed("too many mails of one project".to_owned()),
        }
        let grant = ViewGrant {
            project: due.project,
            kind: due.mail.kind,
            report: issue.id,
        };
        let token = self.view_tokens.sign(grant, due.mail.created_at.seconds());
        let letter = Letter {
            project: &project.project.name,
            kind: due.mail.kind,
            title: &issue.title,
            reason: &due.mail.reason,
            link: &format!("{}/reports/{token}", self.public_url),
            id: &format!("<{}.{}@{}>", due.project, due.place.number(), self.host),
        };
        match self.smtp.send(&letter, &address).await {
            Ok(()) => {
                self.schedule.note_sent(due.project, &address, self.now());
                Outcome::Sent
            }
            Err(Refusal::ForGood(reason)) => Outcome::Dropped(reason),
            Err(Refusal::ForNow(reason)) => Outcome::Postponed(reason),
        }
    }

    async fn find(&self, due: &DueMail) -> Result<FoundIssue, ActorError> {
        let issue = ReportReference {
            kind: due.mail.kind,
            name: ReportName::Global(due.mail.report),
        };
        let ask = |reply| FindIssue {
            issue,
            with_attachments: false,
            reply,
        };
        self.actors.ask_project(due.project, ask).await
    }

    /// Where the reporter can be reached, unless they wrote the answer themselves. What the project vouches for counts most,
    /// and what came with the report more than what the game knew.
    fn address_of(&self, issue: &Issue, reason: &MailReason) -> Option<String> {
        issue.published_at?;
        if let (MailReason::Answered { author }, Reporter::User(user)) = (reason, &issue.reporter)
            && author == user
        {
            return None;
        }
        let told = issue.reporter.vouched_email().or(issue.contact_email.as_deref());
        if let Some(email) = told {
            return Some(email.to_owned());
        }
        match &issue.reporter {
            Reporter::Email(email) => Some(email.clone()),
            Reporter::User(user) => self.actors.directory().user(*user).map(|user| user.email.clone()),
            Reporter::Vouched(_) | Reporter::Discord(_) | Reporter::Anonymous => None,
        }
    }
}

#[cfg(test)]
mod tests;
