//! What `Accounts` is asked.

use std::fmt;

use actix::Message;
use bugle_storage::UserId;
use bugle_storage::records::{Project, Submitter, User, Visibility};

use crate::{IdempotencyKey, Reply};

/// A person to be given an account.
#[derive(Clone)]
pub struct NewUser {
    /// 1 to 120 characters.
    pub name: String,
    /// A checked e-mail address; stored in lower case.
    pub email: String,
    /// What [`crate::hash_password`] made of the password.
    pub password_hash: String,
    /// Whether the person is to be owner of every project.
    pub administrator: bool,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NewUser")
    }
}

/// Makes an account. `Invalid` when the address is taken.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CreateUser {
    /// The person.
    pub new: NewUser,
    /// Where the answer goes.
    pub reply: Reply<UserId>,
}

/// Finds the account with an e-mail address.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct FindUser {
    /// The address, in any case.
    pub email: String,
    /// Where the answer goes.
    pub reply: Reply<Box<User>>,
}

/// A project to be made, checked field by field.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// 1 to 120 characters.
    pub name: String,
    /// At most 4000 characters.
    pub description: String,
    /// Who may see it.
    pub visibility: Visibility,
}

/// Makes a project whose owner is the one who asks.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CreateProject {
    /// Who becomes its owner.
    pub owner: UserId,
    /// The project.
    pub new: NewProject,
    /// Whose idempotency key it is.
    pub submitter: Submitter,
    /// The request's `Idempotency-Key`.
    pub key: Option<IdempotencyKey>,
    /// Where the answer goes.
    pub reply: Reply<CreatedProject>,
}

/// A project that is on the disk.
#[derive(Debug)]
pub struct CreatedProject {
    /// The project as it was made.
    pub project: Box<Project>,
    /// Whether this is the first answer again.
    pub replayed: bool,
}
