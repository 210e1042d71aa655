//! The first start, and what a server shows and keeps to itself from then on.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use std::fs;
use std::io;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::signing::Signer;
use support::{Connection, Launch, Multipart, Request, Server, eventually};

/// Whether a program is there; a test that needs it says so and passes without.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: there is no {program} on this machine");
    }
    found
}

#[test]
fn the_printed_command_files_a_report_that_survives_a_kill() {
    if !has("bash") || !has("curl") {
        return;
    }
    let mut server = Server::start();
    let pasted = Command::new("bash")
        .args(["-c", &server.first_start().first_report])
        .output()
        .unwrap();
    assert!(pasted.status.success(), "{pasted:?}");
    let answer: Value = serde_json::from_slice(&pasted.stdout).unwrap();
    let id = answer["id"]
        .as_u64()
        .unwrap_or_else(|| panic!("no id in {answer}"));

    server.kill_hard();
    server.restart();

    let stored = server.issue(id).expect_status(200).json();
    assert_eq!(stored["title"], answer["title"]);
    assert_eq!(stored["description"], answer["description"]);
    assert_eq!(server.issue_count(), 1);
}

#[test]
fn all_that_the_first_start_shows_works_and_is_shown_once() {
    let mut server = Server::start();
    let shown = server.first_start().clone();
    for token in [&shown.project_token, &shown.personal_token] {
        let verify = Request::post("/auth/verify").header("Authorization", token.as_str());
        let answer = server.send(&verify).expect_status(200).json();
        assert_eq!(answer["valid"], true, "{answer}");
    }
    let me = Request::get("/profiles/me.json").bearer(&shown.personal_token);
    let me = server.send(&me).expect_status(200).json();
    assert_eq!(me["email"], shown.owner_email);
    assert_eq!(me["project_roles"][0]["project_id"], shown.project);
    assert_eq!(me["project_roles"][0]["role"], "owner");

    let open = format!("Open {} and sign in with ", server.url());
    server.stop();
    let (output, log) = server.last_output();
    assert!(output.contains(&open), "{output}");
    assert!(!log.contains("were removed"), "nothing was: {log}");

    server.restart();
    let address = server.url().to_owned();
    server.stop();
    let (output, log) = server.last_output();
    assert_eq!(output, format!("Bugle is listening on {address}\n"));
    for secret in [&shown.owner_password, &shown.project_token, &shown.personal_token] {
        assert!(!log.contains(secret.as_str()), "the second start logs {secret}");
    }
}

#[test]
fn a_start_after_a_crash_says_what_the_journal_gave_back() {
    let mut server = Server::start();
    server.report("Before the crash", "").expect_status(201);
    server.kill_hard();
    server.restart();
    server.stop();
    let (_, log) = server.last_output();
    let recovered = log.lines().find(|line| line.contains("the journal gave back"));
    let line: Value =
        serde_json::from_str(recovered.unwrap_or_else(|| panic!("no such line in {log}"))).unwrap();
    assert_eq!(line["level"], "INFO", "{line}");
    assert!(line["fields"]["commits"].as_u64() > Some(0), "{line}");
    assert!(line["fields"]["milliseconds"].is_u64(), "{line}");
    server.restart();
    server.stop();
    let (_, log) = server.last_output();
    assert!(
        !log.contains("the journal gave back"),
        "the last stop was in good order: {log}"
    );
}

#[test]
fn an_interrupted_first_start_is_refused_by_name() {
    let mut server = Server::start();
    server.stop();
    fs::write(server.data().join("FIRST-START"), "").unwrap();
    let output = server.command(["serve", "--listen", "127.0.0.1:0"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{message}");
    assert!(message.contains(&*server.data().to_string_lossy()), "{message}");
    assert!(
        message.contains("remove that directory and start again"),
        "{message}"
    );
    assert_eq!(output.stdout, b"", "nothing is shown");
}

/// Files one report after the other until the server goes away; gives how many were acknowledged.
fn file_until_gone(
    mut connection: Connection,
    request: &Request,
    acknowledged: &AtomicUsize,
) -> io::Result<()> {
    loop {
        if connection.send(request)?.status == 201 {
            acknowledged.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[test]
fn a_server_told_to_stop_answers_what_it_took_and_stops_in_time() {
    let mut server = Server::start();
    let token = server.token_with_limit(100_000);
    let request = Request::post(server.path("issues.json"))
        .form_user(&token)
        .json(&json!({"title": "Filed while the server stops"}));
    // Somebody who began an upload and never goes on must not hold the server up.
    let mut stalled = server.connect();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: FormUser {token}\r\nContent-Length: 1000\r\n\r\n{{",
        server.path("issues.json")
    );
    stalled.send_part(head.as_bytes()).unwrap();

    let acknowledged = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            let connection = server.connect();
            scope.spawn(|| file_until_gone(connection, &request, &acknowledged));
        }
        while acknowledged.load(Ordering::SeqCst) < 50 {
            thread::yield_now();
        }
        let begun = Instant::now();
        server.stop();
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    });

    server.restart();
    let stored = server.issue_count();
    let acknowledged = acknowledged.into_inner() as u64;
    assert!(
        (acknowledged..=acknowledged + 4).contains(&stored),
        "{acknowledged} acknowledged, {stored} stored"
    );
}

#[test]
fn a_stop_during_an_upload_is_nobodys_failure() {
    // Workers without a connection end at once, seconds before the one that waits for the upload.
    let mut server = Server::with_args(["--workers", "4"]);
    server
        .report("So that a project's actor runs", "")
        .expect_status(201);
    let mut stalled = server.connect();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: FormUser {}\r\nContent-Length: 1000\r\n\r\n{{",
        server.path("issues.json"),
        server.project_token()
    );
    stalled.send_part(head.as_bytes()).unwrap();
    server.stop();
    let (_, log) = server.last_output();
    let alarm = log
        .lines()
        .find(|line| line.contains(r#""level":"WARN""#) || line.contains(r#""level":"ERROR""#));
    assert_eq!(alarm, None, "an orderly stop raises no alarm");
}

/// Tokens, right and wrong, addresses and bodies, on every way that they come in.
fn busy_run(server: &Server) -> Vec<String> {
    let shown = server.first_start().clone();
    let mut secrets = vec![
        shown.owner_password,
        shown.project_token.clone(),
        shown.personal_token.clone(),
    ];
    let made = server.token_with_limit(3);
    let wrong = format!("tkn-{}", "0123456789abcdef".repeat(4));
    let wrong_personal = format!("pat-{}", "fedcba9876543210".repeat(4));
    let identified = format!("FormUser {made},email:player@studio.example");
    let create = |authorization: &str, body: &Value| {
        Request::post(server.path("issues.json"))
            .header("Authorization", authorization)
            .header("X-Forwarded-For", "203.0.113.77")
            .header("Idempotency-Key", "key-of-a-secret-retry")
            .json(body)
    };
    let first = server.send(&create(&identified, &json!({"title": "One", "draft": true})));
    let first = first.expect_status(201).json();
    let update_token = first["token"].as_str().unwrap().to_owned();
    for authorization in [
        &made,
        &wrong,
        &wrong_personal,
        &shown.personal_token,
        &update_token,
        "Basic abc",
    ] {
        server.send(&create(
            &format!("FormUser {authorization}"),
            &json!({"title": 7}),
        ));
        server.send(&create(
            &format!("Bearer {authorization}"),
            &json!({"description": {}}),
        ));
        server.send(&create(authorization, &json!([])));
        server.send(&Request::get(format!(
            "/nowhere/{authorization}?token={authorization}"
        )));
    }
    let issue = format!("issues/g-{}", first["id"]);
    let upload = Multipart::new().file("log_file[file]", "a.log", "text/plain", b"text");
    let post = |rest: &str| Request::post(server.path(&format!("{issue}/{rest}"))).bearer(&update_token);
    server
        .send(&post("log_files").multipart(upload))
        .expect_status(201);
    server
        .send(&post("set_reporter_email").form(&[("email", "player@studio.example")]))
        .expect_status(200);
    server.send(&post("publish")).expect_status(200);
    server
        .connect()
        .send_raw(b"GET / HTTP/9.9\r\nAuthorization: tkn-garbled\r\n\r\n")
        .ok();
    let key = Request::post(server.path("identity_keys.json")).bearer(server.personal_token());
    let key = key.json(&json!({"name": "Back end", "algorithm": "HS256"}));
    let key = server.send(&key).expect_status(201).json();
    let secret = key["secret"].as_str().unwrap().to_owned();
    let signer = Signer::with_secret(&*secret);
    let player = signer.sign(&json!({"sub": "the-77th-player", "email": "player@studio.example", "exp": 1}));
    let report = Request::post(server.path("issues.json")).form_user(&format!("{made},{player}"));
    server
        .send(&report.json(&json!({"title": "Two"})))
        .expect_status(201);
    secrets.extend([made, wrong, wrong_personal, update_token, secret, player]);
    let webhook = Request::post(server.path("webhooks.json")).bearer(&shown.personal_token);
    let webhook = webhook.json(&json!({"url": "https://hooks.example/key-of-a-webhook"}));
    let webhook = server.send(&webhook).expect_status(201).json();
    let test = Request::post(server.path("webhooks/1/test.json")).bearer(&shown.personal_token);
    server.send(&test).expect_status(202);
    let log = Request::get(server.path("webhooks/1/deliveries.json")).bearer(&shown.personal_token);
    eventually("the test message was tried", || {
        let page = server.send(&log).expect_status(200).json();
        !page["deliveries"].as_array().unwrap().is_empty()
    });
    secrets.push(webhook["secret"].as_str().unwrap().to_owned());
    secrets.push("key-of-a-webhook".to_owned());
    secrets.extend(
        [
            "player@studio.example",
            "203.0.113.77",
            "key-of-a-secret-retry",
            "tkn-garbled",
            "the-77th-player",
        ]
        .map(str::to_owned),
    );
    secrets
}

#[test]
fn nothing_that_is_logged_holds_a_secret_or_an_address() {
    let launch = Launch::new().with_args(["--trusted-proxy", "127.0.0.1/32"]);
    let mut server = launch.with_env("BUGLE_LOG", "debug").start();
    let secrets = busy_run(&server);
    server.stop();
    let (_, log) = server.last_output();
    assert!(!log.is_empty(), "there is a log to look through");
    for secret in &secrets {
        let found = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(found, None, "{secret} is in the log");
    }
    // No more is shown of a token than its hash's first digits, and no secret is in the clear on the disk.
    for secret in secrets
        .iter()
        .filter(|secret| secret.starts_with("pat-") || secret.starts_with("tkn-"))
    {
        assert!(
            !is_stored(server.data(), secret),
            "{secret} is stored in the clear"
        );
    }
}

/// Whether a file below the folder holds the text.
fn is_stored(folder: &std::path::Path, text: &str) -> bool {
    fs::read_dir(folder)
        .expect("the folder can be listed")
        .flatten()
        .any(|entry| {
            let path = entry.path();
            if path.is_dir() {
                return is_stored(&path, text);
            }
            let bytes = fs::read(&path).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
}
