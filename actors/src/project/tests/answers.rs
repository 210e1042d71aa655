//! What is answered, first and again.

use super::*;

#[actix::test]
async fn a_first_answer_is_given_again_whatever_became_of_the_issue() {
    let mut fixture = Fixture::new().await;
    for (key, new) in [(1, draft("A draft")), (2, new_issue("An issue"))] {
        let first = fixture.submit(new.clone(), game(Some(key))).await;
        fixture
            .change(&first.issue, retitle("Renamed"), member())
            .await
            .unwrap();
        fixture
            .change(&first.issue, publish(), holder(None))
            .await
            .unwrap();
        fixture
            .change(&first.issue, attach(9), holder(None))
            .await
            .unwrap();
        fixture = fixture.restart().await;
        let again = fixture.submit(new, game(Some(key))).await;
        assert!(again.replayed && again.quota.is_none());
        assert_eq!(again.issue, first.issue);
    }
    assert_eq!(fixture.list().await.len(), 2);
}

#[actix::test]
async fn a_file_is_answered_again_under_the_name_it_first_had() {
    let fixture = Fixture::new().await;
    let issue = fixture.submit(new_issue("With files"), game(None)).await.issue;
    let first = fixture.change(&issue, attach(1), holder(Some(1))).await.unwrap();
    let renamed = NewAttachment {
        filename: "other.log".into(),
        ..file(1)
    };
    let retry = IssueChange::Attach {
        file: Box::new(renamed),
        size_max: u64::MAX,
        joined: None,
    };
    let again = fixture.change(&issue, retry, holder(Some(1))).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.attachment, first.attachment);
    let other = fixture.change(&issue, publish(), holder(Some(1))).await;
    assert!(matches!(other, Err(ActorError::KeyReused)), "{other:?}");
}

/// The game with a limit of one report a day.
fn limited(key: u8) -> Submission {
    let mut grant = Arc::into_inner(grant()).unwrap();
    grant.rights.bug_reports.per_day = 1;
    Submission {
        grant: Some(Arc::new(grant)),
        ..game(Some(key))
    }
}

#[actix::test]
async fn a_report_whose_files_were_left_out_is_never_stored_anew() {
    let fixture = Fixture::new().await;
    let without_files = async |key| {
        let message = |reply| SubmitIssue {
            kind: ReportKind::Bug,
            new: Box::new(new_issue("With a log")),
            attachments: Vec::new(),
            replay_only: true,
            objection: None,
            submission: limited(key),
            reply,
        };
        ask(&fixture.project, message).await
    };
    let first = fixture.submit(new_issue("With a log"), limited(1)).await;
    let again = without_files(1).await.unwrap();
    assert!(again.replayed && again.issue.attachments == first.issue.attachments);
    let other = without_files(2).await;
    assert!(matches!(other, Err(ActorError::QuotaSpent { .. })), "{other:?}");
    fixture.clock.set(START.plus_seconds(DAY));
    for key in [1, 2] {
        let late = without_files(key).await;
        assert!(matches!(late, Err(ActorError::Busy)), "with key {key}: {late:?}");
    }
    assert_eq!(fixture.list().await.len(), 1);
}

#[actix::test]
async fn whether_a_report_would_be_taken_is_told_before_it_comes() {
    let fixture = Fixture::new().await;
    let admission = async |key| {
        let message = |reply| AskAdmission {
            kind: ReportKind::Bug,
            submission: limited(key),
            reply,
        };
        ask(&fixture.project, message).await
    };
    let writes = fixture.writes(async {
        for _ in 0..3 {
            assert_eq!(
                admission(1).await.unwrap(),
                Admission::New,
                "asking counts nothing"
            );
        }
    });
    assert_eq!(writes.await, 0);
    fixture.submit(new_issue("The only one"), limited(1)).await;
    assert_eq!(admission(1).await.unwrap(), Admission::Retry);
    let other = admission(2).await;
    assert!(matches!(other, Err(ActorError::QuotaSpent { .. })), "{other:?}");
    fixture.clock.set(START.plus_seconds(DAY));
    assert_eq!(admission(2).await.unwrap(), Admission::New);
}

#[actix::test]
async fn a_repeated_answer_writes_nothing_when_all_is_on_the_disk() {
    let fixture = Fixture::new().await;
    fixture.submit(new_issue("Once"), game(Some(1))).await;
    let writes = fixture.writes(async {
        assert!(fixture.submit(new_issue("Once"), game(Some(1))).await.replayed);
    });
    assert_eq!(writes.await, 0);
}

#[actix::test]
async fn a_change_that_changes_nothing_writes_nothing() {
    let fixture = Fixture::new().await;
    let issue = fixture.submit(new_issue("As it is"), game(None)).await.issue;
    fixture.clock.set(START.plus_seconds(60));
    let writes = fixture.writes(async {
        for change in [retitle("As it is"), publish(), IssueChange::Patch(Box::default())] {
            let changed = fixture.change(&issue, change, member()).await.unwrap();
            assert_eq!(
                changed.issue.as_ref(),
                Some(&issue),
                "nor does it move updated_at"
            );
        }
    });
    assert_eq!(writes.await, 0);
    let renamed = fixture
        .change(&issue, retitle("Another"), member())
        .await
        .unwrap();
    assert_eq!(renamed.issue.unwrap().updated_at, START.plus_seconds(60));
}
