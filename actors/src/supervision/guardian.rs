//! Watches over one actor of the system: starts it, and starts it again.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use actix::{Actor, ActorFutureExt, Addr, ArbiterHandle, AsyncContext, Context, Handler, WrapFuture};
use bugle_storage::{Fence, StorageError};
use tracing::{debug, error, warn};

use super::heartbeat::{BEAT, Heartbeat, Pulse};
use super::{Health, Ping};
use crate::{ActorError, MAILBOX_CAPACITY};

/// An actor that a [`Guardian`] can watch over.
pub(crate) trait Supervised: Actor<Context = Context<Self>> + Handler<Ping> + Send {
    /// The actor's name in logs.
    const NAME: &'static str;

    /// What keeps the actor from writing once it is replaced.
    fn fence(&self) -> &Fence;
}

/// Where an actor is now. Not read on a report's way.
#[derive(Debug)]
pub(crate) struct Published<A: Actor>(Arc<RwLock<Option<Addr<A>>>>);

impl<A: Actor> Clone for Published<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A: Actor> Default for Published<A> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<A: Actor> Published<A> {
    /// The actor's address, or `Busy` while it is being restarted.
    pub(crate) fn get(&self) -> Result<Addr<A>, ActorError> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or(ActorError::Busy)
    }

    fn set(&self, address: Option<Addr<A>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = address;
    }
}

/// Makes the actor from what is stored. Blocks.
pub(crate) type Factory<A> = Arc<dyn Fn() -> Result<A, StorageError> + Send + Sync>;

/// Owns the life of one actor.
pub(crate) struct Guardian<A: Supervised> {
    factory: Factory<A>,
    /// The thread that the actor runs on.
    home: ArbiterHandle,
    published: Published<A>,
    health: Arc<Health>,
    heartbeat: Heartbeat,
    /// The fence of the actor that was started last.
    fence: Fence,
    restarting: bool,
    /// Whether the actor is away: from the moment it is given up until another is loaded.
    away: bool,
}

impl<A: Supervised> Guardian<A> {
    /// Makes the actor for the first time, on thread `home`, and watches over it from thread `post` on. Blocks
    /// while the actor's state is read.
    pub(crate) fn start(
        factory: Factory<A>,
        post: &ArbiterHandle,
        home: ArbiterHandle,
        health: Arc<Health>,
    ) -> Result<Published<A>, StorageError> {
        let published = Published::default();
        let first = factory()?;
        let fence = first.fence().clone();
        published.set(Some(start_actor(first, &home)));
        let guardian = Self {
            fence,
            away: false,
            factory,
            home,
            published: published.clone(),
            health,
            heartbeat: Heartbeat::default(),
            restarting: false,
        };
        Self::start_in_arbiter(post, |_| guardian);
        Ok(published)
    }

    fn beat(&mut self, context: &mut Context<Self>) {
        if self.restarting {
            return;
        }
        let Ok(address) = self.published.get() else {
            return self.restart(context);
        };
        match self.heartbeat.beat(Instant::now()) {
            Pulse::Waiting => {}
            Pulse::Dead => self.restart(context),
            Pulse::Alive => {
                let reply = self.heartbeat.ping();
                // A full mailbox drops the ping, and with it the reply: retry on the next beat, as waiting.
                if let Err(actix::prelude::SendError::Full(ping)) = address.try_send(Ping { reply }) {
                    ping.reply.send(Ok(0));
                }
            }
        }
    }

    fn restart(&mut self, context: &mut Context<Self>) {
        if self.health.is_stopping() {
            // An HTTP worker without a connection ends at once, while others still answer: they may need its actors.
            debug!(
                actor = A::NAME,
                "an actor's thread was stopped and it goes on elsewhere"
            );
        } else {
            warn!(actor = A::NAME, "an actor failed and is being restarted");
        }
        self.restarting = true;
        // Whether it is dead or only slow: what it still does must not reach the disk beside its successor.
        self.fence.close();
        if !self.home.spawn_fn(|| ()) {
            // The thread is gone, and the actor with it: it goes on where its guardian is.
            self.home = actix::Arbiter::current();
        }
        self.heartbeat = Heartbeat::default();
        self.published.set(None);
        if !std::mem::replace(&mut self.away, true) {
            self.health.recovery_begins();
        }
        let factory = Arc::clone(&self.factory);
        let loading = async move { tokio::task::spawn_blocking(move || factory()).await };
        context.spawn(loading.into_actor(self).map(|loaded, guardian, _| {
            guardian.restarting = false;
            match loaded {
                Ok(Ok(actor)) => guardian.replaced(actor),
                Ok(Err(cause)) => error!(actor = A::NAME, %cause, "an actor cannot be restarted yet"),
                Err(_) => error!(actor = A::NAME, "an actor's loading failed"),
            }
        }));
    }
}

impl<A: Supervised> Guardian<A> {
    fn replaced(&mut self, actor: A) {
        self.fence = actor.fence().clone();
        self.published.set(Some(start_actor(actor, &self.home)));
        self.away = false;
        self.health.recovery_ends();
    }
}

fn start_actor<A: Supervised>(actor: A, home: &ArbiterHandle) -> Addr<A> {
    A::start_in_arbiter(home, |context| {
        context.set_mailbox_capacity(MAILBOX_CAPACITY);
        actor
    })
}

impl<A: Supervised> Actor for Guardian<A> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.run_interval(BEAT, Self::beat);
        // Published addresses come and go, but the guardian itself must outlive every address of its own.
        let own = context.address();
        context.spawn(
            async move {
                std::future::pending::<()>().await;
                drop(own);
            }
            .into_actor(self),
        );
    }
}
