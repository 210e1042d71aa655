//! Every `curl` and every code sample of the two seeds, word by word but for the server's address, the project and the
//! token, run by the program that it was written for. Where that program is missing, the sample's requests are sent all
//! the same, with the headers that the program would send.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

mod personal_tokens;
mod project_tokens;

use std::process::{Command, Output};

use serde_json::Value;
use support::Server;

/// Puts this server where the sample names another one.
fn filled_in(sample: &str, server: &Server, token: &str) -> String {
    let mut text = sample.replace("https://app.betahub.io", server.url());
    for project in ["pr-123", "pr-abc123", "pr-YOUR_PROJECT_ID"] {
        text = text.replace(project, server.project());
    }
    for placeholder in [
        "tkn-YOUR_TOKEN_HERE",
        "tkn-YOUR_TOKEN",
        "tkn-abc123def456...",
        "YOUR_TOKEN_HERE",
        "your_token_here",
        "${{ secrets.BETAHUB_TOKEN }}",
    ] {
        text = text.replace(placeholder, token);
    }
    text
}

/// Runs a program with the sample as its last argument; `None`, and a line that says so, where it is missing.
fn run(program: &str, arguments: &[&str], text: &str) -> Option<Output> {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    if !is_there {
        eprintln!("skipped: there is no {program} on this machine");
        return None;
    }
    let output = Command::new(program).args(arguments).arg(text).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(output)
}

/// Pastes a `curl` sample into a shell and gives the answer's JSON.
fn paste(sample: &str, server: &Server, token: &str) -> Option<Value> {
    let is_there = Command::new("curl").arg("--version").output().is_ok();
    if !is_there {
        eprintln!("skipped: there is no curl on this machine");
        return None;
    }
    let silent = format!(
        "curl() {{ command curl --silent \"$@\"; }}\n{}",
        filled_in(sample, server, token)
    );
    let output = run("bash", &["-c"], &silent)?;
    let text = String::from_utf8(output.stdout).unwrap();
    let answer = serde_json::from_str(&text);
    Some(answer.unwrap_or_else(|error| panic!("{error}: {text}")))
}

/// Runs a JavaScript sample as a module, so that it may wait for answers.
fn run_javascript(sample: &str, server: &Server, token: &str) -> Option<String> {
    let text = filled_in(sample, server, token);
    let output = run("node", &["--input-type=module", "--eval"], &text)?;
    Some(String::from_utf8(output.stdout).unwrap())
}
