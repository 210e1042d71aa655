//! That what docs/api.md says a studio's server does is enough: its two pieces of code, run as they stand.

use std::process::Command;

use serde_json::json;
use support::Server;
use support::signing::Signer;

use crate::{register, register_signer, report, seen};

const DOCUMENT: &str = include_str!("../../docs/api.md");

/// The indented lines from the one that begins so, to the next line of prose.
fn code(beginning: &str) -> String {
    let lines = DOCUMENT
        .lines()
        .skip_while(|line| !line.trim_start().starts_with(beginning));
    let code = lines.take_while(|line| line.is_empty() || line.starts_with("    "));
    code.map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned() + "\n")
        .collect()
}

/// What a program prints that is given some code; `None` where this machine does not have it.
fn run(program: &str, flag: &str, code: &str, variables: &[(&str, &str)]) -> Option<String> {
    let mut command = Command::new(program);
    command.args([flag, code]).envs(variables.iter().copied());
    let Ok(output) = command.output() else {
        eprintln!("skipped: there is no {program} on this machine");
        return None;
    };
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[track_caller]
fn check(server: &Server, jwt: &str) {
    let created = server.send(&report(server, jwt)).expect_status(201).json();
    let contact = seen(server, "issues", &created)["contact"].clone();
    let expected = json!({"subject": "player-77", "email": null, "name": "Jo"});
    assert_eq!(contact["vouched"], expected);
}

#[test]
fn the_example_in_python_signs_who_is_playing() {
    let server = Server::start();
    let body = json!({"name": "Back end", "algorithm": "HS256", "kid": "2026-11"});
    let key = register(&server, &body).expect_status(201).json();
    let code = code("import base64") + "print(identity('player-77', 'Jo'))\n";
    let variables = [("KID", "2026-11"), ("SECRET", key["secret"].as_str().unwrap())];
    if let Some(jwt) = run("python3", "-c", &code, &variables) {
        check(&server, &jwt);
    }
}

#[test]
fn the_example_in_node_signs_who_is_playing() {
    let server = Server::start();
    let signer = Signer::eddsa();
    let key = register_signer(&server, &signer);
    let code = code("const { sign }") + "console.log(identity('player-77', 'Jo'));\n";
    let private = signer.private_pem();
    let variables = [("KID", key["kid"].as_str().unwrap()), ("PRIVATE_KEY", &*private)];
    if let Some(jwt) = run("node", "-e", &code, &variables) {
        check(&server, &jwt);
    }
}
