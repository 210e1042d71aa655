//! What a client sends to create or change a report (protocol 5.2, 5.5 and 5.6), before and after the rules.
//!
//! [`IssueBody`] is the wire: every field optional, every encoding alike. [`ReportedIssue`] and
//! [`IssuePatch`](bugle_actors::IssuePatch) are what the rules made of it.

use bugle_storage::{RecordId, UserId};
use serde::Deserialize;

use super::body::{Entries, Flag, Integer, Text};

mod issue_patch;
mod kinds;
mod new_issue;
mod original;
mod tag_ids;
mod title;
mod validation;
mod values;

pub use issue_patch::patch_from_body;
pub use kinds::body_of;
pub use new_issue::{ReportedIssue, Rules};
pub use tag_ids::TagIds;
pub use validation::{printable, status_named, unknown_status};
pub use values::{Extra, FieldValue};

/// The fields of a create or change, flat or inside `issue`. Unknown ones are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub struct IssueBody {
    /// The wrapper that Rails' forms and some JSON clients use.
    pub issue: Option<Box<IssueBody>>,
    /// A line of text; made from the description when absent.
    pub title: Option<Text>,
    /// What the player wrote.
    pub description: Option<Text>,
    /// Free text: how to see it again.
    pub unformatted_steps_to_reproduce: Option<Text>,
    /// The same under the name that answers use.
    pub steps_to_reproduce: Option<Text>,
    /// A name of `IssueStatus`, or `new` for `open`; only when changing.
    pub status: Option<Text>,
    /// A name of `Priority`.
    pub priority: Option<Text>,
    /// A name of `Category`.
    pub category: Option<Text>,
    /// Where the report came from: `in-game`.
    pub source: Option<Text>,
    /// The number of a release; wins over the label.
    pub release_id: Option<Integer>,
    /// The label of a release.
    pub release_label: Option<Text>,
    /// Values of custom fields, as Unity and the widget name them.
    pub custom_fields: Option<Entries<FieldValue>>,
    /// Values of custom fields, as Unreal and Roblox name them.
    pub custom: Option<Entries<FieldValue>>,
    /// What the client says of the device.
    pub extras: Option<Entries<Extra>>,
    /// `2026-11-21`.
    pub due_date: Option<Text>,
    /// Who is to work on it; only when changing.
    #[serde(deserialize_with = "issue_patch::assignee")]
    pub assigned_to_id: Option<Option<UserId>>,
    /// The id of the report that it is a duplicate of; only when changing.
    #[serde(deserialize_with = "original::read")]
    pub duplicate_of_id: Option<Option<RecordId>>,
    /// All its tags from now on; only when changing.
    pub tag_ids: Option<TagIds>,
    /// A Discord name, for reports without a token.
    pub discord_username: Option<Text>,
    /// A whole log as text.
    pub logs: Option<Text>,
    /// Whether to keep the issue hidden until it is published.
    pub draft: Option<Flag>,
    /// Who reports.
    pub user: Option<UserBody>,
    /// Where the reporter can be reached, as the widget asks for tickets.
    pub reporter_email: Option<Text>,
    /// Whether the reporter wants a link by mail.
    pub email_my_report: Option<Flag>,
    /// Whether to take a description however short.
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
            draft user reporter_email email_my_report skip_description_check
        )
    }
}

#[cfg(test)]
mod tests;
