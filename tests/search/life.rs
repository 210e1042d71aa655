use std::fs;
use std::path::Path;

use support::{Request, Server};

use super::{expect_found, ids, report, search};

/// Every published report with the word is found, and no other.
#[track_caller]
fn expect_all(server: &Server, live: &[u64]) {
    let mut expected = live.to_vec();
    expected.reverse();
    assert_eq!(ids(&search(server, "query=crash&per_page=100")), expected);
}

#[test]
fn after_a_restart_nothing_is_missing() {
    let mut server = Server::start();
    let live: Vec<u64> = (0..10).map(|_| report(&server, "Crash", "", false).id).collect();
    report(&server, "Crash", "", true);
    server.restart();
    expect_all(&server, &live);
    assert!(
        !server.log().contains("built"),
        "it went on where it was: {}",
        server.log()
    );
}

#[test]
fn after_a_kill_nothing_is_missing() {
    let mut server = Server::start();
    let mut live: Vec<u64> = (0..10).map(|_| report(&server, "Crash", "", false).id).collect();
    expect_found(&server, "query=crash&per_page=1", &live[9..]);
    // Killed with reports that the index has not seen, one of them published from a draft that it has.
    for _ in 0..3 {
        let draft = report(&server, "Crash", "", true);
        live.push(report(&server, "Crash", "", false).id);
        let publish =
            Request::post(server.path(&format!("issues/g-{}/publish", draft.id))).bearer(&draft.token);
        server.send(&publish).expect_status(200);
        live.push(draft.id);
        report(&server, "Crash", "", true);
        server.kill_hard();
        server.restart();
        live.sort_unstable();
        expect_all(&server, &live);
    }
}

#[test]
fn an_index_that_is_lost_or_spoilt_comes_back() {
    let spoil: [fn(&Path); 3] = [
        |index| fs::remove_dir_all(index).unwrap(),
        |index| {
            for file in fs::read_dir(index).unwrap() {
                fs::write(file.unwrap().path(), [0xff; 100]).unwrap();
            }
        },
        |index| {
            fs::remove_dir_all(index).unwrap();
            fs::create_dir_all(index.join("meta.json")).unwrap();
        },
    ];
    let mut server = Server::start();
    let live: Vec<u64> = (0..10).map(|_| report(&server, "Crash", "", false).id).collect();
    for spoil in spoil {
        server.stop();
        spoil(&server.data().join("search"));
        server.restart();
        expect_all(&server, &live);
    }
}

#[test]
fn a_backup_does_without_the_index() {
    let mut server = Server::start();
    let live: Vec<u64> = (0..3).map(|_| report(&server, "Crash", "", false).id).collect();
    server.stop();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let made = server.command([Path::new("backup"), &file]);
    assert!(made.status.success(), "{made:?}");
    fs::remove_dir_all(server.data()).unwrap();
    let restored = server.command([Path::new("restore"), &file]);
    assert!(restored.status.success(), "{restored:?}");
    assert!(!server.data().join("search").exists());
    server.restart();
    expect_all(&server, &live);
}
