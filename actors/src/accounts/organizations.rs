//! Organizations: made, renamed, deleted.

use std::collections::HashMap;

use actix::{Context, Handler, Message};
use bugle_storage::records::{FirstAnswer, Organization, Project, Role, Submitter};
use bugle_storage::{Batch, Key, OrganizationId, Shard, StorageError, Table, Timestamp, UserId};

use super::members::{member_key, put_member};
use super::roster::{Group, Place};
use super::{Accounts, table};
use crate::{ActorError, IdempotencyKey, Reply};

/// Makes an organization whose owner is the one who asks.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CreateOrganization {
    /// Who becomes its owner.
    pub owner: UserId,
    /// 1 to 120 characters.
    pub name: String,
    /// Whose idempotency key it is.
    pub submitter: Submitter,
    /// The request's `Idempotency-Key`.
    pub key: Option<IdempotencyKey>,
    /// Where the answer goes.
    pub reply: Reply<CreatedOrganization>,
}

/// An organization that is on the disk.
#[derive(Debug)]
pub struct CreatedOrganization {
    /// The organization as it was made.
    pub organization: Organization,
    /// Whether this is the first answer again.
    pub replayed: bool,
}

/// Renames an organization.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct RenameOrganization {
    /// Which.
    pub organization: OrganizationId,
    /// 1 to 120 characters; `None` leaves the name as it is.
    pub name: Option<String>,
    /// Where the answer goes.
    pub reply: Reply<Organization>,
}

/// Deletes an organization; the answer is what it was. `Invalid` while it has projects.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct DeleteOrganization {
    /// Which.
    pub organization: OrganizationId,
    /// Where the answer goes.
    pub reply: Reply<Organization>,
}

/// The organizations there are, and the highest number that was ever given to one. Blocks.
pub(super) fn load(shard: &Shard) -> Result<(HashMap<OrganizationId, Organization>, u64), StorageError> {
    let stored = shard.load::<Organization>(&table(Table::Organization))?;
    let highest = stored.iter().map(|(_, organization)| organization.id.0).max();
    let present = stored
        .into_iter()
        .map(|(_, organization)| organization)
        .filter(|organization| organization.deleted_at.is_none());
    let by_id = present.map(|organization| (organization.id, organization));
    Ok((by_id.collect(), highest.unwrap_or(0)))
}

fn organization_key(organization: OrganizationId) -> Key {
    table(Table::Organization).u64(organization.0)
}

fn new_organization(id: OrganizationId, name: String, now: Timestamp) -> Organization {
    Organization {
        id,
        name,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

impl Accounts {
    fn add_organization(
        &mut self,
        message: &CreateOrganization,
        now: Timestamp,
    ) -> Result<(Batch, Organization), ActorError> {
        self.ledger.ensure_writable()?;
        let id = OrganizationId(self.last_organization + 1);
        let organization = new_organization(id, message.name.clone(), now);
        let (group, role) = (Group::Organization(id), Role::Owner);
        let place = Place { role, since: now };
        let mut batch = Batch::new();
        batch.put(organization_key(id), &organization)?;
        put_member(&mut batch, group, message.owner, place)?;
        let answer = FirstAnswer::Organization(id);
        self.keys
            .store_answer(&mut batch, (message.submitter, message.key), answer, now)?;
        self.last_organization = id.0;
        self.organizations.insert(id, organization.clone());
        self.members.entry(group).or_default().set(message.owner, place);
        Ok((batch, organization))
    }

    fn rename_organization(
        &mut self,
        id: OrganizationId,
        name: Option<String>,
    ) -> Result<(Batch, Organization), ActorError> {
        self.ledger.ensure_writable()?;
        let now = self.clock.now();
        let present = self.organizations.get_mut(&id).ok_or(ActorError::NotFound)?;
        let mut renamed = present.clone();
        if let Some(name) = name.filter(|name| *name != present.name) {
            renamed.name = name;
            renamed.updated_at = present.updated_at.max(now);
        }
        let mut batch = Batch::new();
        if renamed != *present {
            batch.put(organization_key(id), &renamed)?;
        }
        present.clone_from(&renamed);
        Ok((batch, renamed))
    }

    fn delete_organization(&mut self, id: OrganizationId) -> Result<(Batch, Organization), ActorError> {
        self.ledger.ensure_writable()?;
        let present = self.organizations.get(&id).ok_or(ActorError::NotFound)?.clone();
        if self.projects_of(id).next().is_some() {
            return Err(ActorError::Invalid {
                field: "organization",
                problem: "still has projects; move them out of it first",
            });
        }
        let group = Group::Organization(id);
        let remains = Organization {
            name: String::new(),
            deleted_at: Some(self.clock.now()),
            ..present.clone()
        };
        let mut batch = Batch::new();
        batch.put(organization_key(id), &remains)?;
        for user in self.members_of(&[id]) {
            batch.delete(member_key(group, user));
        }
        self.organizations.remove(&id);
        self.members.remove(&group);
        Ok((batch, present))
    }

    /// Refuses to move a project between organizations, or into or out of one, for anybody but an owner of each.
    pub(super) fn check_move(
        &self,
        user: UserId,
        present: Option<OrganizationId>,
        wanted: Option<OrganizationId>,
    ) -> Result<(), ActorError> {
        let owns = |organization| self.owns(user, organization);
        let problem = match (present, wanted) {
            _ if present == wanted => return Ok(()),
            (Some(left), _) if !owns(left) => {
                "can be changed only by an owner of the organization that the project belongs to"
            }
            (_, Some(joined)) if !owns(joined) => "must be an organization that you are an owner of",
            _ => return Ok(()),
        };
        let field = "organization_id";
        Err(ActorError::Invalid { field, problem })
    }

    fn owns(&self, user: UserId, organization: OrganizationId) -> bool {
        let is_administrator = self.users.get(&user).is_some_and(|user| user.administrator);
        let roster = self.roster(Group::Organization(organization));
        roster.is_ok_and(|roster| is_administrator || roster.role(user) == Some(Role::Owner))
    }

    /// The projects of an organization.
    pub(super) fn projects_of(&self, organization: OrganizationId) -> impl Iterator<Item = &Project> {
        let projects = self.projects.values();
        projects.filter(move |project| project.organization == Some(organization))
    }
}

impl Handler<CreateOrganization> for Accounts {
    type Result = ();

    fn handle(&mut self, message: CreateOrganization, _: &mut Context<Self>) {
        let now = self.clock.now();
        if let Some(key) = message.key
            && let Some(place) = self.keys.find(message.submitter, key.hash, now)
        {
            return self.ledger.replay(place, key.fingerprint, move |answer| {
                message.reply.send(answer.and_then(|first| match first.answer {
                    FirstAnswer::Organization(id) => Ok(CreatedOrganization {
                        organization: new_organization(id, message.name, first.created_at),
                        replayed: true,
                    }),
                    _ => Err(ActorError::KeyReused),
                }));
            });
        }
        match self.add_organization(&message, now) {
            Ok((batch, organization)) => {
                let group = Group::Organization(organization.id);
                let publication = self.publication([message.owner], [group]);
                let created = CreatedOrganization {
                    organization,
                    replayed: false,
                };
                self.commit_published(batch, publication, created, message.reply);
            }
            Err(refusal) => message.reply.send(Err(refusal)),
        }
    }
}

impl Handler<RenameOrganization> for Accounts {
    type Result = ();

    fn handle(&mut self, message: RenameOrganization, _: &mut Context<Self>) {
        match self.rename_organization(message.organization, message.name) {
            Ok((batch, renamed)) => {
                let publication = self.publication([], [Group::Organization(renamed.id)]);
                self.commit_published(batch, publication, renamed, message.reply);
            }
            Err(refusal) => message.reply.send(Err(refusal)),
        }
    }
}

impl Handler<DeleteOrganization> for Accounts {
    type Result = ();

    fn handle(&mut self, message: DeleteOrganization, _: &mut Context<Self>) {
        let id = message.organization;
        let members = self.members_of(&[id]);
        match self.delete_organization(id) {
            Ok((batch, deleted)) => {
                let publication = self.publication(members, [Group::Organization(id)]);
                self.commit_published(batch, publication, deleted, message.reply);
            }
            Err(refusal) => message.reply.send(Err(refusal)),
        }
    }
}
