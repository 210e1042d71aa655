//! System-wide values, one a name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codec::Record;

/// A random key of this installation: what JWTs are signed with, what addresses are hashed with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(pub [u8; 32]);

impl Record for Secret {
    const VERSION: u8 = 1;
    const NAME: &'static str = "secret";
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}
