//! How values are written that are more than a number: the same on the command line, in variables and in the file.

use std::net::SocketAddr;

use actix_web::http::Uri;
use ipnet::IpNet;
use serde::de::{Deserialize, Deserializer, Error};

use crate::networks;

/// Where to listen: an address and a port.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let address = text.trim().parse();
    address.map_err(|_| "must be an address and a port, such as 127.0.0.1:8080 or [::]:8080".to_owned())
}

/// A proxy, or a network of them: an address alone is itself.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let network = networks::read(text.trim())?;
    network.ok_or_else(|| "must be an address or a network, such as 10.0.0.1 or 10.0.0.0/8".to_owned())
}

/// What links begin with: nothing may follow that would end up before their paths. Without the slashes at its end.
pub(super) fn public_url(text: &str) -> Option<String> {
    let url = text.trim();
    let uri: Uri = url.parse().ok()?;
    let is_of_the_web = matches!(uri.scheme_str(), Some("http" | "https"));
    let has_more = uri.query().is_some() || url.contains(['?', '#']);
    (is_of_the_web && !has_more).then(|| url.trim_end_matches('/').to_owned())
}

pub(super) fn listen_in_file<'de, D: Deserializer<'de>>(value: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(value)?;
    listen_address(&text).map(Some).map_err(D::Error::custom)
}

pub(super) fn networks_in_file<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(value)?;
    let networks = texts.iter().map(|text| network(text));
    networks.collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// A size that is not nothing.
pub(super) fn size_in_file<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u64>, D::Error> {
    match u64::deserialize(value)? {
        0 => Err(D::Error::custom("must be at least 1")),
        size => Ok(Some(size)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_network_is_told_what_one_is() {
        assert_eq!(network(" 10.0.0.0/8 "), Ok("10.0.0.0/8".parse().unwrap()));
        for bad in ["", "everybody", "10.0.0.1/33"] {
            let problem = network(bad).unwrap_err();
            assert!(problem.contains("an address or a network"), "{bad}: {problem}");
        }
        let problem = network("10.4.0.1/16").unwrap_err();
        assert!(problem.contains("say 10.4.0.0/16"), "{problem}");
    }

    #[test]
    fn a_place_to_listen_has_a_port() {
        assert!(listen_address("127.0.0.1:0").is_ok());
        assert!(listen_address("[::]:8080").is_ok());
        for bad in [
            "",
            "127.0.0.1",
            "::",
            "8080",
            ":8080",
            "localhost:8080",
            "127.0.0.1:65536",
        ] {
            let problem = listen_address(bad).unwrap_err();
            assert!(problem.contains("an address and a port"), "{bad}: {problem}");
        }
    }

    #[test]
    fn a_public_address_has_a_scheme_and_ends_with_its_path() {
        for (text, expected) in [
            ("https://bugs.example/", "https://bugs.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://studio.example/bugs//", "https://studio.example/bugs"),
        ] {
            assert_eq!(public_url(text).as_deref(), Some(expected));
        }
        for bad in [
            "",
            "bugs.example",
            "ftp://bugs.example",
            "https://",
            "https:///bugs",
            "https://bugs.example/?from=game",
            "https://bugs.example?",
            "https://bugs.example/#top",
            "https://bugs.example/a b",
        ] {
            assert_eq!(public_url(bad), None, "{bad}");
        }
    }
}
