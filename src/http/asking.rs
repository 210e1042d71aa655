//! Handlers ask the actors here, so that a refusal is an answer already.

use actix::dev::ToEnvelope;
use actix::{Context, Handler, Message};
use bugle_actors::{Accounts, ActorError, ProjectActor, Reply, TokenRegistry, Webhooks};
use bugle_storage::ProjectId;

use super::error::ApiError;
use super::failure;
use super::state::AppState;

impl AppState {
    /// What an actor refused, as it is answered.
    pub fn refusal(&self, error: ActorError) -> ApiError {
        failure::answer(error, self.now())
    }

    /// Asks `Accounts`.
    pub async fn ask_accounts<M, T>(&self, message: impl FnOnce(Reply<T>) -> M) -> Result<T, ApiError>
    where
        Accounts: Handler<M>,
        Context<Accounts>: ToEnvelope<Accounts, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let answered = self.actors.ask_accounts(message).await;
        answered.map_err(|error| self.refusal(error))
    }

    /// Asks the `TokenRegistry`.
    pub async fn ask_tokens<M, T>(&self, message: impl FnOnce(Reply<T>) -> M) -> Result<T, ApiError>
    where
        TokenRegistry: Handler<M>,
        Context<TokenRegistry>: ToEnvelope<TokenRegistry, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let answered = self.actors.ask_tokens(message).await;
        answered.map_err(|error| self.refusal(error))
    }

    /// Asks `Webhooks`.
    pub async fn ask_webhooks<M, T>(&self, message: impl FnOnce(Reply<T>) -> M) -> Result<T, ApiError>
    where
        Webhooks: Handler<M>,
        Context<Webhooks>: ToEnvelope<Webhooks, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let answered = self.actors.ask_webhooks(message).await;
        answered.map_err(|error| self.refusal(error))
    }

    /// Asks the project's actor. That the project exists is for the handler to know.
    pub async fn ask_project<M, T>(
        &self,
        project: ProjectId,
        message: impl FnOnce(Reply<T>) -> M,
    ) -> Result<T, ApiError>
    where
        ProjectActor: Handler<M>,
        Context<ProjectActor>: ToEnvelope<ProjectActor, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let answered = self.actors.ask_project(project, message).await;
        answered.map_err(|error| self.refusal(error))
    }
}
