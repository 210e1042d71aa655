//! The token a person or a game holds: made once, shown once, known afterwards by its hash alone.

use std::fmt;

use bugle_storage::records::TokenHash;
use sha2::{Digest, Sha256};

const PREFIX_SIZE: usize = 4;
const RANDOM_DIGITS: usize = 56;
const CHECKSUM_DIGITS: usize = 8;
const TOKEN_SIZE: usize = PREFIX_SIZE + RANDOM_DIGITS + CHECKSUM_DIGITS;

/// The two kinds of token (protocol 1.1). The prefixes may never change: that would revoke every token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `pat-`: a person's or a script's.
    Personal,
    /// `tkn-`: a game's.
    Project,
}

impl TokenKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Personal => "pat-",
            Self::Project => "tkn-",
        }
    }
}

/// A whole token in the clear. Its `Debug` form does not show it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainToken(String);

impl PlainToken {
    /// A new token of 224 random bits.
    pub fn generate(kind: TokenKind) -> Self {
        let random: [u8; RANDOM_DIGITS / 2] = rand::random();
        let mut text = String::with_capacity(TOKEN_SIZE);
        text.push_str(kind.prefix());
        push_hex(&mut text, &random);
        let checksum = crc32fast::hash(text.as_bytes());
        push_hex(&mut text, &checksum.to_be_bytes());
        Self(text)
    }

    /// The token's text: for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the token is stored as.
    pub fn hash(&self) -> TokenHash {
        hash_token(&self.0)
    }
}

impl fmt::Debug for PlainToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PlainToken")
    }
}

/// Why a text is no token at all, known without a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenDefect {
    /// It does not begin as that kind of token does.
    #[error("the prefix is missing")]
    MissingPrefix,
    /// It is too short or too long.
    #[error("the length is wrong")]
    InvalidLength,
    /// It has something else than lower-case hex digits.
    #[error("a character is not a lower-case hex digit")]
    InvalidCharacter,
    /// Its last eight digits do not fit the others: somebody mistyped it.
    #[error("the checksum is wrong")]
    InvalidChecksum,
}

/// Checks a token's form and gives the hash to look it up by.
pub fn parse_token(kind: TokenKind, text: &str) -> Result<TokenHash, TokenDefect> {
    let digits = text
        .strip_prefix(kind.prefix())
        .ok_or(TokenDefect::MissingPrefix)?;
    if text.len() != TOKEN_SIZE {
        return Err(TokenDefect::InvalidLength);
    }
    if !digits
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    {
        return Err(TokenDefect::InvalidCharacter);
    }
    let (checked, checksum) = text.split_at(TOKEN_SIZE - CHECKSUM_DIGITS);
    if u32::from_str_radix(checksum, 16) != Ok(crc32fast::hash(checked.as_bytes())) {
        return Err(TokenDefect::InvalidChecksum);
    }
    Ok(hash_token(text))
}

fn hash_token(text: &str) -> TokenHash {
    TokenHash(Sha256::digest(text.as_bytes()).into())
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    use fmt::Write;
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_token_is_prefix_and_64_hex_digits_and_parses() {
        let token = PlainToken::generate(TokenKind::Project);
        assert_eq!(token.reveal().len(), 68);
        assert!(token.reveal().starts_with("tkn-"));
        assert_eq!(parse_token(TokenKind::Project, token.reveal()), Ok(token.hash()));
        assert_ne!(token, PlainToken::generate(TokenKind::Project));
    }

    #[test]
    fn each_defect_has_its_name() {
        let token = PlainToken::generate(TokenKind::Personal);
        let text = token.reveal();
        let defect = |text: &str| parse_token(TokenKind::Personal, text).unwrap_err();
        assert_eq!(
            parse_token(TokenKind::Project, text),
            Err(TokenDefect::MissingPrefix)
        );
        assert_eq!(defect(&text[..60]), TokenDefect::InvalidLength);
        assert_eq!(defect(&format!("{text}0")), TokenDefect::InvalidLength);
        assert_eq!(
            defect(&text.to_uppercase().replace("PAT-", "pat-")),
            TokenDefect::InvalidCharacter
        );
        let other = if text.ends_with('0') { "1" } else { "0" };
        assert_eq!(
            defect(&format!("{}{other}", &text[..67])),
            TokenDefect::InvalidChecksum
        );
    }

    #[test]
    fn debug_output_never_shows_the_token() {
        assert_eq!(
            format!("{:?}", PlainToken::generate(TokenKind::Personal)),
            "PlainToken"
        );
    }
}
