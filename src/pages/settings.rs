//! How a project is set up: what it is called, who belongs to it, and what it asks of reports.

pub mod members;
