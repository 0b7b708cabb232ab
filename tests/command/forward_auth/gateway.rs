//! The example, started as a process: where it listens, what it prints, and that it prints nothing
//! secret.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::client::send;

/// What no request of these tests may leave in the output: every channel, message, key and
/// credential holds one of them, a token begins with the last.
pub const SECRETS: [&str; 3] = ["hush", "/0/", "qEF2"];

/// A running gateway. When it is dropped it is asked to end, and what it has printed is looked
/// through.
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

    fn start(arguments: &[&str], proxies: bool) -> Self {
        let mut process = Command::new(example())
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
            let address = line.strip_prefix(what).and_then(|rest| rest.strip_prefix(" on http://"));
            address.unwrap_or_else(|| panic!("unexpected: {line:?}")).trim_end().parse().unwrap()
        };
        let auth = address("auth service");
        let proxy = proxies.then(|| address("reverse proxy"));
        let readers = vec![errors, keep(lines, Arc::clone(&output))];
        Gateway { auth, proxy, process, output, readers }
    }

    /// Where the reverse proxy listens.
    pub fn address(&self) -> SocketAddr {
        self.proxy.unwrap()
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The value of a metric, by its name with labels.
    pub fn metric(&self, name: &str) -> u64 {
        let answer = send(self.auth, "GET", "/metrics", &[]);
        let line =
            answer.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |value| value.parse().unwrap())
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        let id = self.process.id().to_string();
        assert!(
            Command::new("sh")
                .args(["-c", "kill -TERM \"$1\"", "sh", &id])
                .status()
                .unwrap()
                .success()
        );
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

/// The example as cargo builds it together with the tests.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(|deps| deps.parent()).unwrap().join("examples/forward_auth");
    assert!(
        path.exists(),
        "{} is not there: `cargo test` builds it, unless it is told which test",
        path.display()
    );
    path
}
