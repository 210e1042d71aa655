//! What tokens are used for: counted as answers go out ([`counting`]), and told to those who look after the tokens.

pub mod counting;
mod views;

pub use views::{PersonalUsageView, ProjectUsageView};
pub(crate) use views::{Reasons, SourceView};
