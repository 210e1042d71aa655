//! How far a long command is, for whoever watches.

use std::time::Duration;

use bugle_storage::maintenance::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// How often the line moves by itself, so that a long step without news does not look like a hang.
const TICK: Duration = Duration::from_millis(100);

/// One line on standard error; nothing at all when that is no terminal.
pub(super) struct ProgressLine {
    bar: ProgressBar,
    task: &'static str,
}

impl ProgressLine {
    /// Shows that the task has begun.
    pub(super) fn begin(task: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_message(task);
        bar.enable_steady_tick(TICK);
        Self { bar, task }
    }

    /// Shows how far it is: a bar when the end is known, a count when it is not.
    pub(super) fn show(&self, progress: Progress) {
        let Progress { done, total, what } = progress;
        let known = total > 0;
        if known != self.bar.length().is_some() {
            self.bar.set_style(if known {
                bar_style()
            } else {
                ProgressStyle::default_spinner()
            });
        }
        if known {
            self.bar.set_length(total);
            self.bar.set_message(format!("{} {what}", self.task));
        } else {
            self.bar.unset_length();
            self.bar.set_message(format!("{}: {done} {what}", self.task));
        }
        self.bar.set_position(done);
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn bar_style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_template_is_one() {
        assert!(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left").is_ok());
    }

    #[test]
    fn a_count_becomes_a_bar_once_the_end_is_known() {
        let line = ProgressLine {
            bar: ProgressBar::hidden(),
            task: "Checking",
        };
        let what = "records";
        line.show(Progress {
            done: 1000,
            total: 0,
            what,
        });
        assert_eq!(line.bar.message(), "Checking: 1000 records");
        let what = "files";
        line.show(Progress {
            done: 3,
            total: 7,
            what,
        });
        assert_eq!(line.bar.message(), "Checking files");
        assert_eq!((line.bar.position(), line.bar.length()), (3, Some(7)));
    }
}
