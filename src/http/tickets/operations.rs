//! Tickets, as the document tells them.

use bugle_storage::records::ReportKind;

use super::{TicketList, TicketView};
use crate::http::issues;
use crate::http::issues::operations::{change_of, new_report, with_contact, with_email};
use crate::http::openapi::operation::{Operation, edit, get, post};
use crate::http::openapi::{answers, parameters};

/// What can be done with tickets.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects/{project}/tickets.json";
    const ONE: &str = "/projects/{project}/tickets/{ticket}.json";
    let kind = ReportKind::SupportTicket;
    vec![
        post(ALL, super::create)
            .says(
                "Ask for help",
                "Somebody must be named who can be answered: by the token, by `reporter_email`, or by `user.email`.",
            )
            .takes_shape("application/json", new_report(kind))
            .repeatable()
            .creates_with::<TicketView>("The ticket", answers::counted()),
        get(ALL, super::list)
            .says("List tickets", "Newest first.")
            .asks(parameters::of_reports(kind))
            .answers::<TicketList>("The tickets"),
        get(ONE, issues::show)
            .says("Read a ticket", "")
            .answers::<TicketView>("The ticket"),
        edit(ONE, issues::update)
            .says("Change a ticket", "What is absent stays.")
            .takes_shape("application/json", change_of(kind))
            .answers::<TicketView>("The ticket"),
        with_email(post(
            "/projects/{project}/tickets/{ticket}/set_reporter_email.json",
            issues::set_reporter_email,
        ))
        .answers::<TicketView>("The ticket"),
        with_contact(post(
            "/projects/{project}/tickets/{ticket}/set_contact_info.json",
            issues::set_contact_info,
        ))
        .answers::<TicketView>("The ticket"),
    ]
}
