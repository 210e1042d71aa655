//! A mail server as small as can be: takes what it is given, or not, as it is told.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use support::eventually;

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Takes,
    RefusesForNow,
    RefusesForGood,
    /// Takes the connection and says nothing.
    Hangs,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) recipients: Vec<String>,
    /// Head and body as they came.
    pub(crate) text: String,
}

impl Mail {
    /// A line of the head.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default();
        let line = head.replace("\r\n ", " ");
        let prefix = format!("{name}: ");
        line.lines()
            .find_map(|line| line.strip_prefix(&prefix).map(str::to_owned))
    }

    /// The body without the encoding that long lines need on their way.
    pub(crate) fn body(&self) -> String {
        let body = self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        body.replace("=\r\n", "").replace("=3D", "=")
    }

    /// The path of the one link.
    pub(crate) fn link(&self) -> String {
        let body = self.body();
        let start = body
            .find("/reports/")
            .unwrap_or_else(|| panic!("no link in {body}"));
        body[start..]
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned()
    }
}

#[derive(Debug)]
struct State {
    manner: Manner,
    mails: Vec<Mail>,
    connections: usize,
}

/// The server; its thread ends with the test's process.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Peer {
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(Mutex::new(State {
                manner,
                mails: Vec::new(),
                connections: 0,
            })),
        };
        let serving = peer.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                serving.state.lock().unwrap().connections += 1;
                let peer = serving.clone();
                // A client that goes away in the middle is none of the test's business.
                thread::spawn(move || peer.speak(&stream));
            }
        });
        peer
    }

    pub(crate) fn becomes(&self, manner: Manner) {
        self.state.lock().unwrap().manner = manner;
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.state.lock().unwrap().mails.clone()
    }

    /// Waits until it was tried to send something.
    pub(crate) fn wait_for_connection(&self) {
        eventually("a connection to the mail server", || {
            self.state.lock().unwrap().connections > 0
        });
    }

    /// Waits for so many mails.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Mail> {
        eventually(&format!("{count} mails"), || self.mails().len() >= count);
        self.mails()
    }

    fn speak(&self, stream: &TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
        let say = |text: &str| (&*stream).write_all(format!("{text}\r\n").as_bytes()).ok();
        if self.state.lock().unwrap().manner == Manner::Hangs {
            return lines.next().map(drop);
        }
        say("220 peer.example ready")?;
        let mut recipients = Vec::new();
        loop {
            let line = lines.next()?.ok()?;
            let manner = self.state.lock().unwrap().manner;
            match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
                "EHLO" => say("250-peer.example\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN")?,
                "AUTH" => say("235 welcome")?,
                "RCPT" if manner == Manner::RefusesForNow => say("451 later")?,
                "RCPT" if manner == Manner::RefusesForGood => say("550 never")?,
                "RCPT" => {
                    recipients.push(line);
                    say("250 ok")?;
                }
                "DATA" => {
                    say("354 go on")?;
                    let mut text = String::new();
                    loop {
                        let line = lines.next()?.ok()?;
                        if line == "." {
                            break;
                        }
                        text.push_str(line.strip_prefix('.').unwrap_or(&line));
                        text.push_str("\r\n");
                    }
                    let mail = Mail {
                        recipients: std::mem::take(&mut recipients),
                        text,
                    };
                    self.state.lock().unwrap().mails.push(mail);
                    say("250 taken")?;
                }
                "QUIT" => return say("221 bye"),
                _ => say("250 ok")?,
            }
        }
    }
}
