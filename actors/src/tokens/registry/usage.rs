//! The registry's part in counting what tokens are used for.

use actix::{Context, Handler};
use bugle_storage::StorageError;
use bugle_storage::records::{PersonalToken, ProjectToken, Submitter};

use super::TokenRegistry;
use super::kind::TokenRecord;
use crate::tokens::messages::{ReadPersonalUsage, ReadProjectTokenUsage, TokenUse};
use crate::tokens::usage::{UsageBook, UsedDays};
use crate::{ActorError, Reply};

impl TokenRegistry {
    /// Takes up what requests have counted since the last time.
    fn take_up_usage(&mut self) {
        let (projects, personal) = (&self.projects, &self.personal);
        let is_known = |holder| match holder {
            Submitter::ProjectToken(token) => projects.contains_key(&token),
            Submitter::PersonalToken(token) => personal.contains_key(&token),
            Submitter::User(_) | Submitter::Anonymous => false,
        };
        self.usage.take_up(&self.directory.usage, is_known);
    }

    /// Hands over what is not written down yet.
    pub(super) fn write_usage(&mut self) -> Result<(), StorageError> {
        self.take_up_usage();
        for batch in self.usage.write(self.clock.now().day())? {
            self.ledger.commit(batch, |_| ());
        }
        Ok(())
    }

    /// Answers with a token and its last 90 days, which a blocking thread reads.
    fn read_usage<T: TokenRecord>(&mut self, found: Result<T, ActorError>, reply: Reply<TokenUse<T>>) {
        let token = match found {
            Ok(token) => token,
            Err(error) => return reply.send(Err(error)),
        };
        self.take_up_usage();
        let holder = T::holder(token.id());
        let stored = self.ledger.read(UsageBook::keys(holder));
        let (in_memory, today) = (self.usage.in_memory(holder), self.clock.now().day());
        tokio::task::spawn_blocking(move || {
            let used = UsedDays::read(stored, in_memory, today);
            reply.send(
                used.map(|used| TokenUse { token, used })
                    .map_err(ActorError::from),
            );
        });
    }
}

impl Handler<ReadProjectTokenUsage> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: ReadProjectTokenUsage, _: &mut Context<Self>) {
        let found = self.find(message.token, |token: &ProjectToken| {
            token.project == message.project
        });
        self.read_usage(found, message.reply);
    }
}

impl Handler<ReadPersonalUsage> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: ReadPersonalUsage, _: &mut Context<Self>) {
        let is_theirs =
            |token: &PersonalToken| token.user == message.user && message.within.cover(&token.limits);
        let found = self.find(message.token, is_theirs);
        self.read_usage(found, message.reply);
    }
}
