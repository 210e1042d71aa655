//! What needs no account: the public report form, the documents, and the script that other sites embed.

pub mod documents;
pub mod public_report;
pub mod widget;
