//! The wrapper of each kind of report: `issue`, `feature_request`, `ticket`. Inside all have the same fields.

use std::fmt;
use std::marker::PhantomData;

use bugle_storage::records::ReportKind;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, IgnoredAny, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::IssueBody;
use crate::http::body::decode_pairs;
use crate::http::error::ApiError;
use crate::http::request_body::Body;

/// The fields of a report of this kind, wrapped in its own name or flat.
pub fn body_of(kind: ReportKind, body: &Body) -> Result<IssueBody, ApiError> {
    match kind {
        ReportKind::Bug => body.decode(),
        ReportKind::FeatureRequest => body.decode::<Renamed<FeatureRequest>>().map(|body| body.fields),
        ReportKind::SupportTicket => body.decode::<Renamed<Ticket>>().map(|body| body.fields),
    }
}

/// The same of fields of a form of which others may still come.
pub fn body_of_pairs(kind: ReportKind, pairs: &[(String, String)]) -> Result<IssueBody, ApiError> {
    match kind {
        ReportKind::Bug => decode_pairs(pairs),
        ReportKind::FeatureRequest => decode_pairs::<Renamed<FeatureRequest>>(pairs).map(|body| body.fields),
        ReportKind::SupportTicket => decode_pairs::<Renamed<Ticket>>(pairs).map(|body| body.fields),
    }
}

/// What a kind of report is wrapped in.
trait Wrapper {
    const NAME: &'static str;
}

struct FeatureRequest;

impl Wrapper for FeatureRequest {
    const NAME: &'static str = "feature_request";
}

struct Ticket;

impl Wrapper for Ticket {
    const NAME: &'static str = "ticket";
}

/// The fields of an issue whose wrapper has another name. What is wrapped in `issue` is unknown to it, and ignored.
struct Renamed<W> {
    fields: IssueBody,
    wrapper: PhantomData<W>,
}

impl<'de, W: Wrapper> Deserialize<'de> for Renamed<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RenamedVisitor(PhantomData))
    }
}

struct RenamedVisitor<W>(PhantomData<W>);

impl<'de, W: Wrapper> Visitor<'de> for RenamedVisitor<W> {
    type Value = Renamed<W>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        let renaming = Renaming {
            entries,
            wrapper: self.0,
        };
        Ok(Renamed {
            fields: IssueBody::deserialize(MapAccessDeserializer::new(renaming))?,
            wrapper: PhantomData,
        })
    }
}

struct Renaming<A, W> {
    entries: A,
    wrapper: PhantomData<W>,
}

impl<'de, A: MapAccess<'de>, W: Wrapper> MapAccess<'de> for Renaming<A, W> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        const OF_ISSUES: &str = "issue";
        while let Some(key) = self.entries.next_key::<String>()? {
            if key == W::NAME {
                return seed.deserialize(OF_ISSUES.into_deserializer()).map(Some);
            }
            if key != OF_ISSUES {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            self.entries.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.entries.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::{Encoding, decode};

    fn titles(body: &str) -> [Option<String>; 3] {
        fn title(fields: Result<IssueBody, ApiError>) -> Option<String> {
            fields.ok()?.into_fields().title.map(|title| title.0)
        }
        let encoding = Encoding::Unstated;
        [
            title(decode::<IssueBody>(encoding, body.as_bytes())),
            title(decode::<Renamed<FeatureRequest>>(encoding, body.as_bytes()).map(|body| body.fields)),
            title(decode::<Renamed<Ticket>>(encoding, body.as_bytes()).map(|body| body.fields)),
        ]
    }

    #[test]
    fn each_kind_has_a_wrapper_of_its_own() {
        let some = |text: &str| Some(text.to_owned());
        for (body, expected) in [
            (r#"{"title":"a"}"#, [some("a"), some("a"), some("a")]),
            (
                r#"{"issue":{"title":"a"},"feature_request":{"title":"b"},"title":"c"}"#,
                [some("a"), some("b"), some("c")],
            ),
            ("ticket[title]=a&issue=1", [None, None, some("a")]),
            (r#"{"feature_request":"x"}"#, [None, None, None]),
        ] {
            assert_eq!(titles(body), expected, "{body}");
        }
        let wrong = r#"{"feature_request":{"title":[]}}"#;
        let refused = decode::<Renamed<FeatureRequest>>(Encoding::Json, wrong.as_bytes());
        assert_eq!(refused.err().unwrap().text(), "title must be text");
    }
}
