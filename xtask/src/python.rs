//! Packages of Python that tests need, each set in an environment of its own below `target`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A virtual environment.
pub(crate) struct Environment {
    /// What it is for.
    pub(crate) name: &'static str,
    /// Where it is, in the repository.
    pub(crate) folder: &'static str,
    /// The file that lists every package of it, each in one version.
    pub(crate) packages: &'static str,
}

/// What tells the signatures of webhooks good (`tests/webhooks/signed.rs`).
pub(crate) const FOR_WEBHOOKS: Environment = Environment {
    name: "the receiver's side of Standard Webhooks",
    folder: "target/webhooks-environment",
    packages: "tests/webhooks/requirements.txt",
};

impl Environment {
    /// Makes sure that it is there with these packages, and gives its folder.
    pub(crate) fn provide(&self, root: &Path) -> Result<PathBuf, String> {
        let packages = root.join(self.packages);
        let wanted = fs::read_to_string(&packages).map_err(|error| format!("{}: {error}", self.packages))?;
        let environment = root.join(self.folder);
        // Written once all is installed.
        let installed = environment.join("installed.txt");
        let is_there = Command::new(environment.join("bin/python"))
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if is_there && fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
            return Ok(environment);
        }
        // One of other versions, or a half-made one of an interrupted run, is made anew.
        let _ = fs::remove_dir_all(&environment);
        println!("Installing {}", self.name);
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        // `pip` refuses to install for a user into an environment, where somebody has set that.
        run(Command::new(environment.join("bin/pip"))
            .env("PIP_USER", "0")
            .args([
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(&packages))?;
        fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))?;
        Ok(environment)
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("cannot run {command:?}: {error}")),
    }
}
