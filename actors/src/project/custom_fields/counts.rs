//! How often each value of a field was reported.

use std::collections::HashMap;

use actix::{Context, Handler, Message};
use bugle_storage::records::{CustomValue, Issue, ReportKind};
use bugle_storage::{Read, RecordId, StorageError};

use super::super::{IssueFilter, ProjectActor, keys};
use crate::{ActorError, Reply};

/// Issues that one question reads, the newest of those it asks for.
const ISSUES_MAX: u32 = 100_000;
/// Issues that are held in memory at a time meanwhile.
const READ_TOGETHER: usize = 256;

/// Counts the values of a field over published issues. Answered with each value and how many issues have it, the most
/// frequent first.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CountFieldValues {
    /// The name under which the values are kept: a field's ident, or what nobody declared.
    pub field: String,
    /// Of which issues; the newest 100000 of them count.
    pub filter: IssueFilter,
    /// Where the answer goes.
    pub reply: Reply<Vec<(String, u64)>>,
}

impl Handler<CountFieldValues> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: CountFieldValues, _: &mut Context<Self>) {
        self.handled += 1;
        let CountFieldValues { field, filter, reply } = message;
        let page = self.index.page(&filter, 0, ISSUES_MAX);
        let mut reads = Vec::with_capacity(page.sequences.len().div_ceil(READ_TOGETHER));
        for sequences in page.sequences.chunks(READ_TOGETHER) {
            let key = |sequence: &u64| {
                keys::report(
                    self.id,
                    ReportKind::Bug,
                    RecordId::new(*sequence, self.id.shard()),
                )
            };
            reads.push(self.ledger.read(sequences.iter().map(key).collect()));
        }
        tokio::task::spawn_blocking(move || reply.send(count(reads, &field).map_err(ActorError::from)));
    }
}

fn count(reads: Vec<Read>, field: &str) -> Result<Vec<(String, u64)>, StorageError> {
    let mut counts = HashMap::<String, u64>::new();
    for read in reads {
        for issue in read.run::<Issue>()?.into_iter().flatten() {
            let of_field = issue.custom_fields.into_iter().filter(|(name, _)| name == field);
            for value in of_field.flat_map(|(_, value)| texts(value)) {
                *counts.entry(value).or_default() += 1;
            }
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    Ok(counts)
}

/// A choice that was sent twice is one choice.
fn texts(value: CustomValue) -> Vec<String> {
    match value {
        CustomValue::One(text) => vec![text],
        CustomValue::Many(mut texts) => {
            texts.sort();
            texts.dedup();
            texts
        }
    }
}
