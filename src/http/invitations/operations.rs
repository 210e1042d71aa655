//! Invitations, as the document tells them.

use super::{InvitationBody, InvitationList, InvitationView};
use crate::http::openapi::operation::{Operation, delete, get, post};

/// What can be done with invitations.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects/{project}/invitations.json";
    const ONE: &str = "/projects/{project}/invitations/{invitation}.json";
    vec![
        get(ALL, super::list)
            .says(
                "List invitations",
                "Newest first. Those that are over are among them until thirty days after their end.",
            )
            .answers::<InvitationList>("The invitations"),
        post(ALL, super::create)
            .says(
                "Invite somebody by a link",
                "Whoever accepts first becomes a member, with an account that they have or that they make there. It is \
                 good for seven days. `url` is in this answer and in no other.",
            )
            .takes::<InvitationBody>(&["role"])
            .repeatable()
            .creates_with::<InvitationView>("The invitation", serde_json::json!({})),
        delete(ONE, super::withdraw)
            .says("Withdraw an invitation", "Its link is refused at once. One that is over stays what it is.")
            .answers::<InvitationView>("The invitation"),
    ]
}
