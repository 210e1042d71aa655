//! The issues of the project: words as people use them, a few very often and most hardly ever.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use support::{Request, Server};

/// How many different words there are.
const VOCABULARY: u16 = 30_000;
/// Connections that report.
const REPORTERS: usize = 16;
/// In every report, to see that all are found.
pub(crate) const COMMON: &str = "bugle";

/// The word of this rank; the first ones are the most frequent.
pub(crate) fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 32] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su", "ta",
        "ve", "wi", "xo", "zu", "bra", "cle", "dri", "flo", "gru", "sha", "tre", "pli", "kno", "stu", "spa",
        "cre",
    ];
    // Multiplied by an odd number, ranks that follow each other do not begin alike.
    let mut rest = rank.wrapping_mul(20_011) % 32_768;
    let mut word = String::new();
    for _ in 0..3 {
        word.push_str(SYLLABLES.get(rest % 32).copied().unwrap_or_default());
        rest /= 32;
    }
    word
}

/// Ranks as Zipf has them: half as likely when twice as high.
fn rank(random: &mut StdRng) -> usize {
    let share: f64 = random.random_range(0.0..1.0);
    let rank = f64::from(VOCABULARY).powf(share);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 1 and the size of the vocabulary"
    )]
    let rank = rank as usize;
    rank.saturating_sub(1)
}

fn text(random: &mut StdRng, words: usize) -> String {
    let words: Vec<String> = (0..words).map(|_| word(rank(random))).collect();
    words.join(" ")
}

/// Reports so many issues, with every status that a report can have by itself.
pub(crate) fn fill(server: &Server, issues: usize) -> Result<(), Box<dyn Error>> {
    let names = (0..8).map(|number| json!({"name": format!("Tag {number}"), "color": "#336699"}));
    for tag in names {
        let path = server.path("issue_tags.json");
        let request = Request::post(path).bearer(server.personal_token()).json(&tag);
        server.send(&request).expect_status(201);
    }
    thread::scope(|scope| {
        let reporters: Vec<_> = (0..REPORTERS)
            .map(|number| {
                let count = issues / REPORTERS + usize::from(number < issues % REPORTERS);
                scope.spawn(move || report(server, number as u64, count).map_err(|error| error.to_string()))
            })
            .collect();
        for reporter in reporters {
            reporter.join().map_err(|_| "a reporter panicked")??;
        }
        Ok(())
    })
}

fn report(server: &Server, seed: u64, count: usize) -> Result<(), Box<dyn Error>> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut connection = server.connect();
    for number in 0..count {
        let priority = ["low", "medium", "high", "critical"].choose(&mut random);
        let body = json!({
            "title": text(&mut random, 6),
            "description": format!("{COMMON} {}", text(&mut random, 50)),
            "priority": priority,
        });
        let request = Request::post(server.path("issues.json"))
            .bearer(server.personal_token())
            .json(&body);
        let answer = connection.send(&request)?.expect_status(201).json();
        // Some are looked at, so that filters have something to tell apart.
        if number % 50 == 0 {
            let path = server.path(&format!(
                "issues/g-{}.json",
                answer.get("id").unwrap_or(&Value::Null)
            ));
            let change = json!({"status": "resolved", "tag_ids": [1 + number / 50 % 8]});
            let request = Request::patch(path).bearer(server.personal_token()).json(&change);
            connection.send(&request)?.expect_status(200);
        }
    }
    Ok(())
}

/// Waits until searches find every issue, and says how long that took.
pub(crate) fn wait_until_found(server: &Server, issues: usize) -> Result<Duration, Box<dyn Error>> {
    let begun = Instant::now();
    loop {
        let path = server.path(&format!("issues/search.json?query={COMMON}&per_page=1"));
        let answer = server.send(&Request::get(path).bearer(server.personal_token()));
        let found = (answer.status == 200)
            .then(|| answer.json().pointer("/pagination/total_count")?.as_u64())
            .flatten();
        if found == Some(issues as u64) {
            return Ok(begun.elapsed());
        }
        if begun.elapsed() > Duration::from_secs(300) {
            return Err(format!("only {found:?} of {issues} are found").into());
        }
        thread::sleep(Duration::from_millis(50));
    }
}
