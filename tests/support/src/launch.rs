//! How a server is started: its arguments, environment and data directory.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::Server;
use crate::printout::Printout;

/// How long a server may take to listen. Generous: the machine may be building something else beside the test.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A command of the `bugle` binary under test, with the environment of the developer's own Bugle taken out.
pub fn bugle() -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BUGLE_")) {
        command.env_remove(name);
    }
    command
}

/// Cargo builds the binary before any test of its package and says where; an older Cargo does not say it at run time,
/// but a test always lies in the folder `deps` beside the binary.
fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("CARGO_BIN_EXE_bugle") {
        return path.into();
    }
    let test = std::env::current_exe().expect("the test's own path is known");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("a test lies in target/PROFILE/deps");
    folder.join(format!("bugle{}", std::env::consts::EXE_SUFFIX))
}

/// A server about to be started. Without any call: 127.0.0.1, a free port, a temporary data directory, JSON logs.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    data: Option<PathBuf>,
}

impl Launch {
    /// A server with default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds arguments to `bugle serve`.
    #[must_use]
    pub fn with_args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.arguments
            .extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets a variable of the server's environment.
    #[must_use]
    pub fn with_env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Uses that data directory, and leaves it there afterwards.
    #[must_use]
    pub fn with_data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = Some(folder.into());
        self
    }

    /// Starts the server and waits until it listens. Panics, with what the server said, when it does not.
    pub fn start(self) -> Server {
        Server::launch(self)
    }

    /// The data directory asked for.
    pub(crate) fn data(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// Spawns the process and waits until it listens.
    pub(crate) fn spawn(&self, data: &Path) -> Running {
        let first = !data.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        let mut command = bugle();
        command.arg("serve").arg("--data").arg(data);
        command
            .args(["--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let stdout = child.stdout.take().expect("standard output is piped");
        let stderr = Captured::from(child.stderr.take().expect("standard error is piped"));
        let mut running = Running {
            child,
            printout: Printout::default(),
            stderr,
        };
        running.await_printout(lines_of(stdout), first);
        running
    }
}

/// A process that listens.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) printout: Printout,
    pub(crate) stderr: Captured,
}

impl Running {
    fn await_printout(&mut self, lines: mpsc::Receiver<String>, first: bool) {
        let deadline = Instant::now() + START_TIMEOUT;
        while !self.printout.is_whole(first) {
            match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.printout.take(&line),
                Err(reason) => {
                    let _ = self.child.kill();
                    let status = self.child.wait();
                    let printout = &self.printout;
                    panic!(
                        "the server did not start: {reason}, {status:?}, {printout:?}, it said: {}",
                        self.stderr.text()
                    );
                }
            }
        }
        // What comes later is read and dropped by the thread, so that the server never waits for a full pipe.
        drop(lines);
    }
}

fn lines_of(stdout: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

/// What a process wrote to standard error so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captured {
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Captured {
    /// As much as a message of a failed test can use; the last bytes are kept.
    const KEPT: usize = 64 * 1024;

    fn from(mut source: impl Read + Send + 'static) -> Self {
        let captured = Self::default();
        let writer = captured.clone();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read) = source.read(&mut buffer) {
                let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else {
                    break;
                };
                let mut bytes = writer.bytes.lock().unwrap_or_else(PoisonError::into_inner);
                bytes.extend_from_slice(chunk);
                let surplus = bytes.len().saturating_sub(Self::KEPT);
                bytes.drain(..surplus);
            }
        });
        captured
    }

    pub(crate) fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
