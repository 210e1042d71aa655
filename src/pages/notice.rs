//! What a page says of what was just done. The page before names it in the address it leads to (`?notice=saved`), and
//! only these can be said: nobody can make a page say what they like by a link.

/// The sentences, by name.
const NOTICES: [(&str, &str); 10] = [
    ("saved", "Saved."),
    ("deleted", "Deleted."),
    ("signed-out", "You are signed out."),
    ("created", "Created."),
    ("token-saved", "Saved. The changes are in force."),
    ("token-deleted", "The token is deleted and works no more."),
    (
        "sending",
        "It is being sent. Reload the page to see what became of it.",
    ),
    ("removed", "Removed."),
    ("left", "You have left the project."),
    ("withdrawn", "Withdrawn: the link is refused from now on."),
];

/// The sentence of that name.
pub fn text(name: &str) -> Option<&'static str> {
    let found = NOTICES.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text)
}
