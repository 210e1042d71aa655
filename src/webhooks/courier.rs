//! The thread that sends: it takes what is due, makes the message, and tells what came of it.
//!
//! It has a small runtime of its own and gives way to all others, so that however many endpoints hang, and however much
//! is due, a report does not wait for it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use actix_web::web;
use bugle_actors::{Assignment, Attempt, Attempted};
use bugle_storage::ProjectId;
use bugle_storage::records::{DeliveryOutcome, EventReference, EventSource};
use bytes::Bytes;
use tokio::sync::OnceCell;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::LocalSet;

use super::client::{Message, Sender};
use super::names::system_look_up;
use super::signature::signatures;
use super::targets::Targets;
use crate::http::state::AppState;
use crate::http::webhooks::payload;

/// How much the thread gives way to all others, on the system's scale from 0 to 19.
const NICENESS: i32 = 19;
/// Threads that wait for the system to resolve names: more than `names` lets it resolve at a time.
const BLOCKING_THREADS_MAX: usize = 32;
/// Messages that are kept for other endpoints that wait for the same event, and for how long.
const KEPT_MAX: usize = 64;
const KEPT_FOR: Duration = Duration::from_secs(2);
/// How often it is tried to tell what came of an attempt, with a second in between.
const TELLINGS_MAX: u32 = 10;

/// Starts the thread. It ends when nobody can hand it anything any more.
pub fn start(
    state: web::Data<AppState>,
    targets: Arc<Targets>,
    inbox: UnboundedReceiver<Assignment>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .build()?;
    thread::Builder::new()
        .name("webhooks".to_owned())
        .spawn(move || {
            // Where the system refuses, it works on as it is.
            let _ = rustix::process::nice(NICENESS);
            let sender = Sender::new(targets, system_look_up());
            if let Err(cause) = &sender {
                tracing::error!(%cause, "webhooks cannot be sent");
            }
            let courier = Rc::new(Courier {
                state,
                sender: sender.ok(),
                kept: RefCell::default(),
            });
            LocalSet::new().block_on(&runtime, courier.work(inbox));
        })?;
    Ok(())
}

/// A message that may be made already.
type Made = Rc<OnceCell<Bytes>>;

struct Courier {
    state: web::Data<AppState>,
    sender: Option<Sender>,
    kept: RefCell<VecDeque<(ProjectId, EventReference, Instant, Made)>>,
}

impl Courier {
    /// How much is under way at a time, the one who hands it over decides.
    async fn work(self: Rc<Self>, mut inbox: UnboundedReceiver<Assignment>) {
        while let Some(assignment) = inbox.recv().await {
            let courier = Rc::clone(&self);
            tokio::task::spawn_local(async move {
                let attempt = courier.attempt(&assignment).await;
                courier.tell(&assignment, attempt).await;
            });
        }
    }

    async fn attempt(&self, assignment: &Assignment) -> Attempt {
        let begun = Instant::now();
        let Some(sender) = &self.sender else {
            return Attempt::Made {
                outcome: DeliveryOutcome::Untrusted,
                status: None,
                duration: 0,
                retry_after: None,
            };
        };
        let message = self.message(assignment);
        let make = || payload::body_of(assignment.project, &assignment.event, &self.state);
        let body = match message.get_or_try_init(make).await {
            Ok(body) => body.clone(),
            Err(cause) => {
                tracing::warn!(%cause, event = assignment.event.kind.name(), "a webhook's message cannot be made now");
                return Attempt::NotMade;
            }
        };
        let timestamp = self.state.now().seconds();
        let sent = sender.send(Message {
            url: &assignment.url,
            id: &assignment.message_id,
            timestamp,
            signatures: signatures(&assignment.secrets, &assignment.message_id, timestamp, &body),
            body,
        });
        let sent = sent.await;
        Attempt::Made {
            outcome: sent.outcome,
            status: sent.status,
            duration: u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX),
            retry_after: sent.retry_after,
        }
    }

    /// The message of an event: endpoints that are told of it together share one.
    fn message(&self, assignment: &Assignment) -> Made {
        if assignment.reference.source == EventSource::Test {
            return Made::default();
        }
        let now = Instant::now();
        let mut kept = self.kept.borrow_mut();
        while kept
            .front()
            .is_some_and(|(_, _, since, _)| now.duration_since(*since) > KEPT_FOR)
        {
            kept.pop_front();
        }
        let is_it = |project: ProjectId, reference: EventReference| {
            project == assignment.project && reference == assignment.reference
        };
        let known = kept
            .iter()
            .find(|(project, reference, _, _)| is_it(*project, *reference));
        if let Some((_, _, _, made)) = known {
            return Rc::clone(made);
        }
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        let made = Made::default();
        kept.push_back((assignment.project, assignment.reference, now, Rc::clone(&made)));
        made
    }

    /// Tells what came of an attempt. Where nobody hears it, the event is sent again.
    async fn tell(&self, assignment: &Assignment, attempt: Attempt) {
        for _ in 0..TELLINGS_MAX {
            let told = self.state.actors.ask_webhooks(|reply| Attempted {
                webhook: assignment.webhook,
                reference: assignment.reference,
                attempt,
                reply,
            });
            if told.await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}
