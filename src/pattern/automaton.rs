//! The fast engine: a position automaton whose sets of positions take 1, 4 or 32 machine words.
//! Refuses `\C` and patterns of more than 63, 255 or 2047 positions, which go to the next larger
//! engine.
//!
//! Every character of the pattern is a position. So is every assertion; where it holds, it is
//! passed without consuming a character. One more position accepts. The state is the set of
//! positions that may come next.

mod build;
mod char_masks;
mod followers;
mod set;

use super::Budget;
use super::budget::{Exhausted, steps};
use super::draft::PREFIX_STEPS;
use super::parsed::{Assertion, Class, Classes};
use Assertion::{BeginLine, BeginText, EndLine, EndText, NotWordBoundary, WordBoundary};
pub(super) use build::{build, build_boxed};
use char_masks::CharMasks;
use followers::Followers;
pub(super) use set::Set;
use set::Words;

/// Sets for patterns of 64 to 255 positions.
pub(super) type Quad = Words<4>;
/// Sets for larger patterns. A usual automaton of a thousand positions takes about ten kilobytes,
/// and 256 bytes for each position while it is built. The worst takes one megabyte, and four while
/// it is built.
pub(super) type Large = Words<32>;

/// A code from here on is the index of a class; below, it is the ASCII character itself.
const CLASS: u8 = 0x80;

/// A compiled pattern. Usual patterns need no heap memory.
#[derive(Clone)]
pub(super) struct Automaton<S: Set> {
    /// The positions at which matching begins.
    first: S,
    /// The position that accepts, as a set.
    accept: S,
    followers: Followers<S>,
    assertions: Assertions<S>,
    consuming: S,
    /// The ASCII character or the class of each position.
    codes: S::Codes,
    char_masks: S::CharMasks,
    classes: Classes,
    /// The range of positions of the literal characters that every match begins with, without its
    /// end.
    prefix: (u16, u16),
    /// The literal character that every match begins with.
    literal: Option<u8>,
    starts_at_begin: bool,
    /// The most steps for one character, without passing assertions in sets of several words.
    unit: u64,
}

/// The positions of assertions, one set for each kind.
#[derive(Clone, Copy)]
struct Assertions<S>([S; 6]);

impl<S: Set> Assertions<S> {
    #[inline]
    fn of(&self, assertion: Assertion) -> S {
        self.0.get(assertion as usize).copied().unwrap_or(S::EMPTY)
    }

    /// Returns the assertions that can hold between two characters.
    fn inner(&self) -> S {
        self.of(BeginLine) | self.of(EndLine) | self.of(WordBoundary) | self.of(NotWordBoundary)
    }

    fn all(&self) -> S {
        self.inner() | self.of(BeginText) | self.of(EndText)
    }

    /// Returns the assertions that hold between `previous` and `next`.
    fn holding(&self, previous: Option<u32>, next: Option<u32>) -> S {
        let is_word = |code: Option<u32>| {
            let byte = code.and_then(|code| u8::try_from(code).ok());
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let is_inside = is_word(previous) == is_word(next);
        let mut holding = self.of(if is_inside { NotWordBoundary } else { WordBoundary });
        match previous {
            None => holding |= self.of(BeginText) | self.of(BeginLine),
            Some(0x0a) => holding |= self.of(BeginLine),
            Some(_) => {}
        }
        match next {
            None => holding |= self.of(EndText) | self.of(EndLine),
            Some(0x0a) => holding |= self.of(EndLine),
            Some(_) => {}
        }
        holding
    }
}

/// The rest of a name that is given in two parts, both valid UTF-8.
struct Input<'a> {
    now: &'a [u8],
    later: &'a [u8],
}

impl<'a> Input<'a> {
    #[inline]
    fn new(lead: &'a [u8], name: &'a [u8]) -> Self {
        if lead.is_empty() {
            Self { now: name, later: &[] }
        } else {
            Self { now: lead, later: name }
        }
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

    /// Takes the next code point, whatever its first byte.
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

    /// Takes the bytes before the first one that `ends`. Returns the last byte taken.
    #[inline]
    fn skip(&mut self, ends: impl Fn(u8) -> bool) -> Option<u8> {
        let count = self.now.iter().position(|&byte| ends(byte)).unwrap_or(self.now.len());
        let (skipped, rest) = self.now.split_at_checked(count)?;
        self.now = rest;
        skipped.last().copied()
    }

    /// Returns the input after the `prefix`; `None` if it does not begin with it.
    #[inline]
    fn strip(self, prefix: &[u8]) -> Option<Self> {
        match prefix.split_at_checked(self.now.len()) {
            // The prefix takes all of this part.
            Some((now, later)) => Some(Self {
                now: self.later.strip_prefix(later)?,
                later: self.now.strip_prefix(now)?,
            }),
            None => Some(Self { now: self.now.strip_prefix(prefix)?, later: self.later }),
        }
    }
}

impl<S: Set> Automaton<S> {
    /// Reports whether the pattern matches some part of `lead` followed by `name`.
    #[inline]
    pub(super) fn is_match(
        &self,
        lead: &str,
        name: &str,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        let (lead, name) = (lead.as_bytes(), name.as_bytes());
        let length = steps(lead.len()).saturating_add(steps(name.len())).saturating_add(1);
        // Runs over sets of several words are charged character by character, since most of them
        // end soon.
        let work = if S::WORDS == 1 { length.saturating_mul(self.unit) } else { 0 };
        if self.starts_at_begin {
            // Most names differ within the prefix, which costs next to nothing.
            budget.charge(PREFIX_STEPS)?;
        } else {
            budget.charge(work)?;
        }
        if self.starts_at_begin || self.prefix.1 > 0 {
            // A name that begins with the literals is probably one that the pattern was written
            // for.
            if let Some((input, reach, previous)) = self.strip_prefix(Input::new(lead, name)) {
                if self.starts_at_begin {
                    budget.charge(work)?;
                }
                if self.anchored(input, reach, previous, budget)? {
                    return Ok(true);
                }
            }
            if self.starts_at_begin {
                return Ok(false);
            }
        }
        if self.floating(Input::new(lead, name), budget)? {
            return Ok(true);
        }
        let ascii = || lead.is_ascii() && name.is_ascii();
        Ok(!ascii() && self.fits_within_char(budget)?)
    }

    /// Reports whether an empty match fits between the bytes of one character, as `\B` does.
    pub(super) fn fits_within_char(&self, budget: &mut Budget) -> Result<bool, Exhausted> {
        let holding = self.assertions.of(NotWordBoundary);
        Ok(!holding.is_empty()
            && self.pass_holding(self.first, holding, budget)?.meets(self.accept))
    }

    /// Takes the literal characters that every match begins with. Returns the rest of the name, the
    /// positions that come next, and the character before the rest.
    #[inline]
    fn strip_prefix<'a>(&self, input: Input<'a>) -> Option<(Input<'a>, S, Option<u32>)> {
        let prefix =
            self.codes.as_ref().get(self.prefix.0.into()..self.prefix.1.into()).unwrap_or_default();
        let Some(&last) = prefix.last() else {
            return Some((input, self.first, None));
        };
        let rest = input.strip(prefix)?;
        let reach = self.followers.step(S::one(u32::from(self.prefix.1).saturating_sub(1)));
        Some((rest, reach, Some(last.into())))
    }

    /// Searches for a match that begins at the beginning, until one is found or none is possible.
    #[inline]
    fn anchored(
        &self,
        mut input: Input<'_>,
        mut reach: S,
        mut previous: Option<u32>,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        let inner = self.assertions.inner();
        let consuming = self.consuming;
        loop {
            if S::WORDS > 1 {
                budget.charge(self.unit)?;
            }
            let next = input.next();
            reach = self.pass(reach, inner, previous, next, budget)?;
            if reach.meets(self.accept) {
                return Ok(true);
            }
            let Some(code) = next else { return Ok(false) };
            let candidates = reach & consuming;
            let after = self.followers.step(self.consume(candidates, code));
            if after.is_empty() {
                return Ok(false);
            }
            previous = next;
            if after == reach && candidates.is_single() && !reach.meets(inner) {
                // The state stays the same until a character comes that this one position does not
                // take.
                if let Some(last) = self.skip_run(candidates, &mut input) {
                    previous = Some(last.into());
                }
            }
            reach = after;
        }
    }

    /// Skips bytes that a position certainly takes, and returns the last one. It matters only
    /// whether that byte is a line feed or a word character, and no byte of a character beyond
    /// ASCII is either.
    #[inline]
    fn skip_run(&self, position: S, input: &mut Input<'_>) -> Option<u8> {
        let code = self.code(position.split_first().map_or(S::POSITIONS, |(position, _)| position));
        let Some(class) = self.class(code) else {
            return input.skip(|byte| byte != code);
        };
        input.skip(|byte| !class.holds_byte(byte))
    }

    /// Searches for a match that begins anywhere, from all places at once.
    #[inline]
    fn floating(&self, mut input: Input<'_>, budget: &mut Budget) -> Result<bool, Exhausted> {
        let inner = self.assertions.inner();
        let mut previous = None;
        let mut reach = self.first;
        loop {
            if reach == self.first {
                if let Some(literal) = self.literal {
                    previous = input.skip(|byte| byte == literal).map(u32::from).or(previous);
                }
            }
            if S::WORDS > 1 {
                budget.charge(self.unit)?;
            }
            let next = input.next();
            reach = self.pass(reach, inner, previous, next, budget)?;
            if reach.meets(self.accept) {
                return Ok(true);
            }
            let Some(code) = next else {
                return Ok(false);
            };
            reach = self.followers.step(self.consume(reach & self.consuming, code)) | self.first;
            previous = next;
        }
    }

    /// Passes the assertions that hold here.
    #[inline]
    fn pass(
        &self,
        reach: S,
        inner: S,
        previous: Option<u32>,
        next: Option<u32>,
        budget: &mut Budget,
    ) -> Result<S, Exhausted> {
        let at_end = previous.is_none() || next.is_none();
        let possible = if at_end { !self.consuming } else { inner };
        if (reach & possible & !self.accept).is_empty() {
            return Ok(reach);
        }
        self.pass_holding(reach, self.assertions.holding(previous, next), budget)
    }

    /// Passes the assertions in `holding`. Charges for it if sets take several words; for sets of
    /// one word, `unit` includes the price.
    #[inline]
    fn pass_holding(&self, reach: S, holding: S, budget: &mut Budget) -> Result<S, Exhausted> {
        let mut reach = reach;
        let mut fresh = reach & holding;
        while !fresh.is_empty() {
            if S::WORDS > 1 {
                budget.charge(self.followers.steps().saturating_add(S::WORDS.saturating_mul(3)))?;
            }
            let added = self.followers.step(fresh) & !reach;
            reach |= added;
            fresh = added & holding;
        }
        Ok(reach)
    }

    /// Returns the positions of `candidates` that consume the character.
    #[inline]
    fn consume(&self, candidates: S, code: u32) -> S {
        if let Some(taking) = self.char_masks.taking(code, &self.classes) {
            return candidates & taking;
        }
        let mut consumed = S::EMPTY;
        let mut left = candidates;
        while let Some((position, rest)) = left.split_first() {
            let wanted = self.code(position);
            let takes = match self.class(wanted) {
                None => u32::from(wanted) == code,
                Some(class) => self.classes.holds(class, code),
            };
            if takes {
                consumed |= S::one(position);
            }
            left = rest;
        }
        consumed
    }

    /// Returns the character of a position, or its class.
    #[inline]
    fn code(&self, position: u32) -> u8 {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        self.codes.as_ref().get(position).copied().unwrap_or_default()
    }

    #[inline]
    fn class(&self, code: u8) -> Option<&Class> {
        let class = code.checked_sub(CLASS)?;
        self.classes.get(class.into())
    }
}

/// Single steps of the automaton, for questions about all names.
impl<S: Set> Automaton<S> {
    /// Returns the positions that come first.
    pub(super) fn start(&self) -> S {
        self.first
    }

    /// Returns the most steps for one character, without passing assertions in sets of several
    /// words.
    pub(super) fn unit(&self) -> u64 {
        self.unit
    }

    /// Returns the positions that take a character.
    pub(super) fn taking(&self, character: char) -> S {
        self.consume(self.consuming, character.into())
    }

    /// Returns the positions that come next after those of `taken` took a character.
    pub(super) fn after(&self, taken: S) -> S {
        self.followers.step(taken)
    }

    /// Passes the assertions that hold between two characters. True stands for a word character,
    /// and `None` for the beginning or the end of the name. Returns the positions reached, and
    /// whether the pattern matches there.
    pub(super) fn close(
        &self,
        reach: S,
        previous: Option<bool>,
        next: Option<bool>,
        budget: &mut Budget,
    ) -> Result<(S, bool), Exhausted> {
        let character = |word| if word { u32::from('a') } else { u32::from('-') };
        let inner = self.assertions.inner();
        let reach =
            self.pass(reach, inner, previous.map(character), next.map(character), budget)?;
        Ok((reach, reach.meets(self.accept)))
    }

    /// Returns the ranges of characters beyond ASCII that the pattern distinguishes.
    pub(super) fn edges(&self) -> impl Iterator<Item = (u32, u32)> {
        self.classes.iter().flat_map(|class| self.classes.ranges(class)).copied()
    }
}
