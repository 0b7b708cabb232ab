//! The fast engine: a position automaton whose sets of positions are machine words. Refuses patterns of more than 63
//! positions, and `\C`; these are for the general engine.
//!
//! Every character of the pattern is a position, and so is every assertion, which is passed without consuming anything
//! where it holds. One more position accepts. The state is the set of positions that may come next.

mod build;

use alloc::vec::Vec;
use core::str::Chars;

use super::stack::Stack;
use super::syntax::parse;
use super::{Budget, Match, PatternError};
use build::Builder;

/// A code from here on is the index of a class; below, it is the ASCII character itself.
const CLASS: u8 = 0x80;

/// A compiled pattern. Plain data in place; only what is unusual is on the heap.
#[derive(Debug, Clone)]
pub(super) struct Automaton {
    /// Where matching begins.
    first: u64,
    /// The position that accepts, as a set.
    accept: u64,
    /// The positions followed by the one after them, by themselves, or by others too.
    chain: u64,
    repeated: u64,
    complex: Stack<(u64, u64), 4>,
    assertions: Assertions,
    /// The ASCII character or the class of each position.
    codes: [u8; 64],
    classes: Stack<Class, 3>,
    ranges: Vec<(u32, u32)>,
    /// How many literal characters follow the `^` that all matches begin with.
    prefix: u8,
    starts_at_begin: bool,
    /// Whether the empty match fits between the bytes of one character, which `\B` allows.
    within_char: bool,
    /// Steps of one character, at most.
    unit: u64,
}

/// The positions of assertions, a set for each kind.
#[derive(Debug, Clone, Copy, Default)]
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
    fn holding(&self, previous: Option<char>, next: Option<char>) -> u64 {
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        let mut holding = if is_word(previous) == is_word(next) { self.no_boundary } else { self.boundary };
        match previous {
            None => holding |= self.begin_text | self.begin_line,
            Some('\n') => holding |= self.begin_line,
            Some(_) => {}
        }
        match next {
            None => holding |= self.end_text | self.end_line,
            Some('\n') => holding |= self.end_line,
            Some(_) => {}
        }
        holding
    }
}

/// A set of characters: those within ASCII as bits, and a stretch of the automaton's list of ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    fn holds(&self, c: char, ranges: &[(u32, u32)]) -> bool {
        let code = u32::from(c);
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

/// What is left of a name that comes in two parts.
struct Input<'a> {
    now: Chars<'a>,
    later: &'a str,
}

impl Input<'_> {
    #[inline]
    fn next(&mut self) -> Option<char> {
        match self.now.next() {
            None if !self.later.is_empty() => {
                self.now = core::mem::take(&mut self.later).chars();
                self.now.next()
            }
            next => next,
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
        let length = lead.len().saturating_add(name.len()).saturating_add(1);
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        budget.charge(length.saturating_mul(self.unit))?;
        if self.starts_at_begin {
            return Ok(self.anchored_with_prefix(lead, name));
        }
        Ok(match self.anchored(input(lead, name), self.first, None) {
            Match::No if self.floating(input(lead, name)) => Match::Inside,
            Match::No if self.within_char && !(lead.is_ascii() && name.is_ascii()) => Match::Inside,
            found => found,
        })
    }

    /// Every match begins where the name begins; literal characters there are compared as they are.
    #[inline]
    fn anchored_with_prefix(&self, lead: &str, name: &str) -> Match {
        let prefix = self.codes.get(1..=self.prefix.into()).unwrap_or_default();
        let (lead_part, name_part) = prefix.split_at_checked(lead.len()).unwrap_or((prefix, &[]));
        let Some(last) = prefix.last() else {
            return self.anchored(input(lead, name), self.first, None);
        };
        if !name.as_bytes().starts_with(name_part) {
            return Match::No;
        }
        let input = if lead_part.len() == lead.len() {
            if lead_part != lead.as_bytes() {
                return Match::No;
            }
            // The prefix is ASCII, so that a character begins after it.
            input("", name.get(name_part.len()..).unwrap_or_default())
        } else {
            match lead.as_bytes().strip_prefix(lead_part) {
                Some(_) => input(lead.get(lead_part.len()..).unwrap_or_default(), name),
                None => return Match::No,
            }
        };
        let reach = self.step(1_u64.wrapping_shl(self.prefix.into()));
        self.anchored(input, reach, Some(char::from(*last)))
    }

    /// Runs from the beginning alone, as long as anything can still match.
    #[inline]
    fn anchored(&self, mut input: Input<'_>, mut reach: u64, mut previous: Option<char>) -> Match {
        let mut found = Match::No;
        let inner = self.assertions.inner();
        loop {
            let next = input.next();
            reach = self.pass(reach, inner, previous, next);
            let accepts = reach & self.accept != 0;
            let Some(c) = next else {
                return if accepts { Match::Whole } else { found };
            };
            if accepts {
                found = Match::Inside;
            }
            reach = self.step(self.consume(reach, c));
            if reach == 0 {
                return found;
            }
            previous = next;
        }
    }

    /// Runs from everywhere at once, until something matches.
    #[inline]
    fn floating(&self, mut input: Input<'_>) -> bool {
        let inner = self.assertions.inner();
        let mut previous = None;
        let mut reach = self.first;
        loop {
            let next = input.next();
            reach = self.pass(reach, inner, previous, next);
            if reach & self.accept != 0 {
                return true;
            }
            let Some(c) = next else {
                return false;
            };
            reach = self.step(self.consume(reach, c)) | self.first;
            previous = next;
        }
    }

    /// Passes the assertions that hold here.
    #[inline]
    fn pass(&self, reach: u64, inner: u64, previous: Option<char>, next: Option<char>) -> u64 {
        let at_end = previous.is_none() || next.is_none();
        let possible = if at_end { self.assertions.all() } else { inner };
        if reach & possible == 0 {
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

    /// The positions of `reach` that consume `c`. Assertions and the accepting position have a class without members.
    #[inline]
    fn consume(&self, reach: u64, c: char) -> u64 {
        let mut consumed = 0;
        let mut left = reach & !(self.assertions.all() | self.accept);
        while left != 0 {
            let lowest = left & left.wrapping_neg();
            if self.takes(left.trailing_zeros(), c) {
                consumed |= lowest;
            }
            left ^= lowest;
        }
        consumed
    }

    #[inline]
    fn takes(&self, position: u32, c: char) -> bool {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        let code = self.codes.get(position).copied().unwrap_or_default();
        match code.checked_sub(CLASS) {
            None => char::from(code) == c,
            Some(class) => {
                let class = self.classes.get(class.into()).unwrap_or(&Class::NONE);
                class.holds(c, &self.ranges)
            }
        }
    }

    /// The positions that follow those of `active`.
    #[inline]
    fn step(&self, active: u64) -> u64 {
        let mut next = (active & self.chain) << 1 | active & self.repeated;
        for &(position, followers) in self.complex.iter() {
            if active & position != 0 {
                next |= followers;
            }
        }
        next
    }
}

#[inline]
fn input<'a>(lead: &'a str, name: &'a str) -> Input<'a> {
    if lead.is_empty() {
        return Input { now: name.chars(), later: "" };
    }
    Input { now: lead.chars(), later: name }
}
