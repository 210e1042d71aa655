//! The events of one source on their way to one endpoint: read in order, some of them under way at the same time, and
//! how far all of them are seen to.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use bugle_storage::records::WebhookEvent;

/// How many events are read at a time.
pub(super) const READ_AT_A_TIME: usize = 64;
/// Reads show a commit a moment after it was made.
const READ_PAUSE: Duration = Duration::from_millis(200);
const READ_PAUSE_MAX: Duration = Duration::from_secs(10);

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// The first number that was not looked at.
    next: u64,
    /// What was read and is not seen to.
    open: BTreeSet<u64>,
    /// Those of them that were not begun.
    ready: VecDeque<(u64, WebhookEvent)>,
    /// Whether somebody reads now.
    is_reading: bool,
    /// Whether everything that was there at the start has been read.
    is_caught_up: bool,
    empty_reads: u32,
    read_from: Option<Instant>,
}

impl Lane {
    /// A lane whose events up to this number are seen to. Some more may be there already.
    pub(super) fn behind(through: u64) -> Self {
        Self {
            next: through.saturating_add(1),
            ..Self::default()
        }
    }

    /// Everything up to this number is seen to.
    pub(super) fn through(&self) -> u64 {
        self.open.first().copied().unwrap_or(self.next).saturating_sub(1)
    }

    /// From which number on to read, when there is something to read and room for it. The lane then waits for
    /// [`Lane::take`].
    pub(super) fn begin_reading(&mut self, latest: u64, now: Instant) -> Option<u64> {
        let is_due = self.read_from.is_none_or(|from| from <= now);
        let may_have_more = latest >= self.next || !self.is_caught_up;
        if self.is_reading || !is_due || !may_have_more || self.ready.len() >= READ_AT_A_TIME / 2 {
            return None;
        }
        self.is_reading = true;
        Some(self.next)
    }

    /// Takes what was read: in order, [`READ_AT_A_TIME`] events or all that there were. Of those that the endpoint does not
    /// want nothing is kept.
    pub(super) fn take(
        &mut self,
        events: Vec<(u64, WebhookEvent)>,
        is_wanted: impl Fn(&WebhookEvent) -> bool,
        now: Instant,
    ) {
        self.is_reading = false;
        if events.len() < READ_AT_A_TIME {
            self.is_caught_up = true;
            // What a failed batch has announced never comes, so the pauses grow.
            self.empty_reads = if events.is_empty() {
                self.empty_reads + 1
            } else {
                0
            };
            let pause = READ_PAUSE * (1 << self.empty_reads.min(6));
            self.read_from = Some(now + pause.min(READ_PAUSE_MAX));
        }
        for (number, event) in events {
            if number < self.next {
                continue;
            }
            self.next = number + 1;
            if is_wanted(&event) {
                self.open.insert(number);
                self.ready.push_back((number, event));
            }
        }
    }

    /// Says that reading has failed.
    pub(super) fn could_not_read(&mut self, now: Instant) {
        self.is_reading = false;
        self.read_from = Some(now + READ_PAUSE_MAX);
    }

    /// The next event to be sent. It stays open until [`Lane::done`].
    pub(super) fn next_ready(&mut self) -> Option<(u64, WebhookEvent)> {
        self.ready.pop_front()
    }

    /// Says that an event is seen to.
    pub(super) fn done(&mut self, number: u64) {
        self.open.remove(&number);
    }

    /// Forgets what was read: the endpoint is off, and hears nothing of what is before its next beginning.
    pub(super) fn forget(&mut self) {
        self.open.clear();
        self.ready.clear();
    }

    /// How many events were read and are not seen to.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// How many events wait that were read.
    pub(super) fn waiting(&self) -> usize {
        self.ready.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bugle_storage::Timestamp;
    use bugle_storage::records::{EventDetail, EventKind};

    fn event(kind: EventKind) -> WebhookEvent {
        WebhookEvent {
            kind,
            subject: 1,
            at: Timestamp(1),
            detail: EventDetail::None,
        }
    }

    fn read(lane: &mut Lane, numbers: &[u64], now: Instant) {
        let events = numbers
            .iter()
            .map(|number| (*number, event(EventKind::IssueCreated)));
        lane.take(events.collect(), |_| true, now);
    }

    #[test]
    fn it_is_as_far_as_the_first_event_that_is_not_seen_to() {
        let now = Instant::now();
        let mut lane = Lane::behind(10);
        assert_eq!(lane.through(), 10);
        assert_eq!(lane.begin_reading(30, now), Some(11));
        assert_eq!(lane.begin_reading(30, now), None, "somebody reads");
        read(&mut lane, &[12, 20, 30], now);
        assert_eq!(lane.through(), 11);
        for _ in 0..3 {
            lane.next_ready().unwrap();
        }
        lane.done(20);
        assert_eq!(lane.through(), 11, "12 is under way");
        lane.done(12);
        assert_eq!(lane.through(), 29);
        lane.done(30);
        assert_eq!(lane.through(), 30);
    }

    #[test]
    fn what_is_not_wanted_is_passed_over() {
        let now = Instant::now();
        let mut lane = Lane::behind(0);
        lane.begin_reading(2, now);
        let events = vec![
            (1, event(EventKind::IssueCreated)),
            (2, event(EventKind::IssueUpdated)),
        ];
        lane.take(events, |event| event.kind == EventKind::IssueUpdated, now);
        assert_eq!(lane.through(), 1);
        assert_eq!(lane.next_ready().unwrap().0, 2);
        assert!(lane.next_ready().is_none());
    }

    #[test]
    fn what_was_announced_and_does_not_come_is_looked_for_ever_more_seldom() {
        let mut now = Instant::now();
        let mut lane = Lane::behind(0);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            assert_eq!(lane.begin_reading(1, now), Some(1));
            read(&mut lane, &[], now);
            let begun = now;
            while lane.begin_reading(1, now).is_none() {
                now += Duration::from_millis(100);
            }
            lane.is_reading = false;
            pauses.push(now - begun);
        }
        assert!(
            pauses.is_sorted() && pauses[0] < Duration::from_secs(1),
            "{pauses:?}"
        );
        assert!(pauses[7] <= READ_PAUSE_MAX, "{pauses:?}");
    }

    #[test]
    fn what_was_there_at_the_start_is_read_though_nobody_has_announced_it() {
        let now = Instant::now();
        let mut lane = Lane::behind(4);
        assert_eq!(lane.begin_reading(0, now), Some(5));
        read(&mut lane, &[], now);
        let later = now + READ_PAUSE_MAX;
        assert_eq!(lane.begin_reading(0, later), None, "and once is enough");
    }
}
