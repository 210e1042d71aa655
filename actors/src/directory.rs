//! What every request looks up, shared by all HTTP workers: who a token stands for, who belongs to which
//! project, where a project's actor is.
//!
//! Each map has one writer, the actor that owns what it shows, and that writer publishes here before it
//! answers whoever asked for the change: a request that starts after the answer sees it.

mod entries;
mod grants;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix::Addr;
use bugle_storage::records::{Role, Session, TokenHash};
use bugle_storage::{Fence, OrganizationId, ProjectId, Timestamp, TokenId, UserId};
use dashmap::{DashMap, DashSet};
use foldhash::fast::RandomState;

pub use entries::{OrganizationEntry, ProjectEntry, UserEntry};
pub use grants::{Grant, LastUsed, PersonalGrant, ProjectGrant, PublishedKey, SpentMarks};

use crate::SessionHash;
use crate::project::ProjectActor;
use crate::supervision::Stop;
use crate::tokens::UsageTallies;
use crate::webhooks::Subscription;

/// Read by all workers. The hasher is quicker than the standard one and seeded at every start like it.
type Map<K, V> = DashMap<K, V, RandomState>;

/// The maps; see the module's text for who writes which.
#[derive(Default)]
pub struct Directory {
    /// Written by the `TokenRegistry`.
    pub(crate) tokens: Map<TokenHash, Grant>,
    /// What tokens are used for. Counted into by requests, emptied by the `TokenRegistry`.
    pub(crate) usage: UsageTallies,
    /// The project tokens among them, by number. Written by the `TokenRegistry`.
    project_tokens: DashSet<TokenId, RandomState>,
    /// The keys that verify who is playing, of each project that has any. Written by the `TokenRegistry`.
    identity_keys: Map<ProjectId, Arc<[PublishedKey]>>,
    /// Written by `Accounts`.
    pub(crate) users: Map<UserId, Arc<UserEntry>>,
    /// Written by `Accounts`.
    pub(crate) sessions: Map<SessionHash, Session>,
    /// Written by `Accounts`.
    pub(crate) projects: Map<ProjectId, Arc<ProjectEntry>>,
    /// Written by `Accounts`.
    pub(crate) organizations: Map<OrganizationId, Arc<OrganizationEntry>>,
    /// Written by the `ShardSupervisor` of the project's shard.
    pub(crate) addresses: Map<ProjectId, ProjectHandle>,
    /// Whether mails are sent. Set once, at the start.
    mail: AtomicBool,
    /// Which events of a project are wanted. Written by `Webhooks`, and by whoever writes events.
    subscriptions: Map<ProjectId, Arc<Subscription>>,
}

impl Directory {
    /// Whether mails are sent: without a mail server nothing is put into the outbox.
    pub(crate) fn sends_mail(&self) -> bool {
        self.mail.load(Ordering::Relaxed)
    }

    pub(crate) fn set_mail(&self, is_sent: bool) {
        self.mail.store(is_sent, Ordering::Relaxed);
    }

    /// What the token with this hash stands for, unless it is unknown or revoked.
    pub fn grant(&self, hash: &TokenHash) -> Option<Grant> {
        self.tokens.get(hash).map(|grant| grant.clone())
    }

    /// Where the use of tokens is counted.
    pub const fn usage(&self) -> &UsageTallies {
        &self.usage
    }

    /// Whether there is a project token with this number; not once it was revoked.
    pub fn has_project_token(&self, token: TokenId) -> bool {
        self.project_tokens.contains(&token)
    }

    pub(crate) fn publish_token(&self, hash: TokenHash, grant: Grant) {
        if let Grant::Project(grant) = &grant {
            self.project_tokens.insert(grant.token);
        }
        self.tokens.insert(hash, grant);
    }

    pub(crate) fn withdraw_token(&self, hash: &TokenHash) {
        if let Some((_, Grant::Project(grant))) = self.tokens.remove(hash) {
            self.project_tokens.remove(&grant.token);
        }
    }

    /// Withdraws every token but those that the registry knows.
    pub(crate) fn retain_tokens(&self, is_known: impl Fn(TokenId) -> bool) {
        self.tokens.retain(|_, grant| is_known(grant.token()));
        self.project_tokens.retain(|token| is_known(*token));
    }

    /// The keys that verify who is playing in the project; `None` where there never was one.
    pub fn identity_keys(&self, project: ProjectId) -> Option<Arc<[PublishedKey]>> {
        self.identity_keys.get(&project).map(|keys| Arc::clone(&keys))
    }

    pub(crate) fn publish_identity_keys(&self, project: ProjectId, keys: Arc<[PublishedKey]>) {
        self.identity_keys.insert(project, keys);
    }

    /// Withdraws the keys of every project but those that the registry knows some of.
    pub(crate) fn retain_identity_keys(&self, has_keys: impl Fn(ProjectId) -> bool) {
        self.identity_keys.retain(|project, _| has_keys(*project));
    }

    /// The user, with the projects they belong to.
    pub fn user(&self, user: UserId) -> Option<Arc<UserEntry>> {
        self.users.get(&user).map(|entry| Arc::clone(&entry))
    }

    /// Who is signed in with that session, unless it has ended.
    pub fn session(&self, hash: &SessionHash, now: Timestamp) -> Option<Session> {
        let session = self.sessions.get(hash)?;
        (now < session.expires_at).then(|| session.clone())
    }

    /// How many people have an account.
    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    /// Everybody with an account, in no order.
    pub fn user_ids(&self) -> Vec<UserId> {
        self.users.iter().map(|entry| entry.id).collect()
    }

    /// The project, if there is one.
    pub fn project(&self, project: ProjectId) -> Option<Arc<ProjectEntry>> {
        self.projects.get(&project).map(|entry| Arc::clone(&entry))
    }

    /// Every project, in no order.
    pub fn projects(&self) -> Vec<Arc<ProjectEntry>> {
        self.projects.iter().map(|entry| Arc::clone(&entry)).collect()
    }

    /// The organization, if there is one.
    pub fn organization(&self, organization: OrganizationId) -> Option<Arc<OrganizationEntry>> {
        let entry = self.organizations.get(&organization);
        entry.map(|entry| Arc::clone(&entry))
    }

    /// Every organization, in no order.
    pub fn organizations(&self) -> Vec<Arc<OrganizationEntry>> {
        let entries = self.organizations.iter();
        entries.map(|entry| Arc::clone(&entry)).collect()
    }

    /// What the user may do in the organization; administrators are owners everywhere.
    pub fn organization_role(&self, user: UserId, organization: OrganizationId) -> Option<Role> {
        let entry = self.users.get(&user)?;
        if entry.administrator {
            return Some(Role::Owner);
        }
        entry.organizations.get(&organization).copied()
    }

    /// What the user may do in the project, as its member or through its organization, whichever is more;
    /// administrators are owners everywhere.
    pub fn role(&self, user: UserId, project: ProjectId) -> Option<Role> {
        let entry = self.users.get(&user)?;
        if entry.administrator {
            return Some(Role::Owner);
        }
        entry.roles.get(&project).copied()
    }

    /// The projects that somebody may get into, in no order.
    pub fn projects_of(&self, user: UserId) -> Vec<ProjectId> {
        let all = self.projects.iter().map(|entry| *entry.key());
        all.filter(|project| self.role(user, *project).is_some())
            .collect()
    }

    /// Every running project's actor, in no order.
    pub(crate) fn running_projects(&self) -> Vec<Addr<ProjectActor>> {
        let handles = self.addresses.iter();
        handles.map(|handle| handle.address.clone()).collect()
    }

    /// Which events of the project are wanted. Whoever asks keeps it: it is the same for good.
    pub(crate) fn subscription(&self, project: ProjectId) -> Arc<Subscription> {
        if let Some(known) = self.subscriptions.get(&project) {
            return Arc::clone(&known);
        }
        Arc::clone(&self.subscriptions.entry(project).or_default())
    }

    pub(crate) fn address(&self, project: ProjectId) -> Option<Addr<ProjectActor>> {
        self.addresses.get(&project).map(|handle| handle.address.clone())
    }
}

/// A project's actor: where it is, and what keeps it from writing once it is replaced.
#[derive(Debug, Clone)]
pub(crate) struct ProjectHandle {
    pub(crate) address: Addr<ProjectActor>,
    pub(crate) fence: Fence,
}

impl ProjectHandle {
    /// Makes sure that the actor, dead or only slow, writes nothing beside its successor.
    pub(crate) fn replace(&self) {
        self.fence.close();
        let _ = self.address.try_send(Stop);
    }
}
