use std::cell::Cell;

use bugle_storage::records::{IndexChunk, ReportKind};
use bugle_storage::{MemoryStore, Timestamp};

use super::*;
use crate::ask;
use crate::project::examples::{new_issue, submission};
use crate::supervision::Stop;
use crate::{FindIssue, ReportReference, SubmitIssue};

const PROJECT: ProjectId = ProjectId(7);

/// A beat when the test says so, not the clock.
#[derive(Message)]
#[rtype(result = "()")]
struct Beat(Instant);

impl Handler<Beat> for ShardSupervisor {
    type Result = ();

    fn handle(&mut self, beat: Beat, context: &mut Context<Self>) {
        self.beat(beat.0, context);
    }
}

/// The supervisor of one project's shard, over a plain map.
struct Fixture {
    store: Arc<dyn Store>,
    directory: Arc<Directory>,
    health: Arc<Health>,
    supervisor: Addr<ShardSupervisor>,
    now: Cell<Instant>,
}

impl Fixture {
    fn new() -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let (directory, health) = (Arc::default(), Arc::default());
        let supervisor = load(&store, &directory, &health).start();
        Self {
            store,
            directory,
            health,
            supervisor,
            now: Cell::new(Instant::now()),
        }
    }

    async fn open(&self, closed: Option<&Addr<ProjectActor>>) -> Addr<ProjectActor> {
        let message = |reply| OpenProject {
            project: PROJECT,
            closed: closed.cloned(),
            reply,
        };
        ask(&self.supervisor, message).await.unwrap()
    }

    fn next_beat(&self) -> Instant {
        self.now.set(self.now.get() + BEAT);
        self.now.get()
    }

    async fn beat(&self) {
        self.supervisor.send(Beat(self.next_beat())).await.unwrap();
    }

    /// Lets the project answer the ping of the last beat.
    async fn answered(&self, project: &Addr<ProjectActor>) {
        ask(project, |reply| Ping { reply }).await.unwrap();
    }

    /// How many restarts there were, none of which goes on.
    #[track_caller]
    fn restarts(&self) -> u64 {
        assert!(self.health.is_ready(), "a restart is under way");
        self.health.restarts()
    }
}

fn load(store: &Arc<dyn Store>, directory: &Arc<Directory>, health: &Arc<Health>) -> ShardSupervisor {
    let (directory, health) = (Arc::clone(directory), Arc::clone(health));
    let clock = Clock::manual(Timestamp(1_795_292_312_000));
    ShardSupervisor::load(Arc::clone(store), PROJECT.shard(), clock, directory, health).unwrap()
}

async fn report(project: &Addr<ProjectActor>, title: &str) -> u64 {
    let message = |reply| SubmitIssue {
        kind: ReportKind::Bug,
        new: Box::new(new_issue(title)),
        attachments: Vec::new(),
        replay_only: false,
        submission: submission(),
        objection: None,
        reply,
    };
    ask(project, message).await.unwrap().issue.id.sequence()
}

async fn title_of(project: &Addr<ProjectActor>, number: u32) -> String {
    let message = |reply| FindIssue {
        issue: ReportReference::numbered(ReportKind::Bug, number),
        with_attachments: false,
        reply,
    };
    ask(project, message).await.unwrap().issue.title
}

/// Brings a project's actor down and waits until it is.
async fn fail(project: &Addr<ProjectActor>) {
    project.send(Stop).await.unwrap();
    until_gone(project).await;
}

async fn until_gone(project: &Addr<ProjectActor>) {
    while project.connected() {
        tokio::task::yield_now().await;
    }
}

#[actix::test]
async fn all_that_ask_while_a_project_starts_get_the_same_one() {
    let fixture = Fixture::new();
    let answers = [(); 2].map(|()| {
        let (reply, answer) = Reply::channel();
        let (project, closed) = (PROJECT, None);
        let message = OpenProject {
            project,
            closed,
            reply,
        };
        fixture.supervisor.try_send(message).unwrap();
        answer
    });
    let [first, second] = answers;
    let (first, second) = (first.wait().await.unwrap(), second.wait().await.unwrap());
    assert_eq!(first, second);
    assert_eq!(fixture.directory.address(PROJECT), Some(first));
    assert_eq!(fixture.restarts(), 0);
}

#[actix::test]
async fn a_project_that_was_found_closed_goes_on_where_it_was() {
    let fixture = Fixture::new();
    let first = fixture.open(None).await;
    let before = report(&first, "Before").await;
    fail(&first).await;
    let second = fixture.open(Some(&first)).await;
    assert_ne!(first, second);
    assert_eq!(fixture.directory.address(PROJECT).as_ref(), Some(&second));
    assert_eq!(fixture.restarts(), 1);
    assert_eq!(title_of(&second, 1).await, "Before");
    let after = report(&second, "After").await;
    assert!(after > before, "ids are never given out twice: {before}, {after}");
    assert_eq!(title_of(&second, 2).await, "After");

    let again = fixture.open(Some(&first)).await;
    assert_eq!(
        again, second,
        "whoever learns late of the first one's end ends no other"
    );
    assert_eq!(fixture.restarts(), 1);
}

#[actix::test]
async fn a_beat_finds_a_failed_project_without_being_asked() {
    let fixture = Fixture::new();
    let first = fixture.open(None).await;
    fixture.beat().await;
    fixture.answered(&first).await;
    fixture.beat().await;
    assert_eq!(fixture.restarts(), 0, "one that answers is left alone");
    fixture.answered(&first).await;
    fail(&first).await;
    fixture.beat().await;
    let published = fixture.directory.address(PROJECT);
    assert_ne!(published.as_ref(), Some(&first), "nobody is sent to the dead one");
    let second = fixture.open(None).await;
    assert_ne!(first, second);
    assert_eq!(fixture.restarts(), 1);
}

/// Beats until the supervisor holds that nobody needs the project.
async fn neglect(fixture: &Fixture, project: &Addr<ProjectActor>) {
    for beats in 0.. {
        assert!(
            beats <= QUIET_BEATS_MAX + 2,
            "after {beats} quiet beats the project still runs"
        );
        fixture.beat().await;
        fixture.answered(project).await;
        if fixture.directory.address(PROJECT).is_none() {
            return;
        }
    }
}

#[actix::test]
async fn a_project_that_nobody_needs_is_stopped_and_starts_again_when_somebody_does() {
    let fixture = Fixture::new();
    let first = fixture.open(None).await;
    report(&first, "Before").await;
    neglect(&fixture, &first).await;
    assert!(first.connected(), "whoever had its address may still use it");
    fixture.beat().await;
    until_gone(&first).await;
    let shard = Shard::open(Arc::clone(&fixture.store), PROJECT.shard()).unwrap();
    let chunks = shard.load::<IndexChunk>(&Key::new(PROJECT.shard(), Table::IndexChunk));
    assert_eq!(chunks.unwrap().len(), 1, "it wrote its index down");
    let second = fixture.open(None).await;
    assert_eq!(title_of(&second, 1).await, "Before");
    assert_eq!(fixture.restarts(), 0, "that was no failure");
}

#[actix::test]
async fn a_project_that_is_needed_at_the_last_moment_is_kept() {
    let fixture = Fixture::new();
    let first = fixture.open(None).await;
    neglect(&fixture, &first).await;
    assert_eq!(fixture.open(None).await, first);
    fixture.beat().await;
    fixture.answered(&first).await;
    assert_eq!(fixture.directory.address(PROJECT), Some(first));
}

#[actix::test]
async fn a_new_supervisor_starts_the_running_projects_anew() {
    let fixture = Fixture::new();
    let project = fixture.open(None).await;
    report(&project, "Before").await;
    let successor = Fixture {
        supervisor: load(&fixture.store, &fixture.directory, &fixture.health).start(),
        store: Arc::clone(&fixture.store),
        directory: Arc::clone(&fixture.directory),
        health: Arc::clone(&fixture.health),
        now: Cell::new(Instant::now()),
    };
    let again = successor.open(None).await;
    assert_ne!(again, project);
    until_gone(&project).await;
    assert_eq!(title_of(&again, 1).await, "Before");
    report(&again, "After").await;
    assert_eq!(title_of(&again, 2).await, "After");
}

/// A project that was taken for dead and was only slow.
#[actix::test]
async fn a_project_that_was_replaced_writes_nothing_beside_its_successor() {
    let fixture = Fixture::new();
    let slow = fixture.open(None).await;
    report(&slow, "Before").await;
    let handle = fixture
        .directory
        .addresses
        .get(&PROJECT)
        .map(|handle| handle.clone());
    handle.unwrap().fence.close();
    let (reply, answer) = Reply::channel();
    let late = SubmitIssue {
        kind: ReportKind::Bug,
        new: Box::new(new_issue("Late")),
        attachments: Vec::new(),
        replay_only: false,
        submission: submission(),
        objection: None,
        reply,
    };
    slow.try_send(late).unwrap();
    assert!(matches!(answer.wait().await, Err(ActorError::Busy)));
    let next = fixture.open(Some(&slow)).await;
    report(&next, "After").await;
    assert_eq!(title_of(&next, 2).await, "After");
}

#[actix::test]
async fn ids_are_leased_once_also_across_a_restart_of_the_supervisor() {
    let fixture = Fixture::new();
    let lease = |supervisor: Addr<ShardSupervisor>| async move {
        let size = 10;
        ask(&supervisor, |reply| LeaseIds { size, reply }).await.unwrap()
    };
    assert_eq!(lease(fixture.supervisor.clone()).await, 1..11);
    assert_eq!(lease(fixture.supervisor.clone()).await, 11..21);
    let successor = load(&fixture.store, &fixture.directory, &fixture.health).start();
    assert_eq!(lease(successor).await, 21..31);
}
