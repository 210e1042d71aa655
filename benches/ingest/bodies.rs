//! Reports as players write them, 600 bytes of JSON each.
//!
//! They vary because the store behind Bugle may compress: a thousand equal bodies would measure the compressor's best
//! day.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::json;

/// Bytes in a body.
pub(crate) const BODY_SIZE: usize = 600;

/// Stands in every body once and is overwritten before each sending, so that no two requests are alike.
pub(crate) const STAMP: &str = "00000000";

const SUBJECTS: &[&str] = &[
    "The lift",
    "My horse",
    "The quest marker",
    "A merchant",
    "The inventory",
    "The boss of the third act",
    "Voice chat",
    "The mini map",
    "Fast travel",
    "The crafting bench",
    "A ladder",
    "The photo mode",
    "My companion",
    "The save file",
];
const VERBS: &[&str] = &[
    "disappears",
    "freezes",
    "falls through the floor",
    "flickers",
    "shows the wrong name",
    "stops answering",
    "plays twice",
    "cannot be closed",
    "turns upside down",
    "stays locked",
    "repeats its last line",
];
const PLACES: &[&str] = &[
    "in the harbour of Old Vellin",
    "after loading a quick save",
    "when a second player joins",
    "on the way to the mill",
    "during heavy rain",
    "behind the waterfall",
    "with subtitles switched on",
    "at the end of the tutorial",
    "after alt-tabbing out of full screen",
    "while the controller is charging",
    "in split screen",
];
const REMARKS: &[&str] = &[
    "It happened three times in a row.",
    "Restarting the game helped once.",
    "My friend saw the same thing.",
    "Before the last patch it worked fine.",
    "I was running in a window at 1440p.",
    "The frame rate dropped to about 12.",
    "No error message came up.",
    "There is a strange humming sound as well.",
    "I lost roughly an hour of progress.",
    "Turning shadows to low makes it rarer.",
    "It only occurs with the German voices.",
    "I can send a clip if it helps.",
];
const STEPS: &[&str] = &[
    "1. Load the save. 2. Walk north. 3. Open the map.",
    "1. Join a friend. 2. Start the quest. 3. Wait a minute.",
    "1. Open settings. 2. Change the language. 3. Go back.",
    "1. Mount up. 2. Jump the fence twice.",
];
const PLATFORMS: &[&str] = &[
    "windows",
    "linux",
    "macos",
    "steam deck",
    "playstation 5",
    "switch",
];

/// `count` bodies of [`BODY_SIZE`] bytes, the same ones in every run.
pub(crate) fn reports(count: usize) -> Vec<String> {
    let mut random = StdRng::seed_from_u64(0x0B06_1E5E);
    (0..count).map(|_| report(&mut random)).collect()
}

fn report(random: &mut StdRng) -> String {
    let title = format!(
        "{} {} {}",
        pick(random, SUBJECTS),
        pick(random, VERBS),
        pick(random, PLACES)
    );
    let mut description = format!("Session {STAMP}. ");
    let steps = pick(random, STEPS);
    let priority = pick(random, &["low", "medium", "high", "critical"]);
    let platform = pick(random, PLATFORMS);
    let build = format!(
        "1.{}.{}",
        random.random_range(0..9),
        random.random_range(100..999)
    );
    let body = |description: &str| {
        json!({
            "title": title, "description": description, "unformatted_steps_to_reproduce": steps,
            "priority": priority, "source": "in-game", "custom_fields": {"platform": platform, "build": build},
        })
        .to_string()
    };
    let room = BODY_SIZE.saturating_sub(body("").len());
    while description.len() < room {
        description.push_str(pick(random, REMARKS));
        description.push(' ');
    }
    description.truncate(room);
    body(&description)
}

fn pick<'a>(random: &mut StdRng, choices: &[&'a str]) -> &'a str {
    choices.choose(random).copied().unwrap_or_default()
}
