//! What real clients send, request by request, and what each of them reads of the answers (protocol 13).
//!
//! Bodies are written out as the client writes them, down to the case of a percent-code and the quotes around a
//! boundary: what these tests hold is that a studio's existing plugin works unchanged.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers of a test fail the test"
)]

mod answers;
mod bmm;
mod html_widget;
mod mcp;
mod presigned;
mod rimworld;
mod roblox;
mod suggestions;
mod unity;
mod unreal;
mod web_form;
