//! Tokens of 32 KiB that are made to cost as much as possible, and the memory that audits of them
//! hold.

use std::collections::BTreeMap;
use std::time::Instant;

use pubnub_access::audit::{covers, diff, lint, reach};
use pubnub_access::mint::TestToken;
use pubnub_access::{Limits, Permissions, Policy, ResourceKind, UnverifiedToken};

use super::counting;
use super::make::{empty, mask, short};

/// The most memory that an audit may hold, results and JSON included: half of what is promised.
const MOST_HELD: u64 = 32 << 20;

/// Adds entries until the token's text is as long as a request may be.
fn filled(add: impl Fn(TestToken, usize) -> TestToken) -> TestToken {
    let fits = |token: &TestToken| token.to_text().len() <= Limits::DEFAULT_TEXT_LEN;
    let of = |entries: usize| (0..entries).fold(empty(), &add);
    let (mut fitting, mut too_many) = (0, 1);
    while fits(&of(too_many)) {
        (fitting, too_many) = (too_many, 2 * too_many);
    }
    while too_many - fitting > 1 {
        let between = fitting.midpoint(too_many);
        *(if fits(&of(between)) { &mut fitting } else { &mut too_many }) = between;
    }
    of(fitting)
}

/// A token with as many copies of a pattern as fit, with distinct endings.
fn patterns(pattern: &str) -> TestToken {
    filled(|token, entry| {
        token.channel_pattern(&format!("{pattern}{}", short(entry)), mask(1 + entry as u8 % 3))
    })
}

/// A token of one pattern that fills it.
fn repeated(start: &str, part: &str) -> TestToken {
    let times = (24_000 - start.len()) / part.len();
    empty().channel_pattern(&format!("{start}{}", part.repeat(times)), mask(1))
}

/// Half of the entries name something, half of them match something.
fn mixed(name: &str, pattern: &str) -> TestToken {
    filled(|token, entry| {
        let ending = short(entry);
        let token = token.channel(&format!("{name}{ending}"), mask(1));
        token.channel_pattern(&format!("{pattern}{ending}"), mask(2))
    })
}

/// A token of many items, half of its text, and projections for items that match a pattern, the
/// other half.
fn projected(pattern: &str) -> TestToken {
    let kind = ResourceKind::Entity;
    let key = |number| format!("datasync:entities:{pattern}{}", short(number));
    let entries = 11_000 / (key(1_000).len() + 8);
    let patterns: BTreeMap<String, &str> = (0..entries).map(|number| (key(number), "x")).collect();
    let token = empty().meta("pn-projections", BTreeMap::from([("pat", patterns)]));
    (0..1_000)
        .fold(token, |token, number| token.resource(kind, &format!("e{}", short(number)), mask(32)))
}

/// The tokens, each with a name.
pub fn tokens() -> Vec<(String, TestToken)> {
    let mut tokens = Vec::new();
    for pattern in [
        "XYZ(?:a|bc){300}",
        "(?:a?b?){400}",
        "(?:a|b){1000}",
        "(?:a|b){250}",
        "[a-z]{60}",
        ".{30}",
        "[é-ü]{150}",
        "(?:\\pL\\pN?){30}",
        "(?i:\\p{Greek}){30}",
        "(?:\\C?){200}",
        "\\C{1000}",
        "(?:\\b|a){100}",
        "(?:(?:a?){30}){30}",
        "^(?:.*a){100}$",
        "(?:a{1,1000})?",
        "room-",
        "",
        "*",
        "(",
    ] {
        tokens.push((format!("patterns {pattern}"), patterns(pattern)));
    }
    for (start, part) in [
        ("", "a"),
        ("", "é"),
        ("(", "a"),
        ("(", "一"),
        ("", "(?:"),
        ("", "a|"),
        ("", "[a-z]"),
        ("", "\\pL"),
        ("^", ".*a"),
        ("", "a?"),
        ("", "é?"),
        ("[", "éa"),
        ("", "\\b"),
        ("", "*"),
        ("", "\u{1}"),
    ] {
        tokens
            .push((format!("a pattern of {start}{}", part.escape_debug()), repeated(start, part)));
        let name = part.repeat(24_000 / part.len());
        tokens
            .push((format!("a name of {}", part.escape_debug()), empty().channel(&name, mask(3))));
    }
    for (name, pattern) in [
        ("a", "XYZ(?:a|bc){300}"),
        ("^.*", "(?:a?b?){400}"),
        ("room-", "^room-.*"),
        ("\u{1}", "\u{1}"),
        ("room.*", "\\C"),
    ] {
        tokens.push((
            format!("names and patterns {} {pattern}", name.escape_debug()),
            mixed(name, pattern),
        ));
    }
    tokens.push((
        String::from("long names and patterns"),
        filled(|token, entry| {
            let name = format!("{}{}", "x".repeat(500), short(entry));
            token.channel(&name, mask(1)).channel_pattern(&format!("^{name}.*$"), mask(3))
        }),
    ));
    tokens.push((
        String::from("groups to read and to manage"),
        filled(|token, entry| {
            let masks = [Permissions::from_mask(1), Permissions::from_mask(4)];
            token.group_pattern(&format!("^(?:a|bc){{0,300}}{}.*", short(entry)), masks[entry % 2])
        }),
    ));
    tokens.push((
        String::from("groups that spell alike"),
        filled(|token, entry| {
            token.group(&short(entry), mask(1)).group(&format!(":{}", short(entry)), mask(4))
        }),
    ));
    tokens.push((
        String::from("users and spaces"),
        filled(|token, entry| {
            token
                .uuid_pattern(&format!("(?:a|bc){{300}}{}", short(entry)), mask(32))
                .uuid(&short(entry), mask(64))
        }),
    ));
    for pattern in ["", "(?:a|bc){300}", "(?:a?b?){400}", "\\C"] {
        tokens.push((format!("projections {pattern}"), projected(pattern)));
    }
    tokens.push((
        String::from("names with presence"),
        filled(|token, entry| {
            let token = if entry == 0 {
                token.channel("a", mask(1)).channel("a-pnpres", mask(1))
            } else {
                token
            };
            token
                .channel(&format!("b{}", short(entry)), mask(1))
                .channel_pattern(&format!("\\C{}", short(entry)), mask(1))
        }),
    ));
    tokens
}

/// The audits, each with the length of its result in JSON.
type Audit = (&'static str, fn(&UnverifiedToken, &UnverifiedToken) -> usize);

fn json(value: &impl serde::Serialize) -> usize {
    serde_json::to_string(value).unwrap().len()
}

fn audits() -> [Audit; 4] {
    [
        ("lint", |token, _| {
            let findings = lint(token);
            let text: Vec<String> = findings.iter().map(ToString::to_string).collect();
            json(&findings) + text.concat().len()
        }),
        ("reach", |token, _| json(&reach(token, &Policy::new()))),
        ("diff", |token, other| json(&diff(token, other))),
        ("covers", |token, other| covers(token, other) as usize),
    ]
}

fn check(tokens: &[(String, TestToken)]) {
    let wanted = std::env::var("PUBNUB_ACCESS_CASE").unwrap_or_default();
    let mut excesses = Vec::new();
    for (sort, token) in tokens {
        let token = UnverifiedToken::parse(&token.to_text()).unwrap();
        // The other has the same grants but for the last, or none at all.
        let others = [&token.clone(), &UnverifiedToken::parse(&empty().to_text()).unwrap()];
        if !sort.contains(&wanted) {
            continue;
        }
        for (audit, run) in audits() {
            for other in
                if audit == "diff" || audit == "covers" { &others[..] } else { &others[..1] }
            {
                let start = Instant::now();
                let (len, count) = counting::count(|| run(&token, other));
                let mib = count.peak as f64 / f64::from(1 << 20);
                println!(
                    "{mib:>8.2} MiB {:>8.1?} {len:>9} bytes {audit:6} {sort}",
                    start.elapsed()
                );
                if count.peak > MOST_HELD {
                    excesses.push(format!("{audit}: {sort}: {mib:.1} MiB"));
                }
            }
        }
    }
    assert!(excesses.is_empty(), "{}", excesses.join("\n"));
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes a build with optimisations: .ci/instructions")]
fn audits_of_hostile_tokens_hold_at_most_32_mib() {
    check(&tokens());
}
