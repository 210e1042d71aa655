//! `duplicate_of_id`: which report this one is a duplicate of.

use std::fmt;

use bugle_storage::RecordId;
use serde::Deserialize;
use serde::de::value::F64Deserializer;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use crate::http::body::Integer;

/// Reads the field: a global id, with what stands before it in addresses or without (`g-123`, `fr-123`), and `null` for
/// none.
#[expect(
    clippy::option_option,
    reason = "not sent, of none, and of one are three different things"
)]
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<RecordId>>, D::Error> {
    deserializer.deserialize_any(OriginalVisitor).map(Some)
}

struct OriginalVisitor;

impl Visitor<'_> for OriginalVisitor {
    type Value = Option<RecordId>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a report's id, or null for none")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<RecordId>, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<Option<RecordId>, E> {
        Ok(Some(RecordId(id)))
    }

    /// As [`Integer`] takes them.
    fn visit_f64<E: Error>(self, id: f64) -> Result<Option<RecordId>, E> {
        let Integer(id) = Integer::deserialize(F64Deserializer::<E>::new(id))?;
        let id = id.and_then(|id| u64::try_from(id).ok());
        id.map_or(Ok(None), |id| self.visit_u64(id))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<RecordId>, E> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let digits = ["g-", "fr-"]
            .into_iter()
            .find_map(|prefix| text.strip_prefix(prefix));
        match digits.unwrap_or(text).parse() {
            Ok(id) => self.visit_u64(id),
            Err(_) => Err(E::invalid_value(Unexpected::Other("text"), &self)),
        }
    }
}
