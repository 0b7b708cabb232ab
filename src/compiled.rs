//! The patterns of a token, compiled before anything is asked. What compiling takes is charged to each question all the same,
//! so that no answer depends on it.

use alloc::vec::Vec;

use crate::arithmetic::CannotOverflow;
use crate::pattern::{Budget, Pattern, PatternError, PatternErrorKind};
use crate::resource::ResourceKind;
use crate::token::UnverifiedToken;

/// The compiled patterns of the kinds that decide anything, in the token's order; nothing for one that took too much work.
#[derive(Debug, Clone)]
pub(crate) struct CompiledPatterns {
    kinds: [Vec<Option<Slot>>; ResourceKind::ALL.len()],
}

/// What compiling a pattern gave, and the steps that it took.
#[derive(Debug, Clone)]
struct Slot {
    pattern: Result<Pattern, PatternError>,
    steps: u64,
}

impl CompiledPatterns {
    /// Compiles the patterns one after the other, as far as so many steps go.
    pub(crate) fn new(token: &UnverifiedToken, steps: u64) -> Self {
        let mut budget = Budget::new(steps);
        let compile = |kind| {
            if matches!(kind, ResourceKind::User | ResourceKind::Space) {
                return Vec::new();
            }
            let patterns = token.patterns().of(kind);
            let mut slots = Vec::with_capacity(patterns.len());
            for grant in patterns.iter() {
                let before = budget.left();
                let pattern = Pattern::compile(grant.name, &mut budget);
                let exhausted = matches!(&pattern, Err(error) if error.kind() == PatternErrorKind::BudgetExhausted);
                let slot = Slot { pattern, steps: before.minus(budget.left()) };
                slots.push(if exhausted { None } else { Some(slot) });
            }
            slots
        };
        CompiledPatterns { kinds: ResourceKind::ALL.map(compile) }
    }

    /// The pattern at a position among those of a kind, charged for as if it were compiled now. `None` if it must be
    /// compiled: it is not there, or compiling it would take more than is left and has to stop half-way, as it does
    /// without preparation.
    #[inline]
    pub(crate) fn get(
        &self,
        kind: ResourceKind,
        position: usize,
        budget: &mut Budget,
    ) -> Option<Result<&Pattern, PatternError>> {
        let slot = self.kinds.get(kind as usize)?.get(position)?.as_ref()?;
        budget.charge(slot.steps).ok()?;
        Some(slot.pattern.as_ref().map_err(Clone::clone))
    }
}
