//! A deny list of a million tokens: memory for each, look-ups, and reading from text.

use std::hint::black_box;
use std::time::Instant;

use pubnub_access::mint::TestToken;
use pubnub_access::revocation::{Fingerprint, RevocationList};
use pubnub_access::{Permission, UnverifiedToken};

#[path = "../tests/cost/counting.rs"]
mod counting;

const TOKENS: u32 = 1_000_000;

fn token(number: u32) -> UnverifiedToken {
    let token = TestToken::new(1_700_000_000, 60).channel("room", Permission::Read);
    UnverifiedToken::parse(&token.signature(&number.to_be_bytes()).to_text()).unwrap()
}

fn per_token(start: Instant, tokens: u32) -> f64 {
    start.elapsed().as_nanos() as f64 / f64::from(tokens)
}

fn main() {
    // A tenth of a percent suffices for `cargo test`.
    let tokens = if std::env::args().any(|argument| argument == "--bench") {
        TOKENS
    } else {
        TOKENS / 1_000
    };
    let one = token(0);
    let start = Instant::now();
    for _ in 0..tokens {
        black_box(Fingerprint::of(black_box(&one)));
    }
    let fingerprint = per_token(start, tokens);

    let text: String = (0..tokens)
        .map(|number| format!("{} 1700003600\n", Fingerprint::of(&token(number))))
        .collect();
    let start = Instant::now();
    let (list, count) = counting::count(|| text.parse::<RevocationList>().unwrap());
    let load = per_token(start, tokens);

    let asked: Vec<UnverifiedToken> =
        (0..1_000).map(|number| token(number * (tokens / 1_000))).collect();
    let start = Instant::now();
    assert!(asked.iter().all(|token| list.contains(token)));
    let found = per_token(start, 1_000);
    let strangers: Vec<UnverifiedToken> = (tokens..tokens + 1_000).map(token).collect();
    let start = Instant::now();
    assert!(!strangers.iter().any(|token| list.contains(token)));
    let missed = per_token(start, 1_000);

    println!("{} tokens: {:.1} bytes a token", list.len(), count.peak as f64 / f64::from(tokens));
    println!("reading a line {load:.0} ns; a fingerprint {fingerprint:.0} ns");
    println!("look-up, fingerprint included: {found:.0} ns on the list, {missed:.0} ns not on it");
}
