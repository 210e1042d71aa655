//! The project's actor as others meet it, over a store that counts what is written.

mod added_tags;
mod answers;
mod batches;
mod bounds;
mod overtaken;
mod saved;

use bugle_storage::records::{AttachmentKind, BlobHash, Issue, IssueStatus, Submitter, TokenHash};
use bugle_storage::{MemoryStore, UserId};

use super::examples::{self, new_issue, submission};
use super::*;
use crate::directory::Grant;
use crate::supervision::OpenProject;
use crate::{IdempotencyKey, Reply, ask};

const PROJECT: ProjectId = ProjectId(7);
const GAME: TokenId = TokenId(3);
const GAME_HASH: TokenHash = TokenHash([3; 32]);
const START: Timestamp = Timestamp(1_795_292_312_000);
const DAY: i64 = 86_400;

/// A project with one token, and its actor.
struct Fixture {
    store: Arc<MemoryStore>,
    directory: Arc<Directory>,
    clock: Clock,
    supervisor: Addr<ShardSupervisor>,
    project: Addr<ProjectActor>,
}

impl Fixture {
    async fn new() -> Self {
        let directory = Arc::<Directory>::default();
        directory.publish_token(GAME_HASH, Grant::Project(grant()));
        Self::over(Arc::default(), directory, Clock::manual(START)).await
    }

    async fn over(store: Arc<MemoryStore>, directory: Arc<Directory>, clock: Clock) -> Self {
        let shard = PROJECT.shard();
        let (known, health) = (Arc::clone(&directory), Arc::default());
        let loaded = ShardSupervisor::load(store.clone(), shard, clock.clone(), known, health);
        let supervisor = loaded.unwrap().start();
        let (project, closed) = (PROJECT, None);
        let open = |reply| OpenProject {
            project,
            closed,
            reply,
        };
        let project = ask(&supervisor, open).await.unwrap();
        Self {
            store,
            directory,
            clock,
            supervisor,
            project,
        }
    }

    /// Another actor in the place of this one, from what is stored.
    async fn restart(self) -> Self {
        drop((self.project, self.supervisor));
        Self::over(self.store, self.directory, self.clock).await
    }

    /// Says how many batches are written while that goes on.
    async fn writes(&self, work: impl Future<Output = ()>) -> u64 {
        let before = self.store.commits();
        work.await;
        self.store.commits() - before
    }

    async fn submit(&self, new: NewIssue, submission: Submission) -> Submitted {
        let message = |reply| SubmitIssue {
            kind: ReportKind::Bug,
            new: Box::new(new),
            attachments: vec![file(1)],
            replay_only: false,
            submission,
            objection: None,
            reply,
        };
        ask(&self.project, message).await.unwrap()
    }

    async fn change(
        &self,
        issue: &Issue,
        change: IssueChange,
        submission: Submission,
    ) -> Result<Changed, ActorError> {
        let message = |reply| ChangeIssue {
            issue: ReportReference::issue(issue.id),
            change,
            submission,
            reply,
        };
        ask(&self.project, message).await
    }

    async fn list(&self) -> Vec<Issue> {
        let message = |reply| ListIssues {
            kind: ReportKind::Bug,
            order: ReportOrder::Newest,
            filter: IssueFilter::default(),
            skip: 0,
            take: 100,
            reply,
        };
        ask(&self.project, message).await.unwrap().issues
    }
}

fn grant() -> Arc<ProjectGrant> {
    examples::grant(PROJECT, GAME)
}

fn game(key: Option<u8>) -> Submission {
    Submission {
        submitter: Submitter::ProjectToken(GAME),
        grant: Some(grant()),
        ..holder(key)
    }
}

/// Whoever holds the update token.
fn holder(key: Option<u8>) -> Submission {
    let key = key.map(|key| IdempotencyKey {
        hash: [key; 16],
        fingerprint: u64::from(key),
    });
    Submission { key, ..submission() }
}

fn member() -> Submission {
    Submission {
        submitter: Submitter::User(UserId(1)),
        ..submission()
    }
}

fn draft(title: &str) -> NewIssue {
    NewIssue {
        draft: true,
        ..new_issue(title)
    }
}

fn file(number: u8) -> NewAttachment {
    NewAttachment {
        kind: AttachmentKind::LogFile,
        filename: format!("{number}.log"),
        content_type: "text/plain".into(),
        size: 5,
        blob: BlobHash([number; 32]),
        developer_private: false,
    }
}

fn attach(number: u8) -> IssueChange {
    IssueChange::Attach {
        file: Box::new(file(number)),
        size_max: u64::MAX,
        joined: None,
    }
}

fn contact(number: usize) -> IssueChange {
    IssueChange::SetContact {
        email: Some(format!("player{number}@example.org")),
        discord_id: None,
    }
}

const fn publish() -> IssueChange {
    IssueChange::Publish {
        email_my_report: None,
    }
}

fn retitle(title: &str) -> IssueChange {
    IssueChange::Patch(Box::new(IssuePatch {
        title: Some(title.to_owned()),
        ..IssuePatch::default()
    }))
}
