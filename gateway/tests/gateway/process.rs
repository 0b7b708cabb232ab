//! The gateway as a process: its addresses and its output, which must contain no secret.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::client::send;

/// Texts that must not appear in the output. Every channel, message, key and credential of these
/// tests contains one of them; tokens begin with the last.
pub const SECRETS: [&str; 3] = ["hush", "/0/", "qEF2"];

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_pubnub-access-gateway");

/// A running gateway. When it is dropped, it is asked to end, and its output is searched for
/// secrets.
pub struct Gateway {
    pub auth: SocketAddr,
    proxy: Option<SocketAddr>,
    process: Child,
    output: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Gateway {
    /// The auth service alone.
    pub fn auth(arguments: &[&str]) -> Self {
        Self::start(arguments, false)
    }

    /// With the reverse proxy.
    pub fn proxy(upstream: SocketAddr, arguments: &[&str]) -> Self {
        let upstream = format!("http://{upstream}");
        Self::start(
            &[&["--proxy", "127.0.0.1:0", "--upstream", &upstream], arguments].concat(),
            true,
        )
    }

    /// With the reverse proxy, where nothing can be written to the standard error.
    pub fn with_full_disk(upstream: SocketAddr, arguments: &[&str]) -> Self {
        let upstream = format!("http://{upstream}");
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$0\" \"$@\" 2>/dev/full", PROGRAM]);
        command.args(["--proxy", "127.0.0.1:0", "--upstream", &upstream]);
        Self::run(command, arguments, true)
    }

    /// With the reverse proxy, and few open files.
    pub fn with_open_files(soft: u32, hard: u32, upstream: SocketAddr) -> Self {
        let upstream = format!("http://{upstream}");
        let limits = format!("ulimit -Sn {soft}; ulimit -Hn {hard}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &limits, PROGRAM]);
        command.args(["--proxy", "127.0.0.1:0", "--upstream", &upstream]);
        Self::run(command, &[], true)
    }

    pub fn start(arguments: &[&str], proxies: bool) -> Self {
        Self::run(Command::new(PROGRAM), arguments, proxies)
    }

    /// Returns the output so far.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    fn run(mut command: Command, arguments: &[&str], proxies: bool) -> Self {
        let mut process = command
            .args(["--listen", "127.0.0.1:0", "--log", "trace"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = Arc::default();
        let errors = keep(process.stderr.take().unwrap(), Arc::clone(&output));
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let mut address = |what: &str| {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            let address = line.strip_prefix(what).and_then(|rest| rest.strip_prefix(" on http"));
            let address = address.and_then(|rest| rest.split("://").nth(1));
            address.unwrap_or_else(|| panic!("unexpected: {line:?}")).trim_end().parse().unwrap()
        };
        let auth = address("auth service");
        let proxy = proxies.then(|| address("reverse proxy"));
        let readers = vec![errors, keep(lines, Arc::clone(&output))];
        Gateway { auth, proxy, process, output, readers }
    }

    /// Returns the address of the reverse proxy.
    pub fn address(&self) -> SocketAddr {
        self.proxy.unwrap()
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The sum of a metric over all lines with these labels.
    pub fn metric(&self, name: &str, labels: &[&str]) -> u64 {
        let answer = send(self.auth, "GET", "/metrics", &[]);
        let lines = answer.text().lines().filter(|line| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with(['{', ' ']))
                && labels.iter().all(|label| line.contains(label))
        });
        let value =
            |line: &str| line.rsplit(' ').next().and_then(|value| value.parse::<u64>().ok());
        lines.filter_map(value).sum()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let kill = Command::new("sh").args(["-c", "kill -$1 \"$2\"", "sh", name, &id]).status();
        assert!(kill.unwrap().success());
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "the gateway does not end");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.process.kill();
            let _ = self.process.wait();
            eprintln!("{}", self.output.lock().unwrap());
            return;
        }
        if self.process.try_wait().unwrap().is_none() {
            self.terminate();
            assert!(self.wait().success());
        }
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
        let output = self.output.lock().unwrap();
        for secret in SECRETS {
            let line = output.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret:?} was printed");
        }
        assert!(!output.contains("panicked"), "{output}");
    }
}

fn keep(mut from: impl Read + Send + 'static, output: Arc<Mutex<String>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            output.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..length]));
        }
    })
}
