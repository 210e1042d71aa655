//! Schemathesis against a live server: it makes up requests from the `OpenAPI` document and checks the answers.
//!
//! The settings and what they leave out, each with its reason, are in `tests/schemathesis`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::python::Environment;

/// Every package that it needs, in the version that the settings are written for.
const PACKAGES: &str = "tests/schemathesis/requirements.txt";

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
        .args(["--checks", "all", "--exclude-checks", "positive_data_acceptance"])
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
        let mut lines = BufReader::new(output).lines();
        for line in lines.by_ref().map_while(Result::ok) {
            server.take(&line);
            if !server.address.is_empty() && !server.token.is_empty() && !server.project.is_empty() {
                // It goes on printing, and must not wait for a reader.
                thread::spawn(move || lines.for_each(drop));
                return Ok(server);
            }
        }
        Err("the server ended before it said its address and its tokens".to_owned())
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

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_what_is_there() {
        let document = r#"{"pattern":"^pr-[0-9]{10}$"},{"pattern":"^(fr-)?[0-9]{1,15}$"}"#;
        assert_eq!(
            narrowed(document, "pr-0123456789"),
            r#"{"enum":["pr-0123456789"]},{"pattern":"^[1-3]$"}"#
        );
    }
}
