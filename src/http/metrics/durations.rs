//! How long answers take.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// The upper bounds of the buckets, in microseconds.
const BOUNDS: [u64; 12] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 250_000, 1_000_000, 2_500_000, 10_000_000,
];

/// A histogram without a lock: the library's own has one, and every report passes here.
#[derive(Debug, Default)]
pub(super) struct Durations {
    buckets: [AtomicU64; BOUNDS.len()],
    beyond: AtomicU64,
    microseconds: AtomicU64,
}

impl Durations {
    pub(super) fn observe(&self, took: Duration) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS.partition_point(|bound| *bound < microseconds);
        let bucket = self.buckets.get(place).unwrap_or(&self.beyond);
        bucket.fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }
}

#[derive(Debug)]
pub(super) struct Shown(pub(super) Arc<Durations>);

impl Collector for Shown {
    #[expect(clippy::cast_precision_loss, reason = "2^53 microseconds are 285 years")]
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Seconds from the head of a request to its answer";
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut buckets = Vec::with_capacity(BOUNDS.len() + 1);
        for (bound, bucket) in BOUNDS.iter().zip(&self.0.buckets) {
            buckets.push((*bound as f64 / 1e6, read(bucket)));
        }
        buckets.push((f64::INFINITY, read(&self.0.beyond)));
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = read(&self.0.microseconds) as f64 / 1e6;
        encoder
            .encode_descriptor("bugle_http_duration_seconds", help, None, MetricType::Histogram)?
            .encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }
}
