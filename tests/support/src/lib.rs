//! The harness of the whole-server tests and of the load tests.
//!
//! [`Server`] runs the real `bugle` binary as a process of its own on a free port of 127.0.0.1 and a temporary data
//! directory; [`Request`], [`Connection`] and [`raw`] speak to it over a real socket. A test then reads as a story:
//!
//! ```no_run
//! use support::Server;
//!
//! let mut server = Server::start();
//! server.report("The lift never comes", "Pressed the button, waited a minute.").expect_status(201);
//! server.kill_hard();
//! server.restart();
//! assert_eq!(server.issues().len(), 1);
//! ```
//!
//! It is a package of its own and not a module of every test, so that it is compiled once and an item that one test
//! leaves alone is no dead code.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a harness fails the test that uses it, with the server's own words in the message"
)]

mod http;
mod launch;
pub mod load;
pub mod media;
mod people;
mod printout;
mod receiver;
mod server;
pub mod signing;
mod wait;

pub use http::connection::{Connection, raw};
pub use http::multipart::Multipart;
pub use http::request::Request;
pub use http::response::Response;
pub use launch::{Launch, bugle};
pub use people::Person;
pub use printout::FirstStart;
pub use receiver::{Received, Receiver, Reply};
pub use server::Server;
pub use wait::eventually;
