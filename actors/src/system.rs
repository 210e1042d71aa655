//! Starts every actor on its thread, and is what the floor above holds of them.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::prelude::SendError;
use actix::{Addr, Arbiter, ArbiterHandle, Context, Handler, Message};
use bugle_storage::records::Secret;
use bugle_storage::{Batch, Key, ProjectId, Shard, ShardId, StorageError, Store, Table};
use tokio::sync::mpsc::UnboundedSender;

use crate::project::{ProjectActor, SaveIndex};
use crate::search::Search;
use crate::supervision::{Guardian, Health, OpenProject, Published, ShardSupervisor, Supervised};
use crate::tokens::{SaveLastUse, TokenRegistry};
use crate::webhooks::{Assignment, SaveWebhooks, Webhooks};
use crate::{Accounts, ActorError, Clock, Deliveries, Directory, Reply, ask};

/// How long a stop waits for the projects' indexes to be written down.
const SAVING_TIME_MAX: Duration = Duration::from_secs(2);

/// What the actors are started with.
pub struct ActorsOptions {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Clock,
    /// The directory of the search index; without one nothing can be searched.
    pub search: Option<PathBuf>,
    /// Whether there is a mail server: only then are mails put into the outbox.
    pub mail: bool,
    /// Takes what is to be sent to webhooks; without one nothing is.
    pub courier: Option<UnboundedSender<Assignment>>,
}

/// Secrets of this installation, made at its first start.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// Signs the JWTs that the server hands out.
    pub signing: Secret,
    /// Hashes clients' addresses.
    pub addresses: Secret,
}

/// The running actors. Cloning gives another handle on the same ones.
#[derive(Clone)]
pub struct Actors {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    directory: Arc<Directory>,
    health: Arc<Health>,
    webhook_deliveries: Arc<Deliveries>,
    mail_deliveries: Deliveries,
    clock: Clock,
    secrets: Secrets,
    accounts: Published<Accounts>,
    tokens: Published<TokenRegistry>,
    webhooks: Published<Webhooks>,
    search: Option<Arc<Search>>,
    /// Where the system's own actors and all supervisors run.
    system: Arbiter,
    /// Set by [`Actors::start_projects`].
    shards: OnceLock<Vec<Published<ShardSupervisor>>>,
}

impl Actors {
    /// Starts the system's own actors; must be called within an actix system. Blocks while accounts and tokens
    /// are read. Projects answer once [`Actors::start_projects`] has given them threads.
    pub fn start(options: ActorsOptions) -> Result<Self, StorageError> {
        let ActorsOptions {
            store,
            clock,
            search,
            mail,
            courier,
        } = options;
        let directory = Arc::new(Directory::default());
        directory.set_mail(mail);
        let health = Arc::new(Health::default());
        let secrets = Secrets {
            signing: load_secret(&store, b"signing")?,
            addresses: load_secret(&store, b"addresses")?,
        };
        let system = Arbiter::new();
        let home = system.handle();
        let accounts = guard(&system, &home, &health, {
            let (store, clock, directory) = (Arc::clone(&store), clock.clone(), Arc::clone(&directory));
            move || Accounts::load(Arc::clone(&store), clock.clone(), Arc::clone(&directory))
        })?;
        let tokens = guard(&system, &home, &health, {
            let (store, clock, directory) = (Arc::clone(&store), clock.clone(), Arc::clone(&directory));
            move || TokenRegistry::load(Arc::clone(&store), clock.clone(), Arc::clone(&directory))
        })?;
        let webhook_deliveries = Arc::<Deliveries>::default();
        let webhooks = guard(&system, &home, &health, {
            let (store, clock, directory) = (Arc::clone(&store), clock.clone(), Arc::clone(&directory));
            let (secret, health) = (secrets.signing.clone(), Arc::clone(&health));
            let deliveries = Arc::clone(&webhook_deliveries);
            move || {
                let (store, directory) = (Arc::clone(&store), Arc::clone(&directory));
                let told = (Arc::clone(&health), Arc::clone(&deliveries));
                Webhooks::load(
                    store,
                    clock.clone(),
                    directory,
                    secret.clone(),
                    courier.clone(),
                    told,
                )
            }
        })?;
        let search = search
            .map(|path| Search::start(Arc::clone(&store), &path).map(Arc::new))
            .transpose()?;
        let inner = Inner {
            store,
            directory,
            health,
            webhook_deliveries,
            mail_deliveries: Deliveries::default(),
            clock,
            secrets,
            accounts,
            tokens,
            webhooks,
            search,
            system,
            shards: OnceLock::new(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Spreads the shards over these threads, which are those that speak HTTP: a report that arrives on its
    /// project's thread is stored without waking another (`docs/decisions/0004-projects-on-http-threads.md`).
    /// Blocks while each shard's lease is read.
    pub fn start_projects(&self, threads: &[ArbiterHandle]) -> Result<(), StorageError> {
        let Inner {
            store,
            directory,
            health,
            clock,
            system,
            ..
        } = &*self.inner;
        let own = [system.handle()];
        let threads = if threads.is_empty() { &own } else { threads };
        let mut shards = Vec::new();
        for (id, home) in (0..ShardId::COUNT).map(ShardId).zip(threads.iter().cycle()) {
            let (store, clock) = (Arc::clone(store), clock.clone());
            let (directory, counted) = (Arc::clone(directory), Arc::clone(health));
            shards.push(guard(system, home, health, move || {
                let (directory, health) = (Arc::clone(&directory), Arc::clone(&counted));
                ShardSupervisor::load(Arc::clone(&store), id, clock.clone(), directory, health)
            })?);
        }
        // Called twice, the first call stands.
        let _ = self.inner.shards.set(shards);
        Ok(())
    }

    /// Who a token stands for, who belongs to which project.
    pub fn directory(&self) -> &Directory {
        &self.inner.directory
    }

    /// What the supervisors say.
    pub fn health(&self) -> &Health {
        &self.inner.health
    }

    /// What became of messages to webhooks.
    pub fn webhook_deliveries(&self) -> &Deliveries {
        &self.inner.webhook_deliveries
    }

    /// What became of mail; whoever sends it counts.
    pub fn mail_deliveries(&self) -> &Deliveries {
        &self.inner.mail_deliveries
    }

    /// What time it is.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// This installation's secrets.
    pub fn secrets(&self) -> &Secrets {
        &self.inner.secrets
    }

    /// The store below.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// The full-text search.
    ///
    /// # Errors
    /// [`ActorError::Busy`] where there is none.
    pub fn search(&self) -> Result<&Search, ActorError> {
        self.inner.search.as_deref().ok_or(ActorError::Busy)
    }

    /// Asks `Accounts`.
    pub async fn ask_accounts<M, T>(&self, message: impl FnOnce(Reply<T>) -> M) -> Result<T, ActorError>
    where
        Accounts: Handler<M>,
        Context<Accounts>: ToEnvelope<Accounts, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        ask(&self.inner.accounts.get()?, message).await
    }

    /// Asks the `TokenRegistry`.
    pub async fn ask_tokens<M, T>(&self, message: impl FnOnce(Reply<T>) -> M) -> Result<T, ActorError>
    where
        TokenRegistry: Handler<M>,
        Context<TokenRegistry>: ToEnvelope<TokenRegistry, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        ask(&self.inner.tokens.get()?, message).await
    }

    /// Asks `Webhooks`.
    pub async fn ask_webhooks<M, T>(&self, message: impl FnOnce(Reply<T>) -> M) -> Result<T, ActorError>
    where
        Webhooks: Handler<M>,
        Context<Webhooks>: ToEnvelope<Webhooks, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        ask(&self.inner.webhooks.get()?, message).await
    }

    /// Asks a project's actor, which is started when it does not run. That the project exists is for the
    /// asking side to know.
    pub async fn ask_project<M, T>(
        &self,
        project: ProjectId,
        message: impl FnOnce(Reply<T>) -> M,
    ) -> Result<T, ActorError>
    where
        ProjectActor: Handler<M>,
        Context<ProjectActor>: ToEnvelope<ProjectActor, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let (reply, answer) = Reply::channel();
        let mut message = message(reply);
        let mut address = self.inner.directory.address(project);
        if let Some(known) = &address {
            match known.try_send(message) {
                Ok(()) => return answer.wait().await,
                Err(SendError::Full(_)) => return Err(ActorError::Busy),
                Err(SendError::Closed(unsent)) => message = unsent,
            }
        }
        address = Some(self.open_project(project, address).await?);
        match address.map(|address| address.try_send(message)) {
            Some(Ok(())) => answer.wait().await,
            _ => Err(ActorError::Busy),
        }
    }

    async fn open_project(
        &self,
        project: ProjectId,
        closed: Option<Addr<ProjectActor>>,
    ) -> Result<Addr<ProjectActor>, ActorError> {
        let shards = self.inner.shards.get().ok_or(ActorError::Busy)?;
        let shard = shards
            .get(usize::from(project.shard().0))
            .ok_or(ActorError::NotFound)?;
        ask(&shard.get()?, |reply| OpenProject {
            project,
            closed,
            reply,
        })
        .await
    }

    /// Says that the server was told to stop: from now on the threads that the actors live on may end, and no
    /// supervisor takes that for a failure. No more webhooks are sent, so that those under way can be noted as sent while
    /// the server drains. Everybody still answers until [`Actors::stop`].
    pub fn stop_begins(&self) {
        self.inner.health.stop_begins();
    }

    /// Whether the server was told to stop: what can wait for the next start is not begun any more.
    pub fn is_stopping(&self) -> bool {
        self.inner.health.is_stopping()
    }

    /// Lets every running project write down its index, which makes the next start short; waits two seconds for it
    /// at the most. To be called while the threads of the projects still run.
    pub async fn save_projects(&self) {
        let mut answers = Vec::new();
        for project in self.inner.directory.running_projects() {
            let (reply, answer) = Reply::channel();
            // One that is too busy to take it reads some more rows at its next start.
            if project.try_send(SaveIndex { reply }).is_ok() {
                answers.push(answer);
            }
        }
        let all_saved = async {
            for answer in answers {
                let _ = answer.wait().await;
            }
        };
        if tokio::time::timeout(SAVING_TIME_MAX, all_saved).await.is_err() {
            tracing::warn!("some projects' indexes could not be written down in time");
        }
    }

    /// Writes down what is only in memory and closes the store. Nothing is taken afterwards.
    pub async fn stop(&self) -> Result<(), ActorError> {
        self.stop_begins();
        // When tokens were last used is worth a try and no more: on a full disk, say, the server still stops well.
        if let Err(cause) = self.ask_tokens(|reply| SaveLastUse { reply }).await {
            tracing::warn!(%cause, "the last uses of tokens could not be saved");
        }
        // How far webhooks are, too: what is not written is sent again.
        if let Err(cause) = self.ask_webhooks(|reply| SaveWebhooks { reply }).await {
            tracing::warn!(%cause, "how far webhooks are could not be saved");
        }
        // The guardians go first: nobody is to be brought back from a store that is closed.
        self.inner.system.stop();
        let store = Arc::clone(&self.inner.store);
        let search = self.inner.search.clone();
        let close = move || {
            if let Some(search) = search {
                // A store that has failed settles no more; then the search goes on from where it is next time.
                let _ = store.settle();
                search.stop();
            }
            store.close()
        };
        let closed = tokio::task::spawn_blocking(close).await;
        closed.map_err(|_| ActorError::Broken)?.map_err(ActorError::from)
    }
}

fn guard<A: Supervised>(
    system: &Arbiter,
    home: &ArbiterHandle,
    health: &Arc<Health>,
    factory: impl Fn() -> Result<A, StorageError> + Send + Sync + 'static,
) -> Result<Published<A>, StorageError> {
    Guardian::start(
        Arc::new(factory),
        &system.handle(),
        home.clone(),
        Arc::clone(health),
    )
}

/// Reads a secret, or makes it and waits until it is durable. Blocks.
fn load_secret(store: &Arc<dyn Store>, name: &[u8]) -> Result<Secret, StorageError> {
    let key = Key::new(ShardId::SYSTEM, Table::Setting).bytes(name);
    let mut shard = Shard::open(Arc::clone(store), ShardId::SYSTEM)?;
    if let Some(secret) = shard.read(vec![key.clone()]).run::<Secret>()?.pop().flatten() {
        return Ok(secret);
    }
    let secret = Secret(rand::random());
    let mut batch = Batch::new();
    batch.put(key, &secret)?;
    let (done, durable) = std::sync::mpsc::channel();
    shard.commit(
        batch,
        Box::new(move |outcome| {
            let _ = done.send(outcome);
        }),
    );
    durable.recv().unwrap_or(Err(StorageError::Closed))?;
    Ok(secret)
}
