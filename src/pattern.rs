//! Patterns of tokens: RE2's dialect, compiled once and searched for in names. Refuses what RE2 refuses
//! and what is too large; every step is counted.

mod analysis;
mod automaton;
mod budget;
mod error;
mod general;
mod simple;
mod stack;
mod syntax;
#[cfg(test)]
mod tests;

pub(crate) use analysis::{Shape, shape};
pub(crate) use budget::Budget;
pub use error::{PatternError, PatternErrorKind};

use alloc::boxed::Box;
use core::fmt;

use automaton::{Automaton, Builder, Large, Quad, Set, Size};
use general::General;
use simple::Simple;
use syntax::parse;

/// Steps that [`Pattern::new`] may take, and [`Pattern::matches`]: some hundredths of a second of the costliest work.
const DEFAULT_STEPS: u64 = 20_000_000;

/// A compiled pattern in RE2's dialect.
///
/// A pattern matches a name when it matches any part of it, unless it says `^` or `$` itself. Names
/// are sequences of Unicode code points; `\d`, `\w`, `\s` and `\b` know ASCII only, as in RE2.
///
/// Everything that RE2 accepts is matched as RE2 does, `\p{Greek}` and the other Unicode classes
/// included. Their members are those of Unicode 16. A service with tables of an older version has
/// fewer: a character that was assigned since then is in no class there but in negated ones.
///
/// ```
/// use pubnub_access::Pattern;
///
/// let pattern = Pattern::new("room-[0-9]+")?;
/// assert!(pattern.is_match("room-7")?);
/// assert!(pattern.is_match("my-room-7-lobby")?);
/// assert!(!pattern.is_match("room-x")?);
/// # Ok::<(), pubnub_access::PatternError>(())
/// ```
#[derive(Clone)]
pub struct Pattern {
    engine: Engine,
    captures: bool,
}

#[derive(Clone)]
#[allow(clippy::large_enum_variant)] // In place, so that the usual pattern allocates nothing.
enum Engine {
    Simple(Simple),
    Word(Automaton<u64>),
    Other(Other),
}

/// What does not fit one word.
#[derive(Clone)]
enum Other {
    Quad(Box<Automaton<Quad>>),
    Large(Box<Automaton<Large>>),
    General(Box<General>),
}

impl Pattern {
    /// Compiles a pattern under the default limits.
    ///
    /// # Errors
    ///
    /// - [`PatternErrorKind::Syntax`] for what RE2 refuses: `(?=a)`, `\1`, `a**`, `a{1001}`, `[a`, `a)|(?:.*`
    /// - [`PatternErrorKind::TooLarge`] for `.{1000}.{1000}.{1000}`
    /// - [`PatternErrorKind::BudgetExhausted`] for patterns of megabytes
    ///
    /// ```
    /// use pubnub_access::{Pattern, PatternErrorKind};
    ///
    /// let kind = |pattern| Pattern::new(pattern).unwrap_err().kind();
    /// assert_eq!(kind("a)|(?:.*"), PatternErrorKind::Syntax);
    /// assert_eq!(kind(".{1000}.{1000}.{1000}"), PatternErrorKind::TooLarge);
    /// ```
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        Self::compile(pattern, &mut Budget::new(DEFAULT_STEPS))
    }

    /// Reports whether the pattern matches some part of `name`.
    ///
    /// # Errors
    ///
    /// [`PatternErrorKind::BudgetExhausted`] if the name is far too long for the pattern: a megabyte for `a{1000}\C`, say.
    pub fn is_match(&self, name: &str) -> Result<bool, PatternError> {
        self.is_match_parts("", name, &mut Budget::new(DEFAULT_STEPS))
    }

    /// Whether it has a capturing group, which the service refuses when a token is granted. Matching does not care.
    ///
    /// ```
    /// use pubnub_access::Pattern;
    ///
    /// assert!(Pattern::new("room-(a|b)")?.has_capturing_group());
    /// assert!(!Pattern::new("room-(?:a|b)")?.has_capturing_group());
    /// # Ok::<(), pubnub_access::PatternError>(())
    /// ```
    #[must_use]
    pub fn has_capturing_group(&self) -> bool {
        self.captures
    }

    /// Compiles a pattern; parsing and building draw on the budget.
    #[inline]
    pub(crate) fn compile(pattern: &str, budget: &mut Budget) -> Result<Self, PatternError> {
        if let Some(simple) = Simple::read(pattern) {
            budget.charge(steps(pattern.len()))?;
            return Ok(Self { engine: Engine::Simple(simple), captures: false });
        }
        let mut builder = Builder::new(u32::MAX);
        let captures = parse(pattern, budget, &mut builder)?;
        let automaton = builder.finish();
        budget.settle(builder.hidden())?;
        if let Some(automaton) = automaton {
            return Ok(Self { engine: Engine::Word(automaton), captures });
        }
        Ok(Self { engine: Engine::Other(Other::compile(pattern, budget)?), captures })
    }

    /// Reports whether the pattern matches some part of the name that `lead` and `name` make together;
    /// they are not joined by the usual pattern.
    #[inline]
    pub(crate) fn is_match_parts(&self, lead: &str, name: &str, budget: &mut Budget) -> Result<bool, PatternError> {
        match &self.engine {
            Engine::Simple(simple) => {
                budget.charge(steps(name.len()))?;
                Ok(simple.is_match(lead, name))
            }
            Engine::Word(automaton) => automaton.is_match(lead, name, budget),
            Engine::Other(other) => other.is_match(lead, name, budget),
        }
    }
}

impl Other {
    /// Finds out the size first, so that nothing is built that is not paid for.
    #[cold]
    fn compile(pattern: &str, budget: &mut Budget) -> Result<Self, PatternError> {
        let mut size = Size::new();
        parse(pattern, budget, &mut size)?;
        if let Some(quad) = build(pattern, &size, budget)? {
            return Ok(Self::Quad(quad));
        }
        if let Some(large) = build(pattern, &size, budget)? {
            return Ok(Self::Large(large));
        }
        Ok(Self::General(Box::new(General::compile(pattern, budget)?)))
    }

    #[cold]
    fn is_match(&self, lead: &str, name: &str, budget: &mut Budget) -> Result<bool, PatternError> {
        match self {
            Self::Quad(automaton) => run(automaton, lead, name, budget),
            Self::Large(automaton) => run(automaton, lead, name, budget),
            Self::General(general) => general.is_match(lead, name, budget),
        }
    }
}

/// Matches with one of them; apart for the same reason as [`build`].
#[inline(never)]
fn run<S: Set>(automaton: &Automaton<S>, lead: &str, name: &str, budget: &mut Budget) -> Result<bool, PatternError> {
    automaton.is_match(lead, name, budget)
}

/// The automaton with such sets, if the pattern fits it. Apart, so that its sets are off the stack when `regex` is at work.
#[inline(never)]
fn build<S: Set>(pattern: &str, size: &Size, budget: &mut Budget) -> Result<Option<Box<Automaton<S>>>, PatternError> {
    let Some(positions) = size.positions::<S>() else { return Ok(None) };
    budget.charge(size.steps::<S>())?;
    let mut builder = begin(positions);
    parse(pattern, budget, &mut *builder)?;
    let automaton = finish(&mut builder);
    budget.settle(builder.hidden())?;
    Ok(automaton)
}

/// Apart, like [`finish`], so that sets that are only moved to the heap are not on the stack for longer than that.
#[inline(never)]
fn begin<S: Set>(positions: u32) -> Box<Builder<S>> {
    Box::new(Builder::new(positions))
}

#[inline(never)]
fn finish<S: Set>(builder: &mut Builder<S>) -> Option<Box<Automaton<S>>> {
    builder.finish().map(Box::new)
}

/// Names the engine that it runs on, and nothing of the pattern's own text.
impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = match &self.engine {
            Engine::Simple(_) => "literal",
            Engine::Word(_) => "automaton",
            Engine::Other(other) => match other {
                Other::Quad(_) | Other::Large(_) => "large automaton",
                Other::General(_) => "regex",
            },
        };
        f.debug_struct("Pattern").field("engine", &engine).finish_non_exhaustive()
    }
}

/// Steps of looking once at each of so many bytes.
#[inline]
fn steps(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX).saturating_add(4)
}
