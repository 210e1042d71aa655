//! Tokens of both kinds: made, shown once, listed, changed, taken back; and every way that a client shows one.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

mod authorization;
mod pages;
mod personal;
mod project;
mod roles;
mod scopes;
mod secrets;
