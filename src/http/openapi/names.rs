//! The names that answers use, as shapes of their own: `value_type = IssueStatusName` where a field is a text.

use bugle_storage::records::{
    Category, DeliveryOutcome, DisabledReason, FieldTarget, FieldType, IssueStatus, Priority, ReportKind,
    TokenScope,
};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::http::identity_keys::ALGORITHMS;
use crate::http::views::Iso;

macro_rules! names {
    ($($(#[$doc:meta])* $type:ident = $values:expr;)*) => {$(
        $(#[$doc])*
        pub struct $type;

        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some($values)).into()
            }
        }

        impl ToSchema for $type {}
    )*};
}

names! {
    /// Where the work on an issue stands.
    IssueStatusName = IssueStatus::of(ReportKind::Bug).iter().map(|value| value.name());
    /// Where the work on a suggestion stands; a draft is hidden.
    FeatureRequestStatusName = IssueStatus::of(ReportKind::FeatureRequest)
        .iter()
        .chain([&IssueStatus::Hidden])
        .map(|value| value.name());
    /// Where the work on a ticket stands.
    TicketStatusName = IssueStatus::of(ReportKind::SupportTicket).iter().map(|value| value.name());
    /// How urgent an issue is.
    PriorityName = Priority::ALL.iter().map(|value| value.name());
    /// What an issue is about.
    CategoryName = Category::ALL.iter().map(|value| value.name());
    /// What the values of a field look like.
    FieldTypeName = FieldType::ALL.iter().map(|value| value.name());
    /// What a field is a field of.
    FieldTargetName = FieldTarget::ALL.iter().map(|value| value.name());
    /// What a key of a project is used with.
    KeyAlgorithmName = ALGORITHMS;
    /// Who may see a project.
    VisibilityName = ["private", "public"];
    /// How much a personal token may do.
    ScopeName = TokenScope::ALL.iter().map(|value| value.name());
    /// What became of an attempt to send a message.
    DeliveryOutcomeName = DeliveryOutcome::ALL.iter().map(|value| value.name());
    /// Why nothing is sent to a webhook.
    DisabledReasonName = DisabledReason::ALL.iter().map(|value| value.name());
    /// What can be done with an invitation.
    InvitationStateName = ["open", "accepted", "withdrawn", "expired"];
    /// How an account came to be.
    OriginName = ["unknown", "operator", "first_start", "invitation"];
    /// What a member may do.
    RoleName = ["tester", "developer", "owner"];
}

impl PartialSchema for Iso {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl ToSchema for Iso {
    fn name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
}
