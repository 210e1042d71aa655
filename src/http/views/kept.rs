//! What of a report shows only once it is kept: it depends on what else the project has.

use bugle_storage::records::{CustomValue, Issue, ReleaseReference};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::sight::Sight;

/// Values of custom fields as an object: text, or a list of texts. Those that whoever looks may see.
#[derive(Debug)]
pub(super) struct CustomValues<'a> {
    pub(super) values: &'a [(String, CustomValue)],
    pub(super) sight: Sight<'a>,
}

impl Serialize for CustomValues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let told = self
            .values
            .iter()
            .filter(|(name, _)| self.sight.shows_value(name));
        for (name, value) in told {
            match value {
                CustomValue::One(text) => map.serialize_entry(name, text)?,
                CustomValue::Many(texts) => map.serialize_entry(name, texts)?,
            }
        }
        map.end()
    }
}

/// What the client said of the device and the like, as an object of texts.
#[derive(Debug)]
pub(super) struct Extras<'a>(pub(super) &'a [(String, String)]);

impl Serialize for Extras<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The release of a report; a label is from before releases were kept.
pub(super) fn release_id(issue: &Issue) -> Option<u64> {
    match issue.release {
        Some(ReleaseReference::Id(id)) => Some(id),
        Some(ReleaseReference::Label(_)) | None => None,
    }
}
