//! Patterns that are read, and compiled only if a name may match.
//!
//! Most patterns of a token begin with characters that the name does not begin with. Comparing
//! these is nearly free, and reading a pattern costs half as much as compiling it.

use alloc::vec::Vec;

use super::budget::{Budget, steps};
use super::literal::LiteralPattern;
use super::parsed::Parsed;
use super::syntax::parse;
use super::{Pattern, PatternError};

/// Steps of comparing a pattern's literal prefix with a name.
pub(crate) const PREFIX_STEPS: u64 = 12;

/// A pattern that is read, compiled or refused.
#[allow(clippy::large_enum_variant, reason = "in place, so that a usual pattern allocates nothing")]
pub(crate) enum Draft<'a> {
    Read(Parsed<'a>),
    Compiled(Pattern),
    Failed(PatternError),
}

impl<'a> Draft<'a> {
    /// Reads a pattern, and finds out whether RE2 refuses it.
    #[inline]
    pub(crate) fn new(pattern: &'a str, budget: &mut Budget) -> Self {
        if let Some(literal) = LiteralPattern::read(pattern) {
            return match budget.charge(steps(pattern.len()).saturating_add(4)) {
                Ok(()) => Draft::Compiled(literal.into()),
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

    /// Returns the literal prefix of all names that the pattern matches, as far as reading shows
    /// it.
    pub(crate) fn prefix(&self) -> Vec<u8> {
        match self {
            Draft::Read(parsed) => parsed.prefix().flatten().copied().collect(),
            Draft::Compiled(_) | Draft::Failed(_) => Vec::new(),
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

    /// Reports whether the pattern matches some part of `lead` followed by `name`.
    #[inline]
    pub(crate) fn is_match(
        &mut self,
        lead: &str,
        name: &str,
        budget: &mut Budget,
    ) -> Result<bool, PatternError> {
        if let Draft::Read(parsed) = self {
            if begins_otherwise(parsed.prefix(), lead, name) {
                budget.charge(PREFIX_STEPS)?;
                return Ok(false);
            }
            *self = match Pattern::build(parsed, budget) {
                Ok(pattern) => Draft::Compiled(pattern),
                Err(error) => Draft::Failed(error),
            };
        }
        match self {
            Draft::Compiled(pattern) => pattern.is_match_parts(lead, name, budget),
            Draft::Failed(error) => Err(error.repeat(budget)),
            Draft::Read(_) => Ok(false),
        }
    }
}

impl PatternError {
    /// Returns the error for one more name, and charges a step for it. If the budget lacks the step,
    /// no other pattern is tried either.
    #[cold]
    pub(crate) fn repeat(&self, budget: &mut Budget) -> Self {
        let _ = budget.charge(1);
        self.clone()
    }
}

/// Reports whether `lead` followed by `name` does not begin with these runs of characters.
#[inline]
pub(crate) fn begins_otherwise<'a>(
    runs: impl Iterator<Item = &'a [u8]>,
    lead: &str,
    name: &str,
) -> bool {
    let (mut lead, mut name) = (lead.as_bytes(), name.as_bytes());
    for mut run in runs {
        if let [first, rest @ ..] = lead {
            match run.split_first() {
                Some((byte, others)) if byte == first => (lead, run) = (rest, others),
                Some(_) => return true,
                None => continue,
            }
        }
        match name.strip_prefix(run) {
            Some(rest) => name = rest,
            None => return true,
        }
    }
    false
}
