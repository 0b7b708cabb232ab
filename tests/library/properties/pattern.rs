//! Patterns: any text on every engine and on `regex` itself, and random ones against the referee.

use arbitrary::{Result, Unstructured};
use pubnub_access::{Pattern, PatternErrorKind};

use super::{is_printable, several};
use crate::support::naive::{Item, LETTERS, Node, OTHER_ENGINES, POSIX, PROPERTIES};

/// The first byte selects whether the rest is random data for the referee's patterns, or a pattern
/// and names on separate lines.
pub fn holds(data: &[u8]) {
    match data.split_first() {
        Some((0, rest)) => as_the_referee(rest),
        _ => {
            let Ok(text) = std::str::from_utf8(data) else { return };
            let mut lines = text.split('\n');
            as_other_engines(lines.next().unwrap_or_default(), lines);
        }
    }
}

fn as_the_referee(data: &[u8]) {
    let data = &mut Unstructured::new(data);
    let (Ok(node), Ok(names)) = (node(data, 5), several(4, data, name)) else { return };
    let text = node.text();
    match Pattern::new(&text) {
        Ok(pattern) => {
            for name in names {
                let expected = node.matches(&name).0;
                assert_eq!(pattern.is_match(&name), Ok(expected), "{text:?} on {name:?}");
            }
        }
        Err(error) => {
            let counts = node.largest_count() > 1000;
            let expected =
                if counts { PatternErrorKind::Syntax } else { PatternErrorKind::TooLarge };
            assert_eq!(error.kind(), expected, "{text:?}");
        }
    }
}

fn name(data: &mut Unstructured<'_>) -> Result<String> {
    Ok(several(8, data, letter)?.into_iter().collect())
}

fn letter(data: &mut Unstructured<'_>) -> Result<char> {
    data.choose(LETTERS).copied()
}

/// Makes a pattern with at most a number of levels.
fn node(data: &mut Unstructured<'_>, levels: u8) -> Result<Node> {
    let inner = |data: &mut Unstructured<'_>| node(data, levels.saturating_sub(1));
    Ok(match data.int_in_range(0..=if levels == 0 { 6 } else { 11 })? {
        0 => Node::Literal(letter(data)?),
        1 => Node::Dot,
        2 => Node::Empty,
        3 => Node::Byte,
        4 if data.arbitrary()? => Node::Property(data.choose(PROPERTIES)?, data.arbitrary()?),
        4 => Node::Perl(perl(data)?),
        5 => {
            let (first, others) = (item(data)?, several(3, data, item)?);
            Node::Class(data.arbitrary()?, [vec![first], others].concat())
        }
        6 => Node::Assertion(*data.choose(&['^', '$', 'A', 'z', 'b', 'B'])?),
        7 => Node::Concat(several(4, data, inner)?),
        8 => Node::Alternate([vec![inner(data)?], several(3, data, inner)?].concat()),
        9 => {
            let (min, more) =
                (data.int_in_range(0..=9)?, data.ratio(2, 3)?.then(|| data.int_in_range(0..=4)));
            let max = more.transpose()?.map(|more: u16| min + more);
            Node::Repeat(Box::new(inner(data)?), min, max, data.arbitrary()?)
        }
        10 => Node::Capture(Box::new(inner(data)?)),
        _ => {
            let (on, off) = *data.choose(&[
                ("i", ""),
                ("m", ""),
                ("s", ""),
                ("U", ""),
                ("im", "s"),
                ("", "i"),
                ("s", "m"),
            ])?;
            Node::Flags(on, off, Box::new(inner(data)?))
        }
    })
}

fn perl(data: &mut Unstructured<'_>) -> Result<char> {
    data.choose(&['d', 'D', 's', 'S', 'w', 'W']).copied()
}

fn item(data: &mut Unstructured<'_>) -> Result<Item> {
    Ok(match data.int_in_range(0..=4)? {
        0 => letter(data).map(|letter| Item::Range(letter, letter))?,
        1 => {
            let (a, b) = (letter(data)?, letter(data)?);
            Item::Range(a.min(b), a.max(b))
        }
        2 => Item::Perl(perl(data)?),
        3 => Item::Property(data.choose(PROPERTIES)?, data.arbitrary()?),
        _ => Item::Posix(data.choose(POSIX)?, data.arbitrary()?),
    })
}

fn as_other_engines<'a>(text: &str, names: impl Iterator<Item = &'a str>) {
    let pattern = match Pattern::new(text) {
        Ok(pattern) => pattern,
        Err(error) => {
            assert!(error.position() <= text.len());
            is_printable(&error.to_string());
            if error.kind() == PatternErrorKind::Syntax {
                let other =
                    Pattern::new(&format!("{}{text}", OTHER_ENGINES[0])).expect_err("no pattern");
                assert_eq!(other.kind(), PatternErrorKind::Syntax, "{text:?}");
            }
            return;
        }
    };
    let others = OTHER_ENGINES.map(|prefix| Pattern::new(&format!("{prefix}{text}")));
    let plain = is_plain(text)
        .then(|| regex::RegexBuilder::new(text).size_limit(1 << 18).build().ok())
        .flatten();
    for name in names.filter(|name| !name.contains('\u{1}')).take(8) {
        let Ok(found) = pattern.is_match(name) else { continue };
        for other in others.iter().flatten() {
            assert_eq!(
                other.is_match(name).unwrap_or(found),
                found,
                "{text:?} on {name:?} by {other:?}"
            );
        }
        if let Some(plain) = &plain {
            assert_eq!(found, plain.is_match(name), "{text:?} on {name:?}");
        }
    }
}

/// Reports whether a pattern certainly has the same meaning for `regex`: no escapes, flags, nested
/// brackets, set operators, or counts (RE2 reads some as text, such as `{00}` and `{1, 2}`).
fn is_plain(text: &str) -> bool {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "-_:. ()|*+?[]^$,".contains(c);
    let mut in_class = false;
    let nested = text.chars().any(|c| {
        let opens_again = in_class && c == '[';
        in_class = c == '[' || (in_class && c != ']');
        opens_again
    });
    text.chars().all(plain)
        && !nested
        && !["(?", "--", "[]", "[^]"].iter().any(|odd| text.contains(odd))
}
