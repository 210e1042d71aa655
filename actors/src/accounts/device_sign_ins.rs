//! Games that ask somebody to sign in on a page in their browser (protocol 7).
//!
//! All of it is in memory: a sign-in lasts ten minutes, and one that a restart forgets is begun anew.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use actix::{Context, Handler, Message};
use bugle_storage::{AddressHash, Timestamp, UserId};

use super::Accounts;
use super::throttle::Throttle;
use crate::{ActorError, Reply, UserEntry};

/// How long a device may wait for its sign-in to be decided and taken up, in seconds: ten minutes.
pub const DEVICE_SIGN_IN_LIFE_SECONDS: i64 = 10 * 60;
/// How long its id is known, so that it cannot be used again, in seconds.
const KNOWN_SECONDS: i64 = 2 * DEVICE_SIGN_IN_LIFE_SECONDS;
/// Sign-ins known at the most, each some 300 bytes. Beyond it new ones are refused, and those that are begun go on.
const KNOWN_MAX: usize = 10_000;
/// Sign-ins that one address may begin in ten minutes: those of everybody behind one router.
const BEGUN_MAX: u32 = 20;

/// The UUID that a device made for its sign-in. Whoever knows it may take the sign-in up, so `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceSignInId([u8; 16]);

impl DeviceSignInId {
    /// Reads a UUID: 32 hexadecimal digits in five groups.
    pub fn parse(text: &str) -> Option<Self> {
        let groups = text.split('-').map(str::len);
        if !groups.eq([8, 4, 4, 4, 12]) || !text.is_ascii() {
            return None;
        }
        let mut digits = text.chars().filter(|character| *character != '-');
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            let (high, low) = (digits.next()?.to_digit(16)?, digits.next()?.to_digit(16)?);
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(Self(bytes))
    }

    /// Its bytes, to sign them.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for DeviceSignInId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DeviceSignInId(..)")
    }
}

/// Begins a sign-in. `Invalid` when the id came before, `TooManyRequests` when the address has begun too many.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct BeginDeviceSignIn {
    /// What the device calls it.
    pub id: DeviceSignInId,
    /// What the game calls itself; nobody has shown that it is that.
    pub game: Option<String>,
    /// Where it comes from.
    pub address: AddressHash,
    /// Where the answer goes.
    pub reply: Reply<()>,
}

/// Asks how a sign-in stands, and takes it up when it was approved: that is answered once. `NotFound` when there is none.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct PollDeviceSignIn {
    /// Which.
    pub id: DeviceSignInId,
    /// Where the answer goes.
    pub reply: Reply<DeviceSignInState>,
}

/// How a sign-in stands, as its device is told.
#[derive(Debug, Clone)]
pub enum DeviceSignInState {
    /// Nobody has decided.
    Pending,
    /// Somebody approved it: who.
    Approved(Arc<UserEntry>),
    /// Somebody refused it.
    Refused,
    /// Its ten minutes are over, or it was taken up.
    Expired,
}

/// Asks what is to be decided: what the game calls itself. `NotFound` when there is nothing to decide, or not any more.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ShowDeviceSignIn {
    /// Which.
    pub id: DeviceSignInId,
    /// Where the answer goes.
    pub reply: Reply<Option<String>>,
}

/// Decides about a sign-in. `NotFound` when there is nothing to decide, or not any more.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct DecideDeviceSignIn {
    /// Which.
    pub id: DeviceSignInId,
    /// Who decides.
    pub user: UserId,
    /// Whether the game may send reports in their name.
    pub approve: bool,
    /// Where the answer goes.
    pub reply: Reply<()>,
}

/// The sign-ins of late. Plain values in, plain values out: the caller brings the time.
#[derive(Debug)]
pub(super) struct DeviceSignIns {
    known: HashMap<DeviceSignInId, DeviceSignIn>,
    /// In the order they began.
    order: VecDeque<(Timestamp, DeviceSignInId)>,
    begun: Throttle<AddressHash>,
}

#[derive(Debug)]
struct DeviceSignIn {
    begun_at: Timestamp,
    game: Option<String>,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Pending,
    Approved(UserId),
    Refused,
    TakenUp,
}

impl Default for DeviceSignIns {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            order: VecDeque::new(),
            begun: Throttle::new(BEGUN_MAX, DEVICE_SIGN_IN_LIFE_SECONDS),
        }
    }
}

impl DeviceSignIns {
    fn begin(
        &mut self,
        id: DeviceSignInId,
        game: Option<String>,
        address: AddressHash,
        now: Timestamp,
    ) -> Result<(), ActorError> {
        self.forget(now);
        if let Some(retry_after) = self.begun.wait(address, now) {
            return Err(ActorError::TooManyRequests { retry_after });
        }
        self.begun.count(address, now);
        if self.known.contains_key(&id) {
            return Err(ActorError::Invalid {
                field: "request_id",
                problem: "has already been used",
            });
        }
        if self.known.len() >= KNOWN_MAX {
            return Err(ActorError::Busy);
        }
        let begun = DeviceSignIn {
            begun_at: now,
            game,
            stage: Stage::Pending,
        };
        self.known.insert(id, begun);
        self.order.push_back((now, id));
        Ok(())
    }

    /// How a sign-in stands; `Stage::Approved` once, and then it is taken up.
    fn poll(&mut self, id: DeviceSignInId, now: Timestamp) -> Result<Stage, ActorError> {
        let found = self.known.get_mut(&id).ok_or(ActorError::NotFound)?;
        if found.is_over(now) {
            return Ok(Stage::TakenUp);
        }
        let stage = found.stage;
        if matches!(stage, Stage::Approved(_)) {
            found.stage = Stage::TakenUp;
        }
        Ok(stage)
    }

    fn undecided(&mut self, id: DeviceSignInId, now: Timestamp) -> Result<&mut DeviceSignIn, ActorError> {
        let found = self.known.get_mut(&id);
        let found = found.filter(|found| found.stage == Stage::Pending && !found.is_over(now));
        found.ok_or(ActorError::NotFound)
    }

    fn decide(
        &mut self,
        id: DeviceSignInId,
        user: UserId,
        approve: bool,
        now: Timestamp,
    ) -> Result<(), ActorError> {
        let undecided = self.undecided(id, now)?;
        undecided.stage = if approve {
            Stage::Approved(user)
        } else {
            Stage::Refused
        };
        Ok(())
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((begun_at, id)) = self.order.front().copied()
            && begun_at.plus_seconds(KNOWN_SECONDS) <= now
        {
            self.order.pop_front();
            self.known.remove(&id);
        }
    }
}

impl DeviceSignIn {
    fn is_over(&self, now: Timestamp) -> bool {
        self.begun_at.plus_seconds(DEVICE_SIGN_IN_LIFE_SECONDS) <= now
    }
}

impl Handler<BeginDeviceSignIn> for Accounts {
    type Result = ();

    fn handle(&mut self, message: BeginDeviceSignIn, _: &mut Context<Self>) {
        let BeginDeviceSignIn {
            id,
            game,
            address,
            reply,
        } = message;
        reply.send(self.device_sign_ins.begin(id, game, address, self.clock.now()));
    }
}

impl Handler<PollDeviceSignIn> for Accounts {
    type Result = ();

    fn handle(&mut self, message: PollDeviceSignIn, _: &mut Context<Self>) {
        let stage = self.device_sign_ins.poll(message.id, self.clock.now());
        message.reply.send(stage.map(|stage| {
            match stage {
                Stage::Pending => DeviceSignInState::Pending,
                Stage::Refused => DeviceSignInState::Refused,
                Stage::TakenUp => DeviceSignInState::Expired,
                // Whoever approved it may be gone since.
                Stage::Approved(user) => self
                    .directory
                    .user(user)
                    .map_or(DeviceSignInState::Refused, DeviceSignInState::Approved),
            }
        }));
    }
}

impl Handler<ShowDeviceSignIn> for Accounts {
    type Result = ();

    fn handle(&mut self, message: ShowDeviceSignIn, _: &mut Context<Self>) {
        let undecided = self.device_sign_ins.undecided(message.id, self.clock.now());
        message
            .reply
            .send(undecided.map(|undecided| undecided.game.clone()));
    }
}

impl Handler<DecideDeviceSignIn> for Accounts {
    type Result = ();

    fn handle(&mut self, message: DecideDeviceSignIn, _: &mut Context<Self>) {
        let DecideDeviceSignIn {
            id,
            user,
            approve,
            reply,
        } = message;
        reply.send(self.device_sign_ins.decide(id, user, approve, self.clock.now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(0);
    const ADA: UserId = UserId(7);

    fn id(number: u64) -> DeviceSignInId {
        DeviceSignInId::parse(&format!("7c9e6679-7425-40de-944b-{number:012x}")).unwrap()
    }

    fn begun() -> DeviceSignIns {
        let mut sign_ins = DeviceSignIns::default();
        sign_ins.begin(id(1), None, AddressHash(1), NOW).unwrap();
        sign_ins
    }

    #[test]
    fn an_id_is_a_uuid_in_either_case() {
        let upper = DeviceSignInId::parse("7C9E6679-7425-40DE-944B-00000000000A");
        assert_eq!(upper, Some(id(10)));
        for bad in [
            "",
            "7c9e6679742540de944be07fc1f90ae7",
            "7c9e6679-7425-40de-944b-e07fc1f90ag7",
            "7c9e6679-7425-40de-944b-e07fc1f90ae",
            "7c9e6679-7425-40de-944-be07fc1f90ae7",
            "7c9e6679-7425-40de-944b-+07fc1f90ae7",
            "{7c9e6679-7425-40de-944b-e07fc1f90ae}",
        ] {
            assert_eq!(DeviceSignInId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_approval_is_answered_once() {
        let mut sign_ins = begun();
        assert_eq!(sign_ins.poll(id(1), NOW).unwrap(), Stage::Pending);
        sign_ins.decide(id(1), ADA, true, NOW).unwrap();
        assert_eq!(sign_ins.poll(id(1), NOW).unwrap(), Stage::Approved(ADA));
        assert_eq!(sign_ins.poll(id(1), NOW).unwrap(), Stage::TakenUp);
        let again = sign_ins.decide(id(1), ADA, true, NOW);
        assert!(matches!(again, Err(ActorError::NotFound)));
    }

    #[test]
    fn a_refusal_stays_one() {
        let mut sign_ins = begun();
        sign_ins.decide(id(1), ADA, false, NOW).unwrap();
        assert!(sign_ins.decide(id(1), ADA, true, NOW).is_err());
        assert_eq!(sign_ins.poll(id(1), NOW).unwrap(), Stage::Refused);
    }

    #[test]
    fn after_ten_minutes_it_is_over_and_later_it_is_forgotten() {
        let mut sign_ins = begun();
        let end = NOW.plus_seconds(DEVICE_SIGN_IN_LIFE_SECONDS);
        sign_ins.decide(id(1), ADA, true, Timestamp(end.0 - 1)).unwrap();
        assert_eq!(sign_ins.poll(id(1), end).unwrap(), Stage::TakenUp);
        assert!(
            sign_ins.begin(id(1), None, AddressHash(2), end).is_err(),
            "used again"
        );
        let later = NOW.plus_seconds(KNOWN_SECONDS);
        sign_ins.begin(id(2), None, AddressHash(2), later).unwrap();
        assert!(matches!(sign_ins.poll(id(1), later), Err(ActorError::NotFound)));
    }

    #[test]
    fn an_address_begins_twenty_in_ten_minutes_and_memory_is_bounded() {
        let mut sign_ins = DeviceSignIns::default();
        for number in 0..u64::from(BEGUN_MAX) {
            sign_ins.begin(id(number), None, AddressHash(1), NOW).unwrap();
        }
        let refused = sign_ins.begin(id(99), None, AddressHash(1), NOW);
        assert!(matches!(
            refused,
            Err(ActorError::TooManyRequests { retry_after: 600 })
        ));
        for number in u64::from(BEGUN_MAX)..KNOWN_MAX as u64 {
            sign_ins
                .begin(id(number), None, AddressHash(1000 + number), NOW)
                .unwrap();
        }
        let full = sign_ins.begin(id(99_999), None, AddressHash(2), NOW);
        assert!(matches!(full, Err(ActorError::Busy)));
        assert_eq!(sign_ins.poll(id(0), NOW).unwrap(), Stage::Pending);
    }
}
