//! HTTP: what arrives on a socket, and what is answered. A handler reads, asks one actor, and answers; who may
//! call it stands in its signature ([`access`]), or it cannot be routed ([`routes`]).

pub mod access;
pub mod account;
pub mod auth_tokens;
pub mod authorization;
pub mod body;
pub mod chunked_body;
pub mod client_address;
pub mod contact;
pub mod cors;
pub mod error;
pub mod failure;
pub mod front;
pub mod head_request;
pub mod idempotency;
pub mod issue_query;
pub mod issues;
pub mod media;
pub mod multipart;
pub mod page_query;
pub mod personal_access_tokens;
pub mod projects;
pub mod rate_limit;
pub mod report_body;
pub mod request_body;
pub mod routes;
pub mod sessions;
pub mod sniff;
pub mod state;
pub mod status;
pub mod text_rules;
pub mod update_token;
pub mod upload;
pub mod upload_token;
pub mod views;
