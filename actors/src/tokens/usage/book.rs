//! What the `TokenRegistry` knows of the use of tokens: the days that are not written down yet, and each token's last.

use std::collections::{BTreeMap, HashMap};

use bugle_storage::records::{Submitter, TokenUsage, USAGE_DAYS, usage_slot};
use bugle_storage::{Batch, Day, Key, Read, Shard, ShardId, StorageError, Table};

use super::UsageTallies;
use super::day::DayUsage;

/// How many records are written in one batch, each of one or two kilobytes.
const BATCH_RECORDS: usize = 5_000;

/// The days of every token that were counted since they were last written, and today's.
#[derive(Debug, Default)]
pub(in crate::tokens) struct UsageBook(HashMap<Submitter, BTreeMap<Day, Counted>>);

#[derive(Debug, Default)]
struct Counted {
    usage: DayUsage,
    /// Whether it is ahead of its record.
    is_changed: bool,
}

/// The use of a token on the last 90 days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedDays {
    /// The last of these days: today, or later when the clock has stepped back.
    pub last: Day,
    /// Days on which something was counted, latest first.
    pub days: Vec<TokenUsage>,
}

impl UsageBook {
    /// Reads what was counted today, to count on. Blocks.
    pub(in crate::tokens) fn load(
        shard: &Shard,
        holders: impl Iterator<Item = Submitter>,
        today: Day,
    ) -> Result<Self, StorageError> {
        let mut book = Self::default();
        for holder in holders {
            let stored = shard.load::<TokenUsage>(&key(holder, usage_slot(today)))?;
            for (_, record) in stored.into_iter().filter(|(_, record)| record.day == today) {
                let usage = DayUsage::of_record(record);
                let counted = Counted {
                    usage,
                    is_changed: false,
                };
                book.0.entry(holder).or_default().insert(today, counted);
            }
        }
        Ok(book)
    }

    /// Takes up what was counted since the last time. What is counted for an earlier day than a token's last, because
    /// the clock has stepped back, counts for that last one.
    pub(in crate::tokens) fn take_up(
        &mut self,
        tallies: &UsageTallies,
        is_known: impl Fn(Submitter) -> bool,
    ) {
        for ((holder, day), usage) in tallies.take() {
            if !is_known(holder) {
                continue;
            }
            let days = self.0.entry(holder).or_default();
            let last = days.last_key_value().map_or(day, |(last, _)| day.max(*last));
            let counted = days.entry(last).or_default();
            counted.usage.add(usage);
            counted.is_changed = true;
        }
    }

    /// The batches that write down what is ahead of its record. Days that are over are forgotten with that.
    pub(in crate::tokens) fn write(&mut self, today: Day) -> Result<Vec<Batch>, StorageError> {
        let mut batches = Vec::new();
        let (mut batch, mut records) = (Batch::new(), 0);
        for (holder, days) in &mut self.0 {
            for (day, counted) in days.iter_mut().filter(|(_, counted)| counted.is_changed) {
                batch.put(key(*holder, usage_slot(*day)), &counted.usage.to_record(*day))?;
                counted.is_changed = false;
                records += 1;
                if records == BATCH_RECORDS {
                    batches.push(std::mem::take(&mut batch));
                    records = 0;
                }
            }
            days.retain(|day, _| *day >= today);
        }
        self.0.retain(|_, days| !days.is_empty());
        if records > 0 {
            batches.push(batch);
        }
        Ok(batches)
    }

    /// The keys under which the records of a token may lie.
    pub(in crate::tokens) fn keys(holder: Submitter) -> Vec<Key> {
        (0..USAGE_DAYS).map(|slot| key(holder, slot)).collect()
    }

    /// Forgets a token that is no more.
    pub(in crate::tokens) fn forget(&mut self, holder: Submitter) {
        self.0.remove(&holder);
    }

    /// The days of a token that are in memory, which count more than what a record says of them.
    pub(in crate::tokens) fn in_memory(&self, holder: Submitter) -> Vec<TokenUsage> {
        let days = self.0.get(&holder).into_iter().flatten();
        days.map(|(day, counted)| counted.usage.to_record(*day)).collect()
    }
}

impl UsedDays {
    /// Reads the records of a token, and puts what is in memory over them. Blocks.
    pub(in crate::tokens) fn read(
        stored: Read,
        in_memory: Vec<TokenUsage>,
        today: Day,
    ) -> Result<Self, StorageError> {
        let stored = stored.run::<TokenUsage>()?.into_iter().flatten();
        Ok(Self::of(stored.chain(in_memory), today))
    }

    /// Of two records of a day the later one in the row counts.
    fn of(records: impl Iterator<Item = TokenUsage>, today: Day) -> Self {
        let by_day: BTreeMap<_, _> = records.map(|record| (record.day, record)).collect();
        let last = by_day.last_key_value().map_or(today, |(day, _)| today.max(*day));
        let first = Day(last.0 - i32::from(USAGE_DAYS) + 1);
        let days = by_day.into_values().rev();
        Self {
            last,
            days: days.take_while(|record| record.day >= first).collect(),
        }
    }
}

fn key(holder: Submitter, slot: u8) -> Key {
    Key::new(ShardId::SYSTEM, Table::TokenUsage)
        .bytes(&holder.to_bytes())
        .bytes(&[slot])
}

#[cfg(test)]
mod tests {
    use super::*;
    use bugle_storage::records::{RefusalReason, ReportKind};
    use bugle_storage::{AddressHash, TokenId};

    const TOKEN: TokenId = TokenId(7);
    const GAME: Submitter = Submitter::ProjectToken(TOKEN);

    fn refuse(tallies: &UsageTallies, day: i32) {
        let refusal = (ReportKind::Bug, RefusalReason::Limit);
        tallies.refuse_report(TOKEN, refusal, AddressHash(1), Day(day));
    }

    fn counts(days: &[TokenUsage]) -> Vec<(i32, u64)> {
        let refused = |day: &TokenUsage| day.refused.iter().map(|refused| refused.count).sum();
        days.iter().map(|day| (day.day.0, refused(day))).collect()
    }

    #[test]
    fn each_day_is_written_once_it_has_changed_and_kept_while_it_lasts() {
        let (tallies, mut book) = (UsageTallies::default(), UsageBook::default());
        refuse(&tallies, 5);
        book.take_up(&tallies, |_| true);
        refuse(&tallies, 6);
        refuse(&tallies, 5);
        book.take_up(&tallies, |_| true);
        assert_eq!(
            counts(&book.in_memory(GAME)),
            [(5, 2), (6, 1)],
            "both days wait to be written, and the late one came before the day's end"
        );
        assert_eq!(book.write(Day(6)).unwrap().len(), 1);
        assert_eq!(
            counts(&book.in_memory(GAME)),
            [(6, 1)],
            "the day that is over is in the store"
        );
        assert!(book.write(Day(6)).unwrap().is_empty(), "nothing has changed");
        refuse(&tallies, 4);
        book.take_up(&tallies, |_| true);
        assert_eq!(
            counts(&book.in_memory(GAME)),
            [(6, 2)],
            "the clock has stepped back"
        );
        book.forget(GAME);
        assert!(book.in_memory(GAME).is_empty());
    }

    #[test]
    fn a_token_that_is_not_known_is_not_counted() {
        let (tallies, mut book) = (UsageTallies::default(), UsageBook::default());
        refuse(&tallies, 5);
        book.take_up(&tallies, |_| false);
        assert!(book.0.is_empty());
    }

    #[test]
    fn a_report_has_90_days_and_memory_counts_more_than_the_store() {
        let (tallies, mut book) = (UsageTallies::default(), UsageBook::default());
        refuse(&tallies, 100);
        book.take_up(&tallies, |_| true);
        let [counted] = book.in_memory(GAME).try_into().unwrap();
        let stored = [10, 11, 50, 100].map(|day| TokenUsage {
            day: Day(day),
            refused: Vec::new(),
            ..counted.clone()
        });
        let used = UsedDays::of(stored.clone().into_iter().chain([counted]), Day(100));
        assert_eq!(counts(&used.days), [(100, 1), (50, 0), (11, 0)]);
        let used = UsedDays::of(stored.into_iter(), Day(101));
        assert_eq!(
            (used.last, counts(&used.days)),
            (Day(101), vec![(100, 0), (50, 0)])
        );
    }
}
