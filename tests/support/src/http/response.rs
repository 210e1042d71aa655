//! An answer, and reading one from a socket.

use std::io::{self, BufRead, Read};

use serde_json::Value;

/// An answer read to its end.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Every header line in the order sent, names as sent.
    pub headers: Vec<(String, String)>,
    /// The body, chunks put together.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self
            .headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name));
        line.map(|(_, value)| value.as_str())
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON. Panics, quoting the body, when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("status {}: no JSON ({error}): {:?}", self.status, self.text()))
    }

    /// The string in the field `error` of a refused request's body. Panics when there is none.
    pub fn error(&self) -> String {
        match self.json().get("error").and_then(Value::as_str) {
            Some(text) => text.to_owned(),
            None => panic!("status {}: no field `error` in {:?}", self.status, self.text()),
        }
    }

    /// Panics, quoting the body, unless the status is `expected`.
    #[track_caller]
    #[expect(
        clippy::return_self_not_must_use,
        reason = "checking the status alone is a use of its own"
    )]
    pub fn expect_status(self, expected: u16) -> Self {
        assert_eq!(
            self.status,
            expected,
            "unexpected status, headers {:?}, body {:?}",
            self.headers,
            self.text()
        );
        self
    }

    /// Reads one answer. `to_head` says that it answers a `HEAD` request and so has no body whatever its headers say.
    pub(crate) fn read(reader: &mut impl BufRead, to_head: bool) -> io::Result<Self> {
        loop {
            let status = read_status(reader)?;
            let headers = read_headers(reader)?;
            let mut response = Self {
                status,
                headers,
                body: Vec::new(),
            };
            if (100..200).contains(&status) {
                continue;
            }
            if !(to_head || status == 204 || status == 304) {
                response.body = read_body(reader, &response)?;
            }
            return Ok(response);
        }
    }
}

fn read_status(reader: &mut impl BufRead) -> io::Result<u16> {
    let line = read_line(reader)?;
    let code = line
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.get(2..5))
        .and_then(|code| code.parse().ok());
    code.ok_or_else(|| malformed("status line", &line))
}

fn read_headers(reader: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            return Ok(headers);
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("header", &line))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

fn read_body(reader: &mut impl BufRead, response: &Response) -> io::Result<Vec<u8>> {
    let chunked = response
        .header("Transfer-Encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    if chunked {
        return read_chunks(reader);
    }
    let mut body = Vec::new();
    if let Some(length) = response.header("Content-Length") {
        let length: u64 = length.parse().map_err(|_| malformed("Content-Length", length))?;
        read_exactly(reader, length, &mut body)?;
    } else {
        reader.read_to_end(&mut body)?;
    }
    Ok(body)
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(reader)?;
        let length = line.split(';').next().unwrap_or_default().trim();
        let length = u64::from_str_radix(length, 16).map_err(|_| malformed("chunk length", &line))?;
        if length == 0 {
            read_headers(reader)?;
            return Ok(body);
        }
        read_exactly(reader, length, &mut body)?;
        read_line(reader)?;
    }
}

fn read_exactly(reader: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    let read = reader.take(length).read_to_end(body)?;
    if u64::try_from(read).ok() == Some(length) {
        Ok(())
    } else {
        Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("{read} of {length} bytes of the body"),
        ))
    }
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("the line {line:?} has no end"),
        )),
    }
}

fn malformed(what: &str, text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed {what}: {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> io::Result<Response> {
        Response::read(&mut io::BufReader::new(bytes), false)
    }

    #[test]
    fn a_body_of_known_length_ends_where_it_says() {
        let response = read(b"HTTP/1.1 201 Created\r\nX-A: b\r\ncontent-length: 2\r\n\r\n{}next").unwrap();
        assert_eq!((response.status, response.text().as_str()), (201, "{}"));
        assert_eq!(response.header("x-a"), Some("b"));
    }

    #[test]
    fn chunks_are_put_together() {
        let bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(read(bytes).unwrap().text(), "abc0123456789");
    }

    #[test]
    fn an_interim_answer_is_passed_over() {
        let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(read(bytes).unwrap().status, 204);
    }

    #[test]
    fn a_body_cut_short_is_an_error() {
        assert!(read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc").is_err());
        assert!(read(b"HTTP/1.1 200 OK\r\nContent-Le").is_err());
        assert!(read(b"").is_err());
    }
}
