//! When an actor counts as dead: a plain state machine over pings.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::{ActorError, Reply};

/// How often a heart beats.
pub(super) const BEAT: Duration = Duration::from_secs(1);

/// How many beats a ping may stay unanswered. A handler never takes that long; what is slow runs elsewhere.
const BEATS_MAX: u32 = 5;

/// What a beat found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pulse {
    /// The last ping was answered, or none was sent: send one.
    Alive,
    /// The last ping is not answered yet.
    Waiting,
    /// The actor stopped, or has not answered for too long.
    Dead,
}

/// The heartbeat of one actor.
#[derive(Debug, Default)]
pub(super) struct Heartbeat {
    waiting: Option<oneshot::Receiver<Result<u64, ActorError>>>,
    beats: u32,
    last: Option<Instant>,
    handled: u64,
    quiet: u32,
}

impl Heartbeat {
    /// Looks at the last ping; `now` is when. Beats that come in a burst, as timers give them after the whole
    /// process stood still, count as one: the actor stood still as well and had no time to answer.
    pub(super) fn beat(&mut self, now: Instant) -> Pulse {
        if self
            .last
            .is_some_and(|last| now.saturating_duration_since(last) < BEAT / 2)
        {
            return Pulse::Waiting;
        }
        self.last = Some(now);
        let Some(waiting) = &mut self.waiting else {
            return Pulse::Alive;
        };
        match waiting.try_recv() {
            Ok(answer) => {
                self.waiting = None;
                self.beats = 0;
                let handled = answer.unwrap_or(self.handled);
                self.quiet = if handled == self.handled {
                    self.quiet + 1
                } else {
                    0
                };
                self.handled = handled;
                Pulse::Alive
            }
            Err(TryRecvError::Closed) => Pulse::Dead,
            Err(TryRecvError::Empty) => {
                self.beats += 1;
                if self.beats < BEATS_MAX {
                    Pulse::Waiting
                } else {
                    Pulse::Dead
                }
            }
        }
    }

    /// For how many beats the actor has handled no request.
    pub(super) fn quiet_beats(&self) -> u32 {
        self.quiet
    }

    /// The reply of the next ping.
    pub(super) fn ping(&mut self) -> Reply<u64> {
        let (reply, waiting) = Reply::parts();
        self.waiting = Some(waiting);
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A heart and a clock that goes on by one beat at each look.
    struct Patient(Heartbeat, Instant);

    impl Patient {
        fn new() -> Self {
            Self(Heartbeat::default(), Instant::now())
        }

        fn beat(&mut self) -> Pulse {
            self.1 += BEAT;
            self.0.beat(self.1)
        }
    }

    #[test]
    fn an_answered_ping_is_a_pulse() {
        let mut patient = Patient::new();
        assert_eq!(patient.beat(), Pulse::Alive);
        patient.0.ping().send(Ok(3));
        assert_eq!(patient.beat(), Pulse::Alive);
        assert_eq!(patient.0.quiet_beats(), 0);
        patient.0.ping().send(Ok(3));
        assert_eq!((patient.beat(), patient.0.quiet_beats()), (Pulse::Alive, 1));
    }

    #[test]
    fn a_dropped_ping_is_death_at_once() {
        let mut patient = Patient::new();
        drop(patient.0.ping());
        assert_eq!(patient.beat(), Pulse::Dead);
    }

    #[test]
    fn a_ping_without_answer_is_death_after_a_while() {
        let mut patient = Patient::new();
        let _kept = patient.0.ping();
        for _ in 1..BEATS_MAX {
            assert_eq!(patient.beat(), Pulse::Waiting);
        }
        assert_eq!(patient.beat(), Pulse::Dead);
    }

    #[test]
    fn a_burst_of_beats_after_a_standstill_is_one_beat() {
        let mut patient = Patient::new();
        let _kept = patient.0.ping();
        patient.1 += BEAT * 20;
        for _ in 0..20 {
            patient.1 += Duration::from_millis(1);
            assert_eq!(patient.0.beat(patient.1), Pulse::Waiting);
        }
    }
}
