//! Decoding, evaluating and explaining, on tokens of 1 to 950 entries.
//!
//! Prints the number of allocations of each, then measures. Compare only within one run.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pubnub_access::mint::TestToken;
use pubnub_access::{Operation, Permission, Policy, Request, UnverifiedToken, evaluate, explain};

#[path = "../tests/cost/counting.rs"]
mod counting;

const ISSUED: u64 = 1_700_000_000;
const SIZES: [usize; 5] = [1, 6, 25, 220, 950];

/// A token with a number of entries: channels, and two patterns if there are 6 or more.
fn token_of(entries: usize) -> TestToken {
    let patterns = if entries >= 6 { 2 } else { 0 };
    let read_write = Permission::Read | Permission::Write;
    let token = (0..entries - patterns).fold(TestToken::new(ISSUED, 60), |token, number| {
        token.channel(&format!("channel-{number:05}"), read_write)
    });
    let token = token.authorized_user("user-1");
    if patterns == 0 {
        return token;
    }
    token
        .channel_pattern("^room-[0-9]+$", Permission::Read)
        .channel_pattern("^direct\\.user-1\\..*$", read_write)
}

/// Requests for the last channel, for one that a pattern grants, and for one without a grant.
fn questions(entries: usize) -> Vec<(&'static str, Request<'static>)> {
    let last = entries - if entries >= 6 { 2 } else { 0 } - 1;
    let explicit: &'static str = format!("channel-{last:05}").leak();
    let ask = |name| {
        Request::builder(Operation::Subscribe).channel(name).user_id("user-1").build().unwrap()
    };
    let mut questions = vec![("explicit", ask(explicit)), ("denied", ask("another"))];
    if entries >= 6 {
        questions.push(("pattern", ask("room-4711")));
    }
    questions
}

fn count_allocations() {
    println!(
        "entries  CBOR bytes  decode: allocations, bytes  evaluate: explicit, denied, pattern  explain: the same"
    );
    for entries in SIZES {
        let text = token_of(entries).to_text();
        let (token, decode) = counting::count(|| UnverifiedToken::parse(&text).unwrap());
        let mut evaluations = Vec::new();
        let mut explanations = Vec::new();
        for (_, request) in questions(entries) {
            let policy = Policy::new();
            evaluations.push(
                counting::count(|| evaluate(&token, &request, ISSUED, &policy)).1.allocations,
            );
            explanations
                .push(counting::count(|| explain(&token, &request, ISSUED, &policy)).1.allocations);
        }
        let (size, allocations, bytes) = (token.as_cbor().len(), decode.allocations, decode.bytes);
        println!(
            "{entries:>7}  {size:>10}  {allocations} {bytes:>8}  {evaluations:?}  {explanations:?}"
        );
    }
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for entries in SIZES {
        let text = token_of(entries).to_text();
        group.throughput(Throughput::Elements(entries as u64));
        group.bench_function(BenchmarkId::from_parameter(entries), |bencher| {
            bencher.iter(|| UnverifiedToken::parse(black_box(&text)).unwrap());
        });
    }
}

fn decide(criterion: &mut Criterion) {
    for entries in SIZES {
        let token = UnverifiedToken::parse(&token_of(entries).to_text()).unwrap();
        let policy = Policy::new();
        for (name, request) in questions(entries) {
            criterion.bench_function(&format!("evaluate/{name}/{entries}"), |bencher| {
                bencher.iter(|| {
                    evaluate(black_box(&token), black_box(&request), black_box(ISSUED), &policy)
                });
            });
            criterion.bench_function(&format!("explain/{name}/{entries}"), |bencher| {
                bencher.iter(|| {
                    explain(black_box(&token), black_box(&request), black_box(ISSUED), &policy)
                });
            });
        }
    }
}

fn allocations(_: &mut Criterion) {
    count_allocations();
}

criterion_group!(benches, allocations, decode, decide);
criterion_main!(benches);
