//! Bounds on what strangers can make the gateway hold or write.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::client::{connect, exchange, request, send, send_body};
use crate::process::Gateway;
use crate::support::*;
use crate::upstream::{SENT, Upstream};

fn memberships() -> String {
    format!("/v2/objects/hush-sub/uuids/hush-alice/channels?{}", auth())
}

#[test]
fn unfinished_bodies_hold_no_more_than_their_sum() {
    let upstream = Upstream::start();
    let body = br#"{"set":[{"channel":{"id":"hush-joined"}}]}"#;
    for (mode, expected) in [("closed", 503), ("open", 200)] {
        let arguments = ["--max-body-memory", "1000000", "--failure-mode", mode];
        let gateway = Gateway::proxy(upstream.address, &arguments);
        let held = || gateway.metric("pubnub_access_body_memory_bytes", &[]);
        let mut connections = Vec::new();
        for _ in 0..100 {
            let start =
                request("PATCH", &memberships(), &[("Content-Length", "250000")], &[b' '; 100_000]);
            let mut stream = connect(gateway.address());
            stream.set_nonblocking(true).unwrap();
            let _ = stream.write(&start);
            connections.push(stream);
            assert!(held() <= 1_000_000);
        }
        eventually("the bodies", || held() > 500_000);
        // A body that fits the remaining memory may still pass; a large one does not.
        let large = [body.as_slice(), &[b' '; 240_000]].concat();
        let answer = send_body(gateway.address(), "PATCH", &memberships(), &large);
        assert_eq!(answer.status, expected, "{mode}");
        // Requests whose bodies do not matter are still served.
        assert_eq!(send(gateway.address(), "GET", &publish("hush"), &[]).text(), SENT);
        drop(connections);
        eventually("the memory", || held() == 0);
        assert_eq!(send_body(gateway.address(), "PATCH", &memberships(), &large).status, 200);
    }
    let reasons = upstream.arrived();
    let reasons = reasons.iter().flat_map(|arrived| arrived.header("x-pubnub-access-reason"));
    assert!(reasons.clone().any(|reason| reason == "gateway_failure"));
    assert!(reasons.clone().any(|reason| reason == "token_allows"));
}

/// HAProxy, Envoy and Traefik send the bodies of strangers.
#[test]
fn unfinished_bodies_of_sub_requests_count_towards_the_same_sum() {
    let body = br#"{"set":[{"channel":{"id":"hush-elsewhere"}}]}"#;
    let target = memberships();
    let ask = |length: usize, body: &[u8]| {
        let length = length.to_string();
        let headers = [
            ("X-Original-Method", "PATCH"),
            ("X-Original-URI", &target),
            ("Content-Length", &length),
        ];
        request("POST", "/auth/haproxy", &headers, body)
    };
    for (mode, expected) in [("closed", 503), ("open", 200)] {
        let arguments = ["--max-body-memory", "1000000", "--failure-mode", mode];
        let gateway = Gateway::auth(&[&arguments[..], &["--body-timeout", "5"]].concat());
        let held = || gateway.metric("pubnub_access_body_memory_bytes", &[]);
        let mut connections = Vec::new();
        for _ in 0..20 {
            let mut stream = connect(gateway.auth);
            stream.set_nonblocking(true).unwrap();
            let _ = stream.write(&ask(250_000, &[b' '; 100_000]));
            connections.push(stream);
            assert!(held() <= 1_000_000);
        }
        eventually("the bodies", || held() > 500_000);
        let large = [body.as_slice(), &[b' '; 240_000]].concat();
        let large = ask(large.len(), &large);
        assert_eq!(exchange(gateway.auth, &large).status, expected, "{mode}");
        // Requests whose bodies do not matter are still decided.
        let message = publish("hush");
        let headers = [("X-Original-Method", "POST"), ("X-Original-URI", &message)];
        let headers = [&headers[..], &[("Content-Length", "200000")]].concat();
        let message = request("POST", "/auth/haproxy", &headers, &[b' '; 200_000]);
        assert_eq!(exchange(gateway.auth, &message).status, 200, "{mode}");
        // Bodies that arrive too late leave a doubt.
        eventually("the memory", || held() == 0);
        let decisions = |label| gateway.metric("pubnub_access_decisions_total", &[label]);
        assert!(decisions("reason=\"body_needed\"") > 0, "{mode}");
        assert!(decisions("reason=\"gateway_failure\"") > 0, "{mode}");
        assert_eq!(exchange(gateway.auth, &large).status, 403, "{mode}");
    }
}

#[test]
fn a_flood_of_denied_requests_writes_a_bounded_number_of_lines() {
    let upstream = Upstream::start();
    for format in ["text", "json"] {
        let arguments = ["--log-rate", "3", "--log-format", format];
        let gateway = Gateway::proxy(upstream.address, &arguments);
        let start = Instant::now();
        for _ in 0..1000 {
            assert_eq!(send(gateway.address(), "GET", &publish("hush-elsewhere"), &[]).status, 403);
        }
        let seconds = start.elapsed().as_secs() as usize + 2;
        eventually("the number of suppressed lines", || {
            gateway.output().contains("more lines of this kind")
        });
        let output = gateway.output();
        let lines = output.lines().filter(|line| line.contains("turned away")).count();
        assert!((1..=3 * seconds).contains(&lines), "{lines} lines in {seconds} s");
        let suppressed = gateway.metric("pubnub_access_log_lines_suppressed_total", &[]);
        assert_eq!(suppressed + lines as u64, 1000);
        if format == "json" {
            let mut lines = output.lines().filter(|line| line.starts_with('{'));
            assert!(lines.all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
        }
    }
    assert!(upstream.arrived().is_empty());
}

#[test]
fn a_silent_connection_is_closed() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &["--header-timeout", "0.3"]);
    let open = || gateway.metric("pubnub_access_connections", &["listener=\"proxy\""]);
    let starts: [&[u8]; 4] =
        [b"", b"P", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n"];
    let connections: Vec<_> = starts
        .into_iter()
        .map(|start| {
            let mut stream = connect(gateway.address());
            stream.write_all(start).unwrap();
            stream
        })
        .collect();
    eventually("the connections", || open() == 4);
    std::thread::sleep(Duration::from_millis(300));
    eventually("their end", || open() == 0);
    drop(connections);
}
