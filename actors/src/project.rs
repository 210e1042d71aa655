//! One project: its issues, their index, its daily counters and idempotency keys, all with one owner.
//!
//! Counters live here and not in an actor of their own because a report is counted, numbered and stored by
//! one decision: see `docs/decisions/0002-quotas-in-the-project.md`.

mod admission;
mod comments;
mod custom_fields;
mod duplicates;
mod edits;
mod events;
#[cfg(test)]
pub(crate) mod examples;
#[cfg(test)]
mod figures;
mod files;
mod history;
mod ids;
mod index;
mod index_snapshot;
mod issue_tags;
mod issues;
mod keys;
mod kinds;
mod listings;
mod mail;
mod numbered;
mod overview;
mod quotas;
mod reads;
mod releases;
mod report_batch;
mod reporter_limits;
mod saving;
mod segments;
mod submission;
mod submission_tokens;
mod usage;
mod votes;

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, Context, Handler, WrapFuture};
use bugle_storage::records::{ReportKind, Reporter, Role};
use bugle_storage::{Batch, Fence, Key, ProjectId, RecordId, StorageError, Store, Timestamp, TokenId};

pub use admission::{Admission, AskAdmission};
pub use comments::{AddComment, CommentPage, DeleteComment, EditComment, FindComment, ListComments};
pub use custom_fields::{
    ChangeCustomField, CountFieldValues, CreateCustomField, CustomFieldChange, CustomFieldEdit, HiddenValues,
    ListCustomFields, NewCustomField,
};
pub use duplicates::ReportLinks;
pub use edits::{ChangeIssue, Changed, IssueChange, IssuePatch, TextVersion, TextVersions, with_line_feeds};
pub use files::{AnnounceUpload, ISSUE_FILES_MAX};
pub use history::{HistoryPage, ReadHistory};
pub use index::{IssueFilter, ReportOrder};
pub use issue_tags::{
    ChangeIssueTag, CreateIssueTag, IssueTagChange, IssueTagEdit, ListIssueTags, NewIssueTag,
    TAGS_OF_ISSUE_MAX,
};
pub use issues::{SubmitIssue, Submitted};
pub use kinds::{ReportName, ReportReference, global_prefix};
pub use numbered::{Create, Created};
pub use overview::{
    KindOverview, OVERVIEW_DAYS_MAX, Overview, ReadOverview, ReadSpentQuotas, SpentQuota, open_statuses,
};
pub use quotas::QuotaState;
pub use reads::{FindIssue, FoundIssue, IssuePage, ListIssues, ReadBehind, ReadReports, SiftReports};
pub use releases::{ChangeRelease, CreateRelease, FindRelease, ListReleases, NewRelease, ReleaseChange};
pub use report_batch::{BatchedAnswer, BatchedReport, SubmitBatch, SubmittedBatch};
pub use reporter_limits::{REPORTER_CHANGES_PER_DAY, REPORTER_FILES_MAX};
pub(crate) use saving::SaveIndex;
pub use segments::{
    AddSegment, AddedSegment, SEGMENTS_LIFE_SECONDS, SEGMENTS_MAX, SegmentGroup, UNFINISHED_CLIPS_MAX,
};
pub use submission::{NewAttachment, NewIssue, Submission};
pub use submission_tokens::{ShownToken, SubmissionToken, SubmissionTokenId};
pub use usage::{ForgetAcceptedReports, ReadAcceptedReports};
pub use votes::{ChangeVote, CountVotes, VoteCount};

use crate::idempotency::IdempotencyKeys;
use crate::ledger::Ledger;
use crate::supervision::{LeaseIds, Ping, ShardSupervisor, Stop};
use crate::webhooks::Subscription;
use crate::{ActorError, Clock, Directory, MAILBOX_CAPACITY, ProjectGrant};
use comments::CommentEdits;
use custom_fields::CustomFields;
use duplicates::Duplicates;
use edits::Edit;
use ids::Sequences;
use index::IssueIndex;
use index_snapshot::{Extent, IndexSnapshot};
use issue_tags::IssueTags;
use listings::Listings;
use quotas::Quotas;
use releases::Releases;
use reporter_limits::ReporterChanges;
use saving::Snapshots;
use segments::Segments;
use submission_tokens::UsedSubmissionTokens;
use usage::SummedUp;
use votes::Votes;

/// How often counters and keys that are over are removed from the store.
const CLEANING_INTERVAL: Duration = Duration::from_secs(10);
/// How many of them at a time, so that a batch stays small.
const CLEANING_BATCH: usize = 2000;

/// The owner of one project's reports.
pub struct ProjectActor {
    id: ProjectId,
    clock: Clock,
    directory: Arc<Directory>,
    ledger: Ledger,
    supervisor: Addr<ShardSupervisor>,
    sequences: Sequences,
    /// Which events somebody wants to hear of.
    subscription: Arc<Subscription>,
    index: IssueIndex,
    suggestions: IssueIndex,
    tickets: IssueIndex,
    votes: Votes,
    snapshots: Snapshots,
    /// Whether the steps of a snapshot are under way.
    saving: bool,
    quotas: Quotas,
    summed_up: SummedUp,
    releases: Releases,
    custom_fields: CustomFields,
    issue_tags: IssueTags,
    duplicates: Duplicates,
    reporter_changes: ReporterChanges,
    keys: IdempotencyKeys,
    segments: Segments,
    used_submission_tokens: UsedSubmissionTokens,
    listings: Listings,
    comment_edits: CommentEdits,
    /// Changes that wait for their issue to be read.
    edits: HashMap<u64, VecDeque<Edit>>,
    /// Batches of reports that wait for ids.
    waiting_batches: VecDeque<SubmitBatch>,
    /// Grants that carry marks of ours.
    marked: HashMap<TokenId, Arc<ProjectGrant>>,
    /// Requests handled since the start.
    handled: u64,
    /// Records that are over and not yet removed.
    over: VecDeque<Key>,
}

impl ProjectActor {
    /// Reads a project's state from the store. Blocks.
    pub(crate) fn load(
        store: Arc<dyn Store>,
        id: ProjectId,
        clock: Clock,
        directory: Arc<Directory>,
        supervisor: Addr<ShardSupervisor>,
        sequences: Range<u64>,
    ) -> Result<Self, StorageError> {
        let ledger = Ledger::open(store, id.shard())?;
        let shard = ledger.shard();
        let today = clock.now().day();
        let (mut index, issues) = IndexSnapshot::load(shard, id, ReportKind::Bug)?;
        issue_tags::load_tagged(shard, id, &mut index)?;
        let (suggestions, of_suggestions) = IndexSnapshot::load(shard, id, ReportKind::FeatureRequest)?;
        let (tickets, of_tickets) = IndexSnapshot::load(shard, id, ReportKind::SupportTicket)?;
        let (quotas, mut over) = Quotas::load(shard, id, today)?;
        let (reporter_changes, past) = ReporterChanges::load(shard, id, today)?;
        over.extend(past);
        Ok(Self {
            id,
            clock,
            subscription: directory.subscription(id),
            directory,
            supervisor,
            sequences: Sequences::new(sequences),
            index,
            votes: Votes::load(shard, id, &suggestions)?,
            suggestions,
            tickets,
            snapshots: Snapshots {
                issues,
                suggestions: of_suggestions,
                tickets: of_tickets,
            },
            saving: false,
            summed_up: SummedUp::load(shard, id, &quotas)?,
            quotas,
            releases: Releases::load(shard, id)?,
            custom_fields: CustomFields::load(shard, id)?,
            issue_tags: IssueTags::load(shard, id)?,
            duplicates: Duplicates::load(shard, id)?,
            reporter_changes,
            keys: IdempotencyKeys::load(shard, keys::idempotency(id))?,
            segments: Segments::load(shard, id)?,
            used_submission_tokens: UsedSubmissionTokens::load(shard, id)?,
            listings: Listings::default(),
            comment_edits: CommentEdits::default(),
            edits: HashMap::new(),
            waiting_batches: VecDeque::new(),
            marked: HashMap::new(),
            handled: 0,
            over: over.into(),
            ledger,
        })
    }

    /// What keeps this actor from writing once it is replaced.
    pub(crate) fn fence(&self) -> &Fence {
        self.ledger.fence()
    }

    /// How many ids a project is given when it starts.
    pub(crate) const FIRST_IDS: u64 = Sequences::FIRST_RANGE;

    fn begin_day(&mut self, now: Timestamp) {
        self.quotas.begin_day(now.day());
        let over = self.reporter_changes.begin_day(now.day());
        self.over.extend(over);
    }

    fn next_id(&mut self) -> Result<RecordId, ActorError> {
        let sequence = self.sequences.next().ok_or(ActorError::Busy)?;
        Ok(RecordId::new(sequence, self.id.shard()))
    }

    fn ask_for_ids(&mut self, context: &mut Context<Self>) {
        let needed = self.waiting_batches.front().map_or(0, SubmitBatch::size);
        let asked = self.sequences.ask_for(needed);
        let Some(size) = asked.or_else(|| self.sequences.ask()) else {
            return;
        };
        let supervisor = self.supervisor.clone();
        let lease = async move { crate::ask(&supervisor, |reply| LeaseIds { size, reply }).await };
        let receive = lease.into_actor(self).map(|range, project, context| {
            let is_there = range.is_ok();
            project.sequences.receive(range.ok());
            project.take_waiting_batches(is_there, context);
        });
        context.spawn(receive);
    }

    /// Where the first answer to the submission's key is stored, and the fingerprint it must fit, when the key
    /// came before.
    fn first_answer(&self, submission: &Submission, now: Timestamp) -> Option<(Key, u64)> {
        let key = submission.key?;
        let place = self.keys.find(submission.submitter, key.hash, now)?;
        Some((place, key.fingerprint))
    }

    /// Whether somebody who works on the project sends it, and not a game.
    fn is_by_developer(&self, submission: &Submission) -> bool {
        match (&submission.grant, &submission.reporter) {
            (None, Reporter::User(user)) => self.directory.role(*user, self.id) >= Some(Role::Developer),
            _ => false,
        }
    }

    fn clean(&mut self, context: &mut Context<Self>) {
        if self.ledger.has_failed() {
            context.stop();
            return;
        }
        let now = self.clock.now();
        self.begin_day(now);
        if self.ledger.ensure_writable().is_err() {
            return;
        }
        self.sum_up_days();
        // A key is forgotten and its record removed in one step: one that waited for its removal could be used
        // again meanwhile, and lose its new record.
        let mut over = self.keys.expire(now, CLEANING_BATCH);
        over.extend(self.segments.expire(now));
        over.extend(self.used_submission_tokens.expire(now, CLEANING_BATCH));
        over.extend(self.over.drain(..self.over.len().min(CLEANING_BATCH)));
        if over.is_empty() {
            return;
        }
        let mut batch = Batch::new();
        for key in over {
            batch.delete(key);
        }
        self.ledger.commit(batch, |_| ());
    }
}

impl Actor for ProjectActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.set_mailbox_capacity(MAILBOX_CAPACITY);
        context.run_interval(CLEANING_INTERVAL, |project, context| {
            project.clean(context);
            project.save_whole_chunks(context);
        });
        let myself = context.address().downgrade();
        self.ledger.on_failure(move || {
            if let Some(project) = myself.upgrade() {
                // Where there is no room for it, the next ping stops the actor.
                let _ = project.try_send(Stop);
            }
        });
    }
}

impl Drop for ProjectActor {
    /// Marks say "refused without asking"; whoever starts after us may count otherwise.
    fn drop(&mut self) {
        for grant in self.marked.values() {
            grant.spent.clear();
        }
    }
}

impl Handler<Ping> for ProjectActor {
    type Result = ();

    fn handle(&mut self, ping: Ping, context: &mut Context<Self>) {
        if self.ledger.has_failed() {
            // Unanswered, the supervisor starts another one.
            context.stop();
            return;
        }
        ping.reply.send(Ok(self.handled));
    }
}

impl Handler<Stop> for ProjectActor {
    type Result = ();

    fn handle(&mut self, _: Stop, context: &mut Context<Self>) {
        context.stop();
    }
}

#[cfg(test)]
mod tests;
