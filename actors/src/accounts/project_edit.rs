//! Changing a project's name and settings.

use actix::{Context, Handler};
use bugle_storage::records::Project;
use bugle_storage::{Batch, Table, Timestamp};

use super::messages::{EditProject, ProjectEdit};
use super::{Accounts, Group, table};
use crate::ActorError;

/// The project as it is after the edit. One that changes nothing leaves it as it was, the time included.
fn edited(project: &Project, edit: ProjectEdit, now: Timestamp) -> Project {
    let wanted = Project {
        id: project.id,
        name: edit.name.unwrap_or_else(|| project.name.clone()),
        description: edit.description.unwrap_or_else(|| project.description.clone()),
        visibility: edit.visibility.unwrap_or(project.visibility),
        anonymous_reports: edit.anonymous_reports.unwrap_or(project.anonymous_reports),
        description_length_min: edit
            .description_length_min
            .unwrap_or(project.description_length_min),
        organization: edit.organization.unwrap_or(project.organization),
        created_at: project.created_at,
        updated_at: project.updated_at,
    };
    if wanted == *project {
        return wanted;
    }
    Project {
        // A clock that steps back makes nothing younger than it was.
        updated_at: project.updated_at.max(now),
        ..wanted
    }
}

impl Accounts {
    fn edit_project(
        &mut self,
        message: &EditProject,
        now: Timestamp,
    ) -> Result<(Batch, Project), ActorError> {
        self.ledger.ensure_writable()?;
        let present = self.projects.get(&message.project).ok_or(ActorError::NotFound)?;
        let project = edited(present, message.edit.clone(), now);
        self.check_move(message.by, present.organization, project.organization)?;
        let mut batch = Batch::new();
        if project != *present {
            batch.put(table(Table::Project).u64(project.id.0), &project)?;
        }
        self.projects.insert(project.id, project.clone());
        Ok((batch, project))
    }
}

impl Handler<EditProject> for Accounts {
    type Result = ();

    fn handle(&mut self, message: EditProject, _: &mut Context<Self>) {
        let present = self.projects.get(&message.project);
        let left = present.and_then(|project| project.organization);
        let (batch, project) = match self.edit_project(&message, self.clock.now()) {
            Ok(changed) => changed,
            Err(refusal) => return message.reply.send(Err(refusal)),
        };
        // Whoever belonged to it through the one, or does so now through the other.
        let concerned = if left == project.organization {
            Vec::new()
        } else {
            let organizations: Vec<_> = left.into_iter().chain(project.organization).collect();
            self.members_of(&organizations)
        };
        let publication = self.publication(concerned, [Group::Project(project.id)]);
        self.commit_published(batch, publication, Box::new(project), message.reply);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bugle_storage::records::Visibility;
    use bugle_storage::{OrganizationId, ProjectId};

    const MADE: Timestamp = Timestamp(1_000);
    const LATER: Timestamp = Timestamp(2_000);

    fn project() -> Project {
        Project {
            id: ProjectId(7),
            name: "My game".into(),
            description: "It falls".into(),
            visibility: Visibility::Private,
            anonymous_reports: true,
            description_length_min: 20,
            organization: None,
            created_at: MADE,
            updated_at: MADE,
        }
    }

    #[test]
    fn what_is_not_said_stays() {
        let edit = ProjectEdit {
            name: Some("My other game".into()),
            ..ProjectEdit::default()
        };
        let expected = Project {
            name: "My other game".into(),
            updated_at: LATER,
            ..project()
        };
        assert_eq!(edited(&project(), edit, LATER), expected);
    }

    #[test]
    fn every_field_can_change() {
        let edit = ProjectEdit {
            name: Some("New".into()),
            description: Some(String::new()),
            visibility: Some(Visibility::Public),
            anonymous_reports: Some(false),
            description_length_min: Some(0),
            organization: Some(Some(OrganizationId(2))),
        };
        let expected = Project {
            name: "New".into(),
            description: String::new(),
            visibility: Visibility::Public,
            anonymous_reports: false,
            description_length_min: 0,
            organization: Some(OrganizationId(2)),
            updated_at: LATER,
            ..project()
        };
        assert_eq!(edited(&project(), edit, LATER), expected);
    }

    #[test]
    fn no_change_and_a_clock_that_steps_back_leave_the_time() {
        assert_eq!(edited(&project(), ProjectEdit::default(), LATER), project());
        let edit = ProjectEdit {
            description_length_min: Some(1),
            ..ProjectEdit::default()
        };
        assert_eq!(edited(&project(), edit, Timestamp(1)).updated_at, MADE);
    }
}
