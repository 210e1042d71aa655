//! Reading issues: the actor picks them from its index, a blocking thread reads the bodies.

use std::collections::HashMap;

use actix::{AsyncContext, Context, Handler, Message};
use bugle_storage::RecordId;
use bugle_storage::records::{Attachment, Issue, ReportKind};

use super::index::{IssueFilter, Page, ReportOrder};
use super::{HiddenValues, ProjectActor, ReportLinks, ReportReference, keys};
use crate::{ActorError, Reply};

/// Reads one issue, draft or not: who may see it is for the asking side to decide.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct FindIssue {
    /// Which issue.
    pub issue: ReportReference,
    /// Whether its attachments are wanted too.
    pub with_attachments: bool,
    /// Where the answer goes.
    pub reply: Reply<FoundIssue>,
}

/// An issue, with its attachments when they were asked for.
#[derive(Debug)]
pub struct FoundIssue {
    /// The issue.
    pub issue: Box<Issue>,
    /// Its files, oldest first.
    pub attachments: Vec<Attachment>,
    /// What stands beside it.
    pub links: ReportLinks,
    /// What testers are not shown of it.
    pub hidden: HiddenValues,
}

/// Reads a page of published reports of one kind.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListIssues {
    /// Of what kind.
    pub kind: ReportKind,
    /// Which of them.
    pub filter: IssueFilter,
    /// In what order.
    pub order: ReportOrder,
    /// How many to pass over.
    pub skip: u64,
    /// How many to read at the most.
    pub take: u32,
    /// Where the answer goes.
    pub reply: Reply<IssuePage>,
}

/// Reads published reports by their ids, in the order that is given. Those that are not there are left out.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ReadReports {
    /// What kind of reports.
    pub kind: ReportKind,
    /// Which of them.
    pub ids: Vec<RecordId>,
    /// Where the answer goes; the total is that of the ids.
    pub reply: Reply<IssuePage>,
}

/// Reads a page of those among some reports that are published and fit a filter, in the order that is given.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct SiftReports {
    /// What kind of reports.
    pub kind: ReportKind,
    /// Among which.
    pub ids: Vec<RecordId>,
    /// Which of them.
    pub filter: IssueFilter,
    /// How many to pass over.
    pub skip: u64,
    /// How many to read at the most.
    pub take: u32,
    /// Where the answer goes; the total is that of those that fit.
    pub reply: Reply<IssuePage>,
}

/// Reads published reports in the order in which they came, from behind one of them on.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ReadBehind {
    /// What kind of reports.
    pub kind: ReportKind,
    /// Behind which report; `None` for the first ones.
    pub after: Option<RecordId>,
    /// How many at the most.
    pub take: u32,
    /// Where the answer goes; the total is that of all published reports.
    pub reply: Reply<IssuePage>,
}

/// A page of issues.
#[derive(Debug)]
pub struct IssuePage {
    /// The reports, in the order that was asked for.
    pub issues: Vec<Issue>,
    /// How many fit the filter in all.
    pub total: u64,
    /// What stands beside each.
    pub links: HashMap<RecordId, ReportLinks>,
    /// What testers are not shown of them.
    pub hidden: HiddenValues,
}

impl Handler<FindIssue> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: FindIssue, context: &mut Context<Self>) {
        self.handled += 1;
        let Some(sequence) = self.resolve(message.issue) else {
            return message.reply.send(Err(ActorError::NotFound));
        };
        let id = RecordId::new(sequence, self.id.shard());
        let read = self
            .ledger
            .read(vec![keys::report(self.id, message.issue.kind, id)]);
        let links = self.links_of(message.issue.kind, sequence);
        let hidden = self.hidden_values(message.issue.kind);
        if !message.with_attachments {
            tokio::task::spawn_blocking(move || {
                message.reply.send(one_issue(read).map(|issue| FoundIssue {
                    issue,
                    attachments: Vec::new(),
                    links,
                    hidden,
                }));
            });
            return;
        }
        // Files are named by the issue, so their keys are known only once it is read.
        let project = context.address();
        tokio::task::spawn_blocking(move || {
            let reply = message.reply;
            match one_issue(read) {
                Ok(issue) => {
                    let files = ReadFiles {
                        issue,
                        links,
                        hidden,
                        reply,
                    };
                    if let Err(error) = project.try_send(files) {
                        error.into_inner().reply.send(Err(ActorError::Busy));
                    }
                }
                Err(error) => reply.send(Err(error)),
            }
        });
    }
}

/// The second half of a [`FindIssue`] that wants attachments.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct ReadFiles {
    issue: Box<Issue>,
    links: ReportLinks,
    hidden: HiddenValues,
    reply: Reply<FoundIssue>,
}

impl Handler<ReadFiles> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ReadFiles, _: &mut Context<Self>) {
        let ReadFiles {
            issue,
            links,
            hidden,
            reply,
        } = message;
        let key = |file: &RecordId| keys::attachment_of(self.id, issue.id, *file);
        let read = self.ledger.read(issue.attachments.iter().map(key).collect());
        tokio::task::spawn_blocking(move || {
            let files = read
                .run::<Attachment>()
                .map(|files| files.into_iter().flatten().collect());
            reply.send(
                files
                    .map(|attachments| FoundIssue {
                        issue,
                        attachments,
                        links,
                        hidden,
                    })
                    .map_err(ActorError::from),
            );
        });
    }
}

fn one_issue(read: bugle_storage::Read) -> Result<Box<Issue>, ActorError> {
    let found = read.run::<Issue>()?.pop().flatten();
    found.map(Box::new).ok_or(ActorError::NotFound)
}

impl Handler<ListIssues> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ListIssues, _: &mut Context<Self>) {
        self.handled += 1;
        let ListIssues {
            kind,
            filter,
            order,
            skip,
            take,
            ..
        } = &message;
        let index = self.index_of(*kind);
        let page = match order {
            ReportOrder::Newest => index.page(filter, *skip, *take),
            ReportOrder::Oldest => index.oldest_page(filter, *skip, *take),
            ReportOrder::MostUrgent => index.urgent_page(filter, *skip, *take),
            ReportOrder::MostVotes => index.top_page(filter, &self.votes, *skip, *take),
        };
        self.read_page(message.kind, &page, message.reply);
    }
}

impl Handler<ReadReports> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ReadReports, _: &mut Context<Self>) {
        self.handled += 1;
        let total = message.ids.len() as u64;
        let index = self.index_of(message.kind);
        let ours = message.ids.iter().filter(|id| id.shard() == self.id.shard());
        let published = |sequence: &u64| index.is_published(*sequence);
        let sequences = ours.map(|id| id.sequence()).filter(published).collect();
        self.read_page(message.kind, &Page { sequences, total }, message.reply);
    }
}

impl Handler<SiftReports> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: SiftReports, _: &mut Context<Self>) {
        self.handled += 1;
        let ours = message.ids.iter().filter(|id| id.shard() == self.id.shard());
        let ours = ours.map(|id| id.sequence());
        let mut sequences = self.index_of(message.kind).fitting(ours, &message.filter);
        let total = sequences.len() as u64;
        let skip = usize::try_from(message.skip).unwrap_or(usize::MAX);
        sequences.drain(..skip.min(sequences.len()));
        sequences.truncate(message.take as usize);
        self.read_page(message.kind, &Page { sequences, total }, message.reply);
    }
}

impl Handler<ReadBehind> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ReadBehind, _: &mut Context<Self>) {
        self.handled += 1;
        let after = message.after.map(RecordId::sequence);
        let page = self.index_of(message.kind).page_behind(after, message.take);
        self.read_page(message.kind, &page, message.reply);
    }
}

impl ProjectActor {
    /// Answers with the reports of a page, which a blocking thread reads.
    fn read_page(&mut self, kind: ReportKind, page: &Page, reply: Reply<IssuePage>) {
        let id = |sequence| RecordId::new(sequence, self.id.shard());
        let keys = page
            .sequences
            .iter()
            .map(|sequence| keys::report(self.id, kind, id(*sequence)))
            .collect();
        let links = page
            .sequences
            .iter()
            .map(|sequence| (id(*sequence), self.links_of(kind, *sequence)));
        let links = links.collect();
        let hidden = self.hidden_values(kind);
        let read = self.ledger.read(keys);
        let total = page.total;
        tokio::task::spawn_blocking(move || {
            let issues = read
                .run::<Issue>()
                .map(|issues| issues.into_iter().flatten().collect());
            reply.send(
                issues
                    .map(|issues| IssuePage {
                        issues,
                        total,
                        links,
                        hidden,
                    })
                    .map_err(ActorError::from),
            );
        });
    }
}
