//! The operators' view, and limits for strangers.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{connect, read_answer, request, send};
use crate::process::{Gateway, PROGRAM};
use crate::support::*;
use crate::upstream::{SENT, Upstream};

#[test]
fn decisions_are_counted() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &[]);
    for path in ["/health/live", "/health/ready"] {
        let health = send(gateway.auth, "GET", path, &[]);
        assert_eq!((health.status, health.text()), (200, "ok\n"));
    }
    for _ in 0..3 {
        send(gateway.address(), "GET", &publish("hush-elsewhere"), &[]);
    }
    send(gateway.address(), "GET", &publish("hush"), &[]);
    ask(gateway.auth, "nginx", "GET", "/hush");
    let decisions = |labels: &[&str]| gateway.metric("pubnub_access_decisions_total", labels);
    let denied = ["verdict=\"deny\"", "reason=\"token_denies\"", "operation=\"publish\""];
    assert_eq!(decisions(&denied), 3);
    assert_eq!(decisions(&["door=\"proxy\"", "passes=\"rejected\""]), 3);
    assert_eq!(
        decisions(&["door=\"proxy\"", "reason=\"token_allows\"", "passes=\"forwarded\""]),
        1
    );
    assert_eq!(decisions(&["door=\"nginx\"", "reason=\"not_routed\"", "operation=\"\""]), 1);
    assert_eq!(decisions(&[]), 5);
    assert_eq!(gateway.metric("pubnub_access_decision_seconds_count", &[]), 5);
    assert_eq!(gateway.metric("pubnub_access_mode", &["mode=\"denials\""]), 1);
    // Earlier connections take a moment to end. The one of this request counts.
    let alone = |_| {
        thread::sleep(Duration::from_millis(20));
        gateway.metric("pubnub_access_connections", &["listener=\"auth\""]) == 1
    };
    assert!((0..500).any(alone), "connections do not end");
    let metrics = send(gateway.auth, "GET", "/metrics", &[]);
    assert_eq!(
        metrics.header("Content-Type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
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

/// A connection with an unfinished answer is not idle.
#[test]
fn an_answer_that_takes_long_arrives_whole() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &["--header-timeout", "0.2"]);
    for _ in 0..2 {
        let answer = send(gateway.address(), "GET", &publish("drips"), &[]);
        assert_eq!((answer.whole, answer.text()), (true, SENT));
    }
}

/// Junk that clients send.
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

/// Returns the number of open files of a process.
fn open_files(id: u32) -> usize {
    std::fs::read_dir(format!("/proc/{id}/fd")).map_or(0, Iterator::count)
}

/// Returns the memory of a process, in KiB.
fn memory(id: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).map_or(0, |number| number.parse().unwrap())
}

/// Opens many connections with junk, sends requests in between, and closes them all. Returns the
/// slowest answer's time.
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
        while gateway.metric("pubnub_access_connections", &["listener=\"proxy\""]) > 0
            || open_files(gateway.id()) > files + 8
        {
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

#[test]
fn the_readme_names_every_setting_and_every_metric() {
    let page = include_str!("../../README.md");
    let help = std::process::Command::new(PROGRAM).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let flags = help.split_whitespace().filter_map(|word| word.strip_prefix("--"));
    let ours = ["config", "check-config", "help", "version"];
    let mut count = 0;
    for flag in flags.filter(|flag| !ours.contains(flag)) {
        assert!(page.contains(&format!("`{flag}`")), "--{flag}");
        count += 1;
    }
    assert!(count >= 35, "{help}");
    let gateway = Gateway::auth(&[]);
    let metrics = send(gateway.auth, "GET", "/metrics", &[]);
    for line in metrics.text().lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        let suffix = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        assert!(page.contains(&format!("`{name}{suffix}`")), "{name}");
    }
}
