//! HTTP: what arrives on a socket, and what is answered.

pub mod authorization;
pub mod body;
pub mod client_address;
pub mod contact;
pub mod cors;
pub mod error;
pub mod multipart;
pub mod report_body;
pub mod sniff;
