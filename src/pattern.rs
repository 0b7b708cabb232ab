//! Patterns in RE2's dialect, compiled once and searched for in names. A pattern that RE2 refuses,
//! or that is too large, is an error. Every step is counted.

mod analysis;
mod automaton;
mod budget;
mod draft;
mod error;
mod literal;
mod parsed;
mod regex_engine;
mod small_stack;
mod syntax;
#[cfg(test)]
mod tests;

pub(crate) use analysis::{Shape, shape};
use budget::steps;
pub(crate) use budget::{Budget, Exhausted};
pub(crate) use draft::{Draft, may_begin};
pub use error::{PatternError, PatternErrorKind};

use alloc::boxed::Box;
use core::fmt;

use automaton::{Automaton, Large, Quad, Set, build, build_boxed};
use literal::LiteralPattern;
use parsed::Parsed;
use regex_engine::{Price, RegexEngine};

/// The work limit of [`Pattern::new`] and of [`Pattern::is_match`]. The costliest work within it
/// takes some hundredths of a second.
const DEFAULT_STEPS: u64 = 20_000_000;

/// Steps for building the automaton of a large pattern. They leave enough of a decision's default
/// limit to try a `RegexEngine` afterwards. Usual lists of some hundred names take a third of them.
const AUTOMATON_STEPS: u64 = 150_000;

/// Steps for compiling a `RegexEngine` after the automaton was tried.
const REGEX_STEPS: u64 = 150_000;

/// Steps for building the automaton if the pattern is too large for a `RegexEngine`. They leave
/// enough of a decision's default limit for some dozens of usual patterns, and for
/// `^[a-z0-9]{1,256}$`.
///
/// Two sorts of patterns take more steps than a decision has by default, and no cheaper way to
/// build them is known:
/// - hundreds of copies of an item that may be an assertion, such as `(?:\b|a){500}`. How many
///   copies a position can skip depends on the assertion, so each copy has its own followers.
/// - `\C` beside several large Unicode classes, such as `\C\pL\pL`. `\C` needs an automaton over
///   bytes, in which such a class takes some thousand positions. Building that costs as much as a
///   `RegexEngine`.
const SOLE_AUTOMATON_STEPS: u64 = 200_000;

/// A compiled pattern in RE2's dialect.
///
/// A pattern matches a name if it matches any part of it; `^` and `$` anchor it. Names are
/// sequences of Unicode code points. As in RE2, `\d`, `\w`, `\s` and `\b` know only ASCII.
///
/// Every pattern that RE2 accepts matches as in RE2, including Unicode classes such as `\p{Greek}`.
/// Their members are those of Unicode 16. If the service has tables of an older version, newer
/// characters are members only of negated classes there.
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
    Literal(LiteralPattern),
    Word(Automaton<u64>),
    Other(Other),
}

/// The engines for patterns of more positions than one word has bits.
#[derive(Clone)]
enum Other {
    Quad(Box<Automaton<Quad>>),
    Large(Box<Automaton<Large>>),
    Regex(Box<RegexEngine>),
}

impl Pattern {
    /// Compiles a pattern under the default limits.
    ///
    /// # Errors
    ///
    /// - [`PatternErrorKind::Syntax`] for what RE2 refuses: `(?=a)`, `\1`, `a**`, `a{1001}`, `[a`,
    ///   `a)|(?:.*`
    /// - [`PatternErrorKind::TooLarge`] for `.{1000}.{1000}.{1000}`
    /// - [`PatternErrorKind::WorkLimitReached`] for patterns of megabytes
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
    /// [`PatternErrorKind::WorkLimitReached`] if matching takes too much work, as for `a{1000}\C`
    /// and a name of a megabyte.
    pub fn is_match(&self, name: &str) -> Result<bool, PatternError> {
        self.is_match_parts("", name, &mut Budget::new(DEFAULT_STEPS))
    }

    /// Matches several names, within the work limit of four single matches.
    #[cfg(feature = "json")]
    pub(crate) fn matches_each(
        &self,
        names: &[alloc::string::String],
    ) -> Result<alloc::vec::Vec<bool>, PatternError> {
        let counted = crate::arithmetic::as_u64(names.len().min(4));
        let mut budget = Budget::new(DEFAULT_STEPS.saturating_mul(counted));
        names.iter().map(|name| self.is_match_parts("", name, &mut budget)).collect()
    }

    /// Reports whether the pattern has a capturing group. The service refuses to grant such
    /// patterns; matching ignores the difference.
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
        Draft::new(pattern, budget).finish(budget)
    }

    /// Builds the smallest engine that a pattern fits.
    ///
    /// The engine and its cost depend only on the pattern. With a smaller budget, building fails.
    #[inline]
    fn build(parsed: &mut Parsed<'_>, budget: &mut Budget) -> Result<Self, PatternError> {
        let captures = parsed.has_capturing_group;
        let engine = match build(parsed, budget)? {
            Some(automaton) => Engine::Word(automaton),
            None => Engine::Other(Other::build(parsed, budget)?),
        };
        Ok(Self { engine, captures })
    }

    /// Reports whether the pattern matches some part of `lead` followed by `name`, which most
    /// engines match without joining.
    #[inline]
    pub(crate) fn is_match_parts(
        &self,
        lead: &str,
        name: &str,
        budget: &mut Budget,
    ) -> Result<bool, PatternError> {
        match &self.engine {
            Engine::Literal(literal) => {
                budget.charge(steps(name.len()).saturating_add(4))?;
                Ok(literal.is_match(lead, name))
            }
            Engine::Word(automaton) => Ok(automaton.is_match(lead, name, budget)?),
            Engine::Other(other) => Ok(other.is_match(lead, name, budget)?),
        }
    }
}

impl Other {
    #[cold]
    fn build(parsed: &mut Parsed<'_>, budget: &mut Budget) -> Result<Self, PatternError> {
        let price = Price::of(parsed, budget);
        let by_regex = price.as_ref().is_ok_and(|price| price.compiling <= REGEX_STEPS);
        let most = if by_regex { AUTOMATON_STEPS } else { SOLE_AUTOMATON_STEPS };
        let allowed = budget.left().min(most);
        let mut allowance = Budget::new(allowed);
        let automaton = Self::automaton(parsed, &mut allowance);
        budget.charge(allowed.saturating_sub(allowance.left()))?;
        match automaton {
            Ok(Some(automaton)) => Ok(automaton),
            Err(Exhausted) if allowed < most => Err(Exhausted.into()),
            Ok(None) | Err(Exhausted) => {
                Ok(Other::Regex(Box::new(RegexEngine::compile(parsed, &price?, budget)?)))
            }
        }
    }

    fn automaton(parsed: &mut Parsed<'_>, budget: &mut Budget) -> Result<Option<Self>, Exhausted> {
        if let Some(quad) = build_boxed(parsed, budget)? {
            return Ok(Some(Self::Quad(quad)));
        }
        Ok(build_boxed(parsed, budget)?.map(Self::Large))
    }

    #[cold]
    fn is_match(&self, lead: &str, name: &str, budget: &mut Budget) -> Result<bool, Exhausted> {
        match self {
            Self::Quad(automaton) => run(automaton, lead, name, budget),
            Self::Large(automaton) => run(automaton, lead, name, budget),
            Self::Regex(regex) => regex.is_match(lead, name, budget),
        }
    }
}

/// Runs a large automaton. Never inlined, so that its sets are off the stack when a `RegexEngine`
/// runs.
#[inline(never)]
fn run<S: Set>(
    automaton: &Automaton<S>,
    lead: &str,
    name: &str,
    budget: &mut Budget,
) -> Result<bool, Exhausted> {
    automaton.is_match(lead, name, budget)
}

/// Shows the engine, but nothing of the pattern's text.
impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = match &self.engine {
            Engine::Literal(_) => "literal",
            Engine::Word(_) => "automaton",
            Engine::Other(other) => match other {
                Other::Quad(_) | Other::Large(_) => "large automaton",
                Other::Regex(_) => "regex",
            },
        };
        f.debug_struct("Pattern").field("engine", &engine).finish_non_exhaustive()
    }
}
