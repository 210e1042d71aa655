//! Tags, as the document tells them.

use super::body::TagBody;
use super::{TagList, TagView};
use crate::http::openapi::operation::{Operation, delete, edit, get, post};

/// What can be done with tags.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects/{project}/issue_tags.json";
    const ONE: &str = "/projects/{project}/issue_tags/{tag}.json";
    vec![
        get(ALL, super::list)
            .says("List tags", "All of them, oldest first.")
            .answers::<TagList>("The tags"),
        post(ALL, super::create)
            .says(
                "Create a tag",
                "A name is one tag's. `parent_tag_id` is the tag that it stands below.",
            )
            .takes::<TagBody>(&["name"])
            .repeatable()
            .creates::<TagView>("The tag"),
        get(ONE, super::show)
            .says("Read a tag", "")
            .answers::<TagView>("The tag"),
        edit(ONE, super::edit)
            .says(
                "Change a tag",
                "What is absent stays. A tag never stands below itself, or below one that does.",
            )
            .takes::<TagBody>(&[])
            .answers::<TagView>("The tag"),
        delete(ONE, super::delete)
            .says("Delete a tag", "Issues lose it, and the tags below it move up.")
            .answers::<TagView>("The tag that was deleted"),
    ]
}
