//! The server on a thread of this process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use actix_web::dev::ServerHandle;
use bugle::http::auth_tokens::DEFAULT_RIGHTS;
use bugle::server::{Listening, open_blobs};
use bugle::settings::{LogFormat, Settings};
use bugle_actors::{
    Actors, Clock, CreatePersonalToken, CreateProject, CreateProjectToken, CreateUser, NewPersonalToken,
    NewProject, NewProjectToken, NewUser,
};
use bugle_storage::records::{AccountOrigin, ReportRight, Submitter, TokenLimits, TokenRights, Visibility};
use bugle_storage::{ProjectId, UserId};
use serde_json::{Value, json};
use support::{Connection, Request, Response};
use tempfile::TempDir;

use crate::faulty_store::FaultyStore;

/// A project, and a token to report into it.
#[derive(Clone, Debug)]
pub(crate) struct Game {
    pub(crate) project: String,
    pub(crate) token: String,
}

/// What the server's thread tells once it listens.
struct Started {
    address: SocketAddr,
    handle: ServerHandle,
    owner: String,
    games: [Game; 2],
}

/// The running server. Stopped when dropped.
pub(crate) struct Host {
    pub(crate) store: FaultyStore,
    started: Started,
    thread: Option<JoinHandle<()>>,
    folder: TempDir,
}

impl Host {
    /// Starts the server with two games, whose tokens take that many reports a day.
    pub(crate) fn start(bug_reports_per_day: u32) -> Self {
        let folder = TempDir::new().unwrap();
        let store = FaultyStore::default();
        let (sender, started) = mpsc::channel();
        let (settings, used) = (settings(&folder), store.clone());
        let thread = thread::spawn(move || {
            actix::System::new().block_on(async {
                let blobs = open_blobs(&settings.data).unwrap();
                let listening = Listening::start(&settings, Arc::new(used), blobs, Clock::System)
                    .await
                    .unwrap();
                let started = begin(&listening, bug_reports_per_day).await;
                sender.send(started).unwrap();
                listening.run().await.unwrap();
            });
        });
        Self {
            started: started.recv().unwrap(),
            store,
            thread: Some(thread),
            folder,
        }
    }

    pub(crate) fn games(&self) -> &[Game; 2] {
        &self.started.games
    }

    pub(crate) fn send(&self, request: &Request) -> Response {
        self.connect().send(request).unwrap()
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.started.address).unwrap()
    }

    /// Where files are.
    pub(crate) fn blobs(&self) -> PathBuf {
        self.folder.path().join("blobs")
    }

    /// Files a report as the game does.
    pub(crate) fn report(&self, game: &Game, title: &str) -> Response {
        let request = Request::post(format!("/projects/{}/issues.json", game.project));
        self.send(&request.form_user(&game.token).json(&json!({"title": title})))
    }

    /// Reads something of a project as its owner.
    pub(crate) fn read(&self, game: &Game, rest: &str) -> Response {
        let request = Request::get(format!("/projects/{}/{rest}", game.project));
        self.send(&request.bearer(&self.started.owner))
    }

    /// Posts something as the owner.
    pub(crate) fn post_as_owner(&self, path: &str, body: &Value) -> Response {
        self.send(&Request::post(path).bearer(&self.started.owner).json(body))
    }

    /// The list's titles and numbers, newest first.
    pub(crate) fn listed(&self, game: &Game) -> Vec<(String, String)> {
        let list = self
            .read(game, "issues.json?per_page=100")
            .expect_status(200)
            .json();
        let issues = list
            .get("issues")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let text = |issue: &Value, field| {
            issue
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        issues
            .iter()
            .map(|issue| (text(issue, "title"), text(issue, "scoped_id")))
            .collect()
    }

    /// `/readyz`: its status, and how many actors were restarted.
    pub(crate) fn ready(&self) -> (u16, u64) {
        let answer = self.send(&Request::get("/readyz"));
        let restarts = answer.json().get("actor_restarts").and_then(Value::as_u64);
        (answer.status, restarts.unwrap_or_default())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The command is on its way once `stop` is called; the thread ends when it was obeyed.
        drop(self.started.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(
                matches!(ended, Some(Ok(()))),
                "the server failed when it was stopped"
            );
        }
    }
}

fn settings(folder: &TempDir) -> Settings {
    Settings {
        mail: None,
        data: folder.path().to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        public_url: None,
        trusted_proxies: Vec::new(),
        log_format: LogFormat::Text,
        workers: 1,
        ipv6_prefix: 64,
        upload_size_max: 1 << 20,
        issue_files_size_max: 1 << 20,
        body_timeout: std::time::Duration::from_secs(30),
        body_memory: 1 << 20,
        webhook_allow: Vec::new(),
        reserve: 0,
        segment_size: 1 << 20,
        journal_keep: std::time::Duration::ZERO,
    }
}

async fn begin(listening: &Listening, bug_reports_per_day: u32) -> Started {
    let actors = &listening.actors;
    let new = NewUser {
        name: "Owner".into(),
        email: "owner@studio.example".into(),
        password_hash: String::new(),
        administrator: true,
        origin: AccountOrigin::Operator,
    };
    let owner = actors
        .ask_accounts(|reply| CreateUser { new, reply })
        .await
        .unwrap();
    let new = NewPersonalToken {
        user: owner,
        name: "Test".into(),
        expires_at: None,
        limits: TokenLimits::default(),
    };
    let submitter = Submitter::User(owner);
    let key = None;
    let token = actors
        .ask_tokens(|reply| CreatePersonalToken {
            new,
            submitter,
            key,
            reply,
        })
        .await
        .unwrap();
    Started {
        address: listening
            .public_url
            .strip_prefix("http://")
            .unwrap()
            .parse()
            .unwrap(),
        handle: listening.handle(),
        owner: token.plain.unwrap().reveal().to_owned(),
        games: [
            new_game(actors, owner, bug_reports_per_day).await,
            new_game(actors, owner, bug_reports_per_day).await,
        ],
    }
}

async fn new_game(actors: &Actors, owner: UserId, bug_reports_per_day: u32) -> Game {
    let new = NewProject {
        name: "Game".into(),
        description: String::new(),
        visibility: Visibility::Private,
        organization: None,
    };
    let (submitter, key) = (Submitter::User(owner), None);
    let created = actors
        .ask_accounts(|reply| CreateProject {
            owner,
            new,
            submitter,
            key,
            reply,
        })
        .await
        .unwrap();
    let project: ProjectId = created.project.id;
    let bug_reports = ReportRight {
        allowed: true,
        per_day: bug_reports_per_day,
    };
    let new = NewProjectToken {
        project,
        name: "Game".into(),
        rights: TokenRights {
            bug_reports,
            ..DEFAULT_RIGHTS
        },
    };
    let token = actors
        .ask_tokens(|reply| CreateProjectToken {
            new,
            submitter,
            key,
            reply,
        })
        .await
        .unwrap();
    Game {
        project: project.to_string(),
        token: token.plain.unwrap().reveal().to_owned(),
    }
}
