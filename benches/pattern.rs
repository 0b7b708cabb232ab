//! The cost of compiling a pattern, of matching a name, and of both, compared with `regex`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pubnub_access::Pattern;

/// Typical patterns, each with a name that it matches.
const TYPICAL: [(&str, &str); 6] = [
    ("^channel-.*$", "channel-0123456789"),
    ("^space-[A-Za-z0-9]$", "space-7"),
    ("^uuid-\\S*$", "uuid-5f3a-77b0"),
    ("channel_*", "channel_1234"),
    (".*", "channel-0123456789"),
    ("^chat\\.(?:eu|us)\\.[0-9a-f]{8}$", "chat.eu.0badcafe"),
];

/// Patterns whose automaton takes several words, each with a name that it matches.
const LARGE: [(&str, &str); 3] = [
    ("^[a-z0-9]{1,200}$", "channel0123456789channel0123456789"),
    ("^[a-z0-9]{1,500}$", "channel0123456789channel0123456789"),
    ("(?:[a-z]{1,30}){30}", "abcdefghijklmnopqrstuvwxyzabcdefghij"),
];

fn compile(c: &mut Criterion) {
    let mut group = c.benchmark_group("compile");
    for (pattern, _) in TYPICAL.into_iter().chain(LARGE) {
        group.bench_function(BenchmarkId::new("pattern", pattern), |b| {
            b.iter(|| Pattern::new(black_box(pattern)).is_ok());
        });
        group.bench_function(BenchmarkId::new("regex", pattern), |b| {
            b.iter(|| regex::bytes::Regex::new(black_box(pattern)).is_ok());
        });
    }
    group.finish();
}

fn matches(c: &mut Criterion) {
    let mut group = c.benchmark_group("matches");
    for (pattern, name) in TYPICAL.into_iter().chain(LARGE) {
        let prepared = Pattern::new(pattern).expect("a valid pattern");
        group.bench_function(BenchmarkId::new("yes", pattern), |b| {
            b.iter(|| prepared.is_match(black_box(name)));
        });
        group.bench_function(BenchmarkId::new("no", pattern), |b| {
            b.iter(|| prepared.is_match(black_box("another-name")));
        });
    }
    group.finish();
}

fn cold(c: &mut Criterion) {
    let mut group = c.benchmark_group("cold");
    for (pattern, name) in TYPICAL.into_iter().chain(LARGE) {
        group.bench_function(BenchmarkId::new("yes", pattern), |b| {
            b.iter(|| {
                Pattern::new(black_box(pattern))
                    .and_then(|pattern| pattern.is_match(black_box(name)))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, compile, matches, cold);
criterion_main!(benches);
