//! The pages that people use: HTML made on the server, over the same actors and policies as the API.
//!
//! A page stands at the address of what it shows: `/projects/pr-1/issues` is a page for a browser and JSON for a script
//! ([`request::wants_page`]). Its handler takes a [`Viewer`] first, whose policy is one of the API's, and a handler that
//! changes something takes the [`PageForm`] as well, which refuses a form that no page of ours carried. No other
//! handler can be routed.

pub mod account;
pub mod answer;
pub mod assets;
pub mod chart;
pub mod downloads;
pub mod form;
pub mod form_token;
pub mod form_with_files;
pub mod frame;
pub mod home;
pub mod moments;
pub mod notice;
pub mod open;
pub mod paging;
pub mod problems;
pub mod projects;
pub mod reports;
pub mod request;
pub mod routes;
pub mod send_again;
pub mod settings;
pub mod sign_in;
pub mod tokens;
pub mod turner;
pub mod viewer;

pub use answer::{Page, PageError, page, page_with_status, see};
pub use form::PageForm;
pub use frame::Frame;
pub use viewer::Viewer;
