//! Compares the engines with each other, and checks which patterns stay on the fast path. The
//! integration tests compare them with a model that shares no code with them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use super::automaton::{Automaton, Large, Quad, Set, build};
use super::literal::LiteralPattern;
use super::parsed::Parsed;
use super::regex_engine::{Price, RegexEngine};
use super::syntax::parse;
use super::{Budget, DEFAULT_STEPS, Pattern, PatternError, PatternErrorKind};

fn budget() -> Budget {
    Budget::new(DEFAULT_STEPS)
}

fn parsed(pattern: &str) -> Parsed<'_> {
    let mut parsed = Parsed::new(pattern);
    parse(&mut parsed, &mut budget()).unwrap();
    parsed
}

/// The automaton with sets of one size, if the pattern fits.
fn built<S: Set>(pattern: &str) -> Option<Automaton<S>> {
    build(&mut parsed(pattern), &mut budget()).unwrap()
}

fn automaton(pattern: &str) -> Option<Automaton<u64>> {
    built(pattern)
}

fn general(pattern: &str) -> Result<RegexEngine, PatternError> {
    let (parsed, mut budget) = (parsed(pattern), budget());
    let price = Price::of(&parsed, &mut budget)?;
    RegexEngine::compile(&parsed, &price, &mut budget)
}

fn check<S: Set>(
    automaton: Option<&Automaton<S>>,
    lead: &str,
    name: &str,
    expected: bool,
    pattern: &str,
) {
    if let Some(automaton) = automaton {
        assert_eq!(
            automaton.is_match(lead, name, &mut budget()).unwrap(),
            expected,
            "{pattern} {lead} {name}"
        );
    }
}

/// Number of random cases: `PUBNUB_ACCESS_CASES`, or a few seconds' worth.
fn cases() -> ProptestConfig {
    let cases = std::env::var("PUBNUB_ACCESS_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases.unwrap_or(1000))
    }
}

/// The smallest parts of patterns.
const LEAVES: &[&str] = &[
    "a",
    "b",
    "k",
    "s",
    "Z",
    "7",
    "\\.",
    "\n",
    "é",
    "ſ",
    "\u{212a}",
    "ß",
    "Σ",
    "😀",
    ".",
    "\\C",
    "\\d",
    "\\W",
    "\\s",
    "\\pL",
    "\\P{Greek}",
    "[a-k]",
    "[^b-é]",
    "[^\\W7]",
    "[[:^upper:]σ]",
    "[\\p{Nd}-]",
    "^",
    "$",
    "\\A",
    "\\z",
    "\\b",
    "\\B",
    "",
];

/// Random patterns. A few have counts that RE2 refuses.
pub(super) fn patterns() -> impl Strategy<Value = String> {
    let groups = select(&["(?:", "(", "(?i:", "(?m:", "(?s:", "(?U:", "(?im-s:", "(?-i:"][..]);
    let counts = select(
        &["*", "+", "?", "{0}", "{2}", "{1,3}", "{2,}", "{9,12}", "*?", "+?", "??", "{1,3}?"][..],
    );
    select(LEAVES).prop_map(str::to_owned).prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            4 => vec(inner.clone(), 2..5).prop_map(|parts| parts.concat()),
            2 => vec(inner.clone(), 2..4).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            3 => (inner.clone(), counts.clone()).prop_map(|(part, count)| format!("(?:{part}){count}")),
            2 => (groups.clone(), inner).prop_map(|(group, part)| format!("{group}{part})")),
        ]
    })
}

/// Random names of the characters that those patterns distinguish.
pub(super) fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[abké]{0,8}", "[abksSKZ7._:\\n -]{0,8}", "[aéÉſ\u{212a}ßẞΣσς中٣😀\u{301}]{0,8}",]
}

/// Compares the automata of every size with `RegexEngine`, each on the patterns that it takes, on
/// names in one part and in two.
#[test]
fn the_engines_agree() {
    let mut runner = TestRunner::new(cases());
    let compared = std::cell::Cell::new(0_u32);
    let tried = std::cell::Cell::new(0_u32);
    let strategy = (patterns(), vec(names(), 4), 0_usize..4);
    runner
        .run(&strategy, |(text, names, cut)| {
            tried.set(tried.get() + 1);
            let Ok(pattern) = Pattern::new(&text) else { return Ok(()) };
            let automaton = automaton(&text);
            let quad = built::<Quad>(&text);
            let large = built::<Large>(&text);
            prop_assert!(automaton.is_none() || quad.is_some());
            prop_assert!(quad.is_none() || large.is_some());
            let wanted = automaton.is_none() || tried.get() % 8 == 0;
            let general = wanted.then(|| general(&text).ok()).flatten();
            compared.set(compared.get() + u32::from(automaton.is_some() || general.is_some()));
            for name in names {
                let expected = pattern.is_match(&name).unwrap();
                let cut = name.char_indices().nth(cut).map_or(name.len(), |(at, _)| at);
                let (lead, rest) = name.split_at(cut);
                for (lead, name) in [("", &*name), (lead, rest)] {
                    check(automaton.as_ref(), lead, name, expected, &text);
                    check(quad.as_ref(), lead, name, expected, &text);
                    check(large.as_ref(), lead, name, expected, &text);
                    if let Some(general) = &general {
                        let found = general.is_match(lead, name, &mut budget()).unwrap();
                        prop_assert_eq!(found, expected, "{} {} {}", text, lead, name);
                    }
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(compared.get() > tried.get() / 2, "{} of {}", compared.get(), tried.get());
}

/// Every small budget, then ever larger ones.
fn budgets() -> impl Iterator<Item = u64> {
    (0..2000).chain((0..40).map(|power| 2000 << power))
}

/// With too small a budget, the only result is an error. The number of steps that suffice depends
/// on nothing else.
#[test]
fn every_budget_ends_the_same_way() {
    for (pattern, name) in [
        ("^room-.*$", "room-1"),
        ("(?i)[^k-é]+\\W", "room"),
        ("a\\C{3}", "xaé1"),
        ("[a-z]{70}", "abc"),
        ("[a-z]{300}", "abc"),
        ("(?:\\b|a){80}x", "ab a"),
    ] {
        let enough =
            budgets().find(|steps| match Pattern::compile(pattern, &mut Budget::new(*steps)) {
                Ok(_) => true,
                Err(error) => {
                    assert_eq!(
                        error.kind(),
                        PatternErrorKind::WorkLimitReached,
                        "{pattern} {steps}"
                    );
                    false
                }
            });
        let compiled = Pattern::compile(pattern, &mut Budget::new(enough.unwrap())).unwrap();
        let expected = compiled.is_match(name).unwrap();
        let mut found = None;
        for steps in budgets() {
            match compiled.is_match_parts("", name, &mut Budget::new(steps)) {
                Ok(matched) => {
                    assert!(steps > 0);
                    found = Some(matched);
                    break;
                }
                Err(error) => {
                    assert_eq!(
                        error.kind(),
                        PatternErrorKind::WorkLimitReached,
                        "{pattern} {steps}"
                    )
                }
            }
        }
        assert_eq!(found, Some(expected));
    }
}

/// A charge reduces the budget.
#[test]
fn budgets_add_up() {
    let mut budget = Budget::new(1000);
    let pattern = Pattern::compile("^room-.*$", &mut budget).unwrap();
    let compiled = budget.left();
    assert!(compiled < 1000);
    pattern.is_match_parts(":", "room-1", &mut budget).unwrap();
    assert!(budget.left() < compiled);
    let left = budget.left();
    assert!(budget.charge(left + 1).is_err());
    assert_eq!(budget.left(), left);
    budget.charge(left).unwrap();
    assert_eq!(budget.left(), 0);
}

/// A pattern that is too costly leaves the rest of a large budget to the others.
#[test]
fn a_pattern_that_is_too_costly_leaves_the_rest_of_the_budget() {
    for costly in ["a?".repeat(2500), ".{1000}\\C".to_owned()] {
        let mut budget = Budget::new(1_000_000);
        let error = Pattern::compile(&costly, &mut budget).unwrap_err();
        assert_eq!(error.kind(), PatternErrorKind::WorkLimitReached, "{costly}");
        assert_eq!(error.to_string(), "it would take more work than the limit allows");
        assert!(budget.left() > 700_000, "{} {}", budget.left(), costly.len());
        let cheap = Pattern::compile("^room-[0-9]+$", &mut budget).unwrap();
        assert!(cheap.is_match_parts("", "room-7", &mut budget).unwrap());
    }
}

/// Short patterns with the largest counts and classes are decided within the default limit of a
/// decision.
#[test]
fn large_counts_and_classes_are_within_the_default_work_limit() {
    let patterns = [
        ("(?:ab){1000}", false),
        ("[ab]{1000}", false),
        ("^{1000}", true),
        ("(?:\\b|^){500}", true),
        ("\\C\\pL", true),
    ];
    for (text, expected) in patterns {
        let budget = &mut Budget::new(300_000);
        let pattern = Pattern::compile(text, budget).unwrap();
        assert_eq!(pattern.is_match_parts("", "abab", budget), Ok(expected), "{text}");
    }
}

/// Ordinary patterns with large counts or long lists, each with a name that it matches as a whole.
fn large_patterns() -> Vec<(String, String)> {
    let list = |count: u64, name: &dyn Fn(u64) -> String| {
        (0..count).map(name).collect::<Vec<_>>().join("|")
    };
    let uuid = |number: u64| {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (low, high) = (mixed & 0xffff_ffff, mixed >> 32);
        format!(
            "{high:08x}-{:04x}-4{:03x}-8{:03x}-{low:08x}{:04x}",
            low >> 16,
            low & 0xfff,
            high & 0xfff,
            number
        )
    };
    let user = |number: u64| format!("user{number}");
    let word = "x7".repeat(18);
    vec![
        ("^[a-z0-9]{1,200}$".to_owned(), word.clone()),
        ("^[a-z0-9]{1,256}$".to_owned(), word.clone()),
        ("^[a-z0-9]{1,1000}$".to_owned(), word.clone()),
        ("^.{0,500}$".to_owned(), word.clone()),
        (".{0,500}".to_owned(), word),
        ("a{500}".to_owned(), "a".repeat(500)),
        ("a{1000}".to_owned(), "a".repeat(1000)),
        ("(?:a{10}){100}".to_owned(), "a".repeat(1000)),
        (format!("^(?:{})$", list(40, &uuid)), uuid(39)),
        (list(40, &uuid), uuid(39)),
        (format!("^room-(?:{})$", list(150, &user)), "room-user149".to_owned()),
        (list(150, &|number| format!("^user{number}$")), "user149".to_owned()),
    ]
}

/// An automaton takes each of them, within half of a decision's default work limit.
#[test]
fn large_patterns_are_answered() {
    for (pattern, name) in large_patterns() {
        let mut budget = Budget::new(crate::Policy::DEFAULT_WORK_LIMIT);
        let compiled = Pattern::compile(&pattern, &mut budget).unwrap();
        assert!(format!("{compiled:?}").contains("large automaton"), "{pattern}");
        assert!(compiled.is_match_parts("", &name, &mut budget).unwrap(), "{pattern}");
        assert!(
            budget.left() > crate::Policy::DEFAULT_WORK_LIMIT / 2,
            "{} {pattern}",
            budget.left()
        );
        let longer = format!("{name}{name}-");
        assert!(compiled.is_match_parts("", &longer, &mut budget).is_ok(), "{pattern}");
    }
}

/// Checks the patterns of the documentation, of the project's own tokens and, if the corpus is
/// present, of real tokens. None needs a `RegexEngine` or sets of more than one word.
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
        let corpus =
            std::fs::read_to_string(std::path::Path::new(&folder).join("tokens.jsonl")).unwrap();
        tokens.extend(lines(&corpus));
    }
    for token in &tokens {
        let kinds =
            token["decoded"]["pat"].as_object().into_iter().flat_map(|kinds| kinds.values());
        patterns.extend(
            kinds.filter_map(|kind| kind.as_object()).flat_map(|kind| kind.keys().cloned()),
        );
    }
    assert!(patterns.len() >= 40);
    for pattern in patterns {
        if Pattern::new(&pattern).is_ok() {
            assert!(automaton(&pattern).is_some(), "{pattern}");
        }
    }
}

/// Checks the longest pattern that fits each automaton. One position more goes to the next engine,
/// which returns the same results.
#[test]
fn each_engine_begins_where_the_smaller_one_ends() {
    for length in 60..70 {
        let pattern = "ab".repeat(length)[..length].to_owned();
        assert_eq!(automaton(&pattern).is_some(), length <= 63, "{length}");
        let counted = format!("^[a-c]{{{length}}}$");
        assert_eq!(automaton(&counted).is_some(), length <= 61, "{length}");
        let compiled = Pattern::new(&pattern).unwrap();
        assert_eq!(compiled.is_match(&pattern), Ok(true));
        assert_eq!(compiled.is_match(&format!("{pattern}-")), Ok(true));
        assert_eq!(compiled.is_match(&pattern[1..]), Ok(false));
    }
    for (length, engine) in [(255, "Quad"), (256, "Large"), (2047, "Large"), (2048, "regex")] {
        let pattern = "ab".repeat(length)[..length].to_owned();
        assert_eq!(built::<Quad>(&pattern).is_some(), engine == "Quad", "{length}");
        assert_eq!(built::<Large>(&pattern).is_some(), engine != "regex", "{length}");
        if engine == "regex" {
            continue;
        }
        let compiled = Pattern::new(&pattern).unwrap();
        assert_eq!(compiled.is_match(&pattern), Ok(true));
        assert_eq!(compiled.is_match(&format!("{pattern}-")), Ok(true));
        assert_eq!(compiled.is_match(&pattern[1..]), Ok(false));
    }
}

/// Classes of many ranges and repetitions of nothing also lead to another engine.
#[test]
fn ranges_and_empty_repetitions_count_towards_the_next_engine() {
    fn fits<S: Set>(pattern: &str) -> bool {
        built::<S>(pattern).is_some()
    }
    for length in [255, 256, 2047, 2048] {
        let pattern = "ab".repeat(length)[..length].to_owned();
        assert_eq!(fits::<Quad>(&pattern), length <= 255, "{length}");
        assert_eq!(fits::<Large>(&pattern), length <= 2047, "{length}");
    }
    assert!(!fits::<Large>("a\\Cb") && !fits::<Large>("\\Ca{70}"));
    assert!(fits::<Large>(&("(?:".repeat(200) + &")".repeat(200))));
    assert!(!fits::<Large>(&("(?:".repeat(201) + &")".repeat(201))));
    let class = |ranges: u32| {
        let members: String =
            (0..ranges).map(|number| char::from_u32(0x1001 + 2 * number).unwrap()).collect();
        format!("[{members}]")
    };
    assert!(automaton(&class(8192)).is_some() && automaton(&class(8193)).is_none());
    // Nothing that is repeated more than once counts as one, plus one for each bar before it.
    assert!(
        automaton(&"(?:){2}".repeat(100)).is_some() && automaton(&"(?:){2}".repeat(101)).is_none()
    );
    assert!(automaton(&"(?:)*(?:)?(?:){1}".repeat(101)).is_some());
    assert!(automaton(&("a|".repeat(50) + "(?:){2}b")).is_some());
    assert!(automaton(&("a|".repeat(50) + "(?:){2}(?:){2}b")).is_none());
    // For `RegexEngine`, each part has a weight. This pattern weighs 1 + 4 + 1000 * 84 + 2995 * 5 +
    // 204 * 5.
    let heavy = |last: u32| {
        general(&format!("\\C(?:[é]){{1000}}(?:){{1000}}(?:){{1000}}(?:){{995}}(?:){{{last}}}"))
    };
    assert!(heavy(204).is_ok());
    assert_eq!(heavy(205).err().unwrap().kind(), PatternErrorKind::TooLarge);
}

/// Compares the stack with a list, in place and on the heap.
#[test]
fn a_stack_is_like_a_list() {
    let mut stack = super::small_stack::SmallStack::<u32, 2>::new(9);
    for pushed in 0..5 {
        let expected: Vec<u32> = (0..pushed).collect();
        assert_eq!(stack.iter().copied().collect::<Vec<_>>(), expected);
        assert_eq!((0..7).map(|index| stack.get(index).copied()).collect::<Vec<_>>(), {
            (0..7).map(|index| expected.get(index).copied()).collect::<Vec<_>>()
        });
        assert_eq!(stack.len(), expected.len());
        stack.push(pushed);
    }
    assert_eq!([(); 6].map(|()| stack.pop()), [Some(4), Some(3), Some(2), Some(1), Some(0), None]);
}

/// The steps of compiling some patterns and of matching a name. Verdicts depend on them where work
/// is limited, so they must not change unnoticed. The numbers were reviewed, and are kept here so
/// that a change shows.
#[test]
fn the_steps_of_compiling_and_matching_stay_the_same() {
    let found: Vec<(&str, u64, u64)> = PRICES
        .iter()
        .map(|&(pattern, name, ..)| {
            let mut budget = budget();
            let compiled = Pattern::compile(pattern, &mut budget).unwrap();
            let left = budget.left();
            compiled.is_match_parts("", name, &mut budget).unwrap();
            (pattern, DEFAULT_STEPS - left, left - budget.left())
        })
        .collect();
    let expected: Vec<(&str, u64, u64)> =
        PRICES.iter().map(|&(pattern, _, compile, run)| (pattern, compile, run)).collect();
    assert_eq!(found, expected);
}

/// A pattern, a name, and the steps of compiling the pattern and of matching the name.
const PRICES: &[(&str, &str, u64, u64)] = &[
    ("^room-.*$", "room-1", 13, 10),
    ("^room-[0-9]+$", "room-17", 17, 11),
    ("^room-[0-9]+$", "lobby", 17, 9),
    ("room-[0-9]", "my-room-17", 104, 88),
    ("(?:a|b)*c", "abab", 124, 25),
    ("(?:\\b|a|){5}x", "aaax", 256, 425),
    ("\\b(?:\\b(?:a|b)|\\Bc)*", "ab-c", 204, 90),
    ("(?i)[k-é]+\\W", "room", 5088, 20),
    ("a(?:b|c){0}d{3}", "addd", 132, 30),
    ("[a-z]{70}", "abc", 2572, 140),
    ("^[a-z]{70}$", "abc", 2656, 164),
    ("a[b-z]{70}", "xxabc", 2614, 140),
    ("(?:ab?|c){40}$", "abcab", 6324, 1626),
    ("(?:ab?){40}c?de", "abab", 3908, 1395),
    ("(?:ab?){2,40}c?de", "abab", 4626, 1782),
    ("(?:\\b|a){80}x", "ab a", 9349, 120_394),
    ("(?:a(?:b|c|)|(?:d{0}e)*|\\b){30}é", "ab", 8176, 12_275),
    ("(?:abcdef|ghi){20}(?:(?:){3}|j)", "abcdef", 6479, 1078),
    ("[a-z]{300}", "abc", 33_793, 504),
    ("a\\C[k-é]{3}", "axk", 15_985, 768),
    ("\\C[^a]", "ab", 8544, 288),
    ("\\C[a-c]", "ab", 5708, 288),
    ("[\\x{100}-\\x{17f}]", "ab", 140, 9),
];

/// Compares the literal engine with the automaton, on names in one part and in two.
#[test]
fn simple_patterns_agree_with_the_automaton() {
    let literals = [
        "\\.", "a\\.", "\\\\", "\\$a", "", "a", ":", ":a", "a:", "ab", "aa", "aab", "\u{e9}",
        "a\u{e9}", "::",
    ];
    let names = [
        "", "a", ":", ":a", "a:", "ab", "aa", "aab", "aaab", "b", "ba", "a\nb", "\n", "a\n", "\na",
        "\u{e9}", "x\u{e9}a", "::a", ":ab\na",
    ];
    let classes = ["[a-c]", "[^.a]", ".", "\\w", "\\D", "[-a:]", "[^a-]", "[0-9A-Za-z_.-]"];
    let repeated =
        classes.iter().flat_map(|class| ["+", "*", "+$", "*$"].map(|end| format!("{class}{end}")));
    let repeated: Vec<String> = repeated.collect();
    let mut compared = 0;
    for (begin, tails) in [("", 0), ("^", repeated.len())] {
        let tails =
            ["", "$", ".*", ".*$"].into_iter().chain(repeated[..tails].iter().map(String::as_str));
        for tail in tails {
            for literal in literals {
                let pattern = format!("{begin}{literal}{tail}");
                let simple = LiteralPattern::read(&pattern).unwrap();
                let automaton = automaton(&pattern).unwrap();
                for name in names {
                    for lead in ["", ":"] {
                        let expected = automaton.is_match(lead, name, &mut budget()).unwrap();
                        assert_eq!(
                            simple.is_match(lead, name),
                            expected,
                            "{pattern:?} on {lead:?} {name:?}"
                        );
                        compared += 1;
                    }
                }
            }
        }
    }
    assert_eq!(compared, (2 * 4 + 4 * classes.len()) * literals.len() * names.len() * 2);
    for other in [
        "a*",
        "a+",
        "a?",
        "(a)",
        "[a]",
        "a|b",
        "\\a",
        "\\",
        "a\\",
        "a\\.*",
        "\\d.*",
        "a{2}",
        "a.b",
        ".",
        "^^a",
        "a$$",
        "a\n",
        "a.*b",
        "a[b]+",
        "^a[b]",
        "^a[b]?",
        "^a[b]{2}",
        "^a[b]+?",
        "^a[b]+c",
        "^a[^]b]+",
        "^a[]b]+",
        "^a[b-a]+",
        "^a[+-b]+",
        "^a[a-c-e]+",
        "^a[a-\u{e9}]+",
        "^a[\u{e9}]+",
        "^a[[b]+",
        "^a[b",
        "^a\\pL+",
        "^a\\b+",
        &"a".repeat(63),
    ] {
        assert!(LiteralPattern::read(other).is_none(), "{other:?}");
    }
}

/// Work is charged in parts. Together they are the price, and a part that does not fit is not
/// charged.
#[test]
fn work_that_is_done_is_paid_for() {
    let pattern = "(?:(?:|^|$){30}|){30}";
    let mut enough = budget();
    Pattern::compile(pattern, &mut enough).unwrap();
    let price = DEFAULT_STEPS - enough.left();
    assert!(Pattern::compile(pattern, &mut Budget::new(price)).is_ok());
    let mut least_left = price;
    for steps in (0..price).step_by(1009).chain(price - 40..price) {
        let mut short = Budget::new(steps);
        assert_eq!(
            Pattern::compile(pattern, &mut short).unwrap_err().kind(),
            PatternErrorKind::WorkLimitReached
        );
        assert!(short.left() < price);
        least_left = least_left.min(short.left());
    }
    assert_eq!(least_left, 0);
}

/// The documentation of the limits names both.
#[test]
fn two_sorts_of_small_patterns_are_beyond_the_default_of_a_decision() {
    for (pattern, name) in [("(?:\\b|a){500}", "a"), ("\\C\\pL\\pL", "aéé")] {
        let budget = &mut Budget::new(crate::Policy::DEFAULT_WORK_LIMIT);
        let error = Pattern::compile(pattern, budget).unwrap_err();
        assert_eq!(error.kind(), PatternErrorKind::WorkLimitReached, "{pattern}");
        assert_eq!(Pattern::new(pattern).unwrap().is_match(name), Ok(true), "{pattern}");
    }
}
