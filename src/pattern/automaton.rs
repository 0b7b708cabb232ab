//! The fast engine: a position automaton whose sets of positions are one machine word, or 4, or 32.
//! Refuses patterns of more than 63, 255 or 2047 positions, and `\C`; these are for the general
//! engine.
//!
//! Every character of the pattern is a position, and so is every assertion, which is passed without
//! consuming anything where it holds. One more position accepts. The state is the set of positions
//! that may come next.

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

/// The sets of patterns that are somewhat too large for one word.
pub(super) type Quad = Words<4>;
/// The sets of large patterns. A usual automaton of a thousand positions takes about ten kilobytes,
/// and 256 bytes a position while it is built; the worst takes one megabyte, and four while it is
/// built.
pub(super) type Large = Words<32>;

/// A code from here on is the index of a class; below, it is the ASCII character itself.
const CLASS: u8 = 0x80;

/// A compiled pattern. Plain data in place; only what is unusual is on the heap.
#[derive(Clone)]
pub(super) struct Automaton<S: Set> {
    /// Where matching begins.
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
    /// The positions, from the first one up to the second, of the literal characters that all
    /// matches begin with.
    prefix: (u16, u16),
    /// The literal character that a match can only begin with.
    literal: Option<u8>,
    starts_at_begin: bool,
    /// Steps of one character, at most. Assertions of sets of several words come on top.
    unit: u64,
}

/// The positions of assertions, a set for each kind.
#[derive(Clone, Copy)]
struct Assertions<S>([S; 6]);

impl<S: Set> Assertions<S> {
    #[inline]
    fn of(&self, assertion: Assertion) -> S {
        self.0.get(assertion as usize).copied().unwrap_or(S::EMPTY)
    }

    /// Those that can hold between two characters.
    fn inner(&self) -> S {
        self.of(BeginLine) | self.of(EndLine) | self.of(WordBoundary) | self.of(NotWordBoundary)
    }

    fn all(&self) -> S {
        self.inner() | self.of(BeginText) | self.of(EndText)
    }

    /// Those that hold between `previous` and `next`.
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

/// What is left of a name that comes in two parts, both valid UTF-8.
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

    /// Returns the input after the `prefix`; `None` if it does not begin with it.
    #[inline]
    fn strip(self, prefix: &[u8]) -> Option<Self> {
        match prefix.split_at_checked(self.now.len()) {
            // It takes all of this part, so that what is left of this part is nothing.
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
        // Several words are charged for a character at a time: most runs end soon.
        let work = if S::WORDS == 1 { length.saturating_mul(self.unit) } else { 0 };
        if self.starts_at_begin {
            // Most names differ within the prefix, which costs next to nothing.
            budget.charge(PREFIX_STEPS)?;
        } else {
            budget.charge(work)?;
        }
        if self.starts_at_begin || self.prefix.1 > 0 {
            // A name that begins with the literal is mostly one that the pattern was written for.
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

    /// Whether a match of nothing fits between the bytes of one character, which `\B` allows.
    pub(super) fn fits_within_char(&self, budget: &mut Budget) -> Result<bool, Exhausted> {
        let holding = self.assertions.of(NotWordBoundary);
        Ok(!holding.is_empty()
            && self.pass_holding(self.first, holding, budget)?.meets(self.accept))
    }

    /// Takes the literal characters that all matches begin with. Returns the rest of the name, the
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

    /// Runs from the beginning alone, until something matches or nothing can any more.
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
                // Nothing changes until something else than this one position's characters comes.
                if let Some(last) = self.skip_run(candidates, &mut input) {
                    previous = Some(last.into());
                }
            }
            reach = after;
        }
    }

    /// Skips bytes that a position surely takes. Of the last one it matters only whether it ends a
    /// line or a word, and no part of a character beyond ASCII does.
    #[inline]
    fn skip_run(&self, position: S, input: &mut Input<'_>) -> Option<u8> {
        let code = self.code(position.split_first().map_or(S::POSITIONS, |(position, _)| position));
        let Some(class) = self.class(code) else {
            return input.skip(|byte| byte != code);
        };
        input.skip(|byte| !class.holds_byte(byte))
    }

    /// Runs from everywhere at once, until something matches.
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

    /// Passes the assertions in `holding`. Sets of several words are charged for it here, sets of
    /// one word in their unit.
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

    /// The positions of `candidates` that consume the character.
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

    /// The character of a position, or its class.
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
    /// The positions that come next at the beginning.
    pub(super) fn start(&self) -> S {
        self.first
    }

    /// Steps of one character, at most; those of passing assertions in several words come on top.
    pub(super) fn unit(&self) -> u64 {
        self.unit
    }

    /// The positions that take a character.
    pub(super) fn taking(&self, character: char) -> S {
        self.consume(self.consuming, character.into())
    }

    /// The positions that come next once those of `taken` have taken a character.
    pub(super) fn after(&self, taken: S) -> S {
        self.followers.step(taken)
    }

    /// Passes the assertions that hold between two characters, of which it matters only whether they
    /// are word characters; `None` stands for the beginning and the end of the name. Returns the
    /// positions reached, and whether the pattern matches there.
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

    /// The ranges of characters beyond ASCII that the pattern tells from others.
    pub(super) fn edges(&self) -> impl Iterator<Item = (u32, u32)> {
        self.classes.iter().flat_map(|class| self.classes.ranges(class)).copied()
    }
}
