//! A client that sends exactly the given bytes, and reports whether the answer was complete.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use hyper::body::Body;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// True if the body was complete according to its framing.
    pub whole: bool,
}

impl Answer {
    /// The value of a header; none if it is not there, or twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// A connection that gives up after some seconds.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends bytes on a new connection, and reads the answer. The other side need not read everything.
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = connect(address);
    let _ = stream.write_all(bytes);
    read_answer(stream).unwrap()
}

/// A request without a body.
pub fn send(address: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    exchange(address, &request(method, target, headers, b""))
}

/// A request with a body of known length.
pub fn send_body(address: SocketAddr, method: &str, target: &str, body: &[u8]) -> Answer {
    exchange(
        address,
        &request(method, target, &[("Content-Length", &body.len().to_string())], body),
    )
}

/// The bytes of a request.
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} {target} HTTP/1.1\r\nHost: ps.pndsn.com\r\n");
    headers.iter().for_each(|(name, value)| bytes.push_str(&format!("{name}: {value}\r\n")));
    bytes.push_str("\r\n");
    [bytes.as_bytes(), body].concat()
}

/// A body in chunks of one length, with or without its end.
pub fn chunked(body: &[u8], length: usize, end: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in body.chunks(length) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(end.as_bytes());
    bytes
}

/// Reads an answer to its end. Skips those of status 100.
pub fn read_answer(stream: impl Read) -> io::Result<Answer> {
    let mut reader = BufReader::new(stream);
    loop {
        let (first, headers) = read_head(&mut reader)?;
        let status = first
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or(io::ErrorKind::InvalidData)?;
        if status != 100 {
            let (body, whole) = read_body(&mut reader, &headers);
            return Ok(Answer { status, headers, body, whole });
        }
    }
}

/// The first line and the headers of a message.
pub fn read_head(reader: &mut impl BufRead) -> io::Result<(String, Vec<(String, String)>)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut lines = lines.into_iter();
    let first = lines.next().unwrap_or_default();
    let headers = lines
        .filter_map(|line| line.split_once(':').map(|(n, v)| (n.to_owned(), v.trim().to_owned())));
    Ok((first, headers.collect()))
}

/// Reads a body as its headers frame it, and reports whether it was complete.
pub fn read_body(reader: &mut impl BufRead, headers: &[(String, String)]) -> (Vec<u8>, bool) {
    let header = |name: &str| {
        headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let mut body = Vec::new();
    if header("transfer-encoding").is_some() {
        let whole = read_chunks(reader, &mut body).is_ok();
        return (body, whole);
    }
    let length = header("content-length").map_or(0, |length| length.parse().unwrap_or(u64::MAX));
    let _ = reader.take(length).read_to_end(&mut body);
    let whole = body.len() as u64 == length;
    (body, whole)
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length =
            u64::from_str_radix(line.trim_end(), 16).map_err(|_| io::ErrorKind::InvalidData)?;
        let before = body.len() as u64;
        reader.take(length).read_to_end(body)?;
        line.clear();
        reader.read_line(&mut line)?;
        if body.len() as u64 - before != length || line != "\r\n" {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if length == 0 {
            return Ok(());
        }
    }
}

/// Connects with HTTP/2.
pub async fn http2<B>(address: SocketAddr) -> http2::SendRequest<B>
where
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + Unpin
        + 'static,
{
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}
