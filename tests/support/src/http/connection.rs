//! A socket to the server.

use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::{Request, Response};

/// How long an answer may take before the test fails instead of hanging.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A kept-alive connection: one request after the other.
#[derive(Debug)]
pub struct Connection {
    host: String,
    reader: BufReader<TcpStream>,
}

impl Connection {
    /// Connects. Fails when nobody listens there.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, ANSWER_TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
        Ok(Self {
            host: address.to_string(),
            reader: BufReader::new(stream),
        })
    }

    /// Sends a request and reads its answer. Fails when the connection breaks before the answer is whole.
    pub fn send(&mut self, request: &Request) -> io::Result<Response> {
        let bytes = request.encode(&self.host);
        self.send_raw(&bytes)
    }

    /// Sends bytes as they are and reads one answer.
    pub fn send_raw(&mut self, request: &[u8]) -> io::Result<Response> {
        self.reader.get_mut().write_all(request)?;
        Response::read(&mut self.reader, request.starts_with(b"HEAD "))
    }
}

/// Sends the bytes of a request over a connection of its own and reads the answer.
pub fn raw(address: SocketAddr, request: &[u8]) -> io::Result<Response> {
    Connection::open(address)?.send_raw(request)
}
