//! Decisions: the conditions on the token, then what the request needs of each of its resources.
//!
//! Everything that can fail has failed before (a token decodes, a request is built), so that there
//! is always an answer. The rules report each step to an [`Observer`]: [`evaluate`] drops the
//! steps, [`explain`](crate::explain()) records them.

pub(crate) mod compiled;
mod conditions;
pub(crate) mod near_miss;
pub(crate) mod permission;
pub(crate) mod prepared;
pub(crate) mod projection;

use alloc::vec;

use crate::decision::{Condition, Decision, Reason, Requirement};
use crate::operation::{Projections, Requirements, ResourceRequirement};
use crate::pattern::Budget;
use crate::permission::Permission;
use crate::policy::readings::{Doubt, Readings};
use crate::policy::{KeysetFlag, Policy};
use crate::request::Request;
use crate::request::resource::{Resource, ResourceKind};
use crate::token::UnverifiedToken;

pub(crate) use permission::TokenView;
use permission::{GrantQuestion, NameGrants};

/// Decides whether a token allows a request, if the token is genuine and not revoked.
///
/// `now` is the time of the request in Unix seconds. This is the cheap answer: it allocates
/// nothing, except for requests of more than four resources and for patterns that are large.
/// [`explain`](crate::explain()) gives the reasons.
///
/// ```
/// use pubnub_access::{Operation, Policy, Request, UnverifiedToken, Verdict, evaluate};
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// let request = Request::builder(Operation::Publish).channel("room-1").user_id("alice").build()?;
/// let now = token.issued_at() + 5;
/// let decision = evaluate(&token, &request, now, &Policy::new());
/// assert_eq!(decision.verdict(), Verdict::Allow);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evaluate(
    token: &UnverifiedToken,
    request: &Request<'_>,
    now: u64,
    policy: &Policy<'_>,
) -> Decision {
    evaluate_with(TokenView::new(token), request, now, policy, &mut ())
}

impl UnverifiedToken {
    /// Decides as [`evaluate`] does.
    ///
    /// ```
    /// use pubnub_access::{Operation, Policy, Request, UnverifiedToken};
    ///
    /// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
    /// let token = UnverifiedToken::parse(text.trim())?;
    /// let request = Request::builder(Operation::Publish).channel("room-1").user_id("alice").build()?;
    /// assert!(token.evaluate(&request, token.issued_at() + 5, &Policy::new()).is_allowed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn evaluate(&self, request: &Request<'_>, now: u64, policy: &Policy<'_>) -> Decision {
        evaluate(self, request, now, policy)
    }
}

/// The readings that grant a requirement.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub(crate) readings: Readings,
    /// The same before inferred needs and projections put it in doubt.
    #[cfg_attr(
        not(feature = "grant"),
        allow(dead_code, reason = "only missing grants ask for it")
    )]
    pub(crate) granted: Readings,
}

impl From<Readings> for Found {
    fn from(readings: Readings) -> Self {
        Found { readings, granted: readings }
    }
}

/// Watches the rules at work.
pub(crate) trait Observer<'a> {
    /// Whether the rules go on when the answer is known, for the sake of the reasons.
    const COMPLETE: bool;

    // Reasons and requirements that the rules make borrow their texts: forgetting one leaks
    // nothing, and dropping one would take a seventh of a cheap decision's instructions.
    fn condition(&mut self, _condition: Condition, reason: Reason<'a>, _readings: Readings) {
        core::mem::forget(reason);
    }
    /// Takes a reason that belongs to the resource at this position of the request.
    fn reason(&mut self, _position: usize, reason: Reason<'a>) {
        core::mem::forget(reason);
    }
    /// Takes what is found of a requirement, which all its reasons come before.
    fn requirement(&mut self, _position: usize, requirement: Requirement<'a>, _found: Found) {
        core::mem::forget(requirement);
    }
}

impl Observer<'_> for () {
    const COMPLETE: bool = false;
}

/// The readings that decide every doubt in the requester's favour.
pub(crate) const IN_DOUBT: Readings = Readings::with_doubt(Doubt::Granted);

/// Applies all rules.
pub(crate) fn evaluate_with<'a, O: Observer<'a>>(
    view: TokenView<'a>,
    request: &Request<'a>,
    now: u64,
    policy: &Policy<'_>,
    observer: &mut O,
) -> Decision {
    let considered = policy.readings();
    let mut granting = conditions::check(view.token, request, now, policy, observer);
    if O::COMPLETE || !(granting & considered).is_empty() {
        let mut evaluation = Evaluation { view, policy, considered, observer };
        granting = granting & evaluation.needs(request);
    }
    Decision::new(granting, considered)
}

/// Returns the readings that grant what a request needs, whatever the conditions on the token say.
pub(crate) fn needs_readings(
    token: &UnverifiedToken,
    request: &Request<'_>,
    policy: &Policy<'_>,
) -> Readings {
    let (view, considered) = (TokenView::new(token), Readings::ALL);
    Evaluation { view, policy, considered, observer: &mut () }.needs(request)
}

/// Returns the readings that grant what an operation needs on one resource, within a work limit.
pub(crate) fn resource_readings(
    view: TokenView<'_>,
    access: &ResourceRequirement,
    name: &str,
    work_limit: u64,
) -> Readings {
    let Some(permission) = access.permission else { return Readings::ALL };
    let resource = Resource { kind: access.kind, name };
    let mut findings = [Finding::of_entry(view.token, resource, permission)];
    let considered = Readings::ALL;
    let budget = &mut Budget::new(work_limit);
    GrantQuestion { view, access, permission, considered, budget, observer: &mut () }
        .answer(&[resource], &mut findings);
    let [finding] = findings;
    access.settle(finding.readings, finding.hidden)
}

/// Reports whether a projection of the token may hide an item of DataSync, as it may where the
/// budget does not suffice.
pub(crate) fn may_be_hidden(
    token: &UnverifiedToken,
    kind: ResourceKind,
    name: &str,
    budget: &mut Budget,
) -> bool {
    let mut findings = [Finding::GRANTED];
    let mut question = GrantQuestion {
        view: TokenView::new(token),
        access: &ResourceRequirement::plain(kind, Permission::Get),
        permission: Permission::Get,
        considered: Readings::ALL,
        budget,
        observer: &mut (),
    };
    question.hidden_by_projections(&[Resource { kind, name }], &mut findings);
    findings.iter().any(|finding| finding.hidden)
}

/// What is found of one resource of a request.
#[derive(Clone, Copy)]
pub(crate) struct Finding {
    grants: NameGrants,
    readings: Readings,
    /// Whether patterns or projections may still change what is found.
    open: bool,
    /// Whether the patterns of the sort being tried may still change it.
    waiting: bool,
    /// Whether a projection of the token may hide the resource.
    hidden: bool,
}

impl Finding {
    /// The finding where nothing is left to ask.
    const GRANTED: Finding = Finding {
        grants: NameGrants::NONE,
        readings: Readings::ALL,
        open: false,
        waiting: false,
        hidden: false,
    };

    /// Looks up the entry of a resource. What it does not grant is open if there are patterns.
    #[inline(always)]
    fn of_entry(
        token: &UnverifiedToken,
        resource: Resource<'_>,
        permission: Permission,
    ) -> Finding {
        let grants = NameGrants::of_entry(token, resource);
        let readings = grants.readings(permission);
        let open = readings.is_empty() && !token.patterns().of(resource.kind).is_empty();
        Finding { grants, readings, open, ..Finding::GRANTED }
    }
}

/// How many resources a decision holds findings for without allocating.
const INLINE: usize = 4;

/// One decision under way.
struct Evaluation<'a, 'e, O> {
    view: TokenView<'a>,
    policy: &'e Policy<'e>,
    considered: Readings,
    observer: &'e mut O,
}

impl<'a, O: Observer<'a>> Evaluation<'a, '_, O> {
    /// Returns the readings that grant everything the request needs.
    fn needs(&mut self, request: &Request<'a>) -> Readings {
        let unnamed = request.resources().is_empty();
        let needs = request.operation().requirements();
        match needs {
            Requirements::Resources([ResourceRequirement { optional: true, kind, .. }])
                if unnamed =>
            {
                self.whole(Reason::IdMadeByService { kind: *kind }, Requirement::UNKNOWN, IN_DOUBT)
            }
            Requirements::Resources(accesses) => self.resources(request, needs, accesses),
            Requirements::Unknown => {
                self.whole(Reason::NeedUnknown, Requirement::UNKNOWN, IN_DOUBT)
            }
            Requirements::NothingInferred | Requirements::ValidToken { .. } => Readings::ALL,
            Requirements::KeysetFlag(kind) => self.category(kind),
        }
    }

    /// Reports a requirement that is about no single resource.
    fn whole(
        &mut self,
        reason: Reason<'a>,
        requirement: Requirement<'a>,
        readings: Readings,
    ) -> Readings {
        self.observer.reason(0, reason);
        self.observer.requirement(0, requirement, readings.into());
        readings
    }

    /// Returns the readings that grant a get-all operation.
    fn category(&mut self, kind: ResourceKind) -> Readings {
        let category = self.view.token.category(kind);
        let (reason, readings) = match (category, self.policy.keyset_flag(kind)) {
            (_, KeysetFlag::Allowed) => (Reason::KeysetAllows, Readings::ALL),
            (Some(permissions), _) if permissions.has_get() => {
                (Reason::CategoryGrant { kind, permissions }, Readings::ALL)
            }
            (_, KeysetFlag::Restricted) => (Reason::CategoryMissing { kind }, Readings::NONE),
            (_, KeysetFlag::Unknown) => (Reason::KeysetFlagUnknown { kind }, IN_DOUBT),
        };
        let permission = Some(Permission::Get);
        self.whole(reason, Requirement { kind: Some(kind), name: None, permission }, readings)
    }

    /// Returns the readings that grant what the request needs on all of its resources.
    #[inline(always)]
    fn resources(
        &mut self,
        request: &Request<'a>,
        needs: Requirements,
        accesses: &'static [ResourceRequirement],
    ) -> Readings {
        // Entries decide most requests alone. Until one does not, nothing has to be remembered.
        for (position, resource) in request.resources().iter().enumerate() {
            let Some((access, permission)) = needs.permission_on(resource.kind) else { continue };
            let finding = Finding::of_entry(self.view.token, *resource, permission);
            let settled =
                finding.readings == Readings::ALL && access.projections == Projections::None;
            if O::COMPLETE || !settled {
                return self.unsettled(request, (needs, accesses), (position, finding));
            }
        }
        Readings::ALL
    }

    /// Goes on at the first resource whose entry does not settle what is needed of it.
    #[inline(never)]
    fn unsettled(
        &mut self,
        request: &Request<'a>,
        needs: (Requirements, &'static [ResourceRequirement]),
        first: (usize, Finding),
    ) -> Readings {
        let len = request.resources().len();
        // Few resources are the usual case: nothing is allocated for them.
        if len <= INLINE {
            self.entries(request, needs, first, &mut [Finding::GRANTED; INLINE])
        } else {
            self.entries(request, needs, first, &mut vec![Finding::GRANTED; len])
        }
    }

    /// Looks up the entries that are left, and goes on to patterns if something is open then.
    fn entries(
        &mut self,
        request: &Request<'a>,
        (needs, accesses): (Requirements, &'static [ResourceRequirement]),
        (first, found): (usize, Finding),
        findings: &mut [Finding],
    ) -> Readings {
        let mut granting = Readings::ALL;
        let mut open = O::COMPLETE;
        let named = request.resources().iter().zip(&mut *findings).enumerate().skip(first);
        for (position, (resource, finding)) in named {
            let Some((access, permission)) = needs.permission_on(resource.kind) else { continue };
            *finding = if position == first {
                found
            } else {
                Finding::of_entry(self.view.token, *resource, permission)
            };
            open |= finding.open || access.projections != Projections::None;
            granting = granting & access.settle(finding.readings, false);
        }
        if open { self.patterns(request, needs, accesses, findings) } else { granting }
    }

    /// Goes on where entries leave something open, and reports each requirement.
    #[inline(never)]
    fn patterns(
        &mut self,
        request: &Request<'a>,
        needs: Requirements,
        accesses: &'static [ResourceRequirement],
        findings: &mut [Finding],
    ) -> Readings {
        let resources = request.resources();
        let mut budget = Budget::new(self.policy.work_for(resources.len()));
        let mut granting = Readings::ALL;
        for access in accesses {
            let Some(permission) = access.permission else { continue };
            let mut question = GrantQuestion {
                view: self.view,
                access,
                permission,
                considered: self.considered,
                budget: &mut budget,
                observer: &mut *self.observer,
            };
            question.answer(resources, findings);
        }
        for (position, (finding, resource)) in findings.iter().zip(resources).enumerate() {
            let Some((access, permission)) = needs.permission_on(resource.kind) else { continue };
            let readings = access.settle(finding.readings, finding.hidden);
            if access.inferred && readings != finding.readings {
                self.observer.reason(position, Reason::NeedInferred);
            }
            let (kind, name) = (Some(resource.kind), Some(resource.name.into()));
            let requirement = Requirement { kind, name, permission: Some(permission) };
            let found = Found { readings, granted: finding.readings };
            self.observer.requirement(position, requirement, found);
            granting = granting & readings;
        }
        granting
    }
}

impl ResourceRequirement {
    /// Returns the readings that grant the access, where these grant its permission.
    pub(crate) fn settle(&self, granted: Readings, hidden: bool) -> Readings {
        // Where doubts favour the requester, an inferred need does not exist.
        let readings = if self.inferred { granted | IN_DOUBT } else { granted };
        let in_doubt = match self.projections {
            Projections::None => false,
            Projections::Hide => hidden,
            Projections::Restrict => true,
        };
        if in_doubt { readings & IN_DOUBT } else { readings }
    }
}
