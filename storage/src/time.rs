//! Moments and days, always in UTC.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Timelike, Utc};
use serde::{Deserialize, Serialize};

const MILLISECONDS_PER_DAY: i64 = 86_400_000;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The UTC day that this moment lies in.
    pub const fn day(self) -> Day {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "an i64 of milliseconds spans fewer days than an i32 counts, in any year with four digits"
        )]
        Day(self.0.div_euclid(MILLISECONDS_PER_DAY) as i32)
    }

    /// Whole seconds since the epoch, as JWT claims and `Retry-After` count.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment plus `seconds`, held at the end of time.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Whole seconds from now until the next 00:00 UTC: 1 to 86400.
    pub const fn seconds_to_midnight(self) -> i64 {
        let into_day = self.0.rem_euclid(MILLISECONDS_PER_DAY);
        (MILLISECONDS_PER_DAY - into_day + 999) / 1000
    }

    /// ISO 8601 with milliseconds and `Z`: `2026-11-21T20:18:32.000Z`.
    pub fn to_iso(self) -> String {
        let moment = DateTime::<Utc>::from_timestamp_millis(self.0).unwrap_or_default();
        let Ok(year @ 0..=9999) = u32::try_from(moment.year()) else {
            return moment.to_rfc3339_opts(SecondsFormat::Millis, true);
        };
        // Every answer about a record holds two or three; chrono's formatting costs five times as much.
        let mut text = String::with_capacity("2026-11-21T20:18:32.000Z".len());
        let mut part = |number: u32, width: u32, behind: char| {
            for place in (0..width).rev() {
                let digit = number / 10_u32.pow(place) % 10;
                text.push(char::from_digit(digit, 10).unwrap_or('0'));
            }
            text.push(behind);
        };
        part(year, 4, '-');
        part(moment.month(), 2, '-');
        part(moment.day(), 2, 'T');
        part(moment.hour(), 2, ':');
        part(moment.minute(), 2, ':');
        part(moment.second(), 2, '.');
        part(moment.timestamp_subsec_millis() % 1000, 3, 'Z');
        text
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment.timestamp_millis())
    }
}

/// A UTC date: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Day(pub i32);

impl Day {
    /// Four bytes that sort as the days do; the sign bit is flipped so that days before 1970 come first.
    pub const fn to_key(self) -> [u8; 4] {
        (self.0 ^ i32::MIN).to_be_bytes()
    }

    /// The day that these bytes of a key name.
    pub const fn from_key(bytes: [u8; 4]) -> Self {
        Self(i32::from_be_bytes(bytes) ^ i32::MIN)
    }

    /// The moment the day begins.
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0 as i64 * MILLISECONDS_PER_DAY)
    }

    /// The moment the day ends, which is the next day's beginning.
    pub const fn end(self) -> Timestamp {
        Timestamp((self.0 as i64 + 1) * MILLISECONDS_PER_DAY)
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self(date.to_epoch_days())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let last = Timestamp(Day(20_000).end().0 - 1);
        assert_eq!(last.day(), Day(20_000));
        assert_eq!(last.seconds_to_midnight(), 1);
        assert_eq!(Day(20_000).end().day(), Day(20_001));
        assert_eq!(Day(20_000).end().seconds_to_midnight(), 86_400);
    }

    #[test]
    fn times_before_the_epoch_have_a_day_too() {
        assert_eq!(Timestamp(-1).day(), Day(-1));
    }

    #[test]
    fn iso_form_is_utc_with_milliseconds() {
        assert_eq!(Timestamp(1_795_292_312_007).to_iso(), "2026-11-21T20:18:32.007Z");
        for step in 0..2000 {
            let moment = Timestamp(step * 31_557_601_037 - 3_155_760_000_000);
            let expected = DateTime::<Utc>::from_timestamp_millis(moment.0).unwrap();
            assert_eq!(
                moment.to_iso(),
                expected.to_rfc3339_opts(SecondsFormat::Millis, true)
            );
        }
    }
}
