//! How many reports each project token had accepted: the daily counters, summed up when a day is over.
//!
//! Every counter is stored with the report that it counts, so the sums are exact after a crash too. The counters of a day
//! are removed behind the batch with its sums; a start that finds some of them beside the sums knows that these are whole.

use std::collections::BTreeMap;

use actix::{Context, Handler, Message};
use bugle_storage::records::{AcceptedReports, SourceCount, Submitter, USAGE_DAYS, usage_slot};
use bugle_storage::{AddressHash, Batch, Day, Key, ProjectId, Read, Shard, StorageError, Table, TokenId};
use foldhash::{HashMap, HashSet};

use super::ProjectActor;
use super::quotas::{CountedDay, Quotas};
use crate::tokens::TopSources;
use crate::{ActorError, Reply};

/// Asks how many reports of a token were accepted, day by day.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ReadAcceptedReports {
    /// Which token of the project.
    pub token: TokenId,
    /// Where the answer goes: days on which there were some, in no order, and maybe days of longer ago than anybody
    /// wants to know of.
    pub reply: Reply<Vec<AcceptedReports>>,
}

/// Forgets what a token that is no more was used for.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ForgetAcceptedReports {
    /// Which token.
    pub token: TokenId,
    /// Where the answer goes.
    pub reply: Reply<()>,
}

/// The sums of a day, by token.
#[derive(Debug, Default)]
struct Sums(HashMap<TokenId, (AcceptedReports, HashMap<AddressHash, u64>)>);

impl Sums {
    fn of(
        day: &CountedDay,
        is_wanted: impl Fn(TokenId) -> bool,
    ) -> impl Iterator<Item = (TokenId, AcceptedReports)> {
        let mut sums = Self::default();
        for (counted, count) in &day.counts {
            let Submitter::ProjectToken(token) = counted.submitter else {
                continue;
            };
            if !is_wanted(token) {
                continue;
            }
            let empty = || AcceptedReports {
                day: day.day,
                counts: Default::default(),
                sources: Vec::new(),
            };
            let (sum, sources) = sums
                .0
                .entry(token)
                .or_insert_with(|| (empty(), HashMap::default()));
            if let Some(of_kind) = sum.counts.get_mut(counted.kind as usize) {
                *of_kind += u64::from(*count);
            }
            *sources.entry(counted.address).or_default() += u64::from(*count);
        }
        sums.0.into_iter().map(|(token, (sum, sources))| {
            let counts = sources.into_iter().map(|(address, accepted)| SourceCount {
                address,
                accepted,
                refused: 0,
            });
            let sources = TopSources::of_exact(counts.collect());
            (token, AcceptedReports { sources, ..sum })
        })
    }
}

fn key(project: ProjectId, token: TokenId, slot: u8) -> Key {
    Key::new(project.shard(), Table::AcceptedReports)
        .u64(project.0)
        .u64(token.0)
        .bytes(&[slot])
}

fn keys(project: ProjectId, token: TokenId) -> Vec<Key> {
    (0..USAGE_DAYS).map(|slot| key(project, token, slot)).collect()
}

/// Which sums are stored of days whose counters are not all removed yet.
#[derive(Debug, Default)]
pub(super) struct SummedUp(HashSet<(Day, TokenId)>);

impl SummedUp {
    /// Looks for the sums of the days that are over. Blocks.
    pub(super) fn load(shard: &Shard, project: ProjectId, quotas: &Quotas) -> Result<Self, StorageError> {
        let mut found = HashSet::default();
        for day in quotas.days().filter(|day| day.day < quotas.day()) {
            let tokens: HashSet<_> = day.counts.keys().map(|counted| counted.submitter).collect();
            for submitter in tokens {
                let Submitter::ProjectToken(token) = submitter else {
                    continue;
                };
                let stored = shard.load::<AcceptedReports>(&key(project, token, usage_slot(day.day)))?;
                if stored.iter().any(|(_, sum)| sum.day == day.day) {
                    found.insert((day.day, token));
                }
            }
        }
        Ok(Self(found))
    }
}

impl ProjectActor {
    /// Writes the sums of days that are over, and gives their counters to be removed behind that.
    pub(super) fn sum_up_days(&mut self) {
        for day in self.quotas.take_ended() {
            match self.sums_of(&day) {
                Ok(batch) if batch.is_empty() => {}
                Ok(batch) => self.ledger.commit(batch, |_| ()),
                Err(cause) => {
                    tracing::error!(project = %self.id, %cause, "the accepted reports of a day cannot be summed up");
                    let _ = self.ledger.give_up(cause);
                    return;
                }
            }
            self.over.extend(day.keys(self.id));
        }
    }

    fn sums_of(&self, day: &CountedDay) -> Result<Batch, StorageError> {
        let is_wanted =
            |token| self.directory.has_project_token(token) && !self.summed_up.0.contains(&(day.day, token));
        let mut batch = Batch::new();
        for (token, sum) in Sums::of(day, is_wanted) {
            batch.put(key(self.id, token, usage_slot(day.day)), &sum)?;
        }
        Ok(batch)
    }

    /// The sums that are not stored yet, of one token.
    fn sums_in_memory(&self, token: TokenId) -> Vec<AcceptedReports> {
        let is_wanted = |day: Day| move |other| other == token && !self.summed_up.0.contains(&(day, token));
        let days = self.quotas.days();
        days.flat_map(|day| Sums::of(day, is_wanted(day.day)))
            .map(|(_, sum)| sum)
            .collect()
    }
}

/// Reads the sums of a token, with those in memory over them. Blocks.
fn accepted(stored: Read, in_memory: Vec<AcceptedReports>) -> Result<Vec<AcceptedReports>, StorageError> {
    let stored = stored.run::<AcceptedReports>()?.into_iter().flatten();
    let by_day: BTreeMap<_, _> = stored.chain(in_memory).map(|sum| (sum.day, sum)).collect();
    Ok(by_day.into_values().collect())
}

impl Handler<ReadAcceptedReports> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ReadAcceptedReports, _: &mut Context<Self>) {
        self.handled += 1;
        let ReadAcceptedReports { token, reply } = message;
        let in_memory = self.sums_in_memory(token);
        let stored = self.ledger.read(keys(self.id, token));
        tokio::task::spawn_blocking(move || {
            reply.send(accepted(stored, in_memory).map_err(ActorError::from));
        });
    }
}

impl Handler<ForgetAcceptedReports> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ForgetAcceptedReports, _: &mut Context<Self>) {
        self.handled += 1;
        let ForgetAcceptedReports { token, reply } = message;
        if let Err(refusal) = self.ledger.ensure_writable() {
            return reply.send(Err(refusal));
        }
        let mut batch = Batch::new();
        for key in keys(self.id, token) {
            batch.delete(key);
        }
        self.ledger.commit_and_answer(batch, || (), (), reply);
    }
}

#[cfg(test)]
mod tests;
