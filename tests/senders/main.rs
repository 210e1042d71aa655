//! What one sender may hold: no thread, little memory, and a connection for only so long. Whoever sends slowly, much
//! or from many sockets must not be in the way of others.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail the test")]

mod connections;
mod deadlines;
mod memory;
mod partial;
mod uploads;
