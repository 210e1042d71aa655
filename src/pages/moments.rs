//! Moments as people read them. Pages say when in UTC; a script then puts it into the reader's own zone.

use std::fmt;

use bugle_storage::Timestamp;
use chrono::{DateTime, Utc};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn in_utc(moment: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(moment.0).unwrap_or_default()
}

/// `28 Nov 2026`.
pub fn date(moment: Timestamp) -> String {
    in_utc(moment).format("%-d %b %Y").to_string()
}

/// `28 Nov 2026, 17:52 UTC`.
pub fn date_and_time(moment: Timestamp) -> String {
    in_utc(moment).format("%-d %b %Y, %H:%M UTC").to_string()
}

/// How long ago something was: `just now`, `5 minutes ago`; the date when that is a month or more. What lies in the
/// future by a clock that was set back is just now.
pub fn ago(moment: Timestamp, now: Timestamp) -> String {
    let seconds = now.0.saturating_sub(moment.0) / 1000;
    let counted = |count: i64, unit: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{plural} ago")
    };
    match seconds {
        ..MINUTE => "just now".to_owned(),
        MINUTE..HOUR => counted(seconds / MINUTE, "minute"),
        HOUR..DAY => counted(seconds / HOUR, "hour"),
        _ if seconds < 30 * DAY => counted(seconds / DAY, "day"),
        _ => date(moment),
    }
}

/// A moment as a page shows it: with what a script needs to put it into the reader's zone.
pub struct Moment {
    at: Timestamp,
    text: String,
}

impl Moment {
    /// As a date.
    pub fn date(at: Timestamp) -> Self {
        Self { at, text: date(at) }
    }

    /// As a date with the time of day, in UTC.
    pub fn time(at: Timestamp) -> Self {
        Self {
            at,
            text: date_and_time(at),
        }
    }

    /// As how long ago it was.
    pub fn ago(at: Timestamp, now: Timestamp) -> Self {
        Self {
            at,
            text: ago(at, now),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "<time datetime=\"{}\" title=\"{}\">{}</time>",
            self.at.to_iso(),
            date_and_time(self.at),
            self.text
        )
    }
}

/// It consists of digits, month names and our own words: nothing in it is to be escaped.
impl askama::filters::HtmlSafe for Moment {}

/// How a count is written: `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_888_353_000);

    #[test]
    fn moments_are_told_as_people_do() {
        for (before, expected) in [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (3599, "59 minutes ago"),
            (3600, "1 hour ago"),
            (86_399, "23 hours ago"),
            (2 * 86_400, "2 days ago"),
            (40 * 86_400, "19 Oct 2026"),
        ] {
            assert_eq!(ago(Timestamp(NOW.0 - before * 1000), NOW), expected, "{before}");
        }
        assert_eq!(date_and_time(NOW), "28 Nov 2026, 17:52 UTC");
    }

    #[test]
    fn counts_are_grouped() {
        for (number, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), expected);
        }
    }
}
