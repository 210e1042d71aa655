//! Sums of days, also when the actor ends while it is about them.

use std::sync::Arc;

use actix::Actor;
use bugle_storage::records::{QuotaCount, ReportKind, TokenHash};
use bugle_storage::{MemoryStore, Timestamp};
use foldhash::HashMapExt;

use super::super::quotas::Counted;
use super::*;
use crate::directory::Grant;
use crate::project::examples;
use crate::supervision::ShardSupervisor;
use crate::{Clock, Directory};

const PROJECT: ProjectId = ProjectId(7);
const GAME: TokenId = TokenId(3);
const DELETED: TokenId = TokenId(4);

fn day(day: i32, counts: &[(Submitter, u64, ReportKind, u32)]) -> CountedDay {
    let mut counted = foldhash::HashMap::new();
    for (submitter, address, kind, count) in counts {
        let place = Counted {
            submitter: *submitter,
            address: AddressHash(*address),
            kind: *kind,
        };
        counted.insert(place, *count);
    }
    CountedDay {
        day: Day(day),
        counts: counted,
    }
}

#[test]
fn a_day_is_summed_up_by_token_kind_and_address() {
    let token = |token| Submitter::ProjectToken(TokenId(token));
    let counted = day(
        8,
        &[
            (token(1), 100, ReportKind::Bug, 4),
            (token(1), 100, ReportKind::SupportTicket, 1),
            (token(1), 200, ReportKind::Bug, 3),
            (token(2), 100, ReportKind::FeatureRequest, 9),
            (token(3), 100, ReportKind::Bug, 7),
            (Submitter::Anonymous, 100, ReportKind::Bug, 5),
        ],
    );
    let mut sums: Vec<_> = Sums::of(&counted, |token| token != TokenId(3)).collect();
    sums.sort_by_key(|(token, _)| *token);
    let source = |address, accepted| SourceCount {
        address: AddressHash(address),
        accepted,
        refused: 0,
    };
    let sum = |counts, sources| AcceptedReports {
        day: Day(8),
        counts,
        sources,
    };
    assert_eq!(
        sums,
        [
            (TokenId(1), sum([7, 0, 1], vec![source(100, 5), source(200, 3)])),
            (TokenId(2), sum([0, 9, 0], vec![source(100, 9)])),
        ]
    );
}

/// The day that the counters of [`Fixture`] are of.
const PLAYED: Day = Day(20_778);

/// A project with a token, over a store with counters of a day that is over: 3 of each of 5 addresses, and as many of a
/// token that was deleted since.
struct Fixture {
    store: Arc<MemoryStore>,
    directory: Arc<Directory>,
}

impl Fixture {
    fn new() -> Self {
        let grant = Grant::Project(examples::grant(PROJECT, GAME));
        let directory = Arc::<Directory>::default();
        directory.publish_token(TokenHash([3; 32]), grant);
        let store = Arc::<MemoryStore>::default();
        let mut shard = Shard::open(store.clone(), PROJECT.shard()).unwrap();
        let (mut quotas, _) = Quotas::load(&shard, PROJECT, PLAYED).unwrap();
        let mut batch = Batch::new();
        for place in [GAME, DELETED]
            .into_iter()
            .flat_map(|token| (0..15).map(move |step| (token, step)))
        {
            let counted = Counted {
                submitter: Submitter::ProjectToken(place.0),
                address: AddressHash(place.1 % 5),
                kind: ReportKind::Bug,
            };
            quotas.count(counted, 1000, &mut batch).unwrap();
        }
        shard.commit(batch, Box::new(|outcome| outcome.unwrap()));
        Self { store, directory }
    }

    /// The actor as it starts two days later.
    fn load(&self) -> ProjectActor {
        let clock = Clock::manual(Timestamp(PLAYED.end().0 + 90_000_000));
        let (store, directory) = (self.store.clone(), Arc::clone(&self.directory));
        let (known, health) = (Arc::clone(&self.directory), Arc::default());
        let shard = PROJECT.shard();
        let supervisor = ShardSupervisor::load(store.clone(), shard, clock.clone(), known, health);
        let supervisor = supervisor.unwrap().start();
        ProjectActor::load(store, PROJECT, clock, directory, supervisor, 1..2).unwrap()
    }

    fn counters(&self) -> usize {
        let shard = Shard::open(self.store.clone(), PROJECT.shard()).unwrap();
        let prefix = Key::new(PROJECT.shard(), Table::Quota);
        shard.load::<QuotaCount>(&prefix).unwrap().len()
    }
}

fn counts(project: &mut ProjectActor, token: TokenId) -> Vec<(Day, u64)> {
    let in_memory = project.sums_in_memory(token);
    let stored = project.ledger.read(keys(PROJECT, token));
    let sums = accepted(stored, in_memory).unwrap();
    sums.into_iter()
        .map(|sum| (sum.day, sum.counts.iter().sum()))
        .collect()
}

/// Removes so many of the counters that are over, as the actor does now and then.
fn remove(project: &mut ProjectActor, count: usize) {
    let mut batch = Batch::new();
    project.over.drain(..count).for_each(|key| batch.delete(key));
    project.ledger.commit(batch, |outcome| outcome.unwrap());
}

#[actix::test]
async fn a_day_is_known_from_its_counters_until_it_is_summed_up() {
    let fixture = Fixture::new();
    let mut project = fixture.load();
    assert_eq!(counts(&mut project, GAME), [(PLAYED, 15)]);
    project.sum_up_days();
    assert_eq!(counts(&mut project, GAME), [(PLAYED, 15)], "from the store");
    assert_eq!(project.over.len(), 10);
    remove(&mut project, 10);
    assert_eq!(fixture.counters(), 0);
    drop(project);
    assert_eq!(counts(&mut fixture.load(), GAME), [(PLAYED, 15)]);
}

#[actix::test]
async fn an_end_amid_the_removal_of_counters_leaves_the_sums_whole() {
    let fixture = Fixture::new();
    let mut project = fixture.load();
    project.sum_up_days();
    remove(&mut project, 7);
    drop(project);
    let mut project = fixture.load();
    assert_eq!(fixture.counters(), 3);
    assert_eq!(
        counts(&mut project, GAME),
        [(PLAYED, 15)],
        "the three that are left say less"
    );
    project.sum_up_days();
    assert_eq!(counts(&mut project, GAME), [(PLAYED, 15)]);
    remove(&mut project, 3);
    assert_eq!(fixture.counters(), 0);
}

#[actix::test]
async fn a_deleted_token_leaves_no_sums() {
    let fixture = Fixture::new();
    let mut project = fixture.load();
    project.sum_up_days();
    let shard = Shard::open(fixture.store.clone(), PROJECT.shard()).unwrap();
    let prefix = Key::new(PROJECT.shard(), Table::AcceptedReports);
    let stored = shard.load::<AcceptedReports>(&prefix).unwrap();
    assert_eq!(stored.len(), 1, "of the other token");
    remove(&mut project, 10);
    assert_eq!(fixture.counters(), 0);
}

#[actix::test]
async fn what_a_deleted_token_had_accepted_is_forgotten() {
    let fixture = Fixture::new();
    let mut project = fixture.load();
    project.sum_up_days();
    let address = project.start();
    let token = GAME;
    let forget = |reply| ForgetAcceptedReports { token, reply };
    crate::ask(&address, forget).await.unwrap();
    let days = |reply| ReadAcceptedReports { token, reply };
    assert_eq!(crate::ask(&address, days).await.unwrap(), []);
}
