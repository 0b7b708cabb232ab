//! Literal prefixes of the names that a pattern matches, read from its text.
//!
//! They can prove that two patterns never match the same name, or that one pattern matches every
//! name that another matches. A pattern whose prefix is not obvious from its text has none here.

use crate::arithmetic::CannotOverflow;

use alloc::collections::BTreeSet;
use alloc::string::String;
use core::ops::Bound;

/// The literal prefix of every name that a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beginning {
    text: String,
    rest: Rest,
}

/// The part of a name after the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Nothing: `^room$`.
    Nothing,
    /// Anything, as in `^room` and `^room.*$`. Names contain no line breaks, so `.` matches every
    /// character.
    Anything,
    Other,
}

impl Beginning {
    /// Returns the prefix of a pattern that compiles; `None` if it is not obvious.
    pub(super) fn of(pattern: &str) -> Option<Self> {
        let inner = pattern.strip_prefix('^').filter(|_| !has_alternatives(pattern))?;
        let mut text = String::new();
        let mut rest = inner;
        while let Some((literal, after)) = literal(rest) {
            // A repeated character may occur zero times.
            if after.starts_with(['*', '+', '?', '{']) {
                break;
            }
            text.push(literal);
            rest = after;
        }
        let rest = match rest {
            "$" => Rest::Nothing,
            "" | ".*" | ".*$" => Rest::Anything,
            _ => Rest::Other,
        };
        Some(Beginning { text, rest })
    }

    /// Returns the only name that is matched, if there is only one.
    pub(super) fn only_name(&self) -> Option<&str> {
        (self.rest == Rest::Nothing).then_some(self.text.as_str())
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the prefix, if every name that begins with it is matched.
    pub(super) fn then_anything(&self) -> Option<&str> {
        (self.rest == Rest::Anything).then_some(self.text.as_str())
    }
}

/// A set of prefixes.
#[derive(Debug, Default)]
pub(super) struct Beginnings<'a>(BTreeSet<&'a str>);

impl Beginnings<'_> {
    /// Reports whether every name with this prefix has a prefix of the set.
    pub(super) fn include(&self, text: &str) -> bool {
        let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        !self.0.is_empty()
            && ends.filter_map(|end| text.get(..end)).any(|beginning| self.0.contains(beginning))
    }

    /// Reports whether the set has a prefix that begins with this one.
    pub(super) fn include_longer(&self, text: &str) -> bool {
        let mut longer = self.0.range::<str, _>((Bound::Included(text), Bound::Unbounded));
        longer.next().is_some_and(|longer| longer.starts_with(text))
    }

    /// Reports whether no name with this prefix has a prefix of the set.
    pub(super) fn exclude(&self, text: &str) -> bool {
        !self.include(text) && !self.include_longer(text)
    }
}

impl<'a> FromIterator<&'a str> for Beginnings<'a> {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        Beginnings(texts.into_iter().collect())
    }
}

/// Splits a pattern that starts with a literal character after it.
fn literal(pattern: &str) -> Option<(char, &str)> {
    let mut characters = pattern.chars();
    let literal = match characters.next()? {
        '\\' => characters.next().filter(char::is_ascii_punctuation)?,
        c if "^$.*+?()[]{}|".contains(c) => return None,
        c => c,
    };
    Some((literal, characters.as_str()))
}

/// Reports whether a pattern may have alternatives outside of groups.
fn has_alternatives(pattern: &str) -> bool {
    if !pattern.contains('|') {
        return false;
    }
    // Inside classes and quotations, which are not parsed here, signs are literals.
    if pattern.contains('[') || pattern.contains("\\Q") {
        return true;
    }
    let mut depth: usize = 0;
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '(' => depth = depth.plus(1),
            ')' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_compared() {
        let texts: Beginnings<'_> = ["room-", "roof", "é"].into_iter().collect();
        for (text, included, excluded) in [
            ("room-", true, false),
            ("room-1", true, false),
            ("room", false, false),
            ("", false, false),
            ("roomy", false, true),
            ("user-", false, true),
            ("zoo", false, true),
            ("éa", true, false),
            ("è", false, true),
        ] {
            assert_eq!((texts.include(text), texts.exclude(text)), (included, excluded), "{text}");
        }
        let everything: Beginnings<'_> = [""].into_iter().collect();
        assert!(everything.include("") && everything.include("a") && !everything.exclude("a"));
        assert!(!Beginnings::default().include("") && Beginnings::default().exclude(""));
    }

    #[test]
    fn prefixes_are_read_from_patterns() {
        for (pattern, expected) in [
            ("^room$", Some(("room", Rest::Nothing))),
            ("^room-.*$", Some(("room-", Rest::Anything))),
            ("^room-.*", Some(("room-", Rest::Anything))),
            ("^.*$", Some(("", Rest::Anything))),
            (r"^a\.b\\$", Some((r"a.b\", Rest::Nothing))),
            ("^é-.+$", Some(("é-", Rest::Other))),
            ("^rooms?$", Some(("room", Rest::Other))),
            ("^rooms{0,1}$", Some(("room", Rest::Other))),
            (r"^a\.*$", Some(("a", Rest::Other))),
            (r"^room\d$", Some(("room", Rest::Other))),
            (r"^room\Qx\E$", Some(("room", Rest::Other))),
            ("^room[0-9]", Some(("room", Rest::Other))),
            ("^(?i)room$", Some(("", Rest::Other))),
            ("^room(?i)s$", Some(("room", Rest::Other))),
            ("^a(?:b|c)$", Some(("a", Rest::Other))),
            (r"^a(?:b|\()$", Some(("a", Rest::Other))),
            ("^room", Some(("room", Rest::Anything))),
            ("^a^b$", Some(("a", Rest::Other))),
            ("room", None),
            ("(?m)^room$", None),
            ("^a|b$", None),
            (r"^a\(|b$", None),
            ("^a(?:b|c)|d$", None),
            ("^a(?:[|]|b)$", None),
            (r"^\Q(\E|b", None),
            ("", None),
        ] {
            let found = Beginning::of(pattern).map(|found| (found.text, found.rest));
            assert_eq!(found, expected.map(|(text, rest)| (text.into(), rest)), "{pattern}");
        }
    }
}
