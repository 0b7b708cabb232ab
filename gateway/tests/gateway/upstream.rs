//! Plays the service: keeps the requests that arrive, and answers as the channel's name says.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::client::{read_body, read_head};

/// The service's answer to an accepted request.
pub const SENT: &str = r#"[1,"Sent","17000000000000000"]"#;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// The method, the target and the version.
    pub first: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// True if the body was complete.
    pub whole: bool,
}

impl Arrived {
    /// The values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let values = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.as_str()).collect()
    }
}

/// The service's answer to a refused request.
const REFUSED: &str =
    r#"{"message":"Forbidden","error":true,"service":"Access Manager","status":403}"#;

/// Decides whether the service accepts a request.
type Allows = dyn Fn(&Arrived) -> bool + Send + Sync;

/// The service. It ends with the process.
pub struct Upstream {
    pub address: SocketAddr,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Upstream {
    /// Starts a service that accepts every request.
    pub fn start() -> Self {
        Self::deciding(|_| true)
    }

    /// Starts a service that accepts the requests for which `allows` returns true.
    pub fn deciding(allows: impl Fn(&Arrived) -> bool + Send + Sync + 'static) -> Self {
        let allows: Arc<Allows> = Arc::new(allows);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let arrived = Arc::default();
        let upstream = Upstream { address, arrived: Arc::clone(&arrived) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, arrived) = (stream.unwrap(), Arc::clone(&arrived));
                let allows = Arc::clone(&allows);
                thread::spawn(move || serve(&stream, &arrived, &*allows));
            }
        });
        upstream
    }

    /// Returns the number of requests that arrived since the last call of `arrived`.
    pub fn arrived_so_far(&self) -> usize {
        self.arrived.lock().unwrap().len()
    }

    /// Returns the requests that arrived since the last call.
    pub fn arrived(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.arrived.lock().unwrap())
    }
}

/// The length of an answer that is too large for every buffer.
const LARGE: usize = 20_000_000;

fn serve(mut stream: &TcpStream, all: &Mutex<Vec<Arrived>>, allows: &Allows) {
    let mut reader = BufReader::new(stream);
    while let Ok((first, headers)) = read_head(&mut reader) {
        let (body, whole) = read_body(&mut reader, &headers);
        let asked = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("upgrade"));
        let arrived = Arrived { first: first.clone(), headers, body, whole };
        let allowed = allows(&arrived);
        all.lock().unwrap().push(arrived);
        if !allowed {
            let length = REFUSED.len();
            let answer =
                format!("HTTP/1.1 403 Forbidden\r\nContent-Length: {length}\r\n\r\n{REFUSED}");
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
            continue;
        }
        if !whole || answer(stream, &first, asked).is_none() {
            return;
        }
    }
}

/// Answers a request; `None` if the connection has to be closed.
fn answer(mut stream: &TcpStream, first: &str, upgrade: bool) -> Option<()> {
    let length = SENT.len();
    let mut write = |text: &str| stream.write_all(text.as_bytes()).ok();
    let is_about = |name: &str| first.contains(&format!("/{name}/"));
    if is_about("hangs-up") {
        return None;
    }
    if is_about("breaks-off") {
        write(&format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{}", &SENT[..9]))?;
        return None;
    }
    if is_about("breaks-off-chunked") {
        write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,\"S\r\n")?;
        return None;
    }
    if is_about("no-http") {
        write("junk\r\n\r\n")?;
        return None;
    }
    if is_about("switches") || (is_about("upgrades") && upgrade) {
        return write(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: junk\r\n\r\n",
        );
    }
    if is_about("stalls") {
        write(&format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{}", &SENT[..9]))?;
        thread::sleep(Duration::from_secs(30));
        return None;
    }
    if is_about("drips") {
        write(&format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"))?;
        for at in 0..length {
            write(&SENT[at..=at])?;
            thread::sleep(Duration::from_millis(60));
        }
        return Some(());
    }
    if is_about("is-large") {
        write(&format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n"))?;
        return stream.write_all(&vec![b' '; LARGE]).ok();
    }
    if is_about("is-slow") {
        thread::sleep(Duration::from_secs(2));
    }
    write(&format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: {length}\r\nKeep-Alive: timeout=5\r\n\
         Connection: keep-alive, X-Hop\r\nX-Hop: one\r\nX-Way: whole\r\n\r\n{SENT}"
    ))
}
