use std::sync::Arc;

use bugle_storage::{MemoryStore, ShardId};

use super::*;

const PROJECT: ProjectId = ProjectId(64);

fn releases() -> Releases {
    let shard = Shard::open(Arc::new(MemoryStore::new()), ShardId(0)).unwrap();
    Releases::load(&shard, PROJECT).unwrap()
}

fn new(label: &str) -> NewRelease {
    NewRelease {
        label: label.to_owned(),
        ..NewRelease::default()
    }
}

fn create(releases: &mut Releases, label: &str) -> u32 {
    let release = releases.create(new(label), Timestamp(1)).unwrap();
    let number = release.number;
    releases.put(release, &mut Batch::new()).unwrap();
    number
}

fn delete(releases: &mut Releases, number: u32) {
    let mut release = releases.all.get(number).unwrap().clone();
    release.deleted = true;
    releases.put(release, &mut Batch::new()).unwrap();
}

fn label(label: &str) -> ReleaseReference {
    ReleaseReference::Label(label.to_owned())
}

#[test]
fn without_a_name_the_latest_is_meant() {
    let mut releases = releases();
    let latest = |releases: &Releases| {
        let chosen = releases.choose(None, Timestamp(2), || false).unwrap();
        chosen.map(|chosen| chosen.number)
    };
    assert_eq!(latest(&releases), None);
    create(&mut releases, "1.0");
    create(&mut releases, "1.1");
    assert_eq!(latest(&releases), Some(2));
    delete(&mut releases, 2);
    assert_eq!(latest(&releases), Some(1));
    assert_eq!(create(&mut releases, "1.1"), 3, "a number is not given twice");
}

#[test]
fn an_id_must_be_there() {
    let mut releases = releases();
    create(&mut releases, "1.0");
    let by_id = |id| releases.choose(Some(ReleaseReference::Id(id)), Timestamp(2), || true);
    assert_eq!(by_id(1).unwrap().map(|chosen| chosen.number), Some(1));
    for id in [0, 2, u64::MAX] {
        let refusal = by_id(id).unwrap_err();
        assert!(
            matches!(
                refusal,
                ActorError::Invalid {
                    field: "release_id",
                    ..
                }
            ),
            "{id}"
        );
    }
}

#[test]
fn a_label_is_known_made_known_or_refused() {
    let mut releases = releases();
    create(&mut releases, "1.0");
    let known = releases.choose(Some(label("1.0")), Timestamp(2), || {
        panic!("nobody needs to know")
    });
    assert!(
        known
            .unwrap()
            .is_some_and(|chosen| chosen.number == 1 && chosen.new.is_none())
    );
    let refusal = releases
        .choose(Some(label("1.1")), Timestamp(2), || false)
        .unwrap_err();
    assert!(
        refusal.to_string().contains("permission to create releases"),
        "{refusal}"
    );
    let chosen = releases
        .choose(Some(label("1.1")), Timestamp(2), || true)
        .unwrap()
        .unwrap();
    assert!(releases.labelled("1.1").is_none(), "choosing changes nothing");
    releases.add(chosen, &mut Batch::new()).unwrap();
    let release = releases.labelled("1.1").unwrap();
    assert!(release.dynamically_created && release.number == 2 && release.created_at == Timestamp(2));
}

#[test]
fn a_release_that_reports_made_known_is_filled_in_once() {
    let mut releases = releases();
    let chosen = releases
        .choose(Some(label("1.0")), Timestamp(2), || true)
        .unwrap()
        .unwrap();
    releases.add(chosen, &mut Batch::new()).unwrap();
    let announced = releases.create(new("1.0"), Timestamp(9)).unwrap();
    assert_eq!((announced.number, announced.created_at), (1, Timestamp(2)));
    assert_eq!(
        (announced.updated_at, announced.dynamically_created),
        (Timestamp(9), false)
    );
    releases.put(announced, &mut Batch::new()).unwrap();
    let refusal = releases.create(new("1.0"), Timestamp(9)).unwrap_err();
    assert!(matches!(refusal, ActorError::Invalid { field: "label", .. }));
}
