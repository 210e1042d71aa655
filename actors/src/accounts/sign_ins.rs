//! Attempts to sign in: how many there may be, and where their passwords are checked.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use bugle_storage::{AddressHash, Timestamp};
use tokio::sync::Semaphore;

use super::password::{check_password, hash_password};
use super::throttle::Throttle;
use crate::ActorError;

/// Failures in a window that one account may have from one address. Whoever guesses at an account from elsewhere
/// spends another count than its owner does.
const FAILURES_MAX: u32 = 10;
/// Failures that one address may have, whatever the accounts: those of everybody behind one router.
const ADDRESS_FAILURES_MAX: u32 = 50;
/// Failures that one account may have, wherever they come from. It takes thirty addresses to spend them, and leaves
/// thirty times the guesses to whoever has that many.
const ACCOUNT_FAILURES_MAX: u32 = 300;
/// A quarter of an hour. To make a [`Throttle`] forget a failure before, somebody would have to add 100,000 others,
/// from 2000 addresses.
const WINDOW_SECONDS: i64 = 15 * 60;
/// Passwords checked at once. Each takes a core for some 20 ms and 19 MiB, both on purpose.
const CHECKS_MAX: usize = 2;
/// Attempts under way at the most: what two at once get done before whoever asked gives up.
const UNDER_WAY_MAX: usize = 64;

/// The attempts that are under way, and those that failed of late.
pub(super) struct SignIns {
    failures: Failures,
    accounts: RandomState,
    places: Arc<Semaphore>,
    under_way: usize,
}

/// What failed of late, counted three ways. The narrow count stops whoever guesses; the wide ones bound what many
/// addresses, or many accounts, come to together.
struct Failures {
    pairs: Throttle<Attempt>,
    addresses: Throttle<AddressHash>,
    accounts: Throttle<AccountHash>,
}

/// An e-mail address, whether anybody has an account with it or not: both count the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct AccountHash(u64);

/// Whose failure it is when it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Attempt {
    address: AddressHash,
    account: AccountHash,
}

impl Default for Failures {
    fn default() -> Self {
        Self {
            pairs: Throttle::new(FAILURES_MAX, WINDOW_SECONDS),
            addresses: Throttle::new(ADDRESS_FAILURES_MAX, WINDOW_SECONDS),
            accounts: Throttle::new(ACCOUNT_FAILURES_MAX, WINDOW_SECONDS),
        }
    }
}

impl Failures {
    /// Whole seconds until the attempt is welcome; `None` when it is now.
    fn wait(&self, attempt: Attempt, now: Timestamp) -> Option<i64> {
        let waits = [
            self.pairs.wait(attempt, now),
            self.addresses.wait(attempt.address, now),
            self.accounts.wait(attempt.account, now),
        ];
        waits.into_iter().flatten().max()
    }

    fn count(&mut self, attempt: Attempt, now: Timestamp) {
        self.pairs.count(attempt, now);
        self.addresses.count(attempt.address, now);
        self.accounts.count(attempt.account, now);
    }

    fn refund(&mut self, attempt: Attempt) {
        self.pairs.refund(attempt);
        self.addresses.refund(attempt.address);
        self.accounts.refund(attempt.account);
    }
}

impl Default for SignIns {
    fn default() -> Self {
        Self {
            failures: Failures::default(),
            accounts: RandomState::new(),
            places: Arc::new(Semaphore::new(CHECKS_MAX)),
            under_way: 0,
        }
    }
}

impl SignIns {
    /// Begins an attempt, or refuses it. It counts as failed until [`SignIns::end`] says otherwise, so that many
    /// at once are no more than many one after the other.
    pub(super) fn begin(
        &mut self,
        address: AddressHash,
        email: &str,
        now: Timestamp,
    ) -> Result<Attempt, ActorError> {
        let account = AccountHash(self.accounts.hash_one(email));
        let attempt = Attempt { address, account };
        if let Some(retry_after) = self.failures.wait(attempt, now) {
            return Err(ActorError::TooManyAttempts { retry_after });
        }
        if self.under_way >= UNDER_WAY_MAX {
            return Err(ActorError::Busy);
        }
        self.under_way += 1;
        self.failures.count(attempt, now);
        Ok(attempt)
    }

    /// Checks a password on a thread that may block. `hash` is that of the account, if there is one. `None` when
    /// it could not be checked.
    pub(super) fn check(
        &self,
        password: String,
        hash: Option<String>,
    ) -> impl Future<Output = Option<bool>> + use<> {
        self.in_place(move || check_password(&password, hash.as_deref()))
    }

    /// Checks a password and, when it fits, hashes the one that takes its place; where none does, the hash stays.
    /// `Some(None)` when it does not fit, `None` when either could not be done.
    pub(super) fn replace(
        &self,
        current: String,
        hash: String,
        new: Option<String>,
    ) -> impl Future<Output = Option<Option<String>>> + use<> {
        let replaced = self.in_place(move || {
            if !check_password(&current, Some(&hash)) {
                return Some(None);
            }
            match new {
                Some(new) => hash_password(&new).map(Some),
                None => Some(Some(hash)),
            }
        });
        async { replaced.await.flatten() }
    }

    /// Hashes a password on a thread that may block. `None` when that could not be done.
    pub(super) fn hash(&self, password: String) -> impl Future<Output = Option<String>> + use<> {
        let hashed = self.in_place(move || hash_password(&password));
        async { hashed.await.flatten() }
    }

    /// Does slow work on a thread that may block, as soon as there is a place for it.
    fn in_place<T: Send + 'static, W: FnOnce() -> T + Send + 'static>(
        &self,
        work: W,
    ) -> impl Future<Output = Option<T>> + use<T, W> {
        let places = Arc::clone(&self.places);
        async move {
            let place = places.acquire_owned().await.ok()?;
            let work = move || {
                let _place = place;
                work()
            };
            tokio::task::spawn_blocking(work).await.ok()
        }
    }

    /// Ends an attempt; `failed` says whether the password was wrong.
    pub(super) fn end(&mut self, attempt: Attempt, failed: bool) {
        self.under_way = self.under_way.saturating_sub(1);
        if !failed {
            self.failures.refund(attempt);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(0);

    fn is_refused(outcome: &Result<Attempt, ActorError>) -> bool {
        matches!(
            outcome,
            Err(ActorError::TooManyAttempts {
                retry_after: WINDOW_SECONDS
            })
        )
    }

    /// So many failures at the account from the address, all of them let through to the password check.
    fn fail(sign_ins: &mut SignIns, address: u64, account: &str, failures: u32) {
        for number in 0..failures {
            let attempt = sign_ins.begin(AddressHash(address), account, NOW);
            let attempt = attempt.unwrap_or_else(|error| panic!("failure {number} at {account}: {error}"));
            sign_ins.end(attempt, true);
        }
    }

    #[test]
    fn an_account_has_ten_failures_from_an_address_and_none_of_them_counts_elsewhere() {
        let mut sign_ins = SignIns::default();
        fail(&mut sign_ins, 1, "owner", FAILURES_MAX);
        assert!(is_refused(&sign_ins.begin(AddressHash(1), "owner", NOW)));
        assert!(sign_ins.begin(AddressHash(2), "owner", NOW).is_ok(), "the owner");
        assert!(
            sign_ins.begin(AddressHash(1), "other", NOW).is_ok(),
            "their neighbour"
        );
    }

    #[test]
    fn an_address_has_fifty_failures_whatever_the_accounts() {
        let mut sign_ins = SignIns::default();
        for account in 0..ADDRESS_FAILURES_MAX {
            fail(&mut sign_ins, 1, &account.to_string(), 1);
        }
        assert!(is_refused(&sign_ins.begin(AddressHash(1), "new", NOW)));
        assert!(sign_ins.begin(AddressHash(2), "new", NOW).is_ok());
    }

    #[test]
    fn an_account_has_three_hundred_failures_wherever_they_come_from() {
        let mut sign_ins = SignIns::default();
        for address in 0..u64::from(ACCOUNT_FAILURES_MAX / FAILURES_MAX) {
            fail(&mut sign_ins, address, "a", FAILURES_MAX);
        }
        assert!(is_refused(&sign_ins.begin(AddressHash(99), "a", NOW)));
        assert!(sign_ins.begin(AddressHash(99), "b", NOW).is_ok());
    }

    #[test]
    fn attempts_at_once_count_as_attempts_in_turn() {
        let mut sign_ins = SignIns::default();
        for _ in 0..FAILURES_MAX {
            sign_ins.begin(AddressHash(1), "a", NOW).unwrap();
        }
        assert!(is_refused(&sign_ins.begin(AddressHash(1), "a", NOW)));
    }

    #[test]
    fn signing_in_costs_nothing() {
        let mut sign_ins = SignIns::default();
        for _ in 0..2 * ACCOUNT_FAILURES_MAX {
            let attempt = sign_ins.begin(AddressHash(1), "a", NOW).unwrap();
            sign_ins.end(attempt, false);
        }
    }

    #[test]
    fn no_more_wait_than_can_be_answered() {
        let mut sign_ins = SignIns::default();
        let mut begin = |number: usize| {
            let address = AddressHash(u64::try_from(number).unwrap());
            sign_ins.begin(address, &number.to_string(), NOW)
        };
        let attempts: Result<Vec<_>, _> = (0..UNDER_WAY_MAX).map(&mut begin).collect();
        assert!(matches!(begin(UNDER_WAY_MAX), Err(ActorError::Busy)));
        sign_ins.end(attempts.unwrap()[0], true);
        assert!(sign_ins.begin(AddressHash(500), "later", NOW).is_ok());
    }
}
