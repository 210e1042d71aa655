//! What the tests need beyond Rust, and getting it.

use std::process::{Command, Stdio};

/// A program that a test runs.
pub(crate) struct Tool {
    /// The program, as the test calls it.
    program: &'static str,
    /// The arguments that make it exit at once with success.
    probe: &'static [&'static str],
    /// The Debian package that brings it.
    package: &'static str,
    /// What needs it, for whoever has to install it by hand.
    purpose: &'static str,
}

/// What the tests run.
pub(crate) const FOR_TESTS: &[Tool] = &[Tool {
    program: "curl",
    probe: &["--version"],
    package: "curl",
    purpose: "files the first report as printed",
}];

/// What Schemathesis runs on.
pub(crate) const FOR_SCHEMATHESIS: &[Tool] = &[Tool {
    program: "python3",
    // Debian has it in a package of its own, and Python without it.
    probe: &["-c", "import ensurepip, venv"],
    package: "python3-venv",
    purpose: "runs Schemathesis",
}];

/// What the tests of the pages run on.
pub(crate) const FOR_BROWSER: &[Tool] = &[
    Tool {
        program: "chromium",
        probe: &["--version"],
        package: "chromium",
        purpose: "shows the pages to their tests",
    },
    Tool {
        program: "node",
        probe: &[
            "-e",
            "process.exit(Number.parseInt(process.versions.node) < 18 ? 1 : 0)",
        ],
        package: "nodejs",
        purpose: "runs the tests of the pages (version 18 or newer)",
    },
    Tool {
        program: "npm",
        probe: &["--version"],
        package: "npm",
        purpose: "gets what they are written with",
    },
];

/// Makes sure that every tool is there: installs what is missing when it may, otherwise says what to install.
pub(crate) fn provide(tools: &[Tool]) -> Result<(), String> {
    let missing: Vec<&Tool> = tools.iter().filter(|tool| !is_there(tool)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    if may_install() && install(&packages) {
        return match missing.iter().find(|tool| !is_there(tool)) {
            Some(tool) => Err(format!(
                "{} was installed, yet {} does not run.",
                tool.package, tool.program
            )),
            None => Ok(()),
        };
    }
    let lines: Vec<String> = missing
        .iter()
        .map(|tool| format!("  {:<12} {}", tool.program, tool.purpose))
        .collect();
    Err(format!(
        "Some programs that the tests need are missing:\n{}\nInstall them; on Debian or Ubuntu:\n  sudo apt-get install {}",
        lines.join("\n"),
        packages.join(" ")
    ))
}

fn is_there(tool: &Tool) -> bool {
    let mut command = Command::new(tool.program);
    command
        .args(tool.probe)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Installing takes root and apt; asking for a password in the middle of a test run would surprise.
fn may_install() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn install(packages: &[&str]) -> bool {
    println!("Installing {}", packages.join(", "));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .arg("--quiet")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend_from_slice(packages);
    // A machine that has never fetched its package lists, or fetched them long ago, needs them first.
    apt(&arguments) || (apt(&["update"]) && apt(&arguments))
}
