//! Batches that wait for ids.

use bugle_storage::records::Reporter;

use super::super::ids::Sequences;
use super::*;

fn batch(size: u64, reply: Reply<SubmittedBatch>) -> SubmitBatch {
    let report = |number: u64| BatchedReport {
        new: Box::new(new_issue(&number.to_string())),
        reporter: Reporter::Anonymous,
        key: None,
        objection: None,
    };
    SubmitBatch {
        kind: ReportKind::Bug,
        reports: (0..size).map(report).collect(),
        replay_only: false,
        // Of somebody whom no daily limit stops.
        submission: Submission {
            submitter: Submitter::User(UserId(1)),
            ..submission()
        },
        share: Arc::new(()),
        reply,
    }
}

#[actix::test]
async fn no_more_than_eight_wait_for_ids_and_those_are_all_taken() {
    let fixture = Fixture::new().await;
    // There are not enough ids for the first, and the others wait behind it. The actor hears of all of them before it hears
    // of more ids, because it reads what is in its mailbox first.
    let sizes = std::iter::once(Sequences::FIRST_RANGE + 1).chain(std::iter::repeat_n(1, 10));
    let answers: Vec<_> = sizes
        .map(|size| {
            let (reply, answer) = Reply::channel();
            fixture.project.try_send(batch(size, reply)).unwrap();
            (size, answer)
        })
        .collect();
    let mut stored = 0;
    for (place, (size, answer)) in answers.into_iter().enumerate() {
        match answer.wait().await {
            Ok(taken) => {
                assert!(place < 8, "batch {place} waited beside eight others");
                assert!(taken.outcomes.iter().all(Result::is_ok), "batch {place}");
                assert_eq!(taken.outcomes.len() as u64, size, "batch {place}");
                stored += size;
            }
            Err(ActorError::Busy) => assert!(place >= 8, "batch {place} was refused"),
            Err(error) => panic!("batch {place}: {error}"),
        }
    }
    assert_eq!(stored, Sequences::FIRST_RANGE + 8);
}
