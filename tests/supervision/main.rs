//! When an actor fails, or the store does: only those who must notice, and what was stored is served again.
//!
//! The server runs inside the test, over a store that fails on demand; requests go over real sockets.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

mod faulty_store;
mod full;
mod host;
mod panics;
