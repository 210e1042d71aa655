//! What the values of a project's own fields must look like.

use bugle_storage::records::{CustomField, CustomValue, FieldType};

use crate::WrongField;

/// The values of a report as they are kept: those of declared fields under the field's ident and in one spelling, all
/// others as they were sent, because clients send what they like (protocol 5.2). What only developers may set and
/// somebody else sent is left out without a word: a report must not be lost over it. Values that are `vouched` for count
/// as a developer's, and more than those that were sent. All that is wrong is told at once.
pub(super) fn check(
    fields: &[&CustomField],
    sent: Vec<(String, CustomValue)>,
    vouched: Vec<(String, CustomValue)>,
    by_developer: bool,
) -> Result<Vec<(String, CustomValue)>, Vec<WrongField>> {
    let may_set = |field: &CustomField| by_developer || field.tester_settable;
    let mut problems = Vec::new();
    let mut kept: Vec<(String, CustomValue)> = Vec::with_capacity(sent.len());
    let sent = sent.into_iter().map(|entry| (entry, false));
    let vouched = vouched.into_iter().map(|entry| (entry, true));
    for ((key, value), is_vouched) in sent.chain(vouched) {
        let Some(field) = declared(fields, &key) else {
            kept.push((key, value));
            continue;
        };
        if !(is_vouched || may_set(field)) || is_blank(&value) {
            continue;
        }
        match spelled(field, value) {
            Ok(value) => {
                kept.retain(|(key, _)| *key != field.ident);
                kept.push((field.ident.clone(), value));
            }
            Err(problem) => problems.push(wrong(field, problem)),
        }
    }
    let is_missing = |field: &&&CustomField| {
        let is_wrong = |wrong: &WrongField| wrong.field.strip_prefix("custom_fields.") == Some(&field.ident);
        field.required
            && may_set(field)
            && !kept.iter().any(|(key, _)| *key == field.ident)
            && !problems.iter().any(is_wrong)
    };
    let missing: Vec<_> = fields.iter().filter(is_missing).collect();
    problems.extend(
        missing
            .into_iter()
            .map(|field| wrong(field, "can't be blank".to_owned())),
    );
    if problems.is_empty() {
        Ok(kept)
    } else {
        Err(problems)
    }
}

/// The values that are to change, as they are kept; `None` takes one away, which a required field's cannot be. Those of
/// fields that nobody declared change as they were sent.
pub(super) fn check_changes(
    fields: &[&CustomField],
    sent: Vec<(String, CustomValue)>,
) -> Result<Vec<(String, Option<CustomValue>)>, Vec<WrongField>> {
    let mut problems = Vec::new();
    let mut changes = Vec::with_capacity(sent.len());
    for (key, value) in sent {
        match declared(fields, &key) {
            None => changes.push((key, Some(value).filter(|value| !is_blank(value)))),
            Some(field) if is_blank(&value) && field.required => {
                problems.push(wrong(field, "can't be blank".to_owned()));
            }
            Some(field) if is_blank(&value) => changes.push((field.ident.clone(), None)),
            Some(field) => match spelled(field, value) {
                Ok(value) => changes.push((field.ident.clone(), Some(value))),
                Err(problem) => problems.push(wrong(field, problem)),
            },
        }
    }
    if problems.is_empty() {
        Ok(changes)
    } else {
        Err(problems)
    }
}

/// These values with the changes made: a value that changes stays in its place, a new one stands behind the others.
pub(in crate::project) fn overlaid(
    values: &[(String, CustomValue)],
    changes: Vec<(String, Option<CustomValue>)>,
) -> Vec<(String, CustomValue)> {
    let mut values = values.to_vec();
    for (key, change) in changes {
        let place = values.iter().position(|(known, _)| *known == key);
        match (place.and_then(|place| values.get_mut(place)), change) {
            (Some((_, value)), Some(new)) => *value = new,
            (None, Some(new)) => values.push((key, new)),
            (Some(_), None) => values.retain(|(known, _)| *known != key),
            (None, None) => {}
        }
    }
    values
}

/// A value may be sent under its field's ident or name.
fn declared<'a>(fields: &[&'a CustomField], key: &str) -> Option<&'a CustomField> {
    fields
        .iter()
        .find(|field| field.ident == key || field.name == key)
        .copied()
}

fn wrong(field: &CustomField, problem: String) -> WrongField {
    WrongField {
        field: format!("custom_fields.{}", field.ident),
        problem,
    }
}

fn is_blank(value: &CustomValue) -> bool {
    match value {
        CustomValue::One(text) => text.trim().is_empty(),
        CustomValue::Many(texts) => texts.iter().all(|text| text.trim().is_empty()),
    }
}

/// The value in the one spelling of its type, or what it must be.
fn spelled(field: &CustomField, value: CustomValue) -> Result<CustomValue, String> {
    let texts = match value {
        CustomValue::One(text) => vec![text],
        CustomValue::Many(texts) => texts,
    };
    if field.field_type == FieldType::MultiSelect {
        let chosen = texts.into_iter().filter(|text| !text.trim().is_empty());
        let options = chosen
            .map(|text| option(field, &text))
            .collect::<Result<_, _>>()?;
        return Ok(CustomValue::Many(options));
    }
    let [text] = <[String; 1]>::try_from(texts).map_err(|_| "must be one value".to_owned())?;
    let text = match field.field_type {
        FieldType::Text | FieldType::MultiSelect => text,
        FieldType::Select => option(field, &text)?,
        FieldType::Boolean => boolean(&text).ok_or("must be true or false")?.to_owned(),
        FieldType::Number => number(&text).ok_or("must be a number")?,
    };
    Ok(CustomValue::One(text))
}

fn option(field: &CustomField, text: &str) -> Result<String, String> {
    let text = text.trim();
    let known = field.options.iter().find(|option| *option == text);
    known
        .cloned()
        .ok_or_else(|| format!("must be one of {}", field.options.join(", ")))
}

/// Unity writes `True`.
fn boolean(text: &str) -> Option<&'static str> {
    let is_one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text.trim()));
    if is_one_of(&["true", "1", "on", "yes"]) {
        Some("true")
    } else if is_one_of(&["false", "0", "off", "no"]) {
        Some("false")
    } else {
        None
    }
}

/// As it was written, so that no digit is lost.
fn number(text: &str) -> Option<String> {
    let text = text.trim();
    let is_number = text.parse::<f64>().is_ok_and(f64::is_finite);
    is_number.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use bugle_storage::Timestamp;
    use bugle_storage::records::FieldTarget;

    use super::*;

    /// Nothing is vouched for.
    fn check(
        fields: &[&CustomField],
        sent: Vec<(String, CustomValue)>,
        by_developer: bool,
    ) -> Result<Vec<(String, CustomValue)>, Vec<WrongField>> {
        super::check(fields, sent, Vec::new(), by_developer)
    }

    #[test]
    fn a_value_that_is_vouched_for_wins_under_whatever_name_and_may_be_a_developers() {
        let plan = field("Plan", FieldType::Text);
        let tier = CustomField {
            tester_settable: false,
            ..field("Tier", FieldType::Text)
        };
        let one = |key: &str, text: &str| (key.to_owned(), CustomValue::One(text.to_owned()));
        let sent = vec![one("plan", "forged"), one("tier", "forged"), one("other", "x")];
        let vouched = vec![one("Plan", "gold"), one("tier", "3")];
        let kept = super::check(&[&plan, &tier], sent, vouched, false).unwrap();
        assert_eq!(kept, [one("other", "x"), one("plan", "gold"), one("tier", "3")]);
    }

    #[test]
    fn a_change_touches_only_the_values_that_it_names() {
        let level = field("Level", FieldType::Number);
        let stage = CustomField {
            required: true,
            ..field("Stage", FieldType::Text)
        };
        let one = |text: &str| CustomValue::One(text.to_owned());
        let kept = vec![
            ("level".to_owned(), one("1")),
            ("stage".to_owned(), one("alpha")),
            ("other".to_owned(), one("x")),
        ];
        let sent = vec![
            ("Level".to_owned(), one(" 2 ")),
            ("other".to_owned(), one("")),
            ("new".to_owned(), one("y")),
        ];
        let changes = check_changes(&[&level, &stage], sent).unwrap();
        let after = overlaid(&kept, changes);
        let told: Vec<_> = after
            .iter()
            .map(|(key, value)| (key.as_str(), value.clone()))
            .collect();
        assert_eq!(
            told,
            [("level", one("2")), ("stage", one("alpha")), ("new", one("y"))]
        );
        let sent = vec![("stage".to_owned(), one(" ")), ("level".to_owned(), one("many"))];
        let wrong = check_changes(&[&level, &stage], sent).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["custom_fields.stage", "custom_fields.level"]);
    }

    fn field(name: &str, field_type: FieldType) -> CustomField {
        let options = ["PC", "Deck"].map(str::to_owned).to_vec();
        CustomField {
            number: 1,
            ident: name.to_lowercase(),
            name: name.to_owned(),
            field_type,
            applies_to: FieldTarget::Issue,
            required: false,
            tester_settable: true,
            tester_viewable: true,
            options: if field_type.has_options() {
                options
            } else {
                Vec::new()
            },
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            deleted: false,
            former_names: Vec::new(),
        }
    }

    fn one(name: &str, text: &str) -> (String, CustomValue) {
        (name.to_owned(), CustomValue::One(text.to_owned()))
    }

    fn many(name: &str, texts: &[&str]) -> (String, CustomValue) {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        (name.to_owned(), CustomValue::Many(texts))
    }

    fn problems(field: &CustomField, sent: (String, CustomValue)) -> Vec<String> {
        let problems = check(&[field], vec![sent], false).unwrap_err();
        problems
            .iter()
            .map(|wrong| format!("{} {}", wrong.field, wrong.problem))
            .collect()
    }

    #[test]
    fn values_are_kept_in_the_spelling_of_their_type() {
        for (field_type, sent, kept) in [
            (FieldType::Text, one("Where", " a "), one("where", " a ")),
            (FieldType::Select, one("where", " PC"), one("where", "PC")),
            (FieldType::Select, many("where", &["PC"]), one("where", "PC")),
            (FieldType::MultiSelect, one("where", "PC"), many("where", &["PC"])),
            (
                FieldType::MultiSelect,
                many("where", &["Deck", "", "PC"]),
                many("where", &["Deck", "PC"]),
            ),
            (FieldType::Boolean, one("where", "True"), one("where", "true")),
            (FieldType::Boolean, one("where", "0"), one("where", "false")),
            (FieldType::Number, one("where", " 1e3 "), one("where", "1e3")),
        ] {
            let field = field("Where", field_type);
            assert_eq!(
                check(&[&field], vec![sent], false).unwrap(),
                [kept],
                "{field_type:?}"
            );
        }
    }

    #[test]
    fn a_value_of_another_type_is_named() {
        for (field_type, sent, problem) in [
            (FieldType::Text, many("where", &["a", "b"]), "must be one value"),
            (FieldType::Select, one("where", "pc"), "must be one of PC, Deck"),
            (
                FieldType::MultiSelect,
                many("where", &["PC", "Mac"]),
                "must be one of PC, Deck",
            ),
            (FieldType::Boolean, one("where", "maybe"), "must be true or false"),
            (FieldType::Number, one("where", "inf"), "must be a number"),
        ] {
            let field = field("Where", field_type);
            assert_eq!(problems(&field, sent), [format!("custom_fields.where {problem}")]);
        }
    }

    #[test]
    fn what_nobody_declared_is_kept_as_it_is() {
        let field = field("Where", FieldType::Number);
        let sent = vec![many("mods", &["a", "b"]), one("roblox_id", "")];
        assert_eq!(check(&[&field], sent.clone(), false).unwrap(), sent);
    }

    #[test]
    fn only_developers_set_what_testers_may_not() {
        let mut field = field("Where", FieldType::Number);
        field.tester_settable = false;
        field.required = true;
        let sent = || vec![one("where", "7")];
        assert_eq!(check(&[&field], sent(), false).unwrap(), []);
        assert_eq!(check(&[&field], vec![one("where", "x")], false).unwrap(), []);
        assert_eq!(check(&[&field], sent(), true).unwrap(), sent());
        assert!(
            check(&[&field], Vec::new(), true).is_err(),
            "a developer can, so must"
        );
    }

    #[test]
    fn a_required_field_must_have_a_value() {
        let mut field = field("Where", FieldType::Select);
        field.required = true;
        assert_eq!(
            problems(&field, one("other", "x")),
            ["custom_fields.where can't be blank"]
        );
        assert_eq!(
            problems(&field, one("where", " ")),
            ["custom_fields.where can't be blank"]
        );
        assert_eq!(
            problems(&field, one("where", "Mac")),
            ["custom_fields.where must be one of PC, Deck"],
            "and is told once what is wrong with it"
        );
    }

    #[test]
    fn of_two_values_for_one_field_the_later_stands() {
        let field = field("Where", FieldType::Text);
        let sent = vec![one("where", "first"), one("Where", "second")];
        assert_eq!(check(&[&field], sent, false).unwrap(), [one("where", "second")]);
    }
}
