//! Clips that come in pieces.

use serde_json::Value;
use support::media::MP4;
use support::{Multipart, Response, Server};

use crate::{Report, download};

fn form(position: usize, total: usize, group: &str, bytes: &[u8]) -> Multipart {
    Multipart::new()
        .file("video_segment[video]", "segment.webm", "video/webm", bytes)
        .text("video_segment[position]", &position.to_string())
        .text("video_segment[merge_group]", group)
        .text("video_segment[merge_total]", &total.to_string())
}

fn send(report: &Report<'_>, position: usize, total: usize, group: &str, bytes: &[u8]) -> Response {
    report.upload("video_segments", form(position, total, group, bytes))
}

/// A video cut in so many pieces, of which only the first shows that it is one.
fn pieces(count: usize) -> Vec<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> = (0..count)
        .map(|number| format!("piece {number}, {}\n", "x".repeat(number * 300_000)).into_bytes())
        .collect();
    pieces[0] = MP4.to_vec();
    pieces
}

#[test]
fn pieces_in_any_order_become_one_clip_also_across_a_crash() {
    let mut server = Server::start();
    let report = Report::new(&server);
    let pieces = pieces(4);
    let group = "0f8fad5b-d9cb-469f-a165-70867728950e";
    for position in [3, 0] {
        let kept = send(&report, position, 4, group, &pieces[position])
            .expect_status(201)
            .json();
        assert_eq!(kept["video_clip"], Value::Null, "{kept}");
    }
    // Replaced: what counts is what came last.
    send(&report, 1, 4, group, b"half a pie").expect_status(201);
    assert_eq!(report.list("video_clips"), Vec::<Value>::new());
    let kept = report.kept();
    server.kill_hard();
    server.restart();
    let report = kept.on(&server);
    let kept = send(&report, 1, 4, group, &pieces[1]).expect_status(201).json();
    assert_eq!(kept["received"], 3, "{kept}");
    let whole = send(&report, 2, 4, group, &pieces[2]).expect_status(201).json();
    let clips = report.list("video_clips");
    assert_eq!(clips.len(), 1, "{clips:?}");
    assert_eq!(whole["video_clip"]["id"], clips[0]["id"]);
    assert_eq!(clips[0]["content_type"], "video/mp4");
    assert_eq!(clips[0]["filename"], "clip.mp4");
    assert!(download(&server, &clips[0]).body == pieces.concat(), "in order");
}

#[test]
fn a_piece_that_is_sent_twice_makes_no_second_clip() {
    let server = Server::start();
    let report = Report::new(&server);
    for _ in 0..2 {
        let whole = send(&report, 0, 1, "one", MP4).expect_status(201).json();
        assert_eq!(
            whole["video_clip"]["id"],
            report.list("video_clips")[0]["id"],
            "{whole}"
        );
    }
    assert_eq!(report.list("video_clips").len(), 1);
    let pieces = pieces(2);
    for round in 0..2 {
        for (position, bytes) in pieces.iter().enumerate() {
            send(&report, position, 2, "two", bytes).expect_status(201);
        }
        assert_eq!(report.list("video_clips").len(), 2, "round {round}");
    }
}

#[test]
fn each_group_is_a_clip_of_its_own_issue() {
    let server = Server::start();
    let (report, other) = (Report::new(&server), Report::new(&server));
    send(&report, 0, 2, "same name", MP4).expect_status(201);
    send(&report, 1, 2, "another name", b"x").expect_status(201);
    send(&other, 1, 2, "same name", b"y").expect_status(201);
    assert_eq!(report.list("video_clips"), Vec::<Value>::new());
    send(&report, 1, 2, "same name", b"z").expect_status(201);
    let clips = report.list("video_clips");
    assert!(download(&server, &clips[0]).body == [MP4, b"z"].concat());
    assert_eq!(other.list("video_clips"), Vec::<Value>::new());
}

#[test]
fn what_is_no_piece_is_refused_by_field() {
    let server = Server::with_args(["--upload-mib", "1"]);
    let report = Report::new(&server);
    let table = [
        (form(0, 2, "g", b"not a video"), "video"),
        (form(2, 2, "g", b"x"), "position"),
        (form(0, 0, "g", MP4), "merge_total"),
        (form(0, 1001, "g", MP4), "merge_total"),
        (form(0, 2, " ", MP4), "merge_group"),
        (Multipart::new().text("video_segment[position]", "0"), "video"),
    ];
    for (form, field) in table {
        let refused = report.upload("video_segments", form).expect_status(422);
        assert!(refused.error().contains(field), "{field}: {}", refused.error());
    }
    let nothing = report
        .upload("video_segments", Multipart::new().text("x", "y"))
        .expect_status(422)
        .json();
    assert_eq!(nothing["errors"].as_array().unwrap().len(), 4, "{nothing}");

    send(&report, 1, 3, "g", &vec![b'x'; 1_000_000]).expect_status(201);
    let refused = send(&report, 1, 2, "g", b"x").expect_status(422);
    assert!(refused.error().contains("merge_total"), "{}", refused.error());
    let refused = send(&report, 2, 3, "g", &vec![b'x'; 100_000]).expect_status(422);
    assert!(refused.error().contains("larger"), "{}", refused.error());
    for group in ["h", "i", "j"] {
        send(&report, 1, 2, group, b"x").expect_status(201);
    }
    let refused = send(&report, 1, 2, "k", b"x").expect_status(422);
    assert!(refused.error().contains("merge_group"), "{}", refused.error());
    let stranger = support::Request::post(report.path("video_segments")).multipart(form(0, 1, "s", MP4));
    server.send(&stranger).expect_status(401);
}

#[test]
fn a_clip_that_is_whole_makes_room_for_another() {
    let mut server = Server::start();
    let report = Report::new(&server);
    for number in 0..5 {
        let group = format!("clip {number}");
        send(&report, 1, 2, &group, b"x").expect_status(201);
        send(&report, 0, 2, &group, MP4).expect_status(201);
    }
    assert_eq!(report.list("video_clips").len(), 5);
    let kept = report.kept();
    server.kill_hard();
    server.restart();
    let report = kept.on(&server);
    send(&report, 0, 2, "one more", MP4).expect_status(201);
}
