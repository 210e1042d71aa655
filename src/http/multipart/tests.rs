use actix_web::ResponseError;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use futures_util::stream;
use proptest::prelude::*;

use super::*;

/// Files in memory, and the calls that were not paired.
#[derive(Debug, Default)]
struct Kept {
    files: Vec<(FilePart, Vec<u8>)>,
    largest_piece: usize,
    unfinished: bool,
}

impl FileSink for Kept {
    async fn begin(&mut self, part: FilePart, _: &[(String, String)]) -> Result<(), ApiError> {
        assert!(!self.unfinished, "two files at once");
        self.unfinished = true;
        self.files.push((part, Vec::new()));
        Ok(())
    }

    async fn write(&mut self, piece: Bytes) -> Result<(), ApiError> {
        self.largest_piece = self.largest_piece.max(piece.len());
        self.files.last_mut().expect("begun").1.extend_from_slice(&piece);
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), ApiError> {
        self.unfinished = false;
        Ok(())
    }
}

/// As large as a form of these tests may be: parts, bytes of text, bytes of a file, bytes of memory.
#[derive(Clone, Copy)]
struct Limits(usize, usize, u64, usize);

const LIMITS: Limits = Limits(10, 1000, 1 << 20, 0);

fn headers(content_type: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
    headers
}

/// Reads a body that arrives in pieces of `piece` bytes.
async fn read(
    content_type: &str,
    body: &[u8],
    piece: usize,
    limits: Limits,
) -> (Result<Vec<(String, String)>, ApiError>, Kept) {
    let pieces: Vec<_> = body
        .chunks(piece)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    let mut kept = Kept::default();
    let Limits(parts, text_size, file_size, memory) = limits;
    let limits = FormLimits {
        parts,
        text_size,
        file_size,
        memory: &Arc::new(MemoryBudget::new(memory)),
    };
    let form = read_form(&headers(content_type), stream::iter(pieces), &limits, &mut kept).await;
    (form.map(|form| form.pairs), kept)
}

/// The form is read the same however the network cuts it.
async fn read_in_pieces(
    content_type: &str,
    body: &[u8],
) -> (Vec<(String, String)>, Vec<(FilePart, Vec<u8>)>) {
    let (texts, kept) = read(content_type, body, body.len(), LIMITS).await;
    let texts = texts.unwrap();
    assert!(!kept.unfinished);
    for piece in [1, 2, 3, 7, 64] {
        let (again, kept_again) = read(content_type, body, piece, LIMITS).await;
        assert_eq!(again.unwrap(), texts, "in pieces of {piece}");
        assert_eq!(kept_again.files, kept.files, "in pieces of {piece}");
    }
    (texts, kept.files)
}

fn file(field: &str, filename: &str, content_type: Option<&str>) -> FilePart {
    FilePart {
        field: field.into(),
        filename: filename.into(),
        content_type: content_type.map(str::to_owned),
    }
}

fn text(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

async fn status(content_type: &str, body: &[u8], limits: Limits) -> u16 {
    read(content_type, body, 16, limits)
        .await
        .0
        .unwrap_err()
        .status_code()
        .as_u16()
}

/// Bytes that try to look like the end of a part.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\r\n--\r\r\n--abc\r\n\r\n\xff";

#[actix_web::test]
async fn unitys_form_is_read() {
    let boundary = "nJ0CzuDfVoB8AzPoQFCr8qMHk9Eom8M8eAcJyd4f";
    let mut body = format!(
        "\r\n--{boundary}\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n\
         Content-disposition: form-data; name=\"video_segment[position]\"\r\n\r\n0\r\n\
         --{boundary}\r\nContent-Type: image/png\r\n\
         Content-disposition: form-data; name=\"screenshot[image]\"; filename=\"screenshot.png\"\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(PICTURE);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let (texts, files) =
        read_in_pieces(&format!("multipart/form-data; boundary=\"{boundary}\""), &body).await;
    assert_eq!(texts, [text("video_segment[position]", "0")]);
    let part = file("screenshot[image]", "screenshot.png", Some("image/png"));
    assert_eq!(files, [(part, PICTURE.to_vec())]);
}

#[actix_web::test]
async fn unreals_form_is_read() {
    let boundary = "---------------------------638995104000000000";
    let mut body = format!(
        "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"issue[description]\"\r\n\r\n\
         Fell through\r\n\r\nthe fl\u{f6}or\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"issue[custom][tags][]\"\r\n\r\na\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"draft\"\r\n\r\ntrue\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"feature_request[files][]\"; filename=\"a.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(PICTURE);
    body.extend_from_slice(format!("\r\n--{boundary}--").as_bytes());
    let (texts, files) = read_in_pieces(&format!("multipart/form-data; boundary={boundary}"), &body).await;
    let expected = [
        text("issue[description]", "Fell through\r\n\r\nthe fl\u{f6}or"),
        text("issue[custom][tags][]", "a"),
        text("draft", "true"),
    ];
    assert_eq!(texts, expected);
    assert_eq!(
        files,
        [(
            file("feature_request[files][]", "a.jpg", Some("image/jpeg")),
            PICTURE.to_vec()
        )]
    );
}

#[actix_web::test]
async fn a_browsers_form_is_read() {
    let body = "------WebKitFormBoundaryX\r\n\
        Content-Disposition: form-data; name=\"log_file[file]\"; filename=\"J\u{f6} \\\"x\\\".log\"\r\n\
        Content-Type: text/plain\r\n\r\nline\n\r\n\
        ------WebKitFormBoundaryX\r\n\
        Content-Disposition: form-data; name=\"log_file[developer_private]\"\r\n\r\ntrue\r\n\
        ------WebKitFormBoundaryX\r\n\
        Content-Disposition: form-data; name=\"not_chosen\"; filename=\"\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n\r\n\
        ------WebKitFormBoundaryX\r\n\
        Content-Disposition: form-data; name=\"empty\"; filename=\"empty.log\"\r\n\r\n\r\n\
        ------WebKitFormBoundaryX\r\n\
        Content-Disposition: form-data; name=\"nameless\"\r\n\
        Content-Type: video/mp4\r\n\r\nm\r\n\
        ------WebKitFormBoundaryX--\r\n";
    let content_type = "multipart/form-data; boundary=----WebKitFormBoundaryX";
    let (texts, files) = read_in_pieces(content_type, body.as_bytes()).await;
    assert_eq!(texts, [text("log_file[developer_private]", "true")]);
    let expected = [
        (
            file("log_file[file]", "J\u{f6} \"x\".log", Some("text/plain")),
            b"line\n".to_vec(),
        ),
        (file("empty", "empty.log", None), Vec::new()),
        (file("nameless", "", Some("video/mp4")), b"m".to_vec()),
    ];
    assert_eq!(files, expected);
}

fn part(name: &str, value: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

fn file_body(size: usize) -> String {
    let head = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n";
    format!("{head}{}\r\n--b--\r\n", "x".repeat(size))
}

const TYPE: &str = "multipart/form-data; boundary=b";

#[actix_web::test]
async fn limits_are_kept() {
    let limits = Limits(2, 12, 100, 0);
    let ends = |parts: &[String]| parts.concat() + "--b--\r\n";
    let fits = ends(&[part("a", "12345"), part("b", "12345")]);
    assert!(read(TYPE, fits.as_bytes(), 16, limits).await.0.is_ok());
    let too_long = ends(&[part("a", "12345"), part("b", "123456")]);
    assert_eq!(status(TYPE, too_long.as_bytes(), limits).await, 413);
    let names_count = ends(&[part("a", "12345"), part("bb", "12345")]);
    assert_eq!(status(TYPE, names_count.as_bytes(), limits).await, 413);
    let too_many = ends(&[part("a", ""), part("b", ""), part("c", "")]);
    assert_eq!(status(TYPE, too_many.as_bytes(), limits).await, 400);
    assert!(read(TYPE, file_body(100).as_bytes(), 16, limits).await.0.is_ok());
    assert_eq!(status(TYPE, file_body(101).as_bytes(), limits).await, 413);
}

#[actix_web::test]
async fn text_beyond_the_memory_is_refused_and_files_are_not() {
    let text = |size: usize| part("a", &"x".repeat(size)) + "--b--\r\n";
    let limits = Limits(2, usize::MAX, 1 << 20, 100_000);
    assert!(read(TYPE, text(90_000).as_bytes(), 4096, limits).await.0.is_ok());
    assert_eq!(status(TYPE, text(110_000).as_bytes(), limits).await, 503);
    assert!(
        read(TYPE, file_body(200_000).as_bytes(), 4096, limits)
            .await
            .0
            .is_ok()
    );
}

#[actix_web::test]
async fn a_broken_form_is_refused_and_its_file_stays_unfinished() {
    assert_eq!(status("multipart/form-data", b"", LIMITS).await, 400);
    assert_eq!(status("application/json", b"", LIMITS).await, 415);
    assert_eq!(status(TYPE, b"", LIMITS).await, 400);
    assert_eq!(status(TYPE, b"--b\r\n\r\nx\r\n--b--\r\n", LIMITS).await, 400);
    let whole = file_body(50);
    let broken = &whole.as_bytes()[..whole.len() - 12];
    let (texts, kept) = read(TYPE, broken, 16, LIMITS).await;
    assert_eq!(texts.unwrap_err().status_code(), 400);
    assert!(kept.unfinished);
}

#[actix_web::test]
async fn a_large_file_passes_in_pieces() {
    let body = file_body(1 << 20);
    let (texts, kept) = read(TYPE, body.as_bytes(), body.len(), LIMITS).await;
    assert_eq!(texts.unwrap(), []);
    assert_eq!(kept.files[0].1.len(), 1 << 20);
    assert!(
        kept.largest_piece <= 1 << 16,
        "a piece of {} bytes",
        kept.largest_piece
    );
}

proptest! {
    #[test]
    fn no_bytes_do_harm(body in "(--b|\r\n|\r|\n|--|Content-Disposition: form-data; name=\"a\"|; filename=\"f\"|[a-z\0\u{f6}:]){0,40}") {
        let whole = format!("--b\r\n{body}");
        for body in [body, whole] {
            let read = async { drop(read(TYPE, body.as_bytes(), 5, LIMITS).await) };
            actix_web::rt::System::new().block_on(read);
        }
    }
}
