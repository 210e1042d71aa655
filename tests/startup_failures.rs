//! A server that cannot start says why, names the path and what to do, and touches nothing.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::{Server, bugle};

/// Runs what is to fail, and gives what it said. A server that starts all the same is stopped.
#[track_caller]
fn refused(command: &mut Command) -> String {
    let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    refusal(&ended(spawned.expect("the binary runs")))
}

#[track_caller]
fn ended(mut child: Child) -> Output {
    let deadline = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("it runs, and should have failed: {:?}", child.wait_with_output());
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

#[track_caller]
fn refusal(output: &Output) -> String {
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it did not fail: {output:?}");
    assert!(output.status.code().is_some(), "it was killed: {output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{message}");
    assert!(!message.contains("panicked"), "{message}");
    message
}

fn serve(data: &Path) -> Command {
    let mut command = bugle();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data);
    command
}

#[track_caller]
fn check_names(message: &str, texts: &[&str]) {
    for text in texts {
        assert!(message.contains(text), "{text:?} is not in {message:?}");
    }
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_data_directory_in_use_is_left_to_who_has_it() {
    let server = Server::start();
    let in_use = [
        shown(server.data()),
        "in use by another bugle",
        "stop that one first",
    ];
    check_names(&refused(&mut serve(server.data())), &in_use);
    for command in [&["token", "list"][..], &["user", "add", "a@studio.example"]] {
        check_names(&refusal(&server.command(command)), &in_use);
    }
    server.report("The first one goes on", "").expect_status(201);
}

#[test]
fn a_file_in_the_place_of_the_directory_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    fs::write(&file, "not a directory").unwrap();
    check_names(&refused(&mut serve(&file)), &[shown(&file)]);
    check_names(&refused(&mut serve(&file.join("below"))), &[shown(&file)]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a directory");
}

#[test]
fn a_directory_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.odt"), "years of work").unwrap();
    let message = refused(&mut serve(folder.path()));
    check_names(
        &message,
        &[shown(folder.path()), "thesis.odt", "choose an empty one"],
    );
    assert!(!folder.path().join("FORMAT").exists());
}

#[test]
fn a_missing_directory_is_made_by_no_command_but_serve() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let message = refused(bugle().args(["token", "list", "--data"]).arg(&missing));
    check_names(&message, &["no data directory", shown(&missing)]);
    assert!(!missing.exists());
}

#[cfg(unix)]
#[test]
fn an_unreadable_directory_is_named() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65_534;
    let mut server = Server::start();
    server.stop();
    let data = server.data().to_owned();
    let mut command = serve(&data);
    // Nothing is unreadable to root.
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        command.uid(NOBODY).gid(NOBODY).current_dir("/");
    }
    fs::set_permissions(&data, fs::Permissions::from_mode(0o000)).unwrap();
    let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let output = spawned.map(ended);
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    match output {
        Ok(output) => check_names(&refusal(&output), &[shown(&data), "ermission denied"]),
        Err(error) => eprintln!("skipped: nobody may run the binary where it is: {error}"),
    }
    server.restart();
}

#[test]
fn an_unknown_format_is_refused_by_name() {
    let mut server = Server::start();
    server.stop();
    let format = server.data().join("FORMAT");
    let known = fs::read(&format).unwrap();
    fs::write(&format, "bugle data directory, format 9\n").unwrap();
    let message = refused(&mut serve(server.data()));
    check_names(
        &message,
        &[
            shown(&format),
            "bugle data directory, format 9",
            "use a newer bugle",
        ],
    );
    fs::write(&format, known).unwrap();
    server.restart();
}

/// The journal's segments, those with something in them, oldest first.
fn segments(data: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(data.join("journal")).unwrap().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files.retain(|path| fs::read(path).unwrap().iter().any(|byte| *byte != 0));
    files
}

/// A server that was killed with five reports in its journal, and the segment that holds them.
fn killed_with_reports() -> (Server, PathBuf) {
    let mut server = Server::start();
    for number in 0..5 {
        server
            .report(&format!("Report {number}"), &"text ".repeat(100))
            .expect_status(201);
    }
    server.kill_hard();
    let segment = segments(server.data())
        .pop()
        .expect("a segment that is written to");
    (server, segment)
}

#[test]
fn a_torn_end_of_the_journal_is_no_damage() {
    let (mut server, segment) = killed_with_reports();
    let mut bytes = fs::read(&segment).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    bytes[end..end + 100].fill(0xa5);
    fs::write(&segment, &bytes).unwrap();
    server.restart();
    assert_eq!(
        server.issue_count(),
        5,
        "what was torn had never been acknowledged"
    );
}

#[test]
fn a_damaged_journal_is_named() {
    let (server, segment) = killed_with_reports();
    let mut bytes = fs::read(&segment).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[end / 2..end / 2 + 64].fill(0x5a);
    fs::write(&segment, &bytes).unwrap();
    let message = refused(&mut serve(server.data()));
    check_names(&message, &[shown(&segment), "damaged", "docs/operations.md"]);
    assert!(fs::read(&segment).unwrap() == bytes, "nothing is thrown away");
}

#[test]
fn a_damaged_store_is_named() {
    let mut server = Server::start();
    server.report("In the store", "").expect_status(201);
    server.stop();
    let store = server.data().join("store");
    for file in fs::read_dir(&store).unwrap().flatten() {
        let length = file.metadata().unwrap().len();
        if file.path().is_file() {
            fs::write(file.path(), vec![0x5a; length.try_into().unwrap()]).unwrap();
        }
    }
    let message = refused(&mut serve(server.data()));
    check_names(&message, &[shown(&store), "docs/operations.md"]);
}

#[test]
fn a_port_that_is_taken_is_named_and_costs_no_first_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let message = refused(bugle().args(["serve", "--listen", &address, "--data"]).arg(&data));
    check_names(&message, &["cannot listen", &address, "--listen"]);
    let mut server = support::Launch::new().with_data(&data).start();
    server.stop();
    let (printed, _) = server.last_output();
    assert!(
        printed.contains("First start: this is shown once"),
        "the tokens are still to be shown: {printed}"
    );
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("bugle.toml");
    let start = |text: &str| {
        fs::write(&config, text).unwrap();
        let data = folder.path().join("data");
        let message = refused(serve(&data).arg("--config").arg(&config));
        assert!(message.contains(shown(&config)), "{message}");
        assert!(
            !data.exists(),
            "nothing is made before the settings are understood"
        );
        message
    };
    check_names(&start("lisen = \"127.0.0.1:0\""), &["lisen"]);
    check_names(&start("workers = \"many\""), &["workers"]);
    check_names(
        &start("trusted-proxy = [\"everybody\"]"),
        &["trusted-proxy", "an address or a network, such as 10.0.0.1"],
    );
    check_names(&start("trusted-proxy = \"10.0.0.1\""), &["trusted-proxy"]);
    check_names(
        &start("trusted-proxy = [\"127.0.0.1\", \"10.4.0.1/16\"]"),
        &["trusted-proxy", "say 10.4.0.0/16"],
    );
    check_names(
        &start("webhook-allow = [\"hooks.internal\", \"10.4.0.1/16\"]"),
        &["webhook-allow", "10.4.0.0/16"],
    );
    check_names(&start("upload-mib = 0"), &["upload-mib", "at least 1"]);
    start("not toml at all [");
    let missing = folder.path().join("missing.toml");
    check_names(
        &refused(bugle().arg("serve").arg("--config").arg(&missing)),
        &[shown(&missing)],
    );
}

#[test]
fn options_that_make_no_sense_are_named() {
    for (option, value) in [
        ("--listen", "nowhere"),
        ("--public-url", "bugs.example"),
        ("--trusted-proxy", "everybody"),
        ("--log-format", "xml"),
        ("--ipv6-prefix", "129"),
        ("--segment-mib", "0"),
        ("--upload-mib", "x"),
        ("--upload-mib", "0"),
        ("--issue-files-mib", "0"),
        ("--listen", "127.0.0.1"),
        ("--public-url", "https://bugs.example/?from=game"),
        ("--public-url", "https://bugs.example/#top"),
        ("--no-such-option", "1"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let message = refused(bugle().current_dir(&folder).args(["serve", option, value]));
        check_names(&message, &[option]);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{option} {value}");
    }
}

#[test]
fn what_is_wrong_says_what_it_should_be() {
    for (option, value, words) in [
        (
            "--listen",
            "127.0.0.1",
            "an address and a port, such as 127.0.0.1:8080",
        ),
        (
            "--trusted-proxy",
            "everybody",
            "an address or a network, such as 10.0.0.1",
        ),
        ("--public-url", "https://bugs.example/?x", "no ? and no #"),
        ("--trusted-proxy", "10.4.0.1/16", "say 10.4.0.0/16"),
        ("--trusted-proxy", "::1,fd00::7/8", "say fd00::/8"),
        ("--webhook-allow", "10.4.0.1/16", "say 10.4.0.0/16"),
        ("--webhook-allow", "builds.internal,fd00::7/8", "say fd00::/8"),
        ("--upload-mib", "0", "1.."),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let message = refused(bugle().current_dir(&folder).args(["serve", option, value]));
        check_names(&message, &[option, words]);
    }
}

#[test]
fn what_is_wrong_in_a_variable_is_told_by_its_name() {
    for (variable, value, words) in [
        ("BUGLE_LISTEN", "127.0.0.1", "an address and a port"),
        (
            "BUGLE_TRUSTED_PROXY",
            "10.0.0.1,everybody",
            "an address or a network",
        ),
        ("BUGLE_TRUSTED_PROXY", "10.4.0.1/16", "10.4.0.0/16"),
        ("BUGLE_WEBHOOK_ALLOW", "10.4.0.1/16", "10.4.0.0/16"),
        ("BUGLE_WORKERS", "many", "many"),
        ("BUGLE_UPLOAD_MIB", "0", "1.."),
        ("BUGLE_LOG_FORMAT", "xml", "text, json"),
        ("BUGLE_RESERVE_MIB", "much", "much"),
        ("BUGLE_PUBLIC_URL", "bugs.example", "http://"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let message = refused(bugle().current_dir(&folder).arg("serve").env(variable, value));
        check_names(&message, &[variable, words]);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{variable}={value}");
    }
    let folder = tempfile::tempdir().unwrap();
    let command_line = refused(
        bugle()
            .current_dir(&folder)
            .args(["serve", "--listen", "nowhere"])
            .env("BUGLE_LISTEN", "127.0.0.1:0"),
    );
    assert!(
        !command_line.contains("the variable"),
        "the command line counts more: {command_line}"
    );
}
