//! Schemathesis against a live server: it makes up requests from the `OpenAPI` document and checks the answers.
//!
//! The settings and what they leave out, each with its reason, are in `tests/schemathesis`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::python::Environment;

/// Every package that it needs, in the version that the settings are written for.
const PACKAGES: &str = "tests/schemathesis/requirements.txt";

/// How long a server may take to say where it listens.
const FIRST_LINES_TIME_MAX: Duration = Duration::from_secs(60);

/// What a path may name: whatever the patterns of the document say, but what is there.
const NARROWED: [(&str, &str); 3] = [
    (r"^(g-)?[0-9]{1,15}$", "^[1-3]$"),
    (r"^(fr-)?[0-9]{1,15}$", "^[1-3]$"),
    (r"^(t-)?[0-9]{1,15}$", "^[1-3]$"),
];

/// Makes sure that Schemathesis is in a virtual environment below `target`, and gives its program.
pub(crate) fn provide(root: &Path) -> Result<PathBuf, String> {
    let environment = Environment {
        name: "Schemathesis",
        folder: "target/schemathesis-environment",
        packages: PACKAGES,
    };
    Ok(environment.provide(root)?.join("bin/st"))
}

/// Tries the API of the debug server, which must have been built; `seed` takes the place of the settings' own.
pub(crate) fn try_api(root: &Path, seed: Option<u32>) -> Result<(), String> {
    let program = provide(root)?;
    let folder = root.join("target/schemathesis");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let server = Server::start(&folder)?;
    let document = folder.join("openapi.json");
    fs::write(
        &document,
        narrowed(&server.get("/openapi.json")?, &server.project),
    )
    .map_err(|error| format!("{}: {error}", document.display()))?;
    let settings = root.join("tests/schemathesis");
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(settings.join("schemathesis.toml"))
        .arg("run")
        .arg(&document)
        .args(["--url", &format!("http://{}", server.address)])
        // Those in the hooks take their places.
        .args(["--checks", "all"])
        .args(["--exclude-checks", "positive_data_acceptance,negative_data_rejection"])
        // More threads, or an end by the clock, would send other requests each time.
        .args(["--workers", "1"])
        .env("BUGLE_PAT", &server.token)
        .env("PYTHONPATH", &settings)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_COLOR", "1")
        .current_dir(&folder);
    if let Some(seed) = seed {
        command.args(["--seed", &seed.to_string()]);
    }
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("Schemathesis found faults, which it tells above".to_owned()),
        Err(error) => Err(format!("Schemathesis does not run: {error}")),
    }
}

/// The document with the one project that is there, and few reports: else nearly all requests would be for nothing.
fn narrowed(document: &str, project: &str) -> String {
    let any = r#""pattern":"^pr-[0-9]{10}$""#;
    let mut document = document.replace(any, &format!(r#""enum":["{project}"]"#));
    for (pattern, few) in NARROWED {
        document = document.replace(pattern, few);
    }
    document
}

/// A server on an empty data directory, ended when dropped.
struct Server {
    process: Child,
    address: String,
    project: String,
    token: String,
}

impl Server {
    fn start(folder: &Path) -> Result<Self, String> {
        let log = fs::File::create(folder.join("server.log")).map_err(|error| error.to_string())?;
        // Built beside this program, whichever the target directory is.
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut process = Command::new(program.with_file_name("bugle"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("data"))
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("the server does not start: {error}"))?;
        let output = process.stdout.take().ok_or("the server has no output")?;
        let mut server = Self {
            process,
            address: String::new(),
            project: String::new(),
            token: String::new(),
        };
        let lines = lines_of(output);
        let deadline = Instant::now() + FIRST_LINES_TIME_MAX;
        while !server.is_known() {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = lines
                .recv_timeout(left)
                .map_err(|failure| server_silent(failure).to_owned())?;
            server.take(&line);
        }
        Ok(server)
    }

    /// Whether all is known that a first start says.
    fn is_known(&self) -> bool {
        ![&self.address, &self.token, &self.project]
            .iter()
            .any(|said| said.is_empty())
    }

    /// Takes what a line of the first start says.
    fn take(&mut self, line: &str) {
        for word in line.split([' ', '\'', '"']) {
            if let Some(address) = word.strip_prefix("http://") {
                let address = address.split('/').next().unwrap_or(address);
                address.clone_into(&mut self.address);
            } else if word.starts_with("pr-") {
                word.clone_into(&mut self.project);
            } else if word.starts_with("pat-") {
                word.clone_into(&mut self.token);
            }
        }
    }

    fn get(&self, path: &str) -> Result<String, String> {
        let exchange = || -> std::io::Result<String> {
            let mut connection = TcpStream::connect(&self.address)?;
            write!(
                connection,
                "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n",
                self.address
            )?;
            let mut answer = String::new();
            connection.read_to_string(&mut answer)?;
            Ok(answer)
        };
        let answer = exchange().map_err(|error| format!("{path}: {error}"))?;
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
        body.ok_or_else(|| format!("{path}: not an answer"))
    }
}

/// What is printed, line by line. It is read to its end also when nobody listens any more: whoever prints must not wait
/// for a reader.
fn lines_of(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    lines
}

const fn server_silent(failure: RecvTimeoutError) -> &'static str {
    match failure {
        RecvTimeoutError::Timeout => "the server did not say its address and its tokens within a minute",
        RecvTimeoutError::Disconnected => "the server ended before it said its address and its tokens",
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn lines_are_waited_for_and_no_longer_than_said() {
        let (reader, mut writer) = io::pipe().unwrap();
        let lines = lines_of(reader);
        writer.write_all(b"one\ntw").unwrap();
        assert_eq!(lines.recv_timeout(FIRST_LINES_TIME_MAX).as_deref(), Ok("one"));
        let silent = lines.recv_timeout(Duration::ZERO).map_err(server_silent);
        assert!(silent.unwrap_err().contains("within a minute"));
        drop(writer);
        assert_eq!(lines.recv_timeout(FIRST_LINES_TIME_MAX).as_deref(), Ok("tw"));
        let ended = lines.recv_timeout(FIRST_LINES_TIME_MAX).map_err(server_silent);
        assert!(ended.unwrap_err().contains("ended"));
    }

    #[test]
    fn paths_name_what_is_there() {
        let document = r#"{"pattern":"^pr-[0-9]{10}$"},{"pattern":"^(fr-)?[0-9]{1,15}$"}"#;
        assert_eq!(
            narrowed(document, "pr-0123456789"),
            r#"{"enum":["pr-0123456789"]},{"pattern":"^[1-3]$"}"#
        );
    }
}
