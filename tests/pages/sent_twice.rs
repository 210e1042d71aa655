//! A double click sends a form twice, and is one wish.

use std::thread;

use support::{Request, Server};

use crate::kept_texts::form_of;
use crate::{own_page, sign_in};

/// What a page's form makes.
struct Form {
    /// Where the page is.
    page: &'static str,
    /// Where its form goes.
    action: &'static str,
    /// Where the API lists what it makes; behind it the list's name, where the list has one.
    listed: (&'static str, Option<&'static str>),
    fields: &'static [(&'static str, &'static str)],
}

const fn form(
    page: &'static str,
    action: &'static str,
    listed: (&'static str, Option<&'static str>),
    fields: &'static [(&'static str, &'static str)],
) -> Form {
    Form {
        page,
        action,
        listed,
        fields,
    }
}

/// Every form of the settings, the account and the list of projects that makes something.
const FORMS: [Form; 9] = [
    form(
        "/projects/new",
        "/projects",
        ("/projects.json", Some("projects")),
        &[("name", "Twice")],
    ),
    form(
        "{p}/releases/new",
        "{p}/releases",
        ("{p}/releases.json", None),
        &[("label", "1.0")],
    ),
    form(
        "{p}/custom_fields/new",
        "{p}/custom_fields",
        ("{p}/custom_fields.json", Some("custom_fields")),
        &[
            ("name", "Level"),
            ("ident", "level"),
            ("field_type", "text"),
            ("applies_to", "issue"),
        ],
    ),
    form(
        "{p}/issue_tags",
        "{p}/issue_tags",
        ("{p}/issue_tags.json", Some("tags")),
        &[("name", "Menu")],
    ),
    form(
        "{p}/identity_keys",
        "{p}/identity_keys",
        ("{p}/identity_keys.json", Some("identity_keys")),
        &[("name", "Back end"), ("algorithm", "HS256")],
    ),
    form(
        "{p}/webhooks/new",
        "{p}/webhooks",
        ("{p}/webhooks.json", Some("webhooks")),
        &[
            ("url", "https://hooks.studio.example/bugle"),
            ("events[]", "issue.created"),
        ],
    ),
    form(
        "{p}/members",
        "{p}/invitations",
        ("{p}/invitations.json", Some("invitations")),
        &[("role", "tester")],
    ),
    form(
        "{p}/auth_tokens/new",
        "{p}/auth_tokens",
        ("{p}/auth_tokens.json", Some("auth_tokens")),
        &[("name", "Twice")],
    ),
    form(
        "/personal_access_tokens/new",
        "/personal_access_tokens",
        ("/personal_access_tokens.json", Some("personal_access_tokens")),
        &[("name", "Twice")],
    ),
];

#[test]
fn a_double_click_makes_one_of_everything() {
    let server = Server::start();
    let cookie = sign_in(&server);
    for wanted in &FORMS {
        let at = |path: &str| path.replace("{p}", &format!("/projects/{}", server.project()));
        let count = || {
            let request = Request::get(at(wanted.listed.0)).bearer(server.personal_token());
            let listed = server.send(&request).expect_status(200).json();
            let list = wanted.listed.1.map_or(&listed, |name| &listed[name]);
            list.as_array()
                .unwrap_or_else(|| panic!("{listed} is no list"))
                .len()
        };
        let before = count();
        let page = form_of(&server, &at(wanted.page), Some(&cookie));
        let carried = page.hidden(&at(wanted.action));
        let mut fields: Vec<_> = carried.iter().map(|(name, value)| (&**name, &**value)).collect();
        fields.extend_from_slice(wanted.fields);
        let request = own_page(Request::post(at(wanted.action))).header("Cookie", &cookie);
        let request = request.form(&fields);
        let answers = thread::scope(|scope| {
            let sent = [(); 4].map(|()| scope.spawn(|| server.send(&request)));
            sent.map(|sent| sent.join().expect("an answer"))
        });
        for answer in &answers {
            let is_taken = matches!(answer.status, 200 | 303);
            assert!(is_taken, "{}: {} {}", wanted.action, answer.status, answer.text());
        }
        assert_eq!(count(), before + 1, "{}", wanted.action);
    }
}
