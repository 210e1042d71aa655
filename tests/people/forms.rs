//! Forms of pages as a browser sends them, and the ways to a session.

use serde_json::json;
use support::{Request, Response, Server};

use crate::project;

/// The address of a new link, without the server's own.
#[track_caller]
pub(crate) fn link(server: &Server, role: &str) -> String {
    let path = format!("{}/invitations.json", project(server));
    let request = Request::post(path).bearer(server.personal_token());
    let made = server.send(&request.json(&json!({"role": role})));
    let made = made.expect_status(201).json();
    let url = made["url"].as_str().unwrap();
    url.strip_prefix(server.url()).unwrap().to_owned()
}

/// What somebody who joins by a link says of themselves.
pub(crate) const ADA: [(&str, &str); 3] = [
    ("name", "Ada"),
    ("email", "Ada@studio.example"),
    ("password", "ten letters at least"),
];

#[track_caller]
pub(crate) fn session_of(server: &Server, email: &str, password: &str) -> String {
    let body = json!({"email": email, "password": password});
    let answer = server.send(&Request::post("/session.json").json(&body));
    let answer = answer.expect_status(201);
    answer
        .header("Set-Cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned()
}

pub(crate) fn browse(target: &str) -> Request {
    Request::get(target).header("Accept", "text/html")
}

/// What the page's own form sends: with the page's token and cookie.
pub(crate) struct Form {
    pub(crate) token: String,
    pub(crate) cookie: String,
}

impl Form {
    #[track_caller]
    pub(crate) fn of(server: &Server, target: &str, cookie: Option<&str>) -> Self {
        let request = browse(target);
        let request = match cookie {
            Some(cookie) => request.header("Cookie", cookie),
            None => request,
        };
        let page = server.send(&request);
        let text = page.text();
        let token = text.split("name=\"form_token\" value=\"").nth(1);
        assert!(token.is_some(), "no form in {text}");
        let token = token.unwrap();
        let token = token.split('"').next().unwrap().to_owned();
        let set = page.header("Set-Cookie").map(str::to_owned);
        let set = set.and_then(|set| set.split(';').next().map(str::to_owned));
        let cookie = cookie.map(str::to_owned).or(set).unwrap();
        Self { token, cookie }
    }

    pub(crate) fn send(&self, server: &Server, target: &str, fields: &[(&str, &str)]) -> Response {
        let mut all = vec![("form_token", &*self.token)];
        all.extend_from_slice(fields);
        let request = Request::post(target)
            .header("Accept", "text/html")
            .header("Cookie", &*self.cookie)
            .header("Sec-Fetch-Site", "same-origin");
        server.send(&request.form(&all))
    }
}
