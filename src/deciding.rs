//! What an answer in doubt depends on, and the verdict for each way in which that may be.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::decision::{Condition, Decision, Reason, Verdict};
use crate::display::join;
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
    /// Something that is not known and that a verdict can depend on.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Unknown, "unknown", code {
        /// How the entry for a name combines with the patterns that match it.
        Precedence = "precedence",
        /// The form of a group's name that patterns are matched against.
        GroupNames = "group_names",
        /// The keyset's flag "Disallow Get All User Metadata".
        GetAllUserMetadata = "get_all_user_metadata",
        /// The keyset's flag "Disallow Get All Channel Metadata".
        GetAllChannelMetadata = "get_all_channel_metadata",
        /// The service's clock, where the token is issued or expires about now.
        Clock = "clock",
        /// A need of the operation that is inferred and not documented.
        InferredNeed = "inferred_need",
        /// The needs of the operation, of which nothing is known.
        UnknownNeed = "unknown_need",
        /// Whether the service checks the token where no permission is needed.
        TokenCheck = "token_check",
        /// The work limit, which left patterns untried.
        WorkLimit = "work_limit",
        /// A pattern that cannot be matched here.
        UnsupportedPattern = "unsupported_pattern",
        /// How the service matches patterns of DataSync's users.
        UserPattern = "user_pattern",
        /// A projection of DataSync, which may hide an item or refuse fields.
        Projection = "projection",
        /// The need on an item of DataSync whose id the service makes.
        GeneratedId = "generated_id",
    }
}

impl Unknown {
    /// Returns the option of the command line that settles it.
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

    /// Returns what it is, as the subject of a sentence.
    const fn subject(self) -> &'static str {
        match self {
            Unknown::Precedence => {
                "how the service combines the entry for a name with the patterns that match it"
            }
            Unknown::GroupNames => "which form of a group's name the service matches patterns with",
            Unknown::GetAllUserMetadata => "the keyset's flag \"Disallow Get All User Metadata\"",
            Unknown::GetAllChannelMetadata => {
                "the keyset's flag \"Disallow Get All Channel Metadata\""
            }
            Unknown::Clock => "the service's clock: the token is issued or expires about now,",
            Unknown::InferredNeed => "a need that is inferred and not documented",
            Unknown::UnknownNeed => "what the operation needs, which is not documented,",
            Unknown::TokenCheck => {
                "whether the service checks the token where no permission is needed"
            }
            Unknown::WorkLimit => {
                "this library's own work limit, which left patterns untried (no unknown of the \
                 service),"
            }
            Unknown::UnsupportedPattern => "a pattern that cannot be matched here",
            Unknown::UserPattern => "how the service matches patterns of users",
            Unknown::Projection => "a projection that the service alone knows in full",
            Unknown::GeneratedId => "what is needed on an item whose id the service makes",
        }
    }
}

/// An unknown that an indeterminate verdict depends on. Prints as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecidedBy {
    /// The unknown.
    pub unknown: Unknown,
    /// The verdict for each value, as its option names them. Empty where only more work can tell.
    pub verdicts: Vec<(&'static str, Verdict)>,
}

impl fmt::Display for DecidedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let option = self.unknown.option();
        write!(f, "{} decides: ", self.unknown.subject())?;
        if self.unknown == Unknown::WorkLimit {
            return write!(f, "raise it with {option}, as in {option} {}", RAISED_WORK_LIMIT);
        }
        let values = self.verdicts.iter().map(|(value, verdict)| {
            let mut text = String::from(*value);
            text.push_str(": ");
            text.push_str(verdict.name());
            text
        });
        write!(f, "with {option} {}", join(values, "; "))
    }
}

/// A work limit to try where the default is not enough.
const RAISED_WORK_LIMIT: u64 = Policy::DEFAULT_WORK_LIMIT.saturating_mul(100);

/// Returns what an explanation's verdict depends on: nothing, unless it is indeterminate.
///
/// The arguments are those of the explanation.
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
///     "the keyset's flag \"Disallow Get All User Metadata\" decides: \
///      with --get-all-user-metadata allowed: allow; restricted: deny",
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

/// The verdict for each value of a dimension of the readings; `None` where all are the same.
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

/// The doubts that an explanation names, each once.
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
            Reason::NeedInferred => Some(Unknown::InferredNeed),
            Reason::NeedUnknown => Some(Unknown::UnknownNeed),
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
    // The work limit comes first: nothing that the service does can settle it.
    found.sort_by_key(|unknown| *unknown != Unknown::WorkLimit);
    found
}
