//! The running server: a store, the actors over it, and HTTP in front.

mod descriptors;
mod listener;
mod stop_signal;
mod sweeping;
mod web_address;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix::{Arbiter, ArbiterHandle};
use actix_web::dev::{Server, ServerHandle};
use actix_web::{App, HttpServer, web};
use bugle_actors::{ActorError, Actors, ActorsOptions, Clock};
use bugle_storage::disk::RealDisk;
use bugle_storage::{BlobStore, EmbeddedStore, StorageError, Store, StoreOptions};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinHandle;

use crate::http::state::{AppState, HttpOptions};
use crate::http::{front, routes};
use crate::mail;
use crate::settings::Settings;
use crate::webhooks::{self, Targets};
use stop_signal::StopSignal;

/// How long answers that are under way may take when the server is told to stop, in seconds. Together with the
/// writing down of what is in memory it stays below ten.
const DRAIN_SECONDS: u64 = 5;
/// How long an idle connection is kept, longer than the usual proxy keeps its own.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the head of a connection's first request may take. It fits one packet, and two lost ones are sent again
/// within seven seconds.
const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a server does not start or stop as it should.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The store cannot be opened or closed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// An actor refused.
    #[error(transparent)]
    Actor(#[from] ActorError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}: choose another address or port with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The operating system would not tell when to stop.
    #[error("cannot listen for signals to stop: {0}")]
    Signals(std::io::Error),
    /// The server stopped by itself.
    #[error("the server failed: {0}")]
    Serve(std::io::Error),
    /// The first start was cut short.
    #[error(
        "the first start of {path} was interrupted before its tokens were shown: remove that directory and start again"
    )]
    HalfFirstStart {
        /// The data directory.
        path: std::path::PathBuf,
    },
    /// Standard output takes nothing.
    #[error("cannot write to standard output: {0}")]
    Output(std::io::Error),
    /// What was asked for cannot be done as asked.
    #[error("{0}")]
    Refused(String),
}

/// A server that listens and is not yet running.
pub struct Listening {
    /// The actors behind it.
    pub actors: Actors,
    /// What its links begin with.
    pub public_url: String,
    /// The socket's address, with the port that it was given.
    pub address: SocketAddr,
    handle: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    stop_signal: StopSignal,
}

/// Opens the store of a data directory.
pub fn open_store(settings: &Settings) -> Result<Arc<dyn Store>, StorageError> {
    let mut options = StoreOptions::new(&settings.data);
    options.segment_size = settings.segment_size;
    options.keep = settings.journal_keep;
    options.reserve = settings.reserve;
    Ok(Arc::new(EmbeddedStore::open(&options)?))
}

/// Opens the files of a data directory whose store is open.
pub fn open_blobs(data: &Path) -> Result<Arc<BlobStore>, StorageError> {
    Ok(Arc::new(BlobStore::open(Arc::new(RealDisk), data)?))
}

fn http_options(settings: &Settings, public_url: &str) -> HttpOptions {
    HttpOptions {
        public_url: public_url.to_owned(),
        trusted_proxies: settings.trusted_proxies.clone(),
        ipv6_prefix: settings.ipv6_prefix,
        upload_size_max: settings.upload_size_max,
        issue_files_size_max: settings.issue_files_size_max,
        body_timeout: settings.body_timeout,
        body_memory: settings.body_memory,
        targets: Arc::new(Targets::new(&settings.webhook_allow)),
    }
}

/// The HTTP side, not yet running, and what tells the thread of each worker once it runs.
fn http_server(
    settings: &Settings,
    state: web::Data<AppState>,
    listener: TcpListener,
) -> io::Result<(Server, UnboundedReceiver<ArbiterHandle>)> {
    let (thread, threads) = mpsc::unbounded_channel();
    let server = HttpServer::new(move || {
        // Runs once on each worker's thread. Nobody listens when a worker is replaced later.
        let _ = thread.send(Arbiter::current());
        App::new()
            .app_data(state.clone())
            .wrap_fn(front::pass)
            .configure(routes::configure)
    })
    .workers(settings.workers)
    .max_connections(descriptors::make_room(settings.workers))
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(REQUEST_HEAD_TIMEOUT)
    .shutdown_timeout(DRAIN_SECONDS)
    // actix's own handling of signals stops the whole system, and with it the actors that are still needed.
    .disable_signals()
    .listen(listener)?
    .run();
    Ok((server, threads))
}

async fn first_of_each_worker(
    mut threads: UnboundedReceiver<ArbiterHandle>,
    workers: usize,
) -> Vec<ArbiterHandle> {
    let mut homes = Vec::new();
    while homes.len() < workers
        && let Some(home) = threads.recv().await
    {
        homes.push(home);
    }
    homes
}

impl Listening {
    /// Starts the actors on the store and listens. Must be called within an actix system.
    pub async fn start(
        settings: &Settings,
        store: Arc<dyn Store>,
        blobs: Arc<BlobStore>,
        clock: Clock,
    ) -> Result<Self, ServerError> {
        let refused = |source| ServerError::Listen {
            address: settings.listen,
            source,
        };
        let listener = listener::listen(settings.listen).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let public_url = settings
            .public_url
            .clone()
            .unwrap_or_else(|| web_address::on_this_machine(address));
        let search = Some(settings.data.join("search"));
        let (courier, due) = mpsc::unbounded_channel();
        let actors = Actors::start(ActorsOptions {
            store,
            clock,
            search,
            mail: settings.mail.is_some(),
            courier: Some(courier),
        })?;
        let options = http_options(settings, &public_url);
        let targets = Arc::clone(&options.targets);
        let state = web::Data::new(AppState::new(actors.clone(), Arc::clone(&blobs), options));
        let view_tokens = Arc::clone(&state.view_tokens);
        let (server, threads) = http_server(settings, state.clone(), listener).map_err(refused)?;
        let handle = server.handle();
        let serving = actix::spawn(server);
        let homes = first_of_each_worker(threads, settings.workers).await;
        actors.start_projects(&homes)?;
        actix::spawn(sweeping::run(actors.clone(), blobs));
        if let Some(mail) = &settings.mail {
            mail::start(mail, &actors, view_tokens, &public_url)?;
        }
        webhooks::start(state, targets, due).map_err(ServerError::Serve)?;
        Ok(Self {
            actors,
            public_url,
            address,
            handle,
            serving,
            stop_signal: StopSignal::listen().map_err(ServerError::Signals)?,
        })
    }

    /// What is said once it listens: the socket's address, and the web address on a line of its own where it differs.
    pub fn announcement(&self) -> String {
        web_address::announcement(self.address, &self.public_url)
    }

    /// Stops the server from elsewhere.
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Serves until a signal or the handle says stop; then drains, writes down what is in memory, and closes.
    pub async fn run(self) -> Result<(), ServerError> {
        let (handle, stop_signal) = (self.handle, self.stop_signal);
        let actors = self.actors.clone();
        actix::spawn(async move {
            stop_signal.wait().await;
            actors.stop_begins();
            // The projects' threads end with the draining.
            actors.save_projects().await;
            handle.stop(true).await;
        });
        let served = self
            .serving
            .await
            .map_err(|error| ServerError::Serve(error.into()))?;
        served.map_err(ServerError::Serve)?;
        tracing::info!("draining is done, closing the store");
        self.actors.stop().await?;
        Ok(())
    }
}
