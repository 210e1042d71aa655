//! A running Bugle, and the requests that nearly every test makes.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::launch::Running;
use crate::{Connection, FirstStart, Launch, Request, Response};

/// How long the server may take to drain after SIGTERM.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// The real server as a process of its own. It is killed when dropped, and its temporary data directory removed.
#[derive(Debug)]
pub struct Server {
    launch: Launch,
    data: PathBuf,
    /// Held so that the folder lives as long as the server.
    _temporary: Option<TempDir>,
    first_start: FirstStart,
    running: Option<Running>,
    last_output: Option<(String, String)>,
}

impl Server {
    /// Starts a server on an empty data directory and waits until it listens.
    pub fn start() -> Self {
        Launch::new().start()
    }

    /// Starts a server with these arguments to `bugle serve` added.
    pub fn with_args<I: IntoIterator<Item: AsRef<OsStr>>>(arguments: I) -> Self {
        Launch::new().with_args(arguments).start()
    }

    pub(crate) fn launch(launch: Launch) -> Self {
        let temporary = launch
            .data()
            .is_none()
            .then(|| TempDir::new().expect("a temporary folder can be made"));
        let data = match (launch.data(), &temporary) {
            (Some(folder), _) => folder.to_owned(),
            (None, Some(temporary)) => temporary.path().join("data"),
            (None, None) => unreachable!("there is a temporary folder when none is given"),
        };
        let running = launch.spawn(&data);
        let first_start = running.printout.first_start.clone();
        Self {
            launch,
            data,
            _temporary: temporary,
            first_start,
            running: Some(running),
            last_output: None,
        }
    }

    /// What the first start printed; also known after a restart.
    pub fn first_start(&self) -> &FirstStart {
        &self.first_start
    }

    /// The project made at the first start.
    pub fn project(&self) -> &str {
        &self.first_start.project
    }

    /// The `tkn-` token made at the first start.
    pub fn project_token(&self) -> &str {
        &self.first_start.project_token
    }

    /// The owner's `pat-` token made at the first start.
    pub fn personal_token(&self) -> &str {
        &self.first_start.personal_token
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The web address, without a slash at the end. Changes with every start.
    pub fn url(&self) -> &str {
        self.running().printout.url.as_deref().unwrap_or_default()
    }

    /// The socket address behind [`Server::url`].
    pub fn address(&self) -> SocketAddr {
        self.running()
            .printout
            .address()
            .expect("the server listens on plain HTTP and an IP address")
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.running().child.id()
    }

    /// What the server wrote to standard error, the last MiB of it.
    pub fn log(&self) -> String {
        self.running
            .as_ref()
            .map(|running| running.stderr.text())
            .unwrap_or_default()
    }

    /// Kills the process with SIGKILL and waits until it is gone. [`Server::restart`] brings it back.
    pub fn kill_hard(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.child.kill().expect("a process of our own can be killed");
            running
                .child
                .wait()
                .expect("a process of our own can be waited for");
        }
    }

    /// All that the server wrote to standard output and to standard error from its last start to its last stop.
    pub fn last_output(&self) -> (String, String) {
        self.last_output
            .clone()
            .expect("the server was stopped with SIGTERM")
    }

    /// Asks the server to stop (SIGTERM). Panics unless it exits with 0 within 10 seconds.
    pub fn stop(&mut self) {
        let Some(mut running) = self.running.take() else {
            return;
        };
        let pid = i32::try_from(running.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .expect("a process id");
        kill_process(pid, Signal::TERM).expect("a process of our own takes a signal");
        let Some(status) = exit_within(&mut running, STOP_TIMEOUT) else {
            let _ = running.child.kill();
            let _ = running.child.wait();
            panic!(
                "still running {STOP_TIMEOUT:?} after SIGTERM, it said: {}",
                running.stderr.text()
            );
        };
        let output = (running.stdout.whole(), running.stderr.whole());
        assert!(status.success(), "stopped with {status}, it said: {}", output.1);
        self.last_output = Some(output);
    }

    /// Starts the server again on the same data directory; stops it first when it runs.
    pub fn restart(&mut self) {
        self.stop();
        self.running = Some(self.launch.spawn(&self.data));
    }

    /// A kept-alive connection to the server.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address())
            .unwrap_or_else(|error| panic!("cannot connect: {error}, the server said: {}", self.log()))
    }

    /// Sends a request over a connection of its own. Panics, with what the server said, when there is no answer.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Response {
        self.connect().send(request).unwrap_or_else(|error| {
            panic!(
                "no answer to {}: {error}, the server said: {}",
                request.summary(),
                self.log()
            )
        })
    }

    /// Sends the bytes of a request as they are.
    #[track_caller]
    pub fn raw(&self, request: &[u8]) -> Response {
        self.connect()
            .send_raw(request)
            .unwrap_or_else(|error| panic!("no answer: {error}, the server said: {}", self.log()))
    }

    /// The path of something in the project: `path("issues.json")` is `/projects/pr-…/issues.json`.
    pub fn path(&self, rest: &str) -> String {
        format!("/projects/{}/{rest}", self.project())
    }

    /// A request that files a report with the project token; the test may still add headers.
    pub fn new_report(&self, title: &str, description: &str) -> Request {
        Request::post(self.path("issues.json"))
            .form_user(self.project_token())
            .header("BetaHub-Project-ID", self.project())
            .json(&json!({"title": title, "description": description}))
    }

    /// Files a report with the project token.
    #[track_caller]
    pub fn report(&self, title: &str, description: &str) -> Response {
        self.send(&self.new_report(title, description))
    }

    /// One issue as the owner sees it, by its global id.
    #[track_caller]
    pub fn issue(&self, global_id: u64) -> Response {
        self.send(
            &Request::get(self.path(&format!("issues/g-{global_id}.json"))).bearer(self.personal_token()),
        )
    }

    /// How many issues the server says there are.
    #[track_caller]
    pub fn issue_count(&self) -> u64 {
        let page = self.issue_page(&mut self.connect(), 1, 1);
        total_of(&page)
    }

    /// Every issue, page by page. Panics unless the pages hold exactly as many as each of them says there are.
    #[track_caller]
    pub fn issues(&self) -> Vec<Value> {
        const PER_PAGE: usize = 100;
        let mut connection = self.connect();
        let mut issues = Vec::new();
        for number in 1.. {
            let page = self.issue_page(&mut connection, number, PER_PAGE);
            let found = page
                .get("issues")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let last = found.len() < PER_PAGE;
            issues.extend(found);
            if last {
                assert_eq!(
                    u64::try_from(issues.len()).ok(),
                    Some(total_of(&page)),
                    "the pages against the total"
                );
                break;
            }
        }
        issues
    }

    /// Makes a project token and gives the answer, with its `token` and `id`. `settings` is sent as it is.
    #[track_caller]
    pub fn create_token(&self, settings: &Value) -> Value {
        let request = Request::post(self.path("auth_tokens.json"))
            .bearer(self.personal_token())
            .json(settings);
        self.send(&request).expect_status(201).json()
    }

    /// A number that `/metrics` shows: `bugle_mails_total{outcome="failed"}`.
    #[track_caller]
    pub fn metric(&self, name: &str) -> u64 {
        let text = self.send(&Request::get("/metrics")).expect_status(200).text();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok())
            .unwrap_or_else(|| panic!("no whole number {name} in\n{text}"))
    }

    #[track_caller]
    fn issue_page(&self, connection: &mut Connection, number: usize, per_page: usize) -> Value {
        let target = self.path(&format!("issues.json?page={number}&per_page={per_page}"));
        let answer = connection.send(&Request::get(target).bearer(self.personal_token()));
        answer
            .unwrap_or_else(|error| panic!("no page: {error}, the server said: {}", self.log()))
            .expect_status(200)
            .json()
    }

    fn running(&self) -> &Running {
        self.running
            .as_ref()
            .expect("the server was stopped or killed: restart it first")
    }
}

impl Drop for Server {
    /// Ends the process; a test that fails also tells what the server had to say.
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            if thread::panicking() {
                eprintln!("the server's log:\n{}", running.stderr.text());
            }
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }
}

fn total_of(page: &Value) -> u64 {
    let total = page.pointer("/pagination/total_count").and_then(Value::as_u64);
    total.unwrap_or_else(|| panic!("no pagination.total_count in {page}"))
}

/// Polls, because the standard library cannot wait with a deadline.
fn exit_within(running: &mut Running, limit: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if let Ok(Some(status)) = running.child.try_wait() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(5));
    }
    None
}
