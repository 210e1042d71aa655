//! The project's actor as others meet it, over a store that counts what is written.

mod batches;
mod overtaken;

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

#[actix::test]
async fn a_first_answer_is_given_again_whatever_became_of_the_issue() {
    let mut fixture = Fixture::new().await;
    for (key, new) in [(1, draft("A draft")), (2, new_issue("An issue"))] {
        let first = fixture.submit(new.clone(), game(Some(key))).await;
        fixture
            .change(&first.issue, retitle("Renamed"), member())
            .await
            .unwrap();
        fixture
            .change(&first.issue, publish(), holder(None))
            .await
            .unwrap();
        fixture
            .change(&first.issue, attach(9), holder(None))
            .await
            .unwrap();
        fixture = fixture.restart().await;
        let again = fixture.submit(new, game(Some(key))).await;
        assert!(again.replayed && again.quota.is_none());
        assert_eq!(again.issue, first.issue);
    }
    assert_eq!(fixture.list().await.len(), 2);
}

#[actix::test]
async fn a_file_is_answered_again_under_the_name_it_first_had() {
    let fixture = Fixture::new().await;
    let issue = fixture.submit(new_issue("With files"), game(None)).await.issue;
    let first = fixture.change(&issue, attach(1), holder(Some(1))).await.unwrap();
    let renamed = NewAttachment {
        filename: "other.log".into(),
        ..file(1)
    };
    let retry = IssueChange::Attach {
        file: Box::new(renamed),
        size_max: u64::MAX,
        joined: None,
    };
    let again = fixture.change(&issue, retry, holder(Some(1))).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.attachment, first.attachment);
    let other = fixture.change(&issue, publish(), holder(Some(1))).await;
    assert!(matches!(other, Err(ActorError::KeyReused)), "{other:?}");
}

/// The game with a limit of one report a day.
fn limited(key: u8) -> Submission {
    let mut grant = Arc::into_inner(grant()).unwrap();
    grant.rights.bug_reports.per_day = 1;
    Submission {
        grant: Some(Arc::new(grant)),
        ..game(Some(key))
    }
}

#[actix::test]
async fn a_report_whose_files_were_left_out_is_never_stored_anew() {
    let fixture = Fixture::new().await;
    let without_files = async |key| {
        let message = |reply| SubmitIssue {
            kind: ReportKind::Bug,
            new: Box::new(new_issue("With a log")),
            attachments: Vec::new(),
            replay_only: true,
            objection: None,
            submission: limited(key),
            reply,
        };
        ask(&fixture.project, message).await
    };
    let first = fixture.submit(new_issue("With a log"), limited(1)).await;
    let again = without_files(1).await.unwrap();
    assert!(again.replayed && again.issue.attachments == first.issue.attachments);
    let other = without_files(2).await;
    assert!(matches!(other, Err(ActorError::QuotaSpent { .. })), "{other:?}");
    fixture.clock.set(START.plus_seconds(DAY));
    for key in [1, 2] {
        let late = without_files(key).await;
        assert!(matches!(late, Err(ActorError::Busy)), "with key {key}: {late:?}");
    }
    assert_eq!(fixture.list().await.len(), 1);
}

#[actix::test]
async fn whether_a_report_would_be_taken_is_told_before_it_comes() {
    let fixture = Fixture::new().await;
    let admission = async |key| {
        let message = |reply| AskAdmission {
            kind: ReportKind::Bug,
            submission: limited(key),
            reply,
        };
        ask(&fixture.project, message).await
    };
    let writes = fixture.writes(async {
        for _ in 0..3 {
            assert_eq!(
                admission(1).await.unwrap(),
                Admission::New,
                "asking counts nothing"
            );
        }
    });
    assert_eq!(writes.await, 0);
    fixture.submit(new_issue("The only one"), limited(1)).await;
    assert_eq!(admission(1).await.unwrap(), Admission::Retry);
    let other = admission(2).await;
    assert!(matches!(other, Err(ActorError::QuotaSpent { .. })), "{other:?}");
    fixture.clock.set(START.plus_seconds(DAY));
    assert_eq!(admission(2).await.unwrap(), Admission::New);
}

#[actix::test]
async fn a_repeated_answer_writes_nothing_when_all_is_on_the_disk() {
    let fixture = Fixture::new().await;
    fixture.submit(new_issue("Once"), game(Some(1))).await;
    let writes = fixture.writes(async {
        assert!(fixture.submit(new_issue("Once"), game(Some(1))).await.replayed);
    });
    assert_eq!(writes.await, 0);
}

#[actix::test]
async fn a_change_that_changes_nothing_writes_nothing() {
    let fixture = Fixture::new().await;
    let issue = fixture.submit(new_issue("As it is"), game(None)).await.issue;
    fixture.clock.set(START.plus_seconds(60));
    let writes = fixture.writes(async {
        for change in [retitle("As it is"), publish(), IssueChange::Patch(Box::default())] {
            let changed = fixture.change(&issue, change, member()).await.unwrap();
            assert_eq!(
                changed.issue.as_ref(),
                Some(&issue),
                "nor does it move updated_at"
            );
        }
    });
    assert_eq!(writes.await, 0);
    let renamed = fixture
        .change(&issue, retitle("Another"), member())
        .await
        .unwrap();
    assert_eq!(renamed.issue.unwrap().updated_at, START.plus_seconds(60));
}

#[actix::test]
async fn a_reporter_changes_a_report_so_often_a_day_and_a_member_as_they_like() {
    let fixture = Fixture::new().await;
    let issue = fixture.submit(draft("Busy"), game(None)).await.issue;
    let most = REPORTER_CHANGES_PER_DAY as usize;
    for number in 0..most {
        fixture
            .change(&issue, contact(number), holder(None))
            .await
            .unwrap();
        // The same again is no change.
        fixture
            .change(&issue, contact(number), holder(None))
            .await
            .unwrap();
    }
    let fixture = fixture.restart().await;
    let refused = fixture.change(&issue, contact(most), holder(None)).await;
    assert!(matches!(refused, Err(ActorError::NotAllowed(_))), "{refused:?}");
    fixture.change(&issue, contact(most + 1), member()).await.unwrap();
    let other = fixture.submit(draft("Quiet"), game(None)).await.issue;
    fixture.change(&other, contact(0), holder(None)).await.unwrap();
    fixture.clock.set(START.plus_seconds(DAY));
    fixture.change(&issue, publish(), holder(None)).await.unwrap();
}

#[actix::test]
async fn a_reporter_adds_so_many_files_and_a_member_as_they_like() {
    let fixture = Fixture::new().await;
    let issue = fixture.submit(new_issue("Full of files"), game(None)).await.issue;
    let most = u8::try_from(REPORTER_FILES_MAX).unwrap();
    // One came with the report; half are a game's, half a holder's.
    for number in 1..most {
        let submission = if number % 2 == 0 {
            game(None)
        } else {
            holder(Some(number))
        };
        fixture.change(&issue, attach(number), submission).await.unwrap();
    }
    for submission in [game(None), holder(Some(200))] {
        let refused = fixture.change(&issue, attach(99), submission).await;
        assert!(matches!(refused, Err(ActorError::NotAllowed(_))), "{refused:?}");
    }
    let last = most - 1;
    let retry = fixture
        .change(&issue, attach(last), holder(Some(last)))
        .await
        .unwrap();
    assert!(retry.replayed, "whoever lost the last answer gets it");
    fixture.change(&issue, attach(99), member()).await.unwrap();
}

#[actix::test]
async fn an_update_token_ends_with_its_project_token() {
    let fixture = Fixture::new().await;
    let issue = fixture.submit(draft("From a game"), game(None)).await.issue;
    let of_member = fixture.submit(draft("From a member"), member()).await.issue;
    fixture.directory.withdraw_token(&GAME_HASH);
    for change in [publish(), contact(1), attach(1)] {
        let refused = fixture.change(&issue, change.clone(), holder(None)).await;
        assert!(matches!(refused, Err(ActorError::NotAllowed(_))), "{refused:?}");
        fixture.change(&of_member, change, holder(None)).await.unwrap();
    }
    fixture.change(&issue, publish(), member()).await.unwrap();
}

#[actix::test]
async fn a_saved_index_comes_back_with_what_happened_since() {
    let fixture = Fixture::new().await;
    let mut issues = Vec::new();
    for number in 0..5 {
        issues.push(fixture.submit(draft(&number.to_string()), game(None)).await.issue);
    }
    fixture.change(&issues[3], publish(), member()).await.unwrap();
    let save = |reply| SaveIndex { reply };
    ask(&fixture.project, save).await.unwrap();
    let writes = fixture.writes(async { ask(&fixture.project, save).await.unwrap() });
    assert_eq!(writes.await, 0, "nothing was changed since");
    fixture.change(&issues[1], publish(), member()).await.unwrap();
    fixture.submit(new_issue("Later"), game(None)).await;
    let before = fixture.list().await;
    let numbers: Vec<_> = before.iter().map(|issue| issue.number).collect();
    assert_eq!(numbers, [Some(3), Some(1), Some(2)]);
    let fixture = fixture.restart().await;
    assert_eq!(fixture.list().await, before);
    let next = fixture.submit(new_issue("Next"), game(None)).await.issue;
    assert_eq!(next.number, Some(4));
}

#[actix::test]
async fn files_that_come_at_once_stay_within_what_an_issue_may_have() {
    let fixture = Fixture::new().await;
    // One of 5 bytes came with the report.
    let issue = fixture.submit(new_issue("With files"), game(None)).await.issue;
    let answers: Vec<_> = [60, 60, 40, 1]
        .map(|size| {
            let (reply, answer) = Reply::channel();
            let message = ChangeIssue {
                issue: ReportReference::issue(issue.id),
                change: IssueChange::Attach {
                    file: Box::new(NewAttachment { size, ..file(9) }),
                    size_max: 105,
                    joined: None,
                },
                submission: member(),
                reply,
            };
            fixture.project.try_send(message).unwrap();
            answer
        })
        .into();
    let mut taken = Vec::new();
    for answer in answers {
        taken.push(answer.wait().await.is_ok());
    }
    assert_eq!(taken, [true, false, true, false]);
}

#[actix::test]
async fn suggestions_and_tickets_come_back_from_chunks_and_from_what_changed_since() {
    for kind in [ReportKind::FeatureRequest, ReportKind::SupportTicket] {
        let fixture = Fixture::new().await;
        let submit = async |title| {
            let message = |reply| SubmitIssue {
                kind,
                new: Box::new(new_issue(title)),
                attachments: Vec::new(),
                replay_only: false,
                objection: None,
                submission: game(None),
                reply,
            };
            ask(&fixture.project, message).await.unwrap().issue.id
        };
        let (first, second) = (submit("First").await, submit("Second").await);
        ask(&fixture.project, |reply| SaveIndex { reply }).await.unwrap();
        let status = IssueStatus::of(kind)[1];
        let change = IssueChange::Patch(Box::new(IssuePatch {
            status: Some(status),
            ..IssuePatch::default()
        }));
        let change = |reply| ChangeIssue {
            issue: ReportReference::global(kind, second),
            change,
            submission: member(),
            reply,
        };
        ask(&fixture.project, change).await.unwrap();
        // Nothing but the chunk says now that there is a first one.
        let mut batch = Batch::new();
        batch.delete(keys::report_row(PROJECT, kind, first));
        let mut shard = bugle_storage::Shard::open(fixture.store.clone(), PROJECT.shard()).unwrap();
        shard.commit(batch, Box::new(Result::unwrap));
        let fixture = fixture.restart().await;
        let list = async |statuses| {
            let message = |reply| ListIssues {
                kind,
                order: ReportOrder::Newest,
                filter: IssueFilter {
                    statuses,
                    ..IssueFilter::default()
                },
                skip: 0,
                take: 100,
                reply,
            };
            let found = ask(&fixture.project, message).await.unwrap().issues;
            found.into_iter().map(|issue| issue.id).collect::<Vec<_>>()
        };
        assert_eq!(list(Vec::new()).await, [second, first], "{kind:?}");
        assert_eq!(list(vec![status]).await, [second], "{kind:?}");
    }
}

#[actix::test]
async fn a_reporters_bounds_hold_for_every_kind_of_report() {
    for kind in ReportKind::ALL {
        let fixture = Fixture::new().await;
        let submit = |reply| SubmitIssue {
            kind,
            new: Box::new(draft("Busy")),
            attachments: Vec::new(),
            replay_only: false,
            objection: None,
            submission: game(None),
            reply,
        };
        let id = ask(&fixture.project, submit).await.unwrap().issue.id;
        let change = async |change, submission| {
            let message = |reply| ChangeIssue {
                issue: ReportReference::global(kind, id),
                change,
                submission,
                reply,
            };
            ask(&fixture.project, message).await
        };
        for number in 0..REPORTER_CHANGES_PER_DAY as usize {
            change(contact(number), holder(None)).await.unwrap();
        }
        let refused = change(contact(1000), holder(None)).await;
        assert!(
            matches!(refused, Err(ActorError::NotAllowed(_))),
            "{kind:?}: {refused:?}"
        );
        change(contact(1000), member()).await.unwrap();
        for number in 0..u8::try_from(REPORTER_FILES_MAX).unwrap() {
            change(attach(number), holder(None)).await.unwrap();
        }
        let refused = change(attach(99), holder(None)).await;
        assert!(
            matches!(refused, Err(ActorError::NotAllowed(_))),
            "{kind:?}: {refused:?}"
        );
        let announce = |size| {
            let issue = ReportReference::global(kind, id);
            ask(&fixture.project, move |reply| AnnounceUpload {
                issue,
                size,
                day_max: 2 << 20,
                reply,
            })
        };
        announce(2 << 20).await.unwrap();
        assert!(announce(1).await.is_err(), "{kind:?}");
    }
}
