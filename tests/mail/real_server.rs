//! The same with a mail server that others wrote: aiosmtpd, in the Python environment that `cargo xtask test` makes.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{report, server_with};

/// Prints its port, then each mail as a line of JSON.
const SCRIPT: &str = r#"
import json, socket, sys
from aiosmtpd.controller import Controller
from email import message_from_bytes, policy

class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        told = {"to": envelope.rcpt_tos, "from": envelope.mail_from, "subject": mail["Subject"],
                "auto": mail["Auto-Submitted"], "type": mail.get_content_type(), "body": mail.get_content(),
                "defects": [str(defect) for defect in mail.defects]}
        print(json.dumps(told), flush=True)
        return "250 OK"

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
controller = Controller(Handler(), hostname="127.0.0.1", port=port)
controller.start()
print(port, flush=True)
sys.stdin.read()
"#;

/// The environment lies beside the folder that the test was built in.
fn python() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let target = test.ancestors().nth(3)?;
    let python = target.join("schemathesis-environment/bin/python");
    let has_it = Command::new(&python)
        .args(["-c", "import aiosmtpd"])
        .output()
        .ok()?;
    has_it.status.success().then_some(python)
}

#[test]
fn a_real_mail_server_takes_our_mail() {
    let Some(python) = python() else {
        eprintln!("skipped: aiosmtpd is not there; `cargo xtask test` installs it");
        return;
    };
    let mut command = Command::new(python);
    command
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let port = lines.next().unwrap().unwrap();
    let server = server_with(&format!("smtp://127.0.0.1:{port}"));
    report(
        &server,
        "Gr\u{fc}\u{df}e aus der H\u{f6}lle",
        "player@example.com",
    );
    let told: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let _ = process.kill();
    let _ = process.wait();
    assert_eq!(told["to"], serde_json::json!(["player@example.com"]));
    assert_eq!(told["from"], "bugs@studio.example");
    assert_eq!(
        (&told["auto"], &told["type"]),
        (&"auto-generated".into(), &"text/plain".into())
    );
    assert_eq!(told["defects"], serde_json::json!([]));
    let body = told["body"].as_str().unwrap();
    assert!(body.contains("Gr\u{fc}\u{df}e aus der H\u{f6}lle"), "{body}");
    assert!(body.contains("/reports/eyJ"), "{body}");
}
