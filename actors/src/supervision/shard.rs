//! One shard's supervisor: starts a project's actor on first use, starts it again when it failed, stops it
//! when nobody needs it, and leases ids.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use actix::prelude::SendError;
use actix::{Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, WrapFuture};
use bugle_storage::records::IdLease;
use bugle_storage::{Batch, Fence, Key, ProjectId, Shard, ShardId, StorageError, Store, Table};
use tracing::{error, warn};

use super::heartbeat::{BEAT, Heartbeat, Pulse};
use super::{Health, Ping, Supervised};
use crate::directory::ProjectHandle;
use crate::project::{ProjectActor, SaveIndex};
use crate::{ActorError, Clock, Directory, Reply};

/// A project that handled nothing for this many beats is stopped: ten minutes.
const QUIET_BEATS_MAX: u32 = 600;

/// The supervisor of one shard's projects.
pub(crate) struct ShardSupervisor {
    shard: Shard,
    store: Arc<dyn Store>,
    clock: Clock,
    directory: Arc<Directory>,
    health: Arc<Health>,
    /// First sequence number of the shard that was never leased.
    next_sequence: u64,
    projects: HashMap<ProjectId, Project>,
}

enum Project {
    /// Its state is being read; these wait for its address.
    Starting {
        waiting: Vec<Reply<Addr<ProjectActor>>>,
        again: bool,
    },
    /// It works.
    Running {
        handle: ProjectHandle,
        heartbeat: Heartbeat,
    },
    /// Nobody needed it: its address is taken back, and a beat later, when whoever had it has used it, it stops.
    Retiring { handle: ProjectHandle },
}

/// Asks for a project's address, starting it when it does not run.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct OpenProject {
    pub(crate) project: ProjectId,
    /// The address that the asking side found closed.
    pub(crate) closed: Option<Addr<ProjectActor>>,
    pub(crate) reply: Reply<Addr<ProjectActor>>,
}

/// Asks for `size` ids of the shard.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct LeaseIds {
    pub(crate) size: u64,
    pub(crate) reply: Reply<Range<u64>>,
}

impl ShardSupervisor {
    /// Reads what the supervisor needs of the shard. Blocks.
    pub(crate) fn load(
        store: Arc<dyn Store>,
        id: ShardId,
        clock: Clock,
        directory: Arc<Directory>,
        health: Arc<Health>,
    ) -> Result<Self, StorageError> {
        let mut shard = Shard::open(Arc::clone(&store), id)?;
        let lease = shard.read(vec![lease_key(id)]).run::<IdLease>()?.pop().flatten();
        let next_sequence = lease.map_or(1, |lease| lease.end);
        let projects = HashMap::new();
        Ok(Self {
            shard,
            store,
            clock,
            directory,
            health,
            next_sequence,
            projects,
        })
    }

    /// Leases ids. The answer comes from the store's thread, once the lease is durable.
    fn lease(&mut self, size: u64, reply: Reply<Range<u64>>) {
        let range = self.next_sequence..self.next_sequence + size;
        self.next_sequence = range.end;
        let mut batch = Batch::new();
        let lease = IdLease {
            start: range.start,
            end: range.end,
        };
        if let Err(error) = batch.put(lease_key(self.shard.id()), &lease) {
            return reply.send(Err(error.into()));
        }
        let done = move |outcome: Result<(), StorageError>| {
            reply.send(outcome.map(|()| range).map_err(ActorError::from));
        };
        self.shard.commit(batch, Box::new(done));
    }

    fn open(&mut self, project: ProjectId, context: &mut Context<Self>) {
        let (reply, lease) = Reply::channel();
        self.lease(ProjectActor::FIRST_IDS, reply);
        let (store, clock, supervisor) = (Arc::clone(&self.store), self.clock.clone(), context.address());
        let directory = Arc::clone(&self.directory);
        let loading = async move {
            // A full disk gives no ids. What is stored can be read all the same, and the project asks again for ids when
            // it needs one.
            let ids = lease.wait().await.unwrap_or(0..0);
            let load = move || ProjectActor::load(store, project, clock, directory, supervisor, ids);
            let loaded = tokio::task::spawn_blocking(load).await;
            loaded.map_err(|_| ActorError::Broken)?.map_err(ActorError::from)
        };
        let opened = loading.into_actor(self).map(move |loaded, supervisor, _| {
            supervisor.opened(project, loaded);
        });
        context.spawn(opened);
    }

    fn opened(&mut self, project: ProjectId, loaded: Result<ProjectActor, ActorError>) {
        let Some(Project::Starting { waiting, again }) = self.projects.remove(&project) else {
            return;
        };
        if again {
            self.health.recovery_ends();
        }
        // Replaced meanwhile: the project is its successor's to start.
        let replaced = self.shard.fence().is_closed();
        let loaded = loaded.and_then(|actor| {
            if replaced {
                Err(ActorError::Busy)
            } else {
                Ok(actor)
            }
        });
        let outcome = loaded.map(|actor| {
            let fence = actor.fence().clone();
            let address = actor.start();
            let handle = ProjectHandle {
                address: address.clone(),
                fence,
            };
            self.publish(project, handle);
            address
        });
        if let Err(cause) = &outcome {
            error!(%project, %cause, "a project cannot be started");
        }
        for reply in waiting {
            reply.send(outcome.clone());
        }
    }

    fn restart(
        &mut self,
        project: ProjectId,
        failed: &ProjectHandle,
        waiting: Vec<Reply<Addr<ProjectActor>>>,
        context: &mut Context<Self>,
    ) {
        failed.replace();
        warn!(%project, "a project's actor failed and is being restarted");
        self.health.recovery_begins();
        self.directory.addresses.remove(&project);
        self.projects
            .insert(project, Project::Starting { waiting, again: true });
        self.open(project, context);
    }

    fn beat(&mut self, now: Instant, context: &mut Context<Self>) {
        if self.shard.fence().is_closed() {
            return context.stop();
        }
        let mut dead = Vec::new();
        let mut quiet = Vec::new();
        let mut stopped = Vec::new();
        for (project, state) in &mut self.projects {
            match state {
                Project::Starting { .. } => {}
                Project::Retiring { handle } => {
                    handle.replace();
                    stopped.push(*project);
                }
                Project::Running { handle, heartbeat } => match examine(&handle.address, heartbeat, now) {
                    Pulse::Dead => dead.push(*project),
                    Pulse::Alive if heartbeat.quiet_beats() >= QUIET_BEATS_MAX => quiet.push(*project),
                    Pulse::Alive | Pulse::Waiting => {}
                },
            }
        }
        for project in dead {
            if let Some(Project::Running { handle, .. }) = self.projects.remove(&project) {
                self.restart(project, &handle, Vec::new(), context);
            }
        }
        for project in quiet {
            self.retire(project);
        }
        for project in stopped {
            self.projects.remove(&project);
        }
    }

    fn retire(&mut self, project: ProjectId) {
        if let Some(Project::Running { handle, .. }) = self.projects.remove(&project) {
            self.directory.addresses.remove(&project);
            // Where there is no room for it, the next start reads some more rows.
            let (reply, _) = Reply::channel();
            let _ = handle.address.try_send(SaveIndex { reply });
            self.projects.insert(project, Project::Retiring { handle });
        }
    }

    fn publish(&mut self, project: ProjectId, handle: ProjectHandle) {
        self.directory.addresses.insert(project, handle.clone());
        self.projects.insert(
            project,
            Project::Running {
                handle,
                heartbeat: Heartbeat::default(),
            },
        );
    }
}

fn examine(address: &Addr<ProjectActor>, heartbeat: &mut Heartbeat, now: Instant) -> Pulse {
    let pulse = heartbeat.beat(now);
    if pulse != Pulse::Alive {
        return pulse;
    }
    match address.try_send(Ping {
        reply: heartbeat.ping(),
    }) {
        // A full mailbox is a busy actor, not a dead one.
        Err(SendError::Full(ping)) => ping.reply.send(Ok(u64::MAX)),
        Err(SendError::Closed(_)) => return Pulse::Dead,
        Ok(()) => {}
    }
    Pulse::Alive
}

impl Drop for ShardSupervisor {
    /// Whoever comes next starts the projects anew, so none may go on under this one.
    fn drop(&mut self) {
        for (_, project) in self.projects.drain() {
            match project {
                Project::Running { handle, .. } | Project::Retiring { handle } => handle.replace(),
                Project::Starting { again: true, .. } => self.health.recovery_ends(),
                Project::Starting { again: false, .. } => {}
            }
        }
    }
}

fn lease_key(shard: ShardId) -> Key {
    Key::new(shard, Table::IdLease)
}

impl Actor for ShardSupervisor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.run_interval(BEAT, |supervisor, context| {
            supervisor.beat(Instant::now(), context);
        });
        // A predecessor's projects know it by its address, and ask it for ids: they start anew under this one.
        let shard = self.shard.id();
        self.directory.addresses.retain(|project, handle| {
            let theirs = project.shard() == shard;
            if theirs {
                handle.replace();
            }
            !theirs
        });
    }
}

impl Supervised for ShardSupervisor {
    const NAME: &'static str = "shard supervisor";

    fn fence(&self) -> &Fence {
        self.shard.fence()
    }
}

impl Handler<Ping> for ShardSupervisor {
    type Result = ();

    fn handle(&mut self, ping: Ping, _: &mut Context<Self>) {
        ping.reply.send(Ok(0));
    }
}

impl Handler<LeaseIds> for ShardSupervisor {
    type Result = ();

    fn handle(&mut self, message: LeaseIds, _: &mut Context<Self>) {
        self.lease(message.size, message.reply);
    }
}

impl Handler<OpenProject> for ShardSupervisor {
    type Result = ();

    fn handle(&mut self, message: OpenProject, context: &mut Context<Self>) {
        let OpenProject {
            project,
            closed,
            reply,
        } = message;
        if self.shard.fence().is_closed() {
            context.stop();
            return reply.send(Err(ActorError::Busy));
        }
        match self.projects.remove(&project) {
            Some(Project::Starting { mut waiting, again }) => {
                waiting.push(reply);
                self.projects
                    .insert(project, Project::Starting { waiting, again });
            }
            Some(Project::Running { handle, .. }) if closed.as_ref() == Some(&handle.address) => {
                self.restart(project, &handle, vec![reply], context);
            }
            Some(Project::Running { handle, .. } | Project::Retiring { handle }) => {
                let address = handle.address.clone();
                self.publish(project, handle);
                reply.send(Ok(address));
            }
            None => {
                let starting = Project::Starting {
                    waiting: vec![reply],
                    again: false,
                };
                self.projects.insert(project, starting);
                self.open(project, context);
            }
        }
    }
}

#[cfg(test)]
mod tests;
