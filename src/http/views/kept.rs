//! What of a report shows only once it is kept: it depends on what else the project has.

use bugle_storage::records::{CustomValue, Issue, ReleaseReference};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Values of custom fields as an object: text, or a list of texts.
#[derive(Debug)]
pub(super) struct CustomValues<'a>(pub(super) &'a [(String, CustomValue)]);

impl Serialize for CustomValues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            match value {
                CustomValue::One(text) => map.serialize_entry(name, text)?,
                CustomValue::Many(texts) => map.serialize_entry(name, texts)?,
            }
        }
        map.end()
    }
}

/// The release of a report; a label is from before releases were kept.
pub(super) fn release_id(issue: &Issue) -> Option<u64> {
    match issue.release {
        Some(ReleaseReference::Id(id)) => Some(id),
        Some(ReleaseReference::Label(_)) | None => None,
    }
}
