//! Patterns against tables made with the real RE2, against the referee, and at hostile sizes.

use std::fmt::Write as _;

use crate::support::naive;
use crate::support::random::cases;
use proptest::prelude::*;
use pubnub_access::{Pattern, PatternErrorKind};

/// Checks every line of a table. Returns the numbers of patterns that were accepted, refused, and
/// too large although RE2 accepts them.
fn check(table: &str) -> (usize, usize, usize) {
    let mut counts = (0, 0, 0);
    for case in lines(table) {
        let text = case["pattern"].as_str().unwrap();
        match (Pattern::new(text), case["verdict"].as_str().unwrap()) {
            (Ok(pattern), "y") => {
                counts.0 += 1;
                for outcome in case["names"].as_array().unwrap() {
                    let expected = outcome[1].as_bool().unwrap();
                    let name = outcome[0].as_str().unwrap();
                    assert_eq!(pattern.is_match(name), Ok(expected), "{text:?} on {name:?}");
                }
            }
            (Err(error), verdict) => {
                assert!(error.position() <= text.len(), "{text:?}");
                assert!(!error.to_string().contains(char::is_control));
                match error.kind() {
                    PatternErrorKind::Syntax => {
                        assert_eq!(verdict, "n", "{text:?}: {error}");
                        counts.1 += 1;
                    }
                    kind => {
                        assert!(
                            kind == PatternErrorKind::TooLarge && text.contains("1000"),
                            "{text:?}: {error}"
                        );
                        counts.2 += 1;
                    }
                }
            }
            (Ok(_), _) => panic!("{text:?} is refused by RE2"),
        }
    }
    counts
}

/// Returns the lines of a table without the first, which says how it was made.
fn lines(table: &str) -> impl Iterator<Item = serde_json::Value> {
    let mut lines = table.lines();
    assert!(lines.next().unwrap().starts_with("{\"made\":"));
    lines.map(|line| serde_json::from_str(line).unwrap())
}

macro_rules! as_in_re2 {
    ($($test:ident: $file:literal, $counts:expr;)*) => {
        $(
            #[test]
            fn $test() {
                let counts = check(include_str!(concat!("../../testdata/patterns/", $file, ".jsonl")));
                assert_eq!(counts, $counts, "taken, refused, too large");
            }
        )*
    };
}

as_in_re2! {
    real_patterns_match_as_in_re2: "real", (34, 0, 0);
    every_construct_matches_as_in_re2: "syntax", (442, 175, 0);
    classes_match_as_in_re2: "classes", (88, 0, 0);
    escapes_match_as_in_re2: "escapes", (249, 135, 0);
    folds_match_as_in_re2: "folds", (115, 0, 0);
    every_orbit_matches_as_in_re2: "orbits", (119, 0, 0);
    edges_match_as_in_re2: "edges", (25, 0, 0);
    unicode_properties_match_as_in_re2: "unicode", (440, 18, 0);
    random_patterns_match_as_in_re2: "random", (431, 138, 0);
}

proptest! {
    #![proptest_config(cases(500))]

    /// Every engine agrees with the referee.
    #[test]
    fn every_engine_matches_what_the_referee_does(
        node in naive::patterns(),
        names in prop::collection::vec(naive::names(), 4),
    ) {
        let text = node.text();
        let pattern = match Pattern::new(&text) {
            Ok(pattern) => pattern,
            Err(error) => {
                let counts = node.largest_count() > 1000;
                let kind = if counts { PatternErrorKind::Syntax } else { PatternErrorKind::TooLarge };
                prop_assert_eq!(error.kind(), kind, "{}", text);
                return Ok(());
            }
        };
        let others = naive::OTHER_ENGINES.map(|prefix| Pattern::new(&format!("{prefix}{text}")));
        for name in names {
            let expected = node.matches(&name).0;
            for pattern in [&pattern].into_iter().chain(others.iter().flatten()) {
                prop_assert_eq!(pattern.is_match(&name), Ok(expected), "{} {} {:?}", text, name, pattern);
            }
        }
    }

    /// Any text is a pattern or an error with a position inside it.
    #[test]
    fn any_text_is_a_pattern_or_an_error_that_points_into_it(text in "[-()|*+?{}\\[\\]\\\\^$.,0-9a-zA-Zé:<>=!]{0,24}", name in ".{0,8}") {
        match Pattern::new(&text) {
            Ok(pattern) => { pattern.is_match(&name).unwrap(); }
            Err(error) => {
                prop_assert!(error.position() <= text.len());
                prop_assert!(text.is_char_boundary(error.position()));
            }
        }
    }
}

/// The exact messages of errors.
#[test]
fn errors_say_what_was_expected_and_where() {
    let cases = [
        ("ab)", "2: expected no `)` without a `(`"),
        ("a)|(?:.*", "1: expected no `)` without a `(`"),
        ("a(b(c)", "1: expected `)` to close the group"),
        ("a|*", "2: expected something to repeat"),
        ("a**", "2: expected no repetition right after a repetition"),
        ("a{2}{3}", "4: expected no repetition right after a repetition"),
        ("a{2,1}", "1: expected a lower count before a higher one"),
        ("a{1001}", "1: expected a count of at most 1000"),
        ("a{2,70000}", "1: expected a count of at most 1000"),
        ("(?:x{1000}){1000}", "11: expected nested counts that multiply to at most 1000"),
        ("é[a-", "2: expected `]` to end the class"),
        ("[a[:foo:]]", "2: expected the name of a class between `[:` and `:]`"),
        ("[z-a]", "1: expected the lower end of the range first"),
        ("a\\", "1: expected a character after the backslash"),
        ("a\\y", "1: expected punctuation or a known letter after the backslash"),
        ("(a)\\1", "3: expected no back-reference"),
        ("\\x4g", "0: expected two hexadecimal digits or a code point in braces after `\\x`"),
        ("\\x{110000}", "0: expected a code point up to 10FFFF"),
        ("\\p{Foo}", "0: expected the name of a Unicode property"),
        ("\\p{L", "0: expected `}` to end the name of the property"),
        ("(?=a)", "0: expected no look-around: RE2 has none"),
        ("a(?!b)", "1: expected no look-around: RE2 has none"),
        ("(?<=a)b", "0: expected no look-around: RE2 has none"),
        ("(?<!a>)b", "0: expected no look-around: RE2 has none"),
        ("(?i=a)", "0: expected flags of `imsU` and then `:` or `)`"),
        ("(?>a)", "0: expected flags of `imsU` and then `:` or `)`"),
        ("(?P<n", "0: expected `>` to end the name of the group"),
        ("(?P<a-b>c)", "0: expected letters, digits and underscores as the name of the group"),
        ("a(?P<½>c)", "1: expected letters, digits and underscores as the name of the group"),
        (".{1000}.{1000}.{1000}", "0: expected fewer repetitions"),
    ];
    for (pattern, message) in cases {
        let error = Pattern::new(pattern).unwrap_err();
        assert_eq!(error.to_string(), format!("unusable pattern at byte {message}"), "{pattern}");
    }
}

/// An invalid part is reported even if the pattern before it is too large, since RE2 refuses the
/// whole.
#[test]
fn invalid_outweighs_too_large() {
    assert_eq!(
        Pattern::new(".{1000}.{1000}.{1000}a**").unwrap_err().kind(),
        PatternErrorKind::Syntax
    );
}

#[test]
fn capturing_groups_are_recognised() {
    for (pattern, captures) in [
        ("a", false),
        ("(a)", true),
        ("(?:a)", false),
        ("(?P<n>a)", true),
        ("(?<n>a)", true),
        ("\\(a\\)", false),
        ("[(]", false),
    ] {
        assert_eq!(Pattern::new(pattern).unwrap().has_capturing_group(), captures, "{pattern}");
    }
}

/// Hostile patterns give a result or an error, within a stack that is too small for recursion.
#[test]
fn hostile_patterns_end() {
    let mut hostile: Vec<String> = [
        "(?:x{1000}){1000}",
        "(?:){4294967295}",
        "(?:){1000}",
        "\\pL{200}",
        "(?:(?:|){1000}){1}",
        "(?i)[\\x{81}-\\x{10fffe}]{1000}",
        "(?:(?:(?:a|b|c|d){9}){9}){9}",
        "(?:a?){60}a{3}",
        "(?:.*.*.*){20}x",
    ]
    .map(str::to_owned)
    .into();
    for (open, middle, close) in [
        ("(", "a", ")"),
        ("(?:", "a", ")"),
        ("(", "", ")"),
        ("(?:", "a", ")*"),
        ("(", "\\C", ")"),
        ("(?:a|", "b", "){1}"),
    ] {
        hostile.push(open.repeat(20_000) + middle + &close.repeat(20_000));
        hostile.push(open.repeat(20_000));
    }
    // The deepest groups that each engine takes: 24 for `regex`, 200 for the automata.
    for groups in [8, 16, 23, 24, 25, 100, 200, 201] {
        for (open, middle, close) in
            [("(?:y", "a\\Cb", "z|x)*"), ("(?:", "\\C", "|x)*"), ("(?:y", "a", "z|x)*")]
        {
            hostile.push(open.repeat(groups) + middle + &close.repeat(groups));
        }
    }
    for part in [
        "a",
        "é",
        ".",
        "[",
        "[[:",
        "a|",
        "a*",
        "a?",
        "(?i)",
        "(?i)k",
        "\\Q",
        "\\x{e9}",
        "[^a]",
        "\\b",
        "\\B",
        "|",
        "(?:|){1000}",
        "(?i)[\\x{81}-\\x{10fffe}]",
    ] {
        hostile.push(part.repeat(10_240 / part.len()));
        hostile.push(format!("[{}]", part.repeat(10_240 / part.len())));
    }
    let run = move || {
        let name = "aé".repeat(40);
        for pattern in &hostile {
            if let Ok(pattern) = Pattern::new(pattern) {
                // The result may be an error of the work limit.
                let _ = pattern.is_match(&name);
            }
        }
    };
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap();
}

/// The promised stack for hostile patterns, in bytes. Without optimisation, `regex` alone takes
/// more.
const STACK: usize = if cfg!(debug_assertions) { 1024 * 1024 } else { 128 * 1024 };

/// The largest sizes for which a result is promised.
#[test]
fn large_patterns_are_usable() {
    let mut alternatives = String::from("^(?:");
    for number in 0..300 {
        let _ = write!(alternatives, "{}room-{number}", if number == 0 { "" } else { "|" });
    }
    alternatives.push_str(")$");
    let pattern = Pattern::new(&alternatives).unwrap();
    assert_eq!(pattern.is_match("room-299"), Ok(true));
    assert_eq!(pattern.is_match("room-300"), Ok(false));
    let pattern = Pattern::new("^[a-z0-9]{1,200}$").unwrap();
    assert_eq!(pattern.is_match(&"a".repeat(200)), Ok(true));
    assert_eq!(pattern.is_match(&"a".repeat(201)), Ok(false));
}

/// A name that exceeds the work limit is an error, never a match.
#[test]
fn long_names_run_out() {
    let pattern = Pattern::new("a{500}\\C").unwrap();
    let error = pattern.is_match(&"b".repeat(1 << 20)).unwrap_err();
    assert_eq!(error.kind(), PatternErrorKind::WorkLimitReached);
    assert_eq!(error.to_string(), "it would take more work than the limit allows");
    assert_eq!(Pattern::new("^b*$").unwrap().is_match(&"b".repeat(1 << 20)), Ok(true));
}

/// A class of thousands of ranges means the same to the automaton and to `regex`.
#[test]
fn classes_of_many_ranges_are_matched() {
    let odd: String =
        (0..4000).map(|number| char::from_u32(0x1001 + 2 * number).unwrap()).collect();
    for (other, engine) in [("", "automaton"), ("|\\x01\\C", "regex")] {
        let pattern = Pattern::new(&format!("^[{odd}]+${other}")).unwrap();
        assert_eq!(pattern.is_match(&odd), Ok(true));
        assert_eq!(pattern.is_match("\u{1002}"), Ok(false));
        assert_eq!(format!("{pattern:?}"), format!("Pattern {{ engine: {engine:?}, .. }}"));
    }
}

/// `Debug` shows a pattern's engine, and nothing of its text.
#[test]
fn debug_names_the_engine() {
    for (pattern, engine) in [
        ("^room-1$", "literal"),
        ("^room-[0-9]$", "automaton"),
        ("a{100}", "large automaton"),
        ("a{500}", "large automaton"),
        ("\\C", "regex"),
    ] {
        let expected = format!("Pattern {{ engine: {engine:?}, .. }}");
        assert_eq!(format!("{:?}", Pattern::new(pattern).unwrap()), expected, "{pattern}");
    }
}

#[test]
fn a_backslash_at_the_end_is_refused_at_its_position() {
    for (pattern, at) in [("\\", 0), ("a\\", 1), ("[\\", 1), ("[a-\\", 3), ("[\\]", 0)] {
        let error = Pattern::new(pattern).unwrap_err();
        assert_eq!(
            (error.kind(), error.position()),
            (PatternErrorKind::Syntax, at),
            "{pattern}: {error}"
        );
    }
}

#[test]
fn patterns_can_be_shared() {
    fn shared<T: Send + Sync + Clone + std::fmt::Debug>() {}
    shared::<Pattern>();
    shared::<pubnub_access::PatternError>();
}
