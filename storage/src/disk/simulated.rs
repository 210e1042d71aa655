//! A disk in memory whose plug can be pulled.

/// Stub until the journal's tests need it.
#[derive(Debug, Clone, Default)]
pub struct SimulatedDisk;
