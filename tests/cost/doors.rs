//! One long pattern, in every function that takes patterns: each must charge its cost.

use pubnub_access::audit::{covers, diff, lint, reach};
use pubnub_access::gateway::{HttpRequest, Precheck};
use pubnub_access::grant::GrantRequest;
use pubnub_access::{
    Pattern, Permission, Policy, PreparedToken, ResourceKind, UnverifiedToken, Verdict, evaluate,
    explain,
};

use super::make::{NOW, decoded, empty, read};
use super::{Case, Task, case};

/// Cases with one name and with many, for the same tokens. Many names cost at most ten times as
/// much.
pub const ONE_NAME: &str = "a pattern that RE2 refuses: one name";
pub const MANY_NAMES: &str = "a pattern that RE2 refuses: many names";

/// The most names of a request: as many as a gateway reads.
const MANY: usize = 4_096;

pub fn cases() -> Vec<Case> {
    vec![
        case("a pattern of é: Pattern::new", 3_000, 850, 100, |size| {
            let pattern = accents(size);
            Task::new(pattern.len(), move || Pattern::new(&pattern))
        }),
        case("a pattern of é: evaluate", 3_000, 850, 100, |size| {
            of(&accents(size), |token| {
                assert!(!evaluate(token, &read(["é"]), NOW, &Policy::new()).is_allowed())
            })
        }),
        case("a pattern of é: explain", 3_000, 850, 100, |size| {
            of(&accents(size), |token| {
                drop(explain(token, &read(["é"]), NOW, &Policy::new()).to_string())
            })
        }),
        case("a pattern of é: PreparedToken", 3_000, 850, 100, |size| {
            of(&accents(size), |token| drop(PreparedToken::new(token.clone())))
        }),
        case("a pattern of é: GrantRequest::validate", 3_000, 850, 100, |size| {
            let pattern = accents(size);
            let grant =
                GrantRequest::new(15).pattern(ResourceKind::Channel, &pattern, Permission::Read);
            Task::new(pattern.len(), move || grant.validate())
        }),
        case("a pattern of é: lint", 3_000, 850, 100, |size| {
            of(&accents(size), |token| drop(lint(token)))
        }),
        case("a pattern of é: reach", 3_000, 1_100, 100, |size| {
            of(&accents(size), |token| drop(reach(token, &Policy::new())))
        }),
        case("a pattern of é: diff", 3_000, 1_100, 100, |size| {
            of(&accents(size), |token| drop(diff(token, &decoded(&empty()))))
        }),
        case("a pattern of é: covers", 3_000, 1_900, 100, |size| {
            of(&accents(size), |token| assert_ne!(covers(token, &token.clone()), Verdict::Deny))
        }),
        case("a pattern of é: precheck", 3_000, 850, 100, |size| {
            let token = empty().channel_pattern(&accents(size), Permission::Read).to_text();
            let target = format!("/v2/subscribe/demo/a/0?uuid=u&auth={token}");
            Task::new(target.len(), move || {
                Precheck::new(Policy::new()).check(&HttpRequest::new("GET", &target), NOW)
            })
        }),
        case(ONE_NAME, 1_500, 190, 8, |size| refused(size, 1)),
        case(MANY_NAMES, 1_500, 800, 50, |size| refused(size, MANY)),
        case("a pattern that RE2 refuses: many names explained", 1_500, 6_000, 400, |size| {
            let token = decoded(&empty().channel_pattern(&unclosed(size), Permission::Read));
            Task::new(token.as_cbor().len(), move || {
                explain(&token, &read(["a"; MANY]), NOW, &Policy::new()).to_string()
            })
        }),
    ]
}

fn accents(size: usize) -> String {
    "é".repeat(size)
}

fn unclosed(size: usize) -> String {
    format!("({}", "一".repeat(size))
}

/// A token with one pattern, measured for each byte of it.
fn of(pattern: &str, run: fn(&UnverifiedToken)) -> Task {
    let token = empty().channel_pattern(pattern, Permission::Read);
    let token = decoded(&token);
    Task::new(token.as_cbor().len(), move || run(&token))
}

/// A decision about a number of names and one pattern, measured for each byte of both.
fn refused(size: usize, names: usize) -> Task {
    let token = decoded(&empty().channel_pattern(&unclosed(size), Permission::Read));
    Task::new(token.as_cbor().len(), move || {
        evaluate(&token, &read(vec!["a"; names]), NOW, &Policy::new())
    })
}
