//! Both engines against each other and against the referee, and what stays on the fast path.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::automaton::{Automaton, Builder, Quad};
use super::general::General;
use super::syntax::parse;
use super::{Budget, DEFAULT_STEPS, Match, Pattern, PatternErrorKind};

#[path = "../../tests/support/naive.rs"]
mod naive;

fn budget() -> Budget {
    Budget::new(DEFAULT_STEPS)
}

fn automaton(pattern: &str) -> Option<Automaton<u64>> {
    let mut builder = Builder::new();
    parse(pattern, &mut budget(), &mut builder).unwrap();
    builder.finish()
}

fn large_automaton(pattern: &str) -> Option<Automaton<Quad>> {
    let mut builder = Builder::new();
    parse(pattern, &mut budget(), &mut builder).unwrap();
    builder.finish()
}

/// Number of random cases: `PUBNUB_ACCESS_CASES`, or a few seconds' worth.
fn cases() -> ProptestConfig {
    let cases = std::env::var("PUBNUB_ACCESS_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases.unwrap_or(1000)) }
}

/// The automaton, `regex` and the referee, wherever each of them can answer.
#[test]
fn engines_agree() {
    let mut runner = TestRunner::new(cases());
    let general_every = 8;
    let seen = std::cell::Cell::new(0_u32);
    let strategy = (naive::patterns(), prop::collection::vec(naive::names(), 4), 0_usize..4);
    runner
        .run(&strategy, |(node, names, cut)| {
            let text = node.text();
            if node.largest_count() > 1000 {
                prop_assert_eq!(Pattern::new(&text).unwrap_err().kind(), PatternErrorKind::Syntax, "{}", text);
                return Ok(());
            }
            seen.set(seen.get() + 1);
            let automaton = automaton(&text);
            let large = large_automaton(&text);
            prop_assert!(automaton.is_none() || large.is_some());
            let wanted = automaton.is_none() || seen.get() % general_every == 0;
            let general = wanted.then(|| General::compile(&text, &mut budget()).ok()).flatten();
            for name in names {
                let expected = match node.matches(&name) {
                    (_, true) => Match::Whole,
                    (true, false) => Match::Inside,
                    (false, false) => Match::No,
                };
                let cut = name.char_indices().nth(cut).map_or(name.len(), |(at, _)| at);
                let (lead, rest) = name.split_at(cut);
                if let Some(automaton) = &automaton {
                    prop_assert_eq!(
                        automaton.matches("", &name, &mut budget()).unwrap(),
                        expected,
                        "{} {}",
                        text,
                        name
                    );
                    prop_assert_eq!(
                        automaton.matches(lead, rest, &mut budget()).unwrap(),
                        expected,
                        "{} {}",
                        text,
                        name
                    );
                }
                if let Some(large) = &large {
                    prop_assert_eq!(large.matches("", &name, &mut budget()).unwrap(), expected, "{} {}", text, name);
                    prop_assert_eq!(large.matches(lead, rest, &mut budget()).unwrap(), expected, "{} {}", text, name);
                }
                if let Some(general) = &general {
                    prop_assert_eq!(general.matches("", &name, &mut budget()).unwrap(), expected, "{} {}", text, name);
                    prop_assert_eq!(general.matches(lead, rest, &mut budget()).unwrap(), expected, "{} {}", text, name);
                }
            }
            Ok(())
        })
        .unwrap();
}

/// Every small budget, then larger and larger ones.
fn budgets() -> impl Iterator<Item = u64> {
    (0..2000).chain((0..40).map(|power| 2000 << power))
}

/// Nothing but an error comes of too small a budget, and the steps that are enough do not depend on anything else.
#[test]
fn any_budget_ends() {
    for (pattern, name) in [
        ("^room-.*$", "room-1"),
        ("(?i)[^k-é]+\\W", "room"),
        ("a\\C{3}", "xaé1"),
        ("[a-z]{70}", "abc"),
        ("[a-z]{300}", "abc"),
    ] {
        let enough = budgets().find(|steps| match Pattern::compile(pattern, &mut Budget::new(*steps)) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), PatternErrorKind::BudgetExhausted, "{pattern} {steps}");
                false
            }
        });
        let compiled = Pattern::compile(pattern, &mut Budget::new(enough.unwrap())).unwrap();
        let expected = compiled.matches(name).unwrap();
        let mut found = None;
        for steps in budgets() {
            match compiled.match_parts("", name, &mut Budget::new(steps)) {
                Ok(matched) => {
                    assert!(steps > 0);
                    found = Some(matched);
                    break;
                }
                Err(error) => assert_eq!(error.kind(), PatternErrorKind::BudgetExhausted, "{pattern} {steps}"),
            }
        }
        assert_eq!(found, Some(expected));
    }
}

/// What a budget is charged is taken from it.
#[test]
fn budgets_add_up() {
    let mut budget = Budget::new(1000);
    let pattern = Pattern::compile("^room-.*$", &mut budget).unwrap();
    let compiled = budget.left();
    assert!(compiled < 1000);
    pattern.match_parts(":", "room-1", &mut budget).unwrap();
    assert!(budget.left() < compiled);
    assert!(budget.charge(1000).is_err());
    assert_eq!(budget.left(), 0);
}

/// Every pattern that documentation shows, that the project's own tokens have, and, where the corpus is there, that real
/// tokens have, needs no `regex`, and no more than one word.
#[test]
fn real_patterns_are_fast() {
    let lines = |text: &str| -> Vec<serde_json::Value> {
        let lines = text.lines().filter(|line| line.starts_with('{'));
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let mut patterns: Vec<String> = lines(include_str!("../../testdata/patterns/real.jsonl"))
        .iter()
        .filter_map(|line| line["pattern"].as_str().map(String::from))
        .collect();
    let mut tokens = lines(include_str!("../../testdata/tokens.jsonl"));
    if let Some(folder) = std::env::var_os("PUBNUB_ACCESS_CORPUS") {
        let corpus = std::fs::read_to_string(std::path::Path::new(&folder).join("tokens.jsonl")).unwrap();
        tokens.extend(lines(&corpus));
    }
    for token in &tokens {
        let kinds = token["decoded"]["pat"].as_object().into_iter().flat_map(|kinds| kinds.values());
        patterns.extend(kinds.filter_map(|kind| kind.as_object()).flat_map(|kind| kind.keys().cloned()));
    }
    assert!(patterns.len() >= 40);
    for pattern in patterns {
        if Pattern::new(&pattern).is_ok() {
            assert!(automaton(&pattern).is_some(), "{pattern}");
        }
    }
}

/// The longest that fits the automaton, and what does not fit goes to `regex` with the same answers.
#[test]
fn both_sides_of_the_limit() {
    for length in 60..70 {
        let pattern = "ab".repeat(length)[..length].to_owned();
        assert_eq!(automaton(&pattern).is_some(), length <= 63, "{length}");
        let counted = format!("^[a-c]{{{length}}}$");
        assert_eq!(automaton(&counted).is_some(), length <= 61, "{length}");
        let compiled = Pattern::new(&pattern).unwrap();
        assert_eq!(compiled.matches(&pattern).unwrap(), Match::Whole);
        assert_eq!(compiled.matches(&format!("{pattern}-")).unwrap(), Match::Inside);
        assert_eq!(compiled.matches(&pattern[1..]).unwrap(), Match::No);
    }
}
