use bugle_storage::records::AccountOrigin;
use bugle_storage::{AddressHash, MemoryStore, Store};

use super::*;
use crate::{Clock, CreateUser, Directory, NewUser, ask, hash_password};
use actix::{Actor, Addr};

const EMAIL: &str = "jo@studio.example";
const PASSWORD: &str = "correct horse";
const HOME: AddressHash = AddressHash(1);
const START: Timestamp = Timestamp(1_795_292_312_000);

/// Accounts over a plain map, with one person in it.
struct Fixture {
    store: Arc<dyn Store>,
    clock: Clock,
    directory: Arc<Directory>,
    accounts: Addr<Accounts>,
}

impl Fixture {
    async fn new() -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let (clock, directory) = (Clock::manual(START), Arc::default());
        let accounts = load(&store, &clock, &directory).start();
        let new = NewUser {
            name: "Jo".into(),
            email: EMAIL.into(),
            password_hash: hash_password(PASSWORD).unwrap(),
            administrator: false,
            origin: AccountOrigin::Operator,
        };
        ask(&accounts, |reply| CreateUser { new, reply }).await.unwrap();
        Self {
            store,
            clock,
            directory,
            accounts,
        }
    }

    async fn sign_in(
        &self,
        email: &str,
        password: &str,
        address: AddressHash,
    ) -> Result<NewSession, ActorError> {
        let message = |reply| SignIn {
            email: email.into(),
            password: password.into(),
            address,
            reply,
        };
        ask(&self.accounts, message).await
    }

    async fn session(&self) -> SessionHash {
        let new = self.sign_in(EMAIL, PASSWORD, HOME).await.unwrap();
        new.value.hash()
    }

    fn user_of(&self, session: SessionHash) -> Option<UserId> {
        let found = self.directory.session(&session, self.clock.now());
        found.map(|session| session.user)
    }

    fn stored(&self) -> usize {
        let shard = Shard::open(Arc::clone(&self.store), bugle_storage::ShardId::SYSTEM).unwrap();
        shard.load::<Session>(&table(Table::Session)).unwrap().len()
    }
}

fn load(store: &Arc<dyn Store>, clock: &Clock, directory: &Arc<Directory>) -> Accounts {
    Accounts::load(Arc::clone(store), clock.clone(), Arc::clone(directory)).unwrap()
}

#[actix::test]
async fn the_right_password_begins_a_session() {
    let fixture = Fixture::new().await;
    let new = fixture
        .sign_in("Jo@Studio.Example", PASSWORD, HOME)
        .await
        .unwrap();
    assert_eq!(new.user.email, EMAIL);
    assert_eq!(new.expires_at, START.plus_seconds(SESSION_LIFE_SECONDS));
    assert_eq!(fixture.user_of(new.value.hash()), Some(new.user.id));
    assert_eq!(fixture.stored(), 1);
}

#[actix::test]
async fn a_wrong_password_and_an_unknown_address_are_told_the_same() {
    let fixture = Fixture::new().await;
    for (email, password) in [
        (EMAIL, "correct horsE"),
        (EMAIL, ""),
        ("nobody@studio.example", PASSWORD),
    ] {
        let outcome = fixture.sign_in(email, password, HOME).await;
        assert!(
            matches!(outcome, Err(ActorError::WrongPassword)),
            "{email}: {outcome:?}"
        );
    }
    assert_eq!(fixture.stored(), 0);
}

#[actix::test]
async fn a_password_that_was_changed_while_it_was_checked_begins_no_session() {
    let fixture = Fixture::new().await;
    let mut accounts = load(&fixture.store, &fixture.clock, &fixture.directory);
    let (user, present) = {
        let user = accounts.users.values().next().unwrap();
        (user.id, user.password_hash.clone())
    };
    let old = hash_password(PASSWORD).unwrap();
    assert_ne!(old, present, "each hash has a salt of its own");
    for (hash, begins) in [(old, false), (present, true)] {
        let (reply, mut answer) = Reply::parts();
        accounts.password_checked(Some((user, hash)), Some(true), reply);
        let is_signed_in = matches!(answer.try_recv(), Ok(Ok(_)));
        assert_eq!(is_signed_in, begins);
    }
}

#[actix::test]
async fn after_ten_failures_even_the_right_password_waits() {
    let fixture = Fixture::new().await;
    for _ in 0..10 {
        let outcome = fixture.sign_in(EMAIL, "guess", HOME).await;
        assert!(matches!(outcome, Err(ActorError::WrongPassword)), "{outcome:?}");
    }
    let outcome = fixture.sign_in(EMAIL, PASSWORD, HOME).await;
    assert!(
        matches!(outcome, Err(ActorError::TooManyAttempts { retry_after: 900 })),
        "{outcome:?}"
    );
    fixture.clock.set(START.plus_seconds(900));
    assert!(fixture.sign_in(EMAIL, PASSWORD, HOME).await.is_ok());
}

#[actix::test]
async fn signing_out_ends_the_one_session() {
    let fixture = Fixture::new().await;
    let (ended, other) = (fixture.session().await, fixture.session().await);
    for _ in 0..2 {
        let message = |reply| SignOut {
            session: ended,
            reply,
        };
        ask(&fixture.accounts, message).await.unwrap();
        assert_eq!(fixture.user_of(ended), None);
        assert!(fixture.user_of(other).is_some());
        assert_eq!(fixture.stored(), 1);
    }
}

#[actix::test]
async fn a_session_ends_by_itself_and_is_removed() {
    let fixture = Fixture::new().await;
    let session = fixture.session().await;
    let end = START.plus_seconds(SESSION_LIFE_SECONDS);
    fixture.clock.set(Timestamp(end.0 - 1));
    assert!(fixture.user_of(session).is_some());
    fixture.clock.set(end);
    assert_eq!(fixture.user_of(session), None, "over, though still there");

    let mut accounts = load(&fixture.store, &fixture.clock, &fixture.directory);
    accounts.purge_sessions(Timestamp(end.0 - 1));
    assert_eq!(fixture.stored(), 1);
    accounts.purge_sessions(end);
    assert_eq!((fixture.stored(), fixture.directory.sessions.len()), (0, 0));
}

#[actix::test]
async fn sessions_outlive_a_restart() {
    let fixture = Fixture::new().await;
    let session = fixture.session().await;
    let directory = Arc::default();
    drop(load(&fixture.store, &fixture.clock, &directory));
    assert!(directory.session(&session, START).is_some());
}

#[actix::test]
async fn nothing_secret_is_stored_or_shown() {
    let fixture = Fixture::new().await;
    let new = fixture.sign_in(EMAIL, PASSWORD, HOME).await.unwrap();
    assert!(!format!("{new:?}").contains(new.value.reveal()));
    let mut found = false;
    let visit = &mut |key: &[u8], value: &[u8]| {
        let whole = [key, value].concat();
        let value = new.value.reveal().as_bytes();
        found |= whole.windows(value.len()).any(|part| part == value);
        std::ops::ControlFlow::Continue(())
    };
    fixture.store.scan(&[], visit).unwrap();
    assert!(!found, "the value itself is stored");
}
