//! Small sets of records that a project numbers from 1 and keeps in memory whole: releases, custom fields, tags.
//! How they grow is in [`create`].

mod create;

use std::collections::BTreeMap;

use actix::Message;
use bugle_storage::codec::Record;
use bugle_storage::{Batch, Key, ProjectId, Shard, StorageError, Table, Timestamp};

pub(super) use create::NewNumbered;
pub use create::{Create, Created};

use super::keys;
use crate::{ActorError, Reply};

/// The highest number. Unreal reads the numbers of releases as signed 32-bit numbers.
const NUMBER_MAX: u32 = i32::MAX as u32;

/// A record of such a set.
pub trait Numbered: Record {
    /// Where such records lie.
    const TABLE: Table;

    /// Its number within the project.
    fn number(&self) -> u32;

    /// When it was made.
    fn created_at(&self) -> Timestamp;

    /// Whether it was deleted, and stays only to keep its number from being given again.
    fn is_deleted(&self) -> bool;
}

/// Tells where a record has what every such record has.
macro_rules! numbered {
    ($record:ident) => {
        impl $crate::project::numbered::Numbered for $record {
            const TABLE: bugle_storage::Table = bugle_storage::Table::$record;

            fn number(&self) -> u32 {
                self.number
            }

            fn created_at(&self) -> bugle_storage::Timestamp {
                self.created_at
            }

            fn is_deleted(&self) -> bool {
                self.deleted
            }
        }
    };
}
pub(super) use numbered;

/// Does something to a record `R` of such a set, and answers with it as it is then.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ChangeNumbered<R, C> {
    /// Its number.
    pub number: u32,
    /// What to do.
    pub change: C,
    /// Where the answer goes.
    pub reply: Reply<R>,
}

/// All records of one kind that a project has.
#[derive(Debug)]
pub(super) struct NumberedSet<R> {
    project: ProjectId,
    records: BTreeMap<u32, R>,
}

impl<R: Numbered> NumberedSet<R> {
    /// Reads a project's set. Blocks.
    pub(super) fn load(shard: &Shard, project: ProjectId) -> Result<Self, StorageError> {
        let stored = shard.load::<R>(&keys::all_numbered(project, R::TABLE))?;
        let records = stored.into_iter().map(|(_, record)| (record.number(), record));
        Ok(Self {
            project,
            records: records.collect(),
        })
    }

    /// The record with this number, unless it was deleted.
    pub(super) fn get(&self, number: u32) -> Option<&R> {
        self.records.get(&number).filter(|record| !record.is_deleted())
    }

    /// Those that were not deleted, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &R> {
        self.records.values().filter(|record| !record.is_deleted())
    }

    /// All of them, those that were deleted too, oldest first.
    pub(super) fn iter_with_deleted(&self) -> impl Iterator<Item = &R> {
        self.records.values()
    }

    /// The number that was given last; also of one that was deleted since.
    pub(super) fn last_number(&self) -> Option<u32> {
        self.records.last_key_value().map(|(number, _)| *number)
    }

    /// The number that the next record gets; `None` when there are no more.
    pub(super) fn next_number(&self) -> Option<u32> {
        let last = self.last_number().unwrap_or(0);
        Some(last + 1).filter(|number| *number <= NUMBER_MAX)
    }

    /// The number that the next record gets, while there are fewer than `max` that were not deleted; refused in these
    /// words else.
    pub(super) fn free_number(
        &self,
        max: usize,
        field: &'static str,
        problem: &'static str,
    ) -> Result<u32, ActorError> {
        let number = self.next_number().filter(|_| self.iter().count() < max);
        number.ok_or(ActorError::Invalid { field, problem })
    }

    /// Adds a record, or puts it in the place of the one with its number: in the batch, then in memory.
    pub(super) fn put(&mut self, record: R, batch: &mut Batch) -> Result<(), StorageError> {
        batch.put(self.place(record.number()), &record)?;
        self.records.insert(record.number(), record);
        Ok(())
    }

    fn place(&self, number: u32) -> Key {
        keys::numbered(self.project, R::TABLE, number)
    }
}
