//! Which comments and which changes there are of the reports that were asked about lately: with that a page reads its
//! own records and no others. The first page of a report costs a walk over the keys of all, each later one what it shows.

use std::collections::HashMap;

use actix::{AsyncContext, Context, Handler, Message};
use bugle_storage::{Key, Read, StorageError};

use super::ProjectActor;
use crate::ActorError;

/// Bytes with which a page ends, whatever else was asked for: a change of a description has two of them, of a MiB each.
pub(super) const PAGE_SIZE_MAX: usize = 8 << 20;
/// Records that are remembered at the most, of eight bytes each; beyond it only what was asked about last.
const REMEMBERED_MAX: usize = 200_000;
/// For how many records a report counts beside those it has: one without any takes memory, too.
const REPORT_COST: usize = 16;
/// Pages that wait for one walk at the most.
const WAITING_MAX: usize = 256;

/// Reads a page, once it is known which records are on it. Must not block.
pub(super) type ReadPage = Box<dyn FnOnce(Result<PageRead, ActorError>) + Send>;

/// A page, planned.
pub(super) struct PageRead {
    pub(super) read: Read,
    /// How many records there are in all.
    pub(super) total: u64,
}

/// A page that somebody asks for.
pub(super) struct Wanted {
    pub(super) skip: u64,
    pub(super) take: u32,
    pub(super) then: ReadPage,
}

/// The numbers that keys end with, by what these begin with.
#[derive(Default)]
pub(super) struct Listings(HashMap<Key, Listing>);

enum Listing {
    /// All of them, in order.
    Known(Vec<u64>),
    /// A walk is under way.
    Sought {
        waiting: Vec<Wanted>,
        /// What was added and removed since it began.
        changes: Vec<(u64, bool)>,
    },
}

impl Listings {
    /// Notes that a record is there from now on, or is not.
    pub(super) fn note(&mut self, below: &Key, number: u64, is_there: bool) {
        match self.0.get_mut(below) {
            Some(Listing::Known(numbers)) => set(numbers, number, is_there),
            Some(Listing::Sought { changes, .. }) => changes.push((number, is_there)),
            None => {}
        }
    }

    /// Takes what a walk has found, and gives the pages that waited for it.
    fn receive(&mut self, below: &Key, mut numbers: Vec<u64>) -> Vec<Wanted> {
        let Some(Listing::Sought { waiting, changes }) = self.0.remove(below) else {
            return Vec::new();
        };
        for (number, is_there) in changes {
            set(&mut numbers, number, is_there);
        }
        let remembered = self.0.values().map(Listing::cost).sum::<usize>();
        if remembered + REPORT_COST + numbers.len() > REMEMBERED_MAX {
            self.0
                .retain(|_, listing| matches!(listing, Listing::Sought { .. }));
        }
        self.0.insert(below.clone(), Listing::Known(numbers));
        waiting
    }

    /// Ends a walk that has failed.
    fn give_up(&mut self, below: &Key) -> Vec<Wanted> {
        match self.0.remove(below) {
            Some(Listing::Sought { waiting, .. }) => waiting,
            _ => Vec::new(),
        }
    }
}

impl Listing {
    fn cost(&self) -> usize {
        match self {
            Self::Known(numbers) => REPORT_COST + numbers.len(),
            Self::Sought { .. } => REPORT_COST,
        }
    }
}

fn set(numbers: &mut Vec<u64>, number: u64, is_there: bool) {
    match (numbers.binary_search(&number), is_there) {
        (Err(place), true) => numbers.insert(place, number),
        (Ok(place), false) => drop(numbers.remove(place)),
        _ => {}
    }
}

/// What a walk has found.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct KeysFound {
    below: Key,
    found: Result<Vec<Key>, StorageError>,
}

impl Handler<KeysFound> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: KeysFound, _: &mut Context<Self>) {
        let KeysFound { below, found } = message;
        match found {
            Ok(keys) => {
                let numbers = keys.iter().filter_map(Key::last_u64).collect();
                for wanted in self.listings.receive(&below, numbers) {
                    self.plan_page(&below, wanted);
                }
            }
            Err(error) => {
                for wanted in self.listings.give_up(&below) {
                    (wanted.then)(Err(error.clone().into()));
                }
            }
        }
    }
}

impl ProjectActor {
    /// Plans a page of the records whose keys are `below` and a number.
    pub(super) fn page_below(&mut self, below: Key, wanted: Wanted, context: &mut Context<Self>) {
        match self.listings.0.get_mut(&below) {
            Some(Listing::Known(_)) => self.plan_page(&below, wanted),
            Some(Listing::Sought { waiting, .. }) if waiting.len() < WAITING_MAX => waiting.push(wanted),
            Some(Listing::Sought { .. }) => (wanted.then)(Err(ActorError::Busy)),
            None => self.seek_keys(below, wanted, context),
        }
    }

    fn plan_page(&mut self, below: &Key, wanted: Wanted) {
        let Some(Listing::Known(numbers)) = self.listings.0.get(below) else {
            return (wanted.then)(Err(ActorError::Busy));
        };
        let skip = usize::try_from(wanted.skip).unwrap_or(usize::MAX);
        let shown = numbers.iter().skip(skip).take(wanted.take as usize);
        let keys = shown.map(|number| below.clone().u64(*number)).collect();
        let total = numbers.len() as u64;
        let read = self.ledger.read(keys);
        (wanted.then)(Ok(PageRead { read, total }));
    }

    fn seek_keys(&mut self, below: Key, wanted: Wanted, context: &mut Context<Self>) {
        let walk = self.ledger.read_below(&below);
        let sought = Listing::Sought {
            waiting: vec![wanted],
            changes: Vec::new(),
        };
        self.listings.0.insert(below.clone(), sought);
        let walking = tokio::task::spawn_blocking(move || walk.run_keys());
        let project = context.address();
        context.spawn(actix::fut::wrap_future(async move {
            let found = walking.await.unwrap_or(Err(StorageError::Closed));
            let _ = project.send(KeysFound { below, found }).await;
        }));
    }
}

#[cfg(test)]
mod tests {
    use bugle_storage::{ShardId, Table};

    use super::*;

    fn below(report: u64) -> Key {
        Key::new(ShardId(7), Table::Comment).u64(7).u64(report)
    }

    fn sought() -> Listing {
        Listing::Sought {
            waiting: Vec::new(),
            changes: Vec::new(),
        }
    }

    fn known(listings: &Listings, report: u64) -> Option<Vec<u64>> {
        match listings.0.get(&below(report)) {
            Some(Listing::Known(numbers)) => Some(numbers.clone()),
            _ => None,
        }
    }

    #[test]
    fn what_changes_during_a_walk_and_after_it_is_in_the_list() {
        let mut listings = Listings::default();
        listings.note(&below(1), 9, true);
        assert!(listings.0.is_empty(), "nobody has asked");
        listings.0.insert(below(1), sought());
        listings.note(&below(1), 5, true);
        listings.note(&below(1), 2, false);
        listings.note(&below(1), 6, true);
        listings.note(&below(1), 6, false);
        // The walk may have seen some of it already.
        listings.receive(&below(1), vec![1, 2, 3, 5]);
        assert_eq!(known(&listings, 1), Some(vec![1, 3, 5]));
        listings.note(&below(1), 4, true);
        listings.note(&below(1), 4, true);
        listings.note(&below(1), 1, false);
        assert_eq!(known(&listings, 1), Some(vec![3, 4, 5]));
    }

    #[test]
    fn so_much_is_remembered_and_no_more() {
        let mut listings = Listings::default();
        let half = (REMEMBERED_MAX / 2 - REPORT_COST) as u64;
        for (report, count) in [(1, half), (2, half), (3, 1)] {
            listings.0.insert(below(report), sought());
            listings.receive(&below(report), (0..count).collect());
        }
        assert_eq!(known(&listings, 3), Some(vec![0]));
        assert!(known(&listings, 1).is_none() && known(&listings, 2).is_none());
    }

    #[test]
    fn reports_without_records_are_not_remembered_without_end() {
        let mut listings = Listings::default();
        for report in 0..REMEMBERED_MAX as u64 / 10 {
            listings.0.insert(below(report), sought());
            listings.receive(&below(report), Vec::new());
        }
        assert!(listings.0.len() <= REMEMBERED_MAX / REPORT_COST);
    }
}
