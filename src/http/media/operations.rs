//! Files, as the document tells them.

use serde_json::{Value, json};

use super::presigned::{ConfirmBody, PresignBody, PresignedView};
use super::segments::SegmentView;
use crate::http::openapi::operation::{Operation, delete, get, post, put};
use crate::http::openapi::{fields, parameters};
use crate::http::views::AttachmentView;

/// What can be done with files.
pub fn operations() -> Vec<Operation> {
    let mut all = of_kinds(
        [
            "/projects/{project}/issues/{issue}/{kind}.json",
            "/projects/{project}/issues/{issue}/{kind}/presigned_upload.json",
            "/projects/{project}/issues/{issue}/{kind}/confirm_upload.json",
            "/projects/{project}/issues/{issue}/{kind}/{file}",
        ],
        issue_file(),
    );
    all.extend(of_kinds(
        [
            "/projects/{project}/feature_requests/{feature_request}/images.json",
            "/projects/{project}/feature_requests/{feature_request}/images/presigned_upload.json",
            "/projects/{project}/feature_requests/{feature_request}/images/confirm_upload.json",
            "/projects/{project}/feature_requests/{feature_request}/images/{file}",
        ],
        json!({
            "type": "object",
            "required": ["image[file]"],
            "properties": {"image[file]": binary()},
        }),
    ));
    all.push(
        post("/projects/{project}/issues/{issue}/video_segments.json", super::add_segment)
            .says(
                "Add a piece of a clip",
                "Pieces may come in any order. With the last of `merge_total` all are joined, byte behind byte, and \
                 `video_clip` is the file.",
            )
            .takes_shape("multipart/form-data", segment())
            .creates_with::<SegmentView>("The piece", json!({})),
    );
    all.push(
        put("/direct_uploads/{upload}", super::store)
            .says(
                "Send the bytes of an upload in two steps",
                "To `direct_upload_url`, with the headers that came with it. The bytes must have the size and the MD5 that \
                 were announced.",
            )
            .takes_shape("application/octet-stream", json!({}))
            .succeeds(200, "The bytes are there", json!({}), vec![("application/json", |_| json!({"type": "object"}))]),
    );
    all
}

fn of_kinds([files, presigned, confirmed, file]: [&'static str; 4], form: Value) -> Vec<Operation> {
    vec![
        get(files, super::list)
            .says("List files", "A bare list, oldest first.")
            .answers_list_of::<AttachmentView>("The files"),
        post(files, super::add)
            .says(
                "Add a file",
                "In the field that is named after its kind. What is in a file counts, not what it is called: one of another \
                 kind is 422.",
            )
            .takes_shape("multipart/form-data", form)
            .repeatable()
            .creates_with::<AttachmentView>("The file", json!({})),
        post(presigned, super::presign)
            .says(
                "Announce an upload in two steps",
                "Send the bytes to `direct_upload_url` and confirm with `blob_signed_id`; both are good for an hour.",
            )
            .takes::<PresignBody>(&["filename", "byte_size", "checksum"])
            .creates_with::<PresignedView>("Where to send the bytes", json!({})),
        post(confirmed, super::confirm)
            .says("Confirm an upload in two steps", "Confirming again gets the same file.")
            .takes::<ConfirmBody>(&["blob_signed_id"])
            .creates_with::<AttachmentView>("The file", json!({})),
        get(file, super::download)
            .says("Download a file", "Always as a download, so that nothing a player sent runs in a browser.")
            .heeds([parameters::download()])
            .heeds(parameters::of_download())
            .downloads(),
        delete(file, super::delete)
            .says("Remove a file", "")
            .answers::<AttachmentView>("The file that was removed"),
    ]
}

fn binary() -> Value {
    json!({"type": "string", "format": "binary"})
}

/// The form of a file of an issue: one field for each kind, and what may be said of it.
fn issue_file() -> Value {
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": {
            "screenshot[image]": binary(),
            "video_clip[video]": binary(),
            "log_file[file]": binary(),
            "log_file[contents]": {"type": "string", "description": "A log as text, in place of a file."},
            "binary_file[file]": binary(),
            "log_file[name]": {"type": "string"},
        },
    })
}

fn segment() -> Value {
    json!({
        "type": "object",
        "required": [
            "video_segment[video]", "video_segment[position]", "video_segment[merge_group]", "video_segment[merge_total]",
        ],
        "properties": {
            "video_segment[video]": binary(),
            "video_segment[position]": {"type": "integer", "minimum": 0, "maximum": 999},
            "video_segment[merge_group]": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": fields::VISIBLE},
            "video_segment[merge_total]": {"type": "integer", "minimum": 1, "maximum": 1000},
        },
    })
}
