//! What tokens were used for: counted by day and kind, kept for 90 days, told to those who look after the tokens.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

mod crashes;
mod days;
mod host;
mod readers;
