//! What was backed up comes back.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Launch, Request, Server};

use crate::{report_with_screenshot, run};

/// Every file of the owner's issues, by issue and name, with its bytes.
fn files(server: &Server, owner: &str, project: &str) -> BTreeSet<(String, Vec<u8>)> {
    let get = |path: &str| server.send(&Request::get(path).bearer(owner)).expect_status(200);
    let mut found = BTreeSet::new();
    let list = get(&format!("/projects/{project}/issues.json?per_page=100")).json();
    for issue in list["issues"].as_array().unwrap() {
        let folder = format!("/projects/{project}/issues/g-{}/screenshots", issue["id"]);
        for file in get(&format!("{folder}.json")).json().as_array().unwrap() {
            let bytes = get(&format!("{folder}/{}", file["id"])).body;
            found.insert((issue["title"].to_string(), bytes));
        }
    }
    found
}

fn titles(server: &Server, owner: &str, project: &str) -> Vec<(Value, Value)> {
    let path = format!("/projects/{project}/issues.json?per_page=100");
    let list = server
        .send(&Request::get(path).bearer(owner))
        .expect_status(200)
        .json();
    let issues = list["issues"].as_array().unwrap();
    issues
        .iter()
        .map(|issue| (issue["id"].clone(), issue["title"].clone()))
        .collect()
}

/// Both servers show the same to the same token, and the restored one goes on.
#[track_caller]
fn check_same(original: &Server, restored: &Server) {
    let (owner, project) = (original.personal_token(), original.project());
    let expected = titles(original, owner, project);
    assert!(!expected.is_empty());
    assert_eq!(titles(restored, owner, project), expected);
    let expected = files(original, owner, project);
    assert!(!expected.is_empty());
    assert!(files(restored, owner, project) == expected, "files differ");
    let report = Request::post(format!("/projects/{project}/issues.json"))
        .form_user(original.project_token())
        .json(&serde_json::json!({"title": "After the restore"}));
    restored.send(&report).expect_status(201);
}

fn start_on(data: &Path) -> Server {
    Launch::new().with_data(data).start()
}

#[test]
fn a_server_starts_on_a_restored_backup_with_all_that_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let (file, elsewhere) = (folder.path().join("a.backup"), folder.path().join("new"));
    let mut server = Server::start();
    for number in 0..5 {
        report_with_screenshot(&server, &format!("Report {number}"), number);
    }
    server.stop();
    let said = run(["backup".as_ref(), file.as_os_str()], server.data()).well();
    assert!(said.output.contains("           5  files\n"), "{said:?}");
    let said = run(["restore".as_ref(), file.as_os_str()], &elsewhere).well();
    assert!(said.output.contains("           5  files\n"), "{said:?}");
    let said = run(["check"], &elsewhere).well();
    for line in [
        "           5  issues\n",
        "           5  files\n",
        "All is well.\n",
    ] {
        assert!(said.output.contains(line), "no {line:?} in {said:?}");
    }
    server.restart();
    check_same(&server, &start_on(&elsewhere));
}

#[test]
fn what_came_after_the_backup_comes_back_from_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (file, elsewhere) = (folder.path().join("a.backup"), folder.path().join("new"));
    let mut server = Server::start();
    report_with_screenshot(&server, "Before", 1);
    server.stop();
    run(["backup".as_ref(), file.as_os_str()], server.data()).well();
    server.restart();
    report_with_screenshot(&server, "After", 2);
    server.kill_hard();

    let journal = server.data().join("journal");
    let restore = [
        "restore".as_ref(),
        file.as_os_str(),
        "--journal".as_ref(),
        journal.as_os_str(),
    ];
    let said = run(restore, &elsewhere).well();
    assert!(
        said.output.contains("           1  files after the backup"),
        "{said:?}"
    );
    run(["check"], &elsewhere).well();
    server.restart();
    check_same(&server, &start_on(&elsewhere));
}

#[test]
fn a_journal_that_is_not_there_is_refused_before_anything_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    let (file, elsewhere) = (folder.path().join("a.backup"), folder.path().join("new"));
    let mut server = Server::start();
    server.stop();
    run(["backup".as_ref(), file.as_os_str()], server.data()).well();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for slip in [folder.path().join("nowhere"), empty] {
        let restore = [
            "restore".as_ref(),
            file.as_os_str(),
            "--journal".as_ref(),
            slip.as_os_str(),
        ];
        run(restore, &elsewhere).refused(&[&slip.to_string_lossy(), "nothing was restored"]);
        assert!(!elsewhere.exists(), "{} was begun", elsewhere.display());
    }
}

#[test]
fn what_is_no_backup_is_refused_by_name_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (file, elsewhere) = (folder.path().join("a.backup"), folder.path().join("new"));
    let name = file.to_string_lossy().into_owned();
    let restore = || run(["restore".as_ref(), file.as_os_str()], &elsewhere);
    for content in [
        &b""[..],
        b"a letter",
        b"PK\x03\x04 a longer file of another program",
        b"bugle",
    ] {
        fs::write(&file, content).unwrap();
        restore().refused(&[&name, "is no Bugle backup", "nothing was restored"]);
        assert!(!elsewhere.exists(), "{} was begun", elsewhere.display());
    }
    fs::write(&file, "bugle backup 2\nwhat a later program wrote").unwrap();
    restore().refused(&[&name, "bugle backup 2", "use a newer bugle"]);
    assert!(!elsewhere.exists(), "{} was begun", elsewhere.display());
}

#[test]
fn nothing_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.backup");
    let mut server = Server::start();
    server.stop();
    fs::write(&file, "a letter").unwrap();
    let path = file.to_string_lossy();
    run(["backup".as_ref(), file.as_os_str()], server.data()).refused(&[&path, "choose another"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "a letter");

    fs::remove_file(&file).unwrap();
    run(["backup".as_ref(), file.as_os_str()], server.data()).well();
    let data = server.data().to_string_lossy().into_owned();
    run(["restore".as_ref(), file.as_os_str()], server.data()).refused(&[&data, "is not empty"]);
    run(["check"], server.data()).well();
}

#[test]
fn half_a_restore_is_nothing_to_go_on_with_and_every_command_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (file, elsewhere) = (folder.path().join("a.backup"), folder.path().join("new"));
    let mut server = Server::start();
    report_with_screenshot(&server, "Seen", 1000);
    server.stop();
    run(["backup".as_ref(), file.as_os_str()], server.data()).well();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let name = elsewhere.to_string_lossy().into_owned();
    let restore = || run(["restore".as_ref(), file.as_os_str()], &elsewhere);
    restore().refused(&[&name, "delete it before you restore again"]);
    fs::write(&file, &whole).unwrap();
    let next_step = [name.as_str(), "delete that directory and restore again"];
    restore().refused(&next_step);
    for command in [&["serve"][..], &["check"], &["token", "list"]] {
        run(command, &elsewhere).refused(&next_step);
    }
    fs::remove_dir_all(&elsewhere).unwrap();
    restore().well();
    run(["check"], &elsewhere).well();
}

#[test]
fn a_directory_in_use_or_not_there_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.backup");
    let server = Server::start();
    let data = server.data().to_string_lossy().into_owned();
    run(["check"], server.data()).refused(&[&data, "is in use by another bugle"]);
    run(["backup".as_ref(), file.as_os_str()], server.data()).refused(&[&data, "is in use by another bugle"]);
    assert!(!file.exists());
    server.report("It works on", "").expect_status(201);

    let nowhere = folder.path().join("nowhere");
    let name = nowhere.to_string_lossy().into_owned();
    run(["check"], &nowhere).refused(&["no data directory", &name]);
    run(["backup".as_ref(), file.as_os_str()], &nowhere).refused(&["no data directory", &name]);
    run(["restore".as_ref(), file.as_os_str()], &nowhere).refused(&["cannot read the backup", "a.backup"]);
    assert!(!nowhere.exists(), "nothing was begun");
}
