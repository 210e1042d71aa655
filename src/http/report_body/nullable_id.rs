//! Ids that a change can set, or take away with `null`.

use std::fmt;

use bugle_storage::{RecordId, UserId};
use serde::Deserialize;
use serde::de::value::F64Deserializer;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use crate::http::body::Integer;

/// Reads `assigned_to_id`: a field that is `null` was sent, and means nobody.
#[expect(
    clippy::option_option,
    reason = "not sent, nobody, and somebody are three different things"
)]
pub(super) fn assignee<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<UserId>>, D::Error> {
    let id = deserializer.deserialize_any(NullableId {
        expected: "a user's id, or null for nobody",
        prefixes: &[],
    })?;
    Ok(Some(id.map(UserId).filter(|user| user.0 > 0)))
}

/// Reads `duplicate_of_id`: a global id, with what stands before it in addresses or without (`g-123`, `fr-123`), and
/// `null` for none.
#[expect(
    clippy::option_option,
    reason = "not sent, of none, and of one are three different things"
)]
pub(super) fn original<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<RecordId>>, D::Error> {
    let id = deserializer.deserialize_any(NullableId {
        expected: "a report's id, or null for none",
        prefixes: &["g-", "fr-"],
    })?;
    Ok(Some(id.map(RecordId)))
}

/// Takes an id however clients write it.
struct NullableId {
    /// What a wrong value is told that it should have been.
    expected: &'static str,
    /// What may stand before the digits.
    prefixes: &'static [&'static str],
}

impl Visitor<'_> for NullableId {
    type Value = Option<u64>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expected)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<Option<u64>, E> {
        Ok(Some(id))
    }

    /// As [`Integer`] takes them.
    fn visit_f64<E: Error>(self, id: f64) -> Result<Option<u64>, E> {
        let Integer(id) = Integer::deserialize(F64Deserializer::<E>::new(id))?;
        Ok(id.and_then(|id| u64::try_from(id).ok()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<u64>, E> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let without = |prefix: &&str| text.strip_prefix(*prefix);
        let digits = self.prefixes.iter().find_map(without).unwrap_or(text);
        match digits.parse() {
            Ok(id) => Ok(Some(id)),
            Err(_) => Err(E::invalid_value(Unexpected::Other("text"), &self)),
        }
    }
}
