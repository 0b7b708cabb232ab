//! Audits of a token as a whole, before anybody asks a question.
//!
//! - [`lint`] finds mistakes in a token, each with a stable code and a better way to write it.
//! - [`reach`] lists everything that a token could ever allow: exactly for names, symbolically for
//!   patterns.
//! - [`diff`] lists what a refreshed token gains and loses, under every reading.
//! - [`covers`] decides whether one token allows everything that another does.
//!
//! Every name is decided by the rules of [`evaluate`](crate::evaluate()). The work of an audit is
//! bounded: if the limit is reached, the result says what was not checked.

mod advice;
mod beginning;
mod compare;
mod covers;
mod diff;
mod finding;
mod groups;
mod held;
#[cfg(feature = "serde")]
mod json;
mod lint;
mod names;
mod patterns;
mod reach;
mod rules;
pub(crate) mod severity;
mod survey;

pub use covers::covers;
pub use diff::{
    CategoryChange, Diff, Expiries, NameChange, PatternChange, PermissionChange, ProjectionChange,
    UserChange, diff,
};
pub use finding::{Finding, FindingCode, Location, LocationParts};
pub use lint::lint;
pub use reach::{NameReach, OperationReach, PatternReach, Reach, reach};
pub use severity::Severity;

use alloc::vec::Vec;

use crate::arithmetic::CannotOverflow;
use crate::pattern::{Budget, Shape, shape};
use crate::policy::Policy;
use crate::request::resource::ResourceKind;
use crate::token::UnverifiedToken;

impl UnverifiedToken {
    /// Finds mistakes in the token, as [`lint`] does.
    ///
    /// ```
    /// use pubnub_access::UnverifiedToken;
    ///
    /// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
    /// let token = UnverifiedToken::parse(text.trim())?;
    /// assert!(token.lint().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lint(&self) -> Vec<Finding<'_>> {
        lint(self)
    }

    /// Returns everything that the token could ever allow, as [`reach`] does.
    ///
    /// ```
    /// use pubnub_access::{Operation, Policy, UnverifiedToken, Verdict};
    ///
    /// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
    /// let token = UnverifiedToken::parse(text.trim())?;
    /// assert_eq!(token.reach(&Policy::new()).operation(Operation::Publish).verdict, Verdict::Allow);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reach(&self, policy: &Policy<'_>) -> Reach<'_> {
        reach(self, policy)
    }
}

/// Steps that one audit may spend on compiling patterns and matching names, in the units of
/// [`Policy::work_limit`](crate::Policy::work_limit).
///
/// 800 names and 800 usual patterns take a fraction of it. A step of the costliest patterns takes
/// some nanoseconds, so an audit takes about a second at worst.
const MATCH_STEPS: u64 = 250_000_000;

/// Steps that one audit may spend on walking the states of patterns.
///
/// Usual patterns take tens of thousands of steps each. A step takes ten nanoseconds or more.
const SHAPE_STEPS: u64 = 60_000_000;

/// The share of `SHAPE_STEPS` that one pattern may spend.
const SHAPE_STEPS_PER_PATTERN: u64 = 2_000_000;

/// Steps of compiling that bound the patterns held at once, for one kind of one token.
///
/// Each step leaves some bytes in memory. Patterns beyond the bound are compiled again for each
/// name.
const HELD_STEPS: u64 = 10_000_000;

/// The steps that an audit has left.
///
/// There are two budgets, so that walking the states of costly patterns leaves steps for matching
/// names.
struct Work {
    matches: Budget,
    shapes: Budget,
}

impl Work {
    fn new() -> Self {
        Work { matches: Budget::new(MATCH_STEPS), shapes: Budget::new(SHAPE_STEPS) }
    }

    /// Returns the steps that one pattern may take.
    fn allowance(&self) -> Budget {
        Budget::new(self.shapes.left().min(SHAPE_STEPS_PER_PATTERN))
    }

    /// Subtracts the spent part of an allowance.
    fn settle(&mut self, allowance: &Budget) {
        let spent = self.allowance().left().minus(allowance.left());
        // An allowance is never more than the budget, so the charge cannot fail.
        let _ = self.shapes.charge(spent);
    }

    /// Returns the shape of a pattern's names; `None` if the work limit is reached.
    fn shape(&mut self, pattern: &str, groups: bool) -> Option<Shape> {
        let mut allowance = self.allowance();
        let shape = shape(pattern, groups, &mut allowance);
        self.settle(&allowance);
        shape
    }

    /// Returns the shape of a kind's pattern; `None` for users, whose matching nobody documents.
    fn shape_of(&mut self, kind: ResourceKind, pattern: &str) -> Option<Shape> {
        match kind {
            ResourceKind::User => None,
            kind => self.shape(pattern, kind == ResourceKind::Group),
        }
    }
}
