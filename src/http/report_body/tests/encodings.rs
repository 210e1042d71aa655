//! Properties: the encodings agree, and nothing does harm.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::*;
use super::sentences;
use crate::http::body::{Encoding, decode, decode_pairs};
use crate::http::error::ApiError;

/// A report as a list of pairs with bracket names, which is what forms carry.
fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    // No byte-order mark and no lone control: JSON and forms must agree on the rest.
    let text = "[a-zA-Z0-9 .,!?&=%+\\[\\]\"\\\\/\u{f6}\u{1f41b}\n\t]{0,40}";
    let name = "[a-z\u{f6}_ ]{1,8}";
    let fields = proptest::collection::vec((name, text), 0..6);
    let lists = proptest::collection::vec(proptest::collection::vec(text, 1..4), 0..3);
    (
        text,
        text,
        proptest::sample::select(vec!["low", "critical"]),
        any::<bool>(),
        fields,
        lists,
    )
        .prop_map(|(title, steps, priority, draft, fields, lists)| {
            let mut pairs = vec![
                ("issue[title]".to_owned(), format!("T{title}")),
                ("issue[description]".to_owned(), format!("{title}{steps}")),
                ("issue[unformatted_steps_to_reproduce]".to_owned(), steps),
                ("issue[priority]".to_owned(), priority.to_owned()),
                ("draft".to_owned(), draft.to_string()),
                ("user[email]".to_owned(), "jo@studio.example".to_owned()),
            ];
            pairs.extend(
                fields
                    .into_iter()
                    .map(|(name, value)| (format!("issue[custom][{name}]"), value)),
            );
            for (number, list) in lists.into_iter().enumerate() {
                pairs.extend(
                    list.into_iter()
                        .map(|value| (format!("issue[custom][list{number}][]"), value)),
                );
            }
            pairs
        })
}

fn urlencoded(pairs: &[(String, String)], upper: bool) -> String {
    let encode = |text: &str| -> String {
        let code = |byte: u8| {
            if upper {
                format!("%{byte:02X}")
            } else {
                format!("%{byte:02x}")
            }
        };
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
                b' ' => "+".to_owned(),
                other => code(other),
            })
            .collect()
    };
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
        .collect();
    pairs.join("&")
}

/// JSON text written by hand, since `serde_json::Value` does not keep the order of keys.
fn to_json(pairs: &[(String, String)], wrapped: bool) -> String {
    let quote = |text: &str| Value::from(text).to_string();
    let mut custom: Vec<(String, Vec<String>, bool)> = Vec::new();
    let mut fields = Vec::new();
    let mut outside = Vec::new();
    for (key, value) in pairs {
        if let Some(name) = key.strip_prefix("issue[custom][") {
            let (name, is_list) = name
                .strip_suffix("][]")
                .map_or((name.trim_end_matches(']'), false), |name| (name, true));
            match custom.iter_mut().find(|(known, ..)| known == name) {
                Some((_, values, true)) => values.push(quote(value)),
                Some((_, values, false)) => *values = vec![quote(value)],
                None => custom.push((name.to_owned(), vec![quote(value)], is_list)),
            }
        } else if let Some(name) = key.strip_prefix("issue[") {
            fields.push(format!("{}:{}", quote(name.trim_end_matches(']')), quote(value)));
        } else if key == "draft" {
            outside.push(format!("\"draft\":{value}"));
        } else {
            outside.push(format!("\"user\":{{\"email\":{}}}", quote(value)));
        }
    }
    let custom: Vec<_> = custom
        .iter()
        .map(|(name, values, is_list)| {
            let values = values.join(",");
            let value = if *is_list { format!("[{values}]") } else { values };
            format!("{}:{value}", quote(name))
        })
        .collect();
    fields.push(format!("\"custom\":{{{}}}", custom.join(",")));
    let fields = fields.join(",");
    let outside = outside.join(",");
    if wrapped {
        format!("{{\"issue\":{{{fields}}},{outside}}}")
    } else {
        format!("{{{fields},{outside}}}")
    }
}

proptest! {
    #[test]
    fn all_encodings_say_the_same(pairs in pairs()) {
        let issue = |body: Result<IssueBody, _>| {
            let body: IssueBody = body.map_err(|error: ApiError| error.text().to_owned())?;
            ReportedIssue::from_body(body, &Rules::default()).map_err(|errors| sentences(&errors).join("; "))
        };
        let expected = issue(decode_pairs(&pairs));
        prop_assert!(expected.is_ok(), "{expected:?}");
        for body in [to_json(&pairs, false), to_json(&pairs, true)] {
            prop_assert_eq!(&issue(decode(Encoding::Json, body.as_bytes())), &expected, "{}", body);
        }
        for body in [urlencoded(&pairs, false), urlencoded(&pairs, true)] {
            prop_assert_eq!(&issue(decode(Encoding::UrlEncoded, body.as_bytes())), &expected, "{}", body);
        }
    }

    #[test]
    fn no_text_does_harm(title in any::<String>(), description in any::<String>(), key in any::<String>()) {
        let body = json!({"title": title, "description": description, "custom": {&key: key}}).to_string();
        if let Ok(ReportedIssue { issue, .. }) = ReportedIssue::from_body(decode(Encoding::Json, body.as_bytes()).unwrap(), &Rules::default()) {
            prop_assert!(!issue.title.trim().is_empty());
            prop_assert!(!issue.description.contains('\0'));
        }
    }

    #[test]
    fn no_bytes_do_harm(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        for encoding in [Encoding::Json, Encoding::UrlEncoded, Encoding::Unstated] {
            if let Ok(body) = decode::<IssueBody>(encoding, &body) {
                let _ = ReportedIssue::from_body(body, &Rules::default());
            }
        }
    }
}
