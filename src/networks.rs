//! Networks as an operator writes them: an address alone, or with the length of its prefix.

use std::net::IpAddr;

use ipnet::IpNet;

/// Reads an address, which is a network of one, or a network. `None` where the text is neither; an error, in words for
/// the operator, where it could be either, as `10.4.0.1/16` could.
pub(crate) fn read(text: &str) -> Result<Option<IpNet>, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Some(address.into()));
    }
    text.parse().ok().map(exact).transpose()
}

/// A network as it was meant: with an address within it in its place, one machine may have been meant, or all of them.
fn exact(network: IpNet) -> Result<IpNet, String> {
    let whole = network.trunc();
    if whole == network {
        return Ok(network);
    }
    let address = network.addr();
    Err(format!(
        "{network} is an address within a network: say {whole} for all of it, or {address} for that address alone"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_alone_is_a_network_of_one() {
        for (text, expected) in [
            ("10.0.0.1", "10.0.0.1/32"),
            ("10.0.0.1/32", "10.0.0.1/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:db8::1", "2001:db8::1/128"),
            ("2001:db8::/32", "2001:db8::/32"),
        ] {
            let network = read(text).unwrap().map(|network| network.to_string());
            assert_eq!(network.as_deref(), Some(expected));
        }
        for neither in ["", "everybody", "10.0.0.1/33", "10.0.0", "10.0.0.1:80"] {
            assert_eq!(read(neither), Ok(None), "{neither}");
        }
    }

    #[test]
    fn an_address_with_a_length_that_leaves_some_of_it_out_is_asked_about() {
        for (text, whole, alone) in [
            ("10.4.0.1/16", "say 10.4.0.0/16", "or 10.4.0.1 for"),
            ("fd00::7/8", "say fd00::/8", "or fd00::7 for"),
            ("10.0.0.1/0", "say 0.0.0.0/0", "or 10.0.0.1 for"),
        ] {
            let problem = read(text).unwrap_err();
            assert!(problem.contains(whole) && problem.contains(alone), "{problem}");
        }
    }
}
