use bugle_storage::records::Role;

use super::*;

const NOW: Timestamp = Timestamp(0);
const HERE: AddressHash = AddressHash(1);
const PROJECT: ProjectId = ProjectId(5);

fn hash(number: u8) -> InvitationHash {
    InvitationHash([number; 32])
}

fn invitation(number: u8) -> Invitation {
    Invitation {
        project: PROJECT,
        number: u32::from(number),
        secret_hash: [number; 32],
        role: Role::Tester,
        created_by: UserId(1),
        created_at: NOW,
        expires_at: NOW.plus_seconds(INVITATION_LIFE_SECONDS),
        fate: InvitationFate::Open,
    }
}

fn with(known: impl IntoIterator<Item = Invitation>) -> Invitations {
    let mut invitations = Invitations::default();
    for invitation in known {
        invitations.set(invitation);
    }
    invitations
}

#[track_caller]
fn problem(outcome: Result<Invitation, ActorError>) -> &'static str {
    match outcome {
        Err(ActorError::Invalid { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_link_is_open_for_seven_days() {
    let mut invitations = with([invitation(1)]);
    let end = NOW.plus_seconds(INVITATION_LIFE_SECONDS);
    let just_before = Timestamp(end.0 - 1);
    assert!(invitations.open(Some(hash(1)), HERE, just_before).is_ok());
    let expired = invitations.open(Some(hash(1)), HERE, end);
    assert_eq!(problem(expired), "has expired");
}

#[test]
fn a_link_that_was_used_or_withdrawn_says_so_also_when_it_has_expired() {
    let used = accepted(&invitation(1), UserId(9), NOW);
    let withdrawn = Invitation {
        fate: InvitationFate::Withdrawn { at: NOW },
        ..invitation(2)
    };
    let mut invitations = with([used, withdrawn]);
    for now in [NOW, NOW.plus_seconds(2 * INVITATION_LIFE_SECONDS)] {
        let used = invitations.open(Some(hash(1)), HERE, now);
        assert_eq!(problem(used), "has already been used");
        let withdrawn = invitations.open(Some(hash(2)), HERE, now);
        assert_eq!(problem(withdrawn), "was withdrawn");
    }
}

#[test]
fn whoever_guesses_is_stopped_and_nobody_else() {
    let mut invitations = with([invitation(1)]);
    for number in 0..TRIES_MAX {
        let guess = (number > 3).then(|| hash(200));
        let missed = invitations.find(guess, HERE, NOW);
        assert!(matches!(missed, Err(ActorError::NotFound)), "{number}");
    }
    let stopped = invitations.find(Some(hash(1)), HERE, NOW);
    assert!(matches!(
        stopped,
        Err(ActorError::TooManyRequests {
            retry_after: WINDOW_SECONDS
        })
    ));
    assert!(invitations.find(Some(hash(1)), AddressHash(2), NOW).is_ok());
    let later = NOW.plus_seconds(WINDOW_SECONDS);
    assert!(invitations.find(Some(hash(1)), HERE, later).is_ok());
}

#[test]
fn an_address_makes_twenty_accounts_in_ten_minutes() {
    let mut invitations = Invitations::default();
    for _ in 0..TRIES_MAX {
        invitations.count_join(HERE, NOW).unwrap();
    }
    assert!(invitations.count_join(HERE, NOW).is_err());
    assert!(invitations.count_join(AddressHash(2), NOW).is_ok());
}

#[test]
fn a_project_has_a_hundred_open_links_and_those_that_are_over_do_not_count() {
    let mut invitations = with((0..100).map(invitation));
    assert!(invitations.check_room(PROJECT, NOW).is_err());
    assert!(invitations.check_room(ProjectId(6), NOW).is_ok());
    invitations.set(accepted(&invitation(3), UserId(9), NOW));
    assert!(invitations.check_room(PROJECT, NOW).is_ok());
}

#[test]
fn what_is_long_over_is_forgotten() {
    let mut invitations = with([invitation(1)]);
    let end = NOW.plus_seconds(INVITATION_LIFE_SECONDS + REMEMBERED_SECONDS);
    assert!(invitations.long_over(Timestamp(end.0 - 1)).is_empty());
    let over = invitations.long_over(end);
    assert_eq!(over, [(PROJECT, 1)]);
    invitations.forget((PROJECT, 1));
    let gone = invitations.find(Some(hash(1)), HERE, end);
    assert!(matches!(gone, Err(ActorError::NotFound)));
}
