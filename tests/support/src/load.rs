//! Load on a server, and what it costs: a closed-loop generator lean enough that the server is what is measured.

mod answer;
mod generator;
mod histogram;
mod process;

pub use generator::{Generator, Plan, Sample, Template};
pub use histogram::Histogram;
pub use process::Process;
