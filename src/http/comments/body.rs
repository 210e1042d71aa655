//! What a request says of a comment.

use bugle_actors::global_prefix;
use bugle_storage::RecordId;
use bugle_storage::records::ReportKind;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::body::{Text, Wrapped};
use crate::http::error::FieldError;
use crate::http::openapi::fields;
use crate::http::report_body::printable;

/// The longest comment, in bytes.
const TEXT_SIZE_MAX: usize = 64 << 10;

/// What a request says of a comment, flat or wrapped in `comment`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct CommentBody {
    #[schema(schema_with = fields::printed_of::<TEXT_SIZE_MAX>)]
    pub(super) body: Option<Text>,
    #[schema(schema_with = fields::report_id)]
    pub(super) commentable_id: Option<Text>,
    #[schema(schema_with = fields::commentable_type)]
    pub(super) commentable_type: Option<Text>,
}

impl Wrapped for CommentBody {
    const WRAPPER: &'static str = "comment";
}

/// What people can write under, as `commentable_type` names it.
pub(super) const fn type_name(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Bug => "Issue",
        ReportKind::FeatureRequest => "FeatureRequest",
        ReportKind::SupportTicket => "Ticket",
    }
}

impl CommentBody {
    /// What is written, as it was sent.
    pub fn text(&self) -> &str {
        self.body.as_ref().map_or("", |text| &text.0)
    }

    pub(super) fn checked_text(&mut self, problems: &mut Vec<FieldError>) -> String {
        let text = printable(self.body.take().map(|text| text.0).unwrap_or_default());
        if text.trim().is_empty() {
            problems.push(FieldError::new("body", "can't be blank"));
        } else if text.len() > TEXT_SIZE_MAX {
            let problem = format!("is too long (maximum is {TEXT_SIZE_MAX} bytes)");
            problems.push(FieldError::new("body", problem));
        }
        text
    }

    /// The report that is named by its global id, with `g-` and the like or without.
    pub(super) fn checked_subject(&self, problems: &mut Vec<FieldError>) -> (ReportKind, RecordId) {
        let name = self.commentable_type.as_ref().map_or("", |text| text.0.trim());
        let kind = ReportKind::ALL.into_iter().find(|kind| type_name(*kind) == name);
        if kind.is_none() {
            let names = ReportKind::ALL.map(type_name).join(", ");
            problems.push(FieldError::new(
                "commentable_type",
                format!("must be one of {names}"),
            ));
        }
        let kind = kind.unwrap_or(ReportKind::Bug);
        let id = self.commentable_id.as_ref().map_or("", |text| text.0.trim());
        let id = id.strip_prefix(global_prefix(kind)).unwrap_or(id).parse::<u64>();
        if id.is_err() {
            problems.push(FieldError::new("commentable_id", "must be the id of a report"));
        }
        (kind, RecordId(id.unwrap_or(0)))
    }
}
