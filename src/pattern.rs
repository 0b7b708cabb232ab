//! Patterns of tokens: RE2's dialect, compiled once and matched under both anchorings. Refuses what RE2 refuses, what
//! needs Unicode tables, and what is too large; every step is counted.

mod automaton;
mod budget;
mod error;
mod general;
mod stack;
mod syntax;
#[cfg(test)]
mod tests;

pub(crate) use budget::Budget;
pub use error::{PatternError, PatternErrorKind};

use alloc::boxed::Box;
use core::fmt;

use automaton::{Automaton, Builder, Quad};
use general::General;
use syntax::parse;

/// Steps that [`Pattern::new`] may take, and [`Pattern::matches`]: some hundredths of a second of the costliest work.
const DEFAULT_STEPS: u64 = 20_000_000;

/// Steps of building an automaton of several words, beside reading the pattern.
const LARGE_STEPS: u64 = 1000;

/// How a pattern matches a name.
///
/// Nobody outside the service knows whether it searches for a pattern within a name or wants it to match the whole name,
/// so both are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Match {
    /// It matches nowhere in the name.
    No,
    /// It matches somewhere in the name, but not the name as a whole.
    Inside,
    /// It matches the whole name, and so also inside it.
    Whole,
}

/// A compiled pattern in RE2's dialect.
///
/// Names are sequences of Unicode code points; `\d`, `\w`, `\s` and `\b` know ASCII only, as in RE2.
///
/// ```
/// use pubnub_access::{Match, Pattern};
///
/// let pattern = Pattern::new("room-[0-9]+")?;
/// assert_eq!(pattern.matches("room-7")?, Match::Whole);
/// assert_eq!(pattern.matches("my-room-7-lobby")?, Match::Inside);
/// assert_eq!(pattern.matches("room-x")?, Match::No);
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
    Word(Automaton<u64>),
    Words(Box<Automaton<Quad>>),
    General(Box<General>),
}

impl Pattern {
    /// Compiles a pattern under the default limits.
    ///
    /// # Errors
    ///
    /// - [`PatternErrorKind::Syntax`] for what RE2 refuses: `(?=a)`, `\1`, `a**`, `a{1001}`, `[a`, `a)|(?:.*`
    /// - [`PatternErrorKind::Unsupported`] for `\pL` and the other Unicode properties, and for group names beyond ASCII
    /// - [`PatternErrorKind::TooLarge`] for `[a-z]{1000}[0-9]{1000}`
    /// - [`PatternErrorKind::BudgetExhausted`] for patterns of megabytes
    ///
    /// ```
    /// use pubnub_access::{Pattern, PatternErrorKind};
    ///
    /// let kind = |pattern| Pattern::new(pattern).unwrap_err().kind();
    /// assert_eq!(kind("a)|(?:.*"), PatternErrorKind::Syntax);
    /// assert_eq!(kind(r"\p{Greek}"), PatternErrorKind::Unsupported);
    /// assert_eq!(kind(r"[a-z]{1000}[0-9]{1000}"), PatternErrorKind::TooLarge);
    /// ```
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        Self::compile(pattern, &mut Budget::new(DEFAULT_STEPS))
    }

    /// How the pattern matches `name`.
    ///
    /// # Errors
    ///
    /// [`PatternErrorKind::BudgetExhausted`] if the name is far too long for the pattern: a megabyte for `a{1000}\C`, say.
    pub fn matches(&self, name: &str) -> Result<Match, PatternError> {
        self.match_parts("", name, &mut Budget::new(DEFAULT_STEPS))
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
        let mut builder = Builder::new();
        let captures = parse(pattern, budget, &mut builder)?;
        if let Some(automaton) = builder.finish() {
            return Ok(Self { engine: Engine::Word(automaton), captures });
        }
        Ok(Self { engine: compile_large(pattern, budget)?, captures })
    }

    /// How the pattern matches the name that `lead` and `name` make together; they are not joined by the usual pattern.
    #[inline]
    pub(crate) fn match_parts(&self, lead: &str, name: &str, budget: &mut Budget) -> Result<Match, PatternError> {
        match &self.engine {
            Engine::Word(automaton) => automaton.matches(lead, name, budget),
            Engine::Words(automaton) => automaton.matches(lead, name, budget),
            Engine::General(general) => general.matches(lead, name, budget),
        }
    }
}

/// What does not fit one word.
#[cold]
fn compile_large(pattern: &str, budget: &mut Budget) -> Result<Engine, PatternError> {
    budget.charge(LARGE_STEPS)?;
    let mut builder = Builder::new();
    parse(pattern, budget, &mut builder)?;
    Ok(match builder.finish() {
        Some(automaton) => Engine::Words(Box::new(automaton)),
        None => Engine::General(Box::new(General::compile(pattern, budget)?)),
    })
}

/// Names the engine that it runs on, and nothing of the pattern's own text.
impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = match &self.engine {
            Engine::Word(_) => "automaton",
            Engine::Words(_) => "large automaton",
            Engine::General(_) => "regex",
        };
        f.debug_struct("Pattern").field("engine", &engine).finish_non_exhaustive()
    }
}
