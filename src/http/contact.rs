//! What counts as a way to reach a player.

use email_address::{EmailAddress, Options};

/// The longest address that mail can be sent to, in bytes (RFC 5321).
const EMAIL_LENGTH_MAX: usize = 254;

/// The most digits that a Discord id, an unsigned 64-bit number, can have.
const DISCORD_ID_LENGTH_MAX: usize = 20;

const PLAIN_ADDRESS: Options = Options {
    // `player@localhost` is an address by RFC 5322, and test set-ups use it.
    minimum_sub_domains: 0,
    allow_domain_literal: false,
    allow_display_text: false,
};

/// Whether this is an e-mail address by RFC 5322, with no name around it.
pub fn is_email_address(text: &str) -> bool {
    text.len() <= EMAIL_LENGTH_MAX && EmailAddress::parse_with_options(text, PLAIN_ADDRESS).is_ok()
}

/// Whether this is a Discord id: digits and nothing else.
pub fn is_discord_id(text: &str) -> bool {
    (1..=DISCORD_ID_LENGTH_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_text() {
        for good in [
            "a@b.example",
            "first.last+tag@studio.example",
            "player@localhost",
            "o'neil@x.org",
        ] {
            assert!(is_email_address(good), "{good}");
        }
        let long = format!("{}@b.example", "a".repeat(300));
        for bad in [
            "",
            "a",
            "a@",
            "@b",
            "a b@c.example",
            "A <a@b.example>",
            "a@b@c",
            "a@[127.0.0.1]",
            &long,
        ] {
            assert!(!is_email_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_discord_id_is_digits() {
        assert!(is_discord_id("80351110224678912"));
        for bad in ["", "12a", "-1", "1 2", "\u{661}", "123456789012345678901"] {
            assert!(!is_discord_id(bad), "{bad}");
        }
    }
}
