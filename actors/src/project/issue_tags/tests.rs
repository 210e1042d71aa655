use std::sync::Arc;

use bugle_storage::{MemoryStore, ProjectId, Shard, ShardId};

use super::*;

fn tags() -> IssueTags {
    let shard = Shard::open(Arc::new(MemoryStore::new()), ShardId(0)).unwrap();
    IssueTags::load(&shard, ProjectId(64)).unwrap()
}

fn new(name: &str, parent: Option<u32>) -> NewIssueTag {
    NewIssueTag {
        name: name.to_owned(),
        color: "#112233".to_owned(),
        description: None,
        parent,
    }
}

fn add(tags: &mut IssueTags, name: &str, parent: Option<u32>) -> IssueTag {
    let tag = tags.create(new(name, parent), Timestamp(1)).unwrap();
    tags.put(tag.clone(), &mut Batch::new()).unwrap();
    tag
}

fn below(tags: &IssueTags, tag: &IssueTag, parent: Option<u32>) -> Result<(), String> {
    let edit = IssueTagEdit {
        parent: Some(parent),
        ..IssueTagEdit::default()
    };
    tags.check(&edited(tag.clone(), edit))
        .map_err(|error| error.to_string())
}

#[test]
fn a_tag_never_stands_below_itself() {
    let mut tags = tags();
    let top = add(&mut tags, "UI", None);
    let middle = add(&mut tags, "Menu", Some(top.number));
    let leaf = add(&mut tags, "Options", Some(middle.number));
    let cycle = Err("parent_tag_id is the tag itself, or one below it".to_owned());
    for parent in [&top, &middle, &leaf] {
        assert_eq!(below(&tags, &top, Some(parent.number)), cycle, "{}", parent.name);
    }
    assert_eq!(below(&tags, &leaf, Some(top.number)), Ok(()));
    assert_eq!(below(&tags, &leaf, None), Ok(()));
    let unknown = tags.create(new("Other", Some(9)), Timestamp(1)).unwrap_err();
    assert_eq!(unknown.to_string(), "parent_tag_id is not a tag of the project");
}

#[test]
fn a_name_is_one_tags() {
    let mut tags = tags();
    add(&mut tags, "UI", None);
    let twice = tags.create(new("UI", None), Timestamp(1)).unwrap_err();
    assert_eq!(twice.to_string(), "name has already been taken");
}

#[test]
fn what_stands_below_a_tag_moves_up() {
    let mut tags = tags();
    let top = add(&mut tags, "UI", None);
    let middle = add(&mut tags, "Menu", Some(top.number));
    let leaf = add(&mut tags, "Options", Some(middle.number));
    let moved = tags.moved_up(&middle, Timestamp(9));
    let expected = IssueTag {
        parent: Some(top.number),
        updated_at: Timestamp(9),
        ..leaf
    };
    assert_eq!(moved, [expected]);
}
