//! Tags of issues: a tree of names and colours (protocol 4 and 5.2). Which issues have them is in [`assignment`].

mod assignment;

use actix::{Context, Handler, Message};
use bugle_storage::records::IssueTag;
use bugle_storage::{Batch, StorageError, Timestamp};

use super::ProjectActor;
use super::numbered::{ChangeNumbered, Create, NewNumbered, NumberedSet, numbered};
use crate::{ActorError, Reply};

pub use assignment::TAGS_OF_ISSUE_MAX;
pub(super) use assignment::load_tagged;

/// The most tags of one project.
const TAGS_MAX: usize = 1000;

/// A tag to be made, checked field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIssueTag {
    /// See [`IssueTag::name`].
    pub name: String,
    /// See [`IssueTag::color`].
    pub color: String,
    /// See [`IssueTag::description`].
    pub description: Option<String>,
    /// See [`IssueTag::parent`].
    pub parent: Option<u32>,
}

/// What to set of a tag; `None` leaves it as it is, `Some(None)` takes it away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssueTagEdit {
    /// See [`IssueTag::name`].
    pub name: Option<String>,
    /// See [`IssueTag::color`].
    pub color: Option<String>,
    /// See [`IssueTag::description`].
    pub description: Option<Option<String>>,
    /// See [`IssueTag::parent`].
    pub parent: Option<Option<u32>>,
}

/// Makes a tag.
pub type CreateIssueTag = Create<NewIssueTag, IssueTag>;

/// Gives every tag, oldest first.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListIssueTags {
    /// Where the answer goes.
    pub reply: Reply<Vec<IssueTag>>,
}

/// What is done to a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssueTagChange {
    /// Sets what it says.
    Edit(IssueTagEdit),
    /// Takes it away: issues lose it, and the tags below it move up.
    Delete,
}

/// Changes a tag, and answers with it as it is then.
pub type ChangeIssueTag = ChangeNumbered<IssueTag, IssueTagChange>;

numbered!(IssueTag);

/// A project's tags.
pub(super) type IssueTags = NumberedSet<IssueTag>;

impl IssueTags {
    fn create(&self, new: NewIssueTag, now: Timestamp) -> Result<IssueTag, ActorError> {
        let number = self.free_number(TAGS_MAX, "name", "would be one tag too many: delete some")?;
        let tag = build_tag(number, new, now);
        self.check(&tag)?;
        Ok(tag)
    }

    /// Refuses a tag that does not go with the others.
    fn check(&self, tag: &IssueTag) -> Result<(), ActorError> {
        let refuse = |field, problem| Err(ActorError::Invalid { field, problem });
        let mut others = self.iter().filter(|other| other.number != tag.number);
        if others.any(|other| other.name == tag.name) {
            return refuse("name", "has already been taken");
        }
        let mut above = tag.parent;
        while let Some(number) = above {
            if number == tag.number {
                return refuse("parent_tag_id", "is the tag itself, or one below it");
            }
            match self.get(number) {
                Some(parent) => above = parent.parent,
                None => return refuse("parent_tag_id", "is not a tag of the project"),
            }
        }
        Ok(())
    }

    /// The tags right below one, moved up to where it stands.
    fn moved_up(&self, from: &IssueTag, now: Timestamp) -> Vec<IssueTag> {
        let below = self.iter().filter(|tag| tag.parent == Some(from.number));
        let moved = below.map(|tag| IssueTag {
            parent: from.parent,
            updated_at: now.max(tag.updated_at),
            ..tag.clone()
        });
        moved.collect()
    }
}

/// A function of the request, so that a retry can be answered alike.
fn build_tag(number: u32, new: NewIssueTag, now: Timestamp) -> IssueTag {
    IssueTag {
        number,
        name: new.name,
        color: new.color,
        description: new.description,
        parent: new.parent,
        created_at: now,
        updated_at: now,
        deleted: false,
    }
}

fn edited(mut tag: IssueTag, edit: IssueTagEdit) -> IssueTag {
    tag.name = edit.name.unwrap_or(tag.name);
    tag.color = edit.color.unwrap_or(tag.color);
    tag.description = edit.description.unwrap_or(tag.description);
    tag.parent = edit.parent.unwrap_or(tag.parent);
    tag
}

impl ProjectActor {
    fn change_tag(&mut self, number: u32, change: IssueTagChange) -> Result<(Batch, IssueTag), ActorError> {
        self.ledger.ensure_writable()?;
        let known = self.issue_tags.get(number).ok_or(ActorError::NotFound)?.clone();
        let now = self.clock.now().max(known.updated_at);
        let mut batch = Batch::new();
        let mut changed = Vec::new();
        let mut tag = match change {
            IssueTagChange::Edit(edit) => {
                let tag = edited(known.clone(), edit);
                self.issue_tags.check(&tag)?;
                if tag == known {
                    return Ok((batch, tag));
                }
                tag
            }
            IssueTagChange::Delete => {
                changed = self.issue_tags.moved_up(&known, now);
                self.take_from_all(number, &mut batch);
                IssueTag {
                    deleted: true,
                    ..known
                }
            }
        };
        tag.updated_at = now;
        changed.push(tag.clone());
        for tag in changed {
            let stored = self.issue_tags.put(tag, &mut batch);
            stored.map_err(|error| self.ledger.give_up(error))?;
        }
        Ok((batch, tag))
    }
}

impl NewNumbered for NewIssueTag {
    type Record = IssueTag;

    fn accept(self, project: &ProjectActor, now: Timestamp) -> Result<IssueTag, ActorError> {
        project.issue_tags.create(self, now)
    }

    fn keep(tag: IssueTag, project: &mut ProjectActor, batch: &mut Batch) -> Result<(), StorageError> {
        project.issue_tags.put(tag, batch)
    }

    fn repeat(self, number: u32, created_at: Timestamp, _: Timestamp) -> IssueTag {
        build_tag(number, self, created_at)
    }
}

impl Handler<ListIssueTags> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ListIssueTags, _: &mut Context<Self>) {
        self.handled += 1;
        message.reply.send(Ok(self.issue_tags.iter().cloned().collect()));
    }
}

impl Handler<ChangeIssueTag> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ChangeIssueTag, _: &mut Context<Self>) {
        self.handled += 1;
        match self.change_tag(message.number, message.change) {
            Ok((batch, tag)) => self.ledger.commit_and_answer(batch, || (), tag, message.reply),
            Err(refusal) => message.reply.send(Err(refusal)),
        }
    }
}

#[cfg(test)]
mod tests;
