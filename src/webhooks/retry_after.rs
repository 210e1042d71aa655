//! For how long a receiver asks to be left alone (RFC 9110, 10.2.3).

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::http::header::HttpDate;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The pause in seconds, from `now` on (seconds since the epoch). `None` with statuses that do not say "later", where nothing
/// is asked, or nothing that could be understood.
pub(super) fn asked(status: StatusCode, headers: &HeaderMap, now: i64) -> Option<u32> {
    if !matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        return None;
    }
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are as long as can be.
        return Some(text.parse().unwrap_or(u32::MAX));
    }
    let date = SystemTime::from(text.parse::<HttpDate>().ok()?);
    let date = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let pause = date.saturating_sub(u64::try_from(now).unwrap_or_default());
    Some(u32::try_from(pause).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    /// 2026-11-28 18:00:00 UTC.
    const NOW: i64 = 1_795_888_800;

    fn asked_by(status: u16, text: &str) -> Option<u32> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
        asked(StatusCode::from_u16(status).unwrap(), &headers, NOW)
    }

    #[test]
    fn it_is_seconds_or_a_date() {
        for (text, expected) in [
            ("120", Some(120)),
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("99999999999999999999", Some(u32::MAX)),
            ("Sat, 28 Nov 2026 18:01:30 GMT", Some(90)),
            ("Saturday, 28-Nov-26 18:01:30 GMT", Some(90)),
            ("Sat Nov 28 18:01:30 2026", Some(90)),
            ("Sat, 28 Nov 2026 17:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(u32::MAX)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("2026-11-28T18:01:30Z", None),
        ] {
            for status in [429, 503] {
                assert_eq!(asked_by(status, text), expected, "{status} {text:?}");
            }
        }
    }

    #[test]
    fn other_statuses_ask_for_nothing() {
        for status in [200, 301, 400, 410, 500, 502] {
            assert_eq!(asked_by(status, "120"), None, "{status}");
        }
        assert_eq!(asked(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), NOW), None);
    }
}
