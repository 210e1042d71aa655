//! Latencies in a log-linear histogram: fixed size, one addition a value.

use std::time::Duration;

/// Each power of two is split into this many equal buckets, so a quantile is at most 1.6 % off.
const STEPS_BITS: u32 = 6;
const STEPS: u64 = 1 << STEPS_BITS;
/// Up to 2^40 ns, 18 minutes; what is longer counts as that.
const LARGEST: u64 = (1 << 40) - 1;
const BUCKETS: usize = bucket_of(LARGEST) + 1;

/// Counts of latencies.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// An empty histogram.
    pub fn new() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            total: 0,
        }
    }

    /// Counts one latency.
    pub fn record(&mut self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(LARGEST).min(LARGEST);
        if let Some(count) = self.counts.get_mut(bucket_of(nanoseconds)) {
            *count += 1;
            self.total += 1;
        }
    }

    /// The latency that `share` (0 to 1) of all values do not exceed; zero when there are none.
    pub fn quantile(&self, share: f64) -> Duration {
        let mut passed = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            passed += count;
            if *count > 0 && as_f64(passed) >= share * as_f64(self.total) {
                return Duration::from_nanos(largest_in(bucket));
            }
        }
        Duration::ZERO
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a run of minutes stay far below 2^53"
)]
fn as_f64(count: u64) -> f64 {
    count as f64
}

/// Values below `STEPS` have a bucket each; above, the bits behind the leading one choose the bucket.
#[expect(clippy::cast_possible_truncation, reason = "the largest bucket is 2239")]
const fn bucket_of(value: u64) -> usize {
    if value < STEPS {
        return value as usize;
    }
    let magnitude = value.ilog2() - STEPS_BITS;
    (magnitude as u64 * STEPS + (value >> magnitude)) as usize
}

fn largest_in(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < STEPS {
        return bucket;
    }
    let magnitude = bucket / STEPS - 1;
    let step = bucket % STEPS + STEPS;
    ((step + 1) << magnitude) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_at_most_a_64th_wide_and_the_next_one_begins_behind_it() {
        for value in [
            0,
            1,
            63,
            64,
            65,
            127,
            128,
            1_000,
            65_537,
            1_000_000,
            999_999_999,
            LARGEST,
        ] {
            let bucket = bucket_of(value);
            let largest = largest_in(bucket);
            assert!(
                largest >= value && largest - value <= value / STEPS,
                "{value} is in a bucket to {largest}"
            );
            assert_eq!(
                (bucket_of(largest), bucket_of(largest + 1)),
                (bucket, bucket + 1),
                "around {value}"
            );
        }
    }

    #[test]
    fn quantiles_are_those_of_the_values() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.quantile(0.5), Duration::ZERO);
        for microseconds in 1..=1_000 {
            histogram.record(Duration::from_micros(microseconds));
        }
        histogram.record(Duration::from_secs(1_000_000));
        for (share, expected) in [(0.5, 500.0), (0.99, 990.0)] {
            let found = histogram.quantile(share).as_secs_f64() * 1e6;
            assert!((found / expected - 1.0).abs() < 0.02, "{share}: {found} us");
        }
        assert_eq!(histogram.quantile(1.0), Duration::from_nanos(LARGEST));
    }
}
