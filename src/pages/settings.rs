//! How a project is set up: what it is called, who belongs to it, and what it asks of reports.

pub mod export;
pub mod fields;
pub mod general;
pub mod keys;
pub mod members;
pub mod releases;
pub mod tags;
pub mod webhooks;
