//! Daily limits as headers: `RateLimit` and `RateLimit-Policy` of the IETF draft, beyond `BetaHub`, so that a
//! client can tell a spent quota from a missing right.

use actix_web::http::header::{self, HeaderName, HeaderValue};
use bugle_actors::QuotaState;
use bugle_storage::Timestamp;
use bugle_storage::records::{RefusalReason, ReportKind};

use super::error::ApiError;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What a refused token was not allowed to do, in the words of the seed ("Not allowed to [action].").
pub const fn action(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Bug => "create bug reports",
        ReportKind::FeatureRequest => "create feature requests",
        ReportKind::SupportTicket => "create tickets",
    }
}

const fn policy_name(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Bug => "bug_reports",
        ReportKind::FeatureRequest => "feature_requests",
        ReportKind::SupportTicket => "support_tickets",
    }
}

/// The two headers of an answer to a counted request.
pub fn headers(kind: ReportKind, quota: QuotaState, now: Timestamp) -> [(HeaderName, HeaderValue); 2] {
    let name = policy_name(kind);
    let mut limit = itoa::Buffer::new();
    let mut remaining = itoa::Buffer::new();
    let mut seconds = itoa::Buffer::new();
    let policy = ["\"", name, "\";q=", limit.format(quota.limit), ";w=86400"];
    let remaining = remaining.format(quota.remaining);
    let seconds = seconds.format(now.seconds_to_midnight());
    let state = ["\"", name, "\";r=", remaining, ";t=", seconds];
    let value = |text: String| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
    [
        (RATE_LIMIT_POLICY, value(policy.concat())),
        (RATE_LIMIT, value(state.concat())),
    ]
}

/// 403 for a spent limit (protocol 1.3), with the headers and when to come again.
pub fn refuse(kind: ReportKind, limit: u32, now: Timestamp) -> ApiError {
    let [policy, state] = headers(kind, QuotaState { limit, remaining: 0 }, now);
    ApiError::not_allowed_to(action(kind))
        .because(RefusalReason::Limit)
        .with_header(policy.0, policy.1)
        .with_header(state.0, state.1)
        .with_header(header::RETRY_AFTER, HeaderValue::from(now.seconds_to_midnight()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_is_left_and_until_when() {
        let quota = QuotaState {
            limit: 8,
            remaining: 3,
        };
        let noon = Timestamp(12 * 3_600_000);
        let [policy, state] = headers(ReportKind::Bug, quota, noon);
        assert_eq!(policy.1, "\"bug_reports\";q=8;w=86400");
        assert_eq!(state.1, "\"bug_reports\";r=3;t=43200");
    }
}
