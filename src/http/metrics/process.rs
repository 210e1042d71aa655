//! What the system says of this process, under the names that every Prometheus dashboard knows.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Looked up at each reading. Where there is no `/proc`, nothing is shown.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut show = |name: &str, help: &str, metric: &dyn EncodeMetric| {
            let descriptor = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
            metric.encode(descriptor)
        };
        if let Some(bytes) = resident_bytes() {
            let help = "Memory that is in use";
            show("process_resident_memory_bytes", help, &ConstGauge::new(bytes))?;
        }
        if let Some(seconds) = cpu_seconds() {
            let help = "Processor time, of all threads";
            show("process_cpu_seconds", help, &ConstCounter::new(seconds))?;
        }
        if let Ok(descriptors) = std::fs::read_dir("/proc/self/fd") {
            let count = i64::try_from(descriptors.count()).unwrap_or(i64::MAX);
            show(
                "process_open_fds",
                "Files and sockets that are open",
                &ConstGauge::new(count),
            )?;
        }
        Ok(())
    }
}

fn resident_bytes() -> Option<i64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages = statm.split_ascii_whitespace().nth(1)?.parse::<i64>().ok()?;
    let page_size = i64::try_from(rustix::param::page_size()).ok()?;
    pages.checked_mul(page_size)
}

#[expect(clippy::cast_precision_loss, reason = "2^53 ticks are millions of years")]
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program comes second, in brackets, and may hold blanks.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_ascii_whitespace().skip(11).map(str::parse::<u64>);
    let user = ticks.next()?.ok()?;
    let system = ticks.next()?.ok()?;
    Some((user + system) as f64 / rustix::param::clock_ticks_per_second() as f64)
}
