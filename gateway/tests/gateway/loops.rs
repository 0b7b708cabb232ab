//! Upstreams that lead back to the gateway.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;

use crate::client::send;
use crate::process::{Gateway, PROGRAM};
use crate::support::*;
use crate::upstream::Upstream;

/// Passes connections on to an address that is known later.
fn relay(to: &'static OnceLock<SocketAddr>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let server = TcpStream::connect(to.wait()).unwrap();
            for (mut from, mut to) in [
                (client.try_clone().unwrap(), server.try_clone().unwrap()),
                (server.try_clone().unwrap(), client.try_clone().unwrap()),
            ] {
                thread::spawn(move || io::copy(&mut from, &mut to));
            }
        }
    });
    address
}

#[test]
fn a_request_that_comes_back_is_not_forwarded_again() {
    // Alone, and with another gateway in between.
    for others in [0, 1] {
        let entrance: &'static OnceLock<SocketAddr> = Box::leak(Box::default());
        let mut next = relay(entrance);
        let mut gateways = Vec::new();
        for _ in 0..=others {
            gateways.push(Gateway::proxy(next, &[]));
            next = gateways.last().unwrap().address();
        }
        entrance.set(next).unwrap();
        let answer = send(next, "GET", &publish("hush"), &[]);
        assert_eq!(
            (answer.status, answer.text()),
            (508, "the request has passed here before\n"),
            "{others}"
        );
        for (number, gateway) in gateways.iter().enumerate() {
            let passed = gateway.metric("pubnub_access_decisions_total", &[]);
            let refused = gateway.metric("pubnub_access_failures_total", &["status=\"508\""]);
            let expected = u64::from(number == others);
            assert_eq!((passed, refused), (1, expected), "{number} of {others}");
        }
    }
}

/// `Via` shows where a request has been, and has no other effect.
#[test]
fn what_a_client_says_of_other_ways_goes_on() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &[]);
    let mut name = String::new();
    for headers in [
        &[("Via", "1.0 hush, 2 pubnub-access-gateway-0123456789abcdef")][..],
        &[("Via", "1.1 pubnub-access-gateway")],
        &[("Via", "1.1 hush"), ("Connection", "Via")],
        &[],
    ] {
        assert_eq!(send(gateway.address(), "GET", &publish("hush"), headers).status, 200);
        let [arrived] = &upstream.arrived()[..] else { panic!("one request is expected") };
        let via = arrived.header("via");
        let kept = headers.first().filter(|_| headers.len() == 1).map(|(_, value)| *value);
        let (own, before) = via.split_last().unwrap();
        assert_eq!(before, kept.as_slice());
        name = own.strip_prefix("1.1 pubnub-access-gateway-").unwrap().to_owned();
        assert_eq!(name.len(), 16);
    }
    // A client that has seen the name can keep its own requests from the upstream, and no more.
    let spoofed = format!("1.1 x, 1.1 pubnub-access-gateway-{name}");
    for target in [publish("hush"), publish("hush-elsewhere")] {
        assert_eq!(send(gateway.address(), "GET", &target, &[("Via", &spoofed)]).status, 508);
    }
    assert!(upstream.arrived().is_empty());
    // Another gateway has another name.
    let another = Gateway::proxy(upstream.address, &[]);
    let target = publish("hush");
    assert_eq!(send(another.address(), "GET", &target, &[("Via", &spoofed)]).status, 200);
}

#[test]
fn an_upstream_at_an_address_of_the_gateway_is_refused_at_the_start() {
    let check = |listen: &str, proxy: &str, upstream: &str| {
        let arguments = ["--check-config", "--listen", listen, "--proxy", proxy];
        let run = Command::new(PROGRAM).args(arguments).args(["--upstream", upstream]).output();
        let run = run.unwrap();
        (run.status.code(), String::from_utf8(run.stderr).unwrap())
    };
    let auth = "127.0.0.1:8081";
    for (proxy, upstream, of) in [
        ("127.0.0.1:8080", "http://127.0.0.1:8080", "proxy"),
        ("127.0.0.1:8080", "http://LocalHost:8080", "proxy"),
        ("127.0.0.1:8080", "https://0.0.0.0:8080", "proxy"),
        ("0.0.0.0:8080", "http://127.0.0.2:8080", "proxy"),
        ("[::]:80", "http://localhost", "proxy"),
        ("[::]:443", "https://127.0.0.1", "proxy"),
        ("[::1]:8080", "http://[::1]:8080", "proxy"),
        ("192.0.2.1:8080", "http://192.0.2.1:8080", "proxy"),
        ("127.0.0.1:8080", "http://localhost:8081", "listen"),
    ] {
        let (status, error) = check(auth, proxy, upstream);
        let told = format!("upstream: it is the gateway itself, at the address of {of}\n");
        assert!(status == Some(2) && error.ends_with(&told), "{proxy} {upstream}: {error}");
    }
    for (proxy, upstream) in [
        ("127.0.0.1:8080", "http://127.0.0.1:8090"),
        ("127.0.0.1:8080", "http://127.0.0.1"),
        ("127.0.0.1:8080", "http://127.0.0.2:8080"),
        ("127.0.0.1:80", "https://127.0.0.1"),
        ("0.0.0.0:8080", "http://192.0.2.1:8080"),
        ("0.0.0.0:8080", "http://[::1]:8080"),
        ("192.0.2.1:8080", "http://localhost:8080"),
        ("0.0.0.0:443", "https://ps.pndsn.com"),
    ] {
        let checked = check(auth, proxy, upstream);
        assert_eq!(checked, (Some(0), String::new()), "{proxy} {upstream}");
    }
}
