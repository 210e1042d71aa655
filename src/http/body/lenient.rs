//! Scalars as clients write them: `true`, `"True"` and `1` are one answer, and a number may stand for text.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};

/// Text; a number or a boolean counts as what it is written like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(pub String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
        Ok(Text(text))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Text, E> {
        Ok(Text::from(number))
    }
}

impl From<f64> for Text {
    /// As JSON writes the number: `1.5`, `1e21`. To JSON `7.0` is the same number as `7`, and some encoders write all
    /// theirs so: an id sent that way is one still.
    fn from(number: f64) -> Self {
        if let Some(whole) = whole(number) {
            return Self(whole.to_string());
        }
        let exact = serde_json::Number::from_f64(number);
        Self(exact.map_or_else(|| number.to_string(), |number| number.to_string()))
    }
}

/// Yes or no. Text is compared without regard to case, as Unity sends `True` and `False`; none means no.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct FlagVisitor;

impl Visitor<'_> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("true or false")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Flag, E> {
        Ok(Flag(value))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Flag, E> {
        match number {
            0 => Ok(Flag(false)),
            1 => Ok(Flag(true)),
            _ => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
        let is_one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text.trim()));
        if is_one_of(&["true", "1", "on", "yes"]) {
            Ok(Flag(true))
        } else if text.is_empty() || is_one_of(&["false", "0", "off", "no"]) {
            Ok(Flag(false))
        } else {
            Err(E::invalid_value(Unexpected::Other("text"), &self))
        }
    }
}

/// A whole number, also when it is written as text; `None` is empty text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Integer(pub Option<i64>);

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntegerVisitor)
    }
}

struct IntegerVisitor;

impl Visitor<'_> for IntegerVisitor {
    type Value = Integer;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number")
    }

    fn visit_unit<E: Error>(self) -> Result<Integer, E> {
        Ok(Integer(None))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Integer, E> {
        Ok(Integer(Some(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Integer, E> {
        let number = i64::try_from(number);
        number
            .map(|number| Integer(Some(number)))
            .map_err(|_| E::invalid_value(Unexpected::Other("it"), &self))
    }

    /// Lua and JavaScript have one kind of number, and some encoders write `7.0`.
    fn visit_f64<E: Error>(self, number: f64) -> Result<Integer, E> {
        let refused = || E::invalid_value(Unexpected::Float(number), &self);
        whole(number)
            .map(|number| Integer(Some(number)))
            .ok_or_else(refused)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Integer, E> {
        match text.trim() {
            "" => Ok(Integer(None)),
            text => text
                .parse()
                .map(|number| Integer(Some(number)))
                .map_err(|_| E::invalid_value(Unexpected::Other("text"), &self)),
        }
    }
}

/// The whole number that this is, while it can be told from its neighbours.
fn whole(number: f64) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within 2^53")]
    (number.fract() == 0.0 && number.abs() <= EXACT_MAX).then_some(number as i64)
}

/// Named values in the order they were sent; of two with one name the later value stands.
///
/// At most [`Entries::COUNT_MAX`] are kept, and `truncated` says whether there were more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries<V> {
    /// The entries.
    pub entries: Vec<(String, V)>,
    /// Whether some were left out.
    pub truncated: bool,
    /// How many were sent, those with `null` for a value too.
    pub sent: usize,
}

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            truncated: false,
            sent: 0,
        }
    }
}

impl<V> Entries<V> {
    /// The most entries that are kept; finding a name is a walk, so their number must be small.
    pub const COUNT_MAX: usize = 200;

    /// Adds an entry, or replaces the value of the one with that name.
    pub fn set(&mut self, name: String, value: V) {
        if let Some((_, known)) = self.entries.iter_mut().find(|(known, _)| *known == name) {
            *known = value;
        } else if self.entries.len() < Self::COUNT_MAX {
            self.entries.push((name, value));
        } else {
            self.truncated = true;
        }
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<V> {
    type Value = Entries<V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<V>, A::Error> {
        let mut found = Entries::default();
        while let Some(name) = map.next_key()? {
            found.sent += 1;
            if found.truncated {
                map.next_value::<IgnoredAny>()?;
            } else if let Some(value) = map.next_value()? {
                found.set(name, value);
            }
        }
        Ok(found)
    }

    /// Lua cannot tell an empty object from an empty list, and sends `[]`.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries<V>, A::Error> {
        match list.next_element::<IgnoredAny>()? {
            None => Ok(Entries::default()),
            Some(_) => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Entries<V>, E> {
        Ok(Entries::default())
    }

    /// A form writes an empty object as an empty value.
    fn visit_str<E: Error>(self, text: &str) -> Result<Entries<V>, E> {
        if text.is_empty() {
            return Ok(Entries::default());
        }
        Err(E::invalid_type(Unexpected::Other("text"), &self))
    }
}
