//! Counted work: what a compilation or a match may still spend. Refuses to spend more than there is.
//!
//! The rule of charging: every part of the work is paid for before it is done, at a price known by then. A part that does
//! not fit is not done, takes nothing and ends the attempt; what the attempt has paid until then stays paid. So no work is
//! free, and what one pattern could not afford is left for the others. Where a price is known only when the work is done,
//! all that is left goes towards it.

use super::{PatternError, PatternErrorKind};

/// Steps that are left, each about a nanosecond of a usual processor's time: looking at one character once.
///
/// Counted and never timed, so that an answer is the same on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    steps: u64,
}

impl Budget {
    /// A budget of `steps`.
    pub(crate) fn new(steps: u64) -> Self {
        Self { steps }
    }

    /// The steps that are left.
    pub(crate) fn left(&self) -> u64 {
        self.steps
    }

    /// Takes `steps`, or nothing and an error.
    #[inline]
    pub(crate) fn charge(&mut self, steps: u64) -> Result<(), PatternError> {
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(exhausted()),
        }
    }

    /// Takes `steps` for work that is done already, or all that is left and an error.
    #[inline]
    pub(crate) fn settle(&mut self, steps: u64) -> Result<(), PatternError> {
        let paid = self.charge(steps);
        if paid.is_err() {
            self.steps = 0;
        }
        paid
    }
}

#[cold]
pub(super) fn exhausted() -> PatternError {
    PatternError::new(PatternErrorKind::BudgetExhausted, 0, "it would take more work than the limit allows")
}
