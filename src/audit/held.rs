//! Compiled patterns that an audit holds to match them with many names.
//!
//! A compiled pattern takes some bytes for each step of compiling it at most. Memory is therefore
//! bounded by steps: patterns beyond the bound are compiled again for each name.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::pattern::{Budget, Pattern, PatternError, PatternErrorKind};
use crate::token::GrantTable;

/// The result of compiling a pattern, and the steps that it took.
#[derive(Clone)]
pub(super) struct CompiledPattern {
    pub(super) pattern: Result<Pattern, PatternError>,
    pub(super) steps: u64,
}

impl CompiledPattern {
    fn new(pattern: &str, budget: &mut Budget) -> Self {
        let before = budget.left();
        let pattern = Pattern::compile(pattern, budget);
        CompiledPattern { pattern, steps: before.saturating_sub(budget.left()) }
    }
}

/// The compiled patterns of one kind, in the token's order: those that were within the bound.
pub(super) struct HeldPatterns(Vec<Option<CompiledPattern>>);

impl HeldPatterns {
    /// Compiles patterns one after the other, as far as the budget goes.
    pub(super) fn new(patterns: GrantTable<'_>, budget: &mut Budget) -> Self {
        let mut held = Vec::with_capacity(patterns.len());
        for grant in patterns.iter() {
            let compiled = CompiledPattern::new(grant.name, budget);
            let exhausted = matches!(&compiled.pattern, Err(error) if error.kind() == PatternErrorKind::WorkLimitReached);
            held.push(if exhausted { None } else { Some(compiled) });
        }
        HeldPatterns(held)
    }

    /// The pattern at a position: held, or compiled now, for which the budget pays.
    #[inline]
    pub(super) fn get_or_compile(
        &self,
        position: usize,
        pattern: &str,
        budget: &mut Budget,
    ) -> Cow<'_, CompiledPattern> {
        match self.0.get(position) {
            Some(Some(held)) => Cow::Borrowed(held),
            _ => Cow::Owned(CompiledPattern::new(pattern, budget)),
        }
    }
}
