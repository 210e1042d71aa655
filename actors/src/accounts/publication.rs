//! What requests see of the accounts.

use std::collections::HashMap;
use std::sync::Arc;

use bugle_storage::records::{Organization, Project, Role, User};
use bugle_storage::{Batch, OrganizationId, ProjectId, UserId};

use super::roster::Group;
use super::{Accounts, Roster, set_up};
use crate::Reply;
use crate::directory::{Directory, OrganizationEntry, ProjectEntry, UserEntry};

/// What a change is to show to requests once it is durable.
#[derive(Default)]
pub(super) struct Publication {
    users: Vec<Arc<UserEntry>>,
    projects: Vec<Arc<ProjectEntry>>,
    organizations: Vec<Arc<OrganizationEntry>>,
    deleted: Option<OrganizationId>,
}

impl Publication {
    pub(super) fn publish(self, directory: &Directory) {
        for user in self.users {
            directory.users.insert(user.id, user);
        }
        for project in self.projects {
            directory.projects.insert(project.project.id, project);
        }
        for organization in self.organizations {
            let id = organization.organization.id;
            directory.organizations.insert(id, organization);
        }
        if let Some(organization) = self.deleted {
            directory.organizations.remove(&organization);
        }
    }
}

impl Accounts {
    /// Hands a batch over; once it is durable, requests see what changed, and then `value` is the answer.
    pub(super) fn commit_published<T: Send + 'static>(
        &mut self,
        batch: Batch,
        publication: Publication,
        value: T,
        reply: Reply<T>,
    ) {
        let directory = Arc::clone(&self.directory);
        let publish = move || publication.publish(&directory);
        self.ledger.commit_and_answer(batch, publish, value, reply);
    }

    /// Shows everything, and nothing besides.
    pub(super) fn publish_all(&self) {
        let shown = &self.directory;
        shown.users.retain(|user, _| self.users.contains_key(user));
        shown
            .projects
            .retain(|project, _| self.projects.contains_key(project));
        let organizations = &self.organizations;
        shown
            .organizations
            .retain(|organization, _| organizations.contains_key(organization));
        let everything = Publication {
            users: self.users.values().map(|user| self.user_entry(user)).collect(),
            projects: self
                .projects
                .values()
                .map(|project| self.project_entry(project))
                .collect(),
            organizations: organizations
                .values()
                .map(|organization| self.organization_entry(organization))
                .collect(),
            deleted: None,
        };
        everything.publish(shown);
        let live = &shown.sessions;
        live.retain(|hash, _| self.sessions.contains_key(hash));
        for (hash, session) in &self.sessions {
            live.insert(*hash, session.clone());
        }
    }

    /// The users as they are now, and the groups, with the projects of those that are organizations.
    pub(super) fn publication(
        &self,
        users: impl IntoIterator<Item = UserId>,
        groups: impl IntoIterator<Item = Group>,
    ) -> Publication {
        let mut publication = Publication::default();
        let users = users.into_iter().filter_map(|user| self.users.get(&user));
        publication.users.extend(users.map(|user| self.user_entry(user)));
        for group in groups {
            let is_of_group = |project: &&Project| match group {
                Group::Project(id) => project.id == id,
                Group::Organization(id) => project.organization == Some(id),
            };
            let projects = self.projects.values().filter(is_of_group);
            let projects = projects.map(|project| self.project_entry(project));
            publication.projects.extend(projects);
            if let Group::Organization(id) = group {
                match self.organizations.get(&id) {
                    Some(present) => publication.organizations.push(self.organization_entry(present)),
                    None => publication.deleted = Some(id),
                }
            }
        }
        publication
    }

    /// A person, with the higher of what they are in a project itself and through its organization.
    pub(super) fn user_entry(&self, user: &User) -> Arc<UserEntry> {
        let (mut roles, mut organizations) = (HashMap::new(), HashMap::new());
        for (group, roster) in &self.members {
            match (group, roster.role(user.id)) {
                (Group::Project(project), Some(role)) => raise(&mut roles, *project, role),
                (Group::Organization(organization), Some(role)) => {
                    organizations.insert(*organization, role);
                }
                (_, None) => {}
            }
        }
        for project in self.projects.values() {
            let through = project.organization;
            if let Some(role) = through.and_then(|organization| organizations.get(&organization)) {
                raise(&mut roles, project.id, *role);
            }
        }
        Arc::new(UserEntry {
            id: user.id,
            name: user.name.clone(),
            email: user.email.clone(),
            administrator: user.administrator,
            awaits_set_up: set_up::awaits_set_up(user),
            created_at: user.created_at,
            origin: user.origin,
            email_changed_at: user.email_changed_at,
            roles,
            organizations,
        })
    }

    fn project_entry(&self, project: &Project) -> Arc<ProjectEntry> {
        let own = self.members.get(&Group::Project(project.id));
        let of_organization = project
            .organization
            .and_then(|organization| self.members.get(&Group::Organization(organization)));
        let is_only_there = |user: &UserId| own.is_none_or(|own| own.role(*user).is_none());
        let through = of_organization.map_or(0, |roster| roster.users().filter(is_only_there).count());
        Arc::new(ProjectEntry {
            project: project.clone(),
            member_count: own.map_or(0, Roster::len) + through,
        })
    }

    fn organization_entry(&self, organization: &Organization) -> Arc<OrganizationEntry> {
        let members = self.members.get(&Group::Organization(organization.id));
        Arc::new(OrganizationEntry {
            organization: organization.clone(),
            member_count: members.map_or(0, Roster::len),
        })
    }
}

fn raise(roles: &mut HashMap<ProjectId, Role>, project: ProjectId, role: Role) {
    let present = roles.entry(project).or_insert(role);
    *present = role.max(*present);
}
