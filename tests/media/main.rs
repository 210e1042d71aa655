//! Files of reports beyond the plain upload, which `uploads` tests: the fourth kind, downloads in parts, deletion,
//! bounds, uploads in two steps, and clips that come in pieces.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

mod bounds;
mod downloads;
mod kinds;
mod presigned;
mod segments;

use serde_json::Value;
use support::{Multipart, Request, Response, Server};

/// A report that is live, with its update token.
struct Report<'s> {
    server: &'s Server,
    id: u64,
    token: String,
}

impl<'s> Report<'s> {
    fn new(server: &'s Server) -> Self {
        let created = server.report("With files", "").expect_status(201).json();
        Self {
            server,
            id: created["id"].as_u64().unwrap(),
            token: created["token"].as_str().unwrap().to_owned(),
        }
    }

    fn path(&self, rest: &str) -> String {
        self.server.path(&format!("issues/g-{}/{rest}", self.id))
    }

    /// A request to something below the report, with its update token.
    fn post(&self, rest: &str) -> Request {
        Request::post(self.path(rest)).bearer(&self.token)
    }

    fn upload(&self, kind: &str, form: Multipart) -> Response {
        self.server.send(&self.post(kind).multipart(form))
    }

    /// Adds a log of these bytes.
    fn log(&self, name: &str, bytes: &[u8]) -> Value {
        let form = Multipart::new().file("log_file[file]", name, "text/plain", bytes);
        self.upload("log_files", form).expect_status(201).json()
    }

    fn kept(self) -> Kept {
        let Self { id, token, .. } = self;
        Kept { id, token }
    }

    /// The files of one kind, as the owner sees them.
    fn list(&self, kind: &str) -> Vec<Value> {
        let list = Request::get(self.path(&format!("{kind}.json"))).bearer(self.server.personal_token());
        let list = self.server.send(&list).expect_status(200).json();
        list.as_array().unwrap().clone()
    }
}

/// What a client still has of a report when the server goes down.
struct Kept {
    id: u64,
    token: String,
}

impl Kept {
    /// The same report on the server that came back.
    fn on(self, server: &Server) -> Report<'_> {
        let Self { id, token } = self;
        Report { server, id, token }
    }
}

/// The path of an address in an answer. Its port is another one after a restart.
fn path_of(url: &Value) -> &str {
    let (_, behind_scheme) = url.as_str().unwrap().split_once("://").unwrap();
    &behind_scheme[behind_scheme.find('/').unwrap()..]
}

/// A request of the owner to a file's address.
fn of_file(method: &str, server: &Server, file: &Value) -> Request {
    Request::new(method, path_of(&file["url"])).bearer(server.personal_token())
}

fn download(server: &Server, file: &Value) -> Response {
    server.send(&of_file("GET", server, file)).expect_status(200)
}
