//! The addresses that most comes from, counted in little memory however many there are.

use bugle_storage::AddressHash;
use bugle_storage::records::SourceCount;

/// How many addresses are counted apart. What more than one in so many requests came from is among them for sure.
const COUNTED_MAX: usize = 64;
/// How many of them are stored and told.
const TOLD_MAX: usize = 20;

/// Counts by address after the Space-Saving method (Metwally, Agrawal, El Abbadi 2005): an address that is new where
/// there is no room takes the place of the rarest one, and its rank with it. What is told of an address is exact where
/// no more than 64 are counted, and never too high.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TopSources(Vec<Source>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Source {
    count: SourceCount,
    /// How often, at the most, it may have been counted before it came to its place.
    before: u64,
}

impl Source {
    const fn rank(&self) -> u64 {
        self.count.accepted + self.count.refused + self.before
    }
}

impl TopSources {
    /// Goes on from what was stored.
    pub(crate) fn of_stored(stored: &[SourceCount]) -> Self {
        Self(
            stored
                .iter()
                .map(|count| Source {
                    count: *count,
                    before: 0,
                })
                .collect(),
        )
    }

    /// Counts one more from that address.
    pub(crate) fn count(&mut self, address: AddressHash, is_accepted: bool) {
        let (accepted, refused) = (u64::from(is_accepted), u64::from(!is_accepted));
        if let Some(known) = self.0.iter_mut().find(|source| source.count.address == address) {
            known.count.accepted += accepted;
            known.count.refused += refused;
            return;
        }
        let mut fresh = Source {
            count: SourceCount {
                address,
                accepted,
                refused,
            },
            before: 0,
        };
        if self.0.len() < COUNTED_MAX {
            return self.0.push(fresh);
        }
        if let Some(rarest) = self.0.iter_mut().min_by_key(|source| source.rank()) {
            fresh.before = rarest.rank();
            *rarest = fresh;
        }
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn add(&mut self, other: Self) {
        for source in other.0 {
            let known = self
                .0
                .iter_mut()
                .find(|known| known.count.address == source.count.address);
            match known {
                Some(known) => {
                    known.count.accepted += source.count.accepted;
                    known.count.refused += source.count.refused;
                    known.before += source.before;
                }
                None => self.0.push(source),
            }
        }
        self.sort();
        self.0.truncate(COUNTED_MAX);
    }

    /// The addresses that most came from, most first.
    pub(crate) fn told(&self) -> Vec<SourceCount> {
        let mut sorted = self.clone();
        sorted.sort();
        sorted
            .0
            .iter()
            .take(TOLD_MAX)
            .map(|source| source.count)
            .collect()
    }

    /// The same of counters that are exact.
    pub(crate) fn of_exact(mut counts: Vec<SourceCount>) -> Vec<SourceCount> {
        let most_first = |count: &SourceCount| std::cmp::Reverse((count.accepted, count.address));
        if counts.len() > TOLD_MAX {
            counts.select_nth_unstable_by_key(TOLD_MAX, most_first);
            counts.truncate(TOLD_MAX);
        }
        counts.sort_unstable_by_key(most_first);
        counts
    }

    fn sort(&mut self) {
        self.0
            .sort_unstable_by_key(|source| std::cmp::Reverse((source.rank(), source.count.address)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sources: &TopSources) -> Vec<(u64, u64, u64)> {
        let told = sources.told().into_iter();
        told.map(|count| (count.address.0, count.accepted, count.refused))
            .collect()
    }

    #[test]
    fn few_addresses_are_counted_exactly() {
        let mut sources = TopSources::default();
        for address in [1, 2, 1, 3, 1, 2] {
            sources.count(AddressHash(address), true);
        }
        sources.count(AddressHash(1), false);
        assert_eq!(told(&sources), [(1, 3, 1), (2, 2, 0), (3, 1, 0)]);
        let again = TopSources::of_stored(&sources.told());
        let mut both = sources;
        both.add(again);
        assert_eq!(told(&both), [(1, 6, 2), (2, 4, 0), (3, 2, 0)]);
    }

    #[test]
    fn a_flood_of_addresses_takes_no_more_room_and_hides_no_frequent_one() {
        let mut sources = TopSources::default();
        for step in 0..100_000_u64 {
            sources.count(AddressHash(1_000 + step), false);
            if step % 10 == 0 {
                sources.count(AddressHash(7), false);
            }
        }
        assert_eq!(sources.0.len(), COUNTED_MAX);
        assert!(
            sources.0.capacity() <= 2 * COUNTED_MAX,
            "{}",
            sources.0.capacity()
        );
        let told = told(&sources);
        assert_eq!(told.len(), TOLD_MAX);
        let (address, accepted, refused) = told.first().copied().unwrap();
        assert_eq!((address, accepted), (7, 0));
        assert!((9_000..=10_000).contains(&refused), "{refused}");
    }

    #[test]
    fn of_exact_counters_the_highest_are_told() {
        let count = |address: u64| SourceCount {
            address: AddressHash(address),
            accepted: address,
            refused: 0,
        };
        let told = TopSources::of_exact((1..=100).map(count).collect());
        let addresses: Vec<_> = told.iter().map(|count| count.address.0).collect();
        assert_eq!(addresses, (81..=100).rev().collect::<Vec<_>>());
        assert_eq!(
            TopSources::of_exact(vec![count(1), count(2)]),
            [count(2), count(1)]
        );
    }
}
