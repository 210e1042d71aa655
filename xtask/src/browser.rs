//! The pages in headless Chromium: the tests in `tests/browser`, and the pictures of pages in `docs/images`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::needs;

/// Where the tests and what they need of npm are.
const FOLDER: &str = "tests/browser";
/// Where the pictures go.
const IMAGES: &str = "docs/images";

/// Makes sure that Chromium, node and the packages of `package-lock.json` are there.
pub(crate) fn provide(root: &Path) -> Result<(), String> {
    needs::provide(needs::FOR_BROWSER)?;
    let folder = root.join(FOLDER);
    let wanted = read(&folder.join("package-lock.json"))?;
    // Written once all is installed.
    let installed = folder.join("node_modules/installed.json");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("Installing what the browser tests need");
    run(Command::new("npm").args(["ci", "--silent"]).current_dir(&folder))?;
    fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))
}

/// Runs every test against the debug build of the server.
pub(crate) fn test(root: &Path) -> Result<(), String> {
    let files = tests_in(&root.join(FOLDER))?;
    run(Command::new("node").arg("--test").args(files).current_dir(root))
}

/// Takes pictures of the main pages.
pub(crate) fn take_pictures(root: &Path) -> Result<(), String> {
    let script = root.join(FOLDER).join("screenshots.mjs");
    run(Command::new("node")
        .arg(script)
        .arg(root.join(IMAGES))
        .current_dir(root))
}

/// The files with tests, by name. Not the folder itself: node's versions differ in what they take for a test.
fn tests_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let told = |error| format!("{}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(format!("{} has no tests", folder.display()));
    }
    Ok(files)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("cannot run {command:?}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_and_nothing_else() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
        let files = tests_in(&folder).unwrap();
        let names: Vec<_> = files
            .iter()
            .map(|file| file.file_name().unwrap().to_string_lossy())
            .collect();
        assert!(names.contains(&"sign_in.test.mjs".into()), "{names:?}");
        assert!(!names.contains(&"harness.mjs".into()), "{names:?}");
        assert!(tests_in(&folder.join("../../src")).is_err());
    }
}
