//! The requests that the clients make.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};
use support::{Connection, Multipart, Request, Response, Server};

use crate::ledger::{Acknowledged, File, Folder, Report};

/// How many reports a day the limited token takes from one address.
pub(crate) const LIMIT: usize = 50;

/// Where and with what to file: all that a client needs to know of the server.
pub(crate) struct Target {
    address: SocketAddr,
    project: String,
    personal_token: String,
    open_token: String,
    limited_token: String,
    /// Somebody who has an account, and belongs to nothing.
    pub(crate) colleague: String,
}

impl Target {
    /// Makes the tokens: one without a limit that matters, one with [`LIMIT`].
    pub(crate) fn prepare(server: &mut Server) -> Self {
        let colleague = server.add_person("colleague@studio.example").email;
        let token = |limit: i64| {
            let settings = json!({
                "name": "Kill test", "can_create_bug_report": true, "bug_reports_per_day": limit,
                "can_create_feature_request": true, "feature_requests_per_day": limit,
                "can_create_support_ticket": true, "support_tickets_per_day": limit,
                "can_create_release": true,
            });
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
            colleague,
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
        let body = body_of(report);
        let request = Request::post(self.path(&format!("{}.json", report.folder.name())))
            .form_user(token)
            .header("BetaHub-Project-ID", &self.project)
            .header("X-Forwarded-For", &report.client_address)
            .json(&body);
        match &report.key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        }
    }

    /// The request that files several reports, each under its key. They come from one address.
    pub(crate) fn create_batch(&self, reports: &[Report]) -> Request {
        let line = |report: &Report| {
            let mut body = body_of(report);
            body["idempotency_key"] = report.key.as_deref().into();
            body.to_string() + "\n"
        };
        let request = Request::post(self.path("issues/batch.json"))
            .form_user(&self.open_token)
            .header("X-Forwarded-For", &reports[0].client_address);
        let lines = reports.iter().map(line).collect::<String>();
        request.body("application/x-ndjson", lines)
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
    pub(crate) fn publish(&self, folder: Folder, report: &Acknowledged) -> Request {
        Request::post(self.path(&format!("{}/publish", folder.path(report.id))))
            .bearer(&report.update_token)
            .json(&json!({"email_my_report": false}))
    }

    /// The request with which the owner votes for a suggestion.
    pub(crate) fn vote(&self, report: &Acknowledged) -> Request {
        let path = Folder::FeatureRequests.path(report.id);
        Request::post(self.path(&format!("{path}/vote.json"))).bearer(&self.personal_token)
    }

    /// The request with which the owner writes a report's title under it.
    pub(crate) fn comment(&self, report: &Report, acknowledged: &Acknowledged) -> Request {
        let path = report.folder.path(acknowledged.id);
        Request::post(self.path(&format!("{path}/comments.json")))
            .bearer(&self.personal_token)
            .json(&json!({"body": report.title}))
    }

    /// A report as the owner sees it.
    pub(crate) fn report(&self, connection: &mut Connection, folder: Folder, id: u64) -> Value {
        self.read(connection, &format!("{}.json", folder.path(id)))
    }

    /// What was written under a report.
    pub(crate) fn comments(&self, connection: &mut Connection, folder: Folder, id: u64) -> Vec<Value> {
        let path = format!("{}/comments.json", folder.path(id));
        listed(&self.read(connection, &path), "comments")
    }

    /// Every report of a kind, page by page.
    pub(crate) fn all(&self, folder: Folder) -> Vec<Value> {
        let mut connection = self.connect().expect("the server runs");
        let mut found = Vec::new();
        for page in 1.. {
            let query = format!("{}.json?sort=all&per_page=100&page={page}", folder.name());
            let list = listed(&self.read(&mut connection, &query), folder.name());
            if list.is_empty() {
                break;
            }
            found.extend(list);
        }
        found
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

    /// A request of the owner about something in the project.
    pub(crate) fn owner(&self, method: &str, rest: &str) -> Request {
        self.in_project(method, rest).bearer(&self.personal_token)
    }

    /// A request of the owner.
    pub(crate) fn person(&self, method: &str, path: &str) -> Request {
        Request::new(method, path).bearer(&self.personal_token)
    }

    /// A request of nobody yet about something in the project.
    pub(crate) fn in_project(&self, method: &str, rest: &str) -> Request {
        Request::new(method, self.path(rest))
    }

    fn path(&self, rest: &str) -> String {
        format!("/projects/{}/{rest}", self.project)
    }
}

fn body_of(report: &Report) -> Value {
    let mut body = json!({
        "title": report.title, "description": report.description(), "draft": report.draft,
        "reporter_email": "player@studio.example",
    });
    if let Some(label) = &report.release_label {
        body["release_label"] = label.as_str().into();
    }
    body
}

fn listed(answer: &Value, name: &str) -> Vec<Value> {
    answer[name]
        .as_array()
        .unwrap_or_else(|| panic!("no {name} in {answer}"))
        .clone()
}

/// What the answer to a batch promises of each line. Panics when one was refused.
pub(crate) fn acknowledged_lines(answer: &Response) -> Vec<Acknowledged> {
    assert_eq!(answer.status, 200, "a batch must be taken: {}", answer.text());
    let text = answer.text();
    let told = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("a line of JSON");
        assert_eq!(line["status"], 201, "a report of a batch must be taken: {line}");
        acknowledged_in(&line["issue"])
    });
    told.collect()
}

/// What the answer to a create promises. Panics when it was refused.
pub(crate) fn acknowledged(answer: &Response) -> Acknowledged {
    assert_eq!(answer.status, 201, "a report must be taken: {}", answer.text());
    acknowledged_in(&answer.json())
}

fn acknowledged_in(body: &Value) -> Acknowledged {
    let (id, token) = (body["id"].as_u64(), body["token"].as_str());
    match (id, token) {
        (Some(id), Some(token)) => Acknowledged {
            id,
            update_token: token.to_owned(),
        },
        _ => panic!("no id and token in {body}"),
    }
}
