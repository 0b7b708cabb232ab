//! Decisions: first the conditions on the token, then the requirements on each resource.
//!
//! Evaluation cannot fail: only decoding a token and building a request can. The rules report each
//! step to an [`Observer`]: [`evaluate`] drops the steps, [`explain`](crate::explain()) records
//! them.

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
/// `now` is the time of the request in Unix seconds. Evaluation allocates nothing, except for
/// requests with more than four resources and for large patterns. [`explain`](crate::explain())
/// returns the reasons as well.
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
pub(crate) struct GrantingReadings {
    pub(crate) readings: Readings,
    /// The readings before inferred requirements and projections put them in doubt.
    #[cfg_attr(
        not(feature = "grant"),
        allow(dead_code, reason = "only missing grants ask for it")
    )]
    pub(crate) granted: Readings,
}

impl From<Readings> for GrantingReadings {
    fn from(readings: Readings) -> Self {
        GrantingReadings { readings, granted: readings }
    }
}

/// Receives the steps of an evaluation.
pub(crate) trait Observer<'a> {
    /// True if the rules continue after the verdict is known, to report every reason.
    const COMPLETE: bool;

    // Reasons and requirements borrow their texts here, so forgetting one leaks nothing. Dropping
    // one would take a seventh of the instructions of a decision by an entry.
    fn condition(&mut self, _condition: Condition, reason: Reason<'a>, _readings: Readings) {
        core::mem::forget(reason);
    }
    /// Receives a reason for the resource at this position of the request.
    fn reason(&mut self, _position: usize, reason: Reason<'a>) {
        core::mem::forget(reason);
    }
    /// Receives the result of a requirement, after all its reasons.
    fn requirement(
        &mut self,
        _position: usize,
        requirement: Requirement<'a>,
        _found: GrantingReadings,
    ) {
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
        granting = granting & evaluation.requirements(request);
    }
    Decision::new(granting, considered)
}

/// Returns the readings that grant what a request needs, without conditions on the token.
pub(crate) fn request_readings(
    token: &UnverifiedToken,
    request: &Request<'_>,
    policy: &Policy<'_>,
) -> Readings {
    let (view, considered) = (TokenView::new(token), Readings::ALL);
    Evaluation { view, policy, considered, observer: &mut () }.requirements(request)
}

/// Returns the readings that meet a requirement on one resource, within a work limit.
pub(crate) fn resource_readings(
    view: TokenView<'_>,
    access: &ResourceRequirement,
    name: &str,
    work_limit: u64,
) -> Readings {
    let Some(permission) = access.permission else { return Readings::ALL };
    let resource = Resource { kind: access.kind, name };
    let mut lookups = [ResourceLookup::of_entry(view.token, resource, permission)];
    let considered = Readings::ALL;
    let budget = &mut Budget::new(work_limit);
    GrantQuestion { view, access, permission, considered, budget, observer: &mut () }
        .answer(&[resource], &mut lookups);
    let [lookup] = lookups;
    access.settle(lookup.readings, lookup.hidden)
}

/// Reports whether a projection of the token may hide an item of DataSync; true if the budget runs
/// out.
pub(crate) fn may_be_hidden(
    token: &UnverifiedToken,
    kind: ResourceKind,
    name: &str,
    budget: &mut Budget,
) -> bool {
    let mut lookups = [ResourceLookup::GRANTED];
    let mut question = GrantQuestion {
        view: TokenView::new(token),
        access: &ResourceRequirement::plain(kind, Permission::Get),
        permission: Permission::Get,
        considered: Readings::ALL,
        budget,
        observer: &mut (),
    };
    question.hidden_by_projections(&[Resource { kind, name }], &mut lookups);
    lookups.iter().any(|lookup| lookup.hidden)
}

/// The grants found so far for one resource of a request.
#[derive(Clone, Copy)]
pub(crate) struct ResourceLookup {
    grants: NameGrants,
    readings: Readings,
    /// True if patterns or projections may still change the result.
    open: bool,
    /// True if the patterns that are being tried may still change the result.
    waiting: bool,
    /// True if a projection of the token may hide the resource.
    hidden: bool,
}

impl ResourceLookup {
    /// The lookup for which nothing is left to check.
    const GRANTED: ResourceLookup = ResourceLookup {
        grants: NameGrants::NONE,
        readings: Readings::ALL,
        open: false,
        waiting: false,
        hidden: false,
    };

    /// Looks up the entry of a resource. If it does not grant, patterns may.
    #[inline(always)]
    fn of_entry(
        token: &UnverifiedToken,
        resource: Resource<'_>,
        permission: Permission,
    ) -> ResourceLookup {
        let grants = NameGrants::of_entry(token, resource);
        let readings = grants.readings(permission);
        let open = readings.is_empty() && !token.patterns().of(resource.kind).is_empty();
        ResourceLookup { grants, readings, open, ..ResourceLookup::GRANTED }
    }
}

/// The number of resources up to which a decision allocates nothing.
const INLINE: usize = 4;

/// A decision in progress.
struct Evaluation<'a, 'e, O> {
    view: TokenView<'a>,
    policy: &'e Policy<'e>,
    considered: Readings,
    observer: &'e mut O,
}

impl<'a, O: Observer<'a>> Evaluation<'a, '_, O> {
    /// Returns the readings that grant everything the request needs.
    fn requirements(&mut self, request: &Request<'a>) -> Readings {
        let unnamed = request.resources().is_empty();
        let requirements = request.operation().requirements();
        match requirements {
            Requirements::Resources([ResourceRequirement { optional: true, kind, .. }])
                if unnamed =>
            {
                self.whole(Reason::IdMadeByService { kind: *kind }, Requirement::UNKNOWN, IN_DOUBT)
            }
            Requirements::Resources(accesses) => self.resources(request, requirements, accesses),
            Requirements::Unknown => {
                self.whole(Reason::RequirementUnknown, Requirement::UNKNOWN, IN_DOUBT)
            }
            Requirements::NothingInferred | Requirements::ValidToken { .. } => Readings::ALL,
            Requirements::KeysetFlag(kind) => self.category(kind),
        }
    }

    /// Reports a requirement that is not about a single resource.
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
        requirements: Requirements,
        accesses: &'static [ResourceRequirement],
    ) -> Readings {
        // Entries alone decide most requests. As long as they do, no state has to be kept.
        for (position, resource) in request.resources().iter().enumerate() {
            let Some((access, permission)) = requirements.permission_on(resource.kind) else {
                continue;
            };
            let lookup = ResourceLookup::of_entry(self.view.token, *resource, permission);
            let settled =
                lookup.readings == Readings::ALL && access.projections == Projections::None;
            if O::COMPLETE || !settled {
                return self.unsettled(request, (requirements, accesses), (position, lookup));
            }
        }
        Readings::ALL
    }

    /// Continues at the first resource whose entry does not settle its requirement.
    #[inline(never)]
    fn unsettled(
        &mut self,
        request: &Request<'a>,
        requirements: (Requirements, &'static [ResourceRequirement]),
        first: (usize, ResourceLookup),
    ) -> Readings {
        let len = request.resources().len();
        // Most requests have few resources, and allocate nothing.
        if len <= INLINE {
            self.entries(request, requirements, first, &mut [ResourceLookup::GRANTED; INLINE])
        } else {
            self.entries(request, requirements, first, &mut vec![ResourceLookup::GRANTED; len])
        }
    }

    /// Looks up the remaining entries, then continues with patterns if a resource is open.
    fn entries(
        &mut self,
        request: &Request<'a>,
        (requirements, accesses): (Requirements, &'static [ResourceRequirement]),
        (first, found): (usize, ResourceLookup),
        lookups: &mut [ResourceLookup],
    ) -> Readings {
        let mut granting = Readings::ALL;
        let mut open = O::COMPLETE;
        let named = request.resources().iter().zip(&mut *lookups).enumerate().skip(first);
        for (position, (resource, lookup)) in named {
            let Some((access, permission)) = requirements.permission_on(resource.kind) else {
                continue;
            };
            *lookup = if position == first {
                found
            } else {
                ResourceLookup::of_entry(self.view.token, *resource, permission)
            };
            open |= lookup.open || access.projections != Projections::None;
            granting = granting & access.settle(lookup.readings, false);
        }
        if open { self.patterns(request, requirements, accesses, lookups) } else { granting }
    }

    /// Tries patterns and projections on the open resources, and reports each requirement.
    #[inline(never)]
    fn patterns(
        &mut self,
        request: &Request<'a>,
        requirements: Requirements,
        accesses: &'static [ResourceRequirement],
        lookups: &mut [ResourceLookup],
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
            question.answer(resources, lookups);
        }
        for (position, (lookup, resource)) in lookups.iter().zip(resources).enumerate() {
            let Some((access, permission)) = requirements.permission_on(resource.kind) else {
                continue;
            };
            let readings = access.settle(lookup.readings, lookup.hidden);
            if access.inferred && readings != lookup.readings {
                self.observer.reason(position, Reason::RequirementInferred);
            }
            let (kind, name) = (Some(resource.kind), Some(resource.name.into()));
            let requirement = Requirement { kind, name, permission: Some(permission) };
            let found = GrantingReadings { readings, granted: lookup.readings };
            self.observer.requirement(position, requirement, found);
            granting = granting & readings;
        }
        granting
    }
}

impl ResourceRequirement {
    /// Returns the readings that meet the requirement, given those that grant its permission.
    pub(crate) fn settle(&self, granted: Readings, hidden: bool) -> Readings {
        // Readings that decide doubts in the requester's favour have no inferred requirements.
        let readings = if self.inferred { granted | IN_DOUBT } else { granted };
        let in_doubt = match self.projections {
            Projections::None => false,
            Projections::Hide => hidden,
            Projections::Restrict => true,
        };
        if in_doubt { readings & IN_DOUBT } else { readings }
    }
}
