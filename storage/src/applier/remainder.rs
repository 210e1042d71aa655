//! Commits that are durable and that the map does not take: for want of space, until there is some, or because it
//! has failed, until a restart applies them from the journal. Reads show them from memory.
//!
//! Without this, what was acknowledged a moment before could not be read after it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use bytes::Bytes;

use crate::journal::Durable;
use crate::store::Visit;
use crate::{StorageError, changes};

/// What each changed key holds: the record, or nothing when it was deleted.
type Changes = BTreeMap<Bytes, Option<Bytes>>;

/// The commits that the map does not take. Empty, and passed by without a lock, while all is well.
#[derive(Debug, Default)]
pub(crate) struct Remainder {
    any: AtomicBool,
    changes: RwLock<Changes>,
}

impl Remainder {
    /// Keeps the commits, in their order, and says that reads show them.
    pub(crate) fn keep(&self, commits: &[Durable]) -> Result<(), StorageError> {
        let mut kept = self.changes.write().unwrap_or_else(PoisonError::into_inner);
        for commit in commits {
            self.any.store(true, Ordering::Release);
            for change in changes(&commit.payload) {
                let change = change?;
                let value = change.value.map(|value| commit.payload.slice_ref(value));
                kept.insert(commit.payload.slice_ref(change.key), value);
            }
            commit.applied.set();
        }
        Ok(())
    }

    /// Forgets all: the map has taken it.
    pub(crate) fn clear(&self) {
        if self.any.load(Ordering::Acquire) {
            let mut kept = self.changes.write().unwrap_or_else(PoisonError::into_inner);
            kept.clear();
            self.any.store(false, Ordering::Release);
        }
    }

    /// What the key holds by these commits: `None` when they do not touch it, `Some(None)` when they delete it.
    #[expect(clippy::option_option, reason = "untouched and deleted are two things")]
    pub(crate) fn get(&self, key: &[u8]) -> Option<Option<Bytes>> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        self.read().get(key).cloned()
    }

    /// Visits what `scan` finds of the map as these commits have changed it: keys that begin with `prefix` and are not
    /// below `from`, in their order.
    pub(crate) fn scan_from(
        &self,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
        scan: impl FnOnce(&mut Visit<'_>) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        if !self.any.load(Ordering::Acquire) {
            return scan(visit);
        }
        let mut kept = self.below(prefix, from).into_iter().peekable();
        let mut flow = ControlFlow::Continue(());
        scan(&mut |key, value| {
            while let Some((kept_key, kept_value)) = kept.next_if(|(kept_key, _)| kept_key.as_ref() < key) {
                flow = show(&kept_key, kept_value.as_deref(), visit);
                if flow.is_break() {
                    return flow;
                }
            }
            flow = match kept.next_if(|(kept_key, _)| kept_key.as_ref() == key) {
                Some((_, kept_value)) => show(key, kept_value.as_deref(), visit),
                None => visit(key, value),
            };
            flow
        })?;
        while flow.is_continue()
            && let Some((key, value)) = kept.next()
        {
            flow = show(&key, value.as_deref(), visit);
        }
        Ok(())
    }

    fn below(&self, prefix: &[u8], from: &[u8]) -> Vec<(Bytes, Option<Bytes>)> {
        let start = Bytes::copy_from_slice(from.max(prefix));
        self.read()
            .range(start..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Changes> {
        self.changes.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn show(key: &[u8], value: Option<&[u8]>, visit: &mut Visit<'_>) -> ControlFlow<()> {
    value.map_or(ControlFlow::Continue(()), |value| visit(key, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AppliedMark;
    use crate::batch::push_put;

    fn commit(changes: &[(&str, Option<&str>)]) -> Durable {
        let mut payload = Vec::new();
        for (key, value) in changes {
            if let Some(value) = value {
                push_put(&mut payload, key.as_bytes(), value.as_bytes()).unwrap();
            } else {
                payload.extend_from_slice(&[2, u8::try_from(key.len()).unwrap()]);
                payload.extend_from_slice(key.as_bytes());
            }
        }
        Durable {
            sequence: 1,
            payload: Bytes::from(payload),
            applied: AppliedMark::new(std::sync::Arc::default(), 1),
        }
    }

    fn remainder() -> Remainder {
        let remainder = Remainder::default();
        let commits = [
            commit(&[("aa", Some("new")), ("ad", Some("old")), ("b", Some("other"))]),
            commit(&[("ab", None), ("ad", Some("newer")), ("ae", None)]),
        ];
        remainder.keep(&commits).unwrap();
        remainder
    }

    /// The map: `ab`, `ac`, `ad`.
    fn scanned(remainder: &Remainder, from: &str, most: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut visit = |key: &[u8], value: &[u8]| {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            found.push(format!("{}={}", text(key), text(value)));
            if found.len() < most {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let map = |visit: &mut Visit<'_>| {
            for key in ["ab", "ac", "ad"].iter().filter(|key| **key >= from) {
                if visit(key.as_bytes(), b"map").is_break() {
                    break;
                }
            }
            Ok(())
        };
        remainder
            .scan_from(b"a", from.as_bytes(), &mut visit, map)
            .unwrap();
        found
    }

    #[test]
    fn reads_show_the_map_as_the_rest_has_changed_it() {
        let remainder = remainder();
        assert_eq!(remainder.get(b"ad").flatten().as_deref(), Some(&b"newer"[..]));
        assert_eq!(remainder.get(b"ab"), Some(None), "deleted");
        assert_eq!(remainder.get(b"ac"), None, "not touched");
        assert_eq!(scanned(&remainder, "", 9), ["aa=new", "ac=map", "ad=newer"]);
        assert_eq!(scanned(&remainder, "ac", 9), ["ac=map", "ad=newer"]);
    }

    #[test]
    fn a_scan_ends_where_its_visitor_says_so() {
        let remainder = remainder();
        assert_eq!(scanned(&remainder, "", 1), ["aa=new"]);
        assert_eq!(scanned(&remainder, "", 2), ["aa=new", "ac=map"]);
        assert_eq!(scanned(&remainder, "ad", 1), ["ad=newer"]);
    }

    #[test]
    fn what_the_map_has_taken_is_forgotten() {
        let remainder = remainder();
        remainder.clear();
        assert_eq!(remainder.get(b"ad"), None);
        assert_eq!(scanned(&remainder, "", 9), ["ab=map", "ac=map", "ad=map"]);
    }

    #[test]
    fn without_a_rest_the_map_is_shown_as_it_is() {
        assert_eq!(
            scanned(&Remainder::default(), "", 9),
            ["ab=map", "ac=map", "ad=map"]
        );
    }
}
