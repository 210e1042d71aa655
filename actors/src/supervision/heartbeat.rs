//! When an actor counts as dead: a plain state machine over pings.

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::{ActorError, Reply};

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
    handled: u64,
    quiet: u32,
}

impl Heartbeat {
    /// Looks at the last ping.
    pub(super) fn beat(&mut self) -> Pulse {
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

    #[test]
    fn an_answered_ping_is_a_pulse() {
        let mut heart = Heartbeat::default();
        assert_eq!(heart.beat(), Pulse::Alive);
        heart.ping().send(Ok(3));
        assert_eq!(heart.beat(), Pulse::Alive);
        assert_eq!(heart.quiet_beats(), 0);
        heart.ping().send(Ok(3));
        assert_eq!((heart.beat(), heart.quiet_beats()), (Pulse::Alive, 1));
    }

    #[test]
    fn a_dropped_ping_is_death_at_once() {
        let mut heart = Heartbeat::default();
        drop(heart.ping());
        assert_eq!(heart.beat(), Pulse::Dead);
    }

    #[test]
    fn a_ping_without_answer_is_death_after_a_while() {
        let mut heart = Heartbeat::default();
        let _kept = heart.ping();
        for _ in 1..BEATS_MAX {
            assert_eq!(heart.beat(), Pulse::Waiting);
        }
        assert_eq!(heart.beat(), Pulse::Dead);
    }
}
