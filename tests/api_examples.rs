//! Every example of docs/api.md, pasted into a shell in the order they stand in.

use std::process::{Command, Stdio};

use support::Server;

const DOCUMENT: &str = include_str!("../docs/api.md");

/// Shows what is sent and fails where an answer is an error: an example that is refused is none.
const PREAMBLE: &str = "set -eux\ncurl() { command curl --silent --show-error --fail-with-body \"$@\"; }\n";

/// The indented lines but for answers, and for the variables that the reader fills in.
fn examples() -> String {
    let mut script = String::from(PREAMBLE);
    let mut is_command = false;
    for line in DOCUMENT.lines() {
        let Some(text) = line.strip_prefix("    ") else {
            is_command = false;
            continue;
        };
        // What follows an answer or the variables without a gap belongs to them.
        is_command |= ["curl ", "printf ", "MADE=", "DRAFT=", "SENT=", "SHOT="]
            .iter()
            .any(|start| text.starts_with(start));
        if is_command {
            script.push_str(text);
            script.push('\n');
        }
    }
    script
}

/// What a shell reads in two ways: zsh expands unquoted patterns and has no comments when it is typed into, and most
/// shells look for `!` where no single quotes stand around it.
fn misread(script: &str) -> Option<char> {
    // What is open at the place that is looked at: `"`, or `(` of a `$(`.
    let mut open = Vec::new();
    let mut characters = script.chars().peekable();
    let mut before = '\n';
    while let Some(character) = characters.next() {
        let is_quoted = open.last() == Some(&'"');
        match character {
            '\\' => drop(characters.next()),
            '\'' if !is_quoted => drop(characters.find(|character| *character == '\'')),
            '"' if is_quoted => drop(open.pop()),
            '"' => open.push('"'),
            '$' if characters.peek() == Some(&'(') => {
                characters.next();
                open.push('(');
            }
            ')' if open.last() == Some(&'(') => drop(open.pop()),
            '!' => return Some('!'),
            '[' | ']' | '*' | '?' | '~' if !is_quoted => return Some(character),
            '#' if !is_quoted && before.is_whitespace() => return Some('#'),
            _ => {}
        }
        before = character;
    }
    None
}

#[test]
fn every_example_is_read_alike_by_all_shells() {
    let pasted = examples().replace(PREAMBLE, "");
    for line in pasted.replace("\\\n", " ").lines() {
        assert_eq!(misread(line), None, "{line}");
    }
    let variables = DOCUMENT
        .lines()
        .filter(|line| line.starts_with("    ") && line.contains("=pr-"));
    for line in variables {
        assert_eq!(misread(line), None, "{line}");
    }
    for bad in [
        "curl x # y",
        "curl -d a[b]=c",
        "curl x?y",
        "echo \"a!\"",
        "echo $(echo a*)",
    ] {
        assert!(misread(bad).is_some(), "{bad}");
    }
    assert_eq!(misread("echo \"$(printf %s 'a[#*?]' \"b[c]\")\" 'it#' a#b"), None);
}

#[test]
fn every_example_can_be_pasted() {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !has("bash") || !has("curl") {
        eprintln!("skipped: there is no bash or no curl on this machine");
        return;
    }
    let script = examples();
    assert!(script.matches("curl ").count() > 20, "few examples: {script}");
    for variable in ["URL=", "PROJECT=", "TKN=", "PAT=", "PASSWORD="] {
        assert!(
            DOCUMENT.contains(&format!("\n    {variable}")),
            "{variable} is not explained"
        );
    }
    let mut server = Server::start();
    server.stop();
    let added = server.command(["user", "add", "ada@studio.example"]);
    assert!(added.status.success(), "{added:?}");
    server.restart();
    let start = server.first_start();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(&folder)
        .env("URL", server.url())
        .env("PROJECT", &start.project)
        .env("TKN", &start.project_token)
        .env("PAT", &start.personal_token)
        .env("PASSWORD", &start.owner_password)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let answers = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{answers}");
}
