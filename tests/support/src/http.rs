//! A small HTTP/1.1 client over a plain socket.
//!
//! Own, because the tests replay real clients byte by byte and send what no client library would agree to send.

pub(crate) mod connection;
pub(crate) mod multipart;
pub(crate) mod request;
pub(crate) mod response;
