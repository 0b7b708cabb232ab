//! Patterns that need no automaton: literal characters, escaped or not, after an optional `^` and
//! before an optional `$`, `.*` or `.*$`. After `^`, one repeated class may follow the literal, as
//! in `^room-[0-9]+$`. Other patterns, and long literals, go to the other engines.
//!
//! Most patterns of real tokens have this form, and a stranger's token can hold thousands of them.

use super::syntax::{DIGIT, LOWER, UPPER, WORD, perl_class};

/// The longest literal, in bytes. Most literals fit, and a pattern stays small.
const LONGEST: usize = 62;

/// A literal with few additions.
#[derive(Debug, Clone, Copy)]
pub(super) struct LiteralPattern {
    literal: [u8; LONGEST],
    len: u8,
    /// `^` before the literal.
    at_begin: bool,
    tail: Tail,
}

/// The part after the literal.
#[derive(Debug, Clone, Copy)]
enum Tail {
    Nothing,
    /// `$`
    End,
    /// `.*`
    Anything,
    /// `.*$`
    AnythingToEnd,
    /// A class with `+` or `*`, perhaps before `$`. There is a `^` before the literal.
    Repeated {
        class: ByteClass,
        at_least_one: bool,
        to_end: bool,
    },
}

/// The bytes of a set of characters, one bit each: any within ASCII, and all beyond it or none.
#[derive(Debug, Clone, Copy)]
struct ByteClass([u64; 4]);

impl ByteClass {
    /// Reads a class, and returns it with the rest of the pattern.
    #[inline]
    fn read(pattern: &[u8]) -> Option<(Self, &[u8])> {
        let (ascii, negated, rest) = match pattern {
            [b'.', rest @ ..] => (1 << b'\n', true, rest),
            [b'\\', letter, rest @ ..] => {
                let (ascii, negated) = perl_class(*letter)?;
                (ascii, negated, rest)
            }
            [b'[', b'^', rest @ ..] => {
                Self::members(rest).map(|(ascii, rest)| (ascii, true, rest))?
            }
            [b'[', rest @ ..] => Self::members(rest).map(|(ascii, rest)| (ascii, false, rest))?,
            _ => return None,
        };
        let ascii = if negated { !ascii } else { ascii };
        let beyond = if negated { u64::MAX } else { 0 };
        let half = |shift: u32| {
            u64::try_from(ascii.wrapping_shr(shift) & u128::from(u64::MAX)).unwrap_or_default()
        };
        Some((ByteClass([half(0), half(64), beyond, beyond]), rest))
    }

    /// Reads the members of a bracketed class: word characters, ranges of them, `.`, `:`, `@`, and
    /// a `-` at either end.
    #[inline]
    fn members(pattern: &[u8]) -> Option<(u128, &[u8])> {
        const ALONE: u128 = WORD | 1 << b'.' | 1 << b':' | 1 << b'@';
        let bit = |byte: u8| 1_u128.checked_shl(byte.into()).unwrap_or_default();
        let (mut ascii, mut rest) = match pattern {
            [b'-', rest @ ..] => (bit(b'-'), rest),
            rest => (0, rest),
        };
        loop {
            match rest {
                [low, b'-', high, after @ ..] if *high != b']' => {
                    let ends = bit(*low) | bit(*high);
                    let within = [DIGIT, LOWER, UPPER].into_iter().any(|of| ends & !of == 0);
                    if !within
                        || !high.is_ascii()
                        || low > high
                        || after.first() == Some(&b'-') && after.get(1) != Some(&b']')
                    {
                        return None;
                    }
                    // All bits from the lower end on, without those above the higher end.
                    ascii |= bit(*high).wrapping_shl(1).wrapping_sub(bit(*low));
                    rest = after;
                }
                [b'-', b']', after @ ..] => return Some((ascii | bit(b'-'), after)),
                [b']', after @ ..] if ascii != 0 => return Some((ascii, after)),
                [byte, after @ ..] if ALONE & bit(*byte) != 0 => {
                    ascii |= bit(*byte);
                    rest = after;
                }
                _ => return None,
            }
        }
    }

    #[inline]
    fn holds(&self, byte: u8) -> bool {
        let word = self.0.get(usize::from(byte / 64)).copied().unwrap_or_default();
        word.wrapping_shr(byte.into()) & 1 == 1
    }
}

impl Tail {
    /// Reads what follows the literal.
    #[inline]
    fn read(pattern: &[u8], at_begin: bool) -> Option<Self> {
        match pattern {
            b"" => return Some(Tail::Nothing),
            b"$" => return Some(Tail::End),
            b".*" => return Some(Tail::Anything),
            b".*$" => return Some(Tail::AnythingToEnd),
            _ if !at_begin => return None,
            _ => {}
        }
        let (class, rest) = ByteClass::read(pattern)?;
        let (at_least_one, to_end) = match rest {
            b"+" => (true, false),
            b"+$" => (true, true),
            b"*" => (false, false),
            b"*$" => (false, true),
            _ => return None,
        };
        Some(Tail::Repeated { class, at_least_one, to_end })
    }
}

impl LiteralPattern {
    /// Parses a pattern; `None` if it needs another engine.
    #[inline]
    pub(super) fn read(pattern: &str) -> Option<Self> {
        let pattern = pattern.as_bytes();
        let (at_begin, mut rest) = match pattern {
            [b'^', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let mut simple =
            LiteralPattern { literal: [0; LONGEST], len: 0, at_begin, tail: Tail::Nothing };
        let mut literal = simple.literal.iter_mut();
        loop {
            let byte = match rest {
                // Escaped punctuation stands for itself; an escaped letter or digit has another
                // meaning.
                [b'\\', escaped, after @ ..] if escaped.is_ascii_punctuation() => {
                    rest = after;
                    *escaped
                }
                // The table has an entry for each value of a byte.
                [byte, after @ ..] if !IS_META.get(usize::from(*byte)).copied().unwrap_or(true) => {
                    rest = after;
                    *byte
                }
                _ => break,
            };
            *literal.next()? = byte;
            simple.len = simple.len.checked_add(1)?;
        }
        simple.tail = Tail::read(rest, at_begin)?;
        Some(simple)
    }

    /// Reports whether the pattern matches some part of `lead`, which is empty or one character,
    /// followed by `name`. All are UTF-8, so the literal's bytes are found only where its
    /// characters are.
    #[inline]
    pub(super) fn is_match(&self, lead: &str, name: &str) -> bool {
        let literal = self.literal.get(..usize::from(self.len)).unwrap_or_default();
        let (lead, name) = (lead.as_bytes(), name.as_bytes());
        if let Some(rest) = after(literal, lead, name) {
            // The empty literal does not consume the lead.
            let lead = if literal.is_empty() { lead } else { &[] };
            let begins = match self.tail {
                Tail::Nothing | Tail::Anything => true,
                Tail::End => rest.is_empty() && lead.is_empty(),
                Tail::AnythingToEnd => !rest.contains(&b'\n'),
                Tail::Repeated { class, at_least_one, to_end } => {
                    let holds = |byte: &u8| class.holds(*byte);
                    let begins = !at_least_one || lead.first().or(rest.first()).is_some_and(holds);
                    begins && (!to_end || lead.iter().all(holds) && rest.iter().all(holds))
                }
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
            // `.*$` must reach the end on one line, so the literal must be on the last line.
            Tail::AnythingToEnd => {
                let last_line = name.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
                find(literal, last_line)
            }
            Tail::Nothing | Tail::Anything | Tail::Repeated { .. } => find(literal, name),
        }
    }
}

/// Returns the rest of `name` if `lead` followed by `name` begins with the literal.
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
    #[allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "evaluated when compiled"
    )]
    while position < meta.len() {
        is_meta[meta[position] as usize] = true;
        position += 1;
    }
    is_meta
};
