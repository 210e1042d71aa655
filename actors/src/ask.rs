//! Asking an actor: a bounded send, a reply that need not come from the actor itself, a deadline.

use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::prelude::SendError;
use actix::{Actor, Addr, Handler, Message};
use tokio::sync::oneshot;

use crate::ActorError;

/// How long whoever asks waits. Longer than any sync of a disk that still works.
pub const ASK_DEADLINE: Duration = Duration::from_secs(10);

/// How many messages an actor's mailbox takes before the sender is told that the server is busy.
pub const MAILBOX_CAPACITY: usize = 4096;

/// Where the answer to one message goes. It travels with the work: an actor may hand it to the store, whose
/// thread then answers. Dropped by a panic, it tells the waiting side [`ActorError::Broken`]; dropped otherwise, with the
/// mailbox of an actor that stops, [`ActorError::Stopped`].
#[derive(Debug)]
pub struct Reply<T>(Option<Sender<T>>);

type Sender<T> = oneshot::Sender<Result<T, ActorError>>;

impl<T> Reply<T> {
    /// A reply and the side that waits for it.
    pub fn channel() -> (Self, Answer<T>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Some(sender)), Answer(receiver))
    }

    /// The bare ends, for whoever looks at the answer without waiting.
    pub(crate) fn parts() -> (Self, oneshot::Receiver<Result<T, ActorError>>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Some(sender)), receiver)
    }

    /// Answers. Nobody waiting any more is no error.
    pub fn send(mut self, answer: Result<T, ActorError>) {
        if let Some(sender) = self.0.take() {
            let _ = sender.send(answer);
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(sender) = self.0.take()
        {
            let _ = sender.send(Err(ActorError::Broken));
        }
    }
}

/// The waiting side of a [`Reply`].
#[derive(Debug)]
pub struct Answer<T>(oneshot::Receiver<Result<T, ActorError>>);

impl<T> Answer<T> {
    /// Waits for the answer, [`ASK_DEADLINE`] at most.
    pub async fn wait(self) -> Result<T, ActorError> {
        match tokio::time::timeout(ASK_DEADLINE, self.0).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(ActorError::Stopped),
            Err(_) => Err(ActorError::TimedOut),
        }
    }
}

/// Sends a message made around a reply, and waits for that reply.
pub async fn ask<A, M, T>(address: &Addr<A>, message: impl FnOnce(Reply<T>) -> M) -> Result<T, ActorError>
where
    A: Actor + Handler<M>,
    A::Context: ToEnvelope<A, M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    let (reply, answer) = Reply::channel();
    match address.try_send(message(reply)) {
        Ok(()) => answer.wait().await,
        Err(SendError::Full(_) | SendError::Closed(_)) => Err(ActorError::Busy),
    }
}
