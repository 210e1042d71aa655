//! Two who change the same text of a report.

use super::*;

fn over(seen: &Issue, title: &str) -> IssueChange {
    IssueChange::Patch(Box::new(IssuePatch {
        title: Some(title.to_owned()),
        written_over: Some(TextVersions::of(seen)),
        ..IssuePatch::default()
    }))
}

#[actix::test]
async fn of_two_who_write_over_the_same_text_the_second_is_told() {
    let fixture = Fixture::new().await;
    let issue = fixture
        .submit(new_issue("As both saw it"), game(None))
        .await
        .issue;
    let first = fixture
        .change(&issue, over(&issue, "By the first"), member())
        .await;
    let changed = first.unwrap().issue.unwrap();
    let second = fixture
        .change(&issue, over(&issue, "By the second"), member())
        .await;
    assert!(matches!(second, Err(ActorError::Overtaken)), "{second:?}");
    assert_eq!(fixture.list().await[0].title, "By the first");
    // Whoever has seen it may.
    let knowing = fixture
        .change(&issue, over(&changed, "By the second"), member())
        .await;
    assert_eq!(knowing.unwrap().issue.unwrap().title, "By the second");
}
