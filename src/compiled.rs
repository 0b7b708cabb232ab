//! The patterns of a token, compiled before anything is asked.
//!
//! A compiled pattern takes no more than some bytes for each step of compiling it. What is held at once
//! is therefore bounded by steps, too: patterns beyond the bound are compiled whenever they are asked.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::pattern::{Budget, Pattern, PatternError, PatternErrorKind};
use crate::resource::ResourceKind;
use crate::token::{GrantTable, UnverifiedToken};

/// The result of compiling a pattern, and the steps that it took.
#[derive(Debug, Clone)]
pub(crate) struct CompiledPattern {
    pub(crate) pattern: Result<Pattern, PatternError>,
    pub(crate) steps: u64,
}

impl CompiledPattern {
    fn new(pattern: &str, budget: &mut Budget) -> Self {
        let before = budget.left();
        let pattern = Pattern::compile(pattern, budget);
        CompiledPattern { pattern, steps: before.saturating_sub(budget.left()) }
    }

    /// The pattern, or why there is none.
    pub(crate) fn get(&self) -> Result<&Pattern, PatternError> {
        self.pattern.as_ref().map_err(Clone::clone)
    }
}

/// The compiled patterns of one kind, in the token's order: those that were within the bound.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeldPatterns(Vec<Option<CompiledPattern>>);

impl HeldPatterns {
    /// Compiles patterns one after the other, as far as the budget goes.
    pub(crate) fn new(patterns: GrantTable<'_>, budget: &mut Budget) -> Self {
        let mut held = Vec::with_capacity(patterns.len());
        for grant in patterns.iter() {
            let compiled = CompiledPattern::new(grant.name, budget);
            let exhausted =
                matches!(&compiled.pattern, Err(error) if error.kind() == PatternErrorKind::BudgetExhausted);
            held.push(if exhausted { None } else { Some(compiled) });
        }
        HeldPatterns(held)
    }

    /// The pattern at a position, if it is held.
    #[inline]
    pub(crate) fn get(&self, position: usize) -> Option<&CompiledPattern> {
        self.0.get(position)?.as_ref()
    }

    /// The same, or the pattern compiled now, for which the budget pays.
    pub(crate) fn get_or_compile(
        &self,
        position: usize,
        pattern: &str,
        budget: &mut Budget,
    ) -> Cow<'_, CompiledPattern> {
        match self.get(position) {
            Some(held) => Cow::Borrowed(held),
            None => Cow::Owned(CompiledPattern::new(pattern, budget)),
        }
    }
}

/// The compiled patterns of the kinds that decide anything.
#[derive(Debug, Clone)]
pub(crate) struct CompiledPatterns {
    kinds: [HeldPatterns; ResourceKind::ALL.len()],
}

impl CompiledPatterns {
    /// Compiles patterns one after the other, as far as so many steps go.
    pub(crate) fn new(token: &UnverifiedToken, steps: u64) -> Self {
        let mut budget = Budget::new(steps);
        let compile = |kind| match kind {
            ResourceKind::User | ResourceKind::Space => HeldPatterns::default(),
            kind => HeldPatterns::new(token.patterns().of(kind), &mut budget),
        };
        CompiledPatterns { kinds: ResourceKind::ALL.map(compile) }
    }

    /// The pattern at a position among those of a kind, charged for as if it were compiled now. `None` if it must be
    /// compiled: it is not held, or compiling it would take more than is left and has to stop half-way, as it does
    /// without preparation.
    #[inline]
    pub(crate) fn get(
        &self,
        kind: ResourceKind,
        position: usize,
        budget: &mut Budget,
    ) -> Option<Result<&Pattern, PatternError>> {
        let held = self.kinds.get(kind as usize)?.get(position)?;
        budget.charge(held.steps).ok()?;
        Some(held.get())
    }
}
