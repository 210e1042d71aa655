//! The socket that connections arrive on.

use std::io;
use std::net::{SocketAddr, TcpListener};

use tokio::net::TcpSocket;

/// How many connections may wait until a worker has room for them; the system may allow fewer. The standard library
/// would have 128 wait and turn the others away.
const WAITING_CONNECTIONS_MAX: u32 = 4096;

/// Listens on an address. Must be called within a runtime.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server that was just stopped leaves the address in use for a minute otherwise.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING_CONNECTIONS_MAX)?.into_std()
}
