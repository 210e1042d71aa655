//! What a bad disk did is found and named.

use std::fs;
use std::path::{Path, PathBuf};

use support::Server;

use crate::{report_with_screenshot, run};

/// Every file below a folder.
fn all_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| {
        if path.is_dir() {
            all_files(&path)
        } else {
            vec![path]
        }
    });
    below.collect()
}

/// Flips a bit of the first file below the folder that holds the text, in the midst of it; gives its path.
#[track_caller]
fn flip(folder: &Path, text: &[u8]) -> PathBuf {
    for path in all_files(folder) {
        let mut bytes = fs::read(&path).unwrap();
        let found = bytes.windows(text.len()).position(|window| window == text);
        if let Some(start) = found {
            bytes[start + text.len() / 2] ^= 1;
            fs::write(&path, bytes).unwrap();
            return path;
        }
    }
    panic!("no file below {} holds {text:?}", folder.display());
}

#[test]
fn a_flipped_bit_in_a_file_is_found_and_no_backup_is_made_of_it() {
    let mut server = Server::start();
    for size in [1000, 2000, 3000] {
        report_with_screenshot(&server, "Seen", size);
    }
    server.stop();
    run(["check"], server.data()).well();
    let damaged = flip(&server.data().join("blobs"), &[7; 1500]);

    let said = run(["check"], server.data());
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.output.contains("\n1 problem:\n"), "{said:?}");
    let name = damaged.file_name().unwrap().to_string_lossy().into_owned();
    assert!(said.output.contains(&name), "no {name} in {said:?}");

    let backup = server.data().with_extension("backup");
    run(["backup".as_ref(), backup.as_os_str()], server.data()).refused(&[&name]);
    assert!(!backup.exists());
}

#[test]
fn a_flipped_bit_in_the_journal_is_found() {
    let mut server = Server::start();
    for number in 0..8 {
        server
            .report(&format!("Report number {number}"), "")
            .expect_status(201);
    }
    server.kill_hard();
    let damaged = flip(&server.data().join("journal"), b"Report number 3");

    let said = run(["check"], server.data());
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(!said.output.contains("All is well"), "{said:?}");
    let name = damaged.to_string_lossy().into_owned();
    assert!(
        said.output.contains(&name) && said.output.contains("damaged"),
        "no {name} in {said:?}"
    );
}
