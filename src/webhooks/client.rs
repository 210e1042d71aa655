//! The client that webhooks are sent with. It speaks to nobody whom [`Targets`] does not allow: names are resolved here, and
//! each address is looked at in the moment in which it is connected to. It follows nothing, and reads little of what it
//! is answered.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bugle_storage::records::DeliveryOutcome;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, redirect};

use super::retry_after;
use super::targets::Targets;

/// How long a connection may take to be made, its encryption included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an attempt may take until the status of the answer is there.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How much of an answer's body is read, in bytes, and for how long: a short one lets the connection be used again. What it
/// says does not count.
const ANSWER_SIZE_MAX: usize = 64 << 10;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
const IDLE_CONNECTIONS_MAX: usize = 2;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Says which addresses a name has.
pub(super) type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Looks a name up.
pub(super) type LookUp = Arc<dyn Fn(String) -> Found + Send + Sync>;

/// Why there is no address to connect to.
#[derive(Debug, thiserror::Error)]
enum ResolveError {
    #[error("the name is not known: {0}")]
    Unknown(io::Error),
    #[error("the name has no address that may be sent to")]
    Forbidden,
}

/// Resolves names to addresses that may be sent to.
struct Resolver {
    look_up: LookUp,
    targets: Arc<Targets>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let targets = Arc::clone(&self.targets);
        let found = (self.look_up)(name.clone());
        Box::pin(async move {
            let mut found = found.await.map_err(ResolveError::Unknown)?;
            if !targets.allows_host(&name) {
                found.retain(|address| targets.allows(*address));
            }
            if found.is_empty() {
                return Err(ResolveError::Forbidden.into());
            }
            // The port comes from the address of the endpoint.
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as Addrs)
        })
    }
}

/// A signed message.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) url: &'a str,
    pub(super) id: &'a str,
    /// Seconds since the epoch.
    pub(super) timestamp: i64,
    pub(super) signatures: String,
    pub(super) body: bytes::Bytes,
}

/// What sending came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) outcome: DeliveryOutcome,
    pub(super) status: Option<u16>,
    /// For how many seconds the receiver asks to be left alone, if it does.
    pub(super) retry_after: Option<u32>,
}

/// Sends messages.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    client: Client,
    targets: Arc<Targets>,
}

impl Sender {
    /// # Errors
    /// When the system has no certificates of authorities that could be trusted.
    pub(super) fn new(targets: Arc<Targets>, look_up: LookUp) -> Result<Self, reqwest::Error> {
        let resolver = Resolver {
            look_up,
            targets: Arc::clone(&targets),
        };
        let client = Client::builder()
            .user_agent(concat!("Bugle/", env!("CARGO_PKG_VERSION"), " (webhooks)"))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .dns_resolver(Arc::new(resolver))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build()?;
        Ok(Self { client, targets })
    }

    /// Sends a message, and says what came of it.
    pub(super) async fn send(&self, message: Message<'_>) -> Sent {
        // An address that is no name is not resolved, and what the operator allows may have changed.
        let Ok(url) = self.targets.check(message.url) else {
            return Sent {
                outcome: DeliveryOutcome::AddressForbidden,
                status: None,
                retry_after: None,
            };
        };
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.timestamp)
            .header("webhook-signature", message.signatures)
            .body(message.body);
        match request.send().await {
            Ok(answer) => {
                let status = answer.status();
                let outcome = if status.is_success() {
                    DeliveryOutcome::Delivered
                } else if status.is_redirection() {
                    DeliveryOutcome::Redirected
                } else {
                    DeliveryOutcome::Refused
                };
                let retry_after = retry_after::asked(status, answer.headers(), message.timestamp);
                drain(answer).await;
                Sent {
                    outcome,
                    status: Some(status.as_u16()),
                    retry_after,
                }
            }
            Err(error) => Sent {
                outcome: outcome_of(&error),
                status: None,
                retry_after: None,
            },
        }
    }
}

/// Reads a short body to its end. The connection of any other is closed.
async fn drain(mut answer: Response) {
    let reading = async {
        let mut size = 0;
        while let Ok(Some(chunk)) = answer.chunk().await {
            size += chunk.len();
            if size > ANSWER_SIZE_MAX {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(ANSWER_TIMEOUT, reading).await;
}

/// What rustls refuses comes as data that is not right, within another error or as it is.
fn is_of_tls(error: &io::Error) -> bool {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<io::Error>());
    error.kind() == io::ErrorKind::InvalidData || inner.is_some_and(is_of_tls)
}

fn outcome_of(error: &reqwest::Error) -> DeliveryOutcome {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<ResolveError>() {
            Some(ResolveError::Forbidden) => return DeliveryOutcome::AddressForbidden,
            Some(ResolveError::Unknown(_)) => return DeliveryOutcome::NameUnknown,
            None => {}
        }
        if error.downcast_ref::<io::Error>().is_some_and(is_of_tls) {
            return DeliveryOutcome::Untrusted;
        }
        cause = error.source();
    }
    if error.is_timeout() {
        DeliveryOutcome::TimedOut
    } else {
        DeliveryOutcome::Unreachable
    }
}

#[cfg(test)]
mod tests;
