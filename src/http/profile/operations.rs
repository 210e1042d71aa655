//! A person's account, as the document tells it.

use super::{Profile, ProfileBody};
use crate::http::openapi::operation::{Operation, edit, get};

/// What somebody can do with their account.
pub fn operations() -> Vec<Operation> {
    const ME: &str = "/profiles/me.json";
    vec![
        get(ME, super::me)
            .says("Read one's account", "")
            .answers::<Profile>("The account, and the projects it belongs to"),
        edit(ME, super::edit)
            .says(
                "Change one's account",
                "What is absent stays. `email` and `password` (10 to 200 characters) ask for `current_password`; a wrong one \
                 counts as a failed attempt to sign in. Either ends all other sessions.",
            )
            .takes::<ProfileBody>(&[])
            .answers::<Profile>("The account")
            .refuses(&[429]),
    ]
}
