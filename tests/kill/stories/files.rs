//! Files in two steps, clips in pieces, and files that are taken away.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::json;
use support::media::MP4;
use support::{Multipart, Request};

use crate::ledger::{Acknowledged, Report};
use crate::scene::{Scene, View};

pub(super) fn tell(scene: &mut Scene<'_>) -> io::Result<()> {
    let draft = Report {
        draft: true,
        ..Report::default()
    };
    let issue = scene.file_with(draft, "Issue with files", &[])?;
    scene.publish(&issue)?;
    let content = format!("{}: a save game", scene.name).repeat(rand::random_range(1..2000));
    in_two_steps(scene, &issue, content.as_bytes())?;
    in_pieces(scene, &issue)
}

fn post(scene: &Scene<'_>, issue: &Acknowledged, rest: &str) -> Request {
    let path = format!("issues/g-{}/{rest}", issue.id);
    scene.target.in_project("POST", &path).bearer(&issue.update_token)
}

fn in_two_steps(scene: &mut Scene<'_>, issue: &Acknowledged, content: &[u8]) -> io::Result<()> {
    let target = scene.target;
    let list = target.owner("GET", &format!("issues/g-{}/binary_files.json", issue.id));
    let keep = &["size_bytes", "type"];
    let files = View::named(list, "", ("filename", "slot.sav"), keep);
    let files = scene.watch(files, json!([]));
    let announce = post(scene, issue, "binary_files/presigned_upload").json(&json!({
        "filename": "slot.sav", "byte_size": content.len(), "checksum": STANDARD.encode(Md5::digest(content)),
        "content_type": "application/octet-stream",
    }));
    let announced = scene.write(&announce, &[])?.json();
    let url = announced["direct_upload_url"].as_str().unwrap_or_default();
    let path = url.find("/direct_uploads").and_then(|start| url.get(start..));
    let put = Request::new("PUT", path.unwrap_or_default()).body("application/octet-stream", content);
    scene.write(&put, &[])?;
    let confirm = post(scene, issue, "binary_files/confirm_upload");
    let confirm = confirm.json(&json!({"blob_signed_id": announced["blob_signed_id"]}));
    let one = json!([{"size_bytes": content.len(), "type": "binary_file"}]);
    let file = scene.write_until_done(&confirm, &[(files, one)])?.json();
    let delete = target.owner(
        "DELETE",
        &format!("issues/g-{}/binary_files/{}", issue.id, file["id"]),
    );
    scene.write(&delete, &[(files, json!([]))])?;
    Ok(())
}

fn in_pieces(scene: &mut Scene<'_>, issue: &Acknowledged) -> io::Result<()> {
    let list = scene
        .target
        .owner("GET", &format!("issues/g-{}/video_clips.json", issue.id));
    let clips = View::named(list, "", ("filename", "clip.mp4"), &["size_bytes"]);
    let clips = scene.watch(clips, json!([]));
    let second = scene.name.as_bytes().to_vec();
    let piece = |position: &str, bytes: &[u8]| {
        let form = Multipart::new()
            .file("video_segment[video]", "piece", "video/mp4", bytes)
            .text("video_segment[position]", position)
            .text("video_segment[merge_group]", "one clip")
            .text("video_segment[merge_total]", "2");
        post(scene, issue, "video_segments").multipart(form)
    };
    let (early, late) = (piece("1", &second), piece("0", MP4));
    scene.write(&early, &[])?;
    let size = MP4.len() + second.len();
    scene.write_until_done(&late, &[(clips, json!([{"size_bytes": size}]))])?;
    Ok(())
}
