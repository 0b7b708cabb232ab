//! Budgets: the steps that compiling or matching may still take.
//!
//! Every part of the work is charged before it is done. If the budget does not suffice for a part,
//! the part is not charged and the attempt ends; earlier charges remain. So no work is free, and
//! steps that did not suffice for one pattern remain for the others.

use super::{PatternError, PatternErrorKind};

/// The error of a budget that does not suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

impl From<Exhausted> for PatternError {
    #[cold]
    fn from(Exhausted: Exhausted) -> Self {
        let message = "it would take more work than the limit allows";
        Self::new(PatternErrorKind::WorkLimitReached, 0, message)
    }
}

/// The remaining steps. A step is the work of reading one character, about a nanosecond on a usual
/// processor.
///
/// Steps are counted and never timed, so that a verdict is the same on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    steps: u64,
}

impl Budget {
    /// Creates a budget of `steps`.
    pub(crate) fn new(steps: u64) -> Self {
        Self { steps }
    }

    /// Returns the steps that are left.
    pub(crate) fn left(&self) -> u64 {
        self.steps
    }

    /// Charges all of `steps`, or fails and charges nothing.
    #[inline]
    pub(crate) fn charge(&mut self, steps: u64) -> Result<(), Exhausted> {
        self.steps = self.steps.checked_sub(steps).ok_or(Exhausted)?;
        Ok(())
    }
}

/// Converts a count to steps.
#[inline]
pub(super) fn steps(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
