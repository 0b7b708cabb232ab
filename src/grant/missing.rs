//! The smallest grant that makes a token allow a request.
//!
//! Everything is granted on exact names, since an entry with the permission grants in every
//! reading, whatever patterns do. Requirements that the policy grants without an entry are left
//! out. The result says what no grant can settle.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::arithmetic::CannotOverflow;
use crate::decision::{Condition, Reason, Requirement};
use crate::evaluate::{GrantingReadings, Observer, TokenView, evaluate_with};
use crate::operation::{Projections, Requirements, ResourceRequirement};
use crate::permission::Permission;
use crate::policy::readings::{Doubt, Readings};
use crate::policy::{KeysetFlag, Policy};
use crate::request::Request;
use crate::request::resource::{ResourceKind, plain_group};
use crate::token::{Limits, TTL_MINUTES, UnverifiedToken};

use super::GrantRequest;

/// The grant that makes a request allowed, if there is one.
///
/// The enum is exhaustive, since each variant calls for a different action.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub enum Remedy<'a> {
    /// Nothing: the token allows the request.
    Nothing,
    /// This grant. A token issued for it now allows the request; with any permission less, it does
    /// not.
    Grant(RequiredGrant<'a>),
    /// Any valid token: the request needs no permission. The grant has a time to live and perhaps a
    /// user. Add a permission of your choice, since the service refuses a grant without any.
    AnyGrant(RequiredGrant<'a>),
    /// This grant, and a doubt that no grant can settle. Without the grant, the request is denied;
    /// with it, the verdict is indeterminate.
    InDoubt(RequiredGrant<'a>, Unobtainable),
    /// A doubt that no grant can settle. No permission is known to be missing.
    Unobtainable(Unobtainable),
}

/// A grant that makes a request allowed, and the parts that the token lacks.
#[derive(Debug, Clone, PartialEq)]
pub struct RequiredGrant<'a> {
    grant: GrantRequest,
    additions: Vec<Requirement<'a>>,
    projected: Vec<Requirement<'a>>,
    conditions: Vec<Condition>,
}

impl<'a> RequiredGrant<'a> {
    /// Returns the grant for a fresh token. It has each required permission on its exact name, and
    /// nothing else.
    ///
    /// Its time to live is that of the token, adjusted to the range that can be granted and to the
    /// clock's tolerance. It is bound to the requester if the token is bound to a user and the
    /// request has a user id. If the token is bound and the request has no user id, the grant is
    /// bound to nobody.
    pub fn grant(&self) -> &GrantRequest {
        &self.grant
    }

    /// Returns the grant for a fresh token, by value.
    pub fn into_grant(self) -> GrantRequest {
        self.grant
    }

    /// Returns the permissions that the token lacks. A requirement without a name stands for a
    /// category.
    ///
    /// The token allows the request once these are added to its grants, the projections of
    /// [`projected`](Self::projected) are removed from its metadata, and its conditions are met.
    #[must_use]
    pub fn additions(&self) -> &[Requirement<'a>] {
        &self.additions
    }

    /// Returns the items of DataSync that the token limits to a projection, which may hide them.
    #[must_use]
    pub fn projected(&self) -> &[Requirement<'a>] {
        &self.projected
    }

    /// Returns the conditions that a fresh token meets and this one does not, or not for certain.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}

/// The reason why no grant makes a verdict certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unobtainable {
    /// Nobody documents what the operation needs, so only the service knows whether a token
    /// suffices.
    #[error("it is not known what the operation needs")]
    RequirementUnknown,
    /// The request names no item, so the service generates its id. Nobody documents what such a
    /// request needs.
    #[error("nobody documents what an item with a generated id needs")]
    IdMadeByService,
    /// The projections of an item's class restrict the fields that may be written. Only the service
    /// knows them.
    #[error("the service refuses fields outside a projection that only it knows")]
    ProjectionMayRefuse,
    /// The clock's tolerance is 30 days or more, so every token that can be granted is in doubt
    /// from its first second.
    #[error("the clock's tolerance is longer than any token lives")]
    ClockTolerance,
    /// The token would be longer than the longest request that the service accepts. Request fewer
    /// resources at a time.
    #[error("the token would be longer than the longest request that the service takes")]
    TooLong,
}

/// Finds the smallest grant that makes a request allowed. Time and policy stay the same.
///
/// The fresh token is assumed to be issued at `now`, and not to be on the policy's deny list.
///
/// ```
/// use pubnub_access::grant::{Remedy, missing_grant};
/// use pubnub_access::{Operation, Policy, Request, UnverifiedToken};
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// let request = Request::builder(Operation::Publish).channel("room-7").user_id("alice").build()?;
/// let now = token.issued_at() + 5;
/// let Remedy::Grant(missing) = missing_grant(&token, &request, now, &Policy::new()) else { panic!() };
/// assert_eq!(missing.additions().len(), 1);
/// assert!(missing.grant().to_json().contains(r#""channels":{"room-7":2}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn missing_grant<'a>(
    token: &'a UnverifiedToken,
    request: &Request<'a>,
    now: u64,
    policy: &Policy<'_>,
) -> Remedy<'a> {
    let mut shortfall = Shortfall {
        considered: policy.readings(),
        conditions: Vec::new(),
        lacking: Vec::new(),
        projected: Vec::new(),
        positions: BTreeSet::new(),
    };
    if evaluate_with(TokenView::new(token), request, now, policy, &mut shortfall).is_allowed() {
        return Remedy::Nothing;
    }
    let needed = match needed(request, policy) {
        Ok(needed) => needed,
        Err(unobtainable) => return Remedy::Unobtainable(unobtainable),
    };
    let Some(ttl) = ttl(token, policy) else {
        return Remedy::Unobtainable(Unobtainable::ClockTolerance);
    };
    let mut grant = entries(needed).into_iter().fold(GrantRequest::new(ttl), granting);
    if let (Some(user_id), true) = (request.user_id(), token.is_bound()) {
        grant = grant.with_authorized_user(user_id);
    }
    if grant.token_len() > Limits::DEFAULT_TEXT_LEN {
        return Remedy::Unobtainable(Unobtainable::TooLong);
    }
    let Shortfall { lacking, projected, conditions, .. } = shortfall;
    let missing = RequiredGrant { grant, additions: entries(lacking), projected, conditions };
    let restricted = !grants_doubts(policy) && is_restricted(request);
    match restricted {
        true if missing.additions.is_empty() && missing.conditions.is_empty() => {
            Remedy::Unobtainable(Unobtainable::ProjectionMayRefuse)
        }
        true => Remedy::InDoubt(missing, Unobtainable::ProjectionMayRefuse),
        false if missing.grant.grants_nothing() => Remedy::AnyGrant(missing),
        false => Remedy::Grant(missing),
    }
}

/// Adds a requirement to a grant.
fn granting(grant: GrantRequest, requirement: Requirement<'_>) -> GrantRequest {
    match requirement {
        Requirement { kind: Some(kind), name: Some(name), permission: Some(permission) } => {
            grant.resource(kind, &name, permission)
        }
        Requirement { kind: Some(kind), name: None, permission: Some(permission) } => {
            grant.category(kind, permission)
        }
        _ => grant,
    }
}

/// Reports whether projections may refuse the request, whatever a token grants.
fn is_restricted(request: &Request<'_>) -> bool {
    let needs = request.operation().requirements();
    let access =
        |kind| needs.of(kind).is_some_and(|access| access.projections == Projections::Restrict);
    request.resources().iter().any(|resource| access(resource.kind))
}

/// Records the conditions and requirements that some considered reading does not meet.
struct Shortfall<'a> {
    considered: Readings,
    conditions: Vec<Condition>,
    /// The requirements that the token does not grant for certain.
    lacking: Vec<Requirement<'a>>,
    /// The requirements on items that the token's projections may hide.
    projected: Vec<Requirement<'a>>,
    positions: BTreeSet<usize>,
}

impl<'a> Observer<'a> for Shortfall<'a> {
    const COMPLETE: bool = true;

    fn condition(&mut self, condition: Condition, _reason: Reason<'a>, readings: Readings) {
        if !readings.contains(self.considered) {
            self.conditions.push(condition);
        }
    }

    fn reason(&mut self, position: usize, reason: Reason<'a>) {
        if matches!(reason, Reason::ProjectionMayHide { .. }) {
            self.positions.insert(position);
        }
    }

    fn requirement(
        &mut self,
        position: usize,
        requirement: Requirement<'a>,
        found: GrantingReadings,
    ) {
        if found.readings.contains(self.considered) {
            return;
        }
        if self.positions.contains(&position) {
            self.projected.push(requirement.clone());
        }
        if !found.granted.contains(self.considered) {
            self.lacking.push(requirement);
        }
    }
}

/// Reports whether the policy decides every doubt in the requester's favour.
fn grants_doubts(policy: &Policy<'_>) -> bool {
    Readings::with_doubt(Doubt::Granted).contains(policy.readings())
}

/// Returns the requirements that a token without grants would lack.
fn needed<'a>(
    request: &Request<'a>,
    policy: &Policy<'_>,
) -> Result<Vec<Requirement<'a>>, Unobtainable> {
    let needs = request.operation().requirements();
    let in_doubt = |doubt| if grants_doubts(policy) { Ok(Vec::new()) } else { Err(doubt) };
    match needs {
        Requirements::Unknown => in_doubt(Unobtainable::RequirementUnknown),
        Requirements::Resources([ResourceRequirement { optional: true, .. }])
            if request.resources().is_empty() =>
        {
            in_doubt(Unobtainable::IdMadeByService)
        }
        Requirements::NothingInferred | Requirements::ValidToken { .. } => Ok(Vec::new()),
        Requirements::KeysetFlag(kind) => {
            let free = match policy.keyset_flag(kind) {
                KeysetFlag::Allowed => true,
                KeysetFlag::Unknown => grants_doubts(policy),
                KeysetFlag::Restricted => false,
            };
            let category =
                Requirement { kind: Some(kind), name: None, permission: Some(Permission::Get) };
            Ok((!free).then_some(category).into_iter().collect())
        }
        Requirements::Resources(_) => {
            let resources = request.resources().iter();
            let requirements = resources.filter_map(|resource| {
                let access = needs.of(resource.kind)?;
                let free = access.inferred && grants_doubts(policy);
                let permission = access.permission.filter(|_| !free)?;
                Some(Requirement {
                    kind: Some(resource.kind),
                    name: Some(resource.name.into()),
                    permission: Some(permission),
                })
            });
            Ok(requirements.collect())
        }
    }
}

/// Returns the time to live of a fresh token, in minutes; `None` if no token would be certainly
/// valid.
fn ttl(token: &UnverifiedToken, policy: &Policy<'_>) -> Option<u64> {
    let (shortest, longest) = (*TTL_MINUTES.start(), *TTL_MINUTES.end());
    // A token that expires within the tolerance is in doubt, which suffices if the policy grants
    // doubts.
    let certain = if grants_doubts(policy) { shortest } else { (policy.tolerance() / 60).plus(1) };
    (certain <= longest).then(|| token.ttl_minutes().clamp(certain, longest))
}

/// Returns the smallest set of entries that meets all requirements.
fn entries(requirements: Vec<Requirement<'_>>) -> Vec<Requirement<'_>> {
    let (groups, mut entries): (Vec<_>, Vec<_>) = requirements
        .into_iter()
        .partition(|requirement| requirement.kind == Some(ResourceKind::Group));
    let mut seen = BTreeSet::new();
    entries.retain(|requirement| seen.insert((requirement.kind, requirement.name.clone())));
    // All groups of a request need the same permission.
    if let Some(Requirement { kind, permission, .. }) = groups.first() {
        let names = group_entries(groups.iter().filter_map(|group| group.name.as_deref()));
        entries.extend(names.into_iter().map(|name| Requirement {
            kind: *kind,
            name: Some(String::from(name).into()),
            permission: *permission,
        }));
    }
    entries
}

/// Returns the names of entries that grant on all these groups.
///
/// An entry applies to a group's name with and without a leading colon: the entry `:a` applies to
/// the groups `a`, `:a` and `::a`. The names are taken in order, those with the fewest colons
/// first. If another name needs the entry with one colon more, both share it; otherwise a name gets
/// its own entry.
fn group_entries<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let plain: BTreeSet<&str> = names.map(plain_group).collect();
    let mut by_colons: Vec<&str> = plain.iter().copied().collect();
    by_colons.sort_by_key(|name| name.len().minus(name.trim_start_matches(':').len()));
    let mut chosen = BTreeSet::new();
    for name in by_colons {
        if chosen.contains(name) {
            continue;
        }
        let with_colon = plain.get(format!(":{name}").as_str());
        // No entry has an empty name, so the group `:` needs the entry `:`.
        chosen.insert(if name.is_empty() { ":" } else { with_colon.copied().unwrap_or(name) });
    }
    chosen
}
