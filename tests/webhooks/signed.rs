//! Signatures, told good by the package that the specification's authors made for Python, also while a secret is rotated.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{Received, Receiver, Reply};

use super::{at, create, start};

/// `cargo xtask test` puts the package there.
fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/webhooks-environment/bin/python");
    let has_package = Command::new(&python)
        .args(["-c", "import standardwebhooks"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !has_package {
        eprintln!(
            "passed over: no standardwebhooks in {}; `cargo xtask test` gets it",
            python.display()
        );
    }
    has_package.then_some(python)
}

/// What `verify.py` says of a message: `good`, or why it is not.
fn verdict(python: &Path, secret: &str, message: &Received) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/webhooks/verify.py");
    let mut process = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python runs");
    let headers: Value = message
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let input = json!({
        "secret": secret,
        "headers": headers,
        "body": String::from_utf8(message.body.clone()).unwrap(),
    });
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = process.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_specification_s_own_package_takes_our_signatures() {
    let Some(python) = python() else { return };
    let server = start();
    let receiver = Receiver::start(Reply::Status(200));
    let made = create(
        &server,
        &json!({"url": receiver.url(), "events": ["issue.created"]}),
    );
    let first = made.expect_status(201).json()["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    server
        .report("Grüße \u{1f3f0}", "Not only ASCII is signed")
        .expect_status(201);
    let message = receiver.wait_for(1).remove(0);
    assert_eq!(verdict(&python, &first, &message), "good");
    let mut changed = message.clone();
    changed.body.extend(b" ");
    assert_ne!(verdict(&python, &first, &changed), "good", "of another body");

    let rotate = at(&server, "POST", "/1/rotate_secret.json");
    let rotated = server.send(&rotate).expect_status(200).json();
    assert!(rotated["previous_secret_expires_at"].is_string(), "{rotated}");
    let second = rotated["secret"].as_str().unwrap();
    assert_ne!(first, second);
    server.report("Second", "Signed with both").expect_status(201);
    let message = receiver.wait_for(2).remove(1);
    assert_eq!(verdict(&python, &first, &message), "good", "the secret of before");
    assert_eq!(verdict(&python, second, &message), "good", "the new secret");
}

#[test]
fn during_a_rotation_there_are_two_signatures() {
    let server = start();
    let receiver = Receiver::start(Reply::Status(200));
    create(
        &server,
        &json!({"url": receiver.url(), "events": ["issue.created"]}),
    )
    .expect_status(201);
    let signatures = |message: &Received| message.header("webhook-signature").split(' ').count();
    server.report("First", "Signed once").expect_status(201);
    assert_eq!(signatures(&receiver.wait_for(1)[0]), 1);
    server
        .send(&at(&server, "POST", "/1/rotate_secret.json"))
        .expect_status(200);
    server.report("Second", "Signed twice").expect_status(201);
    let message = receiver.wait_for(2).remove(1);
    assert_eq!(signatures(&message), 2);
    assert_eq!(message.header("content-type"), "application/json");
    assert!(message.header("user-agent").starts_with("Bugle/"));
    let log = server.log();
    assert!(!log.contains("whsec_") && !log.contains("/hook"), "{log}");
}
