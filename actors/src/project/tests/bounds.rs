//! How much a reporter may do, and for how long.

use super::*;

#[actix::test]
async fn a_reporter_changes_a_report_so_often_a_day_and_a_member_as_they_like() {
    let fixture = Fixture::new().await;
    let issue = fixture.submit(draft("Busy"), game(None)).await.issue;
    let most = REPORTER_CHANGES_PER_DAY as usize;
    for number in 0..most {
        fixture
            .change(&issue, contact(number), holder(None))
            .await
            .unwrap();
        // The same again is no change.
        fixture
            .change(&issue, contact(number), holder(None))
            .await
            .unwrap();
    }
    let fixture = fixture.restart().await;
    let refused = fixture.change(&issue, contact(most), holder(None)).await;
    assert!(matches!(refused, Err(ActorError::NotAllowed(_))), "{refused:?}");
    fixture.change(&issue, contact(most + 1), member()).await.unwrap();
    let other = fixture.submit(draft("Quiet"), game(None)).await.issue;
    fixture.change(&other, contact(0), holder(None)).await.unwrap();
    fixture.clock.set(START.plus_seconds(DAY));
    fixture.change(&issue, publish(), holder(None)).await.unwrap();
}

#[actix::test]
async fn a_reporter_adds_so_many_files_and_a_member_as_they_like() {
    let fixture = Fixture::new().await;
    let issue = fixture.submit(new_issue("Full of files"), game(None)).await.issue;
    let most = u8::try_from(REPORTER_FILES_MAX).unwrap();
    // One came with the report; half are a game's, half a holder's.
    for number in 1..most {
        let submission = if number % 2 == 0 {
            game(None)
        } else {
            holder(Some(number))
        };
        fixture.change(&issue, attach(number), submission).await.unwrap();
    }
    for submission in [game(None), holder(Some(200))] {
        let refused = fixture.change(&issue, attach(99), submission).await;
        assert!(matches!(refused, Err(ActorError::NotAllowed(_))), "{refused:?}");
    }
    let last = most - 1;
    let retry = fixture
        .change(&issue, attach(last), holder(Some(last)))
        .await
        .unwrap();
    assert!(retry.replayed, "whoever lost the last answer gets it");
    fixture.change(&issue, attach(99), member()).await.unwrap();
}

#[actix::test]
async fn an_update_token_ends_with_its_project_token() {
    let fixture = Fixture::new().await;
    let issue = fixture.submit(draft("From a game"), game(None)).await.issue;
    let of_member = fixture.submit(draft("From a member"), member()).await.issue;
    fixture.directory.withdraw_token(&GAME_HASH);
    for change in [publish(), contact(1), attach(1)] {
        let refused = fixture.change(&issue, change.clone(), holder(None)).await;
        assert!(matches!(refused, Err(ActorError::NotAllowed(_))), "{refused:?}");
        fixture.change(&of_member, change, holder(None)).await.unwrap();
    }
    fixture.change(&issue, publish(), member()).await.unwrap();
}

#[actix::test]
async fn files_that_come_at_once_stay_within_what_an_issue_may_have() {
    let fixture = Fixture::new().await;
    // One of 5 bytes came with the report.
    let issue = fixture.submit(new_issue("With files"), game(None)).await.issue;
    let answers: Vec<_> = [60, 60, 40, 1]
        .map(|size| {
            let (reply, answer) = Reply::channel();
            let message = ChangeIssue {
                issue: ReportReference::issue(issue.id),
                change: IssueChange::Attach {
                    file: Box::new(NewAttachment { size, ..file(9) }),
                    size_max: 105,
                    joined: None,
                },
                submission: member(),
                reply,
            };
            fixture.project.try_send(message).unwrap();
            answer
        })
        .into();
    let mut taken = Vec::new();
    for answer in answers {
        taken.push(answer.wait().await.is_ok());
    }
    assert_eq!(taken, [true, false, true, false]);
}

#[actix::test]
async fn a_reporters_bounds_hold_for_every_kind_of_report() {
    for kind in ReportKind::ALL {
        let fixture = Fixture::new().await;
        let submit = |reply| SubmitIssue {
            kind,
            new: Box::new(draft("Busy")),
            attachments: Vec::new(),
            replay_only: false,
            objection: None,
            submission: game(None),
            reply,
        };
        let id = ask(&fixture.project, submit).await.unwrap().issue.id;
        let change = async |change, submission| {
            let message = |reply| ChangeIssue {
                issue: ReportReference::global(kind, id),
                change,
                submission,
                reply,
            };
            ask(&fixture.project, message).await
        };
        for number in 0..REPORTER_CHANGES_PER_DAY as usize {
            change(contact(number), holder(None)).await.unwrap();
        }
        let refused = change(contact(1000), holder(None)).await;
        assert!(
            matches!(refused, Err(ActorError::NotAllowed(_))),
            "{kind:?}: {refused:?}"
        );
        change(contact(1000), member()).await.unwrap();
        for number in 0..u8::try_from(REPORTER_FILES_MAX).unwrap() {
            change(attach(number), holder(None)).await.unwrap();
        }
        let refused = change(attach(99), holder(None)).await;
        assert!(
            matches!(refused, Err(ActorError::NotAllowed(_))),
            "{kind:?}: {refused:?}"
        );
        let announce = |size| {
            let issue = ReportReference::global(kind, id);
            ask(&fixture.project, move |reply| AnnounceUpload {
                issue,
                size,
                day_max: 2 << 20,
                reply,
            })
        };
        announce(2 << 20).await.unwrap();
        assert!(announce(1).await.is_err(), "{kind:?}");
    }
}
