//! Who is for which suggestion (protocol 5.5): all votes in memory, as bitmaps, so that the order by votes is a walk over
//! few of them and no sorting.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use actix::{Context, Handler, Message};
use bugle_storage::records::{ReportKind, Vote};
use bugle_storage::{Batch, ProjectId, RecordId, Shard, StorageError, UserId};
use roaring::RoaringBitmap;

use super::index::IssueIndex;
use super::{ProjectActor, ReportReference, keys};
use crate::{ActorError, Reply};

/// Gives a vote to a published suggestion, or takes it back. What is so already is no error.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ChangeVote {
    /// For which suggestion.
    pub report: ReportReference,
    /// Whose vote.
    pub user: UserId,
    /// Whether they are for it from now on.
    pub is_for: bool,
    /// Where the answer goes: the suggestion's id.
    pub reply: Reply<RecordId>,
}

/// Counts the votes for suggestions.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CountVotes {
    /// For which; one that is not ours has none.
    pub reports: Vec<RecordId>,
    /// Whose own votes are told.
    pub user: Option<UserId>,
    /// Where the answer goes: in the order of the question.
    pub reply: Reply<Vec<VoteCount>>,
}

/// The votes for a suggestion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VoteCount {
    /// How many there are.
    pub votes: u32,
    /// Whether one of them is of whoever asks.
    pub voted: bool,
}

/// All votes of a project. Suggestions are named by their ordinals in the index.
#[derive(Debug, Default)]
pub(super) struct Votes {
    of_user: HashMap<UserId, RoaringBitmap>,
    /// The suggestions that have votes, by how many.
    by_count: BTreeMap<u32, RoaringBitmap>,
    counts: HashMap<u32, u32>,
}

impl Votes {
    /// Reads a project's votes. Blocks.
    pub(super) fn load(
        shard: &Shard,
        project: ProjectId,
        suggestions: &IssueIndex,
    ) -> Result<Self, StorageError> {
        let mut votes = Self::default();
        shard.visit(&keys::votes(project), None, |key, _: Vote| {
            let place = keys::voter_and_sequence(key);
            if let Some((user, ordinal)) =
                place.and_then(|(user, sequence)| Some((user, suggestions.ordinal(sequence)?)))
            {
                votes.set(user, ordinal, true);
            }
            ControlFlow::Continue(())
        })?;
        Ok(votes)
    }

    fn has(&self, user: UserId, ordinal: u32) -> bool {
        self.of_user
            .get(&user)
            .is_some_and(|bitmap| bitmap.contains(ordinal))
    }

    fn count(&self, ordinal: u32) -> u32 {
        self.counts.get(&ordinal).copied().unwrap_or(0)
    }

    /// False when it was so already.
    fn set(&mut self, user: UserId, ordinal: u32, is_for: bool) -> bool {
        let bitmap = self.of_user.entry(user).or_default();
        let changed = if is_for {
            bitmap.insert(ordinal)
        } else {
            bitmap.remove(ordinal)
        };
        if changed {
            let before = self.count(ordinal);
            let now = if is_for {
                before.saturating_add(1)
            } else {
                before.saturating_sub(1)
            };
            self.recount(ordinal, before, now);
        }
        changed
    }

    fn recount(&mut self, ordinal: u32, before: u32, now: u32) {
        if let Some(bitmap) = self.by_count.get_mut(&before) {
            bitmap.remove(ordinal);
            if bitmap.is_empty() {
                self.by_count.remove(&before);
            }
        }
        if now == 0 {
            self.counts.remove(&ordinal);
        } else {
            self.counts.insert(ordinal, now);
            self.by_count.entry(now).or_default().insert(ordinal);
        }
    }

    /// Those of `matching` with most votes first and among equals the newest, `skip` passed over, `take` at the most.
    pub(super) fn top(&self, matching: &RoaringBitmap, skip: u64, take: u32) -> Vec<u32> {
        let mut without = matching.clone();
        let mut skip = skip;
        let mut found = Vec::new();
        for bitmap in self.by_count.values().rev() {
            let equals = bitmap & matching;
            without -= bitmap;
            skip = take_newest(&equals, skip, take, &mut found);
        }
        take_newest(&without, skip, take, &mut found);
        found
    }
}

/// Appends to `found`, up to `take` in all, and says how many are still to be passed over.
fn take_newest(equals: &RoaringBitmap, skip: u64, take: u32, found: &mut Vec<u32>) -> u64 {
    let count = equals.len();
    if skip >= count {
        return skip - count;
    }
    let newest = count - skip;
    let missing = u64::from(take).saturating_sub(found.len() as u64);
    let ranks = (newest.saturating_sub(missing)..newest).rev();
    found.extend(ranks.filter_map(|rank| equals.select(u32::try_from(rank).ok()?)));
    0
}

impl Handler<ChangeVote> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ChangeVote, _: &mut Context<Self>) {
        self.handled += 1;
        let ChangeVote {
            report,
            user,
            is_for,
            reply,
        } = message;
        match self.write_vote(report, user, is_for) {
            Ok((Some(batch), id)) => self.ledger.commit_and_answer(batch, || (), id, reply),
            Ok((None, id)) => self.ledger.when_durable(move |outcome| {
                reply.send(outcome.map(|()| id).map_err(ActorError::from));
            }),
            Err(refusal) => reply.send(Err(refusal)),
        }
    }
}

impl ProjectActor {
    /// Without a batch it was so already.
    fn write_vote(
        &mut self,
        report: ReportReference,
        user: UserId,
        is_for: bool,
    ) -> Result<(Option<Batch>, RecordId), ActorError> {
        let id = self.published(report)?;
        self.ledger.ensure_writable()?;
        let ordinal = self
            .index_of(report.kind)
            .ordinal(id.sequence())
            .ok_or(ActorError::NotFound)?;
        if self.votes.has(user, ordinal) == is_for {
            return Ok((None, id));
        }
        let mut batch = Batch::new();
        let place = keys::vote(self.id, user, id);
        if is_for {
            let created_at = self.clock.now();
            let written = batch.put(place, &Vote { created_at });
            written.map_err(|error| self.ledger.give_up(error))?;
        } else {
            batch.delete(place);
        }
        self.votes.set(user, ordinal, is_for);
        Ok((Some(batch), id))
    }
}

impl Handler<CountVotes> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: CountVotes, _: &mut Context<Self>) {
        self.handled += 1;
        let index = self.index_of(ReportKind::FeatureRequest);
        let count = |id: &RecordId| {
            let ordinal = index.ordinal(id.sequence());
            ordinal.map_or_else(VoteCount::default, |ordinal| VoteCount {
                votes: self.votes.count(ordinal),
                voted: message.user.is_some_and(|user| self.votes.has(user, ordinal)),
            })
        };
        let counts = message.reports.iter().map(count).collect();
        message.reply.send(Ok(counts));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(given: &[(u64, u32)]) -> Votes {
        let mut votes = Votes::default();
        for (user, ordinal) in given {
            votes.set(UserId(*user), *ordinal, true);
        }
        votes
    }

    #[test]
    fn a_person_has_one_vote_for_each() {
        let mut votes = votes(&[(1, 5), (1, 5), (2, 5), (1, 6)]);
        assert_eq!((votes.count(5), votes.count(6), votes.count(7)), (2, 1, 0));
        assert!(votes.has(UserId(2), 5) && !votes.has(UserId(2), 6));
        assert!(votes.set(UserId(1), 5, false));
        assert!(!votes.set(UserId(1), 5, false), "a vote is taken back once");
        assert!(!votes.set(UserId(9), 7, false));
        assert_eq!((votes.count(5), votes.count(7)), (1, 0));
    }

    #[test]
    fn the_order_is_by_votes_and_then_by_age() {
        let votes = votes(&[(1, 3), (2, 3), (1, 0), (1, 7), (1, 9)]);
        let all = (0..10).collect::<RoaringBitmap>();
        let expected = [3, 9, 7, 0, 8, 6, 5, 4, 2, 1];
        assert_eq!(votes.top(&all, 0, 20), expected);
        for skip in 0..12_usize {
            for take in 0..12_usize {
                let page = votes.top(&all, skip as u64, u32::try_from(take).unwrap());
                let wanted: Vec<_> = expected.iter().copied().skip(skip).take(take).collect();
                assert_eq!(page, wanted, "{take} after {skip}");
            }
        }
        let some = [1, 7, 3, 8].into_iter().collect::<RoaringBitmap>();
        assert_eq!(votes.top(&some, 0, 20), [3, 7, 8, 1]);
        assert_eq!(votes.top(&some, 1, 2), [7, 8]);
    }
}
