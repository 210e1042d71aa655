//! Somebody who takes webhooks: notes what comes, and answers as the test says.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::eventually;

/// How a message is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// With this status and a short body.
    Status(u16),
    /// With this status and this `Retry-After`.
    Later(u16, String),
    /// With a 302 to this address.
    Redirect(String),
    /// Not at all: the connection stays open.
    Hang,
    /// With a 200 and a body that has no end.
    Endless,
}

/// A message that came.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body as it came.
    pub body: Vec<u8>,
}

impl Received {
    /// The value of a header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        let line = self.headers.iter().find(|(given, _)| given == name);
        line.map_or("", |(_, value)| value)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a message is JSON")
    }

    /// The `type` of the event.
    pub fn event(&self) -> String {
        let json = self.json();
        json.get("type")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }
}

#[derive(Debug)]
struct Shared {
    /// What came, where that is kept.
    received: Option<Mutex<Vec<Received>>>,
    count: AtomicUsize,
    reply: Mutex<Reply>,
}

/// Listens on a port of this machine until the process ends.
#[derive(Clone, Debug)]
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Receiver {
    /// Listens, and answers everything with that until it is told otherwise.
    pub fn start(reply: Reply) -> Self {
        Self::listen(reply, Some(Mutex::default()))
    }

    /// The same, but that it only counts what comes.
    pub fn counting(reply: Reply) -> Self {
        Self::listen(reply, None)
    }

    fn listen(reply: Reply, received: Option<Mutex<Vec<Received>>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::new(Shared {
            received,
            count: AtomicUsize::new(0),
            reply: Mutex::new(reply),
        });
        let answering = Arc::clone(&shared);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&answering);
                // A sender that goes away is its own business.
                thread::spawn(move || drop(answer(&shared, connection)));
            }
        });
        Self { address, shared }
    }

    /// Where it takes messages.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Answers with that from now on.
    pub fn answer_with(&self, reply: Reply) {
        *self.shared.reply.lock().unwrap_or_else(PoisonError::into_inner) = reply;
    }

    /// All that came so far, in the order it came; nothing where it only counts.
    pub fn received(&self) -> Vec<Received> {
        let received = self.shared.received.as_ref();
        let received = received.map(|received| received.lock().unwrap_or_else(PoisonError::into_inner));
        received.map(|received| received.clone()).unwrap_or_default()
    }

    /// How many messages came so far.
    pub fn count(&self) -> usize {
        self.shared.count.load(Ordering::Relaxed)
    }

    /// The types of the events that came so far.
    pub fn events(&self) -> Vec<String> {
        self.received().iter().map(Received::event).collect()
    }

    /// Waits until so many messages came, and gives them. Panics when they do not come.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        eventually("as many messages as the test waits for", || {
            self.received().len() >= count
        });
        self.received()
    }
}

fn answer(shared: &Shared, connection: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut headers = Vec::new();
    let mut line = String::new();
    reader.read_line(&mut line)?;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, length)| length.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body)?;
    if let Some(received) = &shared.received {
        let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
        received.push(Received { headers, body });
    }
    shared.count.fetch_add(1, Ordering::Relaxed);
    let reply = shared
        .reply
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    write_reply(&reply, connection)
}

fn write_reply(reply: &Reply, mut connection: TcpStream) -> io::Result<()> {
    match reply {
        Reply::Status(status) => write!(
            connection,
            "HTTP/1.1 {status} Status\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        ),
        Reply::Later(status, when) => write!(
            connection,
            "HTTP/1.1 {status} Later\r\nRetry-After: {when}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ),
        Reply::Redirect(to) => write!(
            connection,
            "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ),
        Reply::Hang => {
            thread::sleep(Duration::from_secs(600));
            Ok(())
        }
        Reply::Endless => {
            connection.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            loop {
                connection.write_all(b"400\r\n")?;
                connection.write_all(&[b'a'; 1024])?;
                connection.write_all(b"\r\n")?;
            }
        }
    }
}
