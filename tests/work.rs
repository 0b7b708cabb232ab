//! The work that a decision may cost: what comes of too little, whatever the order, prepared or not.
#![cfg(feature = "mint")]

use pubnub_access::mint::TestToken;
use pubnub_access::{
    Operation, Permission, Policy, PreparedToken, Request, UnverifiedToken, Verdict, evaluate, explain,
};

fn token(patterns: &[&str]) -> UnverifiedToken {
    let token = TestToken::new(1, 60);
    let token = patterns.iter().fold(token, |token, pattern| token.channel_pattern(pattern, Permission::Read));
    UnverifiedToken::parse(&token.to_text()).unwrap()
}

fn request(name: &str) -> Request<'_> {
    Request::builder(Operation::FetchMessages).channel(name).user_id("alice").build().unwrap()
}

/// A pattern that no decision can afford, by the default limit.
fn costly() -> String {
    "a?".repeat(1500)
}

#[test]
fn a_costly_pattern_does_no_harm_to_the_others() {
    let costly = costly();
    let cheap = ["^room-[0-9]+$", "^[a-z0-9]{1,256}$", "^room-\\C$"];
    for place in 0..=cheap.len() {
        let mut patterns = cheap.to_vec();
        patterns.insert(place, &costly);
        let token = token(&patterns);
        let prepared = PreparedToken::new(token.clone());
        for name in ["room-17", "room17", "room-x"] {
            let decision = evaluate(&token, &request(name), 1, &Policy::new());
            assert_eq!(decision.verdict(), Verdict::Allow, "{name} {place}");
            assert_eq!(prepared.evaluate(&request(name), 1, &Policy::new()), decision, "{name} {place}");
        }
        let decision = evaluate(&token, &request("lobby!"), 1, &Policy::new());
        assert_eq!(decision.verdict(), Verdict::Indeterminate, "{place}");
    }
}

/// What one resource leaves is there for the others, up to four times the limit.
#[test]
fn the_limit_is_for_each_of_four_resources() {
    let patterns: Vec<String> = (0..50).map(|number| format!("^room-{number}-[0-9]+$")).collect();
    let token = token(&patterns.iter().map(String::as_str).collect::<Vec<_>>());
    let names: Vec<String> = (0..8).map(|number| format!("room-49-{number}")).collect();
    let verdict = |count: usize, limit: u64| {
        let names = names.iter().take(count).map(String::as_str);
        let request = Request::builder(Operation::FetchMessages).channels(names).user_id("alice").build().unwrap();
        evaluate(&token, &request, 1, &Policy::new().work_limit(limit)).verdict()
    };
    let needed = |count| {
        let (mut too_little, mut enough) = (0, 1 << 20);
        while enough - too_little > 1 {
            let between = (too_little + enough) / 2;
            let decided = verdict(count, between) == Verdict::Allow;
            *(if decided { &mut enough } else { &mut too_little }) = between;
        }
        enough
    };
    let alone = needed(1);
    for count in 2..=4 {
        assert_eq!(needed(count), alone, "{count} resources");
    }
    assert_eq!(needed(8), 2 * alone);
    assert_eq!(verdict(8, 2 * alone - 1), Verdict::Indeterminate);
}

/// Preparing changes no answer, whatever the limit, and at whatever point of a compilation it is reached.
#[test]
fn prepared_or_not_at_every_limit() {
    let tokens = [
        token(&["^room-[0-9]+$", "(?i)^[k-é]+$", "[a-", "^(?:a|b)*$", "\\pL"]),
        token(&["(?i)[\\x{100}-\\x{17f}]{70}", "^lobby$", "(?:x{40}){0}b?", "^.{0,100}$"]),
        token(&["^room-\\C$", "^[a-z0-9]{1,256}$", &costly(), "room", "(?:\\b|a){80}x"]),
    ];
    for token in &tokens {
        let prepared = PreparedToken::new(token.clone());
        let limits = (0..1_500).chain((1_500..120_000).step_by(331)).chain([1_000_000, 10_000_000]);
        for limit in limits {
            let policy = Policy::new().work_limit(limit);
            for name in ["room-1", "lobby-aé"] {
                let request = request(name);
                let cold = evaluate(token, &request, 1, &policy);
                assert_eq!(prepared.evaluate(&request, 1, &policy), cold, "{name} {limit}");
                if limit % 64 == 0 {
                    let cold = explain(token, &request, 1, &policy).to_string();
                    assert_eq!(prepared.explain(&request, 1, &policy).to_string(), cold, "{name} {limit}");
                }
            }
        }
    }
}
