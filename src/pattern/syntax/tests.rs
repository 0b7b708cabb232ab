//! Compares the members of Unicode properties with those of RE2.

use core::fmt::Write;

use super::super::{Budget, Pattern};
use super::class::CharSet;
use super::unicode;
use crate::golden;

type Ranges = Vec<(u32, u32)>;

/// The ranges of a line of `properties.jsonl`.
fn listed(text: &serde_json::Value) -> Ranges {
    let code = |text| u32::from_str_radix(text, 16).unwrap();
    let pairs = text.as_str().unwrap().split_whitespace().map(|pair| pair.split_once('-').unwrap());
    pairs.map(|(low, high)| (code(low), code(high))).collect()
}

/// The members of a property, as the automaton receives them.
fn members(name: &str, fold: bool) -> Ranges {
    let mut budget = Budget::new(1_000_000);
    let mut set = CharSet::new();
    for (low, high) in unicode::property(name).unwrap() {
        set.add(low, high, &mut budget).unwrap();
    }
    if fold {
        set.fold(&mut budget).unwrap();
    }
    set.finish(&mut budget).unwrap();
    let ascii = (0..0x80).filter(|code| set.ascii() >> code & 1 == 1).map(|code| (code, code));
    ascii.chain(set.ranges().iter().copied()).collect()
}

fn holds(ranges: &Ranges, code: u32) -> bool {
    ranges.iter().any(|&(low, high)| (low..=high).contains(&code))
}

/// The code points in `ranges` and not in `others`, as ranges in hexadecimal.
fn only(ranges: &Ranges, others: &Ranges) -> String {
    let mut left = String::new();
    for &(mut low, high) in ranges {
        let start = low;
        for &(from, until) in others.iter().filter(|(from, until)| start <= *until && *from <= high)
        {
            if low < from {
                write!(left, " {low:x}-{:x}", from - 1).unwrap();
            }
            low = until + 1;
        }
        if low <= high {
            write!(left, " {low:x}-{high:x}").unwrap();
        }
    }
    left
}

/// Checks every code point against every property, plain and under `(?i)`. RE2's tables are of an
/// older version of Unicode; a file lists the code points on which they differ, and there must be
/// no others.
#[test]
fn properties_have_the_same_members_as_in_re2() {
    let mut differences = String::from(
        "# Code points on which a Unicode property differs, each as ranges in hexadecimal: members here alone, then\n\
         # members in RE2 (google-re2 1.1.20251105) alone. Every other code point is the same in both.\n",
    );
    let table = include_str!("../../../testdata/patterns/properties.jsonl");
    let mut properties = 0;
    for line in table.lines().skip(1) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = line["property"].as_str().unwrap();
        properties += 1;
        for (flags, expected) in
            [("", &line["ranges"]), ("(?i)", line.get("folded").unwrap_or(&line["ranges"]))]
        {
            let (expected, members) = (listed(expected), members(name, !flags.is_empty()));
            let (here, there) = (only(&members, &expected), only(&expected, &members));
            let new = !here.is_empty() || !there.is_empty();
            // Under `(?i)`, lists only what differs from the plain class.
            if new
                && !differences.ends_with(&format!("\n\\p{{{name}}} here:{here}; in RE2:{there}\n"))
            {
                writeln!(differences, "{flags}\\p{{{name}}} here:{here}; in RE2:{there}").unwrap();
            }
            let edges = members
                .iter()
                .chain(&expected)
                .flat_map(|&(low, high)| [low.saturating_sub(1), low, high, high + 1]);
            let [pattern, negated] =
                ["p", "P"].map(|p| Pattern::new(&format!("{flags}\\{p}{{{name}}}")).unwrap());
            for edge in edges.filter_map(char::from_u32) {
                let text = edge.to_string();
                let expected = holds(&members, edge.into());
                assert_eq!(pattern.is_match(&text), Ok(expected), "{flags} {name} {edge:?}");
                assert_eq!(negated.is_match(&text), Ok(!expected), "{flags} not {name} {edge:?}");
            }
        }
    }
    assert_eq!(properties, 199);
    golden::compare("testdata/patterns/newer.txt", &differences);
}
