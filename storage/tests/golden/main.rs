//! Every version of every record that was ever written decodes for ever: `golden/` holds one file of each.
//!
//! A new version adds a file, written with `BUGLE_WRITE_GOLDEN=1`; one that is there is never written over.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what went wrong by a panic"
)]

mod credentials;
mod idempotency;
mod projects;
mod reports;
mod webhooks;

use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;

use bugle_storage::Timestamp;
use bugle_storage::codec::{self, Record};

/// Decodes the golden file of a record's version and compares it with what was written then.
fn golden<R: Record + PartialEq + Debug>(name: &str, version: u8, expected: &R) {
    let file = format!("{name}.v{version}.bin");
    let path = golden_path(&file);
    if std::env::var_os("BUGLE_WRITE_GOLDEN").is_some() && !path.exists() {
        let mut bytes = Vec::new();
        codec::encode_into(expected, &mut bytes).unwrap();
        fs::write(&path, bytes).unwrap();
    }
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let found = codec::decode::<R>(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert_eq!(found, *expected, "{file}");
    assert_eq!(bytes.first(), Some(&version), "{file} is of another version");
}

fn golden_path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file)
}

const WHEN: Timestamp = Timestamp(1_795_292_312_007);
const LATER: Timestamp = Timestamp(1_795_292_399_999);
