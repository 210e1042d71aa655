//! `bugle check`, `backup` and `restore`, run as an operator runs them.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

mod damage;
mod life;

use std::ffi::OsStr;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use support::media::PNG;
use support::{Multipart, Request, Server, bugle};

/// What one command said.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    output: String,
    errors: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Said {
    #[track_caller]
    fn well(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        assert_eq!(self.errors, "", "no bar where there is no terminal");
        self
    }

    /// Refused: nothing on standard output, and each of these on standard error.
    #[track_caller]
    fn refused(self, because: &[&str]) {
        assert_eq!((self.code, self.output.as_str()), (Some(1), ""), "{self:?}");
        for text in because {
            assert!(self.errors.contains(text), "no {text:?} in {:?}", self.errors);
        }
    }
}

/// Runs a command on a data directory.
fn run<I: IntoIterator<Item: AsRef<OsStr>>>(arguments: I, data: &Path) -> Said {
    let mut command = bugle();
    command.args(arguments).arg("--data").arg(data);
    Said::from(command.output().expect("the binary can be run"))
}

/// Files a report with a screenshot of this many pixels' worth of bytes, and gives the answer.
fn report_with_screenshot(server: &Server, title: &str, size: usize) -> Value {
    let issue = server.report(title, "").expect_status(201).json();
    let mut picture = PNG.to_vec();
    picture.resize(PNG.len() + size, 7);
    let upload = Multipart::new().file("screenshot[image]", "seen.png", "image/png", &picture);
    let path = server.path(&format!("issues/g-{}/screenshots", issue["id"]));
    let request = Request::post(path).bearer(issue["token"].as_str().unwrap());
    server.send(&request.multipart(upload)).expect_status(201);
    issue
}
