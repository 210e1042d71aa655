//! The settings file: TOML, named by `--config`, or `bugle.toml` in the working directory when there is one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;

use super::{LogFormat, SettingsError, written};
use crate::mail::SmtpUrl;
use crate::webhooks::AllowedTarget;

/// The file that is read when there is one and nobody names another.
const FILE_DEFAULT: &str = "bugle.toml";

/// What the file may say: every option under its long name. Others are refused, so that a misspelt one is noticed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SettingsFile {
    pub(super) data: Option<PathBuf>,
    #[serde(deserialize_with = "written::listen_in_file")]
    pub(super) listen: Option<SocketAddr>,
    pub(super) public_url: Option<String>,
    #[serde(deserialize_with = "written::networks_in_file")]
    pub(super) trusted_proxy: Vec<IpNet>,
    pub(super) log_format: Option<LogFormat>,
    pub(super) workers: Option<u16>,
    pub(super) ipv6_prefix: Option<u8>,
    #[serde(deserialize_with = "written::size_in_file")]
    pub(super) upload_mib: Option<u64>,
    #[serde(deserialize_with = "written::size_in_file")]
    pub(super) issue_files_mib: Option<u64>,
    pub(super) body_timeout: Option<u64>,
    pub(super) body_memory_mib: Option<u64>,
    pub(super) smtp_url: Option<SmtpUrl>,
    pub(super) mail_from: Option<String>,
    pub(super) webhook_allow: Vec<AllowedTarget>,
    pub(super) reserve_mib: Option<u64>,
    pub(super) segment_mib: Option<u64>,
    pub(super) journal_days: Option<u64>,
}

impl SettingsFile {
    /// Reads the file that was named, or else the one in the working directory. There need not be one there.
    pub(super) fn read(named: Option<&Path>) -> Result<Self, SettingsError> {
        let path = match named {
            Some(path) => path.to_owned(),
            None if Path::new(FILE_DEFAULT).exists() => FILE_DEFAULT.into(),
            None => return Ok(Self::default()),
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map_err(|detail| SettingsError::Invalid { path, detail }),
            Err(source) => Err(SettingsError::Unreadable { path, source }),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_used_is_named() {
        let missing = SettingsFile::read(Some(Path::new("/nowhere/b.toml")));
        let text = missing.unwrap_err().to_string();
        assert!(text.contains("/nowhere/b.toml"), "{text}");
    }

    #[test]
    fn a_misspelt_option_is_named() {
        let error = SettingsFile::parse("lisen = \"0.0.0.0:80\"").unwrap_err();
        assert!(error.contains("lisen"), "{error}");
    }
}
