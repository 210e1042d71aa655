//! Access tokens of both kinds.

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
pub use registry::TokenRegistry;
pub(crate) use usage::TopSources;
pub use usage::{UsageTallies, UsedDays};
