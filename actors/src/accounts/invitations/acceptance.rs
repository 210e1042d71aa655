//! Accepting an invitation: with an account, or by making one.

use std::sync::Arc;

use actix::{ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};
use bugle_storage::records::{AccountOrigin, Invitation};
use bugle_storage::{AddressHash, Batch, ProjectId, UserId};

use super::{AcceptInvitation, InvitationHash, JoinByInvitation, NewAccount, accepted, place};
use crate::accounts::members::put_member;
use crate::accounts::roster::{Group, Place};
use crate::accounts::sessions::AddedSession;
use crate::accounts::{Accounts, NewSession, NewUser};
use crate::{ActorError, Reply};

/// A [`NewAccount`] with its password hashed.
struct HashedAccount {
    name: String,
    email: String,
    password_hash: String,
}

impl HashedAccount {
    fn joined_by(self, invitation: &Invitation) -> NewUser {
        NewUser {
            name: self.name,
            email: self.email,
            password_hash: self.password_hash,
            administrator: false,
            origin: AccountOrigin::Invitation {
                by: invitation.created_by,
                project: invitation.project,
            },
        }
    }
}

impl Accounts {
    /// Adds to the batch that somebody belongs to the project from now on, and that the invitation is used up.
    fn use_up(&mut self, batch: &mut Batch, invitation: &Invitation, who: UserId) -> Result<(), ActorError> {
        let now = self.clock.now();
        let group = Group::Project(invitation.project);
        let role = invitation.role;
        let member = Place { role, since: now };
        let used = accepted(invitation, who, now);
        put_member(batch, group, who, member)?;
        batch.put(place(used.project, used.number), &used)?;
        self.members.entry(group).or_default().set(who, member);
        self.invitations.set(used);
        Ok(())
    }

    fn accept(&mut self, message: &AcceptInvitation) -> Result<(Batch, ProjectId), ActorError> {
        self.ledger.ensure_writable()?;
        let invitation = self.open_invitation(message.hash, message.address)?;
        let project = invitation.project;
        let roster = self.roster(Group::Project(project))?;
        if roster.role(message.user).is_some() {
            return Err(ActorError::Invalid {
                field: "invitation",
                problem: "is for somebody else: you are a member of the project already",
            });
        }
        let mut batch = Batch::new();
        let used = self.use_up(&mut batch, &invitation, message.user);
        used.map(|()| (batch, project))
    }

    fn join(
        &mut self,
        hash: Option<InvitationHash>,
        address: AddressHash,
        new: HashedAccount,
    ) -> Result<(Batch, ProjectId, AddedSession), ActorError> {
        // Somebody else may have accepted it while the password was hashed.
        let invitation = self.open_invitation(hash, address)?;
        let project = invitation.project;
        self.roster(Group::Project(project))?;
        let (mut batch, user) = self.add_user(new.joined_by(&invitation))?;
        let joined = self.use_up(&mut batch, &invitation, user.id);
        let added = joined.and_then(|()| self.add_session(&mut batch, user.id));
        // From here on memory is ahead of what could be written.
        match added {
            Ok(added) => Ok((batch, project, added)),
            Err(ActorError::Storage(error)) => Err(self.ledger.give_up(error)),
            Err(other) => Err(other),
        }
    }

    fn answer_join(
        &mut self,
        hash: Option<InvitationHash>,
        address: AddressHash,
        new: HashedAccount,
        reply: Reply<(ProjectId, NewSession)>,
    ) {
        let (batch, project, added) = match self.join(hash, address, new) {
            Ok(joined) => joined,
            Err(refusal) => return reply.send(Err(refusal)),
        };
        let publication = self.publication([added.session.user], [Group::Project(project)]);
        let directory = Arc::clone(&self.directory);
        let publish = move || {
            publication.publish(&directory);
            directory.sessions.insert(added.hash, added.session);
        };
        self.ledger
            .commit_and_answer(batch, publish, (project, added.new), reply);
    }
}

impl Handler<AcceptInvitation> for Accounts {
    type Result = ();

    fn handle(&mut self, message: AcceptInvitation, _: &mut Context<Self>) {
        match self.accept(&message) {
            Ok((batch, project)) => {
                let publication = self.publication([message.user], [Group::Project(project)]);
                self.commit_published(batch, publication, project, message.reply);
            }
            Err(refusal) => message.reply.send(Err(refusal)),
        }
    }
}

impl Handler<JoinByInvitation> for Accounts {
    type Result = ();

    fn handle(&mut self, message: JoinByInvitation, context: &mut Context<Self>) {
        let JoinByInvitation {
            hash,
            new,
            address,
            reply,
        } = message;
        let now = self.clock.now();
        let may = self
            .ledger
            .ensure_writable()
            .and_then(|()| self.open_invitation(hash, address))
            .and_then(|_| self.invitations.count_join(address, now));
        if let Err(refusal) = may {
            return reply.send(Err(refusal));
        }
        let NewAccount {
            name,
            email,
            password,
        } = new;
        let hashing = self.sign_ins.hash(password);
        let hashed = hashing.into_actor(self).map(move |hashed, accounts, _| {
            let Some(password_hash) = hashed else {
                return reply.send(Err(ActorError::Broken));
            };
            let new = HashedAccount {
                name,
                email,
                password_hash,
            };
            accounts.answer_join(hash, address, new, reply);
        });
        context.spawn(hashed);
    }
}
