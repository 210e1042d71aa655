//! What a client sends to create or change a report (protocol 5.2, 5.5 and 5.6), before and after the rules.
//!
//! [`IssueBody`] is the wire: every field optional, every encoding alike. [`ReportedIssue`] and
//! [`IssuePatch`](bugle_actors::IssuePatch) are what the rules made of it.

use bugle_storage::{RecordId, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{Entries, Flag, Integer, Text};
use crate::http::openapi::fields;

mod issue_patch;
mod kinds;
mod new_issue;
mod nullable_id;
mod tag_ids;
mod title;
mod validation;
mod values;

pub use issue_patch::patch_from_body;
pub use kinds::{body_of, body_of_pairs};
pub use new_issue::{ENTRY_NAME_LENGTH_MAX, ReportedIssue, Rules, check_some, checked_custom_values};
pub use tag_ids::TagIds;
pub use validation::{printable, status_named, unknown_status};
pub use values::{CHOICES_MAX, Extra, FieldValue};

/// The fields of a create or change, flat or inside `issue`. Unknown ones are ignored.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct IssueBody {
    /// The wrapper that Rails' forms and some JSON clients use.
    #[schema(ignore)]
    pub issue: Option<Box<IssueBody>>,
    /// A line of text; made from the description when absent.
    #[schema(schema_with = fields::text_of::<255>)]
    pub title: Option<Text>,
    /// What the player wrote.
    #[schema(schema_with = fields::text_of::<1_048_576>)]
    pub description: Option<Text>,
    /// Free text: how to see it again.
    #[schema(schema_with = fields::text_of::<65_536>)]
    pub unformatted_steps_to_reproduce: Option<Text>,
    /// The same under the name that answers use.
    #[schema(schema_with = fields::text_of::<65_536>)]
    pub steps_to_reproduce: Option<Text>,
    /// A name of `IssueStatus`, or `new` for `open`; only when changing.
    #[schema(schema_with = fields::status)]
    pub status: Option<Text>,
    /// A name of `Priority`.
    #[schema(schema_with = fields::priority)]
    pub priority: Option<Text>,
    /// A name of `Category`.
    #[schema(schema_with = fields::category)]
    pub category: Option<Text>,
    /// Where the report came from: `in-game`.
    #[schema(schema_with = fields::text_of::<255>)]
    pub source: Option<Text>,
    /// The number of a release; wins over the label.
    #[schema(schema_with = fields::any_number)]
    pub release_id: Option<Integer>,
    /// The label of a release.
    #[schema(schema_with = fields::text_of::<255>)]
    pub release_label: Option<Text>,
    /// Values of custom fields, as Unity and the widget name them.
    #[schema(schema_with = fields::custom_values)]
    pub custom_fields: Option<Entries<FieldValue>>,
    /// Values of custom fields, as Unreal and Roblox name them.
    #[schema(schema_with = fields::custom_values)]
    pub custom: Option<Entries<FieldValue>>,
    /// What the client says of the device.
    #[schema(schema_with = fields::extras)]
    pub extras: Option<Entries<Extra>>,
    /// `2026-11-21`; empty text takes it away when changing.
    #[schema(schema_with = fields::date)]
    pub due_date: Option<Text>,
    /// Who is to work on it; only when changing.
    #[serde(deserialize_with = "nullable_id::assignee")]
    #[schema(schema_with = fields::id)]
    pub assigned_to_id: Option<Option<UserId>>,
    /// The id of the report that it is a duplicate of; only when changing.
    #[serde(deserialize_with = "nullable_id::original")]
    #[schema(schema_with = fields::original)]
    pub duplicate_of_id: Option<Option<RecordId>>,
    /// All its tags from now on; only when changing.
    #[schema(schema_with = fields::tag_ids)]
    pub tag_ids: Option<TagIds>,
    /// A Discord name, for reports without a token.
    #[schema(schema_with = fields::text_of::<255>)]
    pub discord_username: Option<Text>,
    /// A whole log as text.
    #[schema(schema_with = fields::text)]
    pub logs: Option<Text>,
    /// Whether to keep the issue hidden until it is published.
    #[schema(schema_with = fields::flag)]
    pub draft: Option<Flag>,
    /// Who reports.
    #[schema(schema_with = fields::user)]
    pub user: Option<UserBody>,
    /// Where the reporter can be reached, as the widget asks for tickets.
    #[schema(schema_with = fields::email)]
    pub reporter_email: Option<Text>,
    /// Whether the reporter wants a link by mail.
    #[schema(schema_with = fields::flag)]
    pub email_my_report: Option<Flag>,
    /// The line's own key, in a batch.
    #[schema(schema_with = fields::text_of::<255>)]
    pub idempotency_key: Option<Text>,
    /// Whether to take a description however short.
    #[schema(schema_with = fields::flag)]
    pub skip_description_check: Option<Flag>,
}

/// The reporter, in a body.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub struct UserBody {
    /// An e-mail address.
    pub email: Option<Text>,
}

impl IssueBody {
    /// The same fields with the wrapper taken off: what is inside it counts more than what stands beside it.
    #[must_use]
    pub fn into_fields(mut self) -> Self {
        macro_rules! inside_first {
            ($inside:ident, $($field:ident)*) => {
                Self { issue: None, $($field: $inside.$field.or(self.$field),)* }
            };
        }
        let Some(inside) = self.issue.take() else {
            return self;
        };
        inside_first!(inside,
            title description unformatted_steps_to_reproduce steps_to_reproduce status priority category source
            release_id release_label custom_fields custom extras due_date assigned_to_id duplicate_of_id tag_ids discord_username logs
            draft user reporter_email email_my_report idempotency_key skip_description_check
        )
    }
}

#[cfg(test)]
mod tests;
