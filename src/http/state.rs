//! What every handler has at hand.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use bugle_actors::{Actors, Clock, Directory, hash_address};
use bugle_storage::BlobStore;
use bugle_storage::{AddressHash, Timestamp};
use ipnet::IpNet;

use super::client_address::{client_address, counted_address};
use super::identity_token::IdentityTokens;
use super::metrics::Metrics;
use super::request_body::BodyLimits;
use super::update_token::UpdateTokens;
use super::upload::Arrivals;
use super::upload_token::UploadTokens;
use super::view_token::ViewTokens;
use crate::pages::form_token::FormTokens;
use crate::webhooks::Targets;

/// How the server is reached and how it counts addresses.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// What answers' addresses begin with, without a slash at the end: `https://bugs.studio.example`.
    pub public_url: String,
    /// Proxies whose `X-Forwarded-For` and `Forwarded` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How many bits of an IPv6 address count as one client.
    pub ipv6_prefix: u8,
    /// The largest file that may be uploaded, in bytes.
    pub upload_size_max: u64,
    /// What the files of one issue may have together, in bytes.
    pub issue_files_size_max: u64,
    /// How long the sender of a body may be silent.
    pub body_timeout: Duration,
    /// The memory for bodies that are held whole, in bytes.
    pub body_memory: usize,
    /// Where webhooks may be sent to.
    pub targets: Arc<Targets>,
}

/// Shared by all workers; everything in it is immutable or has one owner elsewhere.
pub struct AppState {
    /// Everybody who owns state.
    pub actors: Actors,
    /// Where files are.
    pub blobs: Arc<BlobStore>,
    /// Signs what comes with the answer to a create.
    pub update_tokens: UpdateTokens,
    /// Signs what says who reports.
    pub identity_tokens: IdentityTokens,
    /// Signs what a mail's link leads with.
    pub view_tokens: Arc<ViewTokens>,
    /// Signs what an upload in two steps hands out.
    pub upload_tokens: UploadTokens,
    /// Makes and checks what the forms of pages carry.
    pub form_tokens: FormTokens,
    /// What files under way take of the disk.
    pub arrivals: Arc<Arrivals>,
    /// What senders of bodies may hold.
    pub bodies: BodyLimits,
    /// What the server counts of itself.
    pub metrics: Metrics,
    /// See [`HttpOptions`].
    pub options: HttpOptions,
}

impl AppState {
    /// Ties the parts together.
    pub fn new(actors: Actors, blobs: Arc<BlobStore>, options: HttpOptions) -> Self {
        let update_tokens = UpdateTokens::new(&actors.secrets().signing, actors.clock().clone());
        let metrics = Metrics::new(actors.clone());
        let upload_tokens = UploadTokens::new(&actors.secrets().signing, actors.clock().clone());
        let identity_tokens = IdentityTokens::new(&actors.secrets().signing, actors.clock().clone());
        let view_tokens = ViewTokens::new(&actors.secrets().signing, actors.clock().clone());
        let form_tokens = FormTokens::new(&actors.secrets().signing);
        Self {
            form_tokens,
            view_tokens: Arc::new(view_tokens),
            identity_tokens,
            upload_tokens,
            actors,
            blobs,
            update_tokens,
            arrivals: Arc::default(),
            bodies: BodyLimits::new(options.body_timeout, options.body_memory),
            metrics,
            options,
        }
    }

    /// Tokens, people and projects as requests look them up.
    pub fn directory(&self) -> &Directory {
        self.actors.directory()
    }

    /// The one clock.
    pub fn clock(&self) -> &Clock {
        self.actors.clock()
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// What a request counts against.
    pub fn address(&self, request: &HttpRequest) -> AddressHash {
        let peer = request
            .peer_addr()
            .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
        let lines = |name: HeaderName| {
            request
                .headers()
                .get_all(name)
                .filter_map(|value| value.to_str().ok())
        };
        let client = if self.options.trusted_proxies.is_empty() {
            peer
        } else {
            client_address(
                peer,
                &self.options.trusted_proxies,
                lines(HeaderName::from_static("x-forwarded-for")),
                lines(HeaderName::from_static("forwarded")),
            )
        };
        hash_address(
            &self.actors.secrets().addresses,
            counted_address(client, self.options.ipv6_prefix),
        )
    }
}
