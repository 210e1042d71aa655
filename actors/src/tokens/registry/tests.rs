use actix::Addr;
use bugle_storage::records::{
    RefusalReason, ReportKind, ReportRight, Submitter, TokenLimits, TokenRights, TokenUsage,
};
use bugle_storage::{AddressHash, Day, MemoryStore, ProjectId, Timestamp, UserId};

use super::*;
use crate::tokens::{
    CreatePersonalToken, CreateProjectToken, CreatedToken, EditProjectToken, ListProjectTokens,
    NewPersonalToken, NewProjectToken, RevokePersonalToken, RevokeProjectToken, SaveLastUse,
};
use crate::{IdempotencyKey, ProjectGrant, ask};

const START: Timestamp = Timestamp(1_795_292_312_000);
const PROJECT: ProjectId = ProjectId(7);
const USER: UserId = UserId(1);
const SUBMITTER: Submitter = Submitter::User(USER);

/// A registry over a plain map.
struct Fixture {
    store: Arc<MemoryStore>,
    directory: Arc<Directory>,
    registry: Addr<TokenRegistry>,
}

impl Fixture {
    fn new() -> Self {
        let (store, directory) = (Arc::new(MemoryStore::new()), Arc::default());
        let registry = load(&store, &directory).start();
        Self {
            store,
            directory,
            registry,
        }
    }

    async fn create(&self, key: Option<IdempotencyKey>) -> Result<CreatedToken<ProjectToken>, ActorError> {
        let new = NewProjectToken {
            project: PROJECT,
            name: "Game".into(),
            rights: rights(8),
        };
        let submitter = SUBMITTER;
        let message = |reply| CreateProjectToken {
            new,
            submitter,
            key,
            reply,
        };
        ask(&self.registry, message).await
    }

    async fn create_personal(&self) -> PersonalToken {
        let new = NewPersonalToken {
            user: USER,
            name: "Script".into(),
            expires_at: None,
            limits: TokenLimits::default(),
        };
        let (submitter, key) = (SUBMITTER, None);
        let message = |reply| CreatePersonalToken {
            new,
            submitter,
            key,
            reply,
        };
        ask(&self.registry, message).await.unwrap().record
    }

    async fn limit(
        &self,
        project: ProjectId,
        token: TokenId,
        per_day: u32,
    ) -> Result<ProjectToken, ActorError> {
        let message = |reply| EditProjectToken {
            project,
            token,
            edit: Box::new(move |mut token| {
                token.rights = rights(per_day);
                token
            }),
            reply,
        };
        ask(&self.registry, message).await
    }

    async fn revoke(&self, project: ProjectId, token: TokenId) -> Result<ProjectToken, ActorError> {
        let message = |reply| RevokeProjectToken {
            project,
            token,
            reply,
        };
        ask(&self.registry, message).await
    }

    async fn list(&self) -> Vec<ProjectToken> {
        let project = PROJECT;
        ask(&self.registry, |reply| ListProjectTokens { project, reply })
            .await
            .unwrap()
    }

    fn grant(&self, token: &ProjectToken) -> Option<Arc<ProjectGrant>> {
        match self.directory.grant(&token.hash)? {
            Grant::Project(grant) => Some(grant),
            Grant::Personal(_) => None,
        }
    }
}

fn load(store: &Arc<MemoryStore>, directory: &Arc<Directory>) -> TokenRegistry {
    let store: Arc<dyn Store> = Arc::<MemoryStore>::clone(store);
    TokenRegistry::load(store, Clock::manual(START), Arc::clone(directory)).unwrap()
}

fn rights(bug_reports_per_day: u32) -> TokenRights {
    let right = |per_day| ReportRight {
        allowed: true,
        per_day,
    };
    TokenRights {
        bug_reports: right(bug_reports_per_day),
        feature_requests: right(8),
        support_tickets: right(8),
        read_releases: false,
        create_releases: false,
        require_submission_token: false,
    }
}

#[actix::test]
async fn a_new_token_works_once_it_is_answered() {
    let fixture = Fixture::new();
    let created = fixture.create(None).await.unwrap();
    assert_eq!(created.plain.unwrap().hash(), created.record.hash);
    let grant = fixture.grant(&created.record).unwrap();
    assert_eq!((grant.token, grant.project), (created.record.id, PROJECT));
    assert_eq!(grant.rights, rights(8));
}

#[actix::test]
async fn an_edit_counts_once_it_is_answered() {
    let fixture = Fixture::new();
    let token = fixture.create(None).await.unwrap().record;
    let before = fixture.grant(&token).unwrap();
    before.last_used.touch(START);
    let (address, kind) = (AddressHash(1), bugle_storage::records::ReportKind::Bug);
    before.spent.mark(address, kind, Day(0));

    let edited = fixture.limit(PROJECT, token.id, 9).await.unwrap();
    let after = fixture.grant(&token).unwrap();
    assert_eq!((edited.rights, after.rights), (rights(9), rights(9)));
    assert!(edited.last_used_at.is_some(), "the last use is kept");
    assert_eq!(after.last_used.get(), edited.last_used_at);
    assert!(
        !after.spent.is_spent(address, kind, Day(0)),
        "a raised limit counts at once"
    );
}

#[actix::test]
async fn a_revoked_token_is_unknown_once_it_is_answered() {
    let fixture = Fixture::new();
    let (token, other) = (
        fixture.create(None).await.unwrap(),
        fixture.create(None).await.unwrap(),
    );
    fixture.revoke(PROJECT, token.record.id).await.unwrap();
    assert!(fixture.grant(&token.record).is_none());
    assert!(fixture.grant(&other.record).is_some());
    assert_eq!(fixture.list().await, [other.record]);
    let again = fixture.revoke(PROJECT, token.record.id).await;
    assert!(matches!(again, Err(ActorError::NotFound)), "{again:?}");
}

#[actix::test]
async fn what_belongs_to_others_is_not_found_and_stays() {
    let fixture = Fixture::new();
    let token = fixture.create(None).await.unwrap().record;
    let theirs = fixture.create_personal().await;
    let other = ProjectId(8);
    for outcome in [
        fixture.limit(other, token.id, 9).await.map(|_| ()),
        fixture.revoke(other, token.id).await.map(|_| ()),
        fixture.revoke(PROJECT, theirs.id).await.map(|_| ()),
        ask(&fixture.registry, |reply| RevokePersonalToken {
            user: UserId(2),
            within: TokenLimits::default(),
            token: theirs.id,
            reply,
        })
        .await
        .map(|_| ()),
    ] {
        assert!(matches!(outcome, Err(ActorError::NotFound)), "{outcome:?}");
    }
    assert_eq!(fixture.grant(&token).unwrap().rights, rights(8));
    assert!(fixture.directory.grant(&theirs.hash).is_some());
}

#[actix::test]
async fn a_key_that_comes_again_makes_nothing_and_shows_no_token() {
    let fixture = Fixture::new();
    let key = IdempotencyKey {
        hash: [1; 16],
        fingerprint: 5,
    };
    let first = fixture.create(Some(key)).await.unwrap();
    fixture.limit(PROJECT, first.record.id, 9).await.unwrap();
    let again = fixture.create(Some(key)).await.unwrap();
    assert_eq!(
        (again.record.id, again.record.rights),
        (first.record.id, rights(9))
    );
    assert!(again.plain.is_none());
    assert_eq!(fixture.list().await.len(), 1);

    let other = IdempotencyKey {
        fingerprint: 6,
        ..key
    };
    let refused = fixture.create(Some(other)).await;
    assert!(matches!(refused, Err(ActorError::KeyReused)), "{refused:?}");
}

#[actix::test]
async fn what_could_not_be_stored_is_not_published() {
    let fixture = Fixture::new();
    let token = fixture.create(None).await.unwrap().record;
    fixture.store.close().unwrap();
    let refused = fixture.limit(PROJECT, token.id, 9).await;
    assert!(matches!(refused, Err(ActorError::Storage(_))), "{refused:?}");
    assert_eq!(fixture.grant(&token).unwrap().rights, rights(8));
    // Memory is ahead of the store now: nothing more is taken until a restart.
    let refused = fixture.revoke(PROJECT, token.id).await;
    assert!(matches!(refused, Err(ActorError::Busy)), "{refused:?}");
    assert!(fixture.grant(&token).is_some());
}

#[actix::test]
async fn a_restart_brings_every_token_back_and_nothing_else() {
    let fixture = Fixture::new();
    let (token, gone) = (
        fixture.create(None).await.unwrap().record,
        fixture.create(None).await.unwrap().record,
    );
    let live = fixture.grant(&token).unwrap();
    fixture.revoke(PROJECT, gone.id).await.unwrap();
    // As if the registry had failed between the store and the directory.
    fixture
        .directory
        .tokens
        .insert(gone.hash, gone.grant(Arc::default()));

    let restarted = load(&fixture.store, &fixture.directory);
    assert!(fixture.grant(&gone).is_none());
    live.last_used.touch(START);
    let after = fixture.grant(&token).unwrap();
    assert!(
        after.last_used.get().is_some(),
        "uses under way are noted where they were"
    );
    assert!(restarted.next_id > token.id.0);
}

#[actix::test]
async fn use_is_written_in_one_batch_counted_on_after_a_restart_and_deleted_with_its_token() {
    let fixture = Fixture::new();
    let tokens = [
        fixture.create(None).await.unwrap().record,
        fixture.create(None).await.unwrap().record,
    ];
    let refuse = || {
        for token in &tokens {
            let refusal = (ReportKind::Bug, RefusalReason::Limit);
            let usage = fixture.directory.usage();
            usage.refuse_report(token.id, refusal, AddressHash(1), START.day());
        }
    };
    let records = || {
        let store: Arc<dyn Store> = Arc::<MemoryStore>::clone(&fixture.store);
        let shard = Shard::open(store, ShardId::SYSTEM).unwrap();
        let prefix = Key::new(ShardId::SYSTEM, Table::TokenUsage);
        let records = shard.load::<TokenUsage>(&prefix).unwrap();
        let counts = records.into_iter().map(|(_, record)| record.refused[0].count);
        counts.collect::<Vec<_>>()
    };
    let before = fixture.store.commits();
    refuse();
    assert_eq!(fixture.store.commits(), before, "a refusal writes nothing");
    ask(&fixture.registry, |reply| SaveLastUse { reply })
        .await
        .unwrap();
    assert_eq!(records(), [1, 1]);
    assert_eq!(fixture.store.commits(), before + 1);
    refuse();
    let again = load(&fixture.store, &fixture.directory).start();
    ask(&again, |reply| SaveLastUse { reply }).await.unwrap();
    assert_eq!(records(), [2, 2], "what was stored before is counted on");
    let (project, token) = (PROJECT, tokens[0].id);
    let revoke = |reply| RevokeProjectToken {
        project,
        token,
        reply,
    };
    ask(&again, revoke).await.unwrap();
    assert_eq!(records(), [2], "the other one's");
    refuse();
    ask(&again, |reply| SaveLastUse { reply }).await.unwrap();
    assert_eq!(records(), [3], "a token that is no more is counted nowhere");
}
