#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::todo,
    clippy::unimplemented,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        reason = "a test may fail loudly"
    )
)]
#![doc = include_str!("../README.md")]

extern crate alloc;

mod arithmetic;
pub mod audit;
mod decision;
mod display;
mod enums;
mod evaluate;
mod explain;
#[cfg(feature = "gateway")]
#[cfg_attr(docsrs, doc(cfg(feature = "gateway")))]
pub mod gateway;
#[cfg(test)]
mod golden;
#[cfg(feature = "grant")]
#[cfg_attr(docsrs, doc(cfg(feature = "grant")))]
pub mod grant;
#[cfg(feature = "serde")]
mod json;
pub mod learn;
pub mod operation;
mod pattern;
mod permission;
pub mod policy;
pub mod request;
#[cfg(feature = "revocation")]
#[cfg_attr(docsrs, doc(cfg(feature = "revocation")))]
pub mod revocation;
pub mod token;

pub use decision::{Decision, Reason, Verdict};
pub use enums::ParseEnumError;
pub use evaluate::evaluate;
pub use evaluate::prepared::PreparedToken;
pub use explain::{Explanation, explain};
#[doc(inline)]
pub use operation::Operation;
pub use pattern::{Pattern, PatternError, PatternErrorKind};
pub use permission::{Permission, Permissions};
#[doc(inline)]
pub use policy::{DenyList, Doubt, GroupNames, KeysetFlag, Policy, Precedence, Readings};
#[doc(inline)]
pub use request::{
    OwnedRequest, Request, RequestBuilder, RequestError, RequestErrorKind, ResourceKind,
};
#[doc(inline)]
pub use token::{Limits, TokenError, TokenErrorKind, UnverifiedToken};

/// The parts of an [`Explanation`]: conditions on the token, and what each resource needs.
pub mod explanation {
    pub use crate::decision::{Condition, Requirement};
    pub use crate::display::Escaped;
    pub use crate::explain::{ConditionReport, RequirementReport};
}

/// Made-up tokens, for tests (feature `mint`).
#[cfg(feature = "mint")]
#[cfg_attr(docsrs, doc(cfg(feature = "mint")))]
pub mod mint {
    pub use crate::token::mint::{Alphabet, KeySpelling, TestSection, TestToken};
}
