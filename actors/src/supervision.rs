//! Supervisors. actix's own does not bring back an actor whose handler panicked, so these do: a factory, a
//! heartbeat with a deadline, a restart from storage, the new address published, the restart counted.

mod guardian;
mod health;
mod heartbeat;
mod shard;

pub(crate) use guardian::{Guardian, Published, Supervised};
pub use health::Health;
pub(crate) use shard::{LeaseIds, OpenProject, ShardSupervisor};

use actix::Message;

use crate::Reply;

/// Asks an actor whether it still works on its mail. It answers with how many requests it has handled, so
/// that one that nobody needs can be told from one that works.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Ping {
    pub(crate) reply: Reply<u64>,
}

/// Asks an actor to stop once it has worked off the mail before this.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Stop;
