//! Counted work: what a compilation or a match may still spend. Refuses to spend more than there
//! is.
//!
//! The rule of charging: every part of the work is paid for before it is done. A part that does not
//! fit is not done, takes nothing and ends the attempt; what the attempt has paid until then stays
//! paid. So no work is free, and what one pattern could not afford is left for the others.

use super::{PatternError, PatternErrorKind};

/// The error of work that a budget has no steps for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

impl From<Exhausted> for PatternError {
    #[cold]
    fn from(Exhausted: Exhausted) -> Self {
        let message = "it would take more work than the limit allows";
        Self::new(PatternErrorKind::WorkLimitReached, 0, message)
    }
}

/// Steps that are left, each about a nanosecond of a usual processor's time: looking at one
/// character once.
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
    pub(crate) fn charge(&mut self, steps: u64) -> Result<(), Exhausted> {
        self.steps = self.steps.checked_sub(steps).ok_or(Exhausted)?;
        Ok(())
    }
}

/// How many there are of something, as steps.
#[inline]
pub(super) fn steps(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
