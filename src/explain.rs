//! The full answer: every condition, every requirement, every grant that bears on it, and what nearly did.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::decision::{Condition, Decision, Reason, Requirement, Verdict};
use crate::display::{Escaped, join};
use crate::evaluate::{Subject, Trace, judge};
use crate::operation::Operation;
use crate::pattern::{Budget, Match, Pattern};
use crate::permission::Permission;
use crate::policy::Policy;
use crate::readings::Readings;
use crate::request::Request;
use crate::resource::ResourceKind;
use crate::token::UnverifiedToken;

/// Decides as [`evaluate`](crate::evaluate()) does, and says why.
///
/// ```
/// use pubnub_access::{Operation, Policy, Request, UnverifiedToken, explain};
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// let request = Request::builder(Operation::DeleteMessages).channel("room-1").user_id("alice").build()?;
/// let explanation = explain(&token, &request, token.issued_at() + 5, &Policy::new());
/// assert_eq!(explanation.to_string(), "deny: room-1 is granted read, write, delete-messages needs delete");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn explain<'a>(
    token: &'a UnverifiedToken,
    request: &Request<'a>,
    now: u64,
    policy: &Policy<'_>,
) -> Explanation<'a> {
    explain_subject(Subject { token, compiled: None }, request, now, policy)
}

/// Explains for any subject.
pub(crate) fn explain_subject<'a>(
    subject: Subject<'a>,
    request: &Request<'a>,
    now: u64,
    policy: &Policy<'_>,
) -> Explanation<'a> {
    let considered = policy.readings();
    let mut record = Record { considered, conditions: Vec::new(), requirements: Vec::new(), reasons: Vec::new() };
    let decision = judge(subject, request, now, policy, &mut record);
    let Record { conditions, mut requirements, .. } = record;
    let mut budget = Budget::new(policy.work());
    for report in &mut requirements {
        complete(subject.token, report, &mut budget);
    }
    Explanation { decision, operation: request.operation(), conditions, requirements }
}

/// A decision with all its reasons. Prints as one line that sums it up.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Explanation<'a> {
    decision: Decision,
    operation: Operation,
    conditions: Vec<ConditionReport<'a>>,
    requirements: Vec<RequirementReport<'a>>,
}

/// How one condition on the token turned out.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ConditionReport<'a> {
    /// The condition.
    pub condition: Condition,
    /// How it turned out.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason<'a>,
}

/// How one requirement of the request turned out.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RequirementReport<'a> {
    /// The requirement.
    pub requirement: Requirement<'a>,
    /// How it turned out.
    pub verdict: Verdict,
    /// The considered readings that grant it.
    pub granting: Readings,
    /// The grants that bear on it, in the token's order, then what nearly did.
    pub reasons: Vec<Reason<'a>>,
}

impl<'a> Explanation<'a> {
    /// The decision, the same as that of [`evaluate`](crate::evaluate()).
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        self.decision.verdict()
    }

    /// The operation that was asked about.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The conditions on the whole token: all three, whether they hold or not.
    #[must_use]
    pub fn conditions(&self) -> &[ConditionReport<'a>] {
        &self.conditions
    }

    /// The requirements, in the order of the request's resources.
    #[must_use]
    pub fn requirements(&self) -> &[RequirementReport<'a>] {
        &self.requirements
    }

    /// What stands behind the verdict, one phrase for each condition and requirement that matters.
    fn phrases(&self) -> Vec<String> {
        let verdict = self.verdict();
        let conditions = self.conditions.iter().filter(|report| report.verdict != Verdict::Allow);
        let requirements = self.requirements.iter();
        // A denial names what is denied, a doubt what is in doubt; an allowance names what grants.
        let matters = |other: Verdict| other == verdict;
        let mut phrases: Vec<String> = conditions
            .filter(|report| matters(report.verdict))
            .map(|report| join([&report.reason], ""))
            .chain(requirements.filter(|report| matters(report.verdict)).map(|report| report.phrase(self.operation)))
            .collect();
        if phrases.is_empty() && verdict == Verdict::Deny {
            phrases.push("what is in doubt cannot all turn out well at once".into());
        }
        if phrases.is_empty() {
            phrases.push(join([self.operation.id(), "needs no permission"], " "));
        }
        phrases
    }
}

/// One line: the verdict, and what it rests on.
impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        let phrases = self.phrases();
        write!(f, "{}: {}", self.verdict(), join(phrases.iter().take(SHOWN), "; "))?;
        match phrases.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl RequirementReport<'_> {
    fn phrase(&self, operation: Operation) -> String {
        let Requirement { name, permission, .. } = self.requirement;
        let (Some(name), Some(permission)) = (name, permission) else {
            return join(self.reasons.first(), "");
        };
        let name = Escaped(name);
        let decisive = self.reasons.iter().find(|reason| match self.verdict {
            Verdict::Allow => matches!(reason, Reason::ExplicitGrant { .. } | Reason::PatternGrant { .. }),
            Verdict::Deny => matches!(reason, Reason::ExplicitGrantLacksPermission { .. }),
            Verdict::Indeterminate => !matches!(
                reason,
                Reason::PatternLacksPermission { .. }
                    | Reason::ExplicitGrantLacksPermission { .. }
                    | Reason::PatternGrant { .. }
                    | Reason::NoGrant
            ),
        });
        match decisive {
            Some(Reason::ExplicitGrant { permissions, .. }) => {
                alloc::format!("{name} is granted {permissions}")
            }
            Some(Reason::PatternGrant { pattern, permissions }) => {
                alloc::format!("{name} is granted {permissions} by pattern {}", Escaped(pattern))
            }
            Some(Reason::ExplicitGrantLacksPermission { permissions, .. }) => {
                alloc::format!("{name} is granted {permissions}, {operation} needs {permission}")
            }
            Some(reason) => alloc::format!("{operation} needs {permission} on {name}: {reason}"),
            None => alloc::format!("{name} is not granted {permission}, which {operation} needs"),
        }
    }
}

/// Records what the rules do.
struct Record<'a> {
    considered: Readings,
    conditions: Vec<ConditionReport<'a>>,
    requirements: Vec<RequirementReport<'a>>,
    /// The reasons since the last requirement.
    reasons: Vec<Reason<'a>>,
}

impl<'a> Trace<'a> for Record<'a> {
    const COMPLETE: bool = true;

    fn condition(&mut self, condition: Condition, reason: Reason<'a>, readings: Readings) {
        let verdict = Verdict::of(readings, self.considered);
        self.conditions.push(ConditionReport { condition, verdict, reason });
    }

    fn reason(&mut self, reason: Reason<'a>) {
        self.reasons.push(reason);
    }

    fn requirement(&mut self, requirement: Requirement<'a>, readings: Readings) {
        let verdict = Verdict::of(readings, self.considered);
        let granting = readings & self.considered;
        let reasons = core::mem::take(&mut self.reasons);
        self.requirements.push(RequirementReport { requirement, verdict, granting, reasons });
    }
}

/// Adds what the rules do not need to know: why grants that look right do not add up, and what nearly granted.
fn complete<'a>(token: &'a UnverifiedToken, report: &mut RequirementReport<'a>, budget: &mut Budget) {
    let Requirement { kind: Some(kind), name: Some(name), permission: Some(permission) } = report.requirement else {
        return;
    };
    if report.verdict == Verdict::Allow {
        return;
    }
    let reasons = &mut report.reasons;
    let grants = |reason: &Reason<'_>| {
        reason.grant().is_some_and(|(_, permissions)| permissions.is_some_and(|set| set.has(permission)))
    };
    let lacks = |reason: &Reason<'_>| matches!(reason, Reason::PatternLacksPermission { .. });
    let overridden = |reason: &Reason<'_>| matches!(reason, Reason::ExplicitGrantLacksPermission { .. });
    if reasons.iter().any(grants) {
        if reasons.iter().any(overridden) {
            reasons.push(Reason::ExplicitEntryMayOverride);
        } else if reasons.iter().any(lacks) {
            reasons.push(Reason::PatternsDisagree);
        }
    }
    let near = NearMisses { token, kind, name, permission };
    if !reasons.iter().any(overridden) && !reasons.iter().any(lacks) {
        // A pattern without the permission that the rules had no need to try may match all the same.
        near.patterns_without_permission(reasons, budget);
    }
    if !reasons.iter().any(|reason| reason.grant().is_some()) {
        reasons.insert(0, Reason::NoGrant);
    }
    near.presence(reasons, budget);
    near.entries(reasons, budget);
    near.globs(reasons, budget);
    near.other_kinds(reasons);
}

/// Looks for grants that were probably meant for a name.
struct NearMisses<'a> {
    token: &'a UnverifiedToken,
    kind: ResourceKind,
    name: &'a str,
    permission: Permission,
}

impl<'a> NearMisses<'a> {
    fn patterns_without_permission(&self, reasons: &mut Vec<Reason<'a>>, budget: &mut Budget) {
        for grant in self.token.patterns().of(self.kind).iter() {
            if !grant.permissions.has(self.permission) && matches_whole(grant.name, self.name, budget) {
                let (pattern, permissions) = (grant.name, grant.permissions);
                reasons.push(Reason::PatternLacksPermission { pattern, permissions });
            }
        }
    }

    /// The channel of a presence channel that is not granted.
    fn presence(&self, reasons: &mut Vec<Reason<'a>>, budget: &mut Budget) {
        let Some(channel) = self.name.strip_suffix("-pnpres").filter(|channel| !channel.is_empty()) else { return };
        let explicit = self.token.resources().of(self.kind).get(channel);
        let granted = explicit.is_some_and(|permissions| permissions.has(self.permission))
            || self
                .token
                .patterns()
                .of(self.kind)
                .iter()
                .any(|grant| grant.permissions.has(self.permission) && matches_whole(grant.name, channel, budget));
        if granted {
            reasons.push(Reason::PresenceGrantMissing { grant: channel });
        }
    }

    /// Entries that name something else, but hardly by intention.
    fn entries(&self, reasons: &mut Vec<Reason<'a>>, budget: &mut Budget) {
        for grant in self.token.resources().of(self.kind).iter() {
            let (name, permissions) = (grant.name, grant.permissions);
            if !permissions.has(self.permission) || name == self.name {
                continue;
            }
            let wildcard = name.strip_suffix('*').is_some_and(|prefix| {
                (prefix.is_empty() || prefix.ends_with(['.', '-', '_', ':', '/'])) && self.name.starts_with(prefix)
            });
            if wildcard {
                reasons.push(Reason::WildcardGrantIsLiteral { grant: name, permissions });
            } else if name.contains(['^', '$', '*', '+', '[', '(', '\\']) && matches_whole(name, self.name, budget) {
                reasons.push(Reason::EntryLooksLikePattern { grant: name, permissions });
            } else if name.trim().eq_ignore_ascii_case(self.name.trim()) {
                reasons.push(Reason::SimilarName { grant: name, permissions });
            }
        }
    }

    /// Patterns that would match if they were globs.
    fn globs(&self, reasons: &mut Vec<Reason<'a>>, budget: &mut Budget) {
        for grant in self.token.patterns().of(self.kind).iter() {
            let (pattern, permissions) = (grant.name, grant.permissions);
            let glob = pattern.strip_suffix('*').filter(|prefix| {
                let literal = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '/' | '@' | ' ');
                !prefix.is_empty() && prefix.chars().all(literal)
            });
            let meant = glob.is_some_and(|prefix| self.name.starts_with(prefix));
            if meant && permissions.has(self.permission) && !matches_whole(pattern, self.name, budget) {
                reasons.push(Reason::PatternLooksLikeGlob { pattern, permissions });
            }
        }
    }

    /// The same name, granted as another kind.
    fn other_kinds(&self, reasons: &mut Vec<Reason<'a>>) {
        for (kind, table) in self.token.resources().iter() {
            let permissions = table.get(self.name).filter(|permissions| permissions.has(self.permission));
            if let Some(permissions) = permissions.filter(|_| kind != self.kind) {
                reasons.push(Reason::GrantedAsOtherKind { kind, permissions });
            }
        }
    }
}

fn matches_whole(pattern: &str, name: &str, budget: &mut Budget) -> bool {
    Pattern::compile(pattern, budget).and_then(|pattern| pattern.match_parts("", name, budget)) == Ok(Match::Whole)
}
