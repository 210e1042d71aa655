//! The parts of a report's way that are plain functions, each measured alone: `cargo bench --bench parts`.
//!
//! The ingest bench says what a report costs as a whole; this one says which part of the work to look at, and whether
//! a change to one of them did what it was meant to.
#![expect(clippy::expect_used, reason = "a bench that cannot begin says why by a panic")]

use std::hint::black_box;

use bugle::http::authorization::Credentials;
use bugle::http::body::{self, Encoding};
use bugle::http::report_body::{IssueBody, ReportedIssue, Rules};
use bugle::http::update_token::{UpdateGrant, UpdateTokens};
use bugle_actors::{Clock, PlainToken, TokenKind, parse_token};
use bugle_storage::records::{Category, Issue, IssueStatus, Priority, Reporter, Secret, Submitter};
use bugle_storage::{AddressHash, ProjectId, RecordId, Timestamp, TokenId, codec};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const DESCRIPTION: &str = "When I jump near the fountain in level 3 while the gate is closing, the player falls \
    through the floor and keeps falling. It happens in about one of five tries, more often at 30 frames a second. \
    Loading the last save helps. I have seen it with the sword drawn and without, and both with a controller and \
    with a keyboard, on two machines with different graphics cards.";
const WHEN: Timestamp = Timestamp(1_795_292_312_007);

fn report() -> String {
    format!(
        r#"{{"title":"Player falls through the floor","description":"{DESCRIPTION}","unformatted_steps_to_reproduce":"1. Load level 3\n2. Jump at the fountain","priority":"high","source":"in-game"}}"#
    )
}

fn issue() -> Issue {
    Issue {
        id: RecordId(451),
        number: Some(12),
        title: "Player falls through the floor".into(),
        description: DESCRIPTION.into(),
        steps_to_reproduce: "1. Load level 3\n2. Jump at the fountain".into(),
        status: IssueStatus::Open,
        priority: Priority::High,
        category: Category::Bug,
        source: Some("in-game".into()),
        reporter: Reporter::Anonymous,
        contact_email: None,
        email_my_report: false,
        assigned_to: None,
        release: None,
        custom_fields: Vec::new(),
        extras: Vec::new(),
        due_date: None,
        attachments: Vec::new(),
        submitter: Submitter::ProjectToken(TokenId(1)),
        address: AddressHash(7),
        created_at: WHEN,
        updated_at: WHEN,
        published_at: Some(WHEN),
        resolved_at: None,
    }
}

fn requests(criterion: &mut Criterion) {
    let plain = PlainToken::generate(TokenKind::Project);
    let token = plain.reveal();
    let header = format!("FormUser {token}");
    criterion.bench_function("credentials: read the header", |bencher| {
        bencher.iter(|| Credentials::parse(black_box(&header)));
    });
    criterion.bench_function("token: checksum and SHA-256", |bencher| {
        bencher.iter(|| parse_token(TokenKind::Project, black_box(token)));
    });
    let json = report();
    let mut group = criterion.benchmark_group("body");
    group.throughput(Throughput::Bytes(json.len() as u64));
    group.bench_function("decode and check a report in JSON", |bencher| {
        bencher.iter(|| {
            let body = body::decode::<IssueBody>(Encoding::Json, black_box(json.as_bytes()));
            let body = body.expect("the report decodes");
            ReportedIssue::from_body(body, &Rules::default()).expect("nothing is wrong with it")
        });
    });
}

fn answers(criterion: &mut Criterion) {
    let tokens = UpdateTokens::new(&Secret([1; 32]), Clock::manual(WHEN));
    let grant = UpdateGrant {
        project: ProjectId(5),
        issue: RecordId(451),
    };
    criterion.bench_function("update token: sign", |bencher| {
        bencher.iter(|| tokens.sign(black_box(grant), WHEN.seconds()));
    });
    criterion.bench_function("timestamp: as ISO 8601", |bencher| {
        bencher.iter(|| black_box(WHEN).to_iso());
    });
}

fn records(criterion: &mut Criterion) {
    let issue = issue();
    let mut encoded = Vec::new();
    codec::encode_into(&issue, &mut encoded).expect("an issue encodes");
    let mut group = criterion.benchmark_group("issue record");
    group.throughput(Throughput::Bytes(encoded.len() as u64));
    let mut buffer = Vec::with_capacity(2 * encoded.len());
    group.bench_function("encode", |bencher| {
        bencher.iter(|| {
            buffer.clear();
            codec::encode_into(black_box(&issue), &mut buffer)
        });
    });
    group.bench_function("decode", |bencher| {
        bencher.iter(|| codec::decode::<Issue>(black_box(&encoded)).expect("it was just encoded"));
    });
}

criterion_group!(parts, requests, answers, records);
criterion_main!(parts);
