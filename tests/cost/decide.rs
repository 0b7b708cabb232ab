//! Costs of decisions. Looking up a name costs the same in every token; the work limit bounds the
//! cost of patterns.

use pubnub_access::mint::TestToken;
use pubnub_access::{Policy, PreparedToken, UnverifiedToken, Verdict, evaluate, explain};

use super::make::{NOW, decoded, empty, mask, read, short, unlike, with};
use super::steps::needed;
use super::{Case, Task, capped, case, collisions};

/// The work limit of a decision about four or more resources.
const MOST_STEPS: usize = 4 * Policy::DEFAULT_WORK_LIMIT as usize;

pub fn cases() -> Vec<Case> {
    vec![
        case("evaluate: an entry among many", 2_500, 2_000, 0, |size| {
            at_once(
                with(size, |token, entry| token.channel(&short(entry), mask(1))),
                "z",
                Verdict::Allow,
            )
        }),
        case("evaluate: no entry among many", 2_500, 2_000, 0, |size| {
            at_once(
                with(size, |token, entry| token.channel(&short(entry), mask(1))),
                "-",
                Verdict::Deny,
            )
        }),
        case("evaluate: an entry among many that collide", 250, 2_000, 0, |size| {
            let names = collisions::names("", size)
                .into_iter()
                .fold(empty(), |token, name| token.channel(&name, mask(1)));
            at_once(names.channel("z", mask(1)), "z", Verdict::Allow)
        }),
        case("evaluate: an entry, beside many patterns", 2_500, 1_500, 0, |size| {
            let token = with(size, |token, entry| token.channel_pattern(&short(entry), mask(1)));
            at_once(token.channel("z", mask(1)), "z", Verdict::Allow)
        }),
        case("evaluate: no entry, beside many patterns of other kinds", 2_500, 1_500, 0, |size| {
            let token = with(size, |token, entry| {
                token.group_pattern(&short(entry), mask(255)).uuid_pattern(&short(entry), mask(255))
            });
            at_once(token, "z", Verdict::Deny)
        }),
        case("evaluate: many names among as many entries", 500, 50, 2, |size| {
            let token = decoded(&with(size, |token, entry| token.channel(&short(entry), mask(1))));
            let names: Vec<String> = (0..size).map(short).collect();
            asked(token, names, Verdict::Allow)
        }),
        // A pattern of thousands of characters is not read again for each name of the request.
        case("evaluate: many names beside a long entry beyond ASCII", 500, 50, 2, |size| {
            let token = decoded(&empty().channel(&"é".repeat(5 * size), mask(1)));
            asked(token, (0..size).map(short).collect(), Verdict::Deny)
        }),
        case("evaluate: many names that collide", 100, 65, 1, |size| {
            let names = collisions::names("", 40 * size);
            let can_be_asked =
                |name: &String| !name.contains(|c: char| c.is_ascii_control() || c == ',');
            let names: Vec<String> = names.into_iter().filter(can_be_asked).take(size).collect();
            assert_eq!(names.len(), size);
            let token = names.iter().fold(empty(), |token, name| token.channel(name, mask(1)));
            asked(decoded(&token), names, Verdict::Allow)
        }),
        case("patterns: a literal", 25, 35, 0, |size| tried(size, "room-", &"room".repeat(16))),
        case("patterns: a literal nearly everywhere", 5, 65, 0, |size| {
            tried(size, &format!("{}b", "a".repeat(60)), &"a".repeat(500))
        }),
        case("patterns: digits", 25, 25, 0, |size| {
            tried(size, "^room-[0-9]+-", "room-1234567890!")
        }),
        case("patterns: every state at once", 5, 25, 0, |size| {
            tried(size, "(?:a?){20}a{20}!", &"a".repeat(100))
        }),
        case("patterns: four words", 2, 15, 1, |size| {
            tried(size, "(?:[a-z]?[0-9]?){60}!", &"a0".repeat(20))
        }),
        case("patterns: large", 1, 10, 8, |size| tried(size, "(?:a?b?){400}!", &"ab".repeat(3))),
        case("patterns: boundaries", 5, 10, 1, |size| {
            tried(size, "(?:\\b|a){20}!", &"a-".repeat(10))
        }),
        case("patterns: characters beyond ASCII", 5, 40, 0, |size| {
            tried(size, "[à-ü]+!", &"é".repeat(100))
        }),
        case("patterns: the general engine compiles", 2, 30, 12, |size| {
            tried(size, "[à-ü]^.*\\C\\.$", "a")
        }),
        case("patterns: the general engine matches", 1, 12, 1, |size| {
            tried(size, "(?:\\C?){20}!", &"a".repeat(200))
        }),
        capped("evaluate: many names against many patterns", 500, 55, 1, |size| {
            let token =
                decoded(&with(size, |token, entry| token.channel_pattern(&short(entry), mask(1))));
            limited(token, (0..size).map(unlike).collect())
        }),
        capped("evaluate: many names against costly patterns", 100, 20, 1, |size| {
            let token = with(size, |token, entry| {
                token.channel_pattern(&format!("\\C{}", short(entry)), mask(1))
            });
            limited(decoded(&token), (0..size).map(unlike).collect())
        }),
        capped(
            "evaluate: many names beside patterns that lack the permission",
            250,
            90,
            1,
            |size| {
                let token = with(4 * size, |token, entry| {
                    token.channel_pattern(&format!("x{}", short(entry)), mask(2))
                });
                let token = decoded(&token.channel("a", mask(2)).channel_pattern("^a", mask(1)));
                limited(token, vec![String::from("a"); 4 * size])
            },
        ),
        capped("explain: many names beside a long entry", 250, 110, 2, |size| {
            let token = decoded(&empty().channel(&"x".repeat(20 * size), mask(1)));
            explained(token, vec![String::from("a"); 4 * size])
        }),
        capped("explain: many names against many patterns", 500, 110, 1, |size| {
            let token =
                decoded(&with(size, |token, entry| token.channel_pattern(&short(entry), mask(1))));
            explained(token, (0..size).map(unlike).collect())
        }),
        capped("prepare: many patterns", 1_520, 5, 3, |size| {
            prepared(with(size, |token, entry| token.channel_pattern(&short(entry), mask(1))))
        }),
        capped("prepare: costly patterns", 200, 20, 1, |size| {
            prepared(with(size, |token, entry| {
                token.channel_pattern(&format!("\\C{}", short(entry)), mask(1))
            }))
        }),
    ]
}

/// One decision, measured as one unit.
fn at_once(token: TestToken, name: &'static str, verdict: Verdict) -> Task {
    let token = decoded(&token);
    Task::new(1, move || {
        let decision = evaluate(&token, &read([name]), NOW, &Policy::new().work_limit(0));
        assert_eq!(decision.verdict(), verdict);
    })
}

/// A decision about many names, measured for each byte of the names and of the token.
fn asked(token: UnverifiedToken, names: Vec<String>, verdict: Verdict) -> Task {
    Task::new(input(&token, &names), move || {
        let decision =
            evaluate(&token, &read(names.iter().map(String::as_str)), NOW, &Policy::new());
        assert_eq!(decision.verdict(), verdict);
    })
}

fn input(token: &UnverifiedToken, names: &[String]) -> usize {
    token.as_cbor().len() + names.iter().map(|name| name.len() + 16).sum::<usize>()
}

/// Copies of a pattern with distinct endings, tried on a name that none matches; measured for each
/// step of the work limit.
fn tried(copies: usize, pattern: &str, name: &str) -> Task {
    let token = decoded(&with(copies, |token, entry| {
        token.channel_pattern(&format!("{pattern}{}", short(entry)), mask(1))
    }));
    let name = String::from(name);
    let steps = needed(&token, &read([name.as_str()]), NOW);
    Task::new(usize::try_from(steps).unwrap(), move || {
        let decision =
            evaluate(&token, &read([name.as_str()]), NOW, &Policy::new().work_limit(steps));
        assert_ne!(decision.verdict(), Verdict::Allow);
    })
}

/// A decision that may use the whole work limit, measured for each byte of the input and each step.
fn limited(token: UnverifiedToken, names: Vec<String>) -> Task {
    Task::new(input(&token, &names) + MOST_STEPS, move || {
        let decision =
            evaluate(&token, &read(names.iter().map(String::as_str)), NOW, &Policy::new());
        assert_ne!(decision.verdict(), Verdict::Allow);
    })
}

/// The same for an explanation, which may use the limit again to find reasons.
fn explained(token: UnverifiedToken, names: Vec<String>) -> Task {
    Task::new(input(&token, &names) + MOST_STEPS, move || {
        let request = read(names.iter().map(String::as_str));
        assert_ne!(explain(&token, &request, NOW, &Policy::new()).verdict(), Verdict::Allow);
    })
}

fn prepared(token: TestToken) -> Task {
    let token = decoded(&token);
    Task::new(token.as_cbor().len() + MOST_STEPS, move || PreparedToken::new(token.clone()))
}
