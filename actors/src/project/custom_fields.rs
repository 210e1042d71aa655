//! Fields that a project adds to what is reported to it (protocol 5.6): declaring them, and counting what is in them.
//! What their values must look like is in [`values`].

mod counts;
mod hidden;
mod values;

use actix::{Context, Handler, Message};
use bugle_storage::records::{CustomField, CustomValue, FieldTarget, FieldType};
use bugle_storage::{Batch, StorageError, Timestamp};

pub use counts::CountFieldValues;
pub use hidden::HiddenValues;
pub(super) use values::overlaid;

use super::numbered::{ChangeNumbered, Create, NewNumbered, NumberedSet, numbered};
use super::{ProjectActor, Submission};
use crate::{ActorError, Reply};

/// The most fields of one project. Each report is checked against all of them.
const FIELDS_MAX: usize = 100;
/// The most names that a field had before: each is remembered for ever.
const FORMER_NAMES_MAX: usize = 100;
/// The longest ident that is made from a name, in bytes.
const IDENT_SIZE_MAX: usize = 64;

/// A field to be made, checked as far as it can be without knowing the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCustomField {
    /// See [`CustomField::ident`]; made from the name when absent.
    pub ident: Option<String>,
    /// See [`CustomField::name`].
    pub name: String,
    /// See [`CustomField::field_type`].
    pub field_type: FieldType,
    /// See [`CustomField::applies_to`].
    pub applies_to: FieldTarget,
    /// See [`CustomField::required`].
    pub required: bool,
    /// See [`CustomField::tester_settable`].
    pub tester_settable: bool,
    /// See [`CustomField::tester_viewable`].
    pub tester_viewable: bool,
    /// See [`CustomField::options`].
    pub options: Vec<String>,
}

/// What to set of a field; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomFieldEdit {
    /// See [`CustomField::name`].
    pub name: Option<String>,
    /// See [`CustomField::required`].
    pub required: Option<bool>,
    /// See [`CustomField::tester_settable`].
    pub tester_settable: Option<bool>,
    /// See [`CustomField::tester_viewable`].
    pub tester_viewable: Option<bool>,
    /// See [`CustomField::options`].
    pub options: Option<Vec<String>>,
}

/// Makes a field.
pub type CreateCustomField = Create<NewCustomField, CustomField>;

/// Gives every field, oldest first.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListCustomFields {
    /// Where the answer goes.
    pub reply: Reply<Vec<CustomField>>,
}

/// What is done to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomFieldChange {
    /// Sets what it says.
    Edit(CustomFieldEdit),
    /// Takes it away. Values that reports have of it stay.
    Delete,
}

/// Changes a field, and answers with it as it is then.
pub type ChangeCustomField = ChangeNumbered<CustomField, CustomFieldChange>;

numbered!(CustomField);

/// A project's fields.
pub(super) type CustomFields = NumberedSet<CustomField>;

impl CustomFields {
    /// The field that a request makes.
    fn create(&self, new: NewCustomField, now: Timestamp) -> Result<CustomField, ActorError> {
        let number = self.free_number(FIELDS_MAX, "name", "would be one field too many: delete some")?;
        let field = build_field(number, new, now);
        self.check(&field)?;
        Ok(field)
    }

    /// Refuses a field that does not go with the others, or with itself.
    fn check(&self, field: &CustomField) -> Result<(), ActorError> {
        let refuse = |field, problem| Err(ActorError::Invalid { field, problem });
        let mut others = self
            .iter()
            .filter(|other| other.applies_to == field.applies_to && other.number != field.number);
        // A value may be sent under either, so neither may mean two fields.
        let is_name_taken = |other: &CustomField| other.name == field.name || other.ident == field.name;
        let is_ident_taken = |other: &CustomField| other.ident == field.ident || other.name == field.ident;
        match others.find(|other| is_name_taken(other) || is_ident_taken(other)) {
            Some(other) if is_name_taken(other) => return refuse("name", "has already been taken"),
            Some(_) => return refuse("ident", "has already been taken"),
            None => {}
        }
        if field.field_type.has_options() == field.options.is_empty() {
            return refuse(
                "options",
                "must be there for select and multi_select, and for no other type",
            );
        }
        Ok(())
    }
}

/// A function of the request, so that a retry can be answered alike.
fn build_field(number: u32, new: NewCustomField, now: Timestamp) -> CustomField {
    CustomField {
        number,
        ident: new.ident.unwrap_or_else(|| ident_of(&new.name, number)),
        name: new.name,
        field_type: new.field_type,
        applies_to: new.applies_to,
        required: new.required,
        tester_settable: new.tester_settable,
        tester_viewable: new.tester_viewable,
        options: new.options,
        created_at: now,
        updated_at: now,
        deleted: false,
        former_names: Vec::new(),
    }
}

/// `Graphics card` becomes `graphics_card`; a name without a letter that will do becomes `field_7`.
fn ident_of(name: &str, number: u32) -> String {
    let mut ident = String::with_capacity(name.len());
    for character in name.chars() {
        if ident.len() >= IDENT_SIZE_MAX {
            break;
        }
        if character.is_ascii_alphanumeric() {
            ident.push(character.to_ascii_lowercase());
        } else if !ident.is_empty() && !ident.ends_with('_') {
            ident.push('_');
        }
    }
    match ident.trim_end_matches('_') {
        "" => format!("field_{number}"),
        ident => ident.to_owned(),
    }
}

fn edited(mut field: CustomField, edit: CustomFieldEdit) -> CustomField {
    if let Some(name) = edit.name {
        rename(&mut field, name);
    }
    field.required = edit.required.unwrap_or(field.required);
    field.tester_settable = edit.tester_settable.unwrap_or(field.tester_settable);
    field.tester_viewable = edit.tester_viewable.unwrap_or(field.tester_viewable);
    field.options = edit.options.unwrap_or(field.options);
    field
}

/// Remembers what the field was called: reports may have values under that name, which stay hidden if the field is.
fn rename(field: &mut CustomField, name: String) {
    if field.name != name {
        field.former_names.retain(|former| *former != name);
        let former = std::mem::replace(&mut field.name, name);
        field.former_names.push(former);
    }
}

impl ProjectActor {
    /// The values of a report as they are kept, or what is wrong with them.
    pub(super) fn check_values(
        &self,
        target: FieldTarget,
        mut sent: Vec<(String, CustomValue)>,
        submission: &Submission,
    ) -> Result<Vec<(String, CustomValue)>, ActorError> {
        let mut vouched = Vec::new();
        if let Some(token) = &submission.token {
            vouched.extend_from_slice(token.custom_fields());
            sent.retain(|(key, _)| vouched.iter().all(|(vouched, _)| vouched != key));
        }
        let fields = || {
            self.custom_fields
                .iter()
                .filter(|field| field.applies_to == target)
        };
        if fields().next().is_none() {
            sent.extend(vouched);
            return Ok(sent);
        }
        let by_developer = self.is_by_developer(submission);
        let fields: Vec<_> = fields().collect();
        values::check(&fields, sent, vouched, by_developer).map_err(ActorError::InvalidFields)
    }

    /// The values that a developer sets in a report that is there; `None` takes one away.
    pub(super) fn check_changed_values(
        &self,
        target: FieldTarget,
        sent: Vec<(String, CustomValue)>,
    ) -> Result<Vec<(String, Option<CustomValue>)>, ActorError> {
        let fields = self
            .custom_fields
            .iter()
            .filter(|field| field.applies_to == target);
        values::check_changes(&fields.collect::<Vec<_>>(), sent).map_err(ActorError::InvalidFields)
    }

    fn change_field(
        &mut self,
        number: u32,
        change: CustomFieldChange,
    ) -> Result<(Batch, CustomField), ActorError> {
        self.ledger.ensure_writable()?;
        let known = self
            .custom_fields
            .get(number)
            .ok_or(ActorError::NotFound)?
            .clone();
        let (before, mut batch) = (known.updated_at, Batch::new());
        let mut field = match change {
            CustomFieldChange::Edit(edit) => {
                let field = edited(known.clone(), edit);
                self.custom_fields.check(&field)?;
                if field.former_names.len() > FORMER_NAMES_MAX {
                    return Err(ActorError::Invalid {
                        field: "name",
                        problem: "has been changed too often: make another field",
                    });
                }
                if field == known {
                    return Ok((batch, field));
                }
                field
            }
            CustomFieldChange::Delete => CustomField {
                deleted: true,
                ..known
            },
        };
        field.updated_at = self.clock.now().max(before);
        let stored = self.custom_fields.put(field.clone(), &mut batch);
        stored.map_err(|error| self.ledger.give_up(error))?;
        Ok((batch, field))
    }
}

impl NewNumbered for NewCustomField {
    type Record = CustomField;

    fn accept(self, project: &ProjectActor, now: Timestamp) -> Result<CustomField, ActorError> {
        project.custom_fields.create(self, now)
    }

    fn keep(field: CustomField, project: &mut ProjectActor, batch: &mut Batch) -> Result<(), StorageError> {
        project.custom_fields.put(field, batch)
    }

    fn repeat(self, number: u32, created_at: Timestamp, _: Timestamp) -> CustomField {
        build_field(number, self, created_at)
    }
}

impl Handler<ListCustomFields> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ListCustomFields, _: &mut Context<Self>) {
        self.handled += 1;
        message
            .reply
            .send(Ok(self.custom_fields.iter().cloned().collect()));
    }
}

impl Handler<ChangeCustomField> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ChangeCustomField, _: &mut Context<Self>) {
        self.handled += 1;
        match self.change_field(message.number, message.change) {
            Ok((batch, field)) => self.ledger.commit_and_answer(batch, || (), field, message.reply),
            Err(refusal) => message.reply.send(Err(refusal)),
        }
    }
}

#[cfg(test)]
mod tests;
