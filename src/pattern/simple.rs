//! The simplest patterns, which need no automaton: literal characters, escaped or not, perhaps after `^`, perhaps before
//! `$`, `.*` or `.*$`. Refuses, by giving up, everything else and literals that are long.
//!
//! Most patterns of real tokens are of this kind, and tokens of strangers can hold thousands of them.

use super::Match;

/// The longest literal, in bytes: so much that most fit and a pattern stays small.
const LONGEST: usize = 62;

/// A pattern that is a literal and little more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Simple {
    literal: [u8; LONGEST],
    len: u8,
    /// `^` before the literal.
    at_begin: bool,
    tail: Tail,
}

/// What follows the literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    Nothing,
    /// `$`
    End,
    /// `.*`
    Anything,
    /// `.*$`
    AnythingToEnd,
}

impl Simple {
    /// Reads a pattern, if it is one of these.
    #[inline]
    pub(super) fn read(pattern: &str) -> Option<Self> {
        let pattern = pattern.as_bytes();
        let (at_begin, rest) = match pattern {
            [b'^', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (literal, tail) = match rest {
            [literal @ .., b'.', b'*', b'$'] => (literal, Tail::AnythingToEnd),
            [literal @ .., b'.', b'*'] => (literal, Tail::Anything),
            [literal @ .., b'$'] => (literal, Tail::End),
            literal => (literal, Tail::Nothing),
        };
        let mut simple = Simple { literal: [0; LONGEST], len: 0, at_begin, tail };
        let mut bytes = literal.iter();
        while let Some(&byte) = bytes.next() {
            // Punctuation that is escaped stands for itself; a letter or a digit has another meaning then.
            let byte = match byte {
                b'\\' => *bytes.next().filter(|byte| byte.is_ascii_punctuation())?,
                // The table has an entry for each value of a byte.
                byte if IS_META.get(usize::from(byte)).copied().unwrap_or(true) => return None,
                byte => byte,
            };
            *simple.literal.get_mut(usize::from(simple.len))? = byte;
            simple.len = simple.len.checked_add(1)?;
        }
        Some(simple)
    }

    /// Matches the name that `lead`, which is empty or one character, and `name` make together. Both are UTF-8, as the
    /// literal is, so that its bytes can only be found where its characters are.
    #[inline]
    pub(super) fn matches(&self, lead: &str, name: &str) -> Match {
        let literal = self.literal.get(..usize::from(self.len)).unwrap_or_default();
        let (lead, name) = (lead.as_bytes(), name.as_bytes());
        let Some((rest, ends)) = after(literal, lead, name) else {
            // Not at the beginning: then nowhere, or only inside.
            let inside = !self.at_begin && self.is_inside(literal, name);
            return if inside { Match::Inside } else { Match::No };
        };
        let one_line = || !rest.contains(&b'\n');
        let (whole, inside) = match self.tail {
            Tail::Nothing => (ends, true),
            Tail::End => (ends, ends || !self.at_begin && self.is_inside(literal, name)),
            Tail::Anything => (one_line(), true),
            Tail::AnythingToEnd => {
                let whole = one_line();
                (whole, whole || !self.at_begin && self.is_inside(literal, name))
            }
        };
        match (whole, inside) {
            (true, _) => Match::Whole,
            (false, true) => Match::Inside,
            (false, false) => Match::No,
        }
    }

    /// Whether the pattern, without `^`, matches somewhere in `name`.
    fn is_inside(&self, literal: &[u8], name: &[u8]) -> bool {
        match self.tail {
            Tail::End => name.ends_with(literal),
            // What follows must be on the last line, and so must be the literal, which has no newline.
            Tail::AnythingToEnd => {
                let last_line = name.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
                find(literal, last_line)
            }
            Tail::Nothing | Tail::Anything => find(literal, name),
        }
    }
}

/// What follows the literal in `name`, where `lead` and `name` begin with it, and whether that is nothing at all.
#[inline]
fn after<'a>(literal: &[u8], lead: &[u8], name: &'a [u8]) -> Option<(&'a [u8], bool)> {
    if literal.is_empty() {
        return Some((name, name.is_empty() && lead.is_empty()));
    }
    let rest = if lead.is_empty() {
        name.strip_prefix(literal)?
    } else {
        let (_, others) = literal.split_at_checked(lead.len()).filter(|(first, _)| *first == lead)?;
        if others.is_empty() { name } else { name.strip_prefix(others)? }
    };
    Some((rest, rest.is_empty()))
}

/// Whether the literal is somewhere in the name.
fn find(literal: &[u8], name: &[u8]) -> bool {
    let Some((first, rest)) = literal.split_first() else { return true };
    let mut left = name;
    while let Some(at) = left.iter().position(|byte| byte == first) {
        left = left.get(at.saturating_add(1)..).unwrap_or_default();
        if left.starts_with(rest) {
            return true;
        }
    }
    false
}

/// The bytes that have a meaning in patterns, and the newline, which `.` does not match.
static IS_META: [bool; 256] = {
    let mut is_meta = [false; 256];
    let meta = b"\\.+*?()|[]{}^$\n";
    let mut position = 0;
    #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "evaluated when compiled")]
    while position < meta.len() {
        is_meta[meta[position] as usize] = true;
        position += 1;
    }
    is_meta
};
