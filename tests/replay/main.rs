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
mod roblox;
mod unity;
mod unreal;
mod web_form;

/// The beginning of a picture that is one by its first bytes.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\r\n--\r\n\xff";

/// The beginning of a video.
const MP4: &[u8] = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41\0\0\0\x08free";
