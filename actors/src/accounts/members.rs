//! The members of projects and organizations: listed, added, given another role, removed.

use std::sync::Arc;

use actix::{Context, Handler, Message};
use bugle_storage::records::{
    FirstAnswer, IdempotencyRecord, Membership, OrganizationMember, Role, Submitter,
};
use bugle_storage::{Batch, Key, OrganizationId, Shard, StorageError, Table, Timestamp, UserId};

use super::roster::{Group, Place, Roster};
use super::{Accounts, Rosters, table};
use crate::{ActorError, IdempotencyKey, Reply, UserEntry};

/// Somebody who belongs to a project or an organization.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub user: Arc<UserEntry>,
    /// The role they were given there; in a project, `None` for somebody who is there only through its organization.
    pub own: Option<Role>,
    /// Of a member of a project, the role in the organization that the project belongs to.
    pub through_organization: Option<Role>,
    /// Since when.
    pub since: Timestamp,
}

/// Lists the members, in the order in which they came.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListMembers {
    /// Of what.
    pub group: Group,
    /// Where the answer goes.
    pub reply: Reply<Vec<Member>>,
}

/// Adds somebody who has an account. `Invalid` when there is none with that address, or they are a member already.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AddMember {
    /// To what.
    pub group: Group,
    /// The address of the account, in any case.
    pub email: String,
    /// What they may do there.
    pub role: Role,
    /// Whose idempotency key it is.
    pub submitter: Submitter,
    /// The request's `Idempotency-Key`.
    pub key: Option<IdempotencyKey>,
    /// Where the answer goes.
    pub reply: Reply<AddedMember>,
}

/// A member who is on the disk.
#[derive(Debug)]
pub struct AddedMember {
    /// The member as they were when they were added.
    pub member: Member,
    /// Whether this is the first answer again.
    pub replayed: bool,
}

/// Gives a member another role. `Invalid` when nobody would be owner any more.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ChangeMember {
    /// Of what.
    pub group: Group,
    /// Whose role.
    pub user: UserId,
    /// What they may do from now on.
    pub role: Role,
    /// Where the answer goes.
    pub reply: Reply<Member>,
}

/// Removes a member; the answer is what they were. `Invalid` when nobody would be owner any more.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct RemoveMember {
    /// From what.
    pub group: Group,
    /// Whom.
    pub user: UserId,
    /// Where the answer goes.
    pub reply: Reply<Member>,
}

/// Reads who belongs to what. Blocks.
pub(super) fn load(shard: &Shard) -> Result<Rosters, StorageError> {
    let mut members = Rosters::new();
    for (_, stored) in shard.load::<Membership>(&table(Table::Membership))? {
        let place = Place {
            role: stored.role,
            since: stored.created_at,
        };
        let of_project = members.entry(Group::Project(stored.project));
        of_project.or_default().set(stored.user, place);
    }
    for (_, stored) in shard.load::<OrganizationMember>(&table(Table::OrganizationMember))? {
        let place = Place {
            role: stored.role,
            since: stored.created_at,
        };
        let of_organization = members.entry(Group::Organization(stored.organization));
        of_organization.or_default().set(stored.user, place);
    }
    Ok(members)
}

/// Where a member's record lies.
pub(super) fn member_key(group: Group, user: UserId) -> Key {
    match group {
        Group::Project(project) => table(Table::Membership).u64(project.0).u64(user.0),
        Group::Organization(organization) => table(Table::OrganizationMember).u64(organization.0).u64(user.0),
    }
}

/// Adds to a batch that the user belongs to the group.
pub(super) fn put_member(
    batch: &mut Batch,
    group: Group,
    user: UserId,
    place: Place,
) -> Result<(), StorageError> {
    let key = member_key(group, user);
    match group {
        Group::Project(project) => batch.put(
            key,
            &Membership {
                project,
                user,
                role: place.role,
                created_at: place.since,
            },
        ),
        Group::Organization(organization) => batch.put(
            key,
            &OrganizationMember {
                organization,
                user,
                role: place.role,
                created_at: place.since,
            },
        ),
    }
}

impl Accounts {
    /// The members of a group that is there.
    pub(super) fn roster(&self, group: Group) -> Result<&Roster, ActorError> {
        let is_there = match group {
            Group::Project(project) => self.projects.contains_key(&project),
            Group::Organization(organization) => self.organizations.contains_key(&organization),
        };
        let roster = self.members.get(&group).filter(|_| is_there);
        roster.ok_or(ActorError::NotFound)
    }

    /// The organization through which people may belong to the group, besides belonging to itself.
    fn organization_behind(&self, group: Group) -> Option<OrganizationId> {
        match group {
            Group::Project(project) => self.projects.get(&project)?.organization,
            Group::Organization(_) => None,
        }
    }

    fn place_through_organization(&self, group: Group, user: UserId) -> Option<Place> {
        let organization = self.organization_behind(group)?;
        self.members.get(&Group::Organization(organization))?.place(user)
    }

    fn member(&self, group: Group, user: UserId, own: Option<Place>) -> Option<Member> {
        let through = self.place_through_organization(group, user);
        Some(Member {
            user: self.user_entry(self.users.get(&user)?),
            own: own.map(|place| place.role),
            through_organization: through.map(|place| place.role),
            since: own.or(through)?.since,
        })
    }

    fn list_members(&self, group: Group) -> Result<Vec<Member>, ActorError> {
        let roster = self.roster(group)?;
        let behind = self.organization_behind(group).map(Group::Organization);
        let through = behind.and_then(|organization| self.members.get(&organization));
        let only_through = through.into_iter().flat_map(Roster::users);
        let only_through = only_through.filter(|user| roster.role(*user).is_none());
        let users = roster.users().chain(only_through);
        let mut members: Vec<_> = users
            .filter_map(|user| self.member(group, user, roster.place(user)))
            .collect();
        members.sort_by_key(|member| (member.since, member.user.id));
        Ok(members)
    }

    fn account_of(&self, email: &str) -> Result<UserId, ActorError> {
        let user = self.by_email.get(&email.to_lowercase()).copied();
        user.ok_or(ActorError::Invalid {
            field: "email",
            problem: "belongs to nobody with an account here; whoever runs the server makes one with `bugle user add`",
        })
    }

    /// What a refusal to change somebody's place says when they have none of their own.
    fn explain(&self, refusal: ActorError, group: Group, user: UserId) -> ActorError {
        let is_elsewhere = self.place_through_organization(group, user).is_some();
        match refusal {
            ActorError::NotFound if is_elsewhere => ActorError::Invalid {
                field: "user",
                problem: "belongs to the project through its organization; change that",
            },
            other => other,
        }
    }

    fn add_member(&mut self, message: &AddMember, now: Timestamp) -> Result<(Batch, Member), ActorError> {
        self.ledger.ensure_writable()?;
        let group = message.group;
        let roster = self.roster(group)?;
        let user = self.account_of(&message.email)?;
        roster.check_addition(user)?;
        let place = Place {
            role: message.role,
            since: now,
        };
        let (mut batch, member) = self.set_place(group, user, place)?;
        let answer = FirstAnswer::Member {
            user,
            through_organization: member.through_organization,
        };
        let noted = self
            .keys
            .store_answer(&mut batch, (message.submitter, message.key), answer, now);
        noted.map_err(|error| self.ledger.give_up(error))?;
        Ok((batch, member))
    }

    fn change_member(
        &mut self,
        group: Group,
        user: UserId,
        role: Role,
    ) -> Result<(Batch, Member), ActorError> {
        self.ledger.ensure_writable()?;
        let changed = self.roster(group)?.changed(user, role);
        let place = changed.map_err(|refusal| self.explain(refusal, group, user))?;
        self.set_place(group, user, place)
    }

    fn set_place(&mut self, group: Group, user: UserId, place: Place) -> Result<(Batch, Member), ActorError> {
        let mut batch = Batch::new();
        let before = self.roster(group)?.place(user);
        if before != Some(place) {
            put_member(&mut batch, group, user, place)?;
        }
        self.members.entry(group).or_default().set(user, place);
        let member = self.member(group, user, Some(place));
        Ok((batch, member.ok_or(ActorError::NotFound)?))
    }

    fn remove_member(&mut self, group: Group, user: UserId) -> Result<(Batch, Member), ActorError> {
        self.ledger.ensure_writable()?;
        let leaving = self.roster(group)?.leaving(user);
        let place = leaving.map_err(|refusal| self.explain(refusal, group, user))?;
        let member = self
            .member(group, user, Some(place))
            .ok_or(ActorError::NotFound)?;
        let mut batch = Batch::new();
        batch.delete(member_key(group, user));
        self.members.entry(group).or_default().remove(user);
        Ok((batch, member))
    }

    /// `to_answer` makes of the member what is answered.
    fn answer_change<T: Send + 'static>(
        &mut self,
        group: Group,
        changed: Result<(Batch, Member), ActorError>,
        to_answer: impl FnOnce(Member) -> T,
        reply: Reply<T>,
    ) {
        match changed {
            Ok((batch, member)) => {
                let publication = self.publication([member.user.id], [group]);
                self.commit_published(batch, publication, to_answer(member), reply);
            }
            Err(refusal) => reply.send(Err(refusal)),
        }
    }

    /// Everybody who belongs to one of these organizations.
    pub(super) fn members_of(&self, organizations: &[OrganizationId]) -> Vec<UserId> {
        let rosters = organizations
            .iter()
            .filter_map(|organization| self.members.get(&Group::Organization(*organization)));
        rosters.flat_map(Roster::users).collect()
    }
}

impl Handler<ListMembers> for Accounts {
    type Result = ();

    fn handle(&mut self, message: ListMembers, _: &mut Context<Self>) {
        let listed = self.list_members(message.group);
        // What is listed may be on its way to the disk still.
        self.ledger.when_durable(move |outcome| {
            message.reply.send(outcome.map_err(ActorError::from).and(listed));
        });
    }
}

impl Handler<AddMember> for Accounts {
    type Result = ();

    fn handle(&mut self, message: AddMember, _: &mut Context<Self>) {
        let now = self.clock.now();
        if let Some(key) = message.key
            && let Some(place) = self.keys.find(message.submitter, key.hash, now)
        {
            // An account is never removed, and its address is the request's.
            let user = self.account_of(&message.email).ok();
            let user = user.and_then(|user| Some(self.user_entry(self.users.get(&user)?)));
            let role = message.role;
            return self.ledger.replay(place, key.fingerprint, move |noted| {
                let again = noted.and_then(|noted| first_added(&noted, user, role));
                message.reply.send(again);
            });
        }
        let added = self.add_member(&message, now);
        let to_answer = |member| AddedMember {
            member,
            replayed: false,
        };
        self.answer_change(message.group, added, to_answer, message.reply);
    }
}

/// The first answer again: the retry names the same account and role.
fn first_added(
    noted: &IdempotencyRecord,
    user: Option<Arc<UserEntry>>,
    role: Role,
) -> Result<AddedMember, ActorError> {
    let FirstAnswer::Member {
        user: added,
        through_organization,
    } = noted.answer
    else {
        return Err(ActorError::KeyReused);
    };
    let user = user.filter(|user| user.id == added).ok_or(ActorError::NotFound)?;
    Ok(AddedMember {
        member: Member {
            user,
            own: Some(role),
            through_organization,
            since: noted.created_at,
        },
        replayed: true,
    })
}

impl Handler<ChangeMember> for Accounts {
    type Result = ();

    fn handle(&mut self, message: ChangeMember, _: &mut Context<Self>) {
        let changed = self.change_member(message.group, message.user, message.role);
        self.answer_change(message.group, changed, |member| member, message.reply);
    }
}

impl Handler<RemoveMember> for Accounts {
    type Result = ();

    fn handle(&mut self, message: RemoveMember, _: &mut Context<Self>) {
        let removed = self.remove_member(message.group, message.user);
        self.answer_change(message.group, removed, |member| member, message.reply);
    }
}
