use bugle_storage::Timestamp;
use bugle_storage::records::{Reporter, VouchedPlayer};

use super::rules::{apply, without_unvouched_contact};
use super::*;
use crate::project::examples::{new_issue, submission};
use crate::project::issues::build_issue;

const BORN: Timestamp = Timestamp(1_000);
const NOW: Timestamp = Timestamp(2_000);
const LATER: Timestamp = Timestamp(3_000);
const NEXT_NUMBER: u32 = 12;

fn draft() -> Issue {
    let new = super::super::NewIssue {
        draft: true,
        ..new_issue("Falls through the floor")
    };
    build_issue(RecordId(5), ReportKind::Bug, new, &submission(), BORN)
}

fn published() -> Issue {
    changed(draft(), publish(None), BORN)
}

fn publish(email_my_report: Option<bool>) -> IssueChange {
    IssueChange::Publish { email_my_report }
}

fn patch(patch: IssuePatch) -> IssueChange {
    IssueChange::Patch(Box::new(patch))
}

fn status(status: IssueStatus) -> IssueChange {
    patch(IssuePatch {
        status: Some(status),
        ..IssuePatch::default()
    })
}

fn contact(email: Option<&str>, discord_id: Option<&str>) -> IssueChange {
    IssueChange::SetContact {
        email: email.map(str::to_owned),
        discord_id: discord_id.map(str::to_owned),
    }
}

fn changed(mut issue: Issue, change: IssueChange, now: Timestamp) -> Issue {
    apply(&mut issue, ReportKind::Bug, change, NEXT_NUMBER, now);
    issue
}

#[test]
fn publishing_gives_a_draft_its_number_and_opens_it() {
    let issue = changed(draft(), publish(Some(true)), NOW);
    assert_eq!(issue.number, Some(NEXT_NUMBER));
    assert_eq!((issue.status, issue.published_at), (IssueStatus::Open, Some(NOW)));
    assert!(issue.email_my_report);
}

#[test]
fn publishing_again_changes_the_wish_for_mail_alone() {
    let resolved = changed(published(), status(IssueStatus::Resolved), NOW);
    let mut again = resolved.clone();
    apply(&mut again, ReportKind::Bug, publish(None), 99, LATER);
    assert_eq!(again, resolved);
    apply(&mut again, ReportKind::Bug, publish(Some(true)), 99, LATER);
    assert_eq!(
        again,
        Issue {
            email_my_report: true,
            ..resolved
        }
    );
}

#[test]
fn a_patch_sets_what_it_names_and_nothing_else() {
    let before = published();
    assert_eq!(changed(before.clone(), patch(IssuePatch::default()), NOW), before);
    let named = IssuePatch {
        title: Some("Other".into()),
        priority: Some(Priority::High),
        assigned_to: Some(Some(UserId(3))),
        ..IssuePatch::default()
    };
    let after = changed(before.clone(), patch(named), NOW);
    let expected = Issue {
        title: "Other".into(),
        priority: Priority::High,
        assigned_to: Some(UserId(3)),
        ..before
    };
    assert_eq!(after, expected);
    let nobody = IssuePatch {
        assigned_to: Some(None),
        ..IssuePatch::default()
    };
    assert_eq!(changed(after, patch(nobody), NOW).assigned_to, None);
}

#[test]
fn a_drafts_status_is_not_for_patches() {
    let issue = changed(draft(), status(IssueStatus::Resolved), NOW);
    assert_eq!(issue, draft());
    assert_eq!(changed(issue, publish(None), NOW).status, IssueStatus::Open);
}

#[test]
fn an_issue_is_resolved_when_it_is_first_settled_and_until_it_is_opened_again() {
    let resolved = changed(published(), status(IssueStatus::Resolved), NOW);
    assert_eq!(resolved.resolved_at, Some(NOW));
    let closed = changed(resolved, status(IssueStatus::Closed), LATER);
    assert_eq!(
        (closed.status, closed.resolved_at),
        (IssueStatus::Closed, Some(NOW))
    );
    let opened = changed(closed, status(IssueStatus::Open), LATER);
    assert_eq!(opened.resolved_at, None);
    let closed = changed(opened, status(IssueStatus::Closed), LATER);
    assert_eq!(closed.resolved_at, Some(LATER));
}

#[test]
fn an_address_is_replaced_and_never_taken_away() {
    let issue = changed(draft(), contact(Some("a@b.example"), None), NOW);
    assert_eq!(issue.contact_email.as_deref(), Some("a@b.example"));
    let issue = changed(issue, contact(None, None), NOW);
    assert_eq!(issue.contact_email.as_deref(), Some("a@b.example"));
    let issue = changed(issue, contact(Some("c@d.example"), None), NOW);
    assert_eq!(issue.contact_email.as_deref(), Some("c@d.example"));
}

#[test]
fn whoever_sent_it_puts_no_address_before_the_one_that_is_vouched_for() {
    let by = |email: Option<&str>| Issue {
        reporter: Reporter::Vouched(Box::new(VouchedPlayer {
            email: email.map(str::to_owned),
            ..VouchedPlayer::default()
        })),
        ..draft()
    };
    let said = |issue: Issue| {
        let change = without_unvouched_contact(&issue, contact(Some("c@d.example"), None));
        changed(issue, change, NOW).contact_email
    };
    assert_eq!(said(by(Some("a@b.example"))), None);
    let other = Some("c@d.example".to_owned());
    assert_eq!(said(by(None)), other, "no address is vouched for");
    assert_eq!(said(draft()), other, "nobody is");
}

#[test]
fn a_discord_id_names_only_a_reporter_who_has_no_name() {
    let issue = changed(draft(), contact(None, Some("1")), NOW);
    assert_eq!(issue.reporter, Reporter::Discord("1".into()));
    let known = Issue {
        reporter: Reporter::User(UserId(3)),
        ..draft()
    };
    assert_eq!(changed(known.clone(), contact(None, Some("1")), NOW), known);
}

#[test]
fn a_text_is_not_written_over_one_that_nobody_saw() {
    let issue = published();
    let seen = TextVersions::of(&issue);
    let wanted = IssuePatch {
        title: Some("Falls through the ceiling".to_owned()),
        written_over: Some(seen),
        ..IssuePatch::default()
    };
    assert!(!wanted.is_overtaken(&issue), "nobody else has changed it");
    let retitled = |title: &str| Issue {
        title: title.to_owned(),
        ..issue.clone()
    };
    assert!(wanted.is_overtaken(&retitled("Sinks into the floor")));
    assert!(
        !wanted.is_overtaken(&retitled("Falls through the ceiling")),
        "the same was meant"
    );
    let described = Issue {
        description: "Another text".to_owned(),
        ..issue.clone()
    };
    assert!(!wanted.is_overtaken(&described), "another text is not set");
    let whatever = IssuePatch {
        written_over: None,
        ..wanted
    };
    assert!(!whatever.is_overtaken(&retitled("Sinks into the floor")));
}
