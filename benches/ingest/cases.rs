//! The four cases: which server, with which token, and what it should answer.

use std::error::Error;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use support::load::{Process, Template};
use support::{Launch, Receiver, Reply, Request, Server};
use tempfile::TempDir;

use crate::bare::LISTENING;
use crate::bodies::{self, STAMP};
use crate::settings::Settings;

/// Requests made beforehand for each case.
const TEMPLATES: usize = 1_024;

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Case {
    /// `a` to `d`.
    pub(crate) letter: char,
    /// What the line is called.
    pub(crate) name: &'static str,
    /// The status of every answer.
    pub(crate) expected: u16,
    /// Where to send.
    pub(crate) address: SocketAddr,
    /// Who is charged for the work.
    pub(crate) server: Process,
    /// What to send, one after the other.
    pub(crate) templates: Vec<Template>,
    /// Whether the server works on for long after a turn, so that nobody waits for it.
    pub(crate) works_on: bool,
}

/// The servers under load, killed when dropped, and their cases.
#[derive(Debug)]
pub(crate) struct Servers {
    /// Bugle and the folder of its data, unless only (a) is wanted.
    bugle: Option<(Server, TempDir)>,
    _bare: Bare,
    /// The cases to run, in order.
    pub(crate) cases: Vec<Case>,
    workers: usize,
    /// Who hears of each report, when somebody does.
    receivers: Vec<Receiver>,
    /// Issues that Bugle held before the first turn.
    pub(crate) issues_before: u64,
}

impl Servers {
    /// Starts what the settings ask for; Bugle keeps its data below `scratch`.
    pub(crate) fn start(settings: &Settings, scratch: &Path) -> Result<Self, Box<dyn Error>> {
        // The same number for both; without a setting, Bugle's own default.
        let cores = thread::available_parallelism().map_or(2, usize::from);
        let workers = settings.workers.unwrap_or(cores);
        let bugle = if settings.only.chars().any(|letter| letter != 'a') {
            let folder = TempDir::with_prefix_in("ingest-", scratch)?;
            let launch = Launch::new().with_data(folder.path().join("data"));
            let launch = launch.with_env("BUGLE_WORKERS", workers.to_string());
            let launch = launch.with_args(["--webhook-allow", "127.0.0.1"]);
            Some((launch.start(), folder))
        } else {
            None
        };
        let bare = Bare::start(workers)?;
        let mut cases = vec![bare.case()];
        let mut issues_before = 0;
        let mut receivers = Vec::new();
        if let Some((server, _)) = &bugle {
            cases.extend(bugle_cases(server)?);
            receivers = subscribe(server, settings.webhooks);
            issues_before = server.issue_count();
        }
        cases.retain(|case| settings.only.contains(case.letter));
        for case in cases.iter_mut().filter(|case| case.letter == 'b') {
            case.works_on = settings.webhooks > 0;
        }
        Ok(Self {
            bugle,
            _bare: bare,
            cases,
            workers,
            receivers,
            issues_before,
        })
    }

    /// HTTP workers of either server.
    pub(crate) fn workers(&self) -> usize {
        self.workers
    }

    /// Bugle, when it runs.
    pub(crate) fn bugle(&self) -> Option<&Server> {
        self.bugle.as_ref().map(|(server, _)| server)
    }

    /// How many messages each webhook was sent so far.
    pub(crate) fn messages(&self) -> Vec<usize> {
        self.receivers.iter().map(Receiver::count).collect()
    }

    /// Issues that Bugle holds now, when it runs.
    pub(crate) fn issues(&self) -> Option<u64> {
        self.bugle.as_ref().map(|(server, _)| server.issue_count())
    }
}

/// Has so many webhooks hear of each report; the last of them hangs.
fn subscribe(server: &Server, count: usize) -> Vec<Receiver> {
    let replies = (1..=count).map(|number| {
        if number == count {
            Reply::Hang
        } else {
            Reply::Status(204)
        }
    });
    let receivers: Vec<_> = replies.map(Receiver::counting).collect();
    for receiver in &receivers {
        let body = json!({"url": receiver.url(), "events": ["issue.created"]});
        let request = Request::post(server.path("webhooks.json")).bearer(server.personal_token());
        server.send(&request.json(&body)).expect_status(201);
    }
    receivers
}

fn bugle_cases(server: &Server) -> Result<Vec<Case>, Box<dyn Error>> {
    let unlimited = token_with_limit(server, i32::MAX)?;
    let spent = token_with_limit(server, 1)?;
    let mut random = StdRng::seed_from_u64(1);
    let mut unknown = || well_formed_token(&mut random);
    let first = create(
        server.project(),
        &spent,
        &json!({"title": "The one report of the day"}).to_string(),
    );
    server.send(&first).expect_status(201);

    let case = |letter, name, expected, token: &mut dyn FnMut() -> String| Case {
        letter,
        name,
        expected,
        address: server.address(),
        server: Process(server.id()),
        templates: templates(server.address(), server.project(), token),
        works_on: false,
    };
    Ok(vec![
        case('b', "Bugle, report on disk", 201, &mut || unlimited.clone()),
        case('c', "Bugle, unknown token", 403, &mut unknown),
        case('d', "Bugle, spent quota", 403, &mut || spent.clone()),
    ])
}

/// A project token that takes so many reports a day.
pub(crate) fn token_with_limit(server: &Server, limit: i32) -> Result<String, String> {
    let settings = json!({"name": "Bench", "can_create_bug_report": true, "bug_reports_per_day": limit});
    let answer = server.create_token(&settings);
    let token = answer.get("token").and_then(Value::as_str);
    token
        .map(str::to_owned)
        .ok_or_else(|| format!("no token in {answer}"))
}

/// A token that nobody made but that could be one, so that its checksum alone does not give it away.
fn well_formed_token(random: &mut StdRng) -> String {
    let mut token = "tkn-".to_owned();
    token.extend((0..56).filter_map(|_| char::from_digit(random.random_range(0..16), 16)));
    let checksum = crc32fast::hash(token.as_bytes());
    format!("{token}{checksum:08x}")
}

fn templates(address: SocketAddr, project: &str, token: &mut dyn FnMut() -> String) -> Vec<Template> {
    let host = address.to_string();
    let bodies = bodies::reports(TEMPLATES);
    bodies
        .iter()
        .map(|body| Template::new(create(project, &token(), body).encode(&host), STAMP))
        .collect()
}

/// Reports of which each has a key of its own, unlike those of other rounds. Its body is one of a few.
pub(crate) fn keyed_templates(server: &Server, token: &str, round: usize) -> Vec<Template> {
    let host = server.address().to_string();
    let template = |body: &String| {
        // The first stamp is the one that changes.
        let key = format!("{round}-{STAMP}");
        let request = create(server.project(), token, body).header("Idempotency-Key", key);
        Template::new(request.encode(&host), STAMP)
    };
    bodies::reports(TEMPLATES).iter().map(template).collect()
}

fn create(project: &str, token: &str, body: &str) -> Request {
    Request::post(format!("/projects/{project}/issues.json"))
        .form_user(token)
        .header("BetaHub-Project-ID", project)
        .header("Accept", "application/json")
        .body("application/json", body)
}

/// The bare server: this executable, started a second time.
#[derive(Debug)]
struct Bare {
    child: Child,
    address: SocketAddr,
}

impl Bare {
    fn start(workers: usize) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--serve-bare", "--workers", &workers.to_string()]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("no standard output"))?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix(LISTENING)
            .and_then(|address| address.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            return Err(format!("the bare server said {line:?}").into());
        };
        Ok(Self { child, address })
    }

    fn case(&self) -> Case {
        let token = "tkn-".to_owned() + &"0".repeat(64);
        Case {
            letter: 'a',
            name: "bare actix-web",
            expected: 201,
            address: self.address,
            server: Process(self.child.id()),
            templates: templates(self.address, "pr-0123456789", &mut || token.clone()),
            works_on: false,
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
