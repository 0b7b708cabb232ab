//! Heads that are too long or unreadable.

use bytes::Bytes;
use http_body_util::Empty;

use crate::client::{exchange, http2, request, send};
use crate::process::Gateway;
use crate::support::*;
use crate::upstream::Upstream;

const LIMIT: usize = 10_000;

fn gateway(upstream: &Upstream, arguments: &[&str]) -> Gateway {
    let limit = LIMIT.to_string();
    Gateway::proxy(upstream.address, &[&["--max-head", &limit], arguments].concat())
}

/// A request whose head has a length.
fn of_length(length: usize, target: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let with = |filler: &str| request("GET", target, &[headers, &[("X", filler)]].concat(), b"");
    let request = with(&"x".repeat(length - with("").len()));
    assert_eq!(request.len(), length);
    request
}

#[test]
fn a_head_is_as_long_as_the_limit_and_no_longer() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &[]);
    let asked = publish("hush");
    let named = [("X-Original-Method", "GET"), ("X-Original-URI", asked.as_str())];
    for (length, status) in [(LIMIT, 200), (LIMIT + 1, 431), (LIMIT + 3000, 431)] {
        let answer = exchange(gateway.address(), &of_length(length, &asked, &[]));
        assert_eq!(answer.status, status, "{length}");
        let answer = exchange(gateway.auth, &of_length(length, "/auth/nginx", &named));
        assert_eq!(answer.status, status, "{length}");
    }
    assert_eq!(upstream.arrived().len(), 1);
    for door in ["door=\"proxy\"", "door=\"auth\""] {
        let labels = [door, "status=\"431\""];
        // hyper's own answers are counted after their connection has ended.
        eventually(door, || gateway.metric("pubnub_access_failures_total", &labels) == 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_of_http_2_is_as_long_as_one_of_http_1() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &[]);
    let mut sender = http2(gateway.address()).await;
    let target = format!("http://hush.example{}", publish("hush"));
    let written = |count: usize, filler: &str| {
        let head = format!("GET {target} HTTP/1.1\r\nx: {filler}\r\n");
        head.len() + "y: 1\r\n".len() * count + "\r\n".len()
    };
    // With few headers and with many, which h2 counts as longer; and with one too many.
    let (few, many) = (written(0, ""), written(99, ""));
    for (count, filler, status) in [
        (0, LIMIT - few, 200),
        (0, LIMIT - few + 1, 431),
        (99, LIMIT - many, 200),
        (99, LIMIT - many + 1, 431),
        (100, 0, 431),
    ] {
        let mut request =
            http::Request::get(&target).header("x", "x".repeat(filler)).body(Empty::<Bytes>::new());
        let headers = request.as_mut().unwrap().headers_mut();
        for _ in 0..count {
            headers.append("y", http::HeaderValue::from_static("1"));
        }
        let answer = sender.send_request(request.unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{count} headers and {filler} bytes");
    }
    assert_eq!(upstream.arrived().len(), 2);
    assert_eq!(gateway.metric("pubnub_access_failures_total", &["status=\"431\""]), 3);
}

#[test]
fn requests_that_cannot_be_read_are_counted_and_few_are_logged() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &["--log-rate", "1"]);
    let long = request("GET", &format!("/{}", "hush".repeat(20_000)), &[], b"");
    let unreadable: [(&[u8], u16); 7] = [
        (b"hush\r\n\r\n", 400),
        (b"GET /hush HTTP/1.1\r\nhush\r\n\r\n", 400),
        (b"GET /hush HTTP/3.0\r\n\r\n", 400),
        (b"POST /hush HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (&request("GET", "/hush", &[("X", "hush"); 100], b""), 431),
        // An endless head, longer than the part that is read.
        (&of_length(LIMIT + 2, "/hush", &[])[..LIMIT], 431),
    ];
    for (address, door) in [(gateway.address(), "proxy"), (gateway.auth, "auth")] {
        for (bytes, status) in unreadable {
            assert_eq!(exchange(address, bytes).status, status, "{door} {bytes:?}");
        }
        for status in [400, 431] {
            let expected = unreadable.iter().filter(|(_, other)| *other == status).count() as u64;
            let labels = [&format!("door=\"{door}\"")[..], &format!("status=\"{status}\"")];
            eventually("the count", || {
                gateway.metric("pubnub_access_failures_total", &labels) == expected
            });
        }
    }
    eventually("the log", || {
        gateway.output().contains("more lines of this kind kind=\"a request cannot be read\"")
    });
    assert!(upstream.arrived().is_empty());

    let gateway = Gateway::proxy(upstream.address, &[]);
    assert_eq!(exchange(gateway.address(), &long).status, 414);
    eventually("the count", || {
        gateway.metric("pubnub_access_failures_total", &["status=\"414\""]) == 1
    });
    assert_eq!(send(gateway.address(), "GET", "/", &[]).status, 200);
}
