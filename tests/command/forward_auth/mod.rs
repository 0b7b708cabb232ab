//! The example `forward_auth`: sub-requests, the reverse proxy, and what both do when something
//! goes wrong.

mod client;
mod gateway;
mod upstream;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use client::{Answer, chunked, connect, exchange, read_answer, request, send, send_body};
use gateway::Gateway;
use pubnub_access::mint::TestToken;
use pubnub_access::revocation::Fingerprint;
use pubnub_access::{Permission, Permissions, ResourceKind, UnverifiedToken};
use upstream::{SENT, Upstream};

const FORBIDDEN: &str =
    r#"{"message":"Forbidden","error":true,"service":"Access Manager","status":403}"#;

/// A token for the channels of these tests, in a query.
fn auth() -> String {
    format!("uuid=hush-alice&auth={}", token().to_text().replace('=', "%3D"))
}

fn token() -> TestToken {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let names = [
        "hush",
        "hush/ü b",
        "hangs-up",
        "breaks-off",
        "breaks-off-chunked",
        "no-http",
        "switches",
        "stalls",
    ];
    let token = TestToken::new(now - 5, 60)
        .uuid("hush-alice", Permission::Update)
        .channel("hush-joined", JOIN);
    let token = token
        .channel("hush-both", Permission::Read)
        .channel_pattern("hush-both", Permission::Write);
    let token = token
        .group_pattern("^:hush-group$", Permission::Read)
        .channel("is-slow", Permission::Write);
    let token = token.resource(ResourceKind::Entity, "hush-entity", Permission::Delete);
    names.iter().fold(token, |token, name| token.channel(name, Permissions::ALL))
}

const JOIN: Permission = Permission::Join;

/// The target of a message to a channel, whose name is percent-encoded.
fn publish(channel: &str) -> String {
    format!("/publish/hush-pub/hush-sub/0/{channel}/0/%22hush%22?{}", auth())
}

fn forbidden(channels: &str) -> String {
    FORBIDDEN.replace(r#""error""#, &format!(r#""payload":{{"channels":[{channels}]}},"error""#))
}

/// The ways in which proxies ask about a request.
fn ask(address: SocketAddr, style: &str, method: &str, target: &str) -> Answer {
    match style {
        "nginx" => send(
            address,
            "GET",
            "/auth/nginx",
            &[("X-Original-Method", method), ("X-Original-URI", target)],
        ),
        "forwarded" => send(
            address,
            "GET",
            "/auth/forwarded",
            &[("X-Forwarded-Method", method), ("X-Forwarded-Uri", target)],
        ),
        _ => send(address, method, &format!("/auth/envoy{target}"), &[]),
    }
}

const STYLES: [&str; 3] = ["nginx", "forwarded", "envoy"];

/// Status, verdict, reason and operation of the answer to a sub-request.
fn summary(answer: &Answer) -> (u16, &str, &str, Option<&str>) {
    let header = |name: &str| answer.header(&format!("X-PubNub-Access-{name}"));
    (
        answer.status,
        header("Verdict").unwrap_or_default(),
        header("Reason").unwrap_or_default(),
        header("Operation"),
    )
}

#[test]
fn sub_requests_are_answered_in_three_styles() {
    let gateway = Gateway::auth(&[]);
    for style in STYLES {
        let answer = ask(gateway.auth, style, "GET", &publish("hush"));
        assert_eq!(summary(&answer), (200, "allow", "token_allows", Some("publish")), "{style}");
        assert_eq!((answer.text(), answer.header("X-PubNub-Access-Body")), ("", None));

        let answer =
            ask(gateway.auth, style, "GET", &publish("hush%2Felsewhere%C3%BC%F0%9F%98%80%22"));
        assert_eq!(summary(&answer), (403, "deny", "token_denies", Some("publish")), "{style}");
        assert_eq!(answer.text(), forbidden(r#""hush/elsewhereü😀\"""#));
        let header = forbidden(r#""hush/elsewhere\u00fc\ud83d\ude00\"""#);
        assert_eq!(answer.header("X-PubNub-Access-Body"), Some(header.as_str()));
        assert_eq!(answer.header("Content-Type"), Some("application/json"));

        let answer = ask(gateway.auth, style, "GET", &publish("hush%2F%C3%BC%20b"));
        assert_eq!(summary(&answer), (200, "allow", "token_allows", Some("publish")), "{style}");

        let answer = ask(
            gateway.auth,
            style,
            "PATCH",
            &format!("/v2/objects/s/uuids/hush-alice/channels?{}", auth()),
        );
        let expected = (200, "indeterminate", "body_needed", Some("set-memberships"));
        assert_eq!(summary(&answer), expected, "{style}");
        let answer = ask(
            gateway.auth,
            style,
            "PATCH",
            &format!("/v2/objects/s/uuids/hush-bob/channels?{}", auth()),
        );
        assert_eq!(answer.status, 403, "{style}");
        assert_eq!(answer.text(), FORBIDDEN, "{style}");

        for (method, target) in
            [("GET", "/hush/0/"), ("get", "/time/0"), ("OPTIONS", "/time/0"), ("GET", "/hush//0")]
        {
            let answer = ask(gateway.auth, style, method, target);
            assert_eq!(
                summary(&answer),
                (200, "indeterminate", "not_routed", None),
                "{style} {method} {target}"
            );
        }
        let answer = ask(gateway.auth, style, "GET", "/time/0");
        assert_eq!(summary(&answer), (200, "allow", "nothing_needed", Some("time")), "{style}");
    }
}

#[test]
fn what_is_in_doubt_is_turned_away_where_only_permissions_count() {
    let gateway = Gateway::auth(&["--enforce", "permissions"]);
    for style in STYLES {
        assert_eq!(ask(gateway.auth, style, "GET", &publish("hush")).status, 200);
        let answer = ask(gateway.auth, style, "GET", &format!("/hush//0?{}", auth()));
        assert_eq!(summary(&answer), (403, "indeterminate", "not_routed", None));
        assert_eq!(answer.text(), FORBIDDEN);
        // A status that not every proxy passes on is not used, whatever the service would say.
        let answer = ask(gateway.auth, style, "GET", "/v1/datasync/subkeys/hush/users");
        assert_eq!(summary(&answer), (403, "deny", "no_credential", Some("datasync-list-users")));
        assert_eq!(answer.text(), r#"{"errors":[{"errorCode":"DS-0203"}]}"#);
    }
}

#[test]
fn a_pinned_reading_settles_what_it_decides() {
    let status = |target: &str, arguments: &[&str]| {
        let gateway = Gateway::auth(&[&["--enforce", "permissions"], arguments].concat());
        ask(gateway.auth, "nginx", "GET", target).status
    };
    let both = publish("hush-both");
    assert_eq!(status(&both, &[]), 403);
    assert_eq!(status(&both, &["--precedence", "union"]), 200);
    assert_eq!(status(&both, &["--precedence", "explicit-else-any"]), 403);
    let group = format!("/v2/subscribe/hush-sub/,/0?channel-group=hush-group&{}", auth());
    assert_eq!(status(&group, &[]), 403);
    assert_eq!(status(&group, &["--group-names", "colon"]), 200);
    assert_eq!(status(&group, &["--group-names", "plain"]), 403);
}

#[test]
fn datasync_is_answered_in_its_own_way() {
    let gateway = Gateway::auth(&[]);
    let item = |id: &str| format!("/v1/datasync/subkeys/hush-sub/entities/{id}?{}", auth());
    for style in STYLES {
        let answer = ask(gateway.auth, style, "DELETE", &item("hush-entity"));
        assert_eq!(
            summary(&answer),
            (200, "allow", "token_allows", Some("datasync-delete-entity"))
        );
        let answer = ask(gateway.auth, style, "GET", &item("hush-entity"));
        assert_eq!(summary(&answer), (403, "deny", "token_denies", Some("datasync-get-entity")));
        assert_eq!(answer.text(), r#"{"errors":[{"errorCode":"DS-0201"}]}"#);
    }
}

#[test]
fn a_sub_request_that_does_not_name_one_request_is_refused() {
    let gateway = Gateway::auth(&[]);
    let bad = |path: &str, headers: &[(&str, &str)]| {
        let answer = send(gateway.auth, "GET", path, headers);
        assert_eq!(
            (answer.status, answer.header("X-PubNub-Access-Verdict")),
            (400, None),
            "{path} {headers:?}"
        );
    };
    for (path, method, target) in [
        ("/auth/nginx", "X-Original-Method", "X-Original-URI"),
        ("/auth/forwarded", "X-Forwarded-Method", "X-Forwarded-Uri"),
    ] {
        let (get, time) = ((method, "GET"), (target, "/time/0"));
        bad(path, &[]);
        bad(path, &[get]);
        bad(path, &[time]);
        bad(path, &[get, (target, "")]);
        bad(path, &[(method, ""), time]);
        bad(path, &[get, time, time]);
        bad(path, &[get, get, time]);
        bad(path, &[get, time, (target, "/hush")]);
        // The headers of another style are not taken for these.
        bad(
            path,
            &[("X-Original", "GET"), ("X-Forwarded-Method", "GET"), ("X-Original-URI", "/time/0")],
        );
        let start = format!("GET {path} HTTP/1.1\r\nHost: h\r\n{method}: GET\r\n{target}: /");
        let latin = [start.as_bytes(), b"\xe9\r\n\r\n"];
        assert_eq!(exchange(gateway.auth, &latin.concat()).status, 400);
    }
    for path in [
        "/",
        "/auth",
        "/auth/envoy",
        "/auth/envoyed/time/0",
        "/AUTH/envoy/time/0",
        "/auth/envoy?/time/0",
    ] {
        assert_eq!(send(gateway.auth, "GET", path, &[]).status, 404, "{path}");
    }
}

#[test]
fn the_path_that_envoy_sends_is_taken_as_it_came() {
    let gateway = Gateway::auth(&[]);
    let reason = |path: &str| {
        let answer = send(gateway.auth, "GET", path, &[]);
        (answer.status, answer.header("X-PubNub-Access-Reason").unwrap_or_default().to_owned())
    };
    // Were any of them normalised, there would be another answer.
    for path in
        ["/time/0", "/time//0", "/time/./0", "/x/../time/0", "/%74ime/0", "//time/0", "/time/0/"]
    {
        let expected = if path == "/time/0" { "nothing_needed" } else { "not_routed" };
        assert_eq!(reason(&format!("/auth/envoy{path}")), (200, expected.to_owned()), "{path}");
    }
    assert_eq!(reason("/auth/../auth/envoy/time/0"), (404, String::new()));
    assert_eq!(reason("http://elsewhere/auth/envoy/time/0"), (200, "nothing_needed".to_owned()));
}

#[test]
fn a_revoked_token_is_refused() {
    let text = token().to_text();
    let token = UnverifiedToken::parse(&text).unwrap();
    let path = std::env::temp_dir().join(format!("pubnub-access-deny-list-{}", std::process::id()));
    std::fs::write(&path, format!("{} {}\n", Fingerprint::of(&token), token.expires_at())).unwrap();
    let gateway = Gateway::auth(&["--deny-list", path.to_str().unwrap()]);
    std::fs::remove_file(&path).unwrap();
    let target =
        format!("/publish/p/s/0/hush/0/1?uuid=hush-alice&auth={}", text.replace('=', "%3D"));
    let answer = ask(gateway.auth, "nginx", "GET", &target);
    assert_eq!(summary(&answer), (403, "deny", "token_revoked", Some("publish")));
    assert_eq!(
        answer.text(),
        r#"{"message":"Token is revoked","error":true,"service":"Access Manager","status":403}"#
    );
}

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

/// Some upstreams take `_` and `-` in the name of a header for the same.
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
    // For the operation that is known, and for none.
    for (target, expected) in [(publish("hush"), &["publish"][..]), ("/hush//a".to_owned(), &[])] {
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

/// RFC 9112, section 3.2: the proxy and the upstream might each believe another one.
#[test]
fn a_second_host_is_refused() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &[]);
    for second in ["hush.elsewhere", "ps.pndsn.com", ""] {
        let answer = send(gateway.address(), "GET", &publish("hush"), &[("Host", second)]);
        assert_eq!((answer.status, answer.text()), (400, "it names several hosts\n"), "{second:?}");
    }
    assert!(upstream.arrived().is_empty());
    assert_eq!(gateway.metric("pubnub_access_failures_total{status=\"400\"}"), 3);
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
            (501, "its transfer coding is not chunked alone\n"),
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
    // The answer arrives although nobody waits for the message that is still being sent.
    let long = vec![b'1'; 1_000_000];
    let target = format!("/v2/publish/hush-pub/hush-sub/0/hush-elsewhere/0?{}", auth());
    assert_eq!(send_body(gateway.address(), "POST", &target, &long).status, 403);
    assert!(upstream.arrived().is_empty());

    // What is in doubt goes on, without a word about the operation where it is not known.
    let headers = [("X-PubNub-Access-Operation", "time")];
    assert_eq!(send(gateway.address(), "GET", "/hush//a%2Fb/../c?q=%20&%", &headers).status, 200);
    let [arrived] = &upstream.arrived()[..] else { panic!("one request is expected") };
    assert_eq!(arrived.first, "GET /hush//a%2Fb/../c?q=%20&% HTTP/1.1");
    assert!(arrived.header("x-pubnub-access-operation").is_empty());
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

    // Beyond 256 KiB nobody reads: it is in doubt, and goes on whole.
    let long = body("hush-elsewhere").replace("null", &format!("\"{}\"", "hush".repeat(100_000)));
    assert_eq!(send_body(gateway.address(), "PATCH", &target, long.as_bytes()).status, 200);
    let [arrived] = &upstream.arrived()[..] else { panic!("one request is expected") };
    assert!(arrived.whole && arrived.body == long.as_bytes());

    // A body that does not go on.
    let mut stream = connect(gateway.address());
    stream
        .write_all(&request("PATCH", &target, &[("Content-Length", "100")], b"{\"set\":"))
        .unwrap();
    assert_eq!(read_answer(stream).unwrap().status, 408);
    // A body that breaks off, in either framing: it may be seen, but not as a whole one.
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
    assert_eq!(gateway.metric("pubnub_access_failures_total{status=\"413\"}"), 2);
}

#[test]
fn an_upstream_that_fails_is_told_about() {
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
    assert_eq!(gateway.metric("pubnub_access_failures_total{status=\"502\"}"), 3);
    assert_eq!(gateway.metric("pubnub_access_failures_total{status=\"504\"}"), 1);

    // A port on which nobody listens any more.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gateway = Gateway::proxy(nobody, &[]);
    assert_eq!(send(gateway.address(), "GET", &publish("hush"), &[]).status, 502);
    assert_eq!(send(gateway.address(), "GET", &publish("hush-elsewhere"), &[]).status, 403);
    let tunnel = exchange(gateway.address(), b"CONNECT hush:443 HTTP/1.1\r\nHost: hush\r\n\r\n");
    assert_eq!(tunnel.status, 405);
}

#[test]
fn what_was_decided_is_counted() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &[]);
    let health = send(gateway.auth, "GET", "/health", &[]);
    assert_eq!((health.status, health.text()), (200, "ok\n"));
    for _ in 0..3 {
        send(gateway.address(), "GET", &publish("hush-elsewhere"), &[]);
    }
    send(gateway.address(), "GET", &publish("hush"), &[]);
    ask(gateway.auth, "nginx", "GET", "/hush");
    let decisions =
        |labels: &str| gateway.metric(&format!("pubnub_access_decisions_total{{{labels}}}"));
    let denied = r#"service="proxy",verdict="deny",reason="token_denies",outcome="rejected""#;
    assert_eq!(decisions(denied), 3);
    assert_eq!(decisions(&denied.replace("proxy", "auth")), 0);
    assert_eq!(
        decisions(r#"service="proxy",verdict="allow",reason="token_allows",outcome="forwarded""#),
        1
    );
    assert_eq!(
        decisions(
            r#"service="auth",verdict="indeterminate",reason="not_routed",outcome="forwarded""#
        ),
        1
    );
    // The connections before take a moment to end; the one that asks is there.
    let alone = |_| {
        thread::sleep(Duration::from_millis(20));
        gateway.metric("pubnub_access_connections{service=\"auth\"}") == 1
    };
    assert!((0..500).any(alone), "connections do not end");
    let metrics = send(gateway.auth, "GET", "/metrics", &[]);
    assert_eq!(metrics.header("Content-Type"), Some("text/plain; version=0.0.4"));
    let is_metric = |line: &str| line.starts_with("# ") || line.starts_with("pubnub_access_");
    assert!(metrics.text().lines().all(is_metric) && metrics.text().ends_with('\n'));
}

#[test]
fn requests_under_way_end_before_the_gateway_does() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::proxy(upstream.address, &[]);
    let address = gateway.address();
    let mut idle = connect(address);
    idle.write_all(&request("GET", &publish("hush"), &[], b"")).unwrap();
    let under_way = thread::spawn(move || send(address, "GET", &publish("is-slow"), &[]));
    thread::sleep(Duration::from_millis(500));
    gateway.terminate();
    let answer = under_way.join().unwrap();
    assert_eq!((answer.status, answer.text()), (200, SENT));
    assert!(gateway.wait().success());
    assert!(TcpStream::connect(address).is_err());
    // The connection was closed after its answer, and not in the middle of it.
    assert_eq!(read_answer(idle).unwrap().text(), SENT);
}

/// What clients send that do not mean it.
fn junk(number: usize) -> Vec<u8> {
    let memberships = format!("/v2/objects/hush-sub/uuids/hush-alice/channels?{}", auth());
    match number % 10 {
        0 => Vec::new(),
        1 => b"hush".to_vec(),
        2 => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        3 => vec![0; 10_000],
        4 => b"GET / HTTP/1.1\r\nHost: hush\r\n".to_vec(),
        5 => request("GET", "/hush", &[("X", &"hush".repeat(100_000))], b""),
        6 => request(
            "PATCH",
            &memberships,
            &[("Content-Length", "200000")],
            b"{\"set\":[{\"channel\":",
        ),
        7 => request("POST", &publish("hush"), &[("Transfer-Encoding", "chunked")], b"zz\r\nhush"),
        8 => request("POST", &format!("/hush?{}", auth()), &[("Content-Length", "-1")], b"hush"),
        _ => request("GET", &publish("hush-elsewhere"), &[], b"").repeat(20),
    }
}

/// How many files a process has open.
fn open_files(id: u32) -> usize {
    std::fs::read_dir(format!("/proc/{id}/fd")).map_or(0, Iterator::count)
}

/// How much memory a process has, in KiB.
fn memory(id: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).map_or(0, |number| number.parse().unwrap())
}

/// Opens many connections with junk, asks something in between, and closes them all. The slowest
/// answer.
fn wave(gateway: &Gateway, count: usize) -> Duration {
    let mut connections = Vec::new();
    let mut slowest = Duration::ZERO;
    for number in 0..count {
        let mut stream = connect(gateway.address());
        stream.set_nonblocking(true).unwrap();
        let _ = stream.write(&junk(number));
        connections.push(stream);
        if number % 50 == 0 {
            let start = Instant::now();
            let answer = send(gateway.address(), "GET", &publish("hush"), &[]);
            assert_eq!((answer.status, answer.text()), (200, SENT));
            slowest = slowest.max(start.elapsed());
        }
    }
    slowest
}

/// `PUBNUB_ACCESS_JUNK=10000` opens that many connections at a time; the limit of open files has to
/// allow it.
#[test]
fn connections_with_junk_keep_nobody_out() {
    let upstream = Upstream::start();
    let count = std::env::var("PUBNUB_ACCESS_JUNK").map_or(1000, |count| count.parse().unwrap());
    let places = (count / 4).to_string();
    let arguments = ["--max-connections", &places, "--header-timeout", "5", "--body-timeout", "2"];
    let gateway = Gateway::proxy(upstream.address, &arguments);
    assert_eq!(send(gateway.address(), "GET", &publish("hush"), &[]).status, 200);
    let files = open_files(gateway.id());
    // The first wave takes the memory that the allocator keeps.
    let mut used = Vec::new();
    for _ in 0..3 {
        let slowest = wave(&gateway, count);
        let start = Instant::now();
        let proxied = "pubnub_access_connections{service=\"proxy\"}";
        while gateway.metric(proxied) > 0 || open_files(gateway.id()) > files + 8 {
            assert!(
                start.elapsed() < Duration::from_secs(15),
                "{} files stay open",
                open_files(gateway.id())
            );
            thread::sleep(Duration::from_millis(100));
        }
        used.push(memory(gateway.id()));
        println!("{count} connections: slowest answer {slowest:?}, {used:?} KiB afterwards");
        assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    }
    assert!(used[2] < used[0] + used[0] / 2 + 16 * 1024, "{used:?} KiB");
}
