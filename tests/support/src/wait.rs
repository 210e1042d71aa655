//! Waiting for what a server does after it has answered.

use std::thread;
use std::time::{Duration, Instant};

/// How long something may take that usually takes a moment.
const LIMIT: Duration = Duration::from_secs(20);

/// Asks again and again until the answer is yes. Panics, naming what was waited for, when that takes too long.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < deadline, "{LIMIT:?} and still not: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
