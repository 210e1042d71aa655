//! What the form of a project token shows, in the words of the seed.

use bugle_storage::records::{ReportRight, TokenRights};
use serde::Deserialize;

use crate::http::body::{Flag, Text};

/// The right to send one kind of report.
pub(super) struct KindRow {
    /// `Bug Reporting`.
    pub(super) group: &'static str,
    /// `Can Create Bug Report`.
    pub(super) label: &'static str,
    /// The name of the check box.
    pub(super) flag: &'static str,
    /// The name of the field for the limit.
    pub(super) limit: &'static str,
    /// Whether the box is checked.
    pub(super) is_allowed: bool,
    /// What stands in the field.
    pub(super) per_day: String,
}

/// Another right.
pub(super) struct OtherRow {
    pub(super) label: &'static str,
    pub(super) flag: &'static str,
    pub(super) is_allowed: bool,
    pub(super) hint: &'static str,
}

/// All of the form but for the name.
pub(super) struct RightsForm {
    pub(super) kinds: [KindRow; 3],
    pub(super) releases: [OtherRow; 2],
    pub(super) submission: OtherRow,
}

/// What was sent, to be shown again.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    pub(super) name: Text,
    can_create_bug_report: Flag,
    bug_reports_per_day: Text,
    can_create_feature_request: Flag,
    feature_requests_per_day: Text,
    can_create_support_ticket: Flag,
    support_tickets_per_day: Text,
    can_read_releases: Flag,
    can_create_release: Flag,
    require_submission_token: Flag,
}

impl Sent {
    /// As if a token with these rights had been described.
    pub(super) fn of(name: &str, rights: TokenRights) -> Self {
        let limit = |right: ReportRight| Text(right.per_day.to_string());
        Self {
            name: Text(name.to_owned()),
            can_create_bug_report: Flag(rights.bug_reports.allowed),
            bug_reports_per_day: limit(rights.bug_reports),
            can_create_feature_request: Flag(rights.feature_requests.allowed),
            feature_requests_per_day: limit(rights.feature_requests),
            can_create_support_ticket: Flag(rights.support_tickets.allowed),
            support_tickets_per_day: limit(rights.support_tickets),
            can_read_releases: Flag(rights.read_releases),
            can_create_release: Flag(rights.create_releases),
            require_submission_token: Flag(rights.require_submission_token),
        }
    }

    pub(super) fn form(&self) -> RightsForm {
        RightsForm {
            kinds: self.kinds(),
            releases: [
                OtherRow {
                    label: "Can Read Release List",
                    flag: "can_read_releases",
                    is_allowed: self.can_read_releases.0,
                    hint: "Lets the plugin say which release a report is about.",
                },
                OtherRow {
                    label: "Can Create Release",
                    flag: "can_create_release",
                    is_allowed: self.can_create_release.0,
                    hint: "For build servers, and for plugins that name a release which does not exist yet.",
                },
            ],
            submission: OtherRow {
                label: "Require Submission Token",
                flag: "require_submission_token",
                is_allowed: self.require_submission_token.0,
                hint: "Every report must carry a token that your own server has asked for: for web pages, where \
                       anybody can read the API token.",
            },
        }
    }

    fn kinds(&self) -> [KindRow; 3] {
        [
            KindRow {
                group: "Bug Reporting",
                label: "Can Create Bug Report",
                flag: "can_create_bug_report",
                limit: "bug_reports_per_day",
                is_allowed: self.can_create_bug_report.0,
                per_day: self.bug_reports_per_day.0.clone(),
            },
            KindRow {
                group: "Feature Requests",
                label: "Can Create Feature Request",
                flag: "can_create_feature_request",
                limit: "feature_requests_per_day",
                is_allowed: self.can_create_feature_request.0,
                per_day: self.feature_requests_per_day.0.clone(),
            },
            KindRow {
                group: "Support Tickets",
                label: "Can Create Ticket",
                flag: "can_create_support_ticket",
                limit: "support_tickets_per_day",
                is_allowed: self.can_create_support_ticket.0,
                per_day: self.support_tickets_per_day.0.clone(),
            },
        ]
    }
}
