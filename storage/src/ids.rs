//! The numbers by which records are known.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of the 64 logical shards, or the system's own.
///
/// The count is fixed for the life of a data directory: every global id carries its shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShardId(pub u8);

impl ShardId {
    /// How many shards hold projects.
    pub const COUNT: u8 = 64;
    /// Where accounts, tokens and the list of projects are kept.
    pub const SYSTEM: Self = Self(Self::COUNT);
}

/// A project, shown as `pr-` and at least ten digits (protocol 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProjectId(pub u64);

impl ProjectId {
    /// The shard that the project lives in.
    pub const fn shard(self) -> ShardId {
        #[expect(clippy::cast_possible_truncation, reason = "the remainder is below 64")]
        ShardId((self.0 % ShardId::COUNT as u64) as u8)
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "pr-{:010}", self.0)
    }
}

impl FromStr for ProjectId {
    type Err = ();

    /// Accepts exactly what `Display` writes, so that one project has one address.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix("pr-").ok_or(())?;
        let canonical = digits.len() == 10 || (digits.len() > 10 && !digits.starts_with('0'));
        if !canonical || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(());
        }
        digits.parse().map(Self).map_err(|_| ())
    }
}

/// A record's number in the whole installation (protocol 3, "global id"): `sequence * 64 + shard`, below
/// 2^53 so that every JSON reader keeps it exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordId(pub u64);

impl RecordId {
    /// The id of a shard's `sequence`-th record.
    pub const fn new(sequence: u64, shard: ShardId) -> Self {
        Self(sequence * ShardId::COUNT as u64 + shard.0 as u64)
    }

    /// The record's place in its shard's sequence.
    pub const fn sequence(self) -> u64 {
        self.0 / ShardId::COUNT as u64
    }

    /// The shard that the record lies in, and its project with it.
    pub const fn shard(self) -> ShardId {
        #[expect(clippy::cast_possible_truncation, reason = "the remainder is below 64")]
        ShardId((self.0 % ShardId::COUNT as u64) as u8)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A person with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserId(pub u64);

/// An organization: numbered from 1, and no number is given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrganizationId(pub u64);

/// A token of either kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TokenId(pub u64);

/// An address that events are sent to: numbered from 1 in the whole installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WebhookId(pub u64);

/// A keyed hash of a client's address: equal for equal addresses, and no way back without the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddressHash(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_has_one_written_form() {
        assert_eq!(ProjectId(690_627_851).to_string(), "pr-0690627851");
        assert_eq!("pr-0690627851".parse(), Ok(ProjectId(690_627_851)));
        assert_eq!("pr-12345678901".parse(), Ok(ProjectId(12_345_678_901)));
        for other in [
            "pr-690627851",
            "pr-00690627851",
            "pr-069062785x",
            "pr-",
            "0690627851",
            "pr-99999999999999999999",
        ] {
            assert_eq!(other.parse::<ProjectId>(), Err(()), "{other}");
        }
    }

    #[test]
    fn a_record_id_carries_its_shard() {
        let id = RecordId::new(7, ShardId(3));
        assert_eq!((id.0, id.sequence()), (451, 7));
    }
}
