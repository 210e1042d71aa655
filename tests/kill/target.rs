//! The requests that the clients make.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};
use support::{Connection, Multipart, Request, Response, Server};

use crate::ledger::{Acknowledged, File, Report};

/// How many reports a day the limited token takes from one address.
pub(crate) const LIMIT: usize = 50;

/// Where and with what to file: all that a client needs to know of the server.
pub(crate) struct Target {
    address: SocketAddr,
    project: String,
    personal_token: String,
    open_token: String,
    limited_token: String,
}

impl Target {
    /// Makes the tokens: one without a limit that matters, one with [`LIMIT`].
    pub(crate) fn prepare(server: &Server) -> Self {
        let token = |limit: i64| {
            let settings =
                json!({"name": "Kill test", "can_create_bug_report": true, "bug_reports_per_day": limit});
            let answer = server.create_token(&settings);
            answer["token"]
                .as_str()
                .unwrap_or_else(|| panic!("no token in {answer}"))
                .to_owned()
        };
        Self {
            address: server.address(),
            project: server.project().to_owned(),
            personal_token: server.personal_token().to_owned(),
            open_token: token(i64::from(i32::MAX)),
            limited_token: token(LIMIT.try_into().unwrap()),
        }
    }

    /// The server listens elsewhere after every start.
    pub(crate) fn move_to(&mut self, address: SocketAddr) {
        self.address = address;
    }

    pub(crate) fn connect(&self) -> io::Result<Connection> {
        Connection::open(self.address)
    }

    /// The request that files a report; the same again when it is filed again.
    pub(crate) fn create(&self, report: &Report) -> Request {
        let token = if report.limited {
            &self.limited_token
        } else {
            &self.open_token
        };
        let body = json!({"title": report.title, "description": report.description(), "draft": report.draft});
        let request = Request::post(self.path("issues.json"))
            .form_user(token)
            .header("BetaHub-Project-ID", &self.project)
            .header("X-Forwarded-For", &report.client_address)
            .json(&body);
        match &report.key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        }
    }

    /// The request that adds a log file to a report.
    pub(crate) fn upload(&self, issue: &Acknowledged, file: &File) -> Request {
        let content = file.content();
        let parts = Multipart::new().file("log_file[file]", &file.name, "text/plain", content.as_bytes());
        Request::post(self.path(&format!("issues/g-{}/log_files.json", issue.id)))
            .bearer(&issue.update_token)
            .multipart(parts)
    }

    /// The request that makes a draft visible.
    pub(crate) fn publish(&self, issue: &Acknowledged) -> Request {
        Request::post(self.path(&format!("issues/g-{}/publish", issue.id)))
            .bearer(&issue.update_token)
            .json(&json!({"email_my_report": false}))
    }

    /// An issue as the owner sees it.
    pub(crate) fn issue(&self, connection: &mut Connection, id: u64) -> Value {
        self.read(connection, &format!("issues/g-{id}.json"))
    }

    /// The log files of an issue as the owner sees them.
    pub(crate) fn log_files(&self, connection: &mut Connection, id: u64) -> Vec<Value> {
        let list = self.read(connection, &format!("issues/g-{id}/log_files.json"));
        list.as_array()
            .unwrap_or_else(|| panic!("log files are a bare array, not {list}"))
            .clone()
    }

    fn read(&self, connection: &mut Connection, path: &str) -> Value {
        let request = Request::get(self.path(path)).bearer(&self.personal_token);
        let answer = connection
            .send(&request)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(
            answer.status,
            200,
            "what was acknowledged must be there: {path}: {}",
            answer.text()
        );
        answer.json()
    }

    fn path(&self, rest: &str) -> String {
        format!("/projects/{}/{rest}", self.project)
    }
}

/// What the answer to a create promises. Panics when it was refused.
pub(crate) fn acknowledged(answer: &Response) -> Acknowledged {
    assert_eq!(answer.status, 201, "a report must be taken: {}", answer.text());
    let body = answer.json();
    let (id, token) = (body["id"].as_u64(), body["token"].as_str());
    match (id, token) {
        (Some(id), Some(token)) => Acknowledged {
            id,
            update_token: token.to_owned(),
        },
        _ => panic!("no id and token in {body}"),
    }
}
