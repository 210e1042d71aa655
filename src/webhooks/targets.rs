//! Where the server may send webhooks to: public addresses, and what its operator allows by name. A project's owner
//! chooses the address, and must not reach by it what only the server's machine can.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use reqwest::Url;
use serde::Deserialize;

use crate::networks;

/// The longest address of an endpoint, in bytes.
pub const URL_LENGTH_MAX: usize = 2000;

/// Something that the operator allows beyond public addresses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum AllowedTarget {
    /// Addresses.
    Network(IpNet),
    /// A host by its name, whatever address it has.
    Host(String),
}

impl FromStr for AllowedTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(network) = networks::read(text)? {
            return Ok(Self::Network(network));
        }
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
        if text.is_empty() || !text.chars().all(is_name) {
            return Err(format!(
                "{text:?} is neither a network such as 10.0.0.0/8 nor the name of a host"
            ));
        }
        Ok(Self::Host(bare_name(text)))
    }
}

impl TryFrom<String> for AllowedTarget {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Names are the same in any case, and with the dot of the root or without.
fn bare_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Why an address is not one that webhooks are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// It is none.
    #[error("is not a web address")]
    NotAnAddress,
    /// It is too long.
    #[error("is too long (maximum is 2000 bytes)")]
    TooLong,
    /// What is sent could be read on the way.
    #[error("must begin with https://")]
    Insecure,
    /// It has a user's name or a password, which belong into no address.
    #[error("must not have a user name or a password")]
    Credentials,
    /// It names a place within a document.
    #[error("must not have a part behind #")]
    Fragment,
    /// It is not for everybody.
    #[error(
        "must not be an address of a private network or of this machine, unless the operator allows it with --webhook-allow"
    )]
    NotPublic,
}

/// Where may be sent to.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    networks: Vec<IpNet>,
    hosts: Vec<String>,
}

impl Targets {
    /// Public addresses, and these.
    pub fn new(allowed: &[AllowedTarget]) -> Self {
        let mut targets = Self::default();
        for target in allowed {
            match target {
                AllowedTarget::Network(network) => targets.networks.push(*network),
                AllowedTarget::Host(host) => targets.hosts.push(bare_name(host)),
            }
        }
        targets
    }

    /// Reads an address, and refuses what must not be sent to as far as that shows without asking for its name. What a
    /// name stands for is looked at each time that something is sent.
    pub fn check(&self, text: &str) -> Result<Url, UrlProblem> {
        if text.len() > URL_LENGTH_MAX {
            return Err(UrlProblem::TooLong);
        }
        let url = Url::parse(text).map_err(|_| UrlProblem::NotAnAddress)?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(UrlProblem::NotAnAddress)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlProblem::Insecure);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlProblem::Credentials);
        }
        if url.fragment().is_some() {
            return Err(UrlProblem::Fragment);
        }
        let literal = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        let (is_allowed, is_public) = match literal {
            Ok(address) => (self.names(address), is_public(address)),
            Err(_) => (self.allows_host(host), !is_own_name(host)),
        };
        if !is_allowed && !is_public {
            return Err(UrlProblem::NotPublic);
        }
        if url.scheme() != "https" && !is_allowed {
            return Err(UrlProblem::Insecure);
        }
        Ok(url)
    }

    /// Whether a host is allowed by name: then it may have any address.
    pub fn allows_host(&self, host: &str) -> bool {
        let host = bare_name(host);
        self.hosts.contains(&host)
    }

    /// Whether an address may be sent to.
    pub fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || self.names(address)
    }

    /// Whether the operator names the address.
    fn names(&self, address: IpAddr) -> bool {
        let has = |address: IpAddr| self.networks.iter().any(|network| network.contains(&address));
        has(address) || has(address.to_canonical())
    }
}

/// Names that stand for the machine itself, whoever is asked.
fn is_own_name(host: &str) -> bool {
    let host = bare_name(host);
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether an address belongs to somebody on the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    // Azure's metadata service has an address that looks like any other.
    const AZURE: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
    let [first, second, third, _] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_for_protocols = (first, second, third) == (192, 0, 0);
    let is_relay = (first, second, third) == (192, 88, 99);
    let is_for_benchmarks = first == 198 && (18..20).contains(&second);
    !(first == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || is_shared
        || is_for_protocols
        || is_relay
        || is_for_benchmarks
        // Multicast, reserved, broadcast.
        || first >= 224
        || address == AZURE)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, fourth, fifth, sixth, seventh, eighth] = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (first, second) {
        // IPv4-mapped.
        (0, 0) if (third, fourth, fifth, sixth) == (0, 0, 0, 0xffff) => embedded(seventh, eighth),
        // NAT64 (RFC 6052).
        (0x64, 0xff9b) if (third, fourth, fifth, sixth) == (0, 0, 0, 0) => embedded(seventh, eighth),
        // 6to4.
        (0x2002, _) => embedded(second, third),
        // Teredo and others for protocols; documentation.
        (0x2001, 0..0x200 | 0xdb8) | (0x3fff, 0..0x1000) => false,
        // All else that is given to anybody.
        (0x2000..0x4000, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str) -> Option<UrlProblem> {
        Targets::default().check(url).err()
    }

    #[test]
    fn a_public_address_over_https_is_taken() {
        for url in [
            "https://hooks.example.org/bugle?key=1",
            "https://hooks.example.org:8443",
            "https://93.184.216.34/",
            "https://[2606:2800:220:1:248:1893:25c8:1946]/",
            "https://[::ffff:93.184.216.34]/",
        ] {
            assert_eq!(problem(url), None, "{url}");
        }
    }

    #[test]
    fn private_addresses_are_refused_in_every_notation() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "017700000001",
            "0177.0.0.1",
            "127.0.0.1.",
            "0.0.0.0",
            "0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "3232235777",
            "100.64.0.1",
            "100.100.100.200",
            "169.254.169.254",
            "0xa9fea9fe",
            "168.63.129.16",
            "192.0.0.192",
            "192.0.2.1",
            "198.18.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "192.88.99.1",
            "１２７.0.0.1",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:169.254.169.254]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2002:a9fe:a9fe::1]",
            "[2002:c0a8:101::1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[2001::1]",
            "[3fff::1]",
            "[100::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "bugle.localhost",
        ] {
            let url = format!("https://{host}/hook");
            assert_eq!(problem(&url), Some(UrlProblem::NotPublic), "{url}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said() {
        assert_eq!(problem("hooks.example.org"), Some(UrlProblem::NotAnAddress));
        assert_eq!(problem("https://"), Some(UrlProblem::NotAnAddress));
        assert_eq!(problem("http://hooks.example.org"), Some(UrlProblem::Insecure));
        assert_eq!(problem("ftp://hooks.example.org"), Some(UrlProblem::Insecure));
        assert_eq!(
            problem("https://me:pass@hooks.example.org"),
            Some(UrlProblem::Credentials)
        );
        assert_eq!(
            problem("https://hooks.example.org/#top"),
            Some(UrlProblem::Fragment)
        );
        let long = format!("https://hooks.example.org/{}", "a".repeat(URL_LENGTH_MAX));
        assert_eq!(problem(&long), Some(UrlProblem::TooLong));
    }

    #[test]
    fn what_the_operator_names_is_allowed_also_without_tls() {
        let allowed = ["127.0.0.1", "10.0.0.0/8", "fd00::/8", "Hooks.Internal."];
        let allowed: Vec<AllowedTarget> = allowed.iter().map(|text| text.parse().unwrap()).collect();
        let targets = Targets::new(&allowed);
        for url in [
            "http://127.0.0.1:9000/",
            "http://10.2.3.4/",
            "http://[::ffff:10.2.3.4]/",
            "https://[fd00::7]/",
            "http://hooks.internal/x",
        ] {
            assert!(targets.check(url).is_ok(), "{url}");
        }
        assert_eq!(
            targets.check("http://127.0.0.2/").err(),
            Some(UrlProblem::NotPublic)
        );
        assert_eq!(
            targets.check("http://other.internal/").err(),
            Some(UrlProblem::Insecure)
        );
        assert!("10.0.0.0/33".parse::<AllowedTarget>().is_err());
        assert!("".parse::<AllowedTarget>().is_err());
    }
}
