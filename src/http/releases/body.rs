//! What a request says of a release, checked field by field.

use bugle_actors::NewRelease;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::body::{Text, Wrapped};
use crate::http::error::{ApiError, FieldError, none_or};
use crate::http::openapi::fields;
use crate::http::text_rules::{optional_text, required_line};

/// The longest label, in characters: as long as a report's `release_label` may be.
const LABEL_LENGTH_MAX: usize = 255;
/// The longest summary, in characters.
const SUMMARY_LENGTH_MAX: usize = 1000;
/// The longest description, in characters.
const DESCRIPTION_LENGTH_MAX: usize = 20_000;
/// The longest link, in characters.
const LINK_LENGTH_MAX: usize = 2000;

/// The fields, flat or wrapped in `release`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct ReleaseBody {
    #[schema(schema_with = fields::line_of::<LABEL_LENGTH_MAX>)]
    label: Option<Text>,
    #[schema(schema_with = fields::text_of::<SUMMARY_LENGTH_MAX>)]
    summary: Option<Text>,
    #[schema(schema_with = fields::text_of::<DESCRIPTION_LENGTH_MAX>)]
    description: Option<Text>,
    #[schema(schema_with = fields::link)]
    download_link: Option<Text>,
}

impl Wrapped for ReleaseBody {
    const WRAPPER: &'static str = "release";
}

impl ReleaseBody {
    /// A release to be made.
    pub(super) fn check(self) -> Result<NewRelease, ApiError> {
        let mut problems = Vec::new();
        let new = NewRelease {
            label: required_line("label", self.label, LABEL_LENGTH_MAX, &mut problems),
            summary: optional_text("summary", self.summary, SUMMARY_LENGTH_MAX, &mut problems),
            description: optional_text(
                "description",
                self.description,
                DESCRIPTION_LENGTH_MAX,
                &mut problems,
            ),
            download_link: link(self.download_link, &mut problems),
        };
        none_or(problems, new)
    }
}

/// People follow it from web pages, so it must not be a script.
fn link(text: Option<Text>, problems: &mut Vec<FieldError>) -> Option<String> {
    let link = optional_text("download_link", text, LINK_LENGTH_MAX, problems)?;
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| link.strip_prefix(scheme));
    let is_link = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'));
    if is_link && !link.contains(char::is_whitespace) {
        return Some(link);
    }
    let problem = "must be an address that begins with https:// or http://";
    problems.push(FieldError::new("download_link", problem));
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::Record;

    fn check(json: &str) -> Result<NewRelease, ApiError> {
        serde_json::from_str::<Record<ReleaseBody>>(json)
            .unwrap()
            .0
            .check()
    }

    #[test]
    fn what_is_blank_is_absent() {
        let expected = NewRelease {
            label: "1.2.3".to_owned(),
            ..NewRelease::default()
        };
        let blank = r#"{"label": " 1.2.3 ", "summary": " ", "description": null, "download_link": ""}"#;
        assert_eq!(check(blank).unwrap(), expected);
    }

    #[test]
    fn a_link_is_one_that_a_browser_may_follow() {
        let link = |link: &str| check(&format!(r#"{{"label": "1", "download_link": "{link}"}}"#));
        assert!(link("https://example.org/get?v=1.2").is_ok());
        for bad in [
            "javascript:alert(1)",
            "example.org",
            "https://",
            "https:///get",
            "http://a b",
        ] {
            let refusal = link(bad).unwrap_err();
            assert!(refusal.text().starts_with("download_link must be"), "{bad}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let long = "x".repeat(LABEL_LENGTH_MAX + 1);
        let refusal = check(&format!(r#"{{"label": "{long}", "download_link": "x"}}"#)).unwrap_err();
        assert!(
            refusal.text().contains("label is too long") && refusal.text().contains("download_link"),
            "{refusal}"
        );
    }
}
