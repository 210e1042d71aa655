//! The sending of webhooks: makes a message of an event, signs it, and sends it where the server may speak to. What is due
//! and what becomes of it is the business of `bugle_actors::Webhooks`; see `docs/decisions/0016-webhooks.md`.

mod client;
mod courier;
mod names;
mod retry_after;
mod signature;
mod targets;

pub use courier::start;
pub use signature::secret_text;
pub use targets::{AllowedTarget, Targets, URL_LENGTH_MAX, UrlProblem};
