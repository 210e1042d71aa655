//! What `Accounts` is asked.

use std::fmt;
use std::sync::Arc;

use actix::Message;
use bugle_storage::records::{AccountOrigin, Project, Submitter, Visibility};
use bugle_storage::{AddressHash, OrganizationId, ProjectId, Timestamp, UserId};

use super::{SessionHash, SessionValue};
use crate::{IdempotencyKey, Reply, UserEntry};

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
    /// Who makes the account.
    pub origin: AccountOrigin,
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
    pub reply: Reply<Arc<UserEntry>>,
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
    /// The organization it is to belong to; whoever makes it must be an owner there.
    pub organization: Option<OrganizationId>,
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

/// What changes of a project, checked field by field; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectEdit {
    /// 1 to 120 characters.
    pub name: Option<String>,
    /// At most 4000 characters.
    pub description: Option<String>,
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// Whether `FormUser anonymous` may create reports.
    pub anonymous_reports: Option<bool>,
    /// Fewest characters of a report's description from a game; 0 is no minimum.
    pub description_length_min: Option<u32>,
    /// The organization it belongs to; `Some(None)` takes it out of the one it is in.
    pub organization: Option<Option<OrganizationId>>,
}

/// Changes a project: every request that starts after the answer goes by the new settings. `Invalid` when it is to
/// change organizations and whoever asks is not an owner of each.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct EditProject {
    /// Which.
    pub project: ProjectId,
    /// Who asks.
    pub by: UserId,
    /// What changes.
    pub edit: ProjectEdit,
    /// Where the answer goes.
    pub reply: Reply<Box<Project>>,
}

/// Signs a browser in. `WrongPassword` also when there is no such account; `TooManyAttempts` after ten failures at the
/// account from the address within a quarter of an hour, or after many more of either.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SignIn {
    /// The e-mail address, in any case.
    pub email: String,
    /// The password.
    pub password: String,
    /// Where the attempt comes from.
    pub address: AddressHash,
    /// Where the answer goes.
    pub reply: Reply<NewSession>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SignIn")
    }
}

/// A session that is on the disk.
#[derive(Debug)]
pub struct NewSession {
    /// What the browser is to show from now on.
    pub value: SessionValue,
    /// Who signed in.
    pub user: Arc<UserEntry>,
    /// When the session ends by itself.
    pub expires_at: Timestamp,
}

/// Ends a session: every request that starts after the answer is refused. One that has ended already is no error.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct SignOut {
    /// Which.
    pub session: SessionHash,
    /// Where the answer goes.
    pub reply: Reply<()>,
}
