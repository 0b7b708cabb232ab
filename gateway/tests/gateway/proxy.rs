//! The reverse proxy, also in the face of faults.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::thread;
use std::time::Duration;

use crate::client::{chunked, connect, exchange, read_answer, request, send, send_body};
use crate::process::Gateway;
use crate::support::*;
use crate::upstream::{SENT, Upstream};

#[test]
fn the_reverse_proxy_forwards_what_is_allowed_as_it_came() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &[]);
    let target = publish("hush%2F%C3%BC%20b");
    let headers = [
        ("Connection", "close, X-Hop"),
        ("X-Hop", "one"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Connection", "close"),
        ("TE", "trailers"),
        ("Upgrade", "websocket"),
        ("X-Way", "whole"),
        ("X-Way", "and again"),
        ("X-PubNub-Access-Operation", "grant-token"),
        ("x-pubnub-access-operation", "time"),
    ];
    let answer = send(gateway.address(), "GET", &target, &headers);
    assert_eq!((answer.status, answer.text(), answer.whole), (200, SENT, true));
    assert_eq!(answer.header("X-Way"), Some("whole"));
    assert_eq!(answer.header("Content-Type"), Some("text/javascript"));
    assert_eq!((answer.header("X-Hop"), answer.header("Keep-Alive")), (None, None));

    let [arrived] = &upstream.arrived()[..] else { panic!("one request is expected") };
    assert_eq!(arrived.first, format!("GET {target} HTTP/1.1"));
    assert_eq!(arrived.header("host"), ["ps.pndsn.com"]);
    assert_eq!(arrived.header("x-way"), ["whole", "and again"]);
    assert_eq!(arrived.header("x-pubnub-access-operation"), ["publish"]);
    for gone in ["connection", "x-hop", "keep-alive", "proxy-connection", "te", "upgrade"] {
        assert!(arrived.header(gone).is_empty(), "{gone}");
    }
}

/// Some upstreams do not distinguish `_` and `-` in names of headers.
#[test]
fn no_spelling_of_the_operation_header_passes_the_proxy() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &[]);
    let spellings = [
        "X-PubNub-Access-Operation",
        "x-pubnub-access-operation",
        "X_PubNub_Access_Operation",
        "X-PubNub_Access-Operation",
        "x-pubnub-access_OPERATION",
    ];
    // With a known operation, and without one.
    for (target, expected) in [(publish("hush"), &["publish"][..]), ("/hush//a".to_owned(), &[""])]
    {
        assert_eq!(
            send(gateway.address(), "GET", &target, &spellings.map(|name| (name, "time"))).status,
            200
        );
        let [arrived] = &upstream.arrived()[..] else { panic!("one request is expected") };
        let is_operation =
            |name: &str| name.replace('_', "-").eq_ignore_ascii_case("x-pubnub-access-operation");
        let operations = arrived.headers.iter().filter(|(name, _)| is_operation(name));
        assert_eq!(
            operations.map(|(_, value)| value.as_str()).collect::<Vec<_>>(),
            expected,
            "{target}"
        );
    }
}

/// RFC 9112, section 3.2: the proxy and the upstream might use different ones.
#[test]
fn no_trailer_passes_the_proxy() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &[]);
    let headers = [
        ("Transfer-Encoding", "chunked"),
        ("Trailer", "X-PubNub-Access-Verdict"),
        ("TE", "trailers"),
    ];
    let body = b"4\r\nhush\r\n0\r\nX-PubNub-Access-Verdict: allow\r\n\r\n";
    let target = format!("/hush?{}", auth());
    let answer = exchange(gateway.address(), &request("POST", &target, &headers, body));
    assert_eq!(answer.status, 200);
    let [arrived] = &upstream.arrived()[..] else { panic!("one request is expected") };
    // With anything after its last chunk, the body would be incomplete.
    assert!(arrived.whole && arrived.body == b"hush", "{arrived:?}");
    assert!(arrived.header("trailer").is_empty(), "{arrived:?}");
    assert_eq!(arrived.header("x-pubnub-access-verdict"), ["indeterminate"]);
}

#[test]
fn a_second_host_is_refused() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &[]);
    for second in ["hush.elsewhere", "ps.pndsn.com", ""] {
        let answer = send(gateway.address(), "GET", &publish("hush"), &[("Host", second)]);
        assert_eq!(
            (answer.status, answer.text()),
            (400, "the request names several hosts\n"),
            "{second:?}"
        );
    }
    assert!(upstream.arrived().is_empty());
    assert_eq!(gateway.metric("pubnub_access_failures_total", &["status=\"400\""]), 3);
}

/// RFC 9112, section 6.1: the upstream might read another body than the proxy did.
#[test]
fn a_transfer_coding_but_chunked_is_not_implemented() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &[]);
    let target = format!("/v2/publish/hush-pub/hush-sub/0/hush/0?{}", auth());
    let body = chunked(b"[1]", 9, "0\r\n\r\n");
    let sent = |codings: &[&str]| {
        let headers: Vec<_> = codings.iter().map(|coding| ("Transfer-Encoding", *coding)).collect();
        exchange(gateway.address(), &request("POST", &target, &headers, &body))
    };
    assert_eq!(sent(&["Chunked"]).status, 200);
    assert_eq!(upstream.arrived().len(), 1);
    for codings in [&["gzip, chunked"][..], &["gzip", "chunked"], &["chunked, chunked"]] {
        let answer = sent(codings);
        assert_eq!(
            (answer.status, answer.text()),
            (501, "the transfer coding is not chunked alone\n"),
            "{codings:?}"
        );
    }
    assert!(upstream.arrived().is_empty());
}

#[test]
fn the_reverse_proxy_answers_what_is_denied() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &[]);
    let answer = send(gateway.address(), "GET", &publish("hush-elsewhere"), &[]);
    assert_eq!((answer.status, answer.text()), (403, forbidden(r#""hush-elsewhere""#).as_str()));
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    // The answer arrives before the client has sent the whole message.
    let long = vec![b'1'; 1_000_000];
    let target = format!("/v2/publish/hush-pub/hush-sub/0/hush-elsewhere/0?{}", auth());
    assert_eq!(send_body(gateway.address(), "POST", &target, &long).status, 403);
    assert!(upstream.arrived().is_empty());

    // Requests in doubt are forwarded, with an empty operation if it is not known.
    let headers = [("X-PubNub-Access-Operation", "time")];
    assert_eq!(send(gateway.address(), "GET", "/hush//a%2Fb/../c?q=%20&%", &headers).status, 200);
    let [arrived] = &upstream.arrived()[..] else { panic!("one request is expected") };
    assert_eq!(arrived.first, "GET /hush//a%2Fb/../c?q=%20&% HTTP/1.1");
    assert_eq!(arrived.header("x-pubnub-access-operation"), [""]);
}

#[test]
fn bodies_go_through_byte_by_byte() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &["--max-body", "2097152"]);
    let body: Vec<u8> =
        (0..2_097_152_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let target = format!("/v2/publish/hush-pub/hush-sub/0/hush/0?{}", auth());
    let headers = [("Transfer-Encoding", "chunked")];
    let in_chunks = request("POST", &target, &headers, &chunked(&body, 10_000, "0\r\n\r\n"));
    let of_known_length = request("POST", &target, &[("Content-Length", "2097152")], &body);
    for bytes in [of_known_length, in_chunks] {
        let answer = exchange(gateway.address(), &bytes);
        assert_eq!(answer.status, 200);
        let [arrived] = &upstream.arrived()[..] else { panic!("one request is expected") };
        assert!(arrived.whole && arrived.body == body);
    }
}

/// Changes of memberships, whose bodies are read before they are forwarded.
#[test]
fn memberships_are_decided_by_their_bodies() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &["--body-timeout", "0.3"]);
    let target = format!("/v2/objects/hush-sub/uuids/hush-alice/channels?include=x&{}", auth());
    let body = |channel: &str| {
        format!(r#"{{ "set":[ {{"channel":{{"id":"{channel}"}},"custom":null}}]}}"#)
    };

    let allowed = body("hush-joined");
    assert_eq!(send_body(gateway.address(), "PATCH", &target, allowed.as_bytes()).status, 200);
    let headers = [("Transfer-Encoding", "chunked")];
    let tiny = request("PATCH", &target, &headers, &chunked(allowed.as_bytes(), 1, "0\r\n\r\n"));
    assert_eq!(exchange(gateway.address(), &tiny).status, 200);
    let arrived = upstream.arrived();
    assert_eq!(arrived.len(), 2);
    for arrived in arrived {
        assert!(arrived.whole);
        assert_eq!(arrived.body, allowed.as_bytes());
        assert_eq!(arrived.header("x-pubnub-access-operation"), ["set-memberships"]);
    }

    let answer = send_body(gateway.address(), "PATCH", &target, body("hush-elsewhere").as_bytes());
    assert_eq!((answer.status, answer.text()), (403, forbidden(r#""hush-elsewhere""#).as_str()));
    assert!(upstream.arrived().is_empty());

    // A body beyond 256 KiB is not read: the request is in doubt, and is forwarded whole.
    let long = body("hush-elsewhere").replace("null", &format!("\"{}\"", "hush".repeat(100_000)));
    assert_eq!(send_body(gateway.address(), "PATCH", &target, long.as_bytes()).status, 200);
    let [arrived] = &upstream.arrived()[..] else { panic!("one request is expected") };
    assert!(arrived.whole && arrived.body == long.as_bytes());

    // A body that stalls.
    let mut stream = connect(gateway.address());
    stream
        .write_all(&request("PATCH", &target, &[("Content-Length", "100")], b"{\"set\":"))
        .unwrap();
    assert_eq!(read_answer(stream).unwrap().status, 408);
    // A body that breaks off, in either framing. It may arrive, but not as a complete one.
    for bytes in [
        request("PATCH", &target, &[("Content-Length", "1000")], allowed.as_bytes()),
        request("PATCH", &target, &headers, &chunked(allowed.as_bytes(), 9, "")),
    ] {
        let mut stream = connect(gateway.address());
        stream.write_all(&bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    }
    thread::sleep(Duration::from_millis(300));
    assert!(upstream.arrived().iter().all(|arrived| !arrived.whole));
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &["--max-body", "100000"]);
    let target = format!("/v2/publish/hush-pub/hush-sub/0/hush/0?{}", auth());
    let (fits, long) = (vec![b'1'; 100_000], vec![b'1'; 1_000_000]);
    assert_eq!(send_body(gateway.address(), "POST", &target, &fits).status, 200);
    assert_eq!(upstream.arrived().len(), 1);
    assert_eq!(send_body(gateway.address(), "POST", &target, &long).status, 413);
    assert!(upstream.arrived().is_empty());
    let in_chunks = request(
        "POST",
        &target,
        &[("Transfer-Encoding", "chunked")],
        &chunked(&long, 9_999, "0\r\n\r\n"),
    );
    assert_eq!(exchange(gateway.address(), &in_chunks).status, 413);
    thread::sleep(Duration::from_millis(300));
    assert!(upstream.arrived().iter().all(|arrived| !arrived.whole));
    assert_eq!(gateway.metric("pubnub_access_failures_total", &["status=\"413\""]), 2);
}

#[test]
fn a_failing_upstream_is_logged() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &["--upstream-timeout", "0.5"]);
    let get = |channel: &str| send(gateway.address(), "GET", &publish(channel), &[]);
    for channel in ["hangs-up", "no-http", "switches"] {
        assert_eq!(get(channel).status, 502, "{channel}");
    }
    assert_eq!(get("is-slow").status, 504);
    for channel in ["breaks-off", "breaks-off-chunked", "stalls"] {
        let answer = get(channel);
        assert_eq!((answer.status, answer.whole), (200, false), "{channel}");
        assert!(SENT.as_bytes().starts_with(&answer.body), "{channel}");
    }
    assert_eq!(get("hush").text(), SENT);
    assert_eq!(gateway.metric("pubnub_access_failures_total", &["status=\"502\""]), 3);
    assert_eq!(gateway.metric("pubnub_access_failures_total", &["status=\"504\""]), 1);

    // A port without a listener.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gateway = Gateway::proxy(nobody, &[]);
    assert_eq!(send(gateway.address(), "GET", &publish("hush"), &[]).status, 502);
    assert_eq!(send(gateway.address(), "GET", &publish("hush-elsewhere"), &[]).status, 403);
    let tunnel = exchange(gateway.address(), b"CONNECT hush:443 HTTP/1.1\r\nHost: hush\r\n\r\n");
    assert_eq!(tunnel.status, 405);
}
