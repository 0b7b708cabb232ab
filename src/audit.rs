//! What can be said of a token as a whole, before anybody asks a question: what is wrong with it ([`lint`]), what it could
//! ever allow ([`reach`]), and how it differs from another ([`diff`], [`covers`]). Refuses nothing; where the work runs
//! out, the answer says what was not checked.
//!
//! Whatever is said of a name comes from the evaluator, whatever is said of an operation from the operation table.

mod advice;
mod beginning;
mod compare;
mod covers;
mod diff;
mod finding;
#[cfg(feature = "serde")]
mod json;
mod lint;
mod names;
mod patterns;
mod reach;
mod rules;
mod survey;

pub use covers::covers;
pub use diff::{CategoryChange, Diff, NameChange, PatternChange, PermissionChange, UserChange, diff};
pub use finding::{Finding, FindingCode, Place};
pub use lint::lint;
pub use reach::{NameReach, OperationReach, PatternReach, Reach, reach};

/// Steps that one audit may spend on patterns, in the units of [`Policy::work_limit`](crate::Policy::work_limit).
const STEPS: u64 = 20_000_000;

/// Steps that finding out about one pattern may take of them.
const STEPS_OF_ONE: u64 = 2_000_000;
