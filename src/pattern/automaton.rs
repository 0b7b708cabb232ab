//! The fast engine: a position automaton whose sets of positions are machine words. Refuses patterns of more than 63
//! positions, and `\C`; these are for the general engine.
//!
//! Every character of the pattern is a position, and so is every assertion, which is passed without consuming anything
//! where it holds. One more position accepts. The state is the set of positions that may come next.

mod build;

use alloc::vec::Vec;

use super::stack::Stack;
use super::syntax::parse;
use super::{Budget, Match, PatternError};
use build::Builder;

/// A code from here on is the index of a class; below, it is the ASCII character itself.
const CLASS: u8 = 0x80;

/// A compiled pattern. Plain data in place; only what is unusual is on the heap.
#[derive(Clone)]
pub(super) struct Automaton {
    /// Where matching begins.
    first: u64,
    /// The position that accepts, as a set.
    accept: u64,
    /// The positions followed by the one after them, by themselves, or by others too.
    chain: u64,
    repeated: u64,
    branching: u64,
    complex: Stack<(u64, u64), 4>,
    assertions: Assertions,
    consuming: u64,
    /// The ASCII character or the class of each position.
    codes: [u8; 64],
    classes: Stack<Class, 3>,
    ranges: Vec<(u32, u32)>,
    /// The positions, from the first one up to the second, of the literal characters that all matches begin with.
    prefix: (u8, u8),
    /// The literal character that a match can only begin with.
    literal: Option<u8>,
    starts_at_begin: bool,
    /// Whether the empty match fits between the bytes of one character, which `\B` allows.
    within_char: bool,
    /// Steps of one character, at most.
    unit: u64,
}

/// The positions of assertions, a set for each kind.
#[derive(Clone, Copy, Default)]
struct Assertions {
    begin_text: u64,
    end_text: u64,
    begin_line: u64,
    end_line: u64,
    boundary: u64,
    no_boundary: u64,
}

impl Assertions {
    /// Those that can hold between two characters.
    fn inner(&self) -> u64 {
        self.begin_line | self.end_line | self.boundary | self.no_boundary
    }

    fn all(&self) -> u64 {
        self.inner() | self.begin_text | self.end_text
    }

    /// Those that hold between `previous` and `next`.
    fn holding(&self, previous: Option<u32>, next: Option<u32>) -> u64 {
        let is_word = |code: Option<u32>| {
            let byte = code.and_then(|code| u8::try_from(code).ok());
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let mut holding = if is_word(previous) == is_word(next) { self.no_boundary } else { self.boundary };
        match previous {
            None => holding |= self.begin_text | self.begin_line,
            Some(0x0a) => holding |= self.begin_line,
            Some(_) => {}
        }
        match next {
            None => holding |= self.end_text | self.end_line,
            Some(0x0a) => holding |= self.end_line,
            Some(_) => {}
        }
        holding
    }
}

/// A set of characters: those within ASCII as bits, and a stretch of the automaton's list of ranges.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Class {
    ascii: [u64; 2],
    from: u32,
    /// How many ranges; `u32::MAX` for every character beyond ASCII.
    count: u32,
}

impl Class {
    const ALL: u32 = u32::MAX;
    const NONE: Self = Self { ascii: [0; 2], from: 0, count: 0 };

    #[inline]
    fn holds(&self, code: u32, ranges: &[(u32, u32)]) -> bool {
        match code >> 6 {
            0 => self.ascii[0].wrapping_shr(code) & 1 == 1,
            1 => self.ascii[1].wrapping_shr(code) & 1 == 1,
            _ if self.count == Self::ALL => true,
            _ => self.holds_beyond(code, ranges),
        }
    }

    fn holds_beyond(&self, code: u32, ranges: &[(u32, u32)]) -> bool {
        let from = usize::try_from(self.from).unwrap_or(usize::MAX);
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        let ranges = ranges.get(from..from.saturating_add(count)).unwrap_or_default();
        let index = ranges.partition_point(|&(_, high)| high < code);
        ranges.get(index).is_some_and(|&(low, _)| low <= code)
    }
}

/// What is left of a name that comes in two parts, both valid UTF-8.
struct Input<'a> {
    now: &'a [u8],
    later: &'a [u8],
}

impl<'a> Input<'a> {
    #[inline]
    fn new(lead: &'a [u8], name: &'a [u8]) -> Self {
        if lead.is_empty() { Self { now: name, later: &[] } } else { Self { now: lead, later: name } }
    }

    /// Takes the next code point.
    #[inline]
    fn next(&mut self) -> Option<u32> {
        if let [byte, rest @ ..] = self.now {
            if *byte < 0x80 {
                self.now = rest;
                return Some(u32::from(*byte));
            }
            return self.next_beyond();
        }
        if self.later.is_empty() {
            return None;
        }
        self.now = core::mem::take(&mut self.later);
        self.next_beyond()
    }

    /// The same for any first byte.
    fn next_beyond(&mut self) -> Option<u32> {
        let (&first, mut rest) = self.now.split_first()?;
        let mut code = match first {
            0..0x80 => u32::from(first),
            0x80..0xe0 => u32::from(first & 0x1f),
            0xe0..0xf0 => u32::from(first & 0x0f),
            0xf0.. => u32::from(first & 0x07),
        };
        while let [byte @ 0x80..0xc0, after @ ..] = rest {
            code = code << 6 | u32::from(byte & 0x3f);
            rest = after;
        }
        self.now = rest;
        Some(code)
    }

    /// Takes the bytes of this part that come before the first one that `ends`.
    #[inline]
    fn skip(&mut self, ends: impl Fn(u8) -> bool) -> Option<u8> {
        let count = self.now.iter().position(|&byte| ends(byte)).unwrap_or(self.now.len());
        let (skipped, rest) = self.now.split_at_checked(count)?;
        self.now = rest;
        skipped.last().copied()
    }

    /// What is left without the `prefix`, or nothing if it begins otherwise.
    #[inline]
    fn strip(self, prefix: &[u8]) -> Option<Self> {
        match prefix.split_at_checked(self.now.len()) {
            Some((now, later)) if !self.later.is_empty() => {
                Some(Self { now: self.later.strip_prefix(later)?, later: self.now.strip_prefix(now)? })
            }
            _ => Some(Self { now: self.now.strip_prefix(prefix)?, later: self.later }),
        }
    }
}

impl Automaton {
    /// Reads and builds a pattern, and says whether it has a capturing group. `None` if it does not fit.
    #[inline]
    pub(super) fn compile(pattern: &str, budget: &mut Budget) -> Result<(Option<Self>, bool), PatternError> {
        let mut builder = Builder::new();
        let captures = parse(pattern, budget, &mut builder)?;
        Ok((builder.finish(), captures))
    }

    /// Matches the name that `lead` and `name` make together.
    #[inline]
    pub(super) fn matches(&self, lead: &str, name: &str, budget: &mut Budget) -> Result<Match, PatternError> {
        let (lead, name) = (lead.as_bytes(), name.as_bytes());
        let length = lead.len().saturating_add(name.len()).saturating_add(1);
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        budget.charge(length.saturating_mul(self.unit))?;
        let found = self.at_beginning(Input::new(lead, name));
        if found != Match::No || self.starts_at_begin {
            return Ok(found);
        }
        let inside = self.floating(Input::new(lead, name)) || self.within_char && !(lead.is_ascii() && name.is_ascii());
        Ok(if inside { Match::Inside } else { Match::No })
    }

    /// What matches begin where the name begins. Literal characters there are compared as they are.
    #[inline]
    fn at_beginning(&self, input: Input<'_>) -> Match {
        let prefix = self.codes.get(self.prefix.0.into()..self.prefix.1.into()).unwrap_or_default();
        let Some(&last) = prefix.last() else {
            return self.anchored(input, self.first, None);
        };
        match input.strip(prefix) {
            Some(rest) => {
                let reach = self.step(1_u64.wrapping_shl(u32::from(self.prefix.1).wrapping_sub(1)));
                self.anchored(rest, reach, Some(last.into()))
            }
            None => Match::No,
        }
    }

    /// Runs from the beginning alone, as long as anything can still match.
    #[inline]
    fn anchored(&self, mut input: Input<'_>, mut reach: u64, mut previous: Option<u32>) -> Match {
        let mut found = Match::No;
        let inner = self.assertions.inner();
        let consuming = self.consuming;
        loop {
            let next = input.next();
            reach = self.pass(reach, inner, previous, next);
            let accepts = reach & self.accept != 0;
            let Some(code) = next else {
                return if accepts { Match::Whole } else { found };
            };
            if accepts {
                found = Match::Inside;
            }
            let candidates = reach & consuming;
            let after = self.step(self.consume(candidates, code));
            if after == 0 {
                return found;
            }
            previous = next;
            if after == reach && candidates.is_power_of_two() && reach & inner == 0 {
                // Nothing changes until something else than this one position's characters comes.
                if let Some(last) = self.skip_run(candidates, &mut input) {
                    previous = Some(last.into());
                }
            }
            reach = after;
        }
    }

    /// Skips bytes that a position surely takes. Of the last one it matters only whether it ends a line or a word, and no
    /// part of a character beyond ASCII does.
    #[inline]
    fn skip_run(&self, position: u64, input: &mut Input<'_>) -> Option<u8> {
        let code = self.code(position.trailing_zeros());
        let Some(class) = self.class(code) else {
            return input.skip(|byte| byte != code);
        };
        let all = class.count == Class::ALL;
        input.skip(|byte| match byte >> 6 {
            0 => class.ascii[0].wrapping_shr(byte.into()) & 1 == 0,
            1 => class.ascii[1].wrapping_shr(byte.into()) & 1 == 0,
            _ => !all,
        })
    }

    /// Runs from everywhere at once, until something matches.
    #[inline]
    fn floating(&self, mut input: Input<'_>) -> bool {
        let inner = self.assertions.inner();
        let mut previous = None;
        let mut reach = self.first;
        loop {
            if reach == self.first {
                if let Some(literal) = self.literal {
                    previous = input.skip(|byte| byte == literal).map(u32::from).or(previous);
                }
            }
            let next = input.next();
            reach = self.pass(reach, inner, previous, next);
            if reach & self.accept != 0 {
                return true;
            }
            let Some(code) = next else {
                return false;
            };
            reach = self.step(self.consume(reach & self.consuming, code)) | self.first;
            previous = next;
        }
    }

    /// Passes the assertions that hold here.
    #[inline]
    fn pass(&self, reach: u64, inner: u64, previous: Option<u32>, next: Option<u32>) -> u64 {
        let at_end = previous.is_none() || next.is_none();
        let possible = if at_end { !self.consuming } else { inner };
        if reach & possible & !self.accept == 0 {
            return reach;
        }
        self.pass_holding(reach, self.assertions.holding(previous, next))
    }

    fn pass_holding(&self, mut reach: u64, holding: u64) -> u64 {
        let mut fresh = reach & holding;
        while fresh != 0 {
            let added = self.step(fresh) & !reach;
            reach |= added;
            fresh = added & holding;
        }
        reach
    }

    /// The positions of `candidates` that consume the character.
    #[inline]
    fn consume(&self, candidates: u64, code: u32) -> u64 {
        let mut consumed = 0;
        let mut left = candidates;
        while left != 0 {
            let lowest = left & left.wrapping_neg();
            let wanted = self.code(left.trailing_zeros());
            let takes = match self.class(wanted) {
                None => u32::from(wanted) == code,
                Some(class) => class.holds(code, &self.ranges),
            };
            if takes {
                consumed |= lowest;
            }
            left ^= lowest;
        }
        consumed
    }

    /// The character of a position, or its class.
    #[inline]
    fn code(&self, position: u32) -> u8 {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        self.codes.get(position).copied().unwrap_or_default()
    }

    #[inline]
    fn class(&self, code: u8) -> Option<&Class> {
        let class = code.checked_sub(CLASS)?;
        self.classes.get(class.into())
    }

    /// The positions that follow those of `active`.
    #[inline]
    fn step(&self, active: u64) -> u64 {
        let mut next = (active & self.chain) << 1 | active & self.repeated;
        if active & self.branching != 0 {
            for &(position, followers) in self.complex.iter() {
                if active & position != 0 {
                    next |= followers;
                }
            }
        }
        next
    }
}
