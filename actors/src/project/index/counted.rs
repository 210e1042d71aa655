//! How many published issues have each status and priority, so that what a dashboard shows need not be counted.

use bugle_storage::records::{IssueStatus, Priority};

/// What an issue is counted as.
pub(super) type Place = (IssueStatus, Priority);

/// The counts.
#[derive(Debug, Default)]
pub(super) struct Counted([[u32; Priority::ALL.len()]; IssueStatus::ALL.len()]);

impl Counted {
    /// Takes over what an issue was counted as, and what it is from now on; drafts are not counted.
    pub(super) fn change(&mut self, before: Option<Place>, after: Option<Place>) {
        if before == after {
            return;
        }
        if let Some(count) = before.and_then(|place| self.at(place)) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = after.and_then(|place| self.at(place)) {
            *count = count.saturating_add(1);
        }
    }

    /// How many have one of these statuses and this priority.
    pub(super) fn of(&self, statuses: &[IssueStatus], priority: Priority) -> u64 {
        let rows = statuses.iter().filter_map(|status| self.0.get(*status as usize));
        let counts = rows.filter_map(|row| row.get(priority as usize));
        counts.map(|count| u64::from(*count)).sum()
    }

    fn at(&mut self, (status, priority): Place) -> Option<&mut u32> {
        self.0.get_mut(status as usize)?.get_mut(priority as usize)
    }
}
