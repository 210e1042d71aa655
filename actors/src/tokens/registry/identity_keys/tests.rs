use bugle_storage::MemoryStore;

use super::*;

const PROJECT: ProjectId = ProjectId(5);
const NOW: Timestamp = Timestamp(120_000);

fn new(project: ProjectId, kid: Option<&str>, secret: u8) -> NewIdentityKey {
    NewIdentityKey {
        project,
        name: "Back end".to_owned(),
        kid: kid.map(str::to_owned),
        material: KeyMaterial::Hs256(vec![secret; 32]),
    }
}

fn put(keys: &mut IdentityKeys, record: IdentityKey) -> Arc<LastUsed> {
    let last_used = Arc::<LastUsed>::default();
    let kept = Kept {
        last_used: Arc::clone(&last_used),
        record,
    };
    let record = &kept.record;
    keys.0.insert((record.project, record.number), kept);
    last_used
}

fn refusal(keys: &IdentityKeys, new: NewIdentityKey) -> String {
    keys.create(new, 99, NOW).unwrap_err().to_string()
}

#[test]
fn a_key_has_a_name_of_its_own_and_is_registered_once() {
    let mut keys = IdentityKeys::default();
    let first = keys.create(new(PROJECT, None, 1), 7, NOW).unwrap();
    assert_eq!(first.kid, "ik-7");
    put(&mut keys, first);
    let again = refusal(&keys, new(PROJECT, Some("ik-7"), 2));
    assert_eq!(again, "kid has already been taken");
    let again = refusal(&keys, new(PROJECT, None, 1));
    assert_eq!(again, "secret has already been registered");
    let elsewhere = new(ProjectId(6), Some("ik-7"), 1);
    keys.create(elsewhere, 8, NOW).unwrap();
}

#[test]
fn there_is_an_end_to_a_projects_keys() {
    let mut keys = IdentityKeys::default();
    for number in 1..=20_u8 {
        let record = keys
            .create(new(PROJECT, None, number), number.into(), NOW)
            .unwrap();
        put(&mut keys, record);
    }
    let refused = refusal(&keys, new(PROJECT, None, 21));
    assert!(refused.starts_with("name would be one key too many"), "{refused}");
    keys.create(new(ProjectId(6), None, 1), 21, NOW).unwrap();
}

#[test]
fn what_is_published_are_the_keys_there_are() {
    let (mut keys, directory) = (IdentityKeys::default(), Directory::default());
    for (project, number) in [(PROJECT, 1), (PROJECT, 2), (ProjectId(6), 3)] {
        let record = keys
            .create(new(project, None, number), number.into(), NOW)
            .unwrap();
        put(&mut keys, record);
    }
    keys.publish_all(&directory);
    let numbers = |project| -> Vec<u32> {
        let keys = directory.identity_keys(project);
        keys.iter()
            .flat_map(|keys| keys.iter())
            .map(|key| key.number)
            .collect()
    };
    assert_eq!((numbers(PROJECT), numbers(ProjectId(6))), (vec![1, 2], vec![3]));
    keys.0.remove(&(ProjectId(6), 3));
    keys.publish_all(&directory);
    assert!(numbers(ProjectId(6)).is_empty());
}

#[test]
fn a_use_is_written_once_and_read_again() {
    let mut shard = Shard::open(Arc::new(MemoryStore::new()), ShardId::SYSTEM).unwrap();
    let (mut keys, directory) = (IdentityKeys::default(), Directory::default());
    let record = keys.create(new(PROJECT, None, 1), 1, NOW).unwrap();
    let last_used = put(&mut keys, record);
    last_used.touch(NOW);
    let mut batch = Batch::new();
    keys.note_uses(&mut batch).unwrap();
    shard.commit(batch, Box::new(Result::unwrap));
    let mut again = Batch::new();
    keys.note_uses(&mut again).unwrap();
    assert!(again.is_empty());
    let read = IdentityKeys::load(&shard, &directory).unwrap();
    assert_eq!(read.0[&(PROJECT, 1)].record.last_used_at, Some(NOW));
    read.publish_all(&directory);
    directory.identity_keys(PROJECT).unwrap()[0]
        .last_used
        .touch(Timestamp(240_000));
    let restarted = IdentityKeys::load(&shard, &directory).unwrap();
    assert_eq!(
        restarted.0[&(PROJECT, 1)].current().last_used_at,
        Some(Timestamp(240_000)),
        "the note that requests see stays"
    );
}
