//! What Bugle keeps, and how it stays kept: records, keys, and a store whose commits are on the disk
//! before anybody is told so.
//!
//! This floor knows neither HTTP nor actors. The floor above sees a [`Shard`]: read records in key order,
//! commit a [`Batch`], be told when it is durable. See `docs/ARCHITECTURE.md`.

mod applier;
mod batch;
mod blobs;
mod block;
pub mod codec;
pub mod disk;
mod embedded;
mod error;
mod feed;
mod ids;
pub mod journal;
mod key;
pub mod maintenance;
mod memory;
pub mod records;
mod shard;
pub mod shelf;
mod store;
mod time;

pub use batch::{Batch, Change, PAYLOAD_SIZE_MAX, changes};
pub use blobs::{BlobReader, BlobStore, BlobWriter, KeptBlob, SealedBlob, SweepReport, sweep_blobs};
pub use embedded::{EmbeddedStore, StoreOptions};
pub use error::StorageError;
pub use feed::{ChangeFeed, Changed, Following};
pub use ids::{AddressHash, OrganizationId, ProjectId, RecordId, ShardId, TokenId, UserId, WebhookId};
pub use key::{Grouping, Key, Table};
pub use memory::MemoryStore;
pub use shard::{Read, ReadBelow, Shard};
pub use store::{AppliedMark, Commit, Completion, Fence, Store, StoreState, Visit, VisitKey};
pub use time::{Day, Timestamp};
