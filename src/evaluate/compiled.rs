//! The patterns of a token, compiled before anything is asked. What compiling takes is charged to
//! each question all the same, so that no answer depends on it.

use alloc::vec::Vec;

use crate::arithmetic::CannotOverflow;
use crate::pattern::{Budget, Draft, Pattern, PatternError, PatternErrorKind};
use crate::request::resource::ResourceKind;
use crate::token::UnverifiedToken;

/// The compiled patterns of the kinds that decide anything, in the token's order; nothing for one
/// that took too much work.
#[derive(Debug, Clone)]
pub(crate) struct CompiledPatterns {
    kinds: [Vec<Option<CompiledPattern>>; ResourceKind::ALL.len()],
}

/// A pattern that is compiled, or cannot be, and the steps that it took.
#[derive(Debug, Clone)]
pub(crate) struct CompiledPattern {
    pub(crate) pattern: Result<Pattern, PatternError>,
    /// The steps of reading the pattern.
    read: u64,
    /// What is paid only where a name may match it; `None` if reading it was all there is to do.
    pub(crate) build: Option<Build>,
}

/// Compiling a pattern that has been read.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    /// The literal prefix of all names that the pattern matches, as far as reading it shows.
    pub(crate) prefix: Vec<u8>,
    pub(crate) steps: u64,
}

impl CompiledPatterns {
    /// Compiles the patterns one after the other, as far as so many steps go.
    pub(crate) fn new(token: &UnverifiedToken, steps: u64) -> Self {
        let mut budget = Budget::new(steps);
        let mut compile = |kind| {
            if matches!(kind, ResourceKind::User | ResourceKind::Space) {
                return Vec::new();
            }
            let patterns = token.patterns().of(kind);
            let mut list = Vec::with_capacity(patterns.len());
            for grant in patterns.iter() {
                let before = budget.left();
                let draft = Draft::new(grant.name, &mut budget);
                let unbuilt = budget.left();
                let prefix = draft.prefix();
                let pattern = draft.finish(&mut budget);
                let exhausted = matches!(&pattern, Err(error) if error.kind() == PatternErrorKind::WorkLimitReached);
                let compiled = CompiledPattern {
                    pattern,
                    read: before.minus(unbuilt),
                    build: prefix
                        .map(|prefix| Build { prefix, steps: unbuilt.minus(budget.left()) }),
                };
                list.push(if exhausted { None } else { Some(compiled) });
            }
            list
        };
        let mut kinds = [const { Vec::new() }; ResourceKind::ALL.len()];
        for (list, kind) in kinds.iter_mut().zip(ResourceKind::ALL) {
            *list = compile(*kind);
        }
        CompiledPatterns { kinds }
    }

    /// The pattern at a position among those of a kind; reading it is charged for as if it happened
    /// now. `None` if it must be read: it is not there, or reading it would take more than is left
    /// and has to stop half-way, as it does without preparation.
    #[inline]
    pub(crate) fn get(
        &self,
        kind: ResourceKind,
        position: usize,
        budget: &mut Budget,
    ) -> Option<&CompiledPattern> {
        let compiled = self.kinds.get(kind as usize)?.get(position)?.as_ref()?;
        budget.charge(compiled.read).ok()?;
        Some(compiled)
    }
}
