//! Where a server is reached, for whoever starts it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The web address of a socket, as a browser on the same machine takes it: "every address" (`0.0.0.0`, `[::]`) can be
/// listened on and not called, so it becomes the machine's own.
pub(super) fn on_this_machine(mut socket: SocketAddr) -> String {
    let own = match socket.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    socket.set_ip(own);
    format!("http://{socket}")
}

/// What is said once the server listens. The first line is the same for every setting, so that scripts can read it.
pub(super) fn announcement(socket: SocketAddr, public_url: &str) -> String {
    let listening = format!("http://{socket}");
    let first = format!("Bugle is listening on {listening}\n");
    if public_url == listening {
        first
    } else if public_url == on_this_machine(socket) {
        format!("{first}On this machine that is {public_url}; --public-url says what others call it\n")
    } else {
        format!("{first}Its public address is {public_url}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(socket: &str, public_url: Option<&str>, expected: &str) {
        let socket = socket.parse().unwrap();
        let own = on_this_machine(socket);
        assert_eq!(announcement(socket, public_url.unwrap_or(&own)), expected);
    }

    #[test]
    fn one_address_is_said_once() {
        let expected = "Bugle is listening on http://127.0.0.1:8080\n";
        check("127.0.0.1:8080", None, expected);
        check("127.0.0.1:8080", Some("http://127.0.0.1:8080"), expected);
        check(
            "192.0.2.7:80",
            None,
            "Bugle is listening on http://192.0.2.7:80\n",
        );
    }

    #[test]
    fn every_address_comes_with_one_that_can_be_called() {
        check(
            "0.0.0.0:8080",
            None,
            "Bugle is listening on http://0.0.0.0:8080\n\
             On this machine that is http://127.0.0.1:8080; --public-url says what others call it\n",
        );
        check(
            "[::]:8080",
            None,
            "Bugle is listening on http://[::]:8080\n\
             On this machine that is http://[::1]:8080; --public-url says what others call it\n",
        );
    }

    #[test]
    fn a_public_address_has_its_own_line() {
        check(
            "127.0.0.1:8080",
            Some("https://bugs.studio.example"),
            "Bugle is listening on http://127.0.0.1:8080\n\
             Its public address is https://bugs.studio.example\n",
        );
    }
}
