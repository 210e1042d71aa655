//! Where a record lies: shard, table, and big-endian numbers, so that key order is numeric order.

use arrayvec::ArrayVec;

use crate::ShardId;

/// The longest a key may be, in bytes.
const KEY_SIZE_MAX: usize = 48;

/// How a table's records are laid into values of the sorted map behind the journal.
///
/// The map charges for each value it takes, whatever its size, so records that are many, small and close
/// together share one. Nothing above the store can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Every record is a value of its own.
    Single,
    /// Records whose keys agree in their first `bits` bits (counted from the shard byte) share a block.
    Leading {
        /// How many leading bits of the key name the block.
        bits: usize,
    },
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $byte:literal, $grouping:expr;)*) => {
        /// What kinds of record there are. The byte is part of every stored key: never reuse one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Table { $($(#[$doc])* $name = $byte,)* }

        impl Table {
            /// Every table, in key order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The table with this byte, if there is one.
            pub const fn from_byte(byte: u8) -> Option<Self> {
                match byte { $($byte => Some(Self::$name),)* _ => None }
            }

            /// How the table's records are laid out.
            pub const fn grouping(self) -> Grouping {
                match self { $(Self::$name => $grouping,)* }
            }
        }
    };
}

tables! {
    /// System: one value a name, such as the installation's secrets.
    Setting = 1, Grouping::Single;
    /// System: `user`.
    User = 2, Grouping::Single;
    /// System: `project`. Name, description, visibility.
    Project = 3, Grouping::Single;
    /// System: `project, user`. Who belongs to which project, and as what.
    Membership = 4, Grouping::Single;
    /// System: `token`. Project tokens.
    ProjectToken = 5, Grouping::Single;
    /// System: `token`. Personal access tokens.
    PersonalToken = 6, Grouping::Single;
    /// System: `session hash`. Signed-in browsers.
    Session = 7, Grouping::Single;
    /// System: `organization`. Those that were deleted too, so that no number is given twice.
    Organization = 8, Grouping::Single;
    /// System: `organization, user`. Who belongs to which organization, and as what.
    OrganizationMember = 9, Grouping::Single;
    /// System: `project, number`. Links by which people are invited; those that are over too, for a while.
    Invitation = 10, Grouping::Single;
    /// One a shard: which ids of its sequence were given out. System: which ids of tokens.
    IdLease = 20, Grouping::Single;
    /// Project: `project, sequence`. Issues whole; 32 neighbours share a block.
    Issue = 21, Grouping::Leading { bits: 16 + 64 + 64 - 5 };
    /// Project: `project, sequence`. What lists and filters need of an issue; 128 neighbours share a block.
    IssueRow = 22, Grouping::Leading { bits: 16 + 64 + 64 - 7 };
    /// Project: `project, day, submitter, address, kind`. Daily counters; 64 blocks a submitter and day.
    Quota = 23, Grouping::Leading { bits: 16 + 64 + 32 + 72 + 6 };
    /// Project: `project, submitter, key hash`. What an `Idempotency-Key` was answered with.
    Idempotency = 24, Grouping::Single;
    /// Project: `project, issue sequence, attachment sequence`. Files of an issue.
    Attachment = 25, Grouping::Single;
    /// Project: `project, chunk`. The rows of many issues as columns, from which the index comes back at a start.
    IndexChunk = 26, Grouping::Single;
    /// Project: `project, chunk`. That an issue of the chunk was changed since the chunk was written.
    ChunkMark = 27, Grouping::Single;
    /// Project: `project, day, issue sequence`. How often its reporter changed it that day.
    ReporterChanges = 28, Grouping::Leading { bits: 16 + 64 + 32 + 64 - 7 };
    /// Project: `project, number`. Releases of the game.
    Release = 30, Grouping::Single;
    /// Project: `project, number`. Tags of issues.
    IssueTag = 31, Grouping::Single;
    /// Project: `project, number`. Fields that the project adds to reports.
    CustomField = 32, Grouping::Single;
    /// Project: `project, issue sequence, group, position`. Pieces of a clip of which others are missing.
    VideoSegment = 34, Grouping::Single;
    /// Project: `project, tag, stretch of issue sequences`. Which issues have the tag.
    TaggedIssues = 36, Grouping::Single;
    /// Project: `project, issue sequence, comment sequence`. What people wrote under issues.
    Comment = 37, Grouping::Single;
    /// Project: `project, sequence`. Suggestions whole, in the shape of issues.
    FeatureRequest = 38, Grouping::Leading { bits: 16 + 64 + 64 - 5 };
    /// Project: `project, sequence`. What lists and filters need of a suggestion.
    FeatureRequestRow = 39, Grouping::Leading { bits: 16 + 64 + 64 - 7 };
    /// Project: `project, sequence`. Support tickets whole, in the shape of issues.
    Ticket = 40, Grouping::Leading { bits: 16 + 64 + 64 - 5 };
    /// Project: `project, sequence`. What lists and filters need of a ticket.
    TicketRow = 41, Grouping::Leading { bits: 16 + 64 + 64 - 7 };
    /// Project: `project, user, suggestion sequence`. Who is for which suggestion.
    Vote = 42, Grouping::Leading { bits: 16 + 64 + 64 + 64 - 7 };
    /// Project: `project, chunk`. The same as [`Table::IndexChunk`] for suggestions.
    FeatureRequestChunk = 43, Grouping::Single;
    /// Project: `project, chunk`. The same as [`Table::ChunkMark`] for suggestions.
    FeatureRequestChunkMark = 44, Grouping::Single;
    /// Project: `project, chunk`. The same as [`Table::IndexChunk`] for tickets.
    TicketChunk = 45, Grouping::Single;
    /// Project: `project, chunk`. The same as [`Table::ChunkMark`] for tickets.
    TicketChunkMark = 46, Grouping::Single;
    /// Project: `project, sequence`. Which reports are duplicates.
    Duplicate = 51, Grouping::Leading { bits: 16 + 64 + 64 - 7 };
    /// Project: `project, report sequence, entry sequence counted down`. Who changed what.
    History = 52, Grouping::Single;
    /// Project: `project, end, id`. Submission tokens that a report was sent with.
    UsedSubmissionToken = 53, Grouping::Single;
    /// System: `project, number`. Keys that verify who is playing.
    IdentityKey = 54, Grouping::Single;
    /// System: `webhook`. Addresses that events are sent to; those that were deleted too.
    Webhook = 55, Grouping::Single;
    /// Project, and system for events of tokens: `project, sequence`. What has happened, until all have heard of it. There
    /// are four sequences for each id, most of them unused.
    WebhookEvent = 56, Grouping::Leading { bits: 16 + 64 + 64 - 8 };
    /// System: `webhook, source, sequence`. Events that an endpoint is to be told of again.
    WebhookRetry = 57, Grouping::Single;
    /// System: `webhook, number`. What became of the last attempts.
    WebhookDelivery = 58, Grouping::Leading { bits: 16 + 64 + 64 - 5 };
    /// System: `project, sequence`. Mails that are still to be sent, put in by projects.
    MailOutbox = 59, Grouping::Single;
    /// System: `submitter, slot of the day`. What was asked with a token, and refused; see [`crate::records::usage_slot`].
    TokenUsage = 60, Grouping::Single;
    /// Project: `project, token, slot of the day`. How many reports of a day that is over were accepted.
    AcceptedReports = 61, Grouping::Single;
    /// System: `webhook`. How far an endpoint is.
    WebhookProgress = 62, Grouping::Single;
}

impl Table {
    /// Whether a [`crate::ChangeFeed`] tells of its records. Their keys are `project, sequence`.
    pub const fn is_followed(self) -> bool {
        matches!(self, Self::Issue | Self::FeatureRequest)
    }

    /// Whether the owner of such records keeps what they say in memory and reads them at its start only, so
    /// that a [`crate::Shard`] need not hold them until the map behind the journal shows them.
    pub(crate) const fn is_mirrored(self) -> bool {
        matches!(
            self,
            Self::IssueRow
                | Self::FeatureRequestRow
                | Self::TicketRow
                | Self::Vote
                | Self::Quota
                | Self::IndexChunk
                | Self::ChunkMark
                | Self::FeatureRequestChunk
                | Self::FeatureRequestChunkMark
                | Self::TicketChunk
                | Self::TicketChunkMark
                | Self::ReporterChanges
                | Self::Release
                | Self::IssueTag
                | Self::CustomField
                | Self::TaggedIssues
                | Self::Duplicate
                | Self::UsedSubmissionToken
                | Self::IdentityKey
                | Self::Invitation
                | Self::MailOutbox
                | Self::WebhookEvent
                | Self::WebhookRetry
                | Self::WebhookProgress
        )
    }
}

/// A record's key: shard, table, then the table's own parts.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(ArrayVec<u8, KEY_SIZE_MAX>);

impl Clone for Key {
    /// In one go: the vector's own way is byte by byte, and each report clones several.
    fn clone(&self) -> Self {
        let mut bytes = ArrayVec::new();
        // The same bytes fit again.
        let _ = bytes.try_extend_from_slice(&self.0);
        Self(bytes)
    }
}

impl Key {
    /// The beginning of every key of `table` in `shard`; also the prefix that reads all of them.
    pub fn new(shard: ShardId, table: Table) -> Self {
        let mut bytes = ArrayVec::new();
        bytes.push(shard.0);
        bytes.push(table as u8);
        Self(bytes)
    }

    /// Appends a number, big-endian.
    #[must_use]
    pub fn u64(self, number: u64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    /// Appends a day.
    #[must_use]
    pub fn day(self, day: crate::Day) -> Self {
        self.bytes(&day.to_key())
    }

    /// Appends raw bytes. What goes beyond 48 bytes is a mistake of the program and is cut off;
    /// every table's key is shorter.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        debug_assert!(
            self.0.len() + bytes.len() <= KEY_SIZE_MAX,
            "a key of more than {KEY_SIZE_MAX} bytes"
        );
        let room = self.0.remaining_capacity().min(bytes.len());
        // What is taken fits, so there is no error to report.
        let _ = self
            .0
            .try_extend_from_slice(bytes.get(..room).unwrap_or_default());
        self
    }

    /// A key as a scan of the store gives it.
    pub(crate) fn from_stored(bytes: &[u8]) -> Self {
        Self(bytes.iter().copied().take(KEY_SIZE_MAX).collect())
    }

    /// The number at its end, where it ends with one.
    pub fn last_u64(&self) -> Option<u64> {
        self.0.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
    }

    /// The key's table.
    pub(crate) fn table(&self) -> Option<Table> {
        self.0.get(1).and_then(|byte| Table::from_byte(*byte))
    }

    /// The key as stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Day;

    #[test]
    fn key_order_is_numeric_order() {
        let key = |number| Key::new(ShardId(1), Table::Issue).u64(number);
        assert!(key(255) < key(256));
        let day = |day| Key::new(ShardId(1), Table::Quota).day(Day(day));
        assert!(day(-1) < day(0) && day(0) < day(1));
    }

    #[test]
    fn every_table_is_found_by_its_byte() {
        for table in Table::ALL {
            assert_eq!(Table::from_byte(*table as u8), Some(*table));
        }
        assert_eq!(Table::from_byte(0), None);
    }
}
