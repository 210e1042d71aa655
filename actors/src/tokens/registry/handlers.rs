//! The registry's messages, each handed to what does it for both kinds of token.

use actix::{Context, Handler};
use bugle_storage::records::{PersonalToken, ProjectToken};

use super::TokenRegistry;
use super::changes::Fresh;
use crate::tokens::messages::{
    CreatePersonalToken, CreateProjectToken, EditProjectToken, ListPersonalTokens, ListProjectTokens,
    ProjectTokenEdit, RevokePersonalToken, RevokeProjectToken, SaveLastUse,
};

impl Handler<CreatePersonalToken> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: CreatePersonalToken, context: &mut Context<Self>) {
        let new = message.new;
        let make = |Fresh { id, hash, now }| PersonalToken {
            id,
            hash,
            user: new.user,
            name: new.name,
            created_at: now,
            expires_at: new.expires_at,
            last_used_at: None,
            limits: new.limits,
        };
        self.create((message.submitter, message.key), make, message.reply, context);
    }
}

impl Handler<CreateProjectToken> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: CreateProjectToken, context: &mut Context<Self>) {
        let new = message.new;
        let make = |Fresh { id, hash, now }| ProjectToken {
            id,
            hash,
            project: new.project,
            name: new.name,
            rights: new.rights,
            created_at: now,
            updated_at: now,
            last_used_at: None,
        };
        self.create((message.submitter, message.key), make, message.reply, context);
    }
}

impl Handler<EditProjectToken> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: EditProjectToken, _: &mut Context<Self>) {
        let EditProjectToken {
            project,
            token,
            edit,
            reply,
        } = message;
        let is_theirs = |token: &ProjectToken| token.project == project;
        let change = |token: ProjectToken, now| {
            let edited = edit(ProjectTokenEdit {
                name: token.name.clone(),
                rights: token.rights,
            });
            let is_same = edited.name == token.name && edited.rights == token.rights;
            let updated_at = if is_same {
                token.updated_at
            } else {
                token.updated_at.max(now)
            };
            ProjectToken {
                name: edited.name,
                rights: edited.rights,
                updated_at,
                ..token
            }
        };
        self.replace(token, is_theirs, change, reply);
    }
}

impl Handler<RevokeProjectToken> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: RevokeProjectToken, _: &mut Context<Self>) {
        let is_theirs = |token: &ProjectToken| token.project == message.project;
        self.revoke(message.token, is_theirs, message.reply);
    }
}

impl Handler<RevokePersonalToken> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: RevokePersonalToken, _: &mut Context<Self>) {
        let is_theirs =
            |token: &PersonalToken| token.user == message.user && message.within.cover(&token.limits);
        self.revoke(message.token, is_theirs, message.reply);
    }
}

impl Handler<ListProjectTokens> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: ListProjectTokens, _: &mut Context<Self>) {
        let list = self.list(|token: &ProjectToken| token.project == message.project);
        message.reply.send(Ok(list));
    }
}

impl Handler<ListPersonalTokens> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: ListPersonalTokens, _: &mut Context<Self>) {
        let list = self.list(|token: &PersonalToken| token.user == message.user);
        message.reply.send(Ok(list));
    }
}

impl Handler<SaveLastUse> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: SaveLastUse, _: &mut Context<Self>) {
        self.save_last_use(Some(message.reply));
    }
}
