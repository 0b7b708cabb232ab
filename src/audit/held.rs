//! Compiled patterns that an audit holds to match them with many names.
//!
//! A compiled pattern takes at most some bytes for each step of compiling it, so a number of steps
//! bounds the memory. Patterns beyond the bound are compiled again for each name.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::pattern::{Budget, Pattern, PatternError, PatternErrorKind};
use crate::token::GrantTable;

/// The result of compiling a pattern, and the steps that it took.
#[derive(Clone)]
pub(super) struct HeldPattern {
    pub(super) pattern: Result<Pattern, PatternError>,
    pub(super) steps: u64,
}

impl HeldPattern {
    fn new(pattern: &str, budget: &mut Budget) -> Self {
        let before = budget.left();
        let pattern = Pattern::compile(pattern, budget);
        HeldPattern { pattern, steps: before.saturating_sub(budget.left()) }
    }
}

/// The compiled patterns of one kind, in the token's order; `None` beyond the bound.
pub(super) struct HeldPatterns(Vec<Option<HeldPattern>>);

impl HeldPatterns {
    /// Compiles patterns in order until the budget runs out.
    pub(super) fn new(patterns: GrantTable<'_>, budget: &mut Budget) -> Self {
        let mut held = Vec::with_capacity(patterns.len());
        for grant in patterns.iter() {
            let compiled = HeldPattern::new(grant.name, budget);
            let exhausted = matches!(&compiled.pattern, Err(error) if error.kind() == PatternErrorKind::WorkLimitReached);
            held.push(if exhausted { None } else { Some(compiled) });
        }
        HeldPatterns(held)
    }

    /// Returns the pattern at a position. If it is not held, compiles it at the budget's cost.
    #[inline]
    pub(super) fn get_or_compile(
        &self,
        position: usize,
        pattern: &str,
        budget: &mut Budget,
    ) -> Cow<'_, HeldPattern> {
        match self.0.get(position) {
            Some(Some(held)) => Cow::Borrowed(held),
            _ => Cow::Owned(HeldPattern::new(pattern, budget)),
        }
    }
}
