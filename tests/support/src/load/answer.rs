//! Finding the end of an answer, and no more than that.

use std::io;

/// What the generator wants to know of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The server closes the connection behind it.
    pub(super) closes: bool,
}

/// The answer that `buffer` holds, `None` when it has not come whole.
pub(super) fn scan(buffer: &[u8]) -> io::Result<Option<Answer>> {
    let Some(end_of_head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let (head, rest) = buffer.split_at(end_of_head);
    let status = head
        .get(9..12)
        .and_then(|code| str::from_utf8(code).ok())
        .and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| invalid("an answer without a status"))?;
    let (mut length, mut closes) = (None, false);
    for line in head.split(|byte| *byte == b'\n').skip(1) {
        if let Some(value) = value_of(line, b"content-length:") {
            length = value.parse::<usize>().ok();
        } else if let Some(value) = value_of(line, b"connection:") {
            closes = value.eq_ignore_ascii_case("close");
        }
    }
    let length = length.ok_or_else(|| invalid("an answer without a length"))?;
    Ok((rest.len() >= 4 + length).then_some(Answer { status, closes }))
}

fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a str> {
    let (start, value) = line.split_at_checked(name.len())?;
    start
        .eq_ignore_ascii_case(name)
        .then(|| str::from_utf8(value).unwrap_or_default().trim())
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_its_last_byte() {
        let bytes = b"HTTP/1.1 201 Created\r\ndate: x\r\nContent-Length: 2\r\n\r\n{}";
        for cut in 0..bytes.len() {
            assert_eq!(scan(&bytes[..cut]).unwrap(), None, "cut after {cut} bytes");
        }
        assert_eq!(
            scan(bytes).unwrap(),
            Some(Answer {
                status: 201,
                closes: false
            })
        );
    }

    #[test]
    fn a_connection_to_be_closed_is_seen() {
        let bytes = b"HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(
            scan(bytes).unwrap(),
            Some(Answer {
                status: 403,
                closes: true
            })
        );
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        assert!(scan(b"220 mail.example.org ready\r\n\r\n").is_err());
        assert!(scan(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
