use bugle_storage::AddressHash;
use bugle_storage::records::{Category, IssueRow};

use super::*;

const DAY: i64 = 86_400_000;
const TODAY: Day = Day(20_000);

/// An index of so many reports, which came evenly over sixty days until the end of today.
fn index(count: u32) -> (IssueIndex, Vec<IssueRow>) {
    let mut index = IssueIndex::default();
    let begin = TODAY.end().0 - 60 * DAY;
    let rows: Vec<_> = (0..count)
        .map(|place| {
            let at = Timestamp(begin + i64::from(place) * (60 * DAY) / i64::from(count));
            IssueRow {
                number: (place % 10 != 3).then_some(place + 1),
                status: IssueStatus::of(ReportKind::Bug)[place as usize % 7],
                priority: Priority::ALL[place as usize % 5 % 4],
                category: Category::Bug,
                created_at: at,
                updated_at: at,
            }
        })
        .collect();
    for (place, row) in rows.iter().enumerate() {
        index.push(place as u64 + 1, row);
    }
    (index, rows)
}

fn days() -> Vec<Day> {
    days_until(TODAY.start(), 30)
}

#[test]
fn what_is_counted_by_rank_is_what_a_scan_counts() {
    for size in [0, 7, 1000, 200_000] {
        let (index, rows) = index(size);
        let overview = KindOverview::of(&index, ReportKind::Bug, &days());
        let published = || rows.iter().filter(|row| row.number.is_some());
        let open = || published().filter(|row| !row.status.is_settled());
        let count = |rows: usize| rows as u64;
        assert_eq!(overview.total, count(published().count()), "{size}");
        assert_eq!(overview.open, count(open().count()), "{size}");
        for (priority, counted) in Priority::ALL.iter().zip(&overview.open_by_priority) {
            let scanned = open().filter(|row| row.priority == *priority).count();
            assert_eq!(*counted, count(scanned), "{size} {priority:?}");
        }
        for (day, counted) in days().iter().zip(&overview.by_day) {
            let scanned = published().filter(|row| row.created_at.day() == *day).count();
            assert_eq!(*counted, count(scanned), "{size} {day:?}");
        }
    }
}

#[test]
fn what_changes_is_counted_as_what_it_has_become() {
    let (mut index, mut rows) = index(50);
    for (place, row) in rows.iter_mut().enumerate() {
        // Drafts are published, statuses and priorities change, some of it twice.
        row.number = row.number.or(Some(100));
        row.status = IssueStatus::of(ReportKind::Bug)[place % 3];
        row.priority = Priority::ALL[place % 4];
        for _ in 0..place % 3 {
            index.update(place as u64 + 1, row);
        }
        index.update(place as u64 + 1, row);
    }
    let overview = KindOverview::of(&index, ReportKind::Bug, &days());
    assert_eq!((overview.total, overview.open), (50, 50));
    assert_eq!(overview.open_by_priority, [13, 13, 12, 12]);
}

#[test]
fn days_end_with_today_and_are_bounded() {
    assert_eq!(days_until(TODAY.start(), 3), [Day(19_998), Day(19_999), TODAY]);
    assert_eq!(days_until(TODAY.start(), 0), [TODAY]);
    assert_eq!(
        days_until(TODAY.start(), u32::MAX).len(),
        OVERVIEW_DAYS_MAX as usize
    );
}

#[test]
fn hidden_and_settled_reports_are_not_open() {
    assert_eq!(
        open_statuses(ReportKind::Bug),
        [
            IssueStatus::Open,
            IssueStatus::InProgress,
            IssueStatus::NeedsMoreInfo,
            IssueStatus::PendingModeration,
        ]
    );
    assert!(!open_statuses(ReportKind::FeatureRequest).contains(&IssueStatus::Muted));
}

#[test]
fn a_limit_counts_as_spent_from_each_address_that_has_used_it_up() {
    let counted = |token, address, kind| Counted {
        submitter: Submitter::ProjectToken(TokenId(token)),
        address: AddressHash(address),
        kind,
    };
    let by_member = Counted {
        submitter: Submitter::PersonalToken(TokenId(1)),
        ..counted(1, 1, ReportKind::Bug)
    };
    let counters = [
        (counted(1, 1, ReportKind::Bug), 3),
        (counted(1, 2, ReportKind::Bug), 4),
        (counted(1, 3, ReportKind::Bug), 2),
        (counted(1, 1, ReportKind::SupportTicket), 3),
        (counted(2, 1, ReportKind::FeatureRequest), 1),
        (counted(3, 1, ReportKind::Bug), 100),
        (by_member, 100),
    ];
    let limits = Limits::from([(TokenId(1), [3, 0, 0]), (TokenId(2), [9, 1, 9])]);
    let found = spent(counters.iter().map(|(counted, count)| (counted, *count)), &limits);
    let quota = |token, kind, addresses| SpentQuota {
        token: TokenId(token),
        kind,
        addresses,
    };
    assert_eq!(
        found,
        [
            quota(1, ReportKind::Bug, 2),
            quota(2, ReportKind::FeatureRequest, 1)
        ]
    );
}

/// `cargo test --profile profiling -p bugle-actors overview::tests::figures -- --ignored --nocapture`
#[test]
#[ignore = "prints figures"]
fn figures() {
    for size in [1000, 100_000, 1_000_000] {
        let (index, _) = index(size);
        let mut times: Vec<_> = (0..101)
            .map(|_| {
                let begin = std::time::Instant::now();
                std::hint::black_box(KindOverview::of(&index, ReportKind::Bug, &days()));
                begin.elapsed()
            })
            .collect();
        times.sort();
        println!(
            "{size} reports: {:?} at best, {:?} in the middle",
            times[0], times[50]
        );
    }
}
