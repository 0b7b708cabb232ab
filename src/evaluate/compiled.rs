//! The patterns of a token, compiled in advance. Each decision is charged for compiling all the
//! same, so no verdict depends on preparation.

use alloc::vec::Vec;

use crate::arithmetic::CannotOverflow;
use crate::pattern::{Budget, Draft, Pattern, PatternError, PatternErrorKind};
use crate::request::resource::ResourceKind;
use crate::token::UnverifiedToken;

/// The compiled patterns by kind, in the token's order; `None` if compiling one took too much work.
#[derive(Debug, Clone)]
pub(crate) struct CompiledPatterns {
    kinds: [Vec<Option<CompiledPattern>>; ResourceKind::ALL.len()],
}

/// A compiled pattern, or the error of compiling it, with the steps that compiling took.
#[derive(Debug, Clone)]
pub(crate) struct CompiledPattern {
    pub(crate) pattern: Result<Pattern, PatternError>,
    /// The steps of parsing the pattern.
    read: u64,
    /// The rest of compiling, charged only if a name may match; `None` if parsing was enough.
    pub(crate) build: Option<Build>,
}

/// The compilation of a parsed pattern.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    /// The literal prefix of every name that the pattern matches, known from parsing.
    pub(crate) prefix: Vec<u8>,
    pub(crate) steps: u64,
}

impl CompiledPatterns {
    /// Compiles the patterns in order, within a number of steps.
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

    /// Returns the pattern at a position of a kind, and charges for parsing it. Returns `None` if
    /// the caller must parse it: it is not compiled, or the budget does not suffice, so that
    /// parsing has to stop at the same step as without preparation.
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
