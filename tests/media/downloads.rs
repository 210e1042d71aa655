//! Downloads: whole, in parts, or not at all when the client has the file already.

use serde_json::Value;
use support::{Request, Response, Server};

use crate::{Report, of_file};

const BYTES: &[u8] = b"0123456789";

fn get(server: &Server, file: &Value, headers: &[(&str, &str)]) -> Response {
    let request = headers
        .iter()
        .fold(of_file("GET", server, file), |request, (name, value)| {
            request.header(name, *value)
        });
    server.send(&request)
}

#[test]
fn a_part_is_206_and_what_is_no_part_416() {
    let server = Server::start();
    let file = Report::new(&server).log("ten.log", BYTES);
    let parts: [(&str, &[u8], &str); 5] = [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-100", b"89", "bytes 8-9/10"),
        ("bytes=-100", BYTES, "bytes 0-9/10"),
    ];
    for (range, bytes, content_range) in parts {
        let answer = get(&server, &file, &[("Range", range)]).expect_status(206);
        assert_eq!(answer.body, bytes, "{range}");
        assert_eq!(answer.header("Content-Range"), Some(content_range));
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
        let policy = answer.header("Content-Security-Policy");
        assert_eq!(policy, Some("default-src 'none'; sandbox"));
        let embedded = answer.header("Cross-Origin-Resource-Policy");
        assert_eq!(embedded, Some("same-origin"));
    }
    for range in ["bytes=10-", "bytes=-0"] {
        let answer = get(&server, &file, &[("Range", range)]).expect_status(416);
        assert_eq!(answer.header("Content-Range"), Some("bytes */10"), "{range}");
        assert!(!answer.error().is_empty());
    }
    for range in ["bytes=0-1,3-4", "bytes=5-4", "lines=0-3", "bytes=a-b", "nonsense"] {
        let answer = get(&server, &file, &[("Range", range)]).expect_status(200);
        assert_eq!(answer.body, BYTES, "{range} counts as none");
        assert_eq!(answer.header("Accept-Ranges"), Some("bytes"));
    }
    let empty = Report::new(&server).log("empty.log", b"");
    get(&server, &empty, &[]).expect_status(200);
    get(&server, &empty, &[("Range", "bytes=0-")]).expect_status(416);
}

#[test]
fn a_part_larger_than_what_is_read_at_once_is_whole() {
    let server = Server::start();
    let bytes: Vec<u8> = (0..100_000_u32)
        .flat_map(|number| format!("{number:010}\n").into_bytes())
        .collect();
    let file = Report::new(&server).log("large.log", &bytes);
    let answer = get(&server, &file, &[("Range", "bytes=5-900004")]).expect_status(206);
    assert!(answer.body == bytes[5..=900_004], "{} bytes", answer.body.len());
}

#[test]
fn a_file_that_is_known_is_not_sent_again() {
    let server = Server::start();
    let report = Report::new(&server);
    let file = report.log("ten.log", BYTES);
    let answer = get(&server, &file, &[]).expect_status(200);
    let tag = answer.header("ETag").unwrap().to_owned();
    let other = get(&server, &report.log("b.log", b"other"), &[]);
    assert_ne!(other.header("ETag"), Some(tag.as_str()));
    for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        let answer = get(&server, &file, &[("If-None-Match", &known)]).expect_status(304);
        assert_eq!(answer.header("ETag"), Some(tag.as_str()));
        assert!(answer.body.is_empty());
    }
    get(&server, &file, &[("If-None-Match", "\"x\"")]).expect_status(200);

    let part = ("Range", "bytes=0-0");
    get(&server, &file, &[part, ("If-Range", &tag)]).expect_status(206);
    for stale in ["\"x\"", "Sat, 29 Oct 1994 19:43:31 GMT"] {
        let answer = get(&server, &file, &[part, ("If-Range", stale)]).expect_status(200);
        assert_eq!(answer.body, BYTES, "{stale}: the file may be another one");
    }
}

#[test]
fn a_head_says_what_a_get_would() {
    let server = Server::start();
    let file = Report::new(&server).log("ten.log", BYTES);
    let whole = server.send(&of_file("HEAD", &server, &file)).expect_status(200);
    assert_eq!(whole.header("Content-Length"), Some("10"));
    assert_eq!(whole.header("Accept-Ranges"), Some("bytes"));
    assert!(whole.body.is_empty());
    let part = of_file("HEAD", &server, &file).header("Range", "bytes=2-4");
    let part = server.send(&part).expect_status(206);
    assert_eq!(part.header("Content-Length"), Some("3"));
}

#[test]
fn the_address_may_name_the_file_that_becomes_of_it() {
    let server = Server::start();
    let file = Report::new(&server).log("S\u{e4}ge.log", BYTES);
    let name_of = |query: &str| {
        let url = file["url"].as_str().unwrap();
        let path = format!("{}{query}", url.strip_prefix(server.url()).unwrap());
        let answer = server.send(&Request::get(path).bearer(server.personal_token()));
        answer
            .expect_status(200)
            .header("Content-Disposition")
            .unwrap()
            .to_owned()
    };
    let own = "attachment; filename=\"S_ge.log\"; filename*=UTF-8''S%C3%A4ge.log";
    assert_eq!(name_of(""), own);
    assert_eq!(name_of("?download="), own);
    assert_eq!(
        name_of("?download=my%20log.txt"),
        "attachment; filename=\"my log.txt\"; filename*=UTF-8''my%20log.txt"
    );
    let hostile = name_of("?download=..%2F..%2Fa%22%0D%0ASet-Cookie%3A%20x%3D1%3B.exe");
    assert!(
        hostile.starts_with("attachment; filename=\"a_Set-Cookie: x=1;.exe\""),
        "{hostile}"
    );
}
