//! Tags that are put beside those that an issue has.

use super::*;
use crate::{CreateIssueTag, NewIssueTag};

fn adding(tag: u32) -> IssueChange {
    IssueChange::Patch(Box::new(IssuePatch {
        added_tags: vec![tag],
        ..IssuePatch::default()
    }))
}

#[actix::test]
async fn a_tag_that_is_added_stands_beside_those_that_are_there() {
    let fixture = Fixture::new().await;
    let issue = fixture.submit(new_issue("Tagged by two"), game(None)).await.issue;
    for name in ["First", "Second"] {
        let message = |reply| CreateIssueTag {
            new: NewIssueTag {
                name: name.to_owned(),
                color: "#112233".to_owned(),
                description: None,
                parent: None,
            },
            submission: member(),
            reply,
        };
        ask(&fixture.project, message).await.unwrap();
    }
    fixture.change(&issue, adding(2), member()).await.unwrap();
    let second = fixture.change(&issue, adding(1), member()).await;
    assert_eq!(second.unwrap().links.tags, [1, 2]);
    let again = fixture.change(&issue, adding(2), member()).await;
    assert_eq!(
        again.unwrap().links.tags,
        [1, 2],
        "a tag that it has is not added twice"
    );
    let unknown = fixture.change(&issue, adding(9), member()).await;
    assert!(
        matches!(unknown, Err(ActorError::Invalid { field: "tag_ids", .. })),
        "{unknown:?}"
    );
}
