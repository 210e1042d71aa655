//! Which custom values testers are not shown (protocol 4, `tester_viewable`).

use std::collections::BTreeSet;

use bugle_storage::records::{CustomField, FieldTarget, ReportKind};

use crate::project::ProjectActor;
use crate::project::kinds::field_target;

/// The names of custom values that only owners and developers are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HiddenValues(BTreeSet<String>);

impl HiddenValues {
    /// Whether the value under this name is one of them.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// `fields` are all that were ever declared: a field that was deleted goes on hiding the values that reports kept
    /// of it. A value may lie under a field's name, or one that it had, where it was sent before the field was called so.
    fn of<'a>(fields: impl Iterator<Item = &'a CustomField>) -> Self {
        let (mut hidden, mut shown) = (BTreeSet::new(), Vec::new());
        for field in fields {
            let names = [&field.ident, &field.name];
            match (field.tester_viewable, field.deleted) {
                (false, _) => {
                    hidden.extend(names.map(Clone::clone));
                    hidden.extend(field.former_names.iter().cloned());
                }
                (true, false) => shown.extend(names),
                (true, true) => {}
            }
        }
        // Somebody has declared since that testers may see it.
        for name in shown {
            hidden.remove(name);
        }
        Self(hidden)
    }
}

impl ProjectActor {
    /// What testers are not shown of the custom values of such reports.
    pub(in crate::project) fn hidden_values(&self, kind: ReportKind) -> HiddenValues {
        let target: FieldTarget = field_target(kind);
        let fields = self.custom_fields.iter_with_deleted();
        HiddenValues::of(fields.filter(|field| field.applies_to == target))
    }
}

#[cfg(test)]
mod tests {
    use bugle_storage::Timestamp;
    use bugle_storage::records::FieldType;

    use super::*;

    fn field(number: u32, name: &str, tester_viewable: bool, deleted: bool) -> CustomField {
        CustomField {
            number,
            ident: name.to_lowercase(),
            name: name.to_owned(),
            field_type: FieldType::Text,
            applies_to: FieldTarget::Issue,
            required: false,
            tester_settable: true,
            tester_viewable,
            options: Vec::new(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            deleted,
            former_names: Vec::new(),
        }
    }

    fn hidden(fields: &[CustomField]) -> HiddenValues {
        HiddenValues::of(fields.iter())
    }

    #[test]
    fn values_are_hidden_under_ident_and_name() {
        let found = hidden(&[field(1, "Level", true, false), field(2, "Notes", false, false)]);
        assert!(found.has("notes") && found.has("Notes"));
        assert!(!found.has("level") && !found.has("anything else"));
    }

    #[test]
    fn a_field_hides_what_is_kept_under_the_names_it_had() {
        let renamed = CustomField {
            former_names: vec!["Remarks".to_owned()],
            ..field(1, "Notes", false, false)
        };
        assert!(hidden(std::slice::from_ref(&renamed)).has("Remarks"));
        let reused = field(2, "Remarks", true, false);
        assert!(!hidden(&[renamed, reused]).has("Remarks"), "another may be seen");
    }

    #[test]
    fn a_deleted_field_goes_on_hiding_until_another_shows() {
        let deleted = field(1, "Notes", false, true);
        assert!(hidden(std::slice::from_ref(&deleted)).has("notes"));
        assert!(!hidden(&[deleted.clone(), field(2, "Notes", true, false)]).has("notes"));
        assert!(
            hidden(&[deleted, field(2, "Notes", true, true)]).has("notes"),
            "the one that showed it is gone too"
        );
    }
}
