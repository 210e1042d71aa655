//! Texts that are the same for everybody as long as the server runs: styles, scripts, the document of the API. They hold
//! nobody's secret, so they may be compressed; pages are not, see decision 0021.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::OnceLock;

use actix_web::http::header::{self, AcceptEncoding, ETag, Encoding, EntityTag, Header, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// One such text. It is compressed once, when the first client asks who takes gzip.
pub struct FixedText {
    plain: Bytes,
    hash: [u8; 32],
    /// Empty where compressing failed, or gained nothing.
    packed: OnceLock<Bytes>,
}

/// A text as one client gets it.
struct Representation {
    content: Bytes,
    tag: EntityTag,
    is_packed: bool,
}

impl FixedText {
    /// Of this text.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        let plain = match text.into() {
            Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
            Cow::Owned(text) => Bytes::from(text),
        };
        Self {
            hash: Sha256::digest(&plain).into(),
            packed: OnceLock::new(),
            plain,
        }
    }

    /// The SHA-256 of the text.
    pub const fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// Answers with the text, or, where the client has it as it would get it, that it has not changed. `describe` adds the
    /// headers that the text has whichever way it is sent.
    pub fn answer(
        &self,
        request: &HttpRequest,
        describe: impl FnOnce(&mut HttpResponseBuilder),
    ) -> HttpResponse {
        let chosen = self.representation(takes_gzip(request));
        let is_known = is_known(request, &chosen.tag);
        let mut answer = if is_known {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        describe(&mut answer);
        answer
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::VARY, "Accept-Encoding"))
            .insert_header(ETag(chosen.tag));
        if is_known {
            return answer.finish();
        }
        if chosen.is_packed {
            answer.insert_header((header::CONTENT_ENCODING, "gzip"));
        }
        answer.body(chosen.content)
    }

    /// A strong tag tells bytes apart, so each way of sending the text has its own (RFC 9110, 8.8.3.3).
    fn representation(&self, packed: bool) -> Representation {
        let hash = URL_SAFE_NO_PAD.encode(self.hash);
        let smaller = packed.then(|| self.packed.get_or_init(|| pack(&self.plain)));
        match smaller.filter(|packed| !packed.is_empty()) {
            Some(packed) => Representation {
                content: packed.clone(),
                tag: EntityTag::new_strong(format!("{hash}-gzip")),
                is_packed: true,
            },
            None => Representation {
                content: self.plain.clone(),
                tag: EntityTag::new_strong(hash),
                is_packed: false,
            },
        }
    }
}

fn pack(plain: &[u8]) -> Bytes {
    let packed = || -> io::Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain)?;
        encoder.finish()
    };
    // What is in memory is written to memory: that cannot fail, and if it does, the text is sent as it is.
    let packed = packed().unwrap_or_default();
    if packed.len() < plain.len() {
        packed.into()
    } else {
        Bytes::new()
    }
}

/// Whether the client says that it takes gzip, and does not want the text as it is rather.
fn takes_gzip(request: &HttpRequest) -> bool {
    if !request.headers().contains_key(header::ACCEPT_ENCODING) {
        return false;
    }
    let accepted = AcceptEncoding::parse(request);
    let ways = [Encoding::gzip(), Encoding::identity()];
    accepted.is_ok_and(|accepted| accepted.negotiate(ways.iter()) == Some(Encoding::gzip()))
}

/// Whether the client has these bytes already (RFC 9110, 13.1.2).
pub fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    if !request.headers().contains_key(header::IF_NONE_MATCH) {
        return false;
    }
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_client_that_has_it_is_told_so() {
        let tag = EntityTag::new_strong("new".to_owned());
        let asked = |tags: Option<&str>| {
            let mut request = TestRequest::get();
            if let Some(tags) = tags {
                request = request.insert_header((header::IF_NONE_MATCH, tags));
            }
            is_known(&request.to_http_request(), &tag)
        };
        assert!(asked(Some("\"old\", \"new\"")));
        assert!(asked(Some("W/\"new\"")));
        assert!(asked(Some("*")));
        assert!(!asked(Some("\"old\"")));
        assert!(!asked(Some("?")));
        assert!(!asked(None));
    }

    #[test]
    fn who_takes_gzip_says_so() {
        let asked = |accepted: Option<&str>| {
            let mut request = TestRequest::get();
            if let Some(accepted) = accepted {
                request = request.insert_header((header::ACCEPT_ENCODING, accepted));
            }
            takes_gzip(&request.to_http_request())
        };
        for taken in [
            "gzip",
            "gzip, deflate, br, zstd",
            "br;q=1.0, gzip;q=0.5",
            "identity;q=0.1, gzip",
        ] {
            assert!(asked(Some(taken)), "{taken}");
        }
        for not_taken in [
            "",
            "identity",
            "br",
            "gzip;q=0",
            "gzip;q=0, *",
            "identity, gzip;q=0.5",
            "?;;",
        ] {
            assert!(!asked(Some(not_taken)), "{not_taken}");
        }
        assert!(!asked(None));
    }

    #[test]
    fn what_compressing_makes_longer_is_sent_as_it_is() {
        let short = FixedText::new("x").representation(true);
        assert!(!short.is_packed);
        assert_eq!(short.content, "x");
        let long = FixedText::new("x".repeat(1000)).representation(true);
        assert!(
            long.is_packed && long.content.len() < 100,
            "{}",
            long.content.len()
        );
    }
}
