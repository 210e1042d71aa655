//! Where HTTP workers count, until the `TokenRegistry` takes it up.

use bugle_storage::records::{RefusalReason, ReportKind, Submitter};
use bugle_storage::{AddressHash, Day, TokenId};
use dashmap::DashMap;
use foldhash::fast::RandomState;

use super::day::DayUsage;

/// How much is kept of what a client calls itself, in characters.
const USER_AGENT_LENGTH_MAX: usize = 200;

/// What was counted since the `TokenRegistry` last looked, by token and day. An accepted report is not counted here: its
/// project counts it. Only tokens that there are can be counted, each with a record of bounded size, so a flood of
/// addresses or of unknown tokens takes no memory.
#[derive(Debug, Default)]
pub struct UsageTallies(DashMap<(Submitter, Day), DayUsage, RandomState>);

impl UsageTallies {
    /// Counts a report that was sent with a project token and refused.
    pub fn refuse_report(
        &self,
        token: TokenId,
        (kind, reason): (ReportKind, RefusalReason),
        source: AddressHash,
        today: Day,
    ) {
        let mut usage = self.0.entry((Submitter::ProjectToken(token), today)).or_default();
        usage.refuse(kind, reason);
        usage.sources.count(source, false);
    }

    /// Counts a request with a personal token: whether it was to change something, and whether it was accepted.
    pub fn count_request(
        &self,
        token: TokenId,
        (is_write, is_accepted): (bool, bool),
        source: AddressHash,
        today: Day,
    ) {
        let mut usage = self
            .0
            .entry((Submitter::PersonalToken(token), today))
            .or_default();
        let requests = &mut usage.requests;
        let counter = match (is_write, is_accepted) {
            (false, true) => &mut requests.reads_accepted,
            (false, false) => &mut requests.reads_refused,
            (true, true) => &mut requests.writes_accepted,
            (true, false) => &mut requests.writes_refused,
        };
        *counter += 1;
        usage.sources.count(source, is_accepted);
    }

    /// Notes what the client calls itself that uses a token.
    pub fn note_user_agent(&self, holder: Submitter, user_agent: &str, today: Day) {
        let user_agent = shown_user_agent(user_agent);
        if !user_agent.is_empty() {
            self.0.entry((holder, today)).or_default().user_agent = Some(user_agent);
        }
    }

    /// Takes out all that was counted, earlier days first.
    pub(super) fn take(&self) -> Vec<((Submitter, Day), DayUsage)> {
        let keys: Vec<_> = self.0.iter().map(|entry| *entry.key()).collect();
        let mut taken: Vec<_> = keys.into_iter().filter_map(|key| self.0.remove(&key)).collect();
        taken.sort_unstable_by_key(|((_, day), _)| *day);
        taken
    }
}

/// What is shown of the name of a client: no control characters, and not all of a long one.
fn shown_user_agent(text: &str) -> String {
    let printable = text.chars().filter(|character| !character.is_control());
    let cut: String = printable.take(USER_AGENT_LENGTH_MAX).collect();
    cut.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_named_in_200_printable_characters() {
        assert_eq!(shown_user_agent(" Castle/1.2\r\n\u{1b}[31m\0 "), "Castle/1.2[31m");
        assert_eq!(shown_user_agent(&"ü".repeat(500)), "ü".repeat(200));
        assert_eq!(shown_user_agent("\t\u{85}"), "");
    }

    #[test]
    fn all_that_was_counted_is_taken_once_in_the_order_of_days() {
        let tallies = UsageTallies::default();
        let token = TokenId(4);
        let refusal = (ReportKind::Bug, RefusalReason::Limit);
        for day in [6, 5, 6] {
            tallies.refuse_report(token, refusal, AddressHash(1), Day(day));
        }
        tallies.note_user_agent(Submitter::ProjectToken(token), "", Day(7));
        let counted = tallies.take();
        let counts = counted.iter().map(|((_, day), usage)| {
            let record = usage.to_record(*day);
            (record.day.0, record.refused.first().map(|refused| refused.count))
        });
        assert_eq!(counts.collect::<Vec<_>>(), [(5, Some(1)), (6, Some(2))]);
        assert!(tallies.take().is_empty());
    }
}
