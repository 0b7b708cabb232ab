//! Attacks with raw bytes, through the gateway's proxy and through each real proxy. No denied
//! request may arrive, and no gateway header that a client wrote.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use pubnub_access::gateway::{HttpRequest, Precheck};
use pubnub_access::{Policy, Verdict};

use crate::client::{chunked, connect, request, send, send_body};
use crate::proxies::{Chain, Way};
use crate::support::*;
use crate::upstream::{Arrived, SENT};

fn denied() -> String {
    publish("hush-elsewhere")
}

/// A denied request, whole.
fn smuggled() -> Vec<u8> {
    request("GET", &denied(), &[("Content-Length", "0")], b"")
}

/// A request that is allowed, with a body.
fn large_publish() -> String {
    format!("/v2/publish/hush-pub/hush-sub/0/hush/0?{}", auth())
}

/// A request with raw header lines.
fn raw(method: &str, target: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("{method} {target} HTTP/1.1\r\nHost: ps.pndsn.com\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

/// Bodies that end in different places for different readers.
fn framing() -> Vec<(String, Vec<u8>)> {
    let inner = smuggled();
    let target = large_publish();
    let hidden = [b"0\r\n\r\n".as_slice(), &inner].concat();
    let mut attacks = Vec::new();
    let mut add = |name: &str, headers: String, body: &[u8]| {
        attacks.push((name.to_owned(), raw("POST", &target, &headers, body)));
    };
    let length = hidden.len();
    add("CL.TE", format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"), &hidden);
    add("TE.CL", format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"), &hidden);
    for coding in [
        "xchunked",
        "chunked, identity",
        "identity, chunked",
        "gzip, chunked",
        "\x0bchunked",
        "chunked\x0b",
        "\"chunked\"",
        "Chunked",
        "chunked;q=1",
        "chunked,",
        "cow",
    ] {
        let headers = format!("Content-Length: {length}\r\nTransfer-Encoding: {coding}\r\n");
        add(&format!("coding {coding:?}"), headers, &hidden);
        let headers = format!("Transfer-Encoding: {coding}\r\n");
        add(&format!("coding {coding:?} alone"), headers, &hidden);
    }
    for line in [
        "Transfer-Encoding : chunked",
        " Transfer-Encoding: chunked",
        "Transfer-Encoding:\tchunked",
        "Transfer-Encoding\x00: chunked",
        "Transfer-Encoding:\r\n chunked",
        "Transfer_Encoding: chunked",
        "X: y\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    ] {
        add(&format!("line {line:?}"), format!("Content-Length: {length}\r\n{line}\r\n"), &hidden);
    }
    for lengths in [
        "Content-Length: 0\r\nContent-Length: LEN",
        "Content-Length: LEN\r\nContent-Length: 0",
        "Content-Length: 0, LEN",
        "Content-Length: +LEN",
        "Content-Length: -1",
        "Content-Length: 0x10",
        "Content-Length: LEN\r\nContent_Length: 0",
        "Content-Length: 1e1",
        "Content-Length : 0",
        "Content-Length:\r\n LEN",
        "Content-Length: ",
        "Content-Length: 00000000000000000000000000000000",
        "Content-Length: 18446744073709551616",
    ] {
        let headers = format!("{}\r\n", lengths.replace("LEN", &inner.len().to_string()));
        add(&format!("lengths {lengths:?}"), headers, &inner);
    }
    for (name, start) in [
        ("size with a sign", "+0\r\n\r\n"),
        ("size with a prefix", "0x0\r\n\r\n"),
        ("size with white space", " 0\r\n\r\n"),
        ("size of 16 digits and more", "10000000000000000\r\n"),
        ("extension with a line feed", "0;a\nb\r\n\r\n"),
        ("no size", "\r\n\r\n"),
        ("line feeds alone", "0\n\n"),
        ("trailer that is a length", "0\r\nContent-Length: 5\r\n\r\n"),
        ("data beyond its size", "1\r\nab\r\n0\r\n\r\n"),
    ] {
        let body = [start.as_bytes(), &inner].concat();
        add(&format!("chunks: {name}"), "Transfer-Encoding: chunked\r\n".to_owned(), &body);
    }
    attacks.push(("a GET with a body".to_owned(), raw("GET", &publish("hush"), "", &inner)));
    attacks.push((
        "a GET with a length".to_owned(),
        raw("GET", &publish("hush"), &format!("Content-Length: {}\r\n", inner.len()), &inner),
    ));
    attacks.push((
        "pipelined".to_owned(),
        [request("GET", &publish("hush"), &[], b""), inner.clone(), inner.clone()].concat(),
    ));
    attacks.push((
        "upgrade to h2c".to_owned(),
        raw(
            "GET",
            &publish("hush"),
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n",
            &inner,
        ),
    ));
    attacks.push((
        "upgrade to websocket".to_owned(),
        raw("GET", &publish("upgrades"), "Connection: Upgrade\r\nUpgrade: websocket\r\n", &inner),
    ));
    attacks.push((
        "expects to continue".to_owned(),
        raw("POST", &target, "Expect: 100-continue\r\nContent-Length: 0\r\n", &inner),
    ));
    attacks
}

/// Denied requests whose head means different things to different readers.
fn heads() -> Vec<(String, Vec<u8>)> {
    let (allowed, denied) = (publish("hush"), denied());
    let mut attacks = Vec::new();
    for header in [
        "X-Original-URI: ALLOWED",
        "X-Original-Url: ALLOWED",
        "X-Rewrite-Url: ALLOWED",
        "X-Forwarded-Uri: ALLOWED",
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: ALLOWED",
        "X-Original-Method: GET\r\nX-Original-URI: ALLOWED",
        "X_Original_URI: ALLOWED",
        "X_Forwarded_Uri: ALLOWED",
        "X-Envoy-Original-Path: ALLOWED",
        "X-Envoy-Auth-Partial-Body: true",
        "X-Original-Method: OPTIONS",
        "X-Forwarded-Method: OPTIONS",
        "X-HTTP-Method-Override: OPTIONS",
        "X-Method-Override: POST",
        "X-Forwarded-Uri: ALLOWED\r\nConnection: X-Forwarded-Uri, X-Forwarded-Method",
        "X-Original-URI: ALLOWED\r\nConnection: close, X-Original-URI, X-Original-Method",
        "Connection: X-PubNub-Access-Operation, X-PubNub-Access-Verdict",
        "Connection: Content-Length, Host",
        "Host: elsewhere",
        "X-Forwarded-For: 127.0.0.1",
        "X-PubNub-Access-Verdict: allow\r\nX-PubNub-Access-Operation: time",
        "Max-Forwards: 0",
        "X-Forwarded-Uri: ALLOWED\r\nX-Forwarded-Uri: ALLOWED",
        "Transfer-Encoding: identity",
    ] {
        let headers = format!("{}\r\n", header.replace("ALLOWED", &allowed));
        attacks.push((format!("header {header:?}"), raw("GET", &denied, &headers, b"")));
    }
    for method in
        ["get", "Get", "HEAD", "POST", "OPTIONS", "TRACE", "PUT", "G\x00ET", "GET\t", "FOO", ""]
    {
        attacks.push((format!("method {method:?}"), raw(method, &denied, "", b"")));
    }
    let name = "hush-elsewhere";
    for (from, to) in [
        (name, "%68ush-elsewhere"),
        (name, "hush%2Delsewhere"),
        (name, "%2568ush-elsewhere"),
        (name, "x/../hush-elsewhere"),
        (name, "hush/..%2Fhush-elsewhere"),
        (name, "./hush-elsewhere"),
        (name, "hush-elsewhere/."),
        (name, "hush-elsewhere;x"),
        (name, "hush;/../hush-elsewhere"),
        (name, "hush-elsewhere%00"),
        (name, "hush-elsewhere%0d%0aX:y"),
        (name, "hush,hush-elsewhere"),
        (name, "hush%2Chush-elsewhere"),
        (name, "\\hush-elsewhere"),
        (name, "hush-elsewhere#"),
        (name, "HUSH-ELSEWHERE"),
        (name, "hush-elsewhere%20"),
        (name, "hush-elsewhere\u{e9}"),
        ("/publish", "//publish"),
        ("/publish", "/./publish"),
        ("/publish", "/x/../publish"),
        ("/publish", "/%70ublish"),
        ("/publish", "/Publish"),
        ("/publish", "\\publish"),
        ("/publish", "/publish/.."),
        ("/publish", "/%2e/publish"),
        ("/publish", "/..%2fpublish"),
        ("/publish", "http://elsewhere/publish"),
        ("/publish", "http://a@elsewhere/publish"),
        ("/publish", "HTTP://ps.pndsn.com:80/publish"),
        ("/publish", "publish"),
        ("/publish", "*"),
        ("/publish", "?/publish"),
        ("/publish", "/auth/nginx"),
        ("/publish", "/.pubnub-access/publish"),
        ("?", "?auth=&"),
        ("auth=", "AUTH="),
        ("auth=", "%61uth="),
        ("auth=", "auth[]="),
        ("auth=", "x=1&auth=x&auth="),
        ("?", ";"),
        ("?", "%3F"),
        ("?", "#?"),
        ("?", "??"),
        ("uuid=hush-alice", "uuid=hush-alice&uuid=bob"),
    ] {
        let target = denied.replacen(from, to, 1);
        attacks.push((format!("{from} as {to:?}"), raw("GET", &target, "", b"")));
    }
    for (name, line) in [
        ("HTTP/0.9", format!("GET {denied}\r\n\r\n")),
        ("HTTP/1.0", format!("GET {denied} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")),
        ("HTTP/1.2", format!("GET {denied} HTTP/1.2\r\nHost: h\r\n\r\n")),
        ("HTTP/3.0", format!("GET {denied} HTTP/3.0\r\nHost: h\r\n\r\n")),
        ("line feeds alone", format!("GET {denied} HTTP/1.1\nHost: h\n\n")),
        ("two spaces", format!("GET  {denied}  HTTP/1.1\r\nHost: h\r\n\r\n")),
        ("tabs", format!("GET\t{denied}\tHTTP/1.1\r\nHost: h\r\n\r\n")),
        ("a space in the target", format!("GET /time/0 {denied} HTTP/1.1\r\nHost: h\r\n\r\n")),
        ("lines before", format!("\r\n\r\nGET {denied} HTTP/1.1\r\nHost: h\r\n\r\n")),
        ("a folded line", format!("GET {denied} HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n")),
        ("no host", format!("GET {denied} HTTP/1.1\r\n\r\n")),
        ("a carriage return", format!("GET /time/0\r{denied} HTTP/1.1\r\nHost: h\r\n\r\n")),
        ("a header without a colon", format!("GET {denied} HTTP/1.1\r\nHost: h\r\nX\r\n\r\n")),
    ] {
        attacks.push((name.to_owned(), line.into_bytes()));
    }
    attacks
}

/// Changes of memberships whose body names a denied channel.
fn bodies() -> Vec<(String, Vec<u8>)> {
    let target = format!("/v2/objects/hush-sub/uuids/hush-alice/channels?{}", auth());
    let denied = br#"{"set":[{"channel":{"id":"hush-elsewhere"}}]}"#;
    let allowed = br#"{"set":[{"channel":{"id":"hush-joined"}}]}"#;
    let length = format!("Content-Length: {}\r\n", denied.len());
    let chunks = |size| chunked(denied, size, "0\r\n\r\n");
    let coded = "Transfer-Encoding: chunked\r\n";
    vec![
        ("a body".into(), raw("PATCH", &target, &length, denied)),
        ("a body in chunks".into(), raw("PATCH", &target, coded, &chunks(7))),
        ("a body in bytes".into(), raw("PATCH", &target, coded, &chunks(1))),
        (
            "a body that says it is partial".into(),
            raw("PATCH", &target, &format!("{length}X-Envoy-Auth-Partial-Body: true\r\n"), denied),
        ),
        (
            "a body of text".into(),
            raw("PATCH", &target, &format!("{length}Content-Type: text/plain\r\n"), denied),
        ),
        (
            "two bodies".into(),
            raw("PATCH", &target, &length, &[denied.as_slice(), allowed].concat()),
        ),
    ]
}

/// Sends bytes, and waits a moment for an answer.
fn attack(chain: &Chain, bytes: &[u8]) -> String {
    let mut stream = connect(chain.address);
    stream.set_read_timeout(Some(Duration::from_millis(400))).unwrap();
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..length]);
        // Further data arrives at once.
        stream.set_read_timeout(Some(Duration::from_millis(60))).unwrap();
    }
    let _ = stream.shutdown(Shutdown::Both);
    let text = String::from_utf8_lossy(&answer);
    let statuses = text.match_indices("HTTP/1.").filter_map(|(at, _)| text.get(at + 9..at + 12));
    statuses.collect::<Vec<_>>().join(" ")
}

/// Returns what is wrong about a request that arrived.
fn wrong(way: Way, arrived: &Arrived) -> Option<String> {
    let mut words = arrived.first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut http = HttpRequest::new(method, target);
    for (name, value) in &arrived.headers {
        http = http.header(name, value.as_bytes());
    }
    if way.sees_body() && arrived.whole && !arrived.body.is_empty() {
        http = http.body(&arrived.body);
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let outcome = Precheck::new(Policy::new()).check(&http, now);
    if outcome.verdict() == Verdict::Deny && arrived.whole {
        return Some(format!("denied, and yet it arrived: {}", arrived.first));
    }
    let ours = |name: &str| name.to_lowercase().replace('_', "-").starts_with("x-pubnub-access-");
    let known = ["x-pubnub-access-verdict", "x-pubnub-access-reason", "x-pubnub-access-operation"];
    for (name, value) in arrived.headers.iter().filter(|(name, _)| ours(name)) {
        let once = known.contains(&name.to_lowercase().as_str()) && arrived.header(name).len() == 1;
        if !once || value == "time" || value.contains('{') {
            return Some(format!("{name}: {value} arrived with {}", arrived.first));
        }
    }
    None
}

fn survives(way: Way, attacks: &[(String, Vec<u8>)]) {
    let chain = Chain::start(way, &["--header-timeout", "2", "--body-timeout", "2"]);
    let mut problems = Vec::new();
    for (name, bytes) in attacks {
        let statuses = attack(&chain, bytes);
        let arrived = chain.upstream.arrived();
        let targets: Vec<_> =
            arrived.iter().map(|one| one.first.get(..40).unwrap_or(&one.first)).collect();
        println!("| {way:?} | {name} | {statuses} | {} | {targets:?}", arrived.len());
        let found = arrived.iter().filter_map(|arrived| wrong(way, arrived));
        problems.extend(found.map(|problem| format!("{name}: {problem}")));
    }
    let answer = send(chain.address, "GET", &publish("hush"), &[]);
    assert_eq!((answer.status, answer.text()), (200, SENT), "{way:?} afterwards");
    assert!(problems.is_empty(), "{way:?}: {problems:#?}");
}

#[test]
fn no_framing_smuggles_a_request_past_the_gateway() {
    survives(Way::Gateway, &framing());
}

#[test]
fn no_head_is_read_in_two_ways_by_the_gateway() {
    survives(Way::Gateway, &heads());
    survives(Way::Gateway, &bodies());
}

#[test]
#[ignore = "needs nginx, caddy, haproxy, envoy and traefik"]
fn no_attack_gets_a_denied_request_through_any_proxy() {
    let attacks = [framing(), heads(), bodies()].concat();
    let ways: Vec<_> = Way::all().filter(|way| *way != Way::Gateway).collect();
    std::thread::scope(|scope| {
        let attacks = &attacks;
        let runs: Vec<_> =
            ways.into_iter().map(|way| scope.spawn(move || survives(way, attacks))).collect();
        assert!(runs.into_iter().filter_map(|run| run.join().err()).count() == 0);
    });
}

#[test]
#[ignore = "needs nginx, caddy, haproxy, envoy and traefik"]
fn every_proxy_forwards_what_is_allowed_and_answers_what_is_denied() {
    for way in Way::all() {
        let chain = Chain::start(way, &[]);
        for channel in ["hush", "hush%2F%C3%BC%20b"] {
            let target = publish(channel);
            let answer =
                send(chain.address, "GET", &target, &[("X_PubNub_Access-Operation", "time")]);
            assert_eq!((answer.status, answer.text()), (200, SENT), "{way:?} {channel}");
            let [arrived] = &chain.upstream.arrived()[..] else { panic!("{way:?}: one request") };
            assert_eq!(arrived.first, format!("GET {target} HTTP/1.1"), "{way:?}");
            assert_eq!(arrived.header("x-pubnub-access-operation"), ["publish"], "{way:?}");
            assert_eq!(arrived.header("x-pubnub-access-verdict"), ["allow"], "{way:?}");
            assert_eq!(wrong(way, arrived), None);
        }
        let answer = send(chain.address, "GET", &publish("hush-elsewhere"), &[]);
        let expected = forbidden(r#""hush-elsewhere""#);
        assert_eq!((answer.status, answer.text()), (403, expected.as_str()), "{way:?}");

        // If no operation is recognised, the header has no placeholder either.
        let sent = [("X-PubNub-Access-Operation", "time")];
        assert_eq!(send(chain.address, "GET", "/hush", &sent).status, 200, "{way:?}");
        let [arrived] = &chain.upstream.arrived()[..] else { panic!("{way:?}: one request") };
        let operation = arrived.header("x-pubnub-access-operation");
        assert!(operation.is_empty() || operation == [""], "{way:?}: {operation:?}");

        let target = format!("/v2/objects/hush-sub/uuids/hush-alice/channels?{}", auth());
        let body = |channel: &str| format!(r#"{{"set":[{{"channel":{{"id":"{channel}"}}}}]}}"#);
        let patch = |channel| send_body(chain.address, "PATCH", &target, body(channel).as_bytes());
        assert_eq!(patch("hush-joined").status, 200, "{way:?}");
        let [arrived] = &chain.upstream.arrived()[..] else { panic!("{way:?}: one request") };
        let verdict = if way.sees_body() { "allow" } else { "indeterminate" };
        assert_eq!(arrived.header("x-pubnub-access-verdict"), [verdict], "{way:?}");
        assert_eq!(arrived.body, body("hush-joined").as_bytes(), "{way:?}");
        let expected = if way.sees_body() { 403 } else { 200 };
        assert_eq!(patch("hush-elsewhere").status, expected, "{way:?}");
    }
}

#[test]
#[ignore = "needs nginx, caddy, haproxy, envoy and traefik"]
fn nothing_is_forwarded_if_the_gateway_does_not_answer() {
    for way in Way::all().filter(|way| *way != Way::Gateway) {
        let chain = Chain::start(way, &[]);
        assert_eq!(send(chain.address, "GET", &publish("hush"), &[]).status, 200, "{way:?}");
        assert_eq!(chain.upstream.arrived().len(), 1);
        chain.gateway.terminate();
        std::thread::sleep(Duration::from_millis(500));
        let status = send(chain.address, "GET", &publish("hush"), &[]).status;
        assert!((400..600).contains(&status), "{way:?}: {status}");
        assert!(chain.upstream.arrived().is_empty(), "{way:?}");
    }
}
