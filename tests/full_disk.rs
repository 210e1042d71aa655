//! A disk without space: writes are refused with 503, reads go on, nothing acknowledged is lost, and all is well again
//! once there is space.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};
use support::media::PNG;
use support::{Launch, Multipart, Request, Response, Server, bugle, eventually};

const MIB: usize = 1024 * 1024;

/// More than any disk has.
const ALL_OF_IT: [&str; 2] = ["--reserve-mib", "1000000000"];

#[track_caller]
fn check_refused(what: &str, answer: &Response) {
    assert_eq!(answer.status, 503, "{what}: {}", answer.text());
    assert!(!answer.error().is_empty(), "{what}");
    let seconds: Option<u32> = answer.header("Retry-After").and_then(|text| text.parse().ok());
    assert!(
        seconds.is_some_and(|seconds| (1..=60).contains(&seconds)),
        "{what}: {seconds:?}"
    );
}

fn screenshot() -> Multipart {
    Multipart::new().file("screenshot[image]", "shot.png", "image/png", PNG)
}

fn file_count(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries
        .map(|path| if path.is_dir() { file_count(&path) } else { 1 })
        .sum()
}

/// Every request that writes, as somebody may send it who filed that report.
fn writes(server: &Server, issue: &Value) -> Vec<Request> {
    let path = |rest: &str| server.path(&format!("issues/g-{}{rest}", issue["id"]));
    let update = |rest: &str| Request::post(path(rest)).bearer(issue["token"].as_str().unwrap());
    let owner = |request: Request| request.bearer(server.personal_token());
    vec![
        Request::post(server.path("issues.json"))
            .form_user(server.project_token())
            .json(&json!({"title": "One more"})),
        Request::post(server.path("issues.json"))
            .form_user(server.project_token())
            .json(&json!({"title": "With a log", "logs": "a log that is in no blob store yet"})),
        owner(Request::patch(path(".json"))).json(&json!({"status": "closed"})),
        update("/publish"),
        update("/set_reporter_email").json(&json!({"email": "a@studio.example"})),
        update("/screenshots").multipart(screenshot()),
        update("/log_files").form(&[("log_file[contents]", "another that is in no blob store yet")]),
        owner(Request::post("/projects.json")).json(&json!({"name": "Another"})),
        owner(Request::post(server.path("auth_tokens.json"))).json(&json!({"name": "Another"})),
        owner(Request::post("/personal_access_tokens.json")).json(&json!({"name": "Another"})),
    ]
}

#[test]
fn below_the_reserve_writes_are_refused_and_reads_go_on() {
    let mut known = Server::start();
    let issue = known.report("Before", "").expect_status(201).json();
    let blobs = file_count(&known.data().join("blobs"));
    known.stop();
    let mut server = Launch::new().with_data(known.data()).with_args(ALL_OF_IT).start();
    for request in writes(&known, &issue) {
        check_refused(&request.summary(), &server.send(&request));
    }
    assert_eq!(
        file_count(&known.data().join("blobs")),
        blobs,
        "what is refused is not kept"
    );
    let read = |path: &str| {
        server
            .send(&Request::get(path).bearer(known.personal_token()))
            .expect_status(200)
            .json()
    };
    assert_eq!(read(&known.path("issues.json"))["issues"][0]["title"], "Before");
    assert_eq!(read(&known.path("issues/1.json"))["status"], "open");
    assert_eq!(read(&known.path("issues/1/log_files.json")), json!([]));
    assert_eq!(read("/projects.json")["total_count"], 1);
    read("/profiles/me.json");
    let ready = server.send(&Request::get("/readyz")).expect_status(503).json();
    assert_eq!(
        (&ready["ready"], &ready["store"]),
        (&json!(false), &json!("full"))
    );
    server.send(&Request::get("/healthz")).expect_status(200);
    server.stop();

    known.restart();
    known.send(&Request::get("/readyz")).expect_status(200);
    assert_eq!(known.issue_count(), 1);
    known.report("After", "").expect_status(201);
}

#[test]
fn a_first_start_without_space_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut command = bugle();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .args(ALL_OF_IT);
    let output = command.output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{message}");
    assert!(
        message.contains(data.to_str().unwrap()) && message.contains("free some space"),
        "{message}"
    );
    let mut server = Launch::new().with_data(&data).start();
    server.stop();
    assert!(
        server.last_output().0.contains("First start"),
        "nothing was begun that cannot be gone on with"
    );
}

/// A small disk of its own. Unmounted when dropped.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// Mounts one of so many MiB; says why not and gives `None` where that is not permitted.
    fn mount(mebibytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "bugle-test"])
            .arg(folder.path());
        match command.output() {
            Ok(output) if output.status.success() => Some(Self { folder }),
            outcome => {
                eprintln!("skipped: a disk cannot be mounted here: {outcome:?}");
                None
            }
        }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.folder.path())
            .status();
    }
}

/// What a client was promised.
#[derive(Default)]
struct Promised {
    reports: Vec<(u64, String)>,
    files: Vec<(u64, usize)>,
    refused: usize,
}

/// 60 KB that take nearly as many on the disk.
fn incompressible() -> String {
    let numbers: Vec<_> = (0..3000).map(|_| rand::random::<u64>().to_string()).collect();
    numbers.join(" ")
}

/// Files reports with long texts, and a log for every third, until it was refused 20 times.
fn file_until_full(server: &Server, token: &str, client: usize, promised: &Mutex<Promised>) {
    let mut connection = server.connect();
    let mut refused = 0;
    for number in 0.. {
        let title = format!("Report {number} of client {client}");
        let text = incompressible();
        let create = Request::post(server.path("issues.json")).form_user(token);
        let answer = connection
            .send(&create.json(&json!({"title": title, "description": text})))
            .unwrap();
        if answer.status == 201 {
            let issue = answer.json();
            let id = issue["id"].as_u64().unwrap();
            promised.lock().unwrap().reports.push((id, title));
            if number % 3 == 0 {
                let log = Multipart::new().file("log_file[file]", "a.log", "text/plain", text.as_bytes());
                let upload = Request::post(server.path(&format!("issues/g-{id}/log_files")));
                let upload = upload.bearer(issue["token"].as_str().unwrap()).multipart(log);
                let answer = connection.send(&upload).unwrap();
                if answer.status == 201 {
                    promised.lock().unwrap().files.push((id, text.len()));
                } else {
                    check_refused("an upload", &answer);
                }
            }
        } else {
            check_refused("a report", &answer);
            server.send(&Request::get("/healthz")).expect_status(200);
            refused += 1;
            promised.lock().unwrap().refused += 1;
            if refused == 20 {
                return;
            }
        }
    }
}

/// Panics unless all that was promised is there.
fn check_kept(server: &Server, promised: &Promised) {
    let listed = server.issues();
    let titles: std::collections::HashMap<_, _> = listed
        .iter()
        .map(|issue| (issue["id"].as_u64().unwrap(), issue["title"].as_str().unwrap()))
        .collect();
    for (id, title) in &promised.reports {
        assert_eq!(titles.get(id), Some(&title.as_str()), "acknowledged: {title}");
    }
    for (id, size) in &promised.files {
        let path = server.path(&format!("issues/g-{id}/log_files.json"));
        let list = server
            .send(&Request::get(path).bearer(server.personal_token()))
            .expect_status(200)
            .json();
        let path = list[0]["url"]
            .as_str()
            .unwrap()
            .strip_prefix(server.url())
            .unwrap()
            .to_owned();
        let file = server
            .send(&Request::get(path).bearer(server.personal_token()))
            .expect_status(200);
        assert_eq!(file.body.len(), *size, "acknowledged: the log of {id}");
    }
}

/// The bytes that are left on the disk.
fn free_space(disk: &SmallDisk) -> usize {
    let output = Command::new("df")
        .args(["-k", "--output=avail"])
        .arg(disk.folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let kibibytes: usize = text.split_whitespace().last().unwrap().parse().unwrap();
    kibibytes * 1024
}

/// A server on a small disk, of which a ballast leaves so many MiB above the reserve.
fn start_on(disk: &SmallDisk, reserve_mebibytes: usize, above_mebibytes: usize) -> Server {
    let reserve = reserve_mebibytes.to_string();
    let arguments = ["--reserve-mib", &reserve, "--segment-mib", "1"];
    let server = Launch::new()
        .with_data(disk.path("data"))
        .with_args(arguments)
        .start();
    let ballast = free_space(disk) - (reserve_mebibytes + above_mebibytes) * MIB;
    fs::write(disk.path("ballast"), vec![1; ballast]).unwrap();
    server
}

/// Takes what is left of the disk once some reports are in, as any other program on the machine may.
fn take_the_rest(disk: &SmallDisk, promised: &Mutex<Promised>) {
    eventually("some reports are filed", || {
        promised.lock().unwrap().reports.len() > 20
    });
    let mut rest = fs::File::create(disk.path("rest")).unwrap();
    for piece in [MIB, 4096, 1] {
        while rest.write_all(&vec![1; piece]).is_ok() {}
    }
}

/// Files from four clients until each was refused often, beside whatever else is done; gives what was promised.
fn fill(server: &Server, token: &str, beside: impl FnOnce(&Mutex<Promised>) + Send) -> Promised {
    let promised = Mutex::default();
    thread::scope(|scope| {
        scope.spawn(|| beside(&promised));
        for client in 0..4 {
            let promised = &promised;
            scope.spawn(move || file_until_full(server, token, client, promised));
        }
    });
    let promised: Promised = promised.into_inner().unwrap();
    let (reports, files) = (promised.reports.len(), promised.files.len());
    eprintln!(
        "{reports} reports and {files} files acknowledged, {} refused",
        promised.refused
    );
    assert!(reports > 10 && promised.refused >= 80, "the disk was filled");
    // The project's actor may be starting again just now.
    eventually("reads go on", || {
        server.issue(promised.reports[0].0).status == 200
    });
    promised
}

fn report(server: &Server, token: &str) -> Response {
    let request = Request::post(server.path("issues.json")).form_user(token);
    server.send(&request.json(&json!({"title": "After"})))
}

#[test]
fn a_disk_filled_down_to_the_reserve_loses_nothing_and_recovers() {
    let Some(disk) = SmallDisk::mount(192) else { return };
    let mut server = start_on(&disk, 96, 6);
    let token = server.token_with_limit(1_000_000);
    let promised = fill(&server, &token, |_| ());
    fs::remove_file(disk.path("ballast")).expect("there was a ballast");
    eventually("reports are taken again", || {
        report(&server, &token).status == 201
    });
    check_kept(&server, &promised);
    server.kill_hard();
    server.restart();
    check_kept(&server, &promised);
}

/// Without a reserve the disk is full in the middle of any write.
#[test]
fn a_disk_filled_to_the_last_byte_loses_nothing_and_recovers() {
    let Some(disk) = SmallDisk::mount(96) else { return };
    let mut server = start_on(&disk, 0, 32);
    let token = server.token_with_limit(1_000_000);
    let promised = fill(&server, &token, |promised| take_the_rest(&disk, promised));
    server.send(&Request::get("/readyz")).expect_status(503);
    check_kept(&server, &promised);
    fs::remove_file(disk.path("rest")).unwrap();
    eventually("reports are taken again", || {
        report(&server, &token).status == 201
    });
    check_kept(&server, &promised);
    server.kill_hard();
    server.restart();
    check_kept(&server, &promised);
    report(&server, &token).expect_status(201);
}
