//! The tags of an issue, as clients write them.

use std::fmt;

use serde::de::value::F64Deserializer;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Unexpected, Visitor};

use crate::http::body::Integer;

/// Numbers of tags: a list, or text such as `1,2`, as the filter of lists takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagIds(pub Vec<u32>);

impl TagIds {
    /// More are left out: a list that is that long is refused in any case.
    const COUNT_MAX: usize = 100;

    fn add(&mut self, number: i64) -> Option<()> {
        let number = u32::try_from(number).ok()?;
        if self.0.len() < Self::COUNT_MAX && !self.0.contains(&number) {
            self.0.push(number);
        }
        Some(())
    }

    /// Reads `1,2,3`.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut ids = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            ids.add(part.parse().ok()?)?;
        }
        Some(ids)
    }
}

impl<'de> Deserialize<'de> for TagIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TagIdsVisitor)
    }
}

struct TagIdsVisitor;

impl<'de> Visitor<'de> for TagIdsVisitor {
    type Value = TagIds;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of the numbers of tags")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TagIds, E> {
        TagIds::from_text(text).ok_or_else(|| E::invalid_value(Unexpected::Other("text"), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<TagIds, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<TagIds, E> {
        let Integer(number) = Integer::deserialize(F64Deserializer::<E>::new(number))?;
        self.visit_str(&number.unwrap_or_default().to_string())
    }

    /// A form that empties the list sends one empty entry.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<TagIds, A::Error> {
        let mut ids = TagIds::default();
        while let Some(Integer(number)) = list.next_element()? {
            if let Some(number) = number
                && ids.add(number).is_none()
            {
                return Err(A::Error::invalid_value(Unexpected::Signed(number), &self));
            }
        }
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Vec<u32>> {
        serde_json::from_str::<TagIds>(json).ok().map(|ids| ids.0)
    }

    #[test]
    fn lists_and_text_are_one() {
        for json in ["[1, 2, 1]", r#"["1", 2, ""]"#, r#""1, 2""#] {
            assert_eq!(read(json), Some(vec![1, 2]), "{json}");
        }
        assert_eq!(read("[]"), Some(vec![]));
        assert_eq!(read(r#""""#), Some(vec![]));
        for json in ["[-1]", r#"["UI"]"#, r#""1;2""#, "{}", "[4294967296]"] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
