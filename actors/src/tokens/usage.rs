//! What tokens are used for. HTTP workers count into the [`UsageTallies`] of the directory; the `TokenRegistry` takes
//! them up into its [`UsageBook`] and writes that down every minute (`docs/decisions/0017-usage.md`).

mod book;
mod day;
mod sources;
mod tallies;

pub(super) use book::UsageBook;
pub use book::UsedDays;
pub(crate) use sources::TopSources;
pub use tallies::UsageTallies;
