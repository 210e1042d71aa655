//! Whose address a request counts against.
//!
//! That is the socket's peer, unless the peer is a proxy we were told to trust. What such a proxy says is read
//! from the right, since only the entries that trusted proxies added themselves are known to be true.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

/// How much of an IPv6 address counts when nothing else is set: a household holds a whole /64.
pub const IPV6_PREFIX_DEFAULT: u8 = 64;

/// Finds the client behind `peer`, with IPv4 written inside IPv6 taken out.
///
/// `x_forwarded_for` and `forwarded` are the values of the headers of those names, one item a header line, in
/// the order they arrived. They count only when `peer` is in `trusted`. Proxies set one of the two and pass on
/// what the client wrote in the other; so when both are there and disagree, neither is believed, and whoever
/// sends such requests shares one count, the proxy's.
pub fn client_address<'h>(
    peer: IpAddr,
    trusted: &[IpNet],
    x_forwarded_for: impl Iterator<Item = &'h str>,
    forwarded: impl Iterator<Item = &'h str>,
) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let by_x_forwarded_for = nearest_untrusted(peer, trusted, x_forwarded_for, address_with_port);
    let by_forwarded = nearest_untrusted(peer, trusted, forwarded, address_of_element);
    match (by_x_forwarded_for, by_forwarded) {
        (Some(address), None) | (None, Some(address)) => address,
        (Some(one), Some(other)) if one == other => one,
        (None, None) | (Some(_), Some(_)) => peer,
    }
}

/// The address that quotas count: of IPv6 only the first `ipv6_prefix` bits (0 to 128), IPv4 as it is.
pub fn counted_address(address: IpAddr, ipv6_prefix: u8) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let ignored = 128 - u32::from(ipv6_prefix.min(128));
            let mask = u128::MAX.checked_shl(ignored).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    }
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// Walks the entries from the right past the trusted ones. An entry that is no address ends the walk: what
/// lies left of it was vouched for by nobody. `None` when there is no header line.
fn nearest_untrusted<'h>(
    peer: IpAddr,
    trusted: &[IpNet],
    lines: impl Iterator<Item = &'h str>,
    read: fn(&str) -> Option<IpAddr>,
) -> Option<IpAddr> {
    let lines: Vec<&str> = lines.collect();
    if lines.is_empty() {
        return None;
    }
    let mut nearest = peer;
    for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Some(address) = read(entry.trim()) else { break };
        nearest = address.to_canonical();
        if !is_trusted(nearest, trusted) {
            break;
        }
    }
    Some(nearest)
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn address_with_port(entry: &str) -> Option<IpAddr> {
    if let Ok(address) = entry.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = entry.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    let bare = entry.strip_prefix('[')?.strip_suffix(']')?;
    bare.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// The `for` of one element of a `Forwarded` header (RFC 7239): `for="[2001:db8::1]:4711";proto=https`.
fn address_of_element(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("for") {
            return None;
        }
        let value = value.trim();
        let unquoted = value
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(value);
        address_with_port(unquoted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks() -> Vec<IpNet> {
        ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"]
            .map(|text| text.parse().unwrap())
            .to_vec()
    }

    fn find(peer: &str, x_forwarded_for: &[&str], forwarded: &[&str]) -> String {
        let address = client_address(
            peer.parse().unwrap(),
            &networks(),
            x_forwarded_for.iter().copied(),
            forwarded.iter().copied(),
        );
        address.to_string()
    }

    #[test]
    fn a_stranger_is_who_the_socket_says() {
        assert_eq!(
            find("203.0.113.9", &["198.51.100.1"], &["for=198.51.100.1"]),
            "203.0.113.9"
        );
        assert_eq!(find("::ffff:203.0.113.9", &[], &[]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_is_believed_from_the_right() {
        let table: [(&[&str], &str); 10] = [
            (&["198.51.100.1"], "198.51.100.1"),
            (&["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
            (&["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
            (&["1.2.3.4, 198.51.100.1, 10.1.1.1", "10.2.2.2"], "198.51.100.1"),
            (&["198.51.100.1:4711"], "198.51.100.1"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["2001:db8::1, fd00::7"], "2001:db8::1"),
            (&["::ffff:198.51.100.1, ::ffff:10.1.1.1"], "198.51.100.1"),
            (&["10.3.3.3, 10.1.1.1"], "10.3.3.3"),
        ];
        for (lines, expected) in table {
            assert_eq!(find("10.0.0.1", lines, &[]), expected, "{lines:?}");
        }
    }

    #[test]
    fn garbage_ends_the_walk_at_the_last_known_hop() {
        for lines in [
            &["unknown"][..],
            &[""],
            &["198.51.100.1,"],
            &["198.51.100.1, fe80::1%eth0"],
            &["1.2.3"],
        ] {
            assert_eq!(find("10.0.0.1", lines, &[]), "10.0.0.1", "{lines:?}");
        }
        assert_eq!(
            find("10.0.0.1", &["198.51.100.1, junk, 10.1.1.1"], &[]),
            "10.1.1.1"
        );
    }

    #[test]
    fn forwarded_is_read_too() {
        let table: [(&[&str], &str); 7] = [
            (&["for=198.51.100.1"], "198.51.100.1"),
            (&["For=\"[2001:db8::1]:4711\""], "2001:db8::1"),
            (
                &["for=1.2.3.4, proto=https; for=198.51.100.1;by=10.0.0.1"],
                "198.51.100.1",
            ),
            (&["for=1.2.3.4", "for=198.51.100.1, for=10.1.1.1"], "198.51.100.1"),
            (&["for=198.51.100.1, for=_hidden"], "10.0.0.1"),
            (&["for=198.51.100.1, proto=https"], "10.0.0.1"),
            (&["for=\"1.2.3.4, for=198.51.100.1"], "198.51.100.1"),
        ];
        for (lines, expected) in table {
            assert_eq!(find("10.0.0.1", &[], lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn two_headers_must_agree() {
        assert_eq!(
            find("10.0.0.1", &["198.51.100.1"], &["for=198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(find("10.0.0.1", &["198.51.100.1"], &["for=1.2.3.4"]), "10.0.0.1");
    }

    #[test]
    fn ipv6_counts_by_network() {
        let count = |address: &str, prefix| counted_address(address.parse().unwrap(), prefix).to_string();
        assert_eq!(
            count("2001:db8:1:2:3:4:5:6", IPV6_PREFIX_DEFAULT),
            "2001:db8:1:2::"
        );
        assert_eq!(count("2001:db8:1:2:3:4:5:6", 48), "2001:db8:1::");
        assert_eq!(count("2001:db8:1:2:3:4:5:6", 128), "2001:db8:1:2:3:4:5:6");
        assert_eq!(count("2001:db8:1:2:3:4:5:6", 200), "2001:db8:1:2:3:4:5:6");
        assert_eq!(count("2001:db8:1:2:3:4:5:6", 0), "::");
        assert_eq!(count("::ffff:198.51.100.1", 64), "198.51.100.1");
        assert_eq!(count("198.51.100.1", 0), "198.51.100.1");
    }
}
