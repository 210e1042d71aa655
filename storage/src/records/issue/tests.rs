use super::*;

#[test]
fn every_value_is_found_by_its_name() {
    for status in IssueStatus::ALL {
        assert_eq!(IssueStatus::from_name(status.name()), Some(*status));
    }
    assert_eq!(
        IssueStatus::from_name("new"),
        None,
        "aliases are the wire's business"
    );
}

#[test]
fn a_submitter_is_found_by_its_bytes() {
    for submitter in [
        Submitter::ProjectToken(TokenId(7)),
        Submitter::PersonalToken(TokenId(u64::MAX)),
        Submitter::User(UserId(0)),
        Submitter::Anonymous,
    ] {
        assert_eq!(Submitter::from_bytes(&submitter.to_bytes()), Some(submitter));
    }
    assert_eq!(Submitter::from_bytes(&[9; 9]), None);
    assert_eq!(Submitter::from_bytes(&[1; 4]), None);
}
