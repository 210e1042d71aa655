use super::*;

/// Two indexes that answer every question alike, whichever way they came about.
impl PartialEq for IssueIndex {
    fn eq(&self, other: &Self) -> bool {
        (&self.sequences, &self.created, &self.updated) == (&other.sequences, &other.created, &other.updated)
            && (&self.rows, &self.by_number) == (&other.rows, &other.by_number)
            && self.published == other.published
            && self.statuses == other.statuses
            && self.priorities == other.priorities
            && self.categories == other.categories
    }
}

fn row(number: u32, status: IssueStatus, at: i64) -> IssueRow {
    IssueRow {
        number: (number > 0).then_some(number),
        status,
        priority: Priority::Medium,
        category: Category::Bug,
        created_at: Timestamp(at),
        updated_at: Timestamp(at),
    }
}

fn index(count: u32) -> IssueIndex {
    let mut index = IssueIndex::default();
    for number in 1..=count {
        let status = if number % 2 == 0 {
            IssueStatus::Open
        } else {
            IssueStatus::Closed
        };
        index.push(
            u64::from(number) + 100,
            &row(number, status, i64::from(number) * 10),
        );
    }
    index
}

#[test]
fn a_page_is_newest_first_and_counts_all() {
    let index = index(10);
    let page = index.page(&IssueFilter::default(), 0, 3);
    assert_eq!(
        page,
        Page {
            sequences: vec![110, 109, 108],
            total: 10
        }
    );
    let page = index.page(&IssueFilter::default(), 9, 3);
    assert_eq!(
        page,
        Page {
            sequences: vec![101],
            total: 10
        }
    );
    assert_eq!(index.page(&IssueFilter::default(), 10, 3).sequences, [0_u64; 0]);
}

#[test]
fn filters_meet() {
    let index = index(10);
    let filter = IssueFilter {
        statuses: vec![IssueStatus::Open, IssueStatus::Resolved],
        created_after: Some(Timestamp(40)),
        created_before: Some(Timestamp(80)),
        ..IssueFilter::default()
    };
    assert_eq!(index.page(&filter, 0, 20).sequences, [108, 106, 104]);
    let filter = IssueFilter {
        priorities: vec![Priority::High],
        ..IssueFilter::default()
    };
    assert_eq!(index.page(&filter, 0, 20).total, 0);
}

#[test]
fn a_draft_is_unseen_until_it_has_a_number() {
    let mut index = index(2);
    index.push(103, &row(0, IssueStatus::Hidden, 30));
    assert_eq!(index.page(&IssueFilter::default(), 0, 20).total, 2);
    assert!(index.contains(103));
    assert_eq!(index.next_number(), 3);
    index.update(103, &row(3, IssueStatus::Open, 30));
    assert_eq!(
        index.page(&IssueFilter::default(), 0, 20).sequences,
        [103, 102, 101]
    );
    assert_eq!(index.sequence_of_number(3), Some(103));
    assert_eq!(index.sequence_of_number(4), None);
    assert_eq!(index.sequence_of_number(0), None);
}

#[test]
fn a_change_of_status_moves_the_issue() {
    let mut index = index(2);
    index.update(
        101,
        &IssueRow {
            updated_at: Timestamp(99),
            ..row(1, IssueStatus::Resolved, 10)
        },
    );
    let status = |status| IssueFilter {
        statuses: vec![status],
        ..IssueFilter::default()
    };
    assert_eq!(index.page(&status(IssueStatus::Closed), 0, 20).total, 0);
    assert_eq!(index.page(&status(IssueStatus::Resolved), 0, 20).sequences, [101]);
    let changed = IssueFilter {
        updated_after: Some(Timestamp(50)),
        ..IssueFilter::default()
    };
    assert_eq!(index.page(&changed, 0, 20).sequences, [101]);
}

/// Every third issue is resolved, every fifth urgent.
fn mixed_index(count: u32) -> IssueIndex {
    let mut index = IssueIndex::default();
    for number in 1..=count {
        let status = if number % 3 == 0 {
            IssueStatus::Resolved
        } else {
            IssueStatus::Open
        };
        let mut row = row(number, status, i64::from(number));
        if number % 5 == 0 {
            row.priority = Priority::High;
        }
        index.push(u64::from(number), &row);
    }
    index
}

fn bytes_of(index: &IssueIndex) -> usize {
    fn column<T>(column: &Vec<T>) -> usize {
        column.capacity() * size_of::<T>()
    }
    let bitmaps = [&index.published].into_iter().chain(
        [
            index.statuses.bitmaps(),
            index.priorities.bitmaps(),
            index.categories.bitmaps(),
        ]
        .into_iter()
        .flatten(),
    );
    column(&index.sequences)
        + column(&index.created)
        + index.updated.bytes()
        + column(&index.rows)
        + column(&index.by_number)
        + bitmaps.map(RoaringBitmap::serialized_size).sum::<usize>()
}

#[test]
fn every_order_gives_each_issue_once_in_its_place() {
    let index = mixed_index(500);
    let closed = IssueFilter {
        statuses: vec![IssueStatus::Closed, IssueStatus::Resolved],
        ..IssueFilter::default()
    };
    for filter in [IssueFilter::default(), closed] {
        let newest = index.page(&filter, 0, 500).sequences;
        let mut oldest = newest.clone();
        oldest.reverse();
        let mut urgent = newest.clone();
        let priority = |sequence: &u64| index.row(index.ordinal(*sequence).unwrap()).unwrap().1.priority;
        urgent.sort_by_key(|sequence| std::cmp::Reverse(priority(sequence)));
        assert_ne!(urgent, newest);
        let (mut by_age, mut by_urgency) = (Vec::new(), Vec::new());
        for skip in (0..510).step_by(7) {
            let page = index.oldest_page(&filter, skip, 7);
            assert_eq!(page.total, newest.len() as u64);
            by_age.extend(page.sequences);
            by_urgency.extend(index.urgent_page(&filter, skip, 7).sequences);
        }
        assert_eq!(by_age, oldest);
        assert_eq!(by_urgency, urgent);
    }
}

#[test]
fn an_issue_takes_at_most_100_bytes_of_memory() {
    // Just above a power of two, where columns that grow by doubling have the most to spare.
    let count = (1 << 20) + 1;
    let each = bytes_of(&mixed_index(count)) / count as usize;
    assert!(each < 100, "{each} bytes an issue");
    assert!(each > 30, "{each} bytes an issue: something was not counted");
}

#[test]
fn a_page_costs_about_the_same_at_a_thousand_and_at_a_million() {
    let filters = [
        IssueFilter::default(),
        IssueFilter {
            statuses: vec![IssueStatus::Resolved],
            priorities: vec![Priority::High],
            ..IssueFilter::default()
        },
    ];
    let orders = [IssueIndex::page, IssueIndex::oldest_page, IssueIndex::urgent_page];
    let quickest = |index: &IssueIndex, filter: &IssueFilter| {
        let page = || {
            let start = std::time::Instant::now();
            for page in orders {
                assert_eq!(page(index, filter, 20, 20).sequences.len(), 20);
            }
            start.elapsed()
        };
        (0..200).map(|_| page()).min().unwrap_or_default()
    };
    let (small, large) = (mixed_index(1000), mixed_index(1_000_000));
    for filter in &filters {
        let (few, many) = (quickest(&small, filter), quickest(&large, filter));
        // Beside the reading of 20 bodies and the answer, which take several hundred microseconds, neither shows.
        let most = few * 3 + std::time::Duration::from_micros(500);
        assert!(many <= most, "{few:?} of a thousand, {many:?} of a million");
    }
}

#[test]
fn of_those_that_are_named_the_ones_that_fit_stay_in_their_order() {
    let mut index = index(10);
    index.push(200, &row(0, IssueStatus::Open, 500));
    let open = IssueFilter {
        statuses: vec![IssueStatus::Open],
        ..IssueFilter::default()
    };
    let fitting = |filter: &IssueFilter| index.fitting([104, 109, 102, 200, 7, 110].into_iter(), filter);
    assert_eq!(
        fitting(&open),
        [104, 102, 110],
        "no closed one, no draft, none that is not there"
    );
    assert_eq!(fitting(&IssueFilter::default()), [104, 109, 102, 110]);
}
