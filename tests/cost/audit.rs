//! Costs of audits: for each byte of the tokens, or for each pair of a name and a pattern.

use pubnub_access::audit::{covers, diff, lint, reach};
use pubnub_access::mint::TestToken;
use pubnub_access::{Policy, UnverifiedToken, Verdict};

use super::make::{decoded, empty, mask, short, with};
use super::{Case, Task, capped, case, collisions};

pub fn cases() -> Vec<Case> {
    vec![
        case("lint: many entries", 1_000, 280, 1, |size| {
            of_one(entries(size), |token| drop(lint(token)))
        }),
        case("lint: many entries that collide", 100, 90, 6, |size| {
            of_one(colliding(size), |token| drop(lint(token)))
        }),
        case("lint: many patterns", 50, 9_500, 40, |size| {
            of_one(patterns(size), |token| drop(lint(token)))
        }),
        case("lint: names against patterns", 50, 750, 5, |size| {
            pairs(size, both(size), |token| drop(lint(token)))
        }),
        // A longer pattern takes longer for each name.
        capped("lint: a long pattern that contradicts many entries", 100, 6_000, 300, |size| {
            let token = with(size, |token, entry| token.channel(&short(entry), mask(1)));
            let long = format!("^(?:{}|.*)$", "x".repeat(6 * size));
            of_one(token.channel_pattern(&long, mask(3)), |token| drop(lint(token)))
        }),
        // With more patterns, the token's other sections matter less.
        capped("lint: costly patterns", 10, 210_000, 4_800, |size| {
            of_one(costly(size), |token| drop(lint(token)))
        }),
        capped("reach: costly patterns", 10, 210_000, 4_800, |size| {
            of_one(costly(size), |token| drop(reached(token)))
        }),
        capped("diff: costly patterns", 10, 210_000, 4_800, |size| {
            of_two(costly(size), costly(size - 1), |old, new| drop(diff(old, new)))
        }),
        capped("covers: costly patterns", 10, 210_000, 4_800, |size| {
            of_two(costly(size), costly(size - 1), |old, new| {
                assert_ne!(covers(old, new), Verdict::Deny)
            })
        }),
        case("reach: many entries", 1_000, 6_500, 150, |size| {
            of_one(entries(size), |token| drop(reached(token)))
        }),
        case("reach: many entries that collide", 100, 400, 5, |size| {
            of_one(colliding(size), |token| drop(reached(token)))
        }),
        case("reach: names against patterns", 50, 2_000, 12, |size| {
            pairs(size, both(size), |token| drop(reached(token)))
        }),
        // The example of each pattern is matched with all other patterns.
        case("reach: patterns against patterns", 50, 2_000, 12, |size| {
            pairs(size, patterns(size), |token| drop(reached(token)))
        }),
        case("diff: all entries differ", 1_000, 5_500, 50, |size| {
            let other = with(size, |token, entry| token.channel(&short(entry), mask(2)));
            of_two(entries(size), other, |old, new| drop(diff(old, new)))
        }),
        case("diff: many entries that collide", 100, 80, 1, |size| {
            of_two(colliding(size), colliding(size - 1), |old, new| drop(diff(old, new)))
        }),
        case("diff: patterns against patterns", 50, 4_000, 12, |size| {
            let (old, new) = (decoded(&patterns(size)), decoded(&patterns(size - 1)));
            Task::new(size * size + 100 * size, move || drop(diff(&old, &new)))
        }),
        // As many patterns as fit into a token: each pair is one look, for all permissions together.
        case("lint: many literal patterns", 1_000, 40_000, 200, |size| {
            of_one(literals(size), |token| drop(lint(token)))
        }),
        case("reach: many literal patterns", 1_000, 400, 1, |size| {
            pairs(size, literals(size), |token| drop(reached(token)))
        }),
        case("diff: many literal patterns", 1_000, 800, 2, |size| {
            let (old, new) = (decoded(&literals(size)), decoded(&literals(size - 1)));
            Task::new(size * size + 100 * size, move || drop(diff(&old, &new)))
        }),
        case("covers: many literal patterns", 1_000, 800, 2, |size| {
            let (old, new) = (decoded(&literals(size)), decoded(&literals(size - 1)));
            Task::new(size * size + 100 * size, move || covers(&old, &new))
        }),
        case("covers: many entries", 1_000, 650, 16, |size| {
            of_two(entries(size), entries(size - 1), |old, new| {
                assert_eq!(covers(old, new), Verdict::Allow)
            })
        }),
        // Memory that is used again has to be zeroed, which is a sixth of the cost.
        capped("covers: patterns that begin alike", 5, 1_500, 80, |size| {
            let of = |ending: &'static str| {
                with(4, |token, entry| {
                    let text = format!("^{}{}{ending}", "x".repeat(100 * size), short(entry));
                    token.channel_pattern(&text, mask(1))
                })
            };
            of_two(of(".*$"), of("y.*$"), |old, new| assert_eq!(covers(old, new), Verdict::Allow))
        }),
    ]
}

fn reached(token: &UnverifiedToken) -> pubnub_access::audit::Reach<'_> {
    reach(token, &Policy::new())
}

fn entries(size: usize) -> TestToken {
    with(size, |token, entry| token.channel(&short(entry), mask(1)))
}

fn patterns(size: usize) -> TestToken {
    with(size, |token, entry| token.channel_pattern(&format!("^{entry:03}-[0-9]+$"), mask(1)))
}

fn literals(size: usize) -> TestToken {
    with(size, |token, entry| token.channel_pattern(&short(entry), mask(1 + entry as u8 % 3)))
}

fn costly(size: usize) -> TestToken {
    with(size, |token, entry| {
        token.channel_pattern(&format!("XYZ(?:a|bc){{300}}{}", short(entry)), mask(1))
    })
}

fn colliding(size: usize) -> TestToken {
    collisions::names("", size).iter().fold(empty(), |token, name| token.channel(name, mask(1)))
}

/// A task on one token, measured for each of its bytes.
fn of_one(token: TestToken, run: fn(&UnverifiedToken)) -> Task {
    let token = decoded(&token);
    Task::new(token.as_cbor().len(), move || run(&token))
}

fn of_two(old: TestToken, new: TestToken, run: fn(&UnverifiedToken, &UnverifiedToken)) -> Task {
    let (old, new) = (decoded(&old), decoded(&new));
    Task::new(old.as_cbor().len() + new.as_cbor().len(), move || run(&old, &new))
}

/// A token with as many names as patterns.
fn both(size: usize) -> TestToken {
    with(size, |token, entry| {
        let name = short(entry);
        token.channel(&name, mask(1)).channel_pattern(&format!("^{name}-.*$"), mask(2))
    })
}

/// A task measured for each pair of an item and a pattern, up to the audit's work limit, and for
/// each pattern.
fn pairs(size: usize, token: TestToken, run: fn(&UnverifiedToken)) -> Task {
    let token = decoded(&token);
    Task::new(size * size + 100 * size, move || run(&token))
}
