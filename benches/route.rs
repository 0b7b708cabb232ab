//! Routing alone, and a gateway's whole check of a request, compared with decoding a token of 6
//! entries.
//!
//! Prints allocations and each cost as a multiple of decoding, then measures. Compare only within
//! one run.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pubnub_access::gateway::{HttpRequest, Precheck, route};
use pubnub_access::mint::TestToken;
use pubnub_access::{Permission, Policy, UnverifiedToken};

#[path = "../tests/cost/counting.rs"]
mod counting;

/// A time at which the token is valid.
const NOW: u64 = 1_700_000_060;

/// Four channels and two patterns, as in the benchmark of decisions.
fn token() -> String {
    let read_write = Permission::Read | Permission::Write;
    let token = TestToken::new(1_700_000_000, 60).authorized_user("user-1");
    let token = (0..4)
        .fold(token, |token, number| token.channel(&format!("channel-{number:05}"), read_write));
    let token = token.channel_pattern("^room-[0-9]+$", Permission::Read);
    token.channel_pattern("^direct\\.user-1\\..*$", read_write).to_text()
}

/// Requests of clients: name, method, path, body.
const REQUESTS: [(&str, &str, &str, &str); 9] = [
    ("subscribe", "GET", "/v2/subscribe/sub-c-demo/channel-00001,channel-00002/0", ""),
    (
        "subscribe, encoded",
        "GET",
        "/v2/subscribe/sub-c-demo/channel%2F00001%2Cchannel%2F00002/0",
        "",
    ),
    (
        "publish",
        "GET",
        "/publish/pub-c-demo/sub-c-demo/0/channel-00001/0/%7B%22text%22%3A%22hello%22%7D",
        "",
    ),
    ("here now", "GET", "/v2/presence/sub-key/sub-c-demo/channel/channel-00001", ""),
    ("fetch messages", "GET", "/v3/history/sub-key/sub-c-demo/channel/channel-00001", ""),
    ("user metadata", "GET", "/v2/objects/sub-c-demo/uuids/user-1", ""),
    ("last row", "GET", "/time/0", ""),
    (
        "memberships",
        "PATCH",
        "/v2/objects/sub-c-demo/uuids/user-1/channels",
        r#"{"set":[{"channel":{"id":"channel-00001"},"custom":{"role":"admin"}}],"delete":[{"channel":{"id":"b"}}]}"#,
    ),
    ("no route", "GET", "/v2/something/else", ""),
];

/// The targets, with the query keys that every client adds.
fn targets(token: &str) -> Vec<String> {
    let token = token.replace('=', "%3D");
    let query = "pnsdk=PubNub-JS-Web%2F8.2.0&requestid=70f1a8d4-7f06-4a0b-8f9e-0d3b3c5f3a11&uuid=user-1&auth=";
    REQUESTS.iter().map(|(_, _, path, _)| format!("{path}?{query}{token}")).collect()
}

fn requests(targets: &[String]) -> Vec<(&'static str, HttpRequest<'_>)> {
    let mut requests = Vec::new();
    for ((name, method, _, body), target) in REQUESTS.iter().zip(targets) {
        let http = HttpRequest::new(method, target);
        requests.push((*name, if body.is_empty() { http } else { http.body(body.as_bytes()) }));
    }
    requests
}

/// Returns the shortest time of several runs.
fn time(mut work: impl FnMut()) -> Duration {
    let rounds = 2_000;
    let run = |_| {
        let start = Instant::now();
        (0..rounds).for_each(|_| work());
        start.elapsed() / rounds
    };
    (0..20).map(run).min().unwrap()
}

fn ratios(_: &mut Criterion) {
    let token = token();
    let targets = targets(&token);
    let decode = time(|| drop(black_box(UnverifiedToken::parse(black_box(&token)))));
    let precheck = Precheck::new(Policy::new());
    println!(
        "{:<20} {:>8} {:>11} {:>8} {:>11}",
        "", "route", "allocations", "check", "allocations"
    );
    for (name, http) in requests(&targets) {
        let routing =
            time(|| drop(black_box(route(black_box(&http))))).as_secs_f64() / decode.as_secs_f64();
        let checking = time(|| drop(black_box(precheck.check(black_box(&http), NOW))))
            .as_secs_f64()
            / decode.as_secs_f64();
        let of_routing = counting::count(|| route(&http)).1.allocations;
        let of_checking = counting::count(|| precheck.check(&http, NOW)).1.allocations;
        println!("{name:<20} {routing:>8.2} {of_routing:>11} {checking:>8.2} {of_checking:>11}");
    }
}

fn routes(criterion: &mut Criterion) {
    let token = token();
    let targets = targets(&token);
    let mut group = criterion.benchmark_group("route");
    group.bench_function("decode 6 entries", |bencher| {
        bencher.iter(|| UnverifiedToken::parse(black_box(&token)))
    });
    for (name, http) in requests(&targets) {
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| route(black_box(&http)).is_ok())
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("check");
    let precheck = Precheck::new(Policy::new());
    for (name, http) in requests(&targets) {
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| precheck.check(black_box(&http), NOW).is_forwarded())
        });
    }
}

criterion_group!(benches, ratios, routes);
criterion_main!(benches);
