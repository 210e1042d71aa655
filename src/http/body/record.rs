//! A record's fields, flat or inside an object that is named after it (protocol 2.3).

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Fields that may stand inside an object.
pub trait Wrapped {
    /// The object's name: `project` of `{"project": {"name": "…"}}`.
    const WRAPPER: &'static str;
}

/// Fields without their wrapper. If there is one, what stands beside it does not count.
#[derive(Debug, PartialEq, Eq)]
pub struct Record<T>(pub T);

impl<'de, T: Wrapped + Deserialize<'de>> Deserialize<'de> for Record<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor(PhantomData))
    }
}

struct RecordVisitor<T>(PhantomData<T>);

impl<'de, T: Wrapped + Deserialize<'de>> Visitor<'de> for RecordVisitor<T> {
    type Value = Record<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        let mut outside = Outside {
            entries,
            inside: None,
        };
        let flat = T::deserialize(MapAccessDeserializer::new(&mut outside))?;
        Ok(Record(outside.inside.unwrap_or(flat)))
    }
}

/// The entries of an object but for the wrapper, which is taken out on the way.
struct Outside<A, T> {
    entries: A,
    inside: Option<T>,
}

impl<'de, A: MapAccess<'de>, T: Wrapped + Deserialize<'de>> MapAccess<'de> for Outside<A, T> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.entries.next_key::<String>()? {
            if key != T::WRAPPER {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            if self.inside.is_some() {
                return Err(A::Error::duplicate_field(T::WRAPPER));
            }
            self.inside = self.entries.next_value()?;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.entries.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;

    use super::*;
    use crate::http::body::{Encoding, Text, decode};

    #[derive(Debug, Default, PartialEq, Eq, Deserialize)]
    #[serde(default, expecting = "an object")]
    struct Thing {
        name: Option<Text>,
        size: Option<Text>,
    }

    impl Wrapped for Thing {
        const WRAPPER: &'static str = "thing";
    }

    fn thing(name: Option<&str>, size: Option<&str>) -> Thing {
        let text = |text: &str| Text(text.to_owned());
        Thing {
            name: name.map(text),
            size: size.map(text),
        }
    }

    #[test]
    fn the_wrapper_is_taken_off_in_every_encoding() {
        for (body, expected) in [
            ("", thing(None, None)),
            ("{}", thing(None, None)),
            (r#"{"name":"a","other":[1,{}]}"#, thing(Some("a"), None)),
            (r#"{"thing":{"name":"a","other":1}}"#, thing(Some("a"), None)),
            (r#"{"thing":null,"name":"a"}"#, thing(Some("a"), None)),
            (
                r#"{"size":"1","thing":{"name":"a"},"name":"b"}"#,
                thing(Some("a"), None),
            ),
            (
                r#"{"thing":{"thing":{"name":"a"},"size":"1"}}"#,
                thing(None, Some("1")),
            ),
            ("name=a&size=1", thing(Some("a"), Some("1"))),
            (
                "thing[name]=a&size=1&thing%5Bsize%5D=2",
                thing(Some("a"), Some("2")),
            ),
        ] {
            let read: Record<Thing> = decode(Encoding::Unstated, body.as_bytes()).unwrap();
            assert_eq!(read.0, expected, "{body}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_inside_and_out() {
        for (body, text) in [
            (r#"{"name":[]}"#, "name must be text"),
            (r#"{"thing":{"name":[]}}"#, "thing.name must be text"),
            (r#"{"thing":"a"}"#, "thing must be an object"),
            ("thing=a", "thing must be an object"),
            (r#"{"thing":{},"thing":{}}"#, "thing is given more than once"),
        ] {
            let refused = decode::<Record<Thing>>(Encoding::Unstated, body.as_bytes()).unwrap_err();
            assert_eq!(
                (refused.status_code().as_u16(), refused.text()),
                (422, text),
                "{body}"
            );
        }
    }
}
