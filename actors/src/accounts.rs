//! People and their sign-ins, the projects there are, and who belongs to which.
//!
//! A project's reports have an owner each (`ProjectActor`); that it exists, what it is called and who its
//! members are is known here, because every request asks that and lists go over all projects: see
//! `docs/decisions/0003-accounts-own-the-list-of-projects.md`.

mod device_sign_ins;
mod invitation_secret;
mod invitations;
mod members;
mod messages;
mod organizations;
mod password;
mod profile;
mod project_edit;
mod publication;
mod roster;
mod session_value;
mod sessions;
mod set_up;
mod sign_ins;
mod throttle;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, AsyncContext, Context, Handler};
use bugle_storage::records::{FirstAnswer, Organization, Project, Role, Session, User};
use bugle_storage::{
    Batch, Fence, Key, OrganizationId, ProjectId, ShardId, StorageError, Store, Table, Timestamp, UserId,
};

pub use device_sign_ins::{
    BeginDeviceSignIn, DEVICE_SIGN_IN_LIFE_SECONDS, DecideDeviceSignIn, DeviceSignInId, DeviceSignInState,
    PollDeviceSignIn, ShowDeviceSignIn,
};
pub use invitation_secret::{InvitationHash, InvitationSecret};
pub use invitations::{
    AcceptInvitation, CreateInvitation, CreatedInvitation, FindInvitation, FoundInvitation,
    INVITATION_LIFE_SECONDS, InvitationState, JoinByInvitation, ListInvitations, NewAccount,
    WithdrawInvitation,
};
pub use members::{AddMember, AddedMember, ChangeMember, ListMembers, Member, RemoveMember};
pub use messages::{
    CreateProject, CreateUser, CreatedProject, EditProject, FindUser, NewProject, NewSession, NewUser,
    ProjectEdit, SignIn, SignOut,
};
pub use organizations::{CreateOrganization, CreatedOrganization, DeleteOrganization, RenameOrganization};
pub use password::hash_password;
pub use profile::{CredentialsChange, EditProfile, SetPassword};
pub use roster::Group;
pub use session_value::{SessionHash, SessionValue};
pub use sessions::SESSION_LIFE_SECONDS;
pub use set_up::{FIRST_OWNER_EMAIL, OwnAccountSetUp, SetUpAccount};

use crate::idempotency::IdempotencyKeys;
use crate::ledger::Ledger;
use crate::supervision::{Ping, Supervised};
use crate::{ActorError, Clock, Directory};
use device_sign_ins::DeviceSignIns;
use invitations::Invitations;
use roster::{Place, Roster};
use sign_ins::SignIns;

/// Distinguishes this actor's idempotency records from other system actors'.
const IDEMPOTENCY_OWNER: u64 = 1;
/// How often sessions that are over are removed.
const PURGE_INTERVAL: Duration = Duration::from_secs(60);

/// Who belongs to what.
type Rosters = HashMap<Group, Roster>;

/// The owner of users, sessions, projects, organizations and memberships.
pub struct Accounts {
    ledger: Ledger,
    clock: Clock,
    directory: Arc<Directory>,
    users: HashMap<UserId, User>,
    by_email: HashMap<String, UserId>,
    projects: HashMap<ProjectId, Project>,
    organizations: HashMap<OrganizationId, Organization>,
    /// The highest number that an organization ever had.
    last_organization: u64,
    members: Rosters,
    sessions: HashMap<SessionHash, Session>,
    sign_ins: SignIns,
    device_sign_ins: DeviceSignIns,
    invitations: Invitations,
    keys: IdempotencyKeys,
}

impl Accounts {
    /// Reads all accounts from the store and publishes them. Blocks.
    pub(crate) fn load(
        store: Arc<dyn Store>,
        clock: Clock,
        directory: Arc<Directory>,
    ) -> Result<Self, StorageError> {
        let ledger = Ledger::open(store, ShardId::SYSTEM)?;
        let shard = ledger.shard();
        let users = shard.load::<User>(&table(Table::User))?;
        let projects = shard.load::<Project>(&table(Table::Project))?;
        let keys = IdempotencyKeys::load(shard, table(Table::Idempotency).u64(IDEMPOTENCY_OWNER))?;
        let by_email = users
            .iter()
            .map(|(_, user)| (user.email.clone(), user.id))
            .collect();
        let (members, sessions) = (members::load(shard)?, sessions::load(shard)?);
        let invitations = Invitations::load(shard)?;
        let (organizations, last_organization) = organizations::load(shard)?;
        let accounts = Self {
            ledger,
            clock,
            directory,
            users: users.into_iter().map(|(_, user)| (user.id, user)).collect(),
            by_email,
            projects: projects
                .into_iter()
                .map(|(_, project)| (project.id, project))
                .collect(),
            organizations,
            last_organization,
            members,
            sessions,
            sign_ins: SignIns::default(),
            device_sign_ins: DeviceSignIns::default(),
            invitations,
            keys,
        };
        accounts.publish_all();
        Ok(accounts)
    }

    fn add_user(&mut self, new: NewUser) -> Result<(Batch, User), ActorError> {
        self.ledger.ensure_writable()?;
        let email = new.email.to_lowercase();
        self.ensure_free(&email)?;
        let now = self.clock.now();
        let id = UserId(self.users.keys().map(|user| user.0).max().unwrap_or(0) + 1);
        let user = User {
            id,
            name: new.name,
            email: email.clone(),
            password_hash: new.password_hash,
            administrator: new.administrator,
            created_at: now,
            updated_at: now,
            origin: new.origin,
            email_changed_at: None,
        };
        let mut batch = Batch::new();
        batch.put(table(Table::User).u64(id.0), &user)?;
        self.by_email.insert(email, id);
        self.users.insert(id, user.clone());
        Ok((batch, user))
    }

    /// Refuses an address, in lower case, that an account has.
    fn ensure_free(&self, email: &str) -> Result<(), ActorError> {
        if self.by_email.contains_key(email) {
            return Err(ActorError::Invalid {
                field: "email",
                problem: "has already been taken",
            });
        }
        Ok(())
    }

    fn add_project(
        &mut self,
        message: &CreateProject,
        now: Timestamp,
    ) -> Result<(Batch, Project), ActorError> {
        self.ledger.ensure_writable()?;
        self.check_move(message.owner, None, message.new.organization)?;
        let id = self.free_project_id();
        let project = build_project(id, &message.new, now);
        let (group, role) = (Group::Project(id), Role::Owner);
        let place = Place { role, since: now };
        let mut batch = Batch::new();
        batch.put(table(Table::Project).u64(id.0), &project)?;
        members::put_member(&mut batch, group, message.owner, place)?;
        let answer = FirstAnswer::Project(id);
        self.keys
            .store_answer(&mut batch, (message.submitter, message.key), answer, now)?;
        self.projects.insert(id, project.clone());
        self.members.entry(group).or_default().set(message.owner, place);
        Ok((batch, project))
    }

    /// Random, so that an address tells nothing of how many projects there are.
    fn free_project_id(&self) -> ProjectId {
        loop {
            let id = ProjectId(rand::random_range(1..10_000_000_000));
            if !self.projects.contains_key(&id) {
                return id;
            }
        }
    }
}

fn build_project(id: ProjectId, new: &NewProject, now: Timestamp) -> Project {
    Project {
        id,
        name: new.name.clone(),
        description: new.description.clone(),
        visibility: new.visibility,
        anonymous_reports: false,
        description_length_min: 0,
        organization: new.organization,
        created_at: now,
        updated_at: now,
    }
}

fn table(table: Table) -> Key {
    Key::new(ShardId::SYSTEM, table)
}

impl Actor for Accounts {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.run_interval(PURGE_INTERVAL, |accounts, context| {
            if accounts.ledger.has_failed() {
                return context.stop();
            }
            accounts.purge_sessions(accounts.clock.now());
            accounts.purge_invitations(accounts.clock.now());
        });
    }
}

impl Supervised for Accounts {
    const NAME: &'static str = "accounts";

    fn fence(&self) -> &Fence {
        self.ledger.fence()
    }
}

impl Handler<Ping> for Accounts {
    type Result = ();

    fn handle(&mut self, ping: Ping, context: &mut Context<Self>) {
        if self.ledger.has_failed() {
            return context.stop();
        }
        ping.reply.send(Ok(0));
    }
}

impl Handler<CreateUser> for Accounts {
    type Result = ();

    fn handle(&mut self, message: CreateUser, _: &mut Context<Self>) {
        match self.add_user(message.new) {
            Ok((batch, user)) => {
                let publication = self.publication([user.id], []);
                self.commit_published(batch, publication, user.id, message.reply);
            }
            Err(error) => message.reply.send(Err(error)),
        }
    }
}

impl Handler<FindUser> for Accounts {
    type Result = ();

    fn handle(&mut self, message: FindUser, _: &mut Context<Self>) {
        let user = self
            .by_email
            .get(&message.email.to_lowercase())
            .and_then(|id| self.users.get(id));
        let found = user.map(|user| self.user_entry(user));
        message.reply.send(found.ok_or(ActorError::NotFound));
    }
}

impl Handler<CreateProject> for Accounts {
    type Result = ();

    fn handle(&mut self, message: CreateProject, _: &mut Context<Self>) {
        let now = self.clock.now();
        if let Some(key) = message.key
            && let Some(place) = self.keys.find(message.submitter, key.hash, now)
        {
            return self.ledger.replay(place, key.fingerprint, move |answer| {
                message.reply.send(answer.and_then(|first| match first.answer {
                    FirstAnswer::Project(id) => Ok(CreatedProject {
                        project: Box::new(build_project(id, &message.new, first.created_at)),
                        replayed: true,
                    }),
                    _ => Err(ActorError::KeyReused),
                }));
            });
        }
        let (batch, project) = match self.add_project(&message, now) {
            Ok(added) => added,
            Err(error) => return message.reply.send(Err(error)),
        };
        let organization: Vec<_> = project.organization.into_iter().collect();
        let mut members = self.members_of(&organization);
        members.push(message.owner);
        let publication = self.publication(members, [Group::Project(project.id)]);
        let created = CreatedProject {
            project: Box::new(project),
            replayed: false,
        };
        self.commit_published(batch, publication, created, message.reply);
    }
}
