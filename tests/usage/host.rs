//! The server on a thread of this process, with a clock that the test sets.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use actix_web::dev::ServerHandle;
use bugle::http::auth_tokens::DEFAULT_RIGHTS;
use bugle::server::{Listening, open_blobs, open_store};
use bugle::settings::{LogFormat, Settings};
use bugle_actors::{
    Actors, Clock, CreatePersonalToken, CreateProject, CreateProjectToken, CreateUser, NewPersonalToken,
    NewProject, NewProjectToken, NewUser,
};
use bugle_storage::Timestamp;
use bugle_storage::records::{AccountOrigin, ReportRight, Submitter, TokenLimits, TokenRights, Visibility};
use serde_json::{Value, json};
use support::{Connection, Request, Response};
use tempfile::TempDir;

pub(crate) const SECONDS_PER_DAY: i64 = 86_400;
/// 2026-11-21, 08:00 UTC.
const START: Timestamp = Timestamp(1_795_248_000_000);
/// Bug reports a day from one address.
pub(crate) const LIMIT: u32 = 3;

/// What is made at the first start.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) project: String,
    /// The owner's personal token.
    pub(crate) owner: String,
    pub(crate) owner_id: u64,
    /// A project token without the right to suggestions.
    pub(crate) game: String,
    pub(crate) game_id: u64,
}

/// The running server. Stopped when dropped.
pub(crate) struct Host {
    pub(crate) made: Made,
    clock: Clock,
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    folder: TempDir,
}

impl Host {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Clock::manual(START);
        let (address, handle, made, thread) = run(folder.path(), &clock, None);
        Self {
            made,
            clock,
            address,
            handle,
            thread: Some(thread),
            folder,
        }
    }

    /// Stops the server and starts it again on the same data.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let made = Some(self.made.clone());
        let (address, handle, _, thread) = run(self.folder.path(), &self.clock, made);
        (self.address, self.handle, self.thread) = (address, handle, Some(thread));
    }

    fn stop(&mut self) {
        // The command is on its way once `stop` is called; the thread ends when it was obeyed.
        drop(self.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(
            thread::panicking() || matches!(ended, Some(Ok(()))),
            "the server failed when it was stopped"
        );
    }

    /// Lets so many days go by.
    pub(crate) fn pass_days(&self, days: i64) {
        self.clock
            .set(self.clock.now().plus_seconds(days * SECONDS_PER_DAY));
    }

    pub(crate) fn send(&self, request: &Request) -> Response {
        Connection::open(self.address).unwrap().send(request).unwrap()
    }

    /// Sends something with the project token from that address, and gives the status.
    pub(crate) fn post(&self, collection: &str, from: &str, body: &Value) -> u16 {
        let path = format!("/projects/{}/{collection}.json", self.made.project);
        let request = Request::post(path).form_user(&self.made.game);
        let request = request
            .header("X-Forwarded-For", from)
            .header("User-Agent", "Castle/1.2");
        self.send(&request.json(body)).status
    }

    /// Files a bug report.
    pub(crate) fn report(&self, from: &str) -> u16 {
        self.post("issues", from, &json!({"title": "The castle has no door"}))
    }

    /// Reads with the owner's token.
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.send(&Request::get(path).bearer(&self.made.owner));
        answer.expect_status(200).json()
    }

    /// The use of the project token.
    pub(crate) fn game_usage(&self) -> Value {
        let Made { project, game_id, .. } = &self.made;
        self.get(&format!("/projects/{project}/auth_tokens/{game_id}/usage.json"))
    }

    /// The use of the owner's token.
    pub(crate) fn owner_usage(&self) -> Value {
        self.get(&format!(
            "/personal_access_tokens/{}/usage.json",
            self.made.owner_id
        ))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.stop();
        }
    }
}

type Started = (SocketAddr, ServerHandle, Made, JoinHandle<()>);

fn run(folder: &Path, clock: &Clock, made: Option<Made>) -> Started {
    let (sender, started) = mpsc::channel();
    let (settings, clock) = (settings(folder), clock.clone());
    let thread = thread::spawn(move || {
        actix::System::new().block_on(async {
            let store = open_store(&settings).unwrap();
            let blobs = open_blobs(&settings.data).unwrap();
            let listening = Listening::start(&settings, store, blobs, clock).await.unwrap();
            let made = match made {
                Some(made) => made,
                None => make(&listening.actors).await,
            };
            let address = listening.address;
            sender.send((address, listening.handle(), made)).unwrap();
            listening.run().await.unwrap();
        });
    });
    let (address, handle, made) = started.recv().unwrap();
    (address, handle, made, thread)
}

fn settings(folder: &Path) -> Settings {
    Settings {
        mail: None,
        webhook_allow: Vec::new(),
        data: folder.join("data"),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        public_url: None,
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
        log_format: LogFormat::Text,
        workers: 2,
        ipv6_prefix: 64,
        upload_size_max: 1 << 20,
        issue_files_size_max: 1 << 20,
        body_timeout: std::time::Duration::from_secs(30),
        body_memory: 1 << 20,
        reserve: 0,
        segment_size: 1 << 20,
        journal_keep: std::time::Duration::ZERO,
    }
}

async fn make(actors: &Actors) -> Made {
    let new = NewUser {
        name: "Owner".into(),
        email: "owner@studio.example".into(),
        password_hash: String::new(),
        administrator: false,
        origin: AccountOrigin::Operator,
    };
    let owner = actors.ask_accounts(|reply| CreateUser { new, reply });
    let owner = owner.await.unwrap();
    let (submitter, key) = (Submitter::User(owner), None);
    let new = NewPersonalToken {
        user: owner,
        name: "Test".into(),
        expires_at: None,
        limits: TokenLimits::default(),
    };
    let personal = actors.ask_tokens(|reply| CreatePersonalToken {
        new,
        submitter,
        key,
        reply,
    });
    let personal = personal.await.unwrap();
    let new = NewProject {
        name: "Castle".into(),
        description: String::new(),
        visibility: Visibility::Private,
        organization: None,
    };
    let project = actors.ask_accounts(|reply| CreateProject {
        owner,
        new,
        submitter,
        key,
        reply,
    });
    let project = project.await.unwrap().project.id;
    let right = |allowed, per_day| ReportRight { allowed, per_day };
    let new = NewProjectToken {
        project,
        name: "Game".into(),
        rights: TokenRights {
            bug_reports: right(true, LIMIT),
            feature_requests: right(false, 8),
            ..DEFAULT_RIGHTS
        },
    };
    let game = actors.ask_tokens(|reply| CreateProjectToken {
        new,
        submitter,
        key,
        reply,
    });
    let game = game.await.unwrap();
    Made {
        project: project.to_string(),
        owner: personal.plain.unwrap().reveal().to_owned(),
        owner_id: personal.record.id.0,
        game: game.plain.unwrap().reveal().to_owned(),
        game_id: game.record.id.0,
    }
}
