//! What somebody has written is not lost when a form is refused.

use support::{Launch, Multipart, Request, Response, Server};

use crate::{browse, own_page, sign_in};

/// A page with forms.
pub(crate) struct FormPage {
    /// The token that its forms carry.
    token: String,
    /// The cookie of the session or the visit that goes with it.
    cookie: String,
    html: String,
}

impl FormPage {
    /// The hidden fields of the form that goes to an address.
    pub(crate) fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let form = self.html.split(&format!("action=\"{action}\"")).nth(1);
        let form = form.unwrap_or_else(|| panic!("no form goes to {action}: {}", self.html));
        let form = form.split("</form>").next().unwrap_or_default();
        let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
        let pair = |input: &str| {
            let mut parts = input.split('"');
            let name = parts.next().unwrap_or_default();
            (name.to_owned(), parts.nth(1).unwrap_or_default().to_owned())
        };
        inputs.map(pair).collect()
    }
}

pub(crate) fn form_of(server: &Server, path: &str, cookie: Option<&str>) -> FormPage {
    let request = match cookie {
        Some(cookie) => browse(path).header("Cookie", cookie),
        None => browse(path),
    };
    let page = server.send(&request).expect_status(200);
    let set = page.header("Set-Cookie").and_then(|set| set.split(';').next());
    FormPage {
        token: token_in(&page),
        cookie: cookie.or(set).expect("a cookie").to_owned(),
        html: page.text(),
    }
}

fn token_in(page: &Response) -> String {
    let text = page.text();
    let token = text.split("name=\"form_token\" value=\"").nth(1);
    let token = token.unwrap_or_else(|| panic!("no form in {text}"));
    token.split('"').next().unwrap_or_default().to_owned()
}

const RELEASE: [(&str, &str); 3] = [
    ("label", "1.2.0"),
    ("summary", "<b>Caves</b>\r\nand \"more\""),
    ("description", ""),
];

fn with<'a>(token: &'a str, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("form_token", token), ("form_key", "k")], fields].concat()
}

fn releases(server: &Server) -> usize {
    let listed = server.send(&Request::get(server.path("releases.json")).bearer(server.personal_token()));
    listed.expect_status(200).json().as_array().map_or(0, Vec::len)
}

#[test]
fn a_form_that_is_out_of_date_is_shown_again_and_sent_by_a_second_click() {
    let server = Server::start();
    let first = sign_in(&server);
    let path = format!("/projects/{}/releases", server.project());
    let FormPage { token, .. } = form_of(&server, &format!("{path}/new"), Some(&first));
    // Signed in anew meanwhile, in another window.
    let second = sign_in(&server);
    let send = |fields: &[(&str, &str)]| {
        server.send(
            &own_page(Request::post(&path))
                .header("Cookie", &second)
                .form(fields),
        )
    };
    let again = send(&with(&token, &RELEASE)).expect_status(403);
    assert_eq!(releases(&server), 0, "nothing is done without a click");
    let text = again.text();
    for expected in [
        "out of date",
        "<dd class=\"text\"><bdi>1.2.0</bdi></dd>",
        "<bdi>&#60;b&#62;Caves&#60;/b&#62;\r\nand &#34;more&#34;</bdi>",
        "<textarea name=\"summary\" hidden>\n&#60;b&#62;Caves&#60;/b&#62;\r\nand",
        &format!("action=\"{path}\""),
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    assert!(!text.contains(&token), "the old token is not carried on: {text}");
    send(&with(&token_in(&again), &RELEASE)).expect_status(303);
    assert_eq!(releases(&server), 1);
}

#[test]
fn what_another_page_made_up_is_not_put_before_anybody() {
    let server = Server::start();
    let cookie = sign_in(&server);
    let path = format!("/projects/{}/releases", server.project());
    for (header, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "none"),
        ("Origin", "https://other.example"),
        ("Origin", "null"),
        ("X-Nothing", "said"),
    ] {
        let request = Request::post(&path)
            .header("Accept", "text/html")
            .header("Cookie", &cookie)
            .header(header, value);
        let refused = server.send(&request.form(&RELEASE)).expect_status(403);
        let text = refused.text();
        assert!(!text.contains("1.2.0"), "{header}: {value}: {text}");
    }
    assert_eq!(releases(&server), 0);
}

#[test]
fn a_password_is_not_echoed() {
    let server = Server::start();
    let cookie = sign_in(&server);
    let fields = [
        ("form_token", "x"),
        ("current_password", "the old secret"),
        ("password", "the new secret"),
        ("name", "Ada"),
    ];
    let request = own_page(Request::post("/profiles/me")).header("Cookie", &cookie);
    let text = server.send(&request.form(&fields)).expect_status(403).text();
    assert!(text.contains("<bdi>Ada</bdi>"), "{text}");
    assert!(!text.contains("secret"), "{text}");
    let asked = text.matches("type=\"password\"").count();
    assert_eq!(asked, 2, "both are asked for: {text}");
}

/// Lets anybody report to the project, and gives the address of its form.
fn open_form(server: &Server) -> String {
    let open = Request::new("PATCH", server.path("")).bearer(server.personal_token());
    let allowed = server.send(&open.json(&serde_json::json!({"anonymous_reports": true})));
    allowed.expect_status(200);
    format!("/projects/{}/report", server.project())
}

const REPORT: [(&str, &str); 3] = [
    ("kind", "bug"),
    ("title", "Falls"),
    (
        "description",
        "The player falls through the floor near the fountain.",
    ),
];

#[test]
fn the_public_report_form_outlives_its_visit() {
    let server = Server::start();
    let path = open_form(&server);
    let FormPage { token, .. } = form_of(&server, &path, None);
    let fields = with(&token, &REPORT);
    // The cookie of the visit is gone.
    let again = server.send(&own_page(Request::post(&path)).form(&fields));
    let again = again.expect_status(403);
    let text = again.text();
    assert!(
        text.contains("fountain") && text.contains("type=\"file\" name=\"screenshot\""),
        "{text}"
    );
    let cookie = again.header("Set-Cookie").expect("a new visit");
    let cookie = cookie.split(';').next().unwrap_or_default();
    let token = token_in(&again);
    let fields = with(&token, &REPORT);
    let sent = own_page(Request::post(&path))
        .header("Cookie", cookie)
        .form(&fields);
    server.send(&sent).expect_status(303);
}

#[test]
fn a_public_report_that_cannot_be_taken_now_is_shown_again_with_its_text() {
    let mut known = Server::start();
    let path = open_form(&known);
    known.stop();
    // Nothing can be written: less is free than is to be kept free.
    let all_of_it = ["--reserve-mib", "1000000000"];
    let server = Launch::new().with_data(known.data()).with_args(all_of_it).start();
    let FormPage { token, cookie, .. } = form_of(&server, &path, None);
    let request = own_page(Request::post(&path)).header("Cookie", &cookie);
    let fields = with(&token, &REPORT);
    let parts = fields
        .iter()
        .fold(Multipart::new(), |parts, (name, value)| parts.text(name, value));
    let with_picture = parts.file("screenshot", "a.png", "image/png", b"\x89PNG\r\n\x1a\n and so on");
    for request in [request.clone().form(&fields), request.multipart(with_picture)] {
        let refused = server.send(&request);
        assert!(matches!(refused.status, 503 | 507), "{refused:?}");
        let text = refused.text();
        assert!(text.contains("near the fountain.</textarea>"), "{text}");
        assert!(text.contains("value=\"Falls\""), "{text}");
        assert!(
            text.contains("Your report was not sent") || text.contains("It is not certain"),
            "{text}"
        );
        assert!(
            text.contains("name=\"form_key\" value=\"k\""),
            "the key is another one: {text}"
        );
        assert!(refused.header("Retry-After").is_some(), "{refused:?}");
    }
}

#[test]
fn what_nobody_has_typed_is_not_echoed() {
    let server = Server::start();
    let path = open_form(&server);
    let FormPage { token, cookie, .. } = form_of(&server, &path, None);
    let long = "<".repeat(300 << 10);
    let name = "<".repeat(200);
    let send = |fields: &[(&str, &str)]| {
        let request = own_page(Request::post(&path)).header("Cookie", &cookie);
        server.send(&request.form(fields))
    };
    let mut answers = Vec::new();
    for (field, value) in [("description", &*long), (&*name, "x"), (&*long, "x")] {
        answers.push(send(&[("form_token", "x"), ("title", "Falls"), (field, value)]).expect_status(403));
    }
    let wrong = [
        ("form_token", &*token),
        ("kind", "support"),
        ("description", &*long),
        ("reporter_email", "nobody"),
    ];
    answers.push(send(&wrong).expect_status(422));
    for answer in answers {
        let size = answer.text().len();
        assert!(size < 20_000, "{size} bytes are answered");
    }
}

#[test]
fn a_changed_comment_that_is_too_long_comes_back_with_its_text() {
    let server = Server::start();
    let cookie = sign_in(&server);
    server.report("Falls", "").expect_status(201);
    let comments = server.path("issues/1/comments.json");
    let said = Request::post(&comments).bearer(server.personal_token());
    let said = server
        .send(&said.json(&serde_json::json!({"body": "Seen it."})))
        .expect_status(201);
    let id = said.json()["id"].as_u64().expect("a number");
    let report = format!("/projects/{}/issues/1", server.project());
    let FormPage { token, .. } = form_of(&server, &report, Some(&cookie));
    let long = format!("Long ago {}", "x".repeat(64 << 10));
    let edit = own_page(Request::post(format!("{report}/comments/{id}"))).header("Cookie", &cookie);
    let refused = server.send(&edit.form(&[("form_token", &token), ("body", &long)]));
    let text = refused.expect_status(422).text();
    assert!(
        text.contains("name=\"body\"") && text.contains(&long),
        "the text is lost"
    );
    assert!(text.contains("class=\"problem\""), "nothing says why");
}
