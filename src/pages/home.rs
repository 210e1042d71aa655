//! `/`: leads whoever is signed in to their work, and everybody else to where they can sign in.

use super::answer::{Page, see};
use super::sign_in;
use super::viewer::Viewer;
use crate::http::access::Anybody;

/// `GET /`
pub async fn show(viewer: Viewer<Anybody>) -> Page {
    let to = if viewer.frame.person.is_some() {
        "/projects"
    } else {
        sign_in::ADDRESS
    };
    Ok(see(to))
}
