//! How a server is started: its arguments, environment and data directory.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
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

/// The same, under a limit of open files. The shell is replaced by the server, so its process id is the server's.
fn limited(open_files: u32) -> Command {
    let script = format!("ulimit -n {open_files} && exec \"$0\" \"$@\"");
    let server = bugle();
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(server.get_program());
    for (name, _) in server.get_envs() {
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
    open_files: Option<u32>,
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

    /// Lets the server have no more files open than that, sockets included.
    #[must_use]
    pub fn with_open_files(mut self, limit: u32) -> Self {
        self.open_files = Some(limit);
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
        let mut command = self.open_files.map_or_else(bugle, limited);
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
        let (lines_in, lines) = mpsc::channel();
        let stdout = child.stdout.take().expect("standard output is piped");
        let stderr = child.stderr.take().expect("standard error is piped");
        let mut running = Running {
            child,
            printout: Printout::default(),
            stdout: Captured::from(stdout, move |line| drop(lines_in.send(line.to_owned()))),
            stderr: Captured::from(stderr, |_| ()),
        };
        running.await_printout(&lines, first);
        running
    }
}

/// A process that listens.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) printout: Printout,
    pub(crate) stdout: Captured,
    pub(crate) stderr: Captured,
}

impl Running {
    fn await_printout(&mut self, lines: &mpsc::Receiver<String>, first: bool) {
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
    }
}

/// What a process wrote to one of its outputs so far. Read by a thread, so that the process never waits for a full pipe.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captured {
    output: Arc<(Mutex<Output>, Condvar)>,
}

#[derive(Debug, Default)]
struct Output {
    text: String,
    ended: bool,
}

impl Captured {
    /// More than any test writes, and no more than a message of a failed one can bear; the last of it is kept.
    const KEPT: usize = 1024 * 1024;

    fn from(source: impl Read + Send + 'static, each_line: impl Fn(&str) + Send + 'static) -> Self {
        let captured = Self::default();
        let writer = captured.clone();
        thread::spawn(move || {
            for line in BufReader::new(source).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line);
                writer.push(&line);
                each_line(&line);
            }
            let (output, changed) = &*writer.output;
            output.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
            changed.notify_all();
        });
        captured
    }

    fn push(&self, line: &str) {
        let mut output = self.output.0.lock().unwrap_or_else(PoisonError::into_inner);
        output.text.push_str(line);
        output.text.push('\n');
        if output.text.len() > Self::KEPT {
            let surplus = output.text.len() - Self::KEPT;
            let whole_lines = output.text.bytes().skip(surplus).position(|byte| byte == b'\n');
            output
                .text
                .drain(..whole_lines.map_or(0, |end| surplus + end + 1));
        }
    }

    /// What was written so far.
    pub(crate) fn text(&self) -> String {
        let output = self.output.0.lock().unwrap_or_else(PoisonError::into_inner);
        output.text.clone()
    }

    /// What was written in all, once the process has ended.
    pub(crate) fn whole(&self) -> String {
        let (output, changed) = &*self.output;
        let output = output.lock().unwrap_or_else(PoisonError::into_inner);
        let output = changed.wait_while(output, |output| !output.ended);
        output.unwrap_or_else(PoisonError::into_inner).text.clone()
    }
}
