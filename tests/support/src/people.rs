//! More people, projects and tokens than the first start makes.

use std::ffi::OsStr;
use std::process::Output;

use serde_json::{Value, json};

use crate::{Request, Server, bugle};

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their e-mail address.
    pub email: String,
    /// The password that was generated for them.
    pub password: String,
    /// A personal token of theirs.
    pub token: String,
}

impl Server {
    /// Runs a command of `bugle` on the server's data directory. Most of them want the server stopped.
    pub fn command<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Output {
        let mut command = bugle();
        command.args(arguments).arg("--data").arg(self.data());
        command
            .output()
            .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"))
    }

    /// Gives somebody an account and a token. Stops the server for it and starts it again.
    pub fn add_person(&mut self, email: &str) -> Person {
        self.stop();
        let password = last_word(&self.command(["user", "add", email]));
        let token = last_word(&self.command(["token", "create", "--user", email, "--name", "First"]));
        self.restart();
        Person {
            email: email.to_owned(),
            password,
            token,
        }
    }

    /// Makes a project with that personal token, and gives its id.
    #[track_caller]
    pub fn create_project(&self, personal_token: &str, name: &str) -> String {
        let request = Request::post("/projects.json")
            .bearer(personal_token)
            .json(&json!({"name": name}));
        text(&self.send(&request).expect_status(201).json(), "id")
    }

    /// Makes a project token that takes so many bug reports a day from each address, and gives it in the clear.
    #[track_caller]
    pub fn token_with_limit(&self, bug_reports_per_day: u64) -> String {
        let settings = json!({"name": "Limited", "bug_reports_per_day": bug_reports_per_day});
        text(&self.create_token(&settings), "token")
    }
}

/// The string in a field of an answer. Panics when there is none.
#[track_caller]
fn text(answer: &Value, field: &str) -> String {
    match answer.get(field).and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => panic!("no {field} in {answer}"),
    }
}

/// What a command that shows a secret shows, behind all else.
fn last_word(output: &Output) -> String {
    let printed = String::from_utf8_lossy(&output.stdout);
    match printed.split_whitespace().last() {
        Some(word) if output.status.success() => word.to_owned(),
        _ => panic!("a command failed: {output:?}"),
    }
}
