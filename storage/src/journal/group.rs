//! How many commits share one sync: plain functions over plain values, to be tuned by measuring.

use std::time::Duration;

/// A group takes no further commit once it has so many bytes of frames.
pub(super) const GROUP_BYTES_MAX: usize = 4 << 20;

/// The longest that a group waits to be joined.
const FILL_WAIT: Duration = Duration::from_micros(100);

/// A group this large says that many clients are waiting, each for its answer before it sends again.
const CROWD: usize = 8;

/// How long to wait for more before writing a group of `drained` commits, when the one before had
/// `previous`.
///
/// Clients whose answers have just gone out are about to send again. Writing at once what the first few
/// of them sent would make all the others wait for a whole sync.
pub(super) fn fill_wait(previous: usize, drained: usize) -> Option<Duration> {
    (previous >= CROWD && drained < previous.div_ceil(2)).then_some(FILL_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_client_never_waits() {
        for previous in 0..CROWD {
            assert_eq!(fill_wait(previous, 1), None, "after a group of {previous}");
        }
    }

    #[test]
    fn a_crowd_is_waited_for_until_half_of_it_is_there() {
        assert_eq!(fill_wait(64, 1), Some(FILL_WAIT));
        assert_eq!(fill_wait(64, 31), Some(FILL_WAIT));
        assert_eq!(fill_wait(64, 32), None);
        assert_eq!(fill_wait(9, 4), Some(FILL_WAIT));
        assert_eq!(fill_wait(9, 5), None);
    }
}
