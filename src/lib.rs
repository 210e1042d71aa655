//! Bugle: HTTP, web pages and the command line.

pub mod http;
