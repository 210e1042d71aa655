//! Access tokens of both kinds, and the keys that verify who is playing.

mod messages;
mod plain;
mod registry;
mod usage;

pub use messages::{
    CreatePersonalToken, CreateProjectToken, CreatedToken, EditProjectToken, ListPersonalTokens,
    ListProjectTokens, NewPersonalToken, NewProjectToken, ProjectTokenEdit, ReadPersonalUsage,
    ReadProjectTokenUsage, RevokePersonalToken, RevokeProjectToken, SaveLastUse, TokenUse,
};
pub use plain::{PlainToken, TokenDefect, TokenKind, parse_token};
pub use registry::{
    CreateIdentityKey, CreatedIdentityKey, IDENTITY_KEYS_MAX, ListIdentityKeys, NewIdentityKey,
    RemoveIdentityKey, TokenRegistry,
};
pub(crate) use usage::TopSources;
pub use usage::{UsageTallies, UsedDays};
