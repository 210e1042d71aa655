//! What people do to a project beside reporting: every kind of write that reports do not make.

mod comments;
mod duplicates;
mod fields;
mod files;
mod keys;
mod people;
mod releases;
mod tags;
mod tokens;
mod webhooks;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::scene::{Record, Scene};
use crate::target::Target;

/// A series of writes, from nothing to nothing where that can be.
type Story = fn(&mut Scene<'_>) -> io::Result<()>;

/// Each is told over and over by a client of its own.
pub(crate) const STORIES: [(&str, Story); 10] = [
    ("Comments", comments::tell),
    ("Duplicates", duplicates::tell),
    ("Fields", fields::tell),
    ("Files", files::tell),
    ("Keys", keys::tell),
    ("People", people::tell),
    ("Releases", releases::tell),
    ("Tags", tags::tell),
    ("Tokens", tokens::tell),
    ("Webhooks", webhooks::tell),
];

/// Tells a story until the connection breaks, and gives what each telling has left.
pub(crate) fn tell(
    (title, story): (&str, Story),
    (number, round): (u32, u32),
    target: &Target,
    killed: &AtomicBool,
) -> Vec<Record> {
    let mut records = Vec::new();
    let outcome = target.connect().and_then(|mut connection| {
        for telling in 1.. {
            let name = format!("{title} {telling} of round {round}");
            let address = format!("198.51.100.{number}");
            let mut scene = Scene::new(target, &mut connection, name, address);
            let outcome = story(&mut scene);
            records.push(scene.into_record());
            outcome?;
        }
        Ok(())
    });
    if let Err(error) = outcome {
        assert!(
            killed.load(Ordering::SeqCst),
            "{title}: the server broke off before it was killed: {error}"
        );
    }
    records
}
