//! Custom fields, as the document tells them.

use super::aggregations::Aggregation;
use super::body::FieldBody;
use super::{FieldList, FieldView, IssueFieldList};
use crate::http::openapi::operation::{Operation, delete, edit, fields_of, get, post, without};
use crate::http::openapi::parameters;

/// What can be done with custom fields.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects/{project}/custom_fields.json";
    const ONE: &str = "/projects/{project}/custom_fields/{field}.json";
    let mut of_list = parameters::pages(25);
    of_list.push(parameters::applies_to());
    vec![
        get(ALL, super::list)
            .says(
                "List custom fields",
                "Oldest first. Developers see all of a field, others the short form.",
            )
            .asks(of_list)
            .answers::<FieldList>("The fields"),
        post(ALL, super::create)
            .says(
                "Create a custom field",
                "`ident` is made from the name when it is not said, and is one field's. Fields of `select` and \
                 `multi_select`, and only they, have `options`.",
            )
            .takes::<FieldBody>(&["name"])
            .repeatable()
            .creates::<FieldView>("The field"),
        get(ONE, super::show)
            .says("Read a custom field", "")
            .answers::<FieldView>("The field"),
        edit(ONE, super::edit)
            .says(
                "Change a custom field",
                "What is absent stays; `ident`, `field_type` and `applies_to` cannot be changed. Counts for every report \
                 that arrives after the answer.",
            )
            .takes_shape("application/json", without(fields_of::<FieldBody>(&[]), &["ident", "field_type", "applies_to"]))
            .answers::<FieldView>("The field"),
        delete(ONE, super::delete)
            .says("Delete a custom field", "Reports keep their values.")
            .answers::<FieldView>("The field that was deleted"),
        get("/projects/{project}/custom_issue_fields.json", super::list_of_issues)
            .says("List all custom fields of issues", "What the Unity plugin asks before it sends a report.")
            .answers::<IssueFieldList>("The fields"),
        get("/projects/{project}/custom_field_aggregations.json", super::aggregate)
            .says("Count the values of a field", "Among the newest 100000 reports that fit.")
            .asks(parameters::of_aggregation())
            .answers::<Aggregation>("The values, the most frequent first"),
    ]
}
