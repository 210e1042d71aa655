//! Members of a project, as the document tells them.

use super::{MemberBody, MemberList, MemberView};
use crate::http::openapi::operation::{Operation, delete, edit, fields_of, get, only, post};

/// What can be done with members.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects/{project}/members.json";
    const ONE: &str = "/projects/{project}/members/{user}.json";
    vec![
        listed(get(ALL, super::list)),
        added(post(ALL, super::add)),
        changed(edit(ONE, super::change)),
        removed(delete(ONE, super::remove)),
    ]
}

/// Listing members, of whatever they are members of.
pub fn listed(operation: Operation) -> Operation {
    operation
        .says("List members", "In the order in which they came.")
        .answers::<MemberList>("The members")
}

/// Adding one.
pub fn added(operation: Operation) -> Operation {
    operation
        .says(
            "Add a member",
            "Somebody who has an account, by its address. A second time is refused, unless it is the same request again \
             under its `Idempotency-Key`.",
        )
        .takes::<MemberBody>(&["email", "role"])
        .repeatable()
        .creates_with::<MemberView>("The member", serde_json::json!({}))
}

/// Changing one.
pub fn changed(operation: Operation) -> Operation {
    let role = only(fields_of::<MemberBody>(&["role"]), &["role"]);
    operation
        .says(
            "Change a member's role",
            "The last owner stays one. Who is there through the organization only is changed there.",
        )
        .takes_shape("application/json", role)
        .answers::<MemberView>("The member")
}

/// Removing one.
pub fn removed(operation: Operation) -> Operation {
    operation
        .says(
            "Remove a member, or leave",
            "Owners may remove others, and everybody may leave but for the last owner.",
        )
        .answers::<MemberView>("The member who is gone")
        .refuses(&[422])
}
