//! What applying a report costs, to be run by hand:
//! `cargo test --release -p bugle-storage --lib applier::cost -- --ignored --nocapture`

use std::time::Instant;

use rand::prelude::*;
use rand::rngs::SmallRng;

use super::*;
use crate::records::{Category, IssueRow, IssueStatus, Priority, QuotaCount, Reporter, Submitter};
use crate::shelf::SledShelf;
use crate::{AddressHash, Batch, Day, Key, ProjectId, RecordId, ShardId, Table, Timestamp, TokenId, records};

const REPORTS: u32 = 100_000;

/// Syllables make words that compress about as prose does.
fn text(random: &mut SmallRng, length: usize) -> String {
    const SYLLABLES: &str = "the play er fell through floor of castle when jump ing over a wall and game froze for \
        sec onds af ter load ing save in le vel boss fight screen went black sound kept go re start help ed not \
        in ven to ry item lost quest mark er miss ing door open ed but noth ing hap pen crash on exit menu";
    let syllables = SYLLABLES.split_whitespace().collect::<Vec<_>>();
    let mut out = String::new();
    while out.len() < length {
        out.push_str(syllables.choose(random).unwrap());
        if random.random_bool(0.6) {
            out.push(' ');
        }
    }
    out
}

fn issue(random: &mut SmallRng, sequence: u64) -> records::Issue {
    let now = Timestamp(1_795_292_312_007 + i64::try_from(sequence).unwrap());
    records::Issue {
        id: RecordId::new(sequence, ShardId(0)),
        number: Some(u32::try_from(sequence).unwrap()),
        title: text(random, 50),
        description: text(random, 380),
        steps_to_reproduce: text(random, 120),
        status: IssueStatus::Open,
        priority: Priority::Medium,
        category: Category::Bug,
        source: Some("in-game".into()),
        reporter: Reporter::Anonymous,
        contact_email: None,
        email_my_report: false,
        assigned_to: None,
        release: None,
        custom_fields: Vec::new(),
        extras: vec![
            ("os".into(), "Windows 11".into()),
            ("gpu".into(), "GeForce RTX 4070".into()),
        ],
        due_date: None,
        attachments: Vec::new(),
        submitter: Submitter::ProjectToken(TokenId(1)),
        address: AddressHash(random.random()),
        created_at: now,
        updated_at: now,
        published_at: Some(now),
        resolved_at: None,
    }
}

fn report(random: &mut SmallRng, sequence: u64, project: ProjectId) -> Batch {
    let issue = issue(random, sequence);
    let mut batch = Batch::new();
    let shard = project.shard();
    let place = |table| Key::new(shard, table).u64(project.0).u64(sequence);
    batch.put(place(Table::Issue), &issue).unwrap();
    batch
        .put(place(Table::IssueRow), &IssueRow::from(&issue))
        .unwrap();
    let counter = Key::new(shard, Table::Quota)
        .u64(project.0)
        .day(Day(20_778))
        .bytes(&issue.submitter.to_bytes())
        .u64(
            random
                .random_range(0..500_u64)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15),
        )
        .bytes(&[0]);
    batch.put(counter, &QuotaCount(1)).unwrap();
    batch
}

fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect::<Vec<_>>();
    let ticks = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

#[test]
#[ignore = "a measurement, not a test"]
fn measure() {
    for projects in [1, 50, 1000] {
        let mut random = SmallRng::seed_from_u64(1);
        let payloads = (0..u64::from(REPORTS))
            .map(|number| {
                let project = ProjectId(number % projects);
                report(&mut random, number / projects, project)
                    .finish()
                    .unwrap()
                    .0
            })
            .collect::<Vec<_>>();
        let size = payloads.iter().map(bytes::Bytes::len).sum::<usize>();
        for megabytes in [2, 8, 32] {
            let directory = tempfile::tempdir().unwrap();
            let blocks = Blocks::new(Box::new(SledShelf::open(directory.path(), 64 << 20).unwrap()));
            let (start, before) = (Instant::now(), processor_time());
            let group = (megabytes << 20) * payloads.len() / size;
            let mut last_flush = 0;
            for (at, batch) in payloads.chunks(group).enumerate() {
                blocks
                    .apply(batch.iter().map(AsRef::as_ref), 1)
                    .unwrap()
                    .or_full(&blocks)
                    .unwrap();
                if (at + 1 - last_flush) * megabytes >= 64 {
                    blocks.flush().unwrap().or_full(&blocks).unwrap();
                    last_flush = at + 1;
                }
            }
            blocks.flush().unwrap().or_full(&blocks).unwrap();
            let (wall, cpu) = (start.elapsed(), processor_time().saturating_sub(before));
            let disk = std::fs::metadata(directory.path().join("db")).unwrap().len();
            println!(
                "{projects} projects, batches of {megabytes} MiB: {} bytes a report, CPU {:.2} us, wall {:.2} us, file {} MiB",
                size / payloads.len(),
                cpu.as_secs_f64() * 1e6 / f64::from(REPORTS),
                wall.as_secs_f64() * 1e6 / f64::from(REPORTS),
                disk >> 20,
            );
        }
    }
}
