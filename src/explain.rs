//! Explanations: every condition, every requirement, the grants that affect it, and near misses.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::arithmetic::CannotOverflow;
use crate::decision::{And, Condition, Decision, Only, Reason, Requirement, Verdict};
use crate::display::{Shortened, join};
use crate::evaluate::near_miss::NearMisses;
use crate::evaluate::{GrantingReadings, Observer, TokenView, evaluate_with};
use crate::operation::{Operation, Requirements};
use crate::pattern::Budget;
use crate::permission::Permission;
use crate::policy::Policy;
use crate::policy::readings::Readings;
use crate::request::Request;
use crate::token::UnverifiedToken;

/// Decides as [`evaluate`](crate::evaluate()) does, and records why.
///
/// ```
/// use pubnub_access::{Operation, Policy, Request, UnverifiedToken, explain};
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// let request = Request::builder(Operation::DeleteMessages).channel("room-1").user_id("alice").build()?;
/// let explanation = explain(&token, &request, token.issued_at() + 5, &Policy::new());
/// assert_eq!(explanation.to_string(), "deny: delete-messages needs delete on channel room-1, which grants only read and write");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn explain<'a>(
    token: &'a UnverifiedToken,
    request: &Request<'a>,
    now: u64,
    policy: &Policy<'_>,
) -> Explanation<'a> {
    explain_view(TokenView::new(token), request, now, policy)
}

impl UnverifiedToken {
    /// Explains as [`explain`](crate::explain()) does.
    ///
    /// ```
    /// use pubnub_access::{Operation, Policy, Request, UnverifiedToken};
    ///
    /// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
    /// let token = UnverifiedToken::parse(text.trim())?;
    /// let request = Request::builder(Operation::Publish).channel("room-1").user_id("alice").build()?;
    /// let explanation = token.explain(&request, token.issued_at() + 5, &Policy::new());
    /// assert_eq!(explanation.summary(), "channel room-1 grants read and write");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain<'a>(
        &'a self,
        request: &Request<'a>,
        now: u64,
        policy: &Policy<'_>,
    ) -> Explanation<'a> {
        explain(self, request, now, policy)
    }
}

/// Explains as [`explain`] does, with patterns that may be compiled already.
pub(crate) fn explain_view<'a>(
    view: TokenView<'a>,
    request: &Request<'a>,
    now: u64,
    policy: &Policy<'_>,
) -> Explanation<'a> {
    let considered = policy.readings();
    let mut record = Record {
        considered,
        conditions: Vec::new(),
        requirements: Vec::new(),
        reasons: Vec::new(),
        recorded: 0,
    };
    let decision = evaluate_with(view, request, now, policy, &mut record);
    let Record { conditions, mut requirements, mut recorded, .. } = record;
    let mut budget = Budget::new(policy.work());
    for report in &mut requirements {
        let before = report.reasons.len();
        complete(view.token, report, recorded < Reasons::ENOUGH_IN_ALL, &mut budget);
        recorded = recorded.saturating_add(report.reasons.len().saturating_sub(before));
    }
    Explanation { decision, operation: request.operation(), conditions, requirements }
}

/// A decision with all its reasons.
///
/// Prints as one line that sums it up. Serializes as the command's JSON (feature `serde`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct Explanation<'a> {
    decision: Decision,
    operation: Operation,
    conditions: Vec<ConditionReport<'a>>,
    requirements: Vec<RequirementReport<'a>>,
}

/// The result of one condition on the token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ConditionReport<'a> {
    /// The condition.
    pub condition: Condition,
    /// The verdict on the condition alone.
    pub verdict: Verdict,
    /// The reason.
    pub reason: Reason<'a>,
}

/// The result of one requirement of the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RequirementReport<'a> {
    /// The requirement.
    pub requirement: Requirement<'a>,
    /// The verdict on the requirement alone.
    pub verdict: Verdict,
    /// The considered readings that grant the requirement.
    pub granting: Readings,
    /// The grants that affect it, in the token's order, then the near misses.
    pub reasons: Vec<Reason<'a>>,
}

impl<'a> Explanation<'a> {
    /// Returns the decision, which is that of [`evaluate`](crate::evaluate()).
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// Returns the verdict.
    pub fn verdict(&self) -> Verdict {
        self.decision.verdict()
    }

    /// Returns the operation of the request.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Returns all conditions on the token, met or not.
    #[must_use]
    pub fn conditions(&self) -> &[ConditionReport<'a>] {
        &self.conditions
    }

    /// Returns the requirements, in the order of the request's resources.
    #[must_use]
    pub fn requirements(&self) -> &[RequirementReport<'a>] {
        &self.requirements
    }

    /// Returns the explanation with copies of all names. It then outlives the token and the
    /// request, so that a log or another thread can keep it.
    ///
    /// ```
    /// use pubnub_access::{Explanation, Operation, Policy, Request, UnverifiedToken};
    ///
    /// fn refusal(text: &str, room: &str) -> Result<Explanation<'static>, Box<dyn std::error::Error>> {
    ///     let token = UnverifiedToken::parse(text)?;
    ///     let request = Request::builder(Operation::DeleteMessages).channel(room).build()?;
    ///     Ok(token.explain(&request, token.issued_at(), &Policy::new()).into_owned())
    /// }
    /// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
    /// let refusal = refusal(text.trim(), &format!("room-{}", 1))?;
    /// let thread = std::thread::spawn(move || refusal.to_string());
    /// assert_eq!(
    ///     thread.join().unwrap(),
    ///     "deny: the token is for user alice, the request names no user id; \
    ///      delete-messages needs delete on channel room-1, which grants only read and write",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_owned(self) -> Explanation<'static> {
        let Explanation { decision, operation, conditions, requirements } = self;
        Explanation {
            decision,
            operation,
            conditions: conditions.into_iter().map(ConditionReport::into_owned).collect(),
            requirements: requirements.into_iter().map(RequirementReport::into_owned).collect(),
        }
    }

    /// Returns the grounds of the verdict in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        const SHOWN: usize = 3;
        let verdict = self.verdict();
        // A summary names the parts that have the verdict of the whole, except conditions that
        // hold.
        let conditions = self.conditions.iter().filter(|report| report.verdict == verdict);
        let conditions = conditions.filter(|report| report.verdict != Verdict::Allow);
        let requirements = self.requirements.iter().filter(|report| report.verdict == verdict);
        let count = conditions.clone().count().saturating_add(requirements.clone().count());
        let conditions = conditions.map(|report| join([&report.reason], ""));
        let phrases = conditions.chain(requirements.map(|report| report.phrase(self.operation)));
        let summary = join(phrases.take(SHOWN), "; ");
        match count.saturating_sub(SHOWN) {
            0 if count == 0 => self.without_requirements(),
            0 => summary,
            more => alloc::format!("{summary}; and {more} more"),
        }
    }

    /// Returns the summary if no condition and no requirement has the verdict of the whole.
    fn without_requirements(&self) -> String {
        if self.verdict() == Verdict::Deny {
            return "no single reading grants all that is needed".into();
        }
        let needs = match self.operation.requirements() {
            Requirements::ValidToken { .. } => "needs a valid token and no permission",
            _ => "needs no permission",
        };
        join([self.operation.id(), needs], " ")
    }
}

/// One line: the verdict and its grounds.
impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.verdict(), self.summary())
    }
}

impl ConditionReport<'_> {
    /// Returns the report with copies of its texts.
    #[must_use]
    pub fn into_owned(self) -> ConditionReport<'static> {
        let ConditionReport { condition, verdict, reason } = self;
        ConditionReport { condition, verdict, reason: reason.into_owned() }
    }
}

impl RequirementReport<'_> {
    /// Returns the report with copies of its texts.
    #[must_use]
    pub fn into_owned(self) -> RequirementReport<'static> {
        let RequirementReport { requirement, verdict, granting, reasons } = self;
        let reasons = reasons.into_iter().map(Reason::into_owned).collect();
        RequirementReport { requirement: requirement.into_owned(), verdict, granting, reasons }
    }

    /// Returns the grounds of the verdict on the requirement.
    fn phrase(&self, operation: Operation) -> String {
        let Requirement { kind: Some(kind), name: Some(name), permission: Some(permission) } =
            &self.requirement
        else {
            return [&join(self.reasons.first(), ""), self.settled()].concat();
        };
        let name = Shortened(name);
        let needs = alloc::format!("{operation} needs {permission} on {kind} {name}");
        match self.decisive() {
            Some(Reason::ExplicitGrant { permissions, .. }) => {
                alloc::format!("{kind} {name} grants {}", And(*permissions))
            }
            Some(Reason::ExplicitGrantLacksPermission { permissions, .. }) => {
                alloc::format!("{needs}, which grants {}", Only(*permissions))
            }
            Some(
                Reason::PatternGrant { pattern, permissions }
                | Reason::PatternMatchesOneForm { pattern, permissions, .. },
            ) if self.verdict == Verdict::Allow => {
                alloc::format!(
                    "pattern {} grants {} on {kind} {name}",
                    Shortened(pattern),
                    And(*permissions)
                )
            }
            Some(reason) => alloc::format!("{needs}: {reason}{}", self.settled()),
            None => alloc::format!("{needs}, which is not granted"),
        }
    }

    /// Returns the reason that explains the verdict best.
    fn decisive(&self) -> Option<&Reason<'_>> {
        let rank = |reason: &Reason<'_>| match (self.verdict, reason) {
            (Verdict::Allow, Reason::ExplicitGrant { .. }) => Some(1),
            (Verdict::Allow, Reason::PatternGrant { .. }) => Some(2),
            (Verdict::Allow, Reason::PatternMatchesOneForm { .. }) => Some(3),
            (Verdict::Allow, reason) if reason.is_doubt() => Some(4),
            (Verdict::Deny, Reason::ExplicitGrantLacksPermission { .. }) => Some(1),
            // Some grant has the permission, so a doubt that the policy settles caused the denial.
            (Verdict::Deny, reason) if reason.is_doubt() && self.is_granted_somewhere() => Some(2),
            (Verdict::Indeterminate, Reason::PatternLooksLikeGlob { .. }) => Some(1),
            (Verdict::Indeterminate, reason) if reason.is_doubt() => Some(2),
            _ => None,
        };
        let ranked = self.reasons.iter().filter_map(|reason| Some((rank(reason)?, reason)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, reason)| reason)
    }

    /// Reports whether some grant for the name has the required permission.
    fn is_granted_somewhere(&self) -> bool {
        self.reasons.iter().any(|reason| has(reason, self.requirement.permission))
    }

    /// Returns the end of a sentence about a doubt that the policy settles.
    fn settled(&self) -> &'static str {
        let certain = self.verdict != Verdict::Indeterminate;
        if certain && self.decisive().or(self.reasons.first()).is_some_and(Reason::is_doubt) {
            ", a doubt that the policy settles"
        } else {
            ""
        }
    }
}

/// Records each step of the rules.
struct Record<'a> {
    considered: Readings,
    conditions: Vec<ConditionReport<'a>>,
    requirements: Vec<RequirementReport<'a>>,
    /// The reasons, by the position of their resource.
    reasons: Vec<Reasons<'a>>,
    /// The number of reasons kept in all.
    recorded: usize,
}

impl<'a> Observer<'a> for Record<'a> {
    const COMPLETE: bool = true;

    fn condition(&mut self, condition: Condition, reason: Reason<'a>, readings: Readings) {
        let verdict = Verdict::of(readings, self.considered);
        self.conditions.push(ConditionReport { condition, verdict, reason });
    }

    fn reason(&mut self, position: usize, reason: Reason<'a>) {
        if self.reasons.len() <= position {
            self.reasons.resize_with(position.plus(1), Reasons::default);
        }
        if let Some(reasons) = self.reasons.get_mut(position) {
            self.recorded = self.recorded.plus(reasons.push(reason, self.recorded));
        }
    }

    fn requirement(
        &mut self,
        position: usize,
        requirement: Requirement<'a>,
        found: GrantingReadings,
    ) {
        let readings = found.readings;
        let verdict = Verdict::of(readings, self.considered);
        let granting = readings & self.considered;
        let reasons =
            self.reasons.get_mut(position).map(core::mem::take).unwrap_or_default().finish();
        self.requirements.push(RequirementReport { requirement, verdict, granting, reasons });
    }
}

/// The reasons of one requirement, up to a limit.
///
/// Without a limit, a request with thousands of names and a token with thousands of patterns would
/// have millions.
#[derive(Default)]
struct Reasons<'a> {
    kept: Vec<Reason<'a>>,
    dropped: usize,
}

impl<'a> Reasons<'a> {
    /// The number of reasons after which a requirement keeps only the first of each code.
    const ENOUGH: usize = 16;
    /// The number of reasons after which a whole explanation keeps only the first of each code.
    const ENOUGH_IN_ALL: usize = 4096;

    /// Keeps a reason if there is room, or if it is the first of its code. Returns the number of
    /// reasons added.
    fn push(&mut self, reason: Reason<'a>, recorded: usize) -> usize {
        let room = self.kept.len() < Self::ENOUGH && recorded < Self::ENOUGH_IN_ALL;
        if room || !self.kept.iter().any(|kept| kept.code() == reason.code()) {
            self.kept.push(reason);
            1
        } else {
            self.dropped = self.dropped.plus(1);
            0
        }
    }

    fn finish(mut self) -> Vec<Reason<'a>> {
        if self.dropped > 0 {
            self.kept.push(Reason::MoreReasons { count: self.dropped });
        }
        self.kept
    }
}

/// Reports whether a reason names a grant that has a permission.
fn has(reason: &Reason<'_>, permission: Option<Permission>) -> bool {
    let granted = reason.grant().and_then(|(_, permissions)| permissions);
    granted.zip(permission).is_some_and(|(granted, permission)| granted.has(permission))
}

/// Adds reasons that no verdict depends on: why grants that look right do not suffice, and near
/// misses.
fn complete<'a>(
    token: &'a UnverifiedToken,
    report: &mut RequirementReport<'a>,
    room: bool,
    budget: &mut Budget,
) {
    let Requirement {
        kind: Some(kind),
        name: Some(Cow::Borrowed(name)),
        permission: Some(permission),
    } = report.requirement
    else {
        return;
    };
    if report.verdict == Verdict::Allow {
        return;
    }
    let reasons = &mut report.reasons;
    let grants = |reason: &Reason<'_>| has(reason, Some(permission));
    let lacks = |reason: &Reason<'_>| matches!(reason, Reason::PatternLacksPermission { .. });
    let overridden =
        |reason: &Reason<'_>| matches!(reason, Reason::ExplicitGrantLacksPermission { .. });
    if reasons.iter().any(grants) {
        if reasons.iter().any(overridden) {
            reasons.push(Reason::ExplicitEntryMayOverride);
        } else if reasons.iter().any(lacks) {
            reasons.push(Reason::PatternsDisagree);
        }
    }
    let mut near = NearMisses::new(token, kind, name, permission, budget);
    if room && !reasons.iter().any(overridden) && !reasons.iter().any(lacks) {
        // The rules skip patterns without the permission if they cannot change the verdict.
        near.patterns_without_permission();
    }
    if near.found().is_empty() && !reasons.iter().any(|reason| reason.grant().is_some()) {
        reasons.insert(0, Reason::NoGrant);
    }
    if room {
        reasons.append(&mut near.find());
    }
}
