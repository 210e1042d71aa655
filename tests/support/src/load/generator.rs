//! Requests over kept-alive connections, one under way on each, from one thread.
//!
//! For each request it does one write, one read, a share of an epoll wait and a look at the clock: the bytes of the
//! requests are made beforehand, and of an answer only the status and the end are looked for.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::Histogram;
use super::answer::{Answer, scan};

/// The bytes of a request, and where in them eight digits are overwritten so that no two sent are alike.
#[derive(Clone, Debug)]
pub struct Template {
    bytes: Vec<u8>,
    stamp: Option<usize>,
}

const STAMP_SIZE: usize = 8;

impl Template {
    /// A request as it goes over the wire; `stamp` is a text of eight characters to overwrite where it first stands.
    pub fn new(bytes: Vec<u8>, stamp: &str) -> Self {
        assert_eq!(stamp.len(), STAMP_SIZE, "a stamp is eight characters long");
        let position = bytes
            .windows(STAMP_SIZE)
            .position(|window| window == stamp.as_bytes());
        Self {
            bytes,
            stamp: position,
        }
    }

    fn stamped(&mut self, number: u64) -> &[u8] {
        if let Some(place) = self
            .stamp
            .and_then(|start| self.bytes.get_mut(start..start + STAMP_SIZE))
        {
            let mut rest = number;
            for digit in place.iter_mut().rev() {
                *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
                rest /= 10;
            }
        }
        &self.bytes
    }
}

/// What a turn of load is.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server.
    pub address: SocketAddr,
    /// Connections, each with one request under way.
    pub connections: usize,
    /// For how long new requests are sent; those under way are then waited for.
    pub duration: Duration,
    /// The status that every answer should have.
    pub expected: u16,
}

/// What a turn brought.
#[derive(Clone, Debug)]
pub struct Sample {
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Answers with the expected status.
    pub answers: u64,
    /// Answers with another status, and the first such status.
    pub unexpected: (u64, Option<u16>),
    /// Connections that the server closed and that were opened again.
    pub reconnects: u64,
    /// How long the answers took.
    pub latencies: Histogram,
}

/// How long the last answers are waited for.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// A turn of load under way.
#[derive(Debug)]
pub struct Generator<'a> {
    plan: Plan,
    templates: &'a mut [Template],
    poll: Poll,
    connections: Vec<Connection>,
    sent: u64,
    under_way: usize,
    sample: Sample,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    /// Where an answer is put together; its length is what there is room for.
    buffer: Vec<u8>,
    /// How much of the buffer holds bytes of an answer.
    filled: usize,
    started: Instant,
}

impl<'a> Generator<'a> {
    /// Runs a turn, with the templates one after the other. Fails when the server is gone or speaks no HTTP.
    pub fn run(plan: Plan, templates: &'a mut [Template]) -> io::Result<Sample> {
        let mut generator = Self::connect(plan, templates)?;
        let started = Instant::now();
        let deadline = started + generator.plan.duration;
        for index in 0..generator.connections.len() {
            generator.send(index)?;
        }
        let mut events = Events::with_capacity(1024);
        let mut now = started;
        while generator.under_way > 0 {
            if now > deadline + DRAIN_LIMIT {
                let message = format!(
                    "{} requests have no answer after {DRAIN_LIMIT:?}",
                    generator.under_way
                );
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            generator.poll.poll(&mut events, Some(Duration::from_secs(1)))?;
            now = Instant::now();
            for event in &events {
                now = generator.receive(event.token().0, deadline)?;
            }
        }
        generator.sample.elapsed = started.elapsed();
        Ok(generator.sample)
    }

    fn connect(plan: Plan, templates: &'a mut [Template]) -> io::Result<Self> {
        let sample = Sample {
            elapsed: Duration::ZERO,
            answers: 0,
            unexpected: (0, None),
            reconnects: 0,
            latencies: Histogram::new(),
        };
        let connections = Vec::with_capacity(plan.connections);
        let mut generator = Self {
            plan,
            templates,
            poll: Poll::new()?,
            connections,
            sent: 0,
            under_way: 0,
            sample,
        };
        for index in 0..generator.plan.connections {
            let stream = generator.open(index)?;
            let buffer = vec![0; Connection::BUFFER];
            generator.connections.push(Connection {
                stream,
                buffer,
                filled: 0,
                started: Instant::now(),
            });
        }
        Ok(generator)
    }

    /// Connects before going on, so that the first request can be written at once.
    fn open(&self, index: usize) -> io::Result<TcpStream> {
        let stream = std::net::TcpStream::connect(self.plan.address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        self.poll
            .registry()
            .register(&mut stream, Token(index), Interest::READABLE)?;
        Ok(stream)
    }

    fn send(&mut self, index: usize) -> io::Result<()> {
        let count = u64::try_from(self.templates.len()).unwrap_or(1).max(1);
        let position = usize::try_from(self.sent % count).unwrap_or_default();
        let (Some(connection), Some(template)) =
            (self.connections.get_mut(index), self.templates.get_mut(position))
        else {
            return Ok(());
        };
        connection.started = Instant::now();
        connection.stream.write_all(template.stamped(self.sent))?;
        self.sent += 1;
        self.under_way += 1;
        Ok(())
    }

    /// Reads from a connection that has something; when its answer is whole, sends the next request. Gives the time.
    fn receive(&mut self, index: usize, deadline: Instant) -> io::Result<Instant> {
        let Some(connection) = self.connections.get_mut(index) else {
            return Ok(Instant::now());
        };
        let open = connection.read()?;
        let now = Instant::now();
        match scan(connection.received())? {
            Some(answer) => {
                self.sample
                    .latencies
                    .record(now.saturating_duration_since(connection.started));
                connection.filled = 0;
                self.under_way -= 1;
                self.count(&answer);
                if !open || answer.closes {
                    self.reopen(index)?;
                }
                if now < deadline {
                    self.send(index)?;
                }
            }
            None if !open && connection.filled == 0 && now >= deadline => {}
            None if !open => return Err(io::ErrorKind::UnexpectedEof.into()),
            None => {}
        }
        Ok(now)
    }

    fn count(&mut self, answer: &Answer) {
        if answer.status == self.plan.expected {
            self.sample.answers += 1;
        } else {
            self.sample.unexpected.0 += 1;
            self.sample.unexpected.1.get_or_insert(answer.status);
        }
    }

    fn reopen(&mut self, index: usize) -> io::Result<()> {
        self.sample.reconnects += 1;
        let stream = self.open(index)?;
        if let Some(connection) = self.connections.get_mut(index) {
            connection.stream = stream;
        }
        Ok(())
    }
}

impl Connection {
    /// More than the answer to a report needs, so that one read takes it whole.
    const BUFFER: usize = 4 * 1024;

    /// Takes what is there; false when the server closed the connection. A read that leaves room in the buffer took
    /// everything, and epoll reports anew when more arrives.
    fn read(&mut self) -> io::Result<bool> {
        loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.filled * 2, 0);
            }
            let read = match self
                .stream
                .read(self.buffer.get_mut(self.filled..).unwrap_or_default())
            {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.filled += read;
            if self.filled < self.buffer.len() {
                return Ok(read > 0);
            }
        }
    }

    fn received(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }
}
