//! The unknowns that an indeterminate verdict depends on, each with the verdicts that it leads to.

use alloc::vec::Vec;
use core::fmt;

use crate::decision::{Condition, Decision, Reason, Verdict};
use crate::enums::named_enum;
use crate::evaluate::evaluate;
use crate::explain::Explanation;
use crate::pattern::PatternErrorKind;
use crate::policy::readings::{Doubt, GroupNames, Precedence, Readings};
use crate::policy::{KeysetFlag, Policy};
use crate::request::Request;
use crate::request::resource::ResourceKind;
use crate::token::UnverifiedToken;

named_enum! {
    /// An unknown that a verdict can depend on.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Unknown, "unknown", code {
        /// The rule by which the entry for a name and the patterns that match it combine.
        Precedence = "precedence",
        /// The form of a group's name that patterns are matched against.
        GroupNames = "group_names",
        /// The keyset's flag "Disallow Get All User Metadata".
        GetAllUserMetadata = "get_all_user_metadata",
        /// The keyset's flag "Disallow Get All Channel Metadata".
        GetAllChannelMetadata = "get_all_channel_metadata",
        /// The service's clock: the token is issued or expires about now.
        Clock = "clock",
        /// A requirement that is inferred, not documented.
        InferredRequirement = "inferred_requirement",
        /// The requirements of the operation, if nothing is known about them.
        UnknownRequirement = "unknown_requirement",
        /// The service's check of the token for an operation that needs no permission.
        TokenCheck = "token_check",
        /// The work limit, which left patterns untried.
        WorkLimit = "work_limit",
        /// A pattern that cannot be matched here.
        UnsupportedPattern = "unsupported_pattern",
        /// The service's way of matching patterns of DataSync's users.
        UserPattern = "user_pattern",
        /// A projection of DataSync, which may hide an item or refuse fields.
        Projection = "projection",
        /// The requirement on an item of DataSync whose id the service generates.
        GeneratedId = "generated_id",
    }
}

impl Unknown {
    /// Returns the command's option that settles it.
    #[must_use]
    pub const fn option(self) -> &'static str {
        match self {
            Unknown::Precedence => "--precedence",
            Unknown::GroupNames => "--group-names",
            Unknown::GetAllUserMetadata => "--get-all-user-metadata",
            Unknown::GetAllChannelMetadata => "--get-all-channel-metadata",
            Unknown::WorkLimit => "--work-limit",
            _ => "--doubt",
        }
    }

    /// Returns a description that follows "depends on".
    const fn described(self) -> &'static str {
        match self {
            Unknown::Precedence => {
                "how the service combines the entry for a name with the patterns that match it"
            }
            Unknown::GroupNames => "which form of a group's name the service matches patterns with",
            Unknown::GetAllUserMetadata => "the keyset's flag \"Disallow Get All User Metadata\"",
            Unknown::GetAllChannelMetadata => {
                "the keyset's flag \"Disallow Get All Channel Metadata\""
            }
            Unknown::Clock => "the service's clock, since the token is issued or expires about now",
            Unknown::InferredRequirement => "a requirement that is inferred, not documented",
            Unknown::UnknownRequirement => "what the operation needs, which is not documented",
            Unknown::TokenCheck => {
                "whether the service checks the token where no permission is needed"
            }
            Unknown::WorkLimit => {
                "this library's own work limit, which left patterns untried (no unknown of the \
                 service)"
            }
            Unknown::UnsupportedPattern => "a pattern that cannot be matched here",
            Unknown::UserPattern => "how the service matches patterns of users",
            Unknown::Projection => "a projection that only the service knows in full",
            Unknown::GeneratedId => "what an item with a generated id needs",
        }
    }
}

/// An unknown that an indeterminate verdict depends on. Prints as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecidedBy {
    /// The unknown.
    pub unknown: Unknown,
    /// The verdict for each value of its option. Empty for the work limit.
    pub verdicts: Vec<(&'static str, Verdict)>,
}

impl fmt::Display for DecidedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let option = self.unknown.option();
        write!(f, "depends on {}: ", self.unknown.described())?;
        if self.unknown == Unknown::WorkLimit {
            return write!(f, "raise it, as in {option} {RAISED_WORK_LIMIT}");
        }
        for (position, (value, verdict)) in self.verdicts.iter().enumerate() {
            match position {
                0 => write!(f, "{verdict} with {option} {value}")?,
                _ => write!(f, ", {verdict} with {value}")?,
            }
        }
        Ok(())
    }
}

/// A work limit to try where the default is not enough.
const RAISED_WORK_LIMIT: u64 = Policy::DEFAULT_WORK_LIMIT.saturating_mul(100);

/// Returns the unknowns that an indeterminate verdict depends on; none for any other verdict.
///
/// Pass the arguments that made the explanation.
///
/// ```
/// use pubnub_access::explanation::decided_by;
/// use pubnub_access::{Operation, Policy, Request, UnverifiedToken, explain};
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// let request = Request::builder(Operation::GetAllUserMetadata).user_id("alice").build()?;
/// let (now, policy) = (token.issued_at() + 5, Policy::new());
/// let explanation = explain(&token, &request, now, &policy);
/// let deciders = decided_by(&explanation, &token, &request, now, &policy);
/// assert_eq!(
///     deciders[0].to_string(),
///     "depends on the keyset's flag \"Disallow Get All User Metadata\": \
///      allow with --get-all-user-metadata allowed, deny with restricted",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn decided_by(
    explanation: &Explanation<'_>,
    token: &UnverifiedToken,
    request: &Request<'_>,
    now: u64,
    policy: &Policy<'_>,
) -> Vec<DecidedBy> {
    if explanation.verdict() != Verdict::Indeterminate {
        return Vec::new();
    }
    let decision = explanation.decision();
    let mut found = Vec::new();
    let mut add = |unknown, verdicts: Vec<(&'static str, Verdict)>| {
        found.push(DecidedBy { unknown, verdicts });
    };
    let precedence = by_dimension(
        decision,
        Precedence::ALL.iter().map(|value| (value.name(), Readings::with_precedence(*value))),
    );
    let group_names = by_dimension(
        decision,
        GroupNames::ALL.iter().map(|value| (value.name(), Readings::with_group_names(*value))),
    );
    let doubt = by_dimension(
        decision,
        Doubt::ALL.iter().map(|value| (value.name(), Readings::with_doubt(*value))),
    );
    precedence.into_iter().for_each(|verdicts| add(Unknown::Precedence, verdicts));
    group_names.into_iter().for_each(|verdicts| add(Unknown::GroupNames, verdicts));
    let Some(doubt) = doubt else { return found };
    for unknown in doubts(explanation) {
        let with = |policy: Policy<'_>| evaluate(token, request, now, &policy).verdict();
        let flags = [KeysetFlag::Allowed, KeysetFlag::Restricted];
        let verdicts = match unknown {
            Unknown::GetAllUserMetadata => {
                flags.map(|flag| (flag.name(), with(policy.get_all_user_metadata(flag)))).into()
            }
            Unknown::GetAllChannelMetadata => {
                flags.map(|flag| (flag.name(), with(policy.get_all_channel_metadata(flag)))).into()
            }
            Unknown::WorkLimit => Vec::new(),
            _ => doubt.clone(),
        };
        add(unknown, verdicts);
    }
    found
}

/// Returns the verdict for each value of a dimension; `None` if all are the same.
fn by_dimension(
    decision: Decision,
    values: impl Iterator<Item = (&'static str, Readings)>,
) -> Option<Vec<(&'static str, Verdict)>> {
    let (granting, considered) = (decision.granting_readings(), decision.considered_readings());
    let possible = values.filter(|(_, readings)| !(considered & *readings).is_empty());
    let verdicts: Vec<_> = possible
        .map(|(name, readings)| (name, Verdict::of(granting & readings, considered & readings)))
        .collect();
    let differ =
        verdicts.iter().any(|(_, verdict)| Some(*verdict) != verdicts.first().map(|v| v.1));
    differ.then_some(verdicts)
}

/// Returns the doubts that an explanation names, each once.
fn doubts(explanation: &Explanation<'_>) -> Vec<Unknown> {
    let in_doubt = |verdict: Verdict| verdict == Verdict::Indeterminate;
    let conditions = explanation.conditions().iter().filter(|report| in_doubt(report.verdict));
    let of_conditions = conditions.map(|report| match (report.condition, &report.reason) {
        (
            Condition::Time,
            Reason::NearExpiry { .. } | Reason::JustExpired { .. } | Reason::IssuedInFuture { .. },
        ) => Unknown::Clock,
        _ => Unknown::TokenCheck,
    });
    let requirements = explanation.requirements().iter().filter(|report| in_doubt(report.verdict));
    let of_requirements =
        requirements.flat_map(|report| &report.reasons).filter_map(|reason| match reason {
            Reason::RequirementInferred => Some(Unknown::InferredRequirement),
            Reason::RequirementUnknown => Some(Unknown::UnknownRequirement),
            Reason::IdMadeByService { .. } => Some(Unknown::GeneratedId),
            Reason::WorkLimitReached => Some(Unknown::WorkLimit),
            Reason::PatternUnsupported { error, .. }
                if error.kind() == PatternErrorKind::WorkLimitReached =>
            {
                Some(Unknown::WorkLimit)
            }
            Reason::PatternUnsupported { .. } => Some(Unknown::UnsupportedPattern),
            Reason::UserPatternInDoubt { .. } => Some(Unknown::UserPattern),
            Reason::ProjectionMayHide { .. } | Reason::ProjectionMayRefuse => {
                Some(Unknown::Projection)
            }
            Reason::KeysetFlagUnknown { kind: ResourceKind::Uuid } => {
                Some(Unknown::GetAllUserMetadata)
            }
            Reason::KeysetFlagUnknown { .. } => Some(Unknown::GetAllChannelMetadata),
            _ => None,
        });
    let mut found: Vec<Unknown> = Vec::new();
    for unknown in of_conditions.chain(of_requirements) {
        if !found.contains(&unknown) {
            found.push(unknown);
        }
    }
    // The work limit comes first, since the service cannot settle it.
    found.sort_by_key(|unknown| *unknown != Unknown::WorkLimit);
    found
}
