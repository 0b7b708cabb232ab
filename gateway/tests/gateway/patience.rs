//! Clients that occupy what others need.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::client::{connect, read_answer, request, send};
use crate::process::Gateway;
use crate::support::*;
use crate::upstream::{SENT, Upstream};

fn get(channel: &str) -> Vec<u8> {
    request("GET", &publish(channel), &[], b"")
}

/// Sends bytes on a connection that stays open.
fn open(gateway: &Gateway, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(gateway.address());
    stream.write_all(bytes).unwrap();
    stream
}

fn open_connections(gateway: &Gateway) -> u64 {
    gateway.metric("pubnub_access_connections", &["listener=\"proxy\""])
}

#[test]
fn the_connection_of_a_client_that_reads_no_answer_is_closed() {
    let upstream = Upstream::start();
    let arguments = ["--header-timeout", "0.2", "--answer-timeout", "0.5"];
    let gateway = Gateway::proxy(upstream.address, &arguments);
    let held: Vec<_> = (0..5).map(|_| open(&gateway, &get("is-large"))).collect();
    eventually("the connections", || open_connections(&gateway) == 5);
    eventually("their end", || open_connections(&gateway) == 0);
    drop(held);
    // A slow upstream is waited for, though.
    assert_eq!(send(gateway.address(), "GET", &publish("is-slow"), &[]).text(), SENT);
    // So is a client that reads its answer slowly.
    let mut slow = open(&gateway, &get("is-large"));
    let (mut taken, mut buffer) = (0, vec![0; 1_000_000]);
    while let Ok(length @ 1..) = slow.read(&mut buffer) {
        taken += length;
        thread::sleep(Duration::from_millis(20));
    }
    assert!(taken > 20_000_000, "{taken}");
}

/// The start of an HTTP/2 connection with an empty window and one request.
fn without_a_window() -> Vec<u8> {
    let field = |name: &str, value: &str| {
        let mut bytes = vec![0, name.len() as u8];
        bytes.extend_from_slice(name.as_bytes());
        let rest = value.len().checked_sub(127);
        bytes.push(rest.map_or(value.len() as u8, |_| 127));
        if let Some(mut rest) = rest {
            while rest >= 128 {
                bytes.push((rest % 128) as u8 | 128);
                rest /= 128;
            }
            bytes.push(rest as u8);
        }
        bytes.extend_from_slice(value.as_bytes());
        bytes
    };
    let frame = |kind: u8, flags: u8, stream: u8, content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, stream], content].concat()
    };
    let head = [
        field(":method", "GET"),
        field(":scheme", "http"),
        field(":authority", "h"),
        field(":path", &publish("hush")),
    ];
    let window = frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]);
    let acknowledged = frame(4, 1, 0, b"");
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    [preface, window, acknowledged, frame(1, 5, 1, &head.concat())].concat()
}

#[test]
fn a_stream_without_a_window_does_not_hold_its_connection() {
    let upstream = Upstream::start();
    let arguments = ["--header-timeout", "30", "--answer-timeout", "0.5"];
    let gateway = Gateway::proxy(upstream.address, &arguments);
    let held = open(&gateway, &without_a_window());
    eventually("the request", || {
        gateway.metric("pubnub_access_decisions_total", &["operation=\"publish\""]) == 1
    });
    eventually("the end of the connection", || open_connections(&gateway) == 0);
    drop(held);
}

#[test]
fn a_mostly_idle_connection_is_closed_for_a_new_one() {
    let upstream = Upstream::start();
    let arguments = ["--max-connections", "10", "--header-timeout", "0.3"];
    let gateway = Gateway::proxy(upstream.address, &arguments);
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                let mut stream = open(&gateway, b"");
                let ask = |stream: &mut TcpStream| {
                    thread::sleep(Duration::from_millis(200));
                    stream.write_all(&get("hush"))?;
                    stream.read(&mut [0; 4096])
                };
                for _ in 0..15 {
                    if !matches!(ask(&mut stream), Ok(1..)) {
                        break;
                    }
                }
            });
        }
        thread::sleep(Duration::from_millis(500));
        for _ in 0..5 {
            let start = std::time::Instant::now();
            assert_eq!(send(gateway.address(), "GET", &publish("hush"), &[]).text(), SENT);
            assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        }
    });
}

#[test]
fn no_more_requests_than_allowed_are_under_way() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &["--max-requests", "3"]);
    let get = |channel: &str| send(gateway.address(), "GET", &publish(channel), &[]);
    thread::scope(|scope| {
        let slow: Vec<_> = (0..3).map(|_| scope.spawn(|| get("is-slow"))).collect();
        eventually("three requests", || upstream.arrived_so_far() == 3);
        assert_eq!(get("hush").status, 503);
        assert_eq!(get("hush-elsewhere").status, 403);
        slow.into_iter().for_each(|slow| assert_eq!(slow.join().unwrap().text(), SENT));
    });
    eventually("the places", || get("hush").status == 200);
    let failures = gateway.metric("pubnub_access_failures_total", &["status=\"503\""]);
    assert!(failures >= 1, "{failures}");
}

/// Otherwise a few slow clients could occupy all the memory for such bodies.
#[test]
fn a_body_that_is_read_ahead_has_to_come_in_time() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &["--body-timeout", "1"]);
    let target = format!("/v2/objects/hush-sub/uuids/hush-alice/channels?{}", auth());
    let head = request("PATCH", &target, &[("Content-Length", "200000")], b"");
    let mut stream = open(&gateway, &head);
    for _ in 0..40 {
        thread::sleep(Duration::from_millis(50));
        let _ = stream.write(b" ");
    }
    assert_eq!(read_answer(&mut stream).unwrap().status, 408);
    eventually("the memory", || gateway.metric("pubnub_access_body_memory_bytes", &[]) == 0);
}

/// A client at another address of this machine.
fn connect_from(gateway: &Gateway, client: &str) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(format!("{client}:0").parse().unwrap()).unwrap();
        socket.connect(gateway.address()).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Open requests keep their connections, so one client could take all of them.
#[test]
fn one_address_has_no_more_connections_than_its_limit() {
    let upstream = Upstream::start();
    let arguments = ["--max-connections", "6", "--max-connections-per-address", "4"];
    let gateway = Gateway::proxy(upstream.address, &arguments);
    let turned_away = |reason: &str| {
        let labels = ["listener=\"proxy\"", &format!("reason=\"{reason}\"")];
        gateway.metric("pubnub_access_connections_turned_away_total", &labels)
    };
    let held: Vec<_> = (0..4).map(|_| open(&gateway, &get("is-slow"))).collect();
    eventually("the requests", || upstream.arrived_so_far() == 4);
    for _ in 0..3 {
        let end = connect(gateway.address()).read(&mut [0]);
        let reset = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionReset;
        assert!(end.as_ref().is_ok_and(|length| *length == 0) || end.as_ref().is_err_and(reset));
    }
    assert_eq!((turned_away("address_limit"), turned_away("made_room")), (3, 0));
    let line = "an address has too many connections listener=\"proxy\" address=127.0.0.1";
    eventually("the log", || gateway.output().contains(line));
    let mut other = connect_from(&gateway, "127.0.0.2");
    other.write_all(&get("hush")).unwrap();
    assert_eq!(read_answer(&mut other).unwrap().text(), SENT);
    // Connections to the auth service all come from one proxy.
    let many: Vec<_> = (0..5).map(|_| connect(gateway.auth)).collect();
    assert_eq!(send(gateway.auth, "GET", "/health/live", &[]).status, 200);
    drop((many, held));
    eventually("the places", || open_connections(&gateway) <= 1);
    assert_eq!(send(gateway.address(), "GET", &publish("hush"), &[]).text(), SENT);
}

#[test]
fn connections_that_make_room_are_counted() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &["--max-connections", "3"]);
    let held: Vec<_> = (0..5).map(|_| open(&gateway, b"")).collect();
    assert_eq!(send(gateway.address(), "GET", &publish("hush"), &[]).text(), SENT);
    let labels = ["listener=\"proxy\"", "reason=\"made_room\""];
    let made_room = gateway.metric("pubnub_access_connections_turned_away_total", &labels);
    // If one connection does not close at once, another one is closed.
    assert!((3..=5).contains(&made_room), "{made_room}");
    drop(held);
}
