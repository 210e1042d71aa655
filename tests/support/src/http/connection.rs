//! A socket to the server.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::{Request, Response};

/// How long an answer may take before the test fails instead of hanging.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A kept-alive connection: one request after the other. When an answer says `Connection: close`, as one to a request
/// whose body was refused unread does, the next request goes over a new one.
#[derive(Debug)]
pub struct Connection {
    address: SocketAddr,
    reader: BufReader<TcpStream>,
    /// The last answer said that it is the last.
    over: bool,
}

impl Connection {
    /// Connects. Fails when nobody listens there.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            address,
            reader: BufReader::new(connect(address)?),
            over: false,
        })
    }

    /// Sends a request and reads its answer. Fails when the connection breaks before the answer is whole.
    pub fn send(&mut self, request: &Request) -> io::Result<Response> {
        let bytes = request.encode(&self.address.to_string());
        self.send_raw(&bytes)
    }

    /// Sends bytes as they are and reads one answer.
    pub fn send_raw(&mut self, request: &[u8]) -> io::Result<Response> {
        if self.over {
            self.reader = BufReader::new(connect(self.address)?);
        }
        self.reader.get_mut().write_all(request)?;
        let response = Response::read(&mut self.reader, request.starts_with(b"HEAD "))?;
        self.over = response
            .header("Connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        Ok(response)
    }

    /// Sends the beginning of a request and waits for nothing. What is sent next goes on with it.
    pub fn send_part(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reader.get_mut().write_all(bytes)
    }

    /// Reads the answer to what was sent with [`Connection::send_part`].
    pub fn receive(&mut self) -> io::Result<Response> {
        Response::read(&mut self.reader, false)
    }

    /// Reads the answer to a `HEAD`, which has a length and no body.
    pub fn receive_head(&mut self) -> io::Result<Response> {
        Response::read(&mut self.reader, true)
    }

    /// Whether an answer has begun to arrive, for which it waits `within` at the most.
    pub fn has_answer(&mut self, within: Duration) -> io::Result<bool> {
        self.reader.get_ref().set_read_timeout(Some(within))?;
        let arrived = self.reader.fill_buf().map(|bytes| !bytes.is_empty());
        self.reader.get_ref().set_read_timeout(Some(ANSWER_TIMEOUT))?;
        match arrived {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                Ok(false)
            }
            other => other,
        }
    }

    /// Waits for the server to close the connection. False when it sends something, or goes on too long.
    pub fn is_closed(&mut self) -> bool {
        match self.reader.fill_buf() {
            Ok(bytes) => bytes.is_empty(),
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }

    /// The address of the server, as `Host` has it.
    pub fn host(&self) -> String {
        self.address.to_string()
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, ANSWER_TIMEOUT)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
    Ok(stream)
}

/// Sends the bytes of a request over a connection of its own and reads the answer.
pub fn raw(address: SocketAddr, request: &[u8]) -> io::Result<Response> {
    Connection::open(address)?.send_raw(request)
}
