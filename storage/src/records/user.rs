//! People with an account, and their signed-in browsers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codec::Record;
use crate::{Timestamp, UserId};

/// A person with an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The account's number.
    pub id: UserId,
    /// What the person is called; shown to other members.
    pub name: String,
    /// The address the person signs in with, in lower case, unique in the installation.
    pub email: String,
    /// Argon2id in PHC string form.
    pub password_hash: String,
    /// Whether the person may do everything in every project.
    pub administrator: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When name, address or password last changed.
    pub updated_at: Timestamp,
}

impl Record for User {
    const VERSION: u8 = 1;
    const NAME: &'static str = "user";
}

impl fmt::Debug for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("User")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A signed-in browser; its key is the SHA-256 of the cookie's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who is signed in.
    pub user: UserId,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When the sign-in ends by itself.
    pub expires_at: Timestamp,
}

impl Record for Session {
    const VERSION: u8 = 1;
    const NAME: &'static str = "session";
}
