//! The simplest patterns, which need no automaton: literal characters, escaped or not, perhaps after `^`, perhaps before
//! `$`, `.*` or `.*$`. Refuses, by giving up, everything else and literals that are long.
//!
//! Most patterns of real tokens are of this kind, and tokens of strangers can hold thousands of them.

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

    /// Reports whether the pattern matches some part of the name that `lead`, which is empty or one
    /// character, and `name` make together. All are UTF-8, so that the literal's bytes can only be
    /// found where its characters are.
    #[inline]
    pub(super) fn is_match(&self, lead: &str, name: &str) -> bool {
        let literal = self.literal.get(..usize::from(self.len)).unwrap_or_default();
        let (lead, name) = (lead.as_bytes(), name.as_bytes());
        if let Some(rest) = after(literal, lead, name) {
            let begins = match self.tail {
                Tail::Nothing | Tail::Anything => true,
                // The empty literal leaves the lead unread.
                Tail::End => rest.is_empty() && (lead.is_empty() || !literal.is_empty()),
                Tail::AnythingToEnd => !rest.contains(&b'\n'),
            };
            if begins {
                return true;
            }
        }
        !self.at_begin && self.is_inside(literal, name)
    }

    /// Reports whether the pattern, without `^`, matches somewhere in `name`.
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

/// Returns what follows the literal in `name`, where `lead` and `name` begin with it.
#[inline]
fn after<'a>(literal: &[u8], lead: &[u8], name: &'a [u8]) -> Option<&'a [u8]> {
    if literal.is_empty() {
        return Some(name);
    }
    if lead.is_empty() {
        return name.strip_prefix(literal);
    }
    let (_, others) = literal.split_at_checked(lead.len()).filter(|(first, _)| *first == lead)?;
    if others.is_empty() { Some(name) } else { name.strip_prefix(others) }
}

/// Reports whether the literal is somewhere in the name.
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
