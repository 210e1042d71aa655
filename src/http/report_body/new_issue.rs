//! A new issue, checked.

use bugle_actors::NewIssue;
use bugle_storage::records::{Category, CustomValue, Priority, ReleaseReference};
use chrono::NaiveDate;

use super::validation::{DESCRIPTION_SIZE_MAX, Problems, STEPS_SIZE_MAX, printable};
use super::{CHOICES_MAX, Extra, FieldValue, IssueBody, UserBody, title};
use crate::http::body::{Entries, Flag, Integer, Text};
use crate::http::contact::is_email_address;
use crate::http::error::FieldError;

/// The most custom fields that one issue has values for.
const CUSTOM_FIELDS_MAX: usize = 100;
/// Bytes of the value of one custom field, and of one extra.
const VALUE_SIZE_MAX: usize = 8 << 10;
/// What is said of a text that must be there.
const BLANK: &str = "can't be blank";
/// Characters of the name of a custom field, and of an extra.
pub const ENTRY_NAME_LENGTH_MAX: usize = 255;
/// The most extras of one issue.
const EXTRAS_MAX: usize = 50;

/// What differs from project to project and from caller to caller.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// The fewest characters of a description, not counting blanks around it; 0 asks for none. Clients can wave
    /// it with `skip_description_check`, so it is a help to players and no defence.
    pub description_length_min: usize,
    /// Whether somebody must be named who can be answered, which the caller did not do.
    pub needs_contact: bool,
}

/// What a client reports, checked and complete but for what the server itself knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedIssue {
    /// The issue; that its release exists is not known here.
    pub issue: NewIssue,
    /// A Discord name, which counts only for reports without a token.
    pub discord_username: Option<String>,
    /// A whole log, as it was sent.
    pub logs: Option<String>,
    /// What the project has against it as it is now, and may not have had when the same request came first.
    pub objection: Option<FieldError>,
}

impl ReportedIssue {
    /// Checks a body, wrapped or flat; all that is wrong with it is told at once. What goes by the project's settings
    /// alone is an objection, and no error, where nothing else is wrong.
    pub fn from_body(body: IssueBody, rules: &Rules) -> Result<Self, Vec<FieldError>> {
        let fields = body.into_fields();
        let mut problems = Problems::default();
        let title = problems.line("title", fields.title);
        let skip_length_check = fields.skip_description_check.is_some_and(|flag| flag.0);
        let length_min = if skip_length_check {
            0
        } else {
            rules.description_length_min
        };
        let description = problems.description(fields.description, title.is_some());
        let objection = description
            .as_deref()
            .and_then(|text| too_short(text, length_min));
        let description = description.unwrap_or_default();
        let steps = problems.steps(fields.unformatted_steps_to_reproduce, fields.steps_to_reproduce);
        let is_set = |flag: Option<Flag>| flag.is_some_and(|flag| flag.0);
        let issue = NewIssue {
            title: title.unwrap_or_else(|| title::from_description(&description)),
            steps_to_reproduce: problems
                .text("unformatted_steps_to_reproduce", steps, STEPS_SIZE_MAX)
                .unwrap_or_default(),
            priority: problems
                .named("priority", fields.priority.as_ref())
                .unwrap_or(Priority::Medium),
            category: problems
                .named("category", fields.category.as_ref())
                .unwrap_or(Category::Bug),
            source: problems.line("source", fields.source),
            contact_email: problems.contact(fields.reporter_email, fields.user, rules.needs_contact),
            email_my_report: is_set(fields.email_my_report),
            release: problems.release(fields.release_id, fields.release_label),
            custom_fields: problems.custom_fields(fields.custom_fields, fields.custom),
            extras: problems.extras(fields.extras),
            due_date: problems.date("due_date", fields.due_date.as_ref()),
            draft: is_set(fields.draft),
            description,
        };
        let reported = Self {
            issue,
            discord_username: problems.line("discord_username", fields.discord_username),
            logs: fields.logs.map(|logs| logs.0).filter(|logs| !logs.is_empty()),
            objection,
        };
        if !problems.0.is_empty() {
            problems.0.extend(reported.objection.clone());
        }
        problems.none_or(reported)
    }
}

/// Checks the first fields of a body of which others may still come. What those may mend is no problem yet: a description
/// that is missing, or short.
pub fn check_some(body: IssueBody) -> Result<(), Vec<FieldError>> {
    let mut problems = ReportedIssue::from_body(body, &Rules::default())
        .err()
        .unwrap_or_default();
    problems.retain(|problem| problem.field != "description" || problem.message != BLANK);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// What is wrong with a description that has fewer characters than the project asks for.
fn too_short(description: &str, length_min: usize) -> Option<FieldError> {
    let length = description.trim().chars().take(length_min).count();
    let problem = || format!("is too short (minimum is {length_min} characters)");
    (length < length_min).then(|| FieldError::new("description", problem()))
}

/// Values of custom fields alone, by the rules that those of a report meet.
pub fn checked_custom_values(
    sent: Entries<FieldValue>,
) -> Result<Vec<(String, CustomValue)>, Vec<FieldError>> {
    let mut problems = Problems::default();
    let values = problems.custom_fields(Some(sent), None);
    problems.none_or(values)
}

impl Problems {
    /// Blank beside a title is a description without a character.
    fn description(&mut self, text: Option<Text>, has_title: bool) -> Option<String> {
        match text.filter(|text| !text.0.trim().is_empty()) {
            Some(text) => self.text("description", Some(text), DESCRIPTION_SIZE_MAX),
            None if has_title => Some(String::new()),
            None => {
                self.add("description", BLANK);
                None
            }
        }
    }

    /// What the player typed in counts more than what the game knows (protocol 1.2).
    fn contact(&mut self, typed: Option<Text>, user: Option<UserBody>, is_needed: bool) -> Option<String> {
        let found = self.0.len();
        let typed = self.email("reporter_email", typed);
        let known = self.email("user.email", user.and_then(|user| user.email));
        let email = typed.or(known);
        if is_needed && email.is_none() && self.0.len() == found {
            self.add("reporter_email", "can't be blank");
        }
        email
    }

    fn email(&mut self, field: &'static str, text: Option<Text>) -> Option<String> {
        let email = self.line(field, text.map(|text| Text(text.0.trim().to_owned())))?;
        if is_email_address(&email) {
            return Some(email);
        }
        self.add(field, "is not an e-mail address");
        None
    }

    /// Games send 0 or -1 when they know of no release.
    pub(super) fn release(&mut self, id: Option<Integer>, label: Option<Text>) -> Option<ReleaseReference> {
        let id = id
            .and_then(|id| id.0)
            .and_then(|id| u64::try_from(id).ok())
            .filter(|id| *id > 0);
        // A label that does not count must be right all the same.
        let label = self.line("release_label", label);
        match id {
            Some(id) => Some(ReleaseReference::Id(id)),
            None => label.map(ReleaseReference::Label),
        }
    }

    pub(super) fn date(&mut self, field: &'static str, text: Option<&Text>) -> Option<String> {
        let text = text?.0.trim();
        if text.is_empty() {
            return None;
        }
        // A moment counts as its date.
        let date = text.split_once(['T', 't', ' ']).map_or(text, |(date, _)| date);
        let parsed = NaiveDate::parse_from_str(date, "%Y-%m-%d")
            .ok()
            .filter(|_| date.len() == 10);
        if parsed.is_none() {
            self.add(field, "must be a date such as 2026-11-21");
        }
        parsed.map(|_| date.to_owned())
    }

    pub(super) fn custom_fields(
        &mut self,
        custom_fields: Option<Entries<FieldValue>>,
        custom: Option<Entries<FieldValue>>,
    ) -> Vec<(String, CustomValue)> {
        let mut all = custom_fields.unwrap_or_default();
        let sent = all.sent.max(custom.as_ref().map_or(0, |custom| custom.sent));
        if let Some(custom) = custom {
            all.truncated |= custom.truncated;
            custom
                .entries
                .into_iter()
                .for_each(|(name, value)| all.set(name, value));
        }
        if sent > CUSTOM_FIELDS_MAX || all.truncated || all.entries.len() > CUSTOM_FIELDS_MAX {
            self.add(
                "custom_fields",
                format!("has too many fields (maximum is {CUSTOM_FIELDS_MAX})"),
            );
            return Vec::new();
        }
        let fields = all
            .entries
            .into_iter()
            .map(|(name, value)| (printable(name), value.0));
        fields
            .filter_map(|(name, value)| self.custom_value(name, value))
            .collect()
    }

    fn custom_value(&mut self, name: String, value: CustomValue) -> Option<(String, CustomValue)> {
        let size = match &value {
            CustomValue::One(text) => text.len(),
            CustomValue::Many(texts) => texts.iter().map(String::len).sum(),
        };
        self.check_entry("custom_fields", &name, size)?;
        if matches!(&value, CustomValue::Many(texts) if texts.len() > CHOICES_MAX) {
            let problem = format!("has too many values (maximum is {CHOICES_MAX})");
            self.add(format!("custom_fields.{name}"), problem);
            return None;
        }
        let value = match value {
            CustomValue::One(text) => CustomValue::One(printable(text)),
            CustomValue::Many(texts) => CustomValue::Many(texts.into_iter().map(printable).collect()),
        };
        Some((name, value))
    }

    fn extras(&mut self, extras: Option<Entries<Extra>>) -> Vec<(String, String)> {
        let extras = extras.unwrap_or_default();
        if extras.sent > EXTRAS_MAX {
            self.add("extras", format!("has too many fields (maximum is {EXTRAS_MAX})"));
            return Vec::new();
        }
        let mut checked = Vec::with_capacity(extras.entries.len());
        for (name, extra) in extras.entries {
            let Some(Text(value)) = extra.value else { continue };
            let name = printable(name);
            if self.check_entry("extras", &name, value.len()).is_some() {
                checked.push((name, printable(value)));
            }
        }
        checked
    }

    /// `None` when the entry is to be left out; a nameless one is, without a word.
    fn check_entry(&mut self, field: &'static str, name: &str, size: usize) -> Option<()> {
        if name.trim().is_empty() {
            return None;
        }
        if name.chars().count() > ENTRY_NAME_LENGTH_MAX {
            self.add(
                field,
                format!("has a name that is too long (maximum is {ENTRY_NAME_LENGTH_MAX} characters)"),
            );
            return None;
        }
        if size > VALUE_SIZE_MAX {
            self.add(
                format!("{field}.{name}"),
                format!("is too long (maximum is {VALUE_SIZE_MAX} bytes)"),
            );
            return None;
        }
        Some(())
    }
}
