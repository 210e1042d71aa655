//! Projects, as the document tells them.

use super::ProjectList;
use super::body::ProjectBody;
use crate::http::openapi::operation::{Operation, edit, fields_of, get, post, without};
use crate::http::openapi::parameters;
use crate::http::views::ProjectView;

/// What can be done with projects.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects.json";
    const ONE: &str = "/projects/{project}.json";
    let mut of_list = parameters::pages(25);
    of_list.push(parameters::all());
    let set_later = ["anonymous_reports", "description_length_min"];
    let new = without(fields_of::<ProjectBody>(&["name"]), &set_later);
    vec![
        get(ALL, super::list)
            .says(
                "List projects",
                "Newest first: a person's projects, a token's one project, for others the public ones.",
            )
            .asks(of_list)
            .answers::<ProjectList>("The projects"),
        post(ALL, super::create)
            .says("Create a project", "Whoever makes it is its owner.")
            .takes_shape("application/json", new)
            .repeatable()
            .creates::<ProjectView>("The project"),
        get(ONE, super::show)
            .says("Read a project", "")
            .answers::<ProjectView>("The project"),
        edit(ONE, super::edit)
            .says(
                "Change a project",
                "What is absent stays. `organization_id` is `null` for none; whoever changes it must be an owner of the \
                 organization that the project goes to and of the one that it leaves.",
            )
            .takes::<ProjectBody>(&[])
            .answers::<ProjectView>("The project"),
    ]
}
