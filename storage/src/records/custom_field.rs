//! Fields that a project adds to what is reported to it.

use serde::{Deserialize, Serialize};

use super::issue::named_values;
use crate::codec::{Record, decode_body};
use crate::{StorageError, Timestamp};

/// A field of a project's own (protocol 4, "Custom field").
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, which people set apart"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    /// The number within the project, from 1. Never given twice.
    pub number: u32,
    /// What programs call it: lower-case letters, digits and underscores. Stays as it is, and is one field's among
    /// those that apply to the same.
    pub ident: String,
    /// What people call it.
    pub name: String,
    /// What its values look like.
    pub field_type: FieldType,
    /// What it is a field of.
    pub applies_to: FieldTarget,
    /// Whether a report must have a value for it.
    pub required: bool,
    /// Whether games and testers may set it.
    pub tester_settable: bool,
    /// Whether testers may see it.
    pub tester_viewable: bool,
    /// What may be chosen; empty for types without a choice.
    pub options: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Whether it was deleted. What is left keeps the number from being given again.
    pub deleted: bool,
    /// What it was called before, oldest first. Reports may have values under these names too. Since version 2.
    pub former_names: Vec<String>,
}

impl Record for CustomField {
    const VERSION: u8 = 2;
    const NAME: &'static str = "custom field";

    fn decode_older(version: u8, body: &[u8]) -> Option<Result<Self, StorageError>> {
        (version == 1).then(|| decode_body::<Version1>(body, Self::NAME).map(Self::from))
    }
}

/// A field as it was when nobody remembered what it was called before.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, which people set apart"
)]
#[derive(Deserialize)]
struct Version1 {
    number: u32,
    ident: String,
    name: String,
    field_type: FieldType,
    applies_to: FieldTarget,
    required: bool,
    tester_settable: bool,
    tester_viewable: bool,
    options: Vec<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted: bool,
}

impl From<Version1> for CustomField {
    fn from(old: Version1) -> Self {
        Self {
            number: old.number,
            ident: old.ident,
            name: old.name,
            field_type: old.field_type,
            applies_to: old.applies_to,
            required: old.required,
            tester_settable: old.tester_settable,
            tester_viewable: old.tester_viewable,
            options: old.options,
            created_at: old.created_at,
            updated_at: old.updated_at,
            deleted: old.deleted,
            former_names: Vec::new(),
        }
    }
}

named_values! {
    /// What the values of a field look like (protocol 4: `text` and `select` are seen, the others told of).
    FieldType {
        /// Any text.
        Text = "text",
        /// One of the options.
        Select = "select",
        /// Any of the options.
        MultiSelect = "multi_select",
        /// Yes or no.
        Boolean = "boolean",
        /// A number.
        Number = "number",
    }
}

impl FieldType {
    /// Whether its values are chosen from options.
    pub const fn has_options(self) -> bool {
        matches!(self, Self::Select | Self::MultiSelect)
    }
}

named_values! {
    /// What a field is a field of.
    FieldTarget {
        /// Bug reports.
        Issue = "issue",
        /// Suggestions.
        FeatureRequest = "feature_request",
        /// Support tickets.
        Ticket = "ticket",
    }
}
