//! Parses a pattern in RE2's dialect into a list of its parts. Refuses what RE2 refuses. Nothing
//! here recurses.

mod case_fold;
mod class;
mod escape;
mod groups;
#[cfg(test)]
mod tests;
mod unicode;

pub(super) use class::CharSet;
pub(super) use groups::{DIGIT, LOWER, UPPER, WORD, perl as perl_class};
pub(super) use unicode::is_member;

use alloc::vec::Vec;

use super::budget::steps;
use super::parsed::{Assertion, Parsed, Part};
use super::small_stack::SmallStack;
use super::{Budget, PatternError, PatternErrorKind};

/// RE2's limit on a count, and on the product of nested counts.
const MAX_REPEAT: u16 = 1000;
/// A number this large in braces makes RE2 read the brace as a literal.
const NUMBER_OVERFLOW: u32 = 100_000_000;

const FOLD: u8 = 1;
const MULTI_LINE: u8 = 2;
const DOT_NEW_LINE: u8 = 4;
const UNGREEDY: u8 = 8;

/// Parses the text of `parsed` into its parts.
#[inline]
pub(super) fn parse<'a>(parsed: &mut Parsed<'a>, budget: &mut Budget) -> Result<(), PatternError> {
    let pattern: &'a str = parsed.text();
    budget.charge(steps(pattern.len()).saturating_mul(4).saturating_add(64))?;
    let mut parser = Parser {
        text: pattern,
        bytes: pattern.as_bytes(),
        at: 0,
        flags: 0,
        groups: SmallStack::new(Group::default()),
        operand: 0,
        largest: 1,
        set: CharSet::new(),
        posix_ends: true,
        parsed,
        budget,
    };
    parser.run()
}

/// The state that a closing parenthesis restores.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    at: usize,
    flags: u8,
    largest: u16,
}

struct Parser<'a, 'b> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    flags: u8,
    groups: SmallStack<Group, 4>,
    /// The largest product of nested counts within the item that a repetition would apply to; 0 if
    /// there is no such item.
    operand: u16,
    /// The same for the whole of the innermost open group.
    largest: u16,
    set: CharSet,
    /// False once no `:]` follows any more, so that searching for it never costs quadratic time.
    posix_ends: bool,
    parsed: &'b mut Parsed<'a>,
    budget: &'b mut Budget,
}

impl<'a> Parser<'a, '_> {
    fn run(&mut self) -> Result<(), PatternError> {
        let mut repeated = false;
        while let Some(byte) = self.peek() {
            let was_repeated = core::mem::replace(&mut repeated, false);
            match byte {
                b'*' | b'+' | b'?' => {
                    self.repeat_sign(byte, was_repeated)?;
                    repeated = true;
                }
                b'{' => repeated = self.brace(was_repeated)?,
                b'(' => self.open_group()?,
                b')' => self.close_group()?,
                b'|' => {
                    self.advance(1);
                    self.operand = 0;
                    self.parsed.has_alternatives = true;
                    self.parsed.push(Part::Bar);
                }
                b'^' if self.has(MULTI_LINE) => self.assertion(Assertion::BeginLine, 1),
                b'^' => self.assertion(Assertion::BeginText, 1),
                b'$' if self.has(MULTI_LINE) => self.assertion(Assertion::EndLine, 1),
                b'$' => self.assertion(Assertion::EndText, 1),
                b'.' => self.dot()?,
                b'[' => self.class()?,
                b'\\' => self.backslash()?,
                _ if self.has(FOLD) => self.literal_here()?,
                _ => self.literal_run()?,
            }
        }
        match self.groups.pop() {
            Some(group) => Err(syntax(group.at, "expected `)` to close the group")),
            None => Ok(()),
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn peek_at(&self, offset: usize) -> Option<u8> {
        self.bytes.get(self.at.saturating_add(offset)).copied()
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    #[inline]
    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Takes the next character.
    fn next_char(&mut self) -> Option<char> {
        let next = self.text.get(self.at..)?.chars().next()?;
        self.advance(next.len_utf8());
        Some(next)
    }

    #[inline]
    fn assertion(&mut self, assertion: Assertion, length: usize) {
        self.advance(length);
        self.operand = 1;
        self.parsed.push(Part::Assertion(assertion));
    }

    /// Reads a run of characters that stand for themselves.
    #[inline]
    fn literal_run(&mut self) -> Result<(), PatternError> {
        let rest = self.rest();
        let length = rest.iter().position(|&byte| !is_plain(byte)).unwrap_or(rest.len());
        if length < 2 {
            return self.literal_here();
        }
        let at = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.parsed.push(Part::Literals { from: at(self.at), len: at(length) });
        self.operand = 1;
        self.advance(length);
        Ok(())
    }

    #[inline]
    fn literal_here(&mut self) -> Result<(), PatternError> {
        match self.peek() {
            Some(byte) if byte < 0x80 => {
                self.advance(1);
                self.literal(byte.into())
            }
            _ => match self.next_char() {
                Some(next) => self.literal(next.into()),
                None => Ok(()),
            },
        }
    }

    #[inline]
    fn literal(&mut self, code: u32) -> Result<(), PatternError> {
        self.operand = 1;
        match u8::try_from(code) {
            Ok(byte) if byte < 0x80 && !(self.has(FOLD) && byte.is_ascii_alphabetic()) => {
                self.parsed.push(Part::Literal(byte));
                Ok(())
            }
            _ => {
                self.set.clear();
                self.set.add(code, code, self.budget)?;
                self.emit_item()
            }
        }
    }

    fn dot(&mut self) -> Result<(), PatternError> {
        self.advance(1);
        self.set.set_dot();
        if self.has(DOT_NEW_LINE) {
            self.set.add_all();
        }
        self.emit_set()
    }

    /// Emits the set that has been built, folded under `(?i)`.
    fn emit_item(&mut self) -> Result<(), PatternError> {
        if self.has(FOLD) {
            self.set.fold(self.budget)?;
        }
        self.emit_set()
    }

    /// Emits the set that has been built.
    fn emit_set(&mut self) -> Result<(), PatternError> {
        self.operand = 1;
        self.set.finish(self.budget)?;
        // The ranges are compared with those of other classes, and kept.
        self.budget.charge(steps(self.set.ranges().len()).saturating_mul(8))?;
        self.parsed.push_class(&self.set);
        Ok(())
    }

    fn backslash(&mut self) -> Result<(), PatternError> {
        match self.peek_at(1) {
            Some(b'b') => self.assertion(Assertion::WordBoundary, 2),
            Some(b'B') => self.assertion(Assertion::NotWordBoundary, 2),
            Some(b'A') => self.assertion(Assertion::BeginText, 2),
            Some(b'z') => self.assertion(Assertion::EndText, 2),
            Some(b'C') => {
                self.advance(2);
                self.operand = 1;
                self.parsed.push(Part::AnyByte);
            }
            Some(b'Q') => self.quoted()?,
            _ => {
                self.set.clear();
                if self.class_group()? {
                    return self.emit_item();
                }
                let code = self.escape()?;
                return self.literal(code);
            }
        }
        Ok(())
    }

    /// Reads `\Q` and the text up to `\E` or the end.
    fn quoted(&mut self) -> Result<(), PatternError> {
        self.advance(2);
        while self.peek().is_some() {
            if self.rest().starts_with(b"\\E") {
                self.advance(2);
                break;
            }
            self.literal_here()?;
        }
        Ok(())
    }

    #[inline]
    fn repeat_sign(&mut self, sign: u8, repeated: bool) -> Result<(), PatternError> {
        let at = self.at;
        self.end_repetition(1, repeated)?;
        let (min, max) = match sign {
            b'*' => (0, None),
            b'+' => (1, None),
            _ => (0, Some(1)),
        };
        self.repeat(at, min, max)
    }

    /// Skips the sign or the braces of a repetition, and a `?` after them: the lazy forms match the
    /// same names.
    #[inline]
    fn end_repetition(&mut self, length: usize, repeated: bool) -> Result<(), PatternError> {
        let at = self.at;
        self.advance(length);
        if self.peek() == Some(b'?') {
            self.advance(1);
        }
        if repeated {
            return Err(syntax(at, "expected no repetition right after a repetition"));
        }
        Ok(())
    }

    #[inline]
    fn repeat(&mut self, at: usize, min: u16, max: Option<u16>) -> Result<(), PatternError> {
        if self.operand == 0 {
            return Err(syntax(at, "expected something to repeat"));
        }
        self.parsed.push(Part::Repeat { min, max });
        Ok(())
    }

    /// Reads a brace, which begins a count or stands for itself. Returns true for a count.
    fn brace(&mut self, repeated: bool) -> Result<bool, PatternError> {
        let at = self.at;
        let Some((min, max, length)) = count(self.rest()) else {
            self.literal_here()?;
            return Ok(false);
        };
        self.end_repetition(length, repeated)?;
        if max.is_some_and(|max| max < min) {
            return Err(syntax(at, "expected a lower count before a higher one"));
        }
        let (min, max) = match (u16::try_from(min), max.map(u16::try_from)) {
            (Ok(min), None) => (min, None),
            (Ok(min), Some(Ok(max))) => (min, Some(max)),
            _ => (u16::MAX, None),
        };
        let largest = max.unwrap_or(min).max(1);
        let product = largest.saturating_mul(self.operand);
        if largest > MAX_REPEAT {
            return Err(syntax(at, "expected a count of at most 1000"));
        }
        if product > MAX_REPEAT {
            return Err(syntax(at, "expected nested counts that multiply to at most 1000"));
        }
        self.repeat(at, min, max)?;
        self.operand = product;
        self.largest = self.largest.max(product);
        Ok(true)
    }

    fn open_group(&mut self) -> Result<(), PatternError> {
        let at = self.at;
        let flags = self.flags;
        if self.peek_at(1) != Some(b'?') {
            self.advance(1);
            self.parsed.has_capturing_group = true;
        } else if groups::is_look_around(self.rest()) {
            return Err(syntax(at, "expected no look-around: RE2 has none"));
        } else if self.rest().starts_with(b"(?P<") {
            self.group_name(4)?;
        } else if self.rest().starts_with(b"(?<") {
            self.group_name(3)?;
        } else if !self.group_flags()? {
            return Ok(());
        }
        self.groups.push(Group { at, flags, largest: self.largest });
        self.largest = 1;
        self.operand = 0;
        self.parsed.push(Part::Open);
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), PatternError> {
        let Some(group) = self.groups.pop() else {
            return Err(syntax(self.at, "expected no `)` without a `(`"));
        };
        self.advance(1);
        self.flags = group.flags;
        self.operand = self.largest;
        self.largest = self.largest.max(group.largest);
        self.parsed.push(Part::Close);
        Ok(())
    }

    /// Reads the name of a group, after `prefix` bytes. RE2 allows a name to occur several times.
    fn group_name(&mut self, prefix: usize) -> Result<(), PatternError> {
        let name = self.rest().get(prefix..).unwrap_or_default();
        let Some(length) = name.iter().position(|&byte| byte == b'>') else {
            return Err(syntax(self.at, "expected `>` to end the name of the group"));
        };
        let start = self.at.saturating_add(prefix);
        let name = self.text.get(start..start.saturating_add(length)).unwrap_or_default();
        if name.is_empty() || !self.is_group_name(name)? {
            return Err(syntax(
                self.at,
                "expected letters, digits and underscores as the name of the group",
            ));
        }
        self.advance(prefix.saturating_add(length).saturating_add(1));
        self.parsed.has_capturing_group = true;
        Ok(())
    }

    /// Reports whether RE2 takes every character in the name of a group.
    fn is_group_name(&mut self, name: &str) -> Result<bool, PatternError> {
        let is_word = |next: &char| next.is_ascii_alphanumeric() || *next == '_';
        let mut others: Vec<char> = name.chars().filter(|next| !is_word(next)).collect();
        if others.iter().any(char::is_ascii) {
            return Ok(false);
        }
        for category in unicode::GROUP_NAME {
            if others.is_empty() {
                break;
            }
            self.budget.charge(
                steps(others.len()).saturating_mul(8).saturating_add(unicode::TABLE_STEPS),
            )?;
            let members = unicode::property(category).unwrap_or_default();
            others.retain(|next| !is_member(&members, u32::from(*next)));
        }
        Ok(others.is_empty())
    }

    /// Reads `(?flags)` or `(?flags:`. Returns true if it opens a group.
    fn group_flags(&mut self) -> Result<bool, PatternError> {
        let at = self.at;
        let (mut set, mut negated, mut seen) = (self.flags, false, false);
        self.advance(2);
        loop {
            let sign = self.peek();
            self.advance(1);
            let flag = match sign {
                Some(b'i') => FOLD,
                Some(b'm') => MULTI_LINE,
                Some(b's') => DOT_NEW_LINE,
                Some(b'U') => UNGREEDY,
                Some(b'-') if !negated => {
                    (negated, seen) = (true, false);
                    continue;
                }
                Some(sign @ (b':' | b')')) if seen || !negated => {
                    self.flags = set;
                    return Ok(sign == b':');
                }
                _ => return Err(syntax(at, "expected flags of `imsU` and then `:` or `)`")),
            };
            seen = true;
            if negated {
                set &= !flag;
            } else {
                set |= flag;
            }
        }
    }
}

/// Reports whether a byte is a whole character that always stands for itself.
#[inline]
fn is_plain(byte: u8) -> bool {
    const SPECIAL: u128 = {
        let (mut set, mut rest) = (0, b"\\^$.|?*+()[{".as_slice());
        while let [byte, after @ ..] = rest {
            set |= 1 << *byte;
            rest = after;
        }
        set
    };
    byte < 0x80 && SPECIAL.wrapping_shr(byte.into()) & 1 == 0
}

/// Reads the counts in braces. Returns them with the number of bytes read. Text with leading zeros
/// or huge numbers is not a count.
fn count(text: &[u8]) -> Option<(u32, Option<u32>, usize)> {
    let (min, rest) = number(text.strip_prefix(b"{")?)?;
    let (max, rest) = match rest.strip_prefix(b",") {
        None => (Some(min), rest),
        Some(rest) if rest.starts_with(b"}") => (None, rest),
        Some(rest) => {
            let (max, rest) = number(rest)?;
            (Some(max), rest)
        }
    };
    let rest = rest.strip_prefix(b"}")?;
    Some((min, max, text.len().saturating_sub(rest.len())))
}

fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(digits)?;
    if digits.is_empty() || digits.len() > 1 && digits.starts_with(b"0") {
        return None;
    }
    let mut value = 0_u32;
    for digit in digits {
        if value >= NUMBER_OVERFLOW {
            return None;
        }
        let digit = digit.saturating_sub(b'0');
        value = value.saturating_mul(10).saturating_add(digit.into());
    }
    Some((value, rest))
}

#[cold]
fn syntax(at: usize, message: &'static str) -> PatternError {
    PatternError::new(PatternErrorKind::Syntax, at, message)
}
