//! Patterns that are parsed first, and compiled only if a name may match.
//!
//! Most patterns of a token begin with characters that the name does not begin with. Comparing
//! these is nearly free, and parsing a pattern costs half as much as compiling it.

use alloc::vec::Vec;

use super::budget::{Budget, Exhausted, steps};
use super::literal::LiteralPattern;
use super::parsed::Parsed;
use super::syntax::parse;
use super::{Engine, Pattern, PatternError};

/// Steps of comparing a pattern's literal prefix with a name.
pub(super) const PREFIX_STEPS: u64 = 12;

/// A pattern that is parsed, compiled or refused.
#[allow(clippy::large_enum_variant, reason = "in place, so that a usual pattern allocates nothing")]
pub(crate) enum Draft<'a> {
    Read(Parsed<'a>),
    Compiled(Pattern),
    Failed(PatternError),
}

impl<'a> Draft<'a> {
    /// Parses a pattern, which shows whether RE2 refuses it.
    #[inline]
    pub(crate) fn new(pattern: &'a str, budget: &mut Budget) -> Self {
        if let Some(literal) = LiteralPattern::read(pattern) {
            return match budget.charge(steps(pattern.len()).saturating_add(4)) {
                Ok(()) => {
                    Draft::Compiled(Pattern { engine: Engine::Literal(literal), captures: false })
                }
                Err(exhausted) => Draft::Failed(exhausted.into()),
            };
        }
        let mut draft = Draft::Read(Parsed::new(pattern));
        let Draft::Read(parsed) = &mut draft else { return draft };
        match parse(parsed, budget) {
            Ok(()) => draft,
            Err(error) => Draft::Failed(error),
        }
    }

    /// Returns a literal prefix of all names that the pattern matches, as far as parsing shows one;
    /// `None` if there is nothing left to compile.
    pub(crate) fn prefix(&self) -> Option<Vec<u8>> {
        match self {
            Draft::Read(parsed) => Some(parsed.prefix().flatten().copied().collect()),
            Draft::Compiled(_) | Draft::Failed(_) => None,
        }
    }

    /// Compiles the pattern in any case.
    #[inline]
    pub(crate) fn finish(self, budget: &mut Budget) -> Result<Pattern, PatternError> {
        match self {
            Draft::Read(mut parsed) => Pattern::build(&mut parsed, budget),
            Draft::Compiled(pattern) => Ok(pattern),
            Draft::Failed(error) => Err(error),
        }
    }

    /// Compiles the pattern unless that is done.
    #[inline]
    pub(crate) fn compile(&mut self, budget: &mut Budget) {
        if let Draft::Read(parsed) = self {
            *self = match Pattern::build(parsed, budget) {
                Ok(pattern) => Draft::Compiled(pattern),
                Err(error) => Draft::Failed(error),
            };
        }
    }

    /// Reports whether the pattern matches some part of `lead` followed by `name`.
    #[inline]
    pub(crate) fn is_match(
        &mut self,
        lead: &str,
        name: &str,
        budget: &mut Budget,
    ) -> Result<bool, PatternError> {
        if let Draft::Read(parsed) = self {
            if !may_begin(parsed.prefix(), lead, name, budget)? {
                return Ok(false);
            }
            self.compile(budget);
        }
        match self {
            Draft::Compiled(pattern) => pattern.is_match_parts(lead, name, budget),
            Draft::Failed(error) => Err(error.repeat(budget)),
            Draft::Read(_) => Ok(false),
        }
    }
}

impl PatternError {
    /// Returns the error again for another name, and charges a step for it. If the budget lacks the
    /// step, no other pattern is tried either.
    #[cold]
    pub(crate) fn repeat(&self, budget: &mut Budget) -> Self {
        let _ = budget.charge(1);
        self.clone()
    }
}

/// Reports whether `lead` followed by `name` begins with these runs of characters.
#[inline]
pub(crate) fn may_begin<'a>(
    runs: impl Iterator<Item = &'a [u8]>,
    lead: &str,
    name: &str,
    budget: &mut Budget,
) -> Result<bool, Exhausted> {
    let mut runs = runs.filter(|run| !run.is_empty()).peekable();
    if runs.peek().is_none() {
        return Ok(true);
    }
    budget.charge(PREFIX_STEPS)?;
    let (mut lead, mut name) = (lead.as_bytes(), name.as_bytes());
    for mut run in runs {
        if let [first, rest @ ..] = lead {
            match run.split_first() {
                Some((byte, others)) if byte == first => (lead, run) = (rest, others),
                _ => return Ok(false),
            }
        }
        match name.strip_prefix(run) {
            Some(rest) => name = rest,
            None => return Ok(false),
        }
    }
    Ok(true)
}
