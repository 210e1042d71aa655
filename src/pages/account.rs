//! A person's own account: its page, its first set-up, and how people come to have one.

pub mod device;
pub mod invitation;
pub mod mailed_report;
pub mod profile;
pub mod set_up;
pub mod told;
