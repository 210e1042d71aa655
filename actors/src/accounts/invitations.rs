//! Links by which people are invited into a project: made, listed, taken back, and looked at by whoever has one.

mod acceptance;
mod messages;

use std::collections::{BTreeMap, HashMap};

use actix::{Context, Handler};
use bugle_storage::records::{FirstAnswer, IdempotencyRecord, Invitation, InvitationFate, Role};
use bugle_storage::{AddressHash, Batch, Key, ProjectId, Shard, StorageError, Table, Timestamp, UserId};

pub use messages::{
    AcceptInvitation, CreateInvitation, CreatedInvitation, FindInvitation, FoundInvitation, InvitationState,
    JoinByInvitation, ListInvitations, NewAccount, WithdrawInvitation,
};

use super::roster::Group;
use super::throttle::Throttle;
use super::{Accounts, InvitationHash, InvitationSecret, table};
use crate::ActorError;

/// How long a link is good for, in seconds: seven days.
pub const INVITATION_LIFE_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long a link that has ended still says why, in seconds: thirty days.
const REMEMBERED_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Links of one project that nobody has accepted yet, at the most.
const OPEN_MAX: usize = 100;
/// Links that one address may ask for in ten minutes though there are none such, and accounts that it may ask to make.
const TRIES_MAX: u32 = 20;
const WINDOW_SECONDS: i64 = 10 * 60;
/// Invitations that are long over and removed at a time, so that a batch stays small.
const PURGED_MAX: usize = 1000;

/// Every invitation that is not long over. Plain values in, plain values out: the caller brings the time.
#[derive(Debug)]
pub(super) struct Invitations {
    known: BTreeMap<(ProjectId, u32), Invitation>,
    by_hash: HashMap<InvitationHash, (ProjectId, u32)>,
    misses: Throttle<AddressHash>,
    joins: Throttle<AddressHash>,
}

impl Default for Invitations {
    fn default() -> Self {
        Self {
            known: BTreeMap::new(),
            by_hash: HashMap::new(),
            misses: Throttle::new(TRIES_MAX, WINDOW_SECONDS),
            joins: Throttle::new(TRIES_MAX, WINDOW_SECONDS),
        }
    }
}

impl Invitations {
    /// Reads every invitation. Blocks.
    pub(super) fn load(shard: &Shard) -> Result<Self, StorageError> {
        let mut invitations = Self::default();
        for (_, stored) in shard.load::<Invitation>(&table(Table::Invitation))? {
            invitations.set(stored);
        }
        Ok(invitations)
    }

    fn set(&mut self, invitation: Invitation) {
        let place = (invitation.project, invitation.number);
        self.by_hash.insert(InvitationHash(invitation.secret_hash), place);
        self.known.insert(place, invitation);
    }

    fn of(&self, project: ProjectId) -> impl Iterator<Item = &Invitation> {
        self.known
            .range((project, 0)..=(project, u32::MAX))
            .map(|(_, invitation)| invitation)
    }

    fn check_room(&self, project: ProjectId, now: Timestamp) -> Result<(), ActorError> {
        let open = self
            .of(project)
            .filter(|invitation| InvitationState::of(invitation, now) == InvitationState::Open);
        if open.count() >= OPEN_MAX {
            return Err(ActorError::Invalid {
                field: "role",
                problem: "cannot be offered once more: a hundred links are open, withdraw one that is not needed",
            });
        }
        Ok(())
    }

    /// Random, so that a number says nothing of how many there were.
    fn free_number(&self, project: ProjectId) -> u32 {
        loop {
            let number = rand::random_range(1..=u32::MAX);
            if !self.known.contains_key(&(project, number)) {
                return number;
            }
        }
    }

    /// The invitation with that secret. Whoever asks for many that are not there is let in no more for a while: it is
    /// how secrets would be guessed at.
    fn find(
        &mut self,
        hash: Option<InvitationHash>,
        address: AddressHash,
        now: Timestamp,
    ) -> Result<&Invitation, ActorError> {
        if let Some(retry_after) = self.misses.wait(address, now) {
            return Err(ActorError::TooManyRequests { retry_after });
        }
        let place = hash.and_then(|hash| self.by_hash.get(&hash));
        let Some(found) = place.and_then(|place| self.known.get(place)) else {
            self.misses.count(address, now);
            return Err(ActorError::NotFound);
        };
        Ok(found)
    }

    /// The same, of one that can still be accepted.
    fn open(
        &mut self,
        hash: Option<InvitationHash>,
        address: AddressHash,
        now: Timestamp,
    ) -> Result<Invitation, ActorError> {
        let found = self.find(hash, address, now)?;
        let refuse = |problem| {
            let field = "invitation";
            Err(ActorError::Invalid { field, problem })
        };
        match InvitationState::of(found, now) {
            InvitationState::Open => Ok(found.clone()),
            InvitationState::Accepted => refuse("has already been used"),
            InvitationState::Withdrawn => refuse("was withdrawn"),
            InvitationState::Expired => refuse("has expired"),
        }
    }

    /// Counts an attempt to make an account, each of which hashes a password.
    fn count_join(&mut self, address: AddressHash, now: Timestamp) -> Result<(), ActorError> {
        if let Some(retry_after) = self.joins.wait(address, now) {
            return Err(ActorError::TooManyRequests { retry_after });
        }
        self.joins.count(address, now);
        Ok(())
    }

    /// Those that ended so long ago that nobody will ask why.
    fn long_over(&self, now: Timestamp) -> Vec<(ProjectId, u32)> {
        let is_over =
            |invitation: &&Invitation| invitation.expires_at.plus_seconds(REMEMBERED_SECONDS) <= now;
        let over = self.known.values().filter(is_over);
        let places = over.map(|invitation| (invitation.project, invitation.number));
        places.take(PURGED_MAX).collect()
    }

    fn forget(&mut self, place: (ProjectId, u32)) {
        if let Some(gone) = self.known.remove(&place) {
            self.by_hash.remove(&InvitationHash(gone.secret_hash));
        }
    }
}

fn place(project: ProjectId, number: u32) -> Key {
    table(Table::Invitation).u64(project.0).u64(u64::from(number))
}

impl Accounts {
    /// Removes invitations that are long over. Nobody waits for it.
    pub(super) fn purge_invitations(&mut self, now: Timestamp) {
        let over = self.invitations.long_over(now);
        if over.is_empty() || self.ledger.ensure_writable().is_err() {
            return;
        }
        let mut batch = Batch::new();
        for (project, number) in over {
            batch.delete(place(project, number));
            self.invitations.forget((project, number));
        }
        self.ledger.commit(batch, |_| ());
    }

    fn add_invitation(
        &mut self,
        message: &CreateInvitation,
        now: Timestamp,
    ) -> Result<(Batch, CreatedInvitation), ActorError> {
        self.ledger.ensure_writable()?;
        let project = message.project;
        self.roster(Group::Project(project))?;
        self.invitations.check_room(project, now)?;
        let secret = InvitationSecret::generate();
        let number = self.invitations.free_number(project);
        let invitation = built(message, number, &secret.hash(), now);
        let mut batch = Batch::new();
        batch.put(place(project, number), &invitation)?;
        let answer = FirstAnswer::Numbered {
            number,
            created_at: now,
        };
        self.keys
            .store_answer(&mut batch, (message.submitter, message.key), answer, now)?;
        self.invitations.set(invitation.clone());
        let created = CreatedInvitation {
            invitation,
            secret: Some(secret),
            replayed: false,
        };
        Ok((batch, created))
    }

    fn withdraw(&mut self, project: ProjectId, number: u32) -> Result<(Batch, Invitation), ActorError> {
        self.ledger.ensure_writable()?;
        let found = self.invitations.known.get(&(project, number));
        let mut invitation = found.cloned().ok_or(ActorError::NotFound)?;
        let mut batch = Batch::new();
        if invitation.fate == InvitationFate::Open {
            let at = self.clock.now();
            invitation.fate = InvitationFate::Withdrawn { at };
            batch.put(place(project, number), &invitation)?;
            self.invitations.set(invitation.clone());
        }
        Ok((batch, invitation))
    }

    /// Whether whoever made it may still invite. Else it counts as withdrawn: an owner who was removed must not come back
    /// by a link of their own.
    fn is_vouched_for(&self, invitation: &Invitation) -> bool {
        let role = self.directory.role(invitation.created_by, invitation.project);
        role == Some(Role::Owner)
    }

    /// The invitation with that secret, if it can still be accepted.
    fn open_invitation(
        &mut self,
        hash: Option<InvitationHash>,
        address: AddressHash,
    ) -> Result<Invitation, ActorError> {
        let now = self.clock.now();
        let invitation = self.invitations.open(hash, address, now)?;
        if self.is_vouched_for(&invitation) {
            return Ok(invitation);
        }
        Err(ActorError::Invalid {
            field: "invitation",
            problem: "was made by somebody who is no owner of the project any more",
        })
    }

    fn found(&self, invitation: Invitation, now: Timestamp) -> Result<FoundInvitation, ActorError> {
        let project = self
            .projects
            .get(&invitation.project)
            .ok_or(ActorError::NotFound)?;
        let inviter = self.users.get(&invitation.created_by);
        Ok(FoundInvitation {
            state: match InvitationState::of(&invitation, now) {
                InvitationState::Open if !self.is_vouched_for(&invitation) => InvitationState::Withdrawn,
                state => state,
            },
            project_name: project.name.clone(),
            inviter: inviter.map(|user| user.name.clone()),
            invitation,
        })
    }
}

fn built(message: &CreateInvitation, number: u32, hash: &InvitationHash, now: Timestamp) -> Invitation {
    Invitation {
        project: message.project,
        number,
        secret_hash: hash.0,
        role: message.role,
        created_by: message.by,
        created_at: now,
        expires_at: now.plus_seconds(INVITATION_LIFE_SECONDS),
        fate: InvitationFate::Open,
    }
}

/// The first answer again, without the secret.
fn first_created(
    noted: &IdempotencyRecord,
    message: &CreateInvitation,
) -> Result<CreatedInvitation, ActorError> {
    let FirstAnswer::Numbered { number, created_at } = noted.answer else {
        return Err(ActorError::KeyReused);
    };
    Ok(CreatedInvitation {
        invitation: built(message, number, &InvitationHash([0; 32]), created_at),
        secret: None,
        replayed: true,
    })
}

impl Handler<CreateInvitation> for Accounts {
    type Result = ();

    fn handle(&mut self, message: CreateInvitation, _: &mut Context<Self>) {
        let now = self.clock.now();
        if let Some(key) = message.key
            && let Some(place) = self.keys.find(message.submitter, key.hash, now)
        {
            return self.ledger.replay(place, key.fingerprint, move |noted| {
                let again = noted.and_then(|noted| first_created(&noted, &message));
                message.reply.send(again);
            });
        }
        match self.add_invitation(&message, now) {
            Ok((batch, created)) => {
                self.ledger
                    .commit_and_answer(batch, || (), created, message.reply);
            }
            Err(refusal) => message.reply.send(Err(refusal)),
        }
    }
}

impl Handler<ListInvitations> for Accounts {
    type Result = ();

    fn handle(&mut self, message: ListInvitations, _: &mut Context<Self>) {
        let mut listed: Vec<_> = self.invitations.of(message.project).cloned().collect();
        listed.sort_by_key(|invitation| std::cmp::Reverse((invitation.created_at, invitation.number)));
        // What is listed may be on its way to the disk still.
        self.ledger.when_durable(move |outcome| {
            let listed = outcome.map(|()| listed);
            message.reply.send(listed.map_err(ActorError::from));
        });
    }
}

impl Handler<WithdrawInvitation> for Accounts {
    type Result = ();

    fn handle(&mut self, message: WithdrawInvitation, _: &mut Context<Self>) {
        match self.withdraw(message.project, message.number) {
            Ok((batch, invitation)) => {
                self.ledger
                    .commit_and_answer(batch, || (), invitation, message.reply);
            }
            Err(refusal) => message.reply.send(Err(refusal)),
        }
    }
}

impl Handler<FindInvitation> for Accounts {
    type Result = ();

    fn handle(&mut self, message: FindInvitation, _: &mut Context<Self>) {
        let now = self.clock.now();
        let found = self.invitations.find(message.hash, message.address, now);
        let found = found.cloned();
        let found = found.and_then(|invitation| self.found(invitation, now));
        self.ledger.when_durable(move |outcome| {
            message.reply.send(outcome.map_err(ActorError::from).and(found));
        });
    }
}

/// What becomes of an invitation when somebody accepts it.
fn accepted(invitation: &Invitation, by: UserId, at: Timestamp) -> Invitation {
    Invitation {
        fate: InvitationFate::Accepted { by, at },
        ..invitation.clone()
    }
}

#[cfg(test)]
mod tests;
