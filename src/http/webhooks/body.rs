//! What a request says of a webhook, checked field by field.

use bugle_actors::{NewWebhook, WebhookEdit};
use bugle_storage::records::{EventKind, EventKinds};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::body::{Flag, Text, Wrapped};
use crate::http::error::{ApiError, FieldError, none_or};
use crate::http::openapi::fields;
use crate::http::text_rules::optional_text;
use crate::webhooks::Targets;

/// The longest description, in characters.
const DESCRIPTION_LENGTH_MAX: usize = 500;
/// The most names of events in one request; there are fewer.
const NAMES_MAX: usize = 100;

/// The fields, flat or wrapped in `webhook`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct WebhookBody {
    #[schema(schema_with = fields::webhook_url)]
    url: Option<Text>,
    #[schema(schema_with = fields::text_of::<DESCRIPTION_LENGTH_MAX>)]
    description: Option<Text>,
    #[schema(schema_with = fields::event_names)]
    events: Option<Vec<Text>>,
    #[schema(schema_with = fields::flag)]
    active: Option<Flag>,
}

impl Wrapped for WebhookBody {
    const WRAPPER: &'static str = "webhook";
}

/// Whether owners can choose this kind of event. A test is sent whatever was chosen.
pub fn can_be_chosen(kind: EventKind) -> bool {
    kind != EventKind::WebhookTest
}

impl WebhookBody {
    /// A webhook to be made. Where no events are named it hears of all, and it is on unless it says otherwise.
    pub(super) fn check_new(self, targets: &Targets) -> Result<NewWebhook, ApiError> {
        let mut problems = Vec::new();
        let every_kind = EventKind::ALL.iter().filter(|kind| can_be_chosen(**kind));
        let all = every_kind.fold(EventKinds::default(), |kinds, kind| kinds.with(*kind));
        let new = NewWebhook {
            url: checked_url(&self.url.unwrap_or_default(), targets, &mut problems),
            description: description(self.description, &mut problems),
            events: self.events.map_or(all, |names| kinds(&names, &mut problems)),
            active: self.active.is_none_or(|flag| flag.0),
        };
        none_or(problems, new)
    }

    /// A change to a webhook: what is absent stays.
    pub(super) fn check_edit(self, targets: &Targets) -> Result<WebhookEdit, ApiError> {
        let mut problems = Vec::new();
        let edit = WebhookEdit {
            url: self.url.map(|url| checked_url(&url, targets, &mut problems)),
            description: self
                .description
                .map(|text| description(Some(text), &mut problems)),
            events: self.events.map(|names| kinds(&names, &mut problems)),
            active: self.active.map(|flag| flag.0),
        };
        none_or(problems, edit)
    }
}

fn description(text: Option<Text>, problems: &mut Vec<FieldError>) -> Option<String> {
    optional_text("description", text, DESCRIPTION_LENGTH_MAX, problems)
}

/// The address as it is written from now on.
fn checked_url(text: &Text, targets: &Targets, problems: &mut Vec<FieldError>) -> String {
    let text = text.0.trim();
    if text.is_empty() {
        problems.push(FieldError::new("url", "can't be blank"));
        return String::new();
    }
    match targets.check(text) {
        Ok(url) => url.into(),
        Err(problem) => {
            problems.push(FieldError::new("url", problem.to_string()));
            String::new()
        }
    }
}

fn kinds(names: &[Text], problems: &mut Vec<FieldError>) -> EventKinds {
    let mut kinds = EventKinds::default();
    // A form that empties the list sends one empty entry.
    let names = names
        .iter()
        .map(|name| name.0.trim())
        .filter(|name| !name.is_empty());
    for name in names.take(NAMES_MAX) {
        let Some(kind) = EventKind::from_name(name).filter(|kind| can_be_chosen(*kind)) else {
            problems.push(FieldError::new("events", "has a name that no event has"));
            return kinds;
        };
        kinds = kinds.with(kind);
    }
    if kinds == EventKinds::default() {
        problems.push(FieldError::new("events", "must name at least one event"));
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::Record;

    fn body(json: &str) -> WebhookBody {
        serde_json::from_str::<Record<WebhookBody>>(json).unwrap().0
    }

    #[test]
    fn a_webhook_hears_of_all_unless_it_says_of_what() {
        let new = |json: &str| body(json).check_new(&Targets::default());
        let all = new(r#"{"url": "https://a.example"}"#).unwrap();
        assert_eq!(all.events.iter().count(), EventKind::ALL.len() - 1);
        assert!(all.active);
        let some =
            r#"{"webhook": {"url": "https://a.example", "events": ["issue.created", "token.revoked"]}}"#;
        let chosen: Vec<_> = new(some).unwrap().events.iter().collect();
        assert_eq!(chosen, [EventKind::IssueCreated, EventKind::TokenRevoked]);
        for events in ["[]", r#"[""]"#, r#"["issue.*"]"#, r#"["webhook.test"]"#] {
            let refused = new(&format!(r#"{{"url": "https://a.example", "events": {events}}}"#));
            let text = refused.unwrap_err().text().to_owned();
            assert!(text.starts_with("events "), "{events}: {text}");
        }
    }

    #[test]
    fn an_address_is_named_where_it_is_not_right() {
        for url in ["", "hooks", "http://a.example", "https://10.0.0.1"] {
            let new = body(&format!(r#"{{"url": "{url}"}}"#)).check_new(&Targets::default());
            let text = new.unwrap_err().text().to_owned();
            assert!(text.starts_with("url "), "{url}: {text}");
            let edit = body(&format!(r#"{{"url": "{url}"}}"#)).check_edit(&Targets::default());
            assert!(edit.is_err(), "{url}");
        }
    }
}
