//! Indexes that come back after a stop.

use super::*;

#[actix::test]
async fn a_saved_index_comes_back_with_what_happened_since() {
    let fixture = Fixture::new().await;
    let mut issues = Vec::new();
    for number in 0..5 {
        issues.push(fixture.submit(draft(&number.to_string()), game(None)).await.issue);
    }
    fixture.change(&issues[3], publish(), member()).await.unwrap();
    let save = |reply| SaveIndex { reply };
    ask(&fixture.project, save).await.unwrap();
    let writes = fixture.writes(async { ask(&fixture.project, save).await.unwrap() });
    assert_eq!(writes.await, 0, "nothing was changed since");
    fixture.change(&issues[1], publish(), member()).await.unwrap();
    fixture.submit(new_issue("Later"), game(None)).await;
    let before = fixture.list().await;
    let numbers: Vec<_> = before.iter().map(|issue| issue.number).collect();
    assert_eq!(numbers, [Some(3), Some(1), Some(2)]);
    let fixture = fixture.restart().await;
    assert_eq!(fixture.list().await, before);
    let next = fixture.submit(new_issue("Next"), game(None)).await.issue;
    assert_eq!(next.number, Some(4));
}

#[actix::test]
async fn suggestions_and_tickets_come_back_from_chunks_and_from_what_changed_since() {
    for kind in [ReportKind::FeatureRequest, ReportKind::SupportTicket] {
        let fixture = Fixture::new().await;
        let submit = async |title| {
            let message = |reply| SubmitIssue {
                kind,
                new: Box::new(new_issue(title)),
                attachments: Vec::new(),
                replay_only: false,
                objection: None,
                submission: game(None),
                reply,
            };
            ask(&fixture.project, message).await.unwrap().issue.id
        };
        let (first, second) = (submit("First").await, submit("Second").await);
        ask(&fixture.project, |reply| SaveIndex { reply }).await.unwrap();
        let status = IssueStatus::of(kind)[1];
        let change = IssueChange::Patch(Box::new(IssuePatch {
            status: Some(status),
            ..IssuePatch::default()
        }));
        let change = |reply| ChangeIssue {
            issue: ReportReference::global(kind, second),
            change,
            submission: member(),
            reply,
        };
        ask(&fixture.project, change).await.unwrap();
        // Nothing but the chunk says now that there is a first one.
        let mut batch = Batch::new();
        batch.delete(keys::report_row(PROJECT, kind, first));
        let mut shard = bugle_storage::Shard::open(fixture.store.clone(), PROJECT.shard()).unwrap();
        shard.commit(batch, Box::new(Result::unwrap));
        let fixture = fixture.restart().await;
        let list = async |statuses| {
            let message = |reply| ListIssues {
                kind,
                order: ReportOrder::Newest,
                filter: IssueFilter {
                    statuses,
                    ..IssueFilter::default()
                },
                skip: 0,
                take: 100,
                reply,
            };
            let found = ask(&fixture.project, message).await.unwrap().issues;
            found.into_iter().map(|issue| issue.id).collect::<Vec<_>>()
        };
        assert_eq!(list(Vec::new()).await, [second, first], "{kind:?}");
        assert_eq!(list(vec![status]).await, [second], "{kind:?}");
    }
}
