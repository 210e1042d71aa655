//! What `Accounts` is asked about invitations.

use std::fmt;

use actix::Message;
use bugle_storage::records::{Invitation, InvitationFate, Role, Submitter};
use bugle_storage::{AddressHash, ProjectId, Timestamp, UserId};

use crate::accounts::{InvitationHash, InvitationSecret, NewSession};
use crate::{IdempotencyKey, Reply};

/// Makes a link that is good for seven days and one person. `Invalid` when the project has a hundred open ones.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CreateInvitation {
    /// Into what.
    pub project: ProjectId,
    /// What whoever accepts it may do there.
    pub role: Role,
    /// Who invites.
    pub by: UserId,
    /// Whose idempotency key it is.
    pub submitter: Submitter,
    /// The request's `Idempotency-Key`.
    pub key: Option<IdempotencyKey>,
    /// Where the answer goes.
    pub reply: Reply<CreatedInvitation>,
}

/// An invitation that is on the disk.
#[derive(Debug)]
pub struct CreatedInvitation {
    /// The invitation as it was made.
    pub invitation: Invitation,
    /// What its link carries: in the first answer only.
    pub secret: Option<InvitationSecret>,
    /// Whether this is the first answer again.
    pub replayed: bool,
}

/// Lists a project's invitations, those that are over too, the newest first.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListInvitations {
    /// Of which project.
    pub project: ProjectId,
    /// Where the answer goes.
    pub reply: Reply<Vec<Invitation>>,
}

/// Takes a link back. One that is over stays what it is, and is no error.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct WithdrawInvitation {
    /// Which project's; another project's is not found.
    pub project: ProjectId,
    /// Its number.
    pub number: u32,
    /// Where the answer goes.
    pub reply: Reply<Invitation>,
}

/// Looks at what a link leads to. `NotFound` when there is none, `TooManyRequests` after many such.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct FindInvitation {
    /// What the link carries; `None` when that is no secret at all, which counts as one that is not there.
    pub hash: Option<InvitationHash>,
    /// Where the request comes from.
    pub address: AddressHash,
    /// Where the answer goes.
    pub reply: Reply<FoundInvitation>,
}

/// What a link leads to.
#[derive(Debug, Clone)]
pub struct FoundInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// Whether it can still be accepted.
    pub state: InvitationState,
    /// What the project is called.
    pub project_name: String,
    /// What whoever made the link is called.
    pub inviter: Option<String>,
}

/// What can be done with an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationState {
    /// It can be accepted.
    Open,
    /// Somebody has accepted it.
    Accepted,
    /// An owner took it back.
    Withdrawn,
    /// Its seven days are over.
    Expired,
}

impl InvitationState {
    /// That of an invitation at a moment.
    pub fn of(invitation: &Invitation, now: Timestamp) -> Self {
        match invitation.fate {
            InvitationFate::Accepted { .. } => Self::Accepted,
            InvitationFate::Withdrawn { .. } => Self::Withdrawn,
            InvitationFate::Open if invitation.expires_at <= now => Self::Expired,
            InvitationFate::Open => Self::Open,
        }
    }

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
}

/// Makes somebody with an account a member. `Invalid` when the link is over, or they are a member already, which does not
/// use the link up.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AcceptInvitation {
    /// What the link carries.
    pub hash: Option<InvitationHash>,
    /// Who accepts.
    pub user: UserId,
    /// Where the request comes from.
    pub address: AddressHash,
    /// Where the answer goes: the project.
    pub reply: Reply<ProjectId>,
}

/// Somebody who is to have an account by an invitation.
pub struct NewAccount {
    /// 1 to 120 characters.
    pub name: String,
    /// A checked e-mail address; stored in lower case.
    pub email: String,
    /// The password, checked for its length.
    pub password: String,
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NewAccount")
    }
}

/// Makes an account for whoever has the link, makes it a member, and signs it in: all of it or nothing. `Invalid` when
/// the link is over or the address is taken, `TooManyRequests` when the address has tried too often.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct JoinByInvitation {
    /// What the link carries.
    pub hash: Option<InvitationHash>,
    /// The account.
    pub new: NewAccount,
    /// Where the request comes from.
    pub address: AddressHash,
    /// Where the answer goes: the project, and the session.
    pub reply: Reply<(ProjectId, NewSession)>,
}
