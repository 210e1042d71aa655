//! What clients read of answers.

use serde_json::Value;
use support::{Request, Response, Server};

/// What every plugin takes from the answer to a create.
#[derive(Debug)]
pub(crate) struct Created {
    /// Digits only: clients put `g-` before it themselves.
    pub(crate) id: u64,
    /// Lets the player add to the report and publish it.
    pub(crate) token: String,
    /// Absolute; clients cut the last segment off, or put it into a link on another site.
    pub(crate) url: String,
}

impl Created {
    /// Panics when the answer is not what a client can go on with.
    #[track_caller]
    pub(crate) fn read(server: &Server, answer: &Response) -> Self {
        Self::read_of("issues", server, answer)
    }

    /// The same of a report that lies below `folder`.
    #[track_caller]
    pub(crate) fn read_of(folder: &str, server: &Server, answer: &Response) -> Self {
        assert!(
            matches!(answer.status, 200 | 201),
            "refused: {} {}",
            answer.status,
            answer.text()
        );
        let body = answer.json();
        let (Some(id), Some(token), Some(url)) =
            (body["id"].as_u64(), body["token"].as_str(), body["url"].as_str())
        else {
            panic!("a number `id`, and texts `token` and `url` are missed in {body}");
        };
        assert!(
            url.starts_with(&format!(
                "{}/projects/{}/{folder}/",
                server.url(),
                server.project()
            )),
            "{url}"
        );
        assert!(
            !url.ends_with('/') && !url.contains('?'),
            "the last segment of {url} cannot be cut off"
        );
        assert_eq!(token.split('.').count(), 3, "an update token is a JWT");
        Self {
            id,
            token: token.to_owned(),
            url: url.to_owned(),
        }
    }

    /// The last segment of the url, as Unreal and `RimWorld` cut it off.
    pub(crate) fn last_segment(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }
}

/// The files of one kind that an issue has, as the owner sees them: name and size.
#[track_caller]
pub(crate) fn files(server: &Server, id: u64, kind: &str) -> Vec<(String, u64)> {
    files_of(server, &format!("issues/g-{id}"), kind)
}

/// The same of any report.
#[track_caller]
pub(crate) fn files_of(server: &Server, report: &str, kind: &str) -> Vec<(String, u64)> {
    let list = Request::get(server.path(&format!("{report}/{kind}.json"))).bearer(server.personal_token());
    let list = server.send(&list).expect_status(200).json();
    let list = list
        .as_array()
        .unwrap_or_else(|| panic!("{kind} are a bare array, not {list}"))
        .clone();
    list.iter()
        .map(|file| {
            let name = file["filename"].as_str().unwrap_or_default().to_owned();
            (name, file["size_bytes"].as_u64().unwrap_or_default())
        })
        .collect()
}

/// The steps of an issue, which answers give as objects.
pub(crate) fn steps(issue: &Value) -> Vec<&str> {
    let steps = issue["steps_to_reproduce"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    steps.iter().filter_map(|step| step["step"].as_str()).collect()
}
