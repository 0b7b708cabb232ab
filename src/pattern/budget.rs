//! Counted work: what a compilation or a match may still spend. Refuses to spend more than there is.

use super::{PatternError, PatternErrorKind};

/// Steps that are left, each about the cost of looking at one character once.
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

    /// Takes `steps`, or everything that is left and an error.
    #[inline]
    pub(crate) fn charge(&mut self, steps: u64) -> Result<(), PatternError> {
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => {
                self.steps = 0;
                Err(exhausted())
            }
        }
    }
}

#[cold]
fn exhausted() -> PatternError {
    PatternError::new(PatternErrorKind::BudgetExhausted, 0, "expected less work: the step budget is used up")
}
