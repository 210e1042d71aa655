//! The values of custom fields and extras, as clients write them.

use std::fmt;

use bugle_storage::records::CustomValue;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};

use crate::http::body::Text;

/// The most values that one custom field has: as many as a multi-select has options.
pub const CHOICES_MAX: usize = 100;

/// The value of a custom field: text, a number or a boolean, or a list of those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue(pub CustomValue);

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldValueVisitor)
    }
}

struct FieldValueVisitor;

impl FieldValueVisitor {
    fn one(text: impl Into<String>) -> FieldValue {
        FieldValue(CustomValue::One(text.into()))
    }
}

impl<'de> Visitor<'de> for FieldValueVisitor {
    type Value = FieldValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a number, true, false, or a list of those")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FieldValue, E> {
        Ok(Self::one(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<FieldValue, E> {
        Ok(Self::one(text))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<FieldValue, E> {
        Ok(Self::one(value.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<FieldValue, E> {
        Ok(Self::one(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<FieldValue, E> {
        Ok(Self::one(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<FieldValue, E> {
        Ok(Self::one(Text::from(number).0))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<FieldValue, A::Error> {
        let mut choices = Vec::new();
        let mut sent = 0;
        while let Some(choice) = list.next_element::<Option<Text>>()? {
            sent += 1;
            if sent <= CHOICES_MAX {
                choices.extend(choice.map(|choice| choice.0));
            }
        }
        if sent > CHOICES_MAX {
            // So that it shows, and no more of them is kept until it is refused.
            choices.resize(CHOICES_MAX + 1, String::new());
        }
        Ok(FieldValue(CustomValue::Many(choices)))
    }
}

/// What a client says of the device and the like: `{"value": "…"}`, or the value alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extra {
    /// The value; `None` when there was none.
    pub value: Option<Text>,
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExtraVisitor)
    }
}

struct ExtraVisitor;

impl<'de> Visitor<'de> for ExtraVisitor {
    type Value = Extra;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, or an object with a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Extra, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Extra, E> {
        Ok(Extra {
            value: Some(Text(text)),
        })
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Extra, E> {
        self.visit_string(value.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Extra, E> {
        self.visit_string(number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Extra, E> {
        self.visit_string(number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Extra, E> {
        self.visit_string(Text::from(number).0)
    }

    /// Beside the value come remarks such as `validation_mode`, which are not for us.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Extra, A::Error> {
        let mut extra = Extra::default();
        while let Some(name) = map.next_key::<String>()? {
            if name == "value" {
                extra.value = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(extra)
    }

    /// Lua cannot tell an empty object from an empty list, and sends `[]`.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Extra, A::Error> {
        match list.next_element::<IgnoredAny>()? {
            None => Ok(Extra::default()),
            Some(_) => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
        }
    }
}
