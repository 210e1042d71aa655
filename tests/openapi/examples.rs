//! That the examples are true: each request is sent to a server, and its answer looks as the document says.

use std::collections::BTreeMap;

use bugle::http::openapi;
use serde_json::{Map, Value, json};
use support::media::PNG;
use support::{Multipart, Receiver, Reply, Request, Response, Server, eventually};

use super::{in_repository, write_wanted};

const EXAMPLES: &str = "src/http/openapi/examples.json";
/// Where the webhook of the examples goes.
const WEBHOOK: &str = "https://hooks.studio.example/bugle";

/// What is sent, in this order: what one request needs, an earlier one has made. Reading comes before removing.
const STORY: &str = include_str!("story.txt");

/// The tokens of the first start.
const FIRST_PROJECT_TOKEN: &str = "1";
const FIRST_PERSONAL_TOKEN: &str = "2";

/// A server to which the story is told.
struct Teller {
    server: Server,
    /// Takes the messages of the example's webhook.
    receiver: Receiver,
    examples: Value,
    operations: BTreeMap<String, (String, String, Value)>,
    /// What earlier answers said, and later requests need.
    known: Map<String, Value>,
}

impl Teller {
    fn new() -> Self {
        let mut server = Server::with_args(["--webhook-allow", "127.0.0.1"]);
        server.stop();
        let added = server.command(["user", "add", "ada@studio.example"]);
        assert!(added.status.success(), "{added:?}");
        server.restart();
        let text = std::fs::read_to_string(in_repository(EXAMPLES)).expect("the examples");
        let mut operations = BTreeMap::new();
        for (path, item) in openapi::document()["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                let name = operation["operationId"].as_str().expect("a name").to_owned();
                operations.insert(name, (method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
        Self {
            server,
            receiver: Receiver::start(Reply::Status(204)),
            examples: serde_json::from_str(&text).expect("JSON"),
            operations,
            known: Map::new(),
        }
    }

    /// The path with its parameters: as their examples say, or as earlier answers do.
    fn target(&self, path: &str, operation: &Value) -> String {
        let mut target = path.replace("{project}", self.server.project());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().expect("a name");
            let known = self.known.get(name).unwrap_or(&parameter["example"]);
            let value = known.as_str().map_or_else(|| known.to_string(), str::to_owned);
            target = target.replace(&format!("{{{name}}}"), &value);
        }
        if path.ends_with("aggregations.json") {
            target += "?field=platform";
        } else if path.ends_with("search.json") {
            target += "?query=lift+fountain";
        }
        target
    }

    fn request(&self, name: &str) -> Request {
        let (method, path, operation) = &self.operations[name];
        let path = match name {
            "get_auth_tokens_token_usage" => path.replace("{token}", FIRST_PROJECT_TOKEN),
            "get_personal_access_tokens_token_usage" => path.replace("{token}", FIRST_PERSONAL_TOKEN),
            _ => path.clone(),
        };
        let request = Request::new(method, self.target(&path, operation));
        let request = request.header("User-Agent", "curl/8.14.1");
        let request = match name {
            "put_direct_uploads_upload" => return request.body("application/octet-stream", PNG),
            "post_session" | "post_device_auth_request_authorize" => {
                let start = self.server.first_start();
                return request.json(&json!({"email": start.owner_email, "password": start.owner_password}));
            }
            "delete_session" => {
                let cookie = self.known["cookie"].as_str().expect("a cookie");
                return request.header("Cookie", cookie);
            }
            _ => request.bearer(self.server.personal_token()),
        };
        match name {
            "post_issues_batch" => {
                let body = operation.pointer("/requestBody/content/application~1x-ndjson/schema/examples/0");
                let reports = body.and_then(Value::as_array).expect("an example");
                let lines: String = reports.iter().map(|report| report.to_string() + "\n").collect();
                request.body("application/x-ndjson", lines)
            }
            "post_issues_issue_kind" => request.multipart(picture("screenshot[image]")),
            "post_feature_requests_feature_request_images" => request.multipart(picture("image[file]")),
            "post_issues_issue_video_segments" => request.multipart(
                Multipart::new()
                    .file("video_segment[video]", "0.mp4", "video/mp4", support::media::MP4)
                    .text("video_segment[position]", "0")
                    .text("video_segment[merge_group]", "7c9e6679")
                    .text("video_segment[merge_total]", "2"),
            ),
            "post_issues_issue_comments"
            | "post_feature_requests_feature_request_comments"
            | "post_tickets_ticket_comments" => {
                request.multipart(picture("comment[file]").text("comment[body]", "See."))
            }
            _ => match self.examples[name].get("request") {
                Some(body) => request.json(&self.with_known(body)),
                None => request,
            },
        }
    }

    /// Has happen what the answer to the request tells of.
    fn prepare(&self, name: &str) {
        if name == "get_auth_tokens_token_usage" {
            let report = |title, description| {
                let request = self.server.new_report(title, description);
                self.server
                    .send(&request.header("User-Agent", "Castle/1.2 (Windows)"))
                    .status
            };
            let good = report(
                "The lift hangs",
                "It stops between the second floor and the third.",
            );
            assert_eq!((good, report("", "")), (201, 422));
        }
    }

    /// The body with what only this server knows.
    fn with_known(&self, body: &Value) -> Value {
        let mut body = body.clone();
        if let Some(url) = body.get_mut("url").filter(|url| **url == WEBHOOK) {
            *url = self.receiver.url().into();
        }
        for (field, name) in [
            ("commentable_id", "issue_id"),
            ("blob_signed_id", "blob_signed_id"),
        ] {
            if let (Some(field), Some(known)) = (body.get_mut(field), self.known.get(name)) {
                *field = known.clone();
            }
        }
        body
    }

    /// Notes what later requests need of an answer.
    fn note(&mut self, name: &str, answer: &Response, json: &Value) {
        let mut set = |name: &str, value: &Value| self.known.insert(name.to_owned(), value.clone());
        match name {
            "post_issues" => drop(set("issue_id", &json["id"])),
            "post_invitations" => drop(set("invitation", &json["id"])),
            "post_identity_keys" => drop(set("key", &json["id"])),
            "post_personal_access_tokens" | "post_auth_tokens" => drop(set("token", &json["id"])),
            // Ada, who is added.
            _ if name.ends_with("members") && name.starts_with("post") => drop(set("user", &json["id"])),
            _ if name.starts_with("post") && name.ends_with("comments") => drop(set("comment", &json["id"])),
            _ if name.ends_with("presigned_upload") => {
                let url = json["direct_upload_url"].as_str().expect("an address");
                let upload = url.rsplit('/').next().expect("a last part");
                set("upload", &upload.into());
                set("blob_signed_id", &json["blob_signed_id"]);
            }
            "post_issues_issue_kind" | "post_feature_requests_feature_request_images" => {
                drop(set("file", &json["id"]));
            }
            "post_session" => {
                let cookie = answer.header("Set-Cookie").expect("a cookie");
                set("cookie", &cookie.split(';').next().into());
            }
            _ => {}
        }
    }

    /// Waits until the test message that was sent is in the log.
    fn wait_for_delivery(&self, name: &str) {
        eventually("the test message in the log", || {
            let page = self.server.send(&self.request(name)).json();
            page["deliveries"].as_array().is_some_and(|all| !all.is_empty())
        });
    }

    /// The answer as it is kept: what is another one in each installation is always the same there.
    fn scrubbed(&self, answer: &Value) -> Value {
        let project = self.server.project();
        let digits = project.trim_start_matches("pr-").trim_start_matches('0');
        let text = answer
            .to_string()
            .replace(self.server.url(), "http://127.0.0.1:8080")
            .replace(&self.receiver.url(), WEBHOOK)
            .replace(project, "pr-4476146959")
            .replace(&format!("\"project_id\":{digits}"), "\"project_id\":4476146959");
        let mut answer = serde_json::from_str(&text).expect("JSON");
        scrub("", &mut answer);
        answer
    }
}

fn picture(field: &str) -> Multipart {
    Multipart::new().file(field, "lift.png", "image/png", PNG)
}

/// Global ids are given in ranges that depend on the project's shard.
fn id_as_kept(id: u64) -> u64 {
    if id < 64 { id } else { id / 64 * 64 + 15 }
}

fn scrub(name: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| scrub(name, field)),
        Value::Array(items) => items.iter_mut().for_each(|item| scrub(name, item)),
        Value::Number(number) if name == "blob_id" => *number = 6_134_190_025_u64.into(),
        Value::Number(number) if matches!(name, "id" | "issue_id" | "commentable_id") => {
            *number = id_as_kept(number.as_u64().unwrap_or_default()).into();
        }
        Value::String(text) if name == "at" || name.ends_with("_at") => {
            "2026-11-21T21:57:46.475Z".clone_into(text);
        }
        Value::String(text) if matches!(name, "date" | "from" | "to") && is_date(text) => {
            "2026-11-21".clone_into(text);
        }
        Value::String(text) if text.contains("/invitations/") => {
            "http://127.0.0.1:8080/invitations/…".clone_into(text);
        }
        Value::String(text) if name == "source" && text.len() == 16 => {
            "9e3779b97f4a7c15".clone_into(text);
        }
        Value::String(text) if name == "partial_token" => "a1b2c3d4".clone_into(text),
        Value::String(text) if name == "message_id" => {
            "msg_31bc55cd73734b47a1c1fbe8d6fd0a1c".clone_into(text);
        }
        Value::String(text) if text.starts_with("whsec_") => "whsec_…".clone_into(text),
        Value::Number(number) if name == "duration_ms" => *number = 42.into(),
        Value::String(text) if text.starts_with("eyJ") => "eyJ0eXAiOiJKV1Qi…".clone_into(text),
        Value::String(text) if text.starts_with("pat-") => "pat-…".clone_into(text),
        Value::String(text) if text.starts_with("tkn-") => "tkn-…".clone_into(text),
        Value::String(text) if text.contains("/direct_uploads/") => {
            "http://127.0.0.1:8080/direct_uploads/eyJ0eXAiOiJKV1Qi…".clone_into(text);
        }
        Value::String(text) if name == "url" => {
            let parts = text.split('/').map(|part| {
                let digits =
                    part.trim_start_matches(|letter: char| letter.is_ascii_lowercase() || letter == '-');
                let is_project = part.starts_with("pr-");
                let kept = digits.parse().ok().filter(|_| !is_project).map(id_as_kept);
                kept.map_or_else(|| part.to_owned(), |id| part.replace(digits, &id.to_string()))
            });
            *text = parts.collect::<Vec<_>>().join("/");
        }
        _ => {}
    }
}

fn is_date(text: &str) -> bool {
    let is_part = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<_> = text.split('-').collect();
    matches!(parts.as_slice(), [year, month, day] if is_part(year, 4) && is_part(month, 2) && is_part(day, 2))
}

/// What an answer looks like: its fields, and of what type each is.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), shape(field)))
            .collect(),
        Value::Array(items) => json!([items.first().map(shape)]),
        Value::Null => "null".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "text".into(),
    }
}

#[test]
fn each_example_is_sent_and_answered_as_the_document_says() {
    let mut teller = Teller::new();
    let mut answers = Map::new();
    for name in STORY.split_whitespace() {
        let known = teller.operations.get(name);
        assert!(known.is_some(), "the story has {name}, which is no operation");
        if name == "get_webhooks_webhook_deliveries" {
            teller.wait_for_delivery(name);
        }
        let (_, _, operation) = &teller.operations[name];
        let responses = operation["responses"].as_object().expect("responses");
        let found = responses.keys().find(|status| status.starts_with('2'));
        let expected: Option<u16> = found.and_then(|status| status.parse().ok());
        teller.prepare(name);
        let answer = teller.server.send(&teller.request(name));
        assert_eq!(Some(answer.status), expected, "{name}: {}", answer.text());
        let is_json = answer.header("Content-Type") == Some("application/json");
        if !is_json || name == "get_openapi" {
            continue;
        }
        let json: Value = answer.json();
        teller.note(name, &answer, &json);
        if !write_wanted() {
            let told = &teller.examples[name]["answer"];
            assert_eq!(
                shape(&json),
                shape(told),
                "the answer to {name}, then the example of it"
            );
        }
        // What is still true stays as it is, so that only what has changed shows.
        if shape(&json) != shape(&teller.examples[name]["answer"]) {
            answers.insert(name.to_owned(), teller.scrubbed(&json));
        }
    }
    check_all_told(&teller);
    if write_wanted() {
        for (name, answer) in answers {
            teller.examples[&name]["answer"] = answer;
        }
        let text = serde_json::to_string_pretty(&teller.examples).expect("JSON") + "\n";
        std::fs::write(in_repository(EXAMPLES), text).expect("a file that can be written");
    }
}

/// Panics unless everything that can be done is done in the story.
fn check_all_told(teller: &Teller) {
    let told: Vec<_> = STORY.split_whitespace().collect();
    let missing: Vec<_> = teller
        .operations
        .iter()
        .filter(|(name, (method, _, _))| method != "PUT" || name.starts_with("put_direct"))
        // Its address is in a mail and nowhere else: `tests/mail` opens it.
        .filter(|(name, _)| *name != "get_reports_link")
        .filter(|(name, _)| !told.contains(&name.as_str()))
        .map(|(name, _)| name)
        .collect();
    assert!(
        missing.is_empty(),
        "tests/openapi/story.txt does not send {missing:?}"
    );
}
