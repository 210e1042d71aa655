//! Who belongs to a project or an organization: the same rules for both.

use std::collections::HashMap;

use bugle_storage::records::Role;
use bugle_storage::{OrganizationId, ProjectId, Timestamp, UserId};

use crate::ActorError;

/// What people belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// A project.
    Project(ProjectId),
    /// An organization, and with it all its projects.
    Organization(OrganizationId),
}

/// A member's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) role: Role,
    pub(super) since: Timestamp,
}

/// The members of one group. There is always an owner among them: a change that would leave none is refused.
#[derive(Debug, Clone, Default)]
pub(super) struct Roster(HashMap<UserId, Place>);

impl Roster {
    pub(super) fn role(&self, user: UserId) -> Option<Role> {
        self.0.get(&user).map(|place| place.role)
    }

    pub(super) fn place(&self, user: UserId) -> Option<Place> {
        self.0.get(&user).copied()
    }

    pub(super) fn users(&self) -> impl Iterator<Item = UserId> {
        self.0.keys().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Notes what is stored, or is about to be.
    pub(super) fn set(&mut self, user: UserId, place: Place) {
        self.0.insert(user, place);
    }

    pub(super) fn remove(&mut self, user: UserId) {
        self.0.remove(&user);
    }

    /// Whether somebody who is not there yet may be added.
    pub(super) fn check_addition(&self, user: UserId) -> Result<(), ActorError> {
        if self.0.contains_key(&user) {
            return Err(ActorError::Invalid {
                field: "email",
                problem: "is a member already; change the role instead",
            });
        }
        Ok(())
    }

    /// The member's place under another role.
    pub(super) fn changed(&self, user: UserId, role: Role) -> Result<Place, ActorError> {
        let place = self.place(user).ok_or(ActorError::NotFound)?;
        if role != Role::Owner {
            self.check_owner_besides(user, "role")?;
        }
        Ok(Place { role, ..place })
    }

    /// The place of a member who may go.
    pub(super) fn leaving(&self, user: UserId) -> Result<Place, ActorError> {
        let place = self.place(user).ok_or(ActorError::NotFound)?;
        self.check_owner_besides(user, "user")?;
        Ok(place)
    }

    fn check_owner_besides(&self, user: UserId, field: &'static str) -> Result<(), ActorError> {
        let is_owner = |place: &Place| place.role == Role::Owner;
        let is_the_last = self.0.get(&user).is_some_and(is_owner)
            && self.0.values().filter(|place| is_owner(place)).count() == 1;
        if is_the_last {
            return Err(ActorError::Invalid {
                field,
                problem: "is that of the last owner; make somebody else an owner first",
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: UserId = UserId(1);
    const BEN: UserId = UserId(2);
    const CLEO: UserId = UserId(3);

    fn roster(members: &[(UserId, Role)]) -> Roster {
        let mut roster = Roster::default();
        for (user, role) in members {
            let since = Timestamp(7);
            roster.set(*user, Place { role: *role, since });
        }
        roster
    }

    fn refused_field<T>(outcome: &Result<T, ActorError>) -> Option<&'static str> {
        match outcome {
            Err(ActorError::Invalid { field, .. }) => Some(field),
            _ => None,
        }
    }

    #[test]
    fn the_last_owner_stays_one() {
        let roster = roster(&[(ADA, Role::Owner), (BEN, Role::Developer)]);
        assert_eq!(refused_field(&roster.changed(ADA, Role::Developer)), Some("role"));
        assert_eq!(refused_field(&roster.leaving(ADA)), Some("user"));
        assert!(roster.changed(ADA, Role::Owner).is_ok(), "stays what they are");
        assert!(roster.leaving(BEN).is_ok());
        assert!(roster.changed(BEN, Role::Tester).is_ok());
    }

    #[test]
    fn one_of_two_owners_may_go_and_the_other_then_stays() {
        let mut roster = roster(&[(ADA, Role::Owner), (BEN, Role::Owner)]);
        assert!(roster.changed(ADA, Role::Tester).is_ok());
        assert!(roster.leaving(ADA).is_ok());
        roster.remove(ADA);
        assert_eq!(refused_field(&roster.leaving(BEN)), Some("user"));
    }

    #[test]
    fn a_new_role_leaves_the_day_of_joining() {
        let roster = roster(&[(ADA, Role::Owner), (BEN, Role::Tester)]);
        let place = roster.changed(BEN, Role::Owner).unwrap();
        assert_eq!((place.role, place.since), (Role::Owner, Timestamp(7)));
    }

    #[test]
    fn nobody_is_added_twice_and_strangers_are_not_found() {
        let roster = roster(&[(ADA, Role::Owner)]);
        assert_eq!(refused_field(&roster.check_addition(ADA)), Some("email"));
        assert!(roster.check_addition(CLEO).is_ok());
        assert!(matches!(roster.leaving(CLEO), Err(ActorError::NotFound)));
        assert!(matches!(
            roster.changed(CLEO, Role::Owner),
            Err(ActorError::NotFound)
        ));
    }
}
