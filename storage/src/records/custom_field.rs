//! Fields that a project adds to what is reported to it.

use serde::{Deserialize, Serialize};

use super::issue::named_values;
use crate::Timestamp;
use crate::codec::Record;

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
}

impl Record for CustomField {
    const VERSION: u8 = 1;
    const NAME: &'static str = "custom field";
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
