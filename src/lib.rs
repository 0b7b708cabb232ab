//! Decides what a PubNub Access Manager v3 token allows, offline.
//!
//! No network, no clock of its own, no secret: you bring the token, the question and the time. **It
//! is a pre-check.** PubNub does not publish how it signs tokens, so the signature is not verified.
//! Every verdict holds *if the token is genuine and not revoked*.
//!
//! # A token
//!
//! [`UnverifiedToken::parse`] decodes a token strictly: a token has exactly one meaning, or
//! decoding fails with a position. The module [`token`] shows its contents.
//!
//! ```
//! use pubnub_access::UnverifiedToken;
//!
//! # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
//! # let text = text.trim();
//! let token = UnverifiedToken::parse(text)?;
//! assert_eq!(token.authorized_user(), Some("alice"));
//! assert_eq!(token.expires_at(), 1_700_003_600); // Unix seconds
//! let room = token.resources().channels().get("room-1").unwrap();
//! assert_eq!(room.to_string(), "read, write");
//! assert_eq!(token.patterns().channels().iter().next().unwrap().name, "^room-[0-9]+$");
//! # Ok::<(), pubnub_access::TokenError>(())
//! ```
//!
//! # A question
//!
//! A [`Request`] is an [`Operation`] (the table there lists all with their requirements), the
//! resources that it names, and the requester. [`evaluate()`] answers with a [`Verdict`].
//!
//! ```
//! use pubnub_access::{Operation, Policy, Request, Verdict};
//! # use pubnub_access::UnverifiedToken;
//! # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
//! # let token = UnverifiedToken::parse(text.trim())?;
//!
//! let request = Request::builder(Operation::Publish).channel("room-1").user_id("alice").build()?;
//! let now = 1_700_000_060; // Unix seconds, from your clock
//! assert_eq!(token.evaluate(&request, now, &Policy::new()).verdict(), Verdict::Allow);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Verdict::Indeterminate`] means that the verdict depends on rules of the service that nobody
//! documents. A gateway forwards such a request to the service. Code that enforces permissions
//! itself refuses it.
#![cfg_attr(doc, doc = "[Verdicts and readings](_documentation::verdicts) says more.")]
//! A [`PreparedToken`] answers many questions about one token.
//!
//! # An explanation
//!
//! [`explain()`] follows the same rules and records the reasons: every condition, every grant that
//! affects a requirement, and grants that nearly did. The parts are in [`explanation`].
//!
//! ```
//! # use pubnub_access::{Operation, Policy, Request, UnverifiedToken};
//! # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
//! # let token = UnverifiedToken::parse(text.trim())?;
//! # let now = 1_700_000_060;
//! let request = Request::builder(Operation::FetchMessages).channel("hall").user_id("alice").build()?;
//! let explanation = token.explain(&request, now, &Policy::new());
//! assert_eq!(
//!     explanation.to_string(),
//!     "deny: fetch-messages needs read on channel hall, which is not granted",
//! );
//! assert_eq!(explanation.requirements()[0].reasons[0].code(), "no_grant");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A policy
//!
//! A [`Policy`] holds what you know and the token does not say: how your keyset works, how far the
//! clock is trusted, which tokens are revoked. It can be part of a configuration file. The module
//! [`learn`] infers how the service works from its own answers.
//!
//! ```
//! use pubnub_access::{Doubt, Policy, Precedence};
//!
//! let policy = Policy::new().precedence(Precedence::Union).clock_tolerance(30);
//! let enforcing = policy.doubt(Doubt::Refused);
//! # assert_eq!((policy.readings().len(), enforcing.readings().len()), (4, 2));
//! ```
//!
//! # An audit
//!
//! The module [`audit`] examines a token as a whole: [`lint`](audit::lint) finds mistakes,
//! [`reach`](audit::reach) lists all that it could ever allow, [`diff`](audit::diff) and
//! [`covers`](audit::covers) compare two tokens. With the feature `grant`, the module `grant`
//! writes and checks grant requests, and finds the smallest grant that a refused request needs.
//!
//! ```
//! # use pubnub_access::UnverifiedToken;
//! # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
//! # let token = UnverifiedToken::parse(text.trim())?;
//! assert!(token.lint().is_empty());
//! # Ok::<(), pubnub_access::TokenError>(())
//! ```
//!
//! # A gateway
//!
//! With the feature `gateway`, the module `gateway` reads the operation, the names and the
//! credential from an HTTP request. Its `Precheck` forwards the request, or answers it as the
//! service would. With the feature `tower`, `PrecheckLayer` does the same in front of axum, hyper
//! or tonic:
//!
//! ```ignore
//! let layer = PrecheckLayer::new(Precheck::new(Policy::new()));
//! let app = axum::Router::new().fallback(proxy).layer(layer);
//! ```
//!
//! # Examples
//!
//! In the folder `examples`:
//! [inspect](https://docs.rs/crate/pubnub-access/latest/source/examples/inspect.rs) a token,
//! [check](https://docs.rs/crate/pubnub-access/latest/source/examples/check.rs) requests, do so
//! [without std](https://docs.rs/crate/pubnub-access/latest/source/examples/no_std.rs), check a
//! [grant](https://docs.rs/crate/pubnub-access/latest/source/examples/grant.rs) before it is sent,
//! and run a [gateway](https://docs.rs/crate/pubnub-access/latest/source/examples/gateway.rs) in
//! front of a router.
#![cfg_attr(
    doc,
    doc = "
# More

- [Verdicts and readings](_documentation::verdicts): what nobody documents.
- [Untrusted input](_documentation::untrusted_input): the promises and the limits.
- [How PubNub's SDKs read tokens](_documentation::sdks)."
)]
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

extern crate alloc;

mod arithmetic;
pub mod audit;
mod deciding;
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
#[cfg_attr(docsrs, doc(cfg(feature = "json")))]
pub mod json;
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

/// Chapters for reading.
#[cfg(doc)]
pub mod _documentation {
    #[doc = include_str!("../docs/sdks.md")]
    pub mod sdks {}
    #[doc = include_str!("../docs/untrusted-input.md")]
    pub mod untrusted_input {}
    #[doc = include_str!("../docs/verdicts.md")]
    pub mod verdicts {}
}

/// Runs the programs in the README as tests.
#[cfg(all(doctest, feature = "json"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The parts of an [`Explanation`]: conditions on the token and requirements on resources.
pub mod explanation {
    pub use crate::deciding::{DecidedBy, Unknown, decided_by};
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
