//! Audits of a token as a whole, before anybody asks a question.
//!
//! - [`lint`] finds mistakes in a token, each with a stable code and a better way to write it.
//! - [`reach`] lists everything that a token could ever allow: exactly for names, symbolically for
//!   patterns.
//! - [`diff`] lists what a refreshed token gains and loses, under every reading.
//! - [`covers`] decides whether one token allows everything that another does.
//!
//! Each name is decided about as [`evaluate`](crate::evaluate()) decides. Audits are for people,
//! and bounded: if the work limit is reached, the result says what was not checked.

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
    CategoryChange, Diff, NameChange, PatternChange, PermissionChange, ProjectionChange,
    UserChange, diff,
};
pub use finding::{Finding, FindingCode, Location};
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
/// It is several times what 800 names and 800 usual patterns take. A step of the costliest patterns
/// takes some nanoseconds, so that this is about a second at worst.
const STEPS: u64 = 250_000_000;

/// Steps that one audit may spend on walking the states of patterns.
///
/// Usual patterns take tens of thousands each. A step takes ten nanoseconds or more.
const STEPS_OF_SHAPES: u64 = 60_000_000;

/// Steps of them that one pattern may take.
const STEPS_OF_ONE: u64 = 2_000_000;

/// Steps of compiling the patterns of one kind of one token that are held at once.
///
/// A step leaves some bytes. Patterns beyond that are compiled again for each name.
const STEPS_HELD: u64 = 10_000_000;

/// The steps that an audit has left.
///
/// Walking the states of costly patterns leaves steps enough to match names.
struct Work {
    matches: Budget,
    shapes: Budget,
}

impl Work {
    fn new() -> Self {
        Work { matches: Budget::new(STEPS), shapes: Budget::new(STEPS_OF_SHAPES) }
    }

    /// Returns the steps that one pattern may take.
    fn allowance(&self) -> Budget {
        Budget::new(self.shapes.left().min(STEPS_OF_ONE))
    }

    /// Subtracts the spent part of an allowance.
    fn settle(&mut self, allowance: &Budget) {
        let spent = self.allowance().left().minus(allowance.left());
        // It is never more than there is.
        let _ = self.shapes.charge(spent);
    }

    /// Returns the shape of a pattern's names, if there is work left to find it.
    fn shape(&mut self, pattern: &str, groups: bool) -> Option<Shape> {
        let mut allowance = self.allowance();
        let shape = shape(pattern, groups, &mut allowance);
        self.settle(&allowance);
        shape
    }

    /// Returns the same for a pattern of a kind; `None` if nobody documents how the service matches
    /// it.
    fn shape_of(&mut self, kind: ResourceKind, pattern: &str) -> Option<Shape> {
        match kind {
            ResourceKind::User => None,
            kind => self.shape(pattern, kind == ResourceKind::Group),
        }
    }
}
