use actix_web::ResponseError;
use actix_web::http::header::HeaderValue;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Sample {
    name: Option<Text>,
    draft: Option<Flag>,
    count: Option<Integer>,
    values: Option<Entries<Text>>,
    issue: Option<Box<Sample>>,
}

fn json(body: &str) -> Result<Sample, ApiError> {
    decode(Encoding::Json, body.as_bytes())
}

#[track_caller]
fn refused(result: Result<Sample, ApiError>) -> (u16, String) {
    let error = result.expect_err("should be refused");
    (error.status_code().as_u16(), error.text().to_owned())
}

#[test]
fn a_content_type_names_an_encoding() {
    let encoding = |value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
        Encoding::of(&headers).map_err(|error| error.status_code().as_u16())
    };
    assert_eq!(Encoding::of(&HeaderMap::new()).unwrap(), Encoding::Unstated);
    for (value, expected) in [
        ("application/json", Ok(Encoding::Json)),
        ("Application/JSON; charset=utf-8", Ok(Encoding::Json)),
        ("application/vnd.api+json", Ok(Encoding::Json)),
        (
            "application/x-www-form-urlencoded;charset=UTF-8",
            Ok(Encoding::UrlEncoded),
        ),
        ("multipart/form-data; boundary=x", Ok(Encoding::Multipart)),
        ("", Ok(Encoding::Unstated)),
        ("text/plain;charset=UTF-8", Err(415)),
        ("application/xml", Err(415)),
        ("image/png", Err(415)),
    ] {
        assert_eq!(encoding(value), expected, "{value}");
    }
}

#[test]
fn an_empty_body_is_an_empty_object() {
    for encoding in [
        Encoding::Json,
        Encoding::UrlEncoded,
        Encoding::Unstated,
        Encoding::Multipart,
    ] {
        for body in ["", " \r\n", "\u{feff}"] {
            assert_eq!(
                decode::<Sample>(encoding, body.as_bytes()).unwrap(),
                Sample::default(),
                "{encoding:?}"
            );
        }
    }
}

#[test]
fn an_unstated_encoding_is_told_by_the_first_byte() {
    let name = |body: &str| {
        decode::<Sample>(Encoding::Unstated, body.as_bytes())
            .unwrap()
            .name
            .unwrap()
            .0
    };
    assert_eq!(name(" {\"name\":\"x\"}"), "x");
    assert_eq!(name("\u{feff}{\"name\":\"x\"}"), "x");
    assert_eq!(name("name=x"), "x");
}

#[test]
fn flags_and_numbers_are_read_however_they_are_written() {
    for (written, expected) in [
        ("true", true),
        ("\"True\"", true),
        ("\" TRUE \"", true),
        ("1", true),
        ("\"1\"", true),
        ("false", false),
        ("\"False\"", false),
        ("0", false),
        ("\"\"", false),
    ] {
        let read = json(&format!("{{\"draft\":{written}}}")).unwrap();
        assert_eq!(read.draft, Some(Flag(expected)), "{written}");
    }
    for (written, expected) in [
        ("7", Some(7)),
        ("\"7\"", Some(7)),
        ("-7", Some(-7)),
        ("7.0", Some(7)),
        ("\"\"", None),
    ] {
        let read = json(&format!("{{\"count\":{written}}}")).unwrap();
        assert_eq!(read.count, Some(Integer(expected)), "{written}");
    }
    for (written, expected) in [
        ("\"a\"", "a"),
        ("7", "7"),
        ("-7", "-7"),
        ("1.5", "1.5"),
        ("255.0", "255"),
        ("1e300", "1e+300"),
        ("true", "true"),
        ("\"\\u00f6\"", "\u{f6}"),
    ] {
        let read = json(&format!("{{\"name\":{written}}}")).unwrap();
        assert_eq!(read.name, Some(Text(expected.to_owned())), "{written}");
    }
    assert_eq!(
        json("{\"name\":null,\"draft\":null,\"count\":null,\"values\":null}").unwrap(),
        Sample::default()
    );
}

#[test]
fn entries_keep_their_order_and_their_number_is_bounded() {
    let read = json(r#"{"values":{"b":1,"a":"x","gone":null,"b":2}}"#)
        .unwrap()
        .values
        .unwrap();
    let expected = [("b", "2"), ("a", "x")].map(|(name, value)| (name.to_owned(), Text(value.to_owned())));
    assert_eq!(read.entries, expected);
    assert_eq!(
        json(r#"{"values":[]}"#).unwrap().values,
        Some(Entries::default()),
        "Lua's empty table"
    );

    let many: serde_json::Map<String, Value> = (0..1000).map(|n| (n.to_string(), json!(n))).collect();
    let read = json(&json!({ "values": many }).to_string())
        .unwrap()
        .values
        .unwrap();
    assert_eq!(
        (read.entries.len(), read.truncated),
        (Entries::<Text>::COUNT_MAX, true)
    );
}

#[test]
fn a_wrong_type_is_422_and_named() {
    for (body, text) in [
        (r#"{"draft":"perhaps"}"#, "draft must be true or false"),
        (r#"{"draft":2}"#, "draft must be true or false"),
        (r#"{"draft":"\f"}"#, "draft must be true or false"),
        (r#"{"issue":{"name":["x"]}}"#, "name must be text"),
        (r#"{"issue":{"values":{"mood":{}}}}"#, "values.mood must be text"),
        (r#"{"values":["x"]}"#, "values must be an object"),
        (r#"{"count":1.5}"#, "count must be a whole number"),
        (
            r#"{"count":"expected at line 1"}"#,
            "count must be a whole number",
        ),
        (r#"{"name":"a","name":"b"}"#, "name is given more than once"),
    ] {
        assert_eq!(refused(json(body)), (422, text.to_owned()), "{body}");
    }
    let form = decode::<Sample>(Encoding::UrlEncoded, b"issue[name][x]=1");
    assert_eq!(refused(form), (422, "name must be text".to_owned()));
}

#[test]
fn broken_syntax_is_400() {
    for body in [
        "{",
        "{\"name\":}",
        "{\"name\":\"x\"} x",
        "[]",
        "null",
        "\"x\"",
        "{\"name\":\"\u{1}\"}",
    ] {
        assert_eq!(refused(json(body)).0, 400, "{body}");
    }
    assert_eq!(refused(decode(Encoding::Json, b"{\"name\":\"\xff\"}")).0, 400);
}

#[test]
fn json_that_claims_to_be_a_form_is_told_so() {
    let (status, message) = refused(decode(Encoding::UrlEncoded, b" {\"name\": \"x\"}"));
    assert_eq!(status, 400);
    assert!(message.contains("application/json"), "{message}");
}

#[test]
fn depth_and_number_of_fields_are_bounded() {
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    assert_eq!(refused(json(&deep)).0, 400);
    let deep = "{\"issue\":".repeat(100_000);
    assert_eq!(refused(json(&deep)).0, 400);
    let many = "a=1&".repeat(FORM_FIELDS_MAX + 1);
    assert_eq!(refused(decode(Encoding::UrlEncoded, many.as_bytes())).0, 400);
}

proptest! {
    #[test]
    fn no_bytes_do_harm(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for encoding in [Encoding::Json, Encoding::UrlEncoded, Encoding::Unstated] {
            let _ = decode::<Sample>(encoding, &body);
        }
    }

    #[test]
    fn no_form_does_harm(body in "([a-c\\[\\]&=%5BbDd+]|issue|values|name|\\[\\]){0,40}") {
        let _ = decode::<Sample>(Encoding::UrlEncoded, body.as_bytes());
    }
}
