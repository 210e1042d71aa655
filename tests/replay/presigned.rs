//! Uploads in two steps, as Unreal and bmm make them: announce, send, confirm, and no project header.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use support::{Request, Response, Server};

/// Where files of one kind go.
pub(crate) struct Steps<'s> {
    pub(crate) server: &'s Server,
    pub(crate) authorization: String,
    /// `issues/g-1/screenshots`
    pub(crate) media: String,
}

impl Steps<'_> {
    /// Goes through all three steps; panics where a client would give up.
    #[track_caller]
    pub(crate) fn upload(&self, name: &str, content_type: &str, bytes: &[u8]) {
        let announced = self.post(
            "presigned_upload",
            &json!({
                "filename": name,
                "byte_size": bytes.len(),
                "checksum": STANDARD.encode(Md5::digest(bytes)),
                "content_type": content_type,
                "name": name,
            }),
        );
        taken("presigned_upload", &announced);
        let presigned = announced.json();
        taken("the bytes", &self.put(&presigned, content_type, bytes));
        let signed_id = presigned["blob_signed_id"].as_str();
        let confirmation = json!({"blob_signed_id": signed_id, "name": name});
        taken("confirm_upload", &self.post("confirm_upload", &confirmation));
    }

    fn post(&self, step: &str, body: &Value) -> Response {
        let request = Request::post(self.server.path(&format!("{}/{step}", self.media)))
            .header("Authorization", self.authorization.clone())
            .header("Accept", "application/json")
            .json(body);
        self.server.send(&request)
    }

    /// The address is taken as it is, and every header that came with it; there is no token.
    fn put(&self, presigned: &Value, content_type: &str, bytes: &[u8]) -> Response {
        let (flat, nested) = (presigned, &presigned["direct_upload"]);
        assert_eq!(flat["direct_upload_url"], nested["url"], "{presigned}");
        let url = flat["direct_upload_url"].as_str().unwrap_or_default();
        let path = url.strip_prefix(self.server.url());
        let path = path.unwrap_or_else(|| panic!("the server's own address is expected: {presigned}"));
        let mut request = Request::new("PUT", path);
        let headers = flat["headers"].as_object().into_iter().flatten();
        for (name, value) in headers.filter(|(name, _)| *name != "Content-Type") {
            let value = value.as_str().unwrap_or_else(|| panic!("{name} is no text"));
            request = request.header(name, value);
        }
        assert_eq!(flat["headers"]["Content-Type"], content_type);
        self.server.send(&request.body(content_type, bytes))
    }
}

/// Unreal takes no other status.
#[track_caller]
fn taken(step: &str, answer: &Response) {
    assert!(
        matches!(answer.status, 200 | 201),
        "{step}: {} {}",
        answer.status,
        answer.text()
    );
}
