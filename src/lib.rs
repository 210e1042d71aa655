//! Bugle: HTTP, web pages and the command line, over the actors of `bugle-actors`.
//!
//! Only `http` knows status codes; nothing here knows how records are stored. See `docs/ARCHITECTURE.md`.

pub mod cli;
mod first_start;
pub mod http;
pub mod mail;
mod networks;
pub mod pages;
pub mod server;
pub mod settings;
pub mod webhooks;
