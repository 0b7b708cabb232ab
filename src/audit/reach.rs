//! The reach of a token: the verdict on each operation, for each name in the token and each of its
//! patterns, at any time. An undecided verdict is indeterminate.
//!
//! Names are exact, since the evaluator decides each. A pattern stands for all names that it
//! matches and comes with one of them as an example.

use alloc::string::String;
use alloc::vec::Vec;

use crate::decision::Verdict;
use crate::operation::Operation;
use crate::permission::Permissions;
use crate::policy::Policy;
use crate::request::Request;
use crate::request::resource::{ResourceKind, without_colon};
use crate::token::UnverifiedToken;

use super::rules::is_usable;
use super::survey::Survey;

/// The reach of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OperationReach {
    /// The operation.
    pub operation: Operation,
    /// The best verdict that any request can get; [`Verdict::Deny`] if every request is denied.
    pub verdict: Verdict,
    /// The best verdict for requests on resources that no entry names and no pattern matches.
    pub elsewhere: Verdict,
}

/// The reach of a resource that the token names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NameReach<'a> {
    /// The kind.
    pub kind: ResourceKind,
    /// The name, as the token has it.
    pub name: &'a str,
    /// The permissions of its entry.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::names"))]
    pub permissions: Permissions,
    /// False if the work limit was reached: the verdicts are then indeterminate.
    pub checked: bool,
    /// The operations that are not always denied on this resource, each with its best verdict.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::json::by_operation"))]
    pub operations: Vec<(Operation, Verdict)>,
}

/// The reach of the resources whose names match a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PatternReach<'a> {
    /// The kind.
    pub kind: ResourceKind,
    /// The pattern.
    pub pattern: &'a str,
    /// Its permissions.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::names"))]
    pub permissions: Permissions,
    /// True if it is certain that no name matches.
    pub matches_nothing: bool,
    /// True if it is certain that every name matches.
    pub matches_everything: bool,
    /// A name that it matches, if one was found.
    pub example: Option<String>,
    /// The operations that need its permissions, each with the verdict for the example.
    /// Indeterminate if there is no example, or if the example is denied for other reasons.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::json::by_operation"))]
    pub operations: Vec<(Operation, Verdict)>,
}

/// Everything that a token could ever allow.
///
/// ```
/// use pubnub_access::audit::reach;
/// use pubnub_access::{Operation, Policy, UnverifiedToken, Verdict};
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// let reach = reach(&token, &Policy::new());
/// assert_eq!(reach.operation(Operation::Publish).verdict, Verdict::Allow);
/// assert_eq!(reach.operation(Operation::DeleteMessages).verdict, Verdict::Deny);
/// assert!(reach.names().iter().any(|name| name.name == "room-1"));
/// assert_eq!(reach.patterns()[0].example.as_deref(), Some("room-0"));
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct Reach<'a> {
    pub(super) user: Option<&'a str>,
    pub(super) operations: Vec<OperationReach>,
    /// The names to show, then further names that the same entries stand for.
    pub(super) names: Vec<NameReach<'a>>,
    pub(super) listed: usize,
    pub(super) patterns: Vec<PatternReach<'a>>,
    /// The names as requests write them, sorted, each with its position in `names`.
    pub(super) index: Vec<(ResourceKind, String, usize)>,
    /// The verdicts for names that nothing grants.
    pub(super) bases: Vec<(Operation, ResourceKind, Verdict)>,
}

/// Finds everything that a token could ever allow under a policy. That is what it allows at some
/// time, to some user, if it is genuine and not revoked.
///
/// The policy's readings, the keyset's flags and the deny list count: a revoked token reaches
/// nothing. Takes time in proportion to the token's size. Verdicts beyond the work limit are
/// indeterminate.
pub fn reach<'a>(token: &'a UnverifiedToken, policy: &Policy<'_>) -> Reach<'a> {
    let mut survey = Survey::new(token, policy);
    let revoked = policy.revocations().is_some_and(|deny_list| deny_list.is_revoked(token));
    if is_usable(token) && !revoked {
        survey.look_up();
        survey.describe()
    } else {
        survey.nothing()
    }
}

/// Returns a rank that orders verdicts from the best for the requester to the worst.
pub(super) fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Allow => 0,
        Verdict::Indeterminate => 1,
        Verdict::Deny => 2,
    }
}

pub(super) fn better(one: Verdict, other: Verdict) -> Verdict {
    if rank(&other) < rank(&one) { other } else { one }
}

impl<'a> Reach<'a> {
    /// Returns the only user id that can use the token; `None` if any can.
    #[must_use]
    pub fn authorized_user(&self) -> Option<&'a str> {
        self.user
    }

    /// Returns every operation of the table, in its order.
    #[must_use]
    pub fn operations(&self) -> &[OperationReach] {
        &self.operations
    }

    /// Returns one operation.
    #[must_use]
    pub fn operation(&self, operation: Operation) -> OperationReach {
        let found = self.operations.iter().find(|reach| reach.operation == operation).copied();
        // The list holds every operation.
        found.unwrap_or(OperationReach {
            operation,
            verdict: Verdict::Indeterminate,
            elsewhere: Verdict::Indeterminate,
        })
    }

    /// Returns the names of the token's entries that requests can name, in the token's order.
    #[must_use]
    pub fn names(&self) -> &[NameReach<'a>] {
        self.names.get(..self.listed).unwrap_or_default()
    }

    /// Returns the patterns, in the token's order.
    #[must_use]
    pub fn patterns(&self) -> &[PatternReach<'a>] {
        &self.patterns
    }

    /// Returns the best verdict for an operation on this resource; indeterminate if a pattern may
    /// match the name.
    ///
    /// ```
    /// use pubnub_access::audit::reach;
    /// use pubnub_access::{Operation, Policy, ResourceKind, UnverifiedToken, Verdict};
    ///
    /// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
    /// let token = UnverifiedToken::parse(text.trim())?;
    /// let reach = reach(&token, &Policy::new());
    /// assert_eq!(reach.on(Operation::Publish, ResourceKind::Channel, "room-1"), Verdict::Allow);
    /// assert_eq!(reach.on(Operation::Publish, ResourceKind::Channel, "other"), Verdict::Deny);
    /// assert_eq!(reach.on(Operation::FetchMessages, ResourceKind::Channel, "other"), Verdict::Indeterminate);
    /// # Ok::<(), pubnub_access::TokenError>(())
    /// ```
    pub fn on(&self, operation: Operation, kind: ResourceKind, name: &str) -> Verdict {
        let summary = self.operation(operation);
        let Some(access) = operation.requirements().of(kind) else { return Verdict::Deny };
        let Some(permission) = access.permission else { return summary.verdict };
        let plain = without_colon(kind, name);
        let base = self.bases.iter().find(|(known, of, _)| (*known, *of) == (operation, kind));
        let base = base.map_or(summary.elsewhere, |(.., verdict)| *verdict);
        let at = self
            .index
            .partition_point(|(known, asked, _)| (*known, asked.as_str()) < (kind, plain));
        let mut same = self.index.get(at..).unwrap_or_default().iter();
        if let Some((.., place)) =
            same.next().filter(|(known, asked, _)| (*known, asked.as_str()) == (kind, plain))
        {
            let operations =
                self.names.get(*place).map(|reach| reach.operations.as_slice()).unwrap_or_default();
            let found = operations.iter().find(|(known, _)| *known == operation);
            return found.map_or(Verdict::Deny, |(_, verdict)| *verdict);
        }
        let matches = |pattern: &&PatternReach<'_>| {
            pattern.kind == kind && pattern.permissions.has(permission) && !pattern.matches_nothing
        };
        let possible = self.patterns.iter().any(|pattern| {
            matches(&pattern) && pattern.operations.iter().any(|(known, _)| *known == operation)
        });
        if possible { better(Verdict::Indeterminate, base) } else { base }
    }

    /// Reports whether a request is certain to be denied, in every reading and at any time.
    #[must_use]
    pub fn excludes(&self, request: &Request<'_>) -> bool {
        let operation = request.operation();
        let stranger = self.user.is_some_and(|user_id| request.user_id() != Some(user_id));
        stranger && !operation.requirements().is_nothing()
            || self.operation(operation).verdict == Verdict::Deny
            || request
                .resources()
                .iter()
                .any(|resource| self.on(operation, resource.kind, resource.name) == Verdict::Deny)
    }
}
