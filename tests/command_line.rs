//! The command line as somebody meets it who has just read the README.
#![expect(clippy::expect_used, reason = "the helpers of a test fail the test")]

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

use support::{Launch, Request, Server, bugle};

/// What a command wrote to standard output. Panics when it failed.
#[track_caller]
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// What a command wrote to standard error. Panics unless it failed as commands do.
#[track_caller]
fn refusal(output: &Output) -> String {
    assert!(matches!(output.status.code(), Some(1 | 2)), "{output:?}");
    let message = String::from_utf8(output.stderr.clone()).expect("text");
    assert!(!message.contains("panicked"), "{message}");
    message
}

/// Starts what is to be a server, waits until it listens, and stops it. Gives its first line, and its log.
fn first_line_and_log(command: &mut Command) -> (String, String) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("standard output is piped"));
    output.read_line(&mut line).expect("a line is printed");
    child.kill().expect("a process of our own can be killed");
    let mut log = String::new();
    let mut errors = child.stderr.take().expect("standard error is piped");
    errors.read_to_string(&mut log).expect("the log is text");
    child.wait().expect("a process of our own can be waited for");
    (line, log)
}

#[test]
fn without_a_command_the_server_is_run() {
    for arguments in [&[][..], &["--listen", "127.0.0.1:0"], &["serve"]] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = bugle();
        command
            .current_dir(&folder)
            .args(arguments)
            .env("BUGLE_LISTEN", "127.0.0.1:0");
        let (line, log) = first_line_and_log(&mut command);
        assert!(
            line.starts_with("Bugle is listening on http://127.0.0.1:"),
            "{arguments:?}: {line:?} {log}"
        );
        assert!(folder.path().join("data/FORMAT").is_file(), "{arguments:?}");
    }
}

#[test]
fn help_lists_the_commands_and_the_version_is_told() {
    let help = said(&bugle().arg("--help").output().unwrap());
    for command in ["serve", "user", "token", "check", "backup", "restore"] {
        let listed = help.lines().any(|line| line.trim_start().starts_with(command));
        assert!(listed, "no {command} in {help}");
    }
    let version = said(&bugle().arg("--version").output().unwrap());
    assert!(version.starts_with("bugle "), "{version}");
    let create = said(&bugle().args(["token", "create", "--help"]).output().unwrap());
    assert!(create.contains("<--user <EMAIL>|--project <PR-ID>>"), "{create}");
}

#[test]
fn the_log_has_no_colours_where_no_terminal_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = bugle();
    command
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path());
    let (line, log) = first_line_and_log(command.env("BUGLE_LOG", "debug"));
    assert!(line.starts_with("Bugle is listening on"), "{line:?} {log}");
    assert!(!log.is_empty(), "there is a log to look at");
    assert!(!log.contains('\x1b'), "{log}");
}

#[test]
fn the_socket_is_named_first_and_the_public_address_below() {
    let public = "https://bugs.studio.example";
    let mut server = Server::with_args(["--public-url", public]);
    assert!(server.url().starts_with("http://127.0.0.1:"), "{}", server.url());
    let first_report = &server.first_start().first_report;
    assert!(
        first_report.contains(&format!("{public}/projects/")),
        "{first_report}"
    );
    server.stop();
    let (output, _) = server.last_output();
    let second = output.lines().nth(1).unwrap_or_default();
    assert_eq!(second, format!("Its public address is {public}"));
}

/// The lines of the list, each as its words.
fn listed(server: &Server) -> Vec<Vec<String>> {
    let list = said(&server.command(["token", "list"]));
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    list.lines().map(words).collect()
}

/// Makes a token with these arguments, and gives it.
fn create(server: &Server, arguments: &[&str]) -> String {
    let made = said(&server.command([&["token", "create"], arguments].concat()));
    made.split_whitespace().last().unwrap_or_default().to_owned()
}

#[test]
fn tokens_are_listed_by_number_and_revoked_by_what_the_list_shows() {
    let mut server = Server::start();
    server.stop();
    let owner = server.first_start().owner_email.clone();
    let personal = create(&server, &["--user", &owner, "--name", "A laptop"]);
    let game = create(&server, &["--project", server.project(), "--name", "Release"]);
    let list = listed(&server);
    let [headings, tokens @ ..] = list.as_slice() else {
        panic!("an empty list")
    };
    assert_eq!(
        headings.first().map(String::as_str),
        Some("NUMBER"),
        "{headings:?}"
    );
    let column = |number: usize| tokens.iter().filter_map(move |line| line.get(number).cloned());
    assert_eq!(column(0).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    let partial = column(1).next_back().expect("the token that was made last");
    assert_eq!(listed(&server), list, "the same order each time");

    said(&server.command(["token", "revoke", "3"]));
    let revoked = said(&server.command(["token", "revoke", &partial]));
    assert!(revoked.contains("Token 4 (Release, of pr-"), "{revoked}");
    let again = refusal(&server.command(["token", "revoke", &partial]));
    assert!(again.contains("bugle token list"), "{again}");
    server.restart();
    for token in [personal, game] {
        let verify = Request::post("/auth/verify").header("Authorization", token);
        server.send(&verify).expect_status(401);
    }
}

#[test]
fn what_cannot_be_made_is_refused_by_name() {
    let mut server = Server::start();
    server.stop();
    let owner = server.first_start().owner_email.clone();
    let project = server.project();
    for (arguments, expected) in [
        (&["user", "add", &owner][..], "has an account already"),
        (&["user", "add", "nobody"], "is not an e-mail address"),
        (
            &["user", "password", "no@b.example"],
            "no account with the address no@b.example",
        ),
        (
            &["token", "create", "--user", &owner, "--name", " "],
            "--name can't be blank",
        ),
        (
            &["token", "create", "--user", "no@b.example", "--name", "x"],
            "no@b.example",
        ),
        (
            &["token", "create", "--project", "pr-1", "--name", "x"],
            "no project pr-1",
        ),
        (
            &["token", "create", "--name", "x"],
            "--user <EMAIL>|--project <PR-ID>",
        ),
        (
            &[
                "token",
                "create",
                "--user",
                &owner,
                "--project",
                project,
                "--name",
                "x",
            ],
            "cannot be used with",
        ),
    ] {
        let message = refusal(&server.command(arguments));
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
    assert_eq!(
        listed(&server).len(),
        3,
        "headings, and the tokens of the first start"
    );
}

#[test]
fn a_directory_that_no_server_was_started_on_is_left_to_the_first_start() {
    let folder = tempfile::tempdir().expect("a directory");
    for arguments in [&["user", "add", "a@studio.example"][..], &["token", "list"]] {
        let output = bugle()
            .args(arguments)
            .arg("--data")
            .arg(folder.path())
            .output()
            .expect("the binary runs");
        let message = refusal(&output);
        assert!(
            message.contains("start the server once"),
            "{arguments:?}: {message}"
        );
    }
    let left = fs::read_dir(folder.path()).expect("it is there").count();
    assert_eq!(left, 0, "nothing was made in it");
}

#[test]
fn a_reader_that_went_away_is_no_error_for_a_list_and_one_for_a_secret() {
    let mut server = Server::start();
    server.stop();
    let owner = server.first_start().owner_email.clone();
    let to_nobody = |arguments: &[&str]| {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut command = bugle();
        command.args(arguments).arg("--data").arg(server.data());
        command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap()
    };
    for arguments in [&["token", "list"][..], &["check"]] {
        let output = to_nobody(arguments).wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
    let create = ["token", "create", "--user", &owner, "--name", "Unseen"];
    let message = refusal(&to_nobody(&create).wait_with_output().unwrap());
    assert!(
        message.contains("token 3 is made, but could not be shown"),
        "{message}"
    );
}

#[test]
fn every_command_reads_the_settings_that_the_server_reads() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Launch::new().with_data(&data).start().stop();
    let config = folder.path().join("b.toml");
    fs::write(
        &config,
        format!(
            "data = {:?}\nlisten = \"127.0.0.1:1\"\n",
            data.display().to_string()
        ),
    )
    .unwrap();
    let backup = folder.path().join("a.backup");
    let backup = backup.to_str().unwrap();
    for arguments in [
        &["token", "list"][..],
        &["user", "add", "ada@studio.example"],
        &["check"],
        &["backup", backup],
    ] {
        let output = bugle().args(arguments).arg("--config").arg(&config).output();
        said(&output.unwrap());
    }
    let list = bugle()
        .args(["token", "list"])
        .env("BUGLE_CONFIG", &config)
        .output();
    assert_eq!(said(&list.unwrap()).lines().count(), 3);
    let list = bugle().args(["token", "list"]).env("BUGLE_DATA", &data).output();
    assert_eq!(said(&list.unwrap()).lines().count(), 3);
}

#[test]
fn somebody_who_lost_their_password_gets_a_new_one() {
    let mut server = Server::start();
    let (email, old) = {
        let start = server.first_start();
        (start.owner_email.clone(), start.owner_password.clone())
    };
    let sign_in = |password: &str| {
        Request::post("/session.json").json(&serde_json::json!({"email": email, "password": password}))
    };
    let signed_in = server.send(&sign_in(&old)).expect_status(201);
    let cookie = signed_in.header("Set-Cookie").expect("a cookie");
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let me = Request::get("/profiles/me.json").header("Cookie", cookie);
    server.send(&me).expect_status(200);
    let refused = refusal(&server.command(["user", "password", &email]));
    assert!(refused.contains("in use"), "while the server runs: {refused}");

    server.stop();
    let output = said(&server.command(["user", "password", &email.to_uppercase()]));
    let new = output.split_whitespace().last().unwrap_or_default().to_owned();
    server.restart();
    server.send(&me).expect_status(401);
    server.send(&sign_in(&old)).expect_status(401);
    server.send(&sign_in(&new)).expect_status(201);
    let token = Request::get("/profiles/me.json").bearer(server.personal_token());
    server.send(&token).expect_status(200);
}

#[test]
fn a_proxy_is_trusted_by_its_address_alone() {
    let server = Launch::new()
        .with_env("BUGLE_TRUSTED_PROXY", "10.0.0.0/8, 127.0.0.1")
        .start();
    let token = server.token_with_limit(1);
    let from = |client: &str| {
        let request = Request::post(server.path("issues.json")).form_user(&token);
        let request = request.header("X-Forwarded-For", client);
        let body = serde_json::json!({"title": "The lift"});
        server.send(&request.json(&body)).status
    };
    assert_eq!((from("198.51.100.1"), from("198.51.100.2")), (201, 201));
    assert_eq!(from("198.51.100.1"), 403, "each client counts for itself");
}

#[test]
fn the_first_page_leads_to_the_documents() {
    let server = Server::start();
    let page = server.send(&Request::get("/")).expect_status(200);
    assert!(page.text().contains("href=\"docs/api\""), "{}", page.text());
    server.send(&Request::get("/docs/api")).expect_status(200);
}
