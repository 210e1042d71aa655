//! Organizations, as the document tells them.

use super::{OrganizationBody, OrganizationList, OrganizationView, members};
use crate::http::members::operations::{added, changed, listed, removed};
use crate::http::openapi::operation::{Operation, delete, edit, get, post};
use crate::http::openapi::parameters;

/// What can be done with organizations.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/organizations.json";
    const ONE: &str = "/organizations/{organization}.json";
    const MEMBERS: &str = "/organizations/{organization}/members.json";
    const MEMBER: &str = "/organizations/{organization}/members/{user}.json";
    vec![
        get(ALL, super::list)
            .says(
                "List organizations",
                "Those that the caller belongs to, or for an administrator all; newest first.",
            )
            .asks(parameters::pages(25))
            .answers::<OrganizationList>("The organizations"),
        post(ALL, super::create)
            .says("Create an organization", "Whoever makes it is its owner.")
            .takes::<OrganizationBody>(&["name"])
            .repeatable()
            .creates::<OrganizationView>("The organization"),
        get(ONE, super::show)
            .says("Read an organization", "")
            .answers::<OrganizationView>("The organization"),
        edit(ONE, super::rename)
            .says("Rename an organization", "")
            .takes::<OrganizationBody>(&[])
            .answers::<OrganizationView>("The organization"),
        delete(ONE, super::delete)
            .says("Delete an organization", "One that has no projects.")
            .answers::<OrganizationView>("The organization that was deleted")
            .refuses(&[422]),
        listed(get(MEMBERS, members::list)),
        added(post(MEMBERS, members::add)),
        changed(edit(MEMBER, members::change)),
        removed(delete(MEMBER, members::remove)),
    ]
}
