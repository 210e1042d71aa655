//! A request as it goes over the wire.

use std::fmt::Write as _;

use serde_json::Value;

use crate::Multipart;

/// A request under construction. `Host` and `Content-Length` are added when it is encoded, all else is as given.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// A request with any method; `target` is the path with its query, as sent.
    pub fn new(method: &str, target: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A `GET` request.
    pub fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    /// A `POST` request.
    pub fn post(target: impl Into<String>) -> Self {
        Self::new("POST", target)
    }

    /// A `PATCH` request.
    pub fn patch(target: impl Into<String>) -> Self {
        Self::new("PATCH", target)
    }

    /// A `DELETE` request.
    pub fn delete(target: impl Into<String>) -> Self {
        Self::new("DELETE", target)
    }

    /// Adds a parameter to the query, as it is to be sent.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        let before = if self.target.contains('?') { '&' } else { '?' };
        let _ = write!(self.target, "{before}{name}={value}");
        self
    }

    /// Adds a header line; a name given twice is sent twice.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Authorizes with `Bearer TOKEN`: a personal token or a JWT.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    /// Authorizes with `FormUser CREDENTIALS`: a project token, or one with an identity behind a comma.
    #[must_use]
    pub fn form_user(self, credentials: &str) -> Self {
        self.header("Authorization", format!("FormUser {credentials}"))
    }

    /// Sets the body as it is, with its content type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", content_type)
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Sets an urlencoded body; brackets are percent-encoded as most clients do.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)))
            .collect();
        self.body("application/x-www-form-urlencoded", pairs.join("&"))
    }

    /// Sets a multipart body.
    #[must_use]
    pub fn multipart(self, parts: Multipart) -> Self {
        let (content_type, body) = parts.encode();
        self.body(&content_type, body)
    }

    /// The bytes of the request, for a server known as `host`.
    pub fn encode(&self, host: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !self.body.is_empty() || matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Method and target, for messages.
    pub fn summary(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded_with_percent_signs_and_a_length() {
        let bytes = Request::post("/a")
            .form(&[("issue[title]", "ä b")])
            .encode("here");
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("\r\nContent-Length: 27\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\nissue%5Btitle%5D=%C3%A4%20b"), "{text}");
    }

    #[test]
    fn a_get_has_no_length_and_an_empty_post_has_one() {
        assert_eq!(
            Request::get("/").encode("h"),
            b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        );
        assert_eq!(
            Request::post("/").encode("h"),
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
        );
    }
}
