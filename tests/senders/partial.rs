//! Requests of which only the beginning is sent.

use serde_json::Value;
use support::{Connection, Server};

/// The beginning of a `POST` to `path`, up to its body, which `framing` describes.
pub(crate) fn begin(server: &Server, path: &str, framing: &str) -> Connection {
    let mut connection = server.connect();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n{framing}\r\n\r\n",
        connection.host(),
        server.personal_token(),
    );
    connection.send_part(head.as_bytes()).unwrap();
    connection
}

/// What begins and ends a form that holds a log file.
pub(crate) const FORM: (&str, &str) = (
    "--frontier\r\nContent-Disposition: form-data; name=\"log_file[file]\"; filename=\"a.log\"\r\n\r\n",
    "\r\n--frontier--\r\n",
);

/// The beginning of a form with a log file of `size` bytes, of which the file itself and [`FORM`]'s end are to come.
pub(crate) fn begin_upload(server: &Server, issue: &Value, size: usize) -> Connection {
    let path = server.path(&format!("issues/g-{}/log_files", issue["id"]));
    let length = FORM.0.len() + size + FORM.1.len();
    let framing = format!("Content-Length: {length}\r\nContent-Type: multipart/form-data; boundary=frontier");
    let mut connection = begin(server, &path, &framing);
    connection.send_part(FORM.0.as_bytes()).unwrap();
    connection
}

/// An issue to add files to.
pub(crate) fn issue(server: &Server) -> Value {
    server.report("With files", "").expect_status(201).json()
}
