//! What the kernel counted for a process. Linux only, as is the measurement: elsewhere the figures are zero.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// A process whose resources are read.
#[derive(Clone, Copy, Debug)]
pub struct Process(pub u32);

impl Process {
    /// This process, the generator.
    pub fn own() -> Self {
        Self(std::process::id())
    }

    /// User and system time of all threads so far, also of those that ended. In steps of 10 ms.
    pub fn cpu(self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        // The second field is the name in brackets and may hold anything; utime and stime are the 14th and 15th.
        let behind_name = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
        let ticks: u64 = behind_name
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second())
    }

    /// Time on a processor of the threads that live now, by name. Of the same name they are taken together, digits aside.
    pub fn cpu_by_thread(self) -> BTreeMap<String, Duration> {
        let mut times = BTreeMap::new();
        let threads = fs::read_dir(format!("/proc/{}/task", self.0))
            .into_iter()
            .flatten();
        for thread in threads.filter_map(Result::ok) {
            let read = |file: &str| fs::read_to_string(thread.path().join(file)).unwrap_or_default();
            let nanoseconds = read("schedstat")
                .split(' ')
                .next()
                .and_then(|first| first.parse().ok());
            let name = read("comm")
                .trim()
                .trim_end_matches(|it: char| it.is_ascii_digit())
                .to_owned();
            *times.entry(name).or_default() += Duration::from_nanos(nanoseconds.unwrap_or_default());
        }
        times
    }

    /// Bytes that the process caused to be written to a disk so far.
    pub fn disk_writes(self) -> u64 {
        let io = fs::read_to_string(format!("/proc/{}/io", self.0)).unwrap_or_default();
        let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
        line.and_then(|bytes| bytes.parse().ok()).unwrap_or_default()
    }

    /// The most memory that the process has held at once so far, in bytes.
    pub fn peak_memory(self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kibibytes.unwrap_or_default() * 1024
    }

    /// Waits until the process has been quiet for `window`, and says how long it took to become so. A server that
    /// answers first and works later is thus charged for the work, and does not disturb the next case.
    pub fn settle(self, window: Duration) -> Duration {
        const LIMIT: Duration = Duration::from_secs(60);
        let started = Instant::now();
        let (mut cpu, mut writes) = (self.cpu(), self.disk_writes());
        while started.elapsed() < LIMIT {
            thread::sleep(window);
            let (cpu_now, writes_now) = (self.cpu(), self.disk_writes());
            // Heartbeats and timers go on for ever, and CPU time is counted in ticks of 10 ms.
            let idling = Duration::from_millis(10).max(window / 100);
            if cpu_now.saturating_sub(cpu) <= idling && writes_now == writes {
                return started.elapsed().saturating_sub(window);
            }
            (cpu, writes) = (cpu_now, writes_now);
        }
        LIMIT
    }
}
