//! The mails that are due. Projects put them in, along with what they tell of; the one thread that sends mail takes them out.

use std::ops::ControlFlow;
use std::sync::Arc;

use bugle_storage::records::OutgoingMail;
use bugle_storage::{Batch, Key, ProjectId, RecordId, Shard, ShardId, StorageError, Store, Table, Timestamp};
use foldhash::{HashMap, HashMapExt, HashSet};

/// The most that are looked at in one go; those behind them have their turn when these are done with.
const LOOKED_AT_MAX: usize = 5000;
/// The most of one project, so that a flood of one leaves room for the others.
const OF_PROJECT_MAX: usize = 250;
/// After so many milliseconds a mail that was taken out and still shows is taken out again: the store would not have it.
const REMOVED_AGAIN_AFTER: u64 = 60_000;

/// Where a mail lies: below its project, by the sequence of what it tells of, which nothing else has.
pub(crate) fn place(project: ProjectId, about: RecordId) -> Key {
    all().u64(project.0).u64(about.sequence())
}

fn all() -> Key {
    Key::new(ShardId::SYSTEM, Table::MailOutbox)
}

/// A mail that is due, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueMail {
    /// What tells it from all others, also after a restart.
    pub place: MailPlace,
    /// The project that the report belongs to.
    pub project: ProjectId,
    /// What it tells.
    pub mail: OutgoingMail,
}

/// Where a mail lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MailPlace(Key);

impl MailPlace {
    /// The number of what it tells of; with the project, it names the mail.
    pub fn number(&self) -> u64 {
        self.0.last_u64().unwrap_or_default()
    }
}

/// What the thread that sends mail has of the store.
pub struct Outbox {
    shard: Shard,
    /// What was taken out and may show for a while, and when that was.
    removed: HashMap<Key, Timestamp>,
}

impl Outbox {
    /// Opens it. Blocks.
    pub fn open(store: &Arc<dyn Store>) -> Result<Self, StorageError> {
        Ok(Self {
            shard: Shard::open(Arc::clone(store), ShardId::SYSTEM)?,
            removed: HashMap::new(),
        })
    }

    /// The mails that are in it, no more than some hundreds of each project. What was put in a moment ago may not show yet.
    /// Blocks.
    pub fn look(&mut self, now: Timestamp) -> Result<Vec<DueMail>, StorageError> {
        let mut look = Look::default();
        let mut from = Some(all());
        while let Some(place) = from {
            self.shard.visit(&all(), Some(&place), |key, mail| {
                look.take(key, mail, &self.removed)
            })?;
            from = look.turn_to_next_project();
        }
        self.removed.retain(|key, _| look.may_still_show(key));
        self.remove_again(now);
        Ok(look.due)
    }

    /// Takes a mail out. Should the server die before that is on the disk, it is sent once more.
    pub fn remove(&mut self, place: &MailPlace, now: Timestamp) {
        self.removed.insert(place.0.clone(), now);
        let mut batch = Batch::new();
        batch.delete(place.0.clone());
        self.shard.commit(batch, Box::new(|_| ()));
    }

    fn remove_again(&mut self, now: Timestamp) {
        let is_late = |when: &Timestamp| now.0 - when.0 >= REMOVED_AGAIN_AFTER.cast_signed();
        let late: Vec<_> = self.removed.iter().filter(|(_, when)| is_late(when)).collect();
        let late: Vec<_> = late.into_iter().map(|(key, _)| MailPlace(key.clone())).collect();
        for place in late {
            self.remove(&place, now);
        }
    }
}

/// One look at all that is in the outbox, in the order of the keys.
#[derive(Default)]
struct Look {
    due: Vec<DueMail>,
    /// What was taken out before and was seen all the same.
    shown: HashSet<Key>,
    /// The project whose mails come now, and how many of them are due.
    project: Option<(ProjectId, usize)>,
    /// What was not looked at, because enough was due already: behind the key, up to the end of its project.
    passed_over: HashMap<ProjectId, Key>,
    /// With this one enough was due altogether: what lies behind it was not looked at.
    last: Option<Key>,
}

impl Look {
    /// Looks at the next one. Breaks where the others of its project, or all others, are passed over.
    fn take(&mut self, key: &[u8], mail: OutgoingMail, removed: &HashMap<Key, Timestamp>) -> ControlFlow<()> {
        let Some(project) = project_of(key) else {
            return ControlFlow::Continue(());
        };
        let key = all().bytes(key.get(2..).unwrap_or_default());
        if removed.contains_key(&key) {
            self.shown.insert(key);
            return ControlFlow::Continue(());
        }
        let of_project = match self.project {
            Some((before, count)) if before == project => count + 1,
            _ => 1,
        };
        self.project = Some((project, of_project));
        self.due.push(DueMail {
            place: MailPlace(key.clone()),
            project,
            mail,
        });
        if self.due.len() >= LOOKED_AT_MAX {
            self.last = Some(key);
            ControlFlow::Break(())
        } else if of_project >= OF_PROJECT_MAX {
            self.passed_over.insert(project, key);
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Where to go on after a visit that broke off within a project; `None` when all is looked at, or enough.
    fn turn_to_next_project(&mut self) -> Option<Key> {
        let (project, count) = self.project.take()?;
        let is_done = count < OF_PROJECT_MAX || self.last.is_some();
        let next = project.0.checked_add(1).filter(|_| !is_done);
        next.map(|next| all().u64(next))
    }

    /// Whether what was taken out before may be there still: it was seen, or not looked at.
    fn may_still_show(&self, key: &Key) -> bool {
        let is_behind = |end: Option<&Key>| end.is_some_and(|end| key > end);
        let project = project_of(key.as_bytes());
        let in_project = project.and_then(|project| self.passed_over.get(&project));
        self.shown.contains(key) || is_behind(in_project) || is_behind(self.last.as_ref())
    }
}

fn project_of(key: &[u8]) -> Option<ProjectId> {
    let number = key.get(2..)?.first_chunk::<8>()?;
    Some(ProjectId(u64::from_be_bytes(*number)))
}

#[cfg(test)]
mod tests {
    use bugle_storage::MemoryStore;
    use bugle_storage::records::{MailReason, ReportKind};

    use super::*;

    fn mail(report: u64) -> OutgoingMail {
        OutgoingMail {
            kind: ReportKind::Bug,
            report: RecordId(report),
            reason: MailReason::Received,
            created_at: Timestamp(5),
        }
    }

    fn outbox_with(mails: impl Iterator<Item = (u64, u64)>) -> Outbox {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut projects = Shard::open(Arc::clone(&store), ShardId(3)).unwrap();
        let mut batch = Batch::new();
        for (project, sequence) in mails {
            let report = RecordId::new(sequence, ShardId(3));
            batch
                .put(place(ProjectId(project), report), &mail(report.0))
                .unwrap();
        }
        projects.commit(batch, Box::new(Result::unwrap));
        Outbox::open(&store).unwrap()
    }

    fn count_of(due: &[DueMail], project: u64) -> usize {
        due.iter().filter(|due| due.project == ProjectId(project)).count()
    }

    #[test]
    fn a_flood_of_one_project_leaves_room_for_the_others() {
        let flood = (0..2 * LOOKED_AT_MAX as u64).map(|sequence| (3, sequence));
        let mut outbox = outbox_with(flood.chain([(4, 1), (u64::MAX, 2)]));
        let due = outbox.look(Timestamp(9)).unwrap();
        assert_eq!(count_of(&due, 3), OF_PROJECT_MAX);
        assert_eq!((count_of(&due, 4), count_of(&due, u64::MAX)), (1, 1));
        for sent in &due {
            outbox.remove(&sent.place, Timestamp(9));
        }
        let next = outbox.look(Timestamp(9)).unwrap();
        assert_eq!((next.len(), count_of(&next, 3)), (OF_PROJECT_MAX, OF_PROJECT_MAX));
        assert_eq!(next[0].mail.report.sequence(), OF_PROJECT_MAX as u64);
        assert!(outbox.removed.is_empty(), "what does not show is forgotten");
    }

    #[test]
    fn what_was_taken_out_is_forgotten_once_it_does_not_show_however_much_is_due() {
        let projects = 2 * LOOKED_AT_MAX as u64;
        let mut outbox = outbox_with((1..=projects).map(|project| (project, 7)));
        let due = outbox.look(Timestamp(9)).unwrap();
        assert_eq!(due.len(), LOOKED_AT_MAX);
        let last = MailPlace(place(ProjectId(projects), RecordId::new(7, ShardId(3))));
        for place in [&due[0].place, &last] {
            outbox.remove(place, Timestamp(9));
        }
        assert_eq!(outbox.look(Timestamp(9)).unwrap().len(), LOOKED_AT_MAX);
        let kept: Vec<_> = outbox.removed.keys().collect();
        assert_eq!(kept, [&last.0], "it was not looked whether this one shows");
    }

    #[test]
    fn what_is_put_in_shows_until_it_is_taken_out() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut projects = Shard::open(Arc::clone(&store), ShardId(3)).unwrap();
        let mut batch = Batch::new();
        for (project, report) in [(3, 67), (67, 131)] {
            batch
                .put(place(ProjectId(project), RecordId(report)), &mail(report))
                .unwrap();
        }
        projects.commit(batch, Box::new(Result::unwrap));
        let mut outbox = Outbox::open(&store).unwrap();
        let due = outbox.look(Timestamp(9)).unwrap();
        let told: Vec<_> = due.iter().map(|due| (due.project, due.mail.report)).collect();
        assert_eq!(
            told,
            [(ProjectId(3), RecordId(67)), (ProjectId(67), RecordId(131))]
        );
        outbox.remove(&due[0].place, Timestamp(9));
        assert_eq!(outbox.look(Timestamp(9)).unwrap(), due[1..]);
        let mut again = Outbox::open(&store).unwrap();
        assert_eq!(
            again.look(Timestamp(9)).unwrap(),
            due[1..],
            "for another one, too"
        );
    }
}
