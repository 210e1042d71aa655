//! People with an account, and their signed-in browsers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codec::{Record, decode_body};
use crate::{ProjectId, StorageError, Timestamp, UserId};

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
    /// How the account came to be.
    pub origin: AccountOrigin,
    /// When the person last gave the account another address themselves, which nobody verifies.
    pub email_changed_at: Option<Timestamp>,
}

/// How an account came to be, and so who says that its address is the person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountOrigin {
    /// It was made before this was written down.
    Unknown,
    /// Whoever runs the server made it.
    Operator,
    /// The first start made it.
    FirstStart,
    /// Whoever had a link of an invitation made it, with an address of their choice.
    Invitation {
        /// Who made the link.
        by: UserId,
        /// The project that it led into.
        project: ProjectId,
    },
}

impl Record for User {
    const VERSION: u8 = 2;
    const NAME: &'static str = "user";

    fn decode_older(version: u8, body: &[u8]) -> Option<Result<Self, StorageError>> {
        (version == 1).then(|| decode_body::<UserVersion1>(body, Self::NAME).map(Self::from))
    }
}

/// An account as it was before it told where it comes from.
#[derive(Deserialize)]
struct UserVersion1 {
    id: UserId,
    name: String,
    email: String,
    password_hash: String,
    administrator: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<UserVersion1> for User {
    fn from(old: UserVersion1) -> Self {
        Self {
            id: old.id,
            name: old.name,
            email: old.email,
            password_hash: old.password_hash,
            administrator: old.administrator,
            created_at: old.created_at,
            updated_at: old.updated_at,
            origin: AccountOrigin::Unknown,
            email_changed_at: None,
        }
    }
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
