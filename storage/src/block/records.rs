//! The body of a shared block: its records, sorted by what tells their keys apart.
//!
//! A record is the length of its suffix in one byte, the suffix, the length of its value in four, the value.

/// Stands for a value's length when the value is too large to be in its block.
const APART_MARK: u32 = u32::MAX;

/// A record of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// The end of the record's key.
    pub(super) suffix: &'a [u8],
    /// Its value, or where that is.
    pub(super) slot: Slot<'a>,
}

/// Where a record's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot<'a> {
    /// In the block.
    Here(&'a [u8]),
    /// Under a key of its own.
    Apart,
}

/// The records of a block's body, in key order; an error where it does not split into records.
pub(super) fn entries(body: &[u8]) -> impl Iterator<Item = Result<Entry<'_>, &'static str>> {
    let mut rest = body;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((entry, after)) = split_entry(rest) {
            rest = after;
            return Some(Ok(entry));
        }
        rest = &[];
        Some(Err("a block ends in the middle of a record"))
    })
}

fn split_entry(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let (&size, bytes) = bytes.split_first()?;
    let (suffix, bytes) = bytes.split_at_checked(usize::from(size))?;
    let (length, bytes) = bytes.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length);
    if length == APART_MARK {
        let slot = Slot::Apart;
        return Some((Entry { suffix, slot }, bytes));
    }
    let (value, bytes) = bytes.split_at_checked(length as usize)?;
    let slot = Slot::Here(value);
    Some((Entry { suffix, slot }, bytes))
}

/// The value of the record with this suffix.
pub(super) fn find<'a>(body: &'a [u8], suffix: &[u8]) -> Result<Option<Slot<'a>>, &'static str> {
    for entry in entries(body) {
        let entry = entry?;
        if entry.suffix >= suffix {
            return Ok((entry.suffix == suffix).then_some(entry.slot));
        }
    }
    Ok(None)
}

/// Appends a record; they must come in key order.
pub(super) fn push(body: &mut Vec<u8>, entry: Entry<'_>) {
    #[expect(clippy::cast_possible_truncation, reason = "a key has at most 48 bytes")]
    body.push(entry.suffix.len() as u8);
    body.extend_from_slice(entry.suffix);
    match entry.slot {
        Slot::Here(value) => {
            #[expect(clippy::cast_possible_truncation, reason = "larger values stand apart")]
            body.extend_from_slice(&(value.len() as u32).to_le_bytes());
            body.extend_from_slice(value);
        }
        Slot::Apart => body.extend_from_slice(&APART_MARK.to_le_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_were_pushed() {
        let all = [
            (&b"a"[..], Slot::Here(b"")),
            (b"ab", Slot::Apart),
            (b"b", Slot::Here(b"value")),
        ]
        .map(|(suffix, slot)| Entry { suffix, slot });
        let mut body = Vec::new();
        for entry in all {
            push(&mut body, entry);
        }
        assert_eq!(entries(&body).collect::<Result<Vec<_>, _>>().unwrap(), all);
        assert_eq!(find(&body, b"b").unwrap(), Some(Slot::Here(b"value")));
        assert_eq!(find(&body, b"aa").unwrap(), None);
        assert_eq!(find(&body, b"c").unwrap(), None);
    }

    #[test]
    fn a_body_that_is_cut_off_is_an_error() {
        let mut body = Vec::new();
        let slot = Slot::Here(b"value");
        push(&mut body, Entry { suffix: b"key", slot });
        for end in 1..body.len() {
            assert!(find(&body[..end], b"zzz").is_err(), "cut at {end}");
        }
    }
}
