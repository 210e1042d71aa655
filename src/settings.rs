//! How a server is set up: options, `BUGLE_…` variables, a TOML file, defaults, in that order.

mod file;
mod written;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use serde::Deserialize;

use crate::mail::{MailSettings, SmtpUrl};
use crate::webhooks::AllowedTarget;
use file::SettingsFile;

/// Where the data directory is when nobody says.
pub const DATA_DEFAULT: &str = "data";
const MIB: u64 = 1024 * 1024;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the data is and how its store is opened: what every command needs.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct DataOptions {
    /// The data directory; made at the first start [default: data]
    #[arg(long, value_name = "DIR", env = "BUGLE_DATA", global = true)]
    pub data: Option<PathBuf>,
    /// A TOML file with these options [default: bugle.toml, when there is one]
    #[arg(long, value_name = "FILE", env = "BUGLE_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// Free disk space below which writes are refused, in MiB [default: 256]
    #[arg(long, value_name = "MIB", env = "BUGLE_RESERVE_MIB", global = true)]
    reserve_mib: Option<u64>,
    /// Size of a journal segment in MiB [default: 32]
    #[arg(long, value_name = "MIB", env = "BUGLE_SEGMENT_MIB", global = true, value_parser = clap::value_parser!(u64).range(1..=1024))]
    segment_mib: Option<u64>,
    /// Days that journal segments are kept after they are applied [default: 7]
    #[arg(long, value_name = "DAYS", env = "BUGLE_JOURNAL_DAYS", global = true)]
    journal_days: Option<u64>,
}

/// The options of `serve`, each as given or not.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeOptions {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT", env = "BUGLE_LISTEN", value_parser = written::listen_address)]
    listen: Option<SocketAddr>,
    /// What the server's own links begin with [default: http:// and the address]
    #[arg(long, value_name = "URL", env = "BUGLE_PUBLIC_URL")]
    public_url: Option<String>,
    /// A proxy, or a network of them, whose X-Forwarded-For is believed; may be given several times
    #[arg(long, value_name = "ADDR|CIDR", env = "BUGLE_TRUSTED_PROXY", value_delimiter = ',', value_parser = written::network)]
    trusted_proxy: Vec<IpNet>,
    /// How log lines look [default: text]
    #[arg(long, value_name = "FORMAT", env = "BUGLE_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// Threads that speak HTTP and own projects [default: one for every core]
    #[arg(long, value_name = "N", env = "BUGLE_WORKERS", value_parser = clap::value_parser!(u16).range(1..=512))]
    workers: Option<u16>,
    /// Bits of an IPv6 address that count as one client [default: 64]
    #[arg(long, value_name = "BITS", env = "BUGLE_IPV6_PREFIX", value_parser = clap::value_parser!(u8).range(1..=128))]
    ipv6_prefix: Option<u8>,
    /// Largest file that may be uploaded, in MiB [default: 1024]
    #[arg(long, value_name = "MIB", env = "BUGLE_UPLOAD_MIB", value_parser = clap::value_parser!(u64).range(1..))]
    upload_mib: Option<u64>,
    /// What the files of one issue may have together, in MiB [default: 4096]
    #[arg(long, value_name = "MIB", env = "BUGLE_ISSUE_FILES_MIB", value_parser = clap::value_parser!(u64).range(1..))]
    issue_files_mib: Option<u64>,
    /// Seconds that the sender of a body may be silent, or slower than 1 KiB/s [default: 30]
    #[arg(long, value_name = "SECONDS", env = "BUGLE_BODY_TIMEOUT", value_parser = clap::value_parser!(u64).range(1..=3600))]
    body_timeout: Option<u64>,
    /// Memory for bodies that are held whole, all together, in MiB [default: 256]
    #[arg(long, value_name = "MIB", env = "BUGLE_BODY_MEMORY_MIB", value_parser = clap::value_parser!(u64).range(1..))]
    body_memory_mib: Option<u64>,
    /// The mail server with scheme (smtps or smtp), user and password; without one no mail is sent
    // A password is shown neither in the help nor in an error.
    #[arg(long, value_name = "URL", env = "BUGLE_SMTP_URL", hide_env_values = true)]
    smtp_url: Option<SmtpUrl>,
    /// Whom mail is from, such as "Studio <bugs@studio.example>"
    #[arg(long, value_name = "ADDRESS", env = "BUGLE_MAIL_FROM")]
    mail_from: Option<String>,
    /// A network or host that webhooks may be sent to although it is not public; may be given several times
    #[arg(
        long,
        value_name = "CIDR|HOST",
        env = "BUGLE_WEBHOOK_ALLOW",
        value_delimiter = ','
    )]
    webhook_allow: Vec<AllowedTarget>,
}

/// A server's settings, all known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The data directory.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What links begin with, without a slash at the end; `None` is the address listened on.
    pub public_url: Option<String>,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Threads that speak HTTP and own projects.
    pub workers: usize,
    /// Bits of an IPv6 address that count.
    pub ipv6_prefix: u8,
    /// Largest upload in bytes.
    pub upload_size_max: u64,
    /// What the files of one issue may have together, in bytes.
    pub issue_files_size_max: u64,
    /// How long the sender of a body may be silent.
    pub body_timeout: Duration,
    /// Memory in bytes for bodies that are held whole.
    pub body_memory: usize,
    /// How mail is sent, if it is.
    pub mail: Option<MailSettings>,
    /// What webhooks may be sent to beside public addresses.
    pub webhook_allow: Vec<AllowedTarget>,
    /// Free space in bytes below which writes are refused.
    pub reserve: u64,
    /// Size of a journal segment in bytes.
    pub segment_size: u64,
    /// How long applied segments are kept.
    pub journal_keep: Duration,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings in {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("the settings in {} are not valid: {detail}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        detail: String,
    },
    /// The public address is no address.
    #[error(
        "--public-url (BUGLE_PUBLIC_URL) must begin with http:// or https:// and a host, and have no ? and no #"
    )]
    PublicUrl,
    /// The settings of mail cannot be used; why, in a sentence.
    #[error("{0}")]
    Mail(&'static str),
}

impl DataOptions {
    /// The settings of a command that serves nobody: as the server has them, so that it finds the same directory, and a
    /// journal that is kept for as long.
    pub fn settle(self) -> Result<Settings, SettingsError> {
        ServeOptions::default().settle(self)
    }
}

/// Mail needs both, a server and a sender.
fn mail_settings(url: Option<SmtpUrl>, from: Option<String>) -> Result<Option<MailSettings>, SettingsError> {
    match (url, from) {
        (None, None) => Ok(None),
        (Some(url), Some(from)) => MailSettings::new(&url, &from)
            .map(Some)
            .map_err(SettingsError::Mail),
        (Some(_), None) => Err(SettingsError::Mail(
            "--smtp-url needs --mail-from: whom mail is from",
        )),
        (None, Some(_)) => Err(SettingsError::Mail(
            "--mail-from needs --smtp-url: the mail server",
        )),
    }
}

impl ServeOptions {
    /// Fills up what was not given from the file, then from the defaults.
    pub fn settle(self, data: DataOptions) -> Result<Settings, SettingsError> {
        let file = SettingsFile::read(data.config.as_deref())?;
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let public_url = self.public_url.or(file.public_url);
        let days = data.journal_days.or(file.journal_days).unwrap_or(7);
        let body_memory = self
            .body_memory_mib
            .or(file.body_memory_mib)
            .unwrap_or(256)
            .max(1);
        let trusted_proxies = if self.trusted_proxy.is_empty() {
            file.trusted_proxy
        } else {
            self.trusted_proxy
        };
        let mail = mail_settings(self.smtp_url.or(file.smtp_url), self.mail_from.or(file.mail_from))?;
        let webhook_allow = if self.webhook_allow.is_empty() {
            file.webhook_allow
        } else {
            self.webhook_allow
        };
        Ok(Settings {
            mail,
            data: data.data.or(file.data).unwrap_or_else(|| DATA_DEFAULT.into()),
            listen: self
                .listen
                .or(file.listen)
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            public_url: public_url.as_deref().map(checked_url).transpose()?,
            trusted_proxies,
            log_format: self.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
            workers: self
                .workers
                .or(file.workers)
                .map_or(cores, usize::from)
                .clamp(1, 512),
            ipv6_prefix: self.ipv6_prefix.or(file.ipv6_prefix).unwrap_or(64).clamp(1, 128),
            upload_size_max: self
                .upload_mib
                .or(file.upload_mib)
                .unwrap_or(1024)
                .saturating_mul(MIB),
            issue_files_size_max: self
                .issue_files_mib
                .or(file.issue_files_mib)
                .unwrap_or(4096)
                .saturating_mul(MIB),
            body_timeout: Duration::from_secs(
                self.body_timeout
                    .or(file.body_timeout)
                    .unwrap_or(30)
                    .clamp(1, 3600),
            ),
            webhook_allow,
            body_memory: usize::try_from(body_memory.saturating_mul(MIB)).unwrap_or(usize::MAX),
            reserve: data
                .reserve_mib
                .or(file.reserve_mib)
                .unwrap_or(256)
                .saturating_mul(MIB),
            segment_size: data.segment_mib.or(file.segment_mib).unwrap_or(32).clamp(1, 1024) * MIB,
            journal_keep: Duration::from_secs(days.saturating_mul(24 * 60 * 60)),
        })
    }
}

fn checked_url(url: &str) -> Result<String, SettingsError> {
    written::public_url(url).ok_or(SettingsError::PublicUrl)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_is_given_counts_more_than_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("b.toml");
        std::fs::write(
            &file,
            "data = \"/srv/bugle\"\nlisten = \"0.0.0.0:80\"\nworkers = 3\ntrusted-proxy = [\"10.0.0.0/8\"]\nwebhook-allow = [\"10.1.0.0/16\", \"hooks.internal\"]\nlog-format = \"json\"\n",
        )
        .unwrap();
        let data = DataOptions {
            config: Some(file),
            ..DataOptions::default()
        };
        let given = ServeOptions {
            workers: Some(5),
            ..ServeOptions::default()
        };
        let settings = given.settle(data).unwrap();
        assert_eq!(settings.data, Path::new("/srv/bugle"));
        assert_eq!(settings.listen, "0.0.0.0:80".parse().unwrap());
        assert_eq!(settings.workers, 5);
        assert_eq!(settings.trusted_proxies, ["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(settings.log_format, LogFormat::Json);
        let allowed = ["10.1.0.0/16", "hooks.internal"].map(|target| target.parse().unwrap());
        assert_eq!(settings.webhook_allow, allowed);
    }
}
