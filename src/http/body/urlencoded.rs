//! `application/x-www-form-urlencoded`, read as leniently as browsers' servers do.
//!
//! Unity writes percent-codes in lower case, others in upper case; a stray `%` stands for itself; what is not
//! UTF-8 is replaced. A report is not lost to a detail of its encoding.

use std::borrow::Cow;

/// The pairs of a form, in order. A part without `=` is a key with an empty value.
pub(super) fn pairs(body: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let key = halves.next().unwrap_or_default();
            (decode(key), decode(halves.next().unwrap_or_default()))
        })
}

/// Undoes the encoding of one key or value; borrowed when there is nothing to undo.
fn decode(encoded: &[u8]) -> Cow<'_, str> {
    if !encoded.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return String::from_utf8_lossy(encoded);
    }
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'+', _) => decoded.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex_digit(*high), hex_digit(*low)) {
                (Some(high), Some(low)) => {
                    decoded.push(high << 4 | low);
                    rest = after;
                }
                _ => decoded.push(b'%'),
            },
            _ => decoded.push(byte),
        }
    }
    let text = String::from_utf8(decoded);
    Cow::Owned(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_cases_of_percent_codes_are_read() {
        let upper: Vec<_> = pairs(b"issue%5Btitle%5D=J%C3%B6+%2B1").collect();
        let lower: Vec<_> = pairs(b"issue%5btitle%5d=J%c3%b6+%2b1").collect();
        assert_eq!(upper, [("issue[title]".into(), "J\u{f6} +1".into())]);
        assert_eq!(upper, lower);
    }

    #[test]
    fn nothing_odd_is_refused() {
        let check = |body: &[u8], expected: &[(&str, &str)]| {
            let found: Vec<_> = pairs(body).collect();
            let found: Vec<_> = found
                .iter()
                .map(|(key, value)| (key.as_ref(), value.as_ref()))
                .collect();
            assert_eq!(found, expected, "{}", String::from_utf8_lossy(body));
        };
        check(b"", &[]);
        check(b"&&a&=b&", &[("a", ""), ("", "b")]);
        check(b"a=b=c", &[("a", "b=c")]);
        check(b"a=100%", &[("a", "100%")]);
        check(b"a=%4", &[("a", "%4")]);
        check(b"a=%zz%41", &[("a", "%zzA")]);
        check(b"a=%ff\xff", &[("a", "\u{fffd}\u{fffd}")]);
    }
}
