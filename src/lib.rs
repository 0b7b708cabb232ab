#![cfg_attr(not(any(feature = "std", test)), no_std)]
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
mod audit;
mod compiled;
mod decision;
mod display;
mod enums;
mod evaluate;
mod explain;
#[cfg(feature = "gateway")]
mod gateway;
#[cfg(test)]
mod golden;
#[cfg(feature = "grant")]
mod grant;
#[cfg(feature = "serde")]
mod json;
pub mod learn;
mod operation;
mod pattern;
mod permission;
mod policy;
mod prepared;
mod readings;
mod refresh;
mod request;
mod resource;
#[cfg(feature = "revocation")]
mod revocation;
mod severity;
mod token;

pub use audit::{
    CategoryChange, Diff, Finding, FindingCode, NameChange, NameReach, OperationReach, PatternChange, PatternReach,
    PermissionChange, Place, ProjectionChange, Reach, UserChange, covers, diff, lint, reach,
};
pub use decision::{Condition, Decision, Reason, Requirement, Verdict};
pub use display::Escaped;
pub use enums::ParseEnumError;
pub use evaluate::evaluate;
pub use explain::{ConditionReport, Explanation, RequirementReport, explain};
#[cfg(feature = "gateway")]
pub use gateway::{
    Action, Administration, Credential, Enforcement, HttpRequest, Precheck, Rejection, Route, RouteError,
    RouteErrorKind, RoutePosition, Screening, ScreeningReason, Treatment, route,
};
#[cfg(feature = "tower")]
pub use gateway::{AnswerBody, Count, Counters, PrecheckFuture, PrecheckLayer, PrecheckService, ReplayBody};
#[cfg(feature = "grant")]
pub use grant::{
    ApiError, ApiErrorDetail, ApiErrorMeaning, ChannelPermissions, Endpoint, EndpointError, EntityPermissions,
    GrantError, GrantMeta, GrantProblem, GrantProblemKind, GrantRequest, GroupPermissions, MembershipPermissions,
    Missing, MissingGrant, ParseApiError, RelationshipPermissions, Unobtainable, UserPermissions, UuidPermissions,
    grant_endpoint, missing_grant, revoke_endpoint,
};
pub use operation::{Access, Needs, Operation, Projections};
pub use pattern::{Pattern, PatternError, PatternErrorKind};
pub use permission::{Permission, Permissions};
pub use policy::{DenyList, KeysetFlag, Policy};
pub use prepared::PreparedToken;
pub use readings::{Doubt, GroupNames, Precedence, Reading, Readings};
pub use refresh::Refresh;
pub use request::{NameError, Request, RequestBuilder, RequestError, RequestErrorKind};
pub use resource::{Resource, ResourceKind};
#[cfg(feature = "revocation")]
pub use revocation::{Fingerprint, ParseFingerprintError, RevocationError, RevocationList};
pub use severity::Severity;
pub use token::{
    Grant, GrantTable, Grants, Limits, MetaArray, MetaMap, MetaValue, Position, TokenError, TokenErrorKind, Unknown,
    UnverifiedToken,
};

/// Made-up tokens, for tests (feature `mint`).
#[cfg(feature = "mint")]
pub mod mint {
    pub use crate::token::mint::{Alphabet, KeySpelling, TestSection, TestToken};
}
