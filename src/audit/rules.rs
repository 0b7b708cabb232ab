//! Single permissions: the readings that grant one on a name, and the operations that need it.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::arithmetic::{CannotOverflow, as_u64};
use crate::evaluate::permission::{FormMatches, KnownMatch, NameGrants, PatternSource};
use crate::evaluate::{TokenView, may_be_hidden, request_readings, resource_readings};
use crate::operation::{Operation, Requirements, ResourceRequirement};
use crate::pattern::{Budget, Pattern, PatternError, PatternErrorKind};
use crate::permission::{Permission, Permissions};
use crate::policy::Policy;
use crate::policy::readings::Readings;
use crate::request::Request;
use crate::request::resource::{Resource, ResourceKind, check_name, check_user_id};
use crate::token::{Grant, UnverifiedToken};

use super::held::{HeldPattern, HeldPatterns};
use super::{HELD_STEPS, SHAPE_STEPS_PER_PATTERN};

/// A permission on a kind that some operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KindRequirement {
    pub(super) kind: ResourceKind,
    pub(super) permission: Permission,
    pub(super) access: &'static ResourceRequirement,
    pub(super) operation: Operation,
    /// The requirement on another kind that every request of the operation has as well.
    pub(super) with: Option<(ResourceKind, Permission)>,
}

impl KindRequirement {
    /// Reports whether this operation shows a grant's effect more directly. It does so without a
    /// second requirement, and with less influence of projections.
    fn shows_more_than(&self, other: &KindRequirement) -> bool {
        let rank = |requirement: &KindRequirement| {
            (requirement.with.is_some(), requirement.access.projections)
        };
        rank(self) < rank(other)
    }
}

/// The requirements of all operations, gathered from the table once.
pub(super) struct Rules {
    /// Every permission on each kind that some operation is documented to need, with the operation
    /// that shows its effect most directly.
    pub(super) requirements: Vec<KindRequirement>,
}

impl Rules {
    pub(super) fn new() -> Self {
        let mut requirements: Vec<KindRequirement> = Vec::new();
        for operation in Operation::ALL.iter().copied() {
            let Requirements::Resources(accesses) = operation.requirements() else { continue };
            for access in accesses.iter().filter(|access| !access.inferred) {
                let Some(permission) = access.permission else { continue };
                let with = partner(operation, access.kind);
                let requirement =
                    KindRequirement { kind: access.kind, permission, access, operation, with };
                match requirements
                    .iter_mut()
                    .find(|known| (known.kind, known.permission) == (requirement.kind, permission))
                {
                    Some(known) if requirement.shows_more_than(known) => *known = requirement,
                    Some(_) => {}
                    None => requirements.push(requirement),
                }
            }
        }
        requirements.sort_by_key(|requirement| (requirement.kind, requirement.permission));
        Rules { requirements }
    }

    /// Returns the requirements on a kind.
    pub(super) fn of(&self, kind: ResourceKind) -> impl Iterator<Item = KindRequirement> {
        self.requirements.iter().copied().filter(move |requirement| requirement.kind == kind)
    }

    /// Returns the permissions that operations need on a kind; others have no effect.
    pub(super) fn known(&self, kind: ResourceKind) -> Permissions {
        self.of(kind).map(|requirement| requirement.permission).collect()
    }

    /// Returns the kinds on which operations need permissions, in the order of output.
    pub(super) fn kinds(&self) -> Vec<ResourceKind> {
        ResourceKind::ALL.iter().copied().filter(|kind| self.of(*kind).next().is_some()).collect()
    }
}

/// Returns the kind that a request must name together with `kind`, and the permission on it.
pub(super) fn partner(
    operation: Operation,
    kind: ResourceKind,
) -> Option<(ResourceKind, Permission)> {
    if Request::builder(operation).resource(kind, "a").build().is_ok() {
        return None;
    }
    let Requirements::Resources(accesses) = operation.requirements() else { return None };
    accesses
        .iter()
        .filter(|access| access.kind != kind)
        .find_map(|access| Some((access.kind, access.permission?)))
}

/// Reports whether any requester can use the token: its authorized user must be a possible user id.
pub(super) fn is_usable(token: &UnverifiedToken) -> bool {
    token.authorized_user().is_none_or(|user_id| check_user_id(user_id).is_ok())
}

/// Returns the names of requests that an entry applies to. A group's entry can apply to two: `:x`
/// is looked up for both `x` and `::x`.
pub(super) fn asked_as(kind: ResourceKind, entry: &str) -> Vec<String> {
    let mut names = Vec::new();
    if kind == ResourceKind::Group {
        if let Some(plain) = entry.strip_prefix(':') {
            names.push(String::from(if plain.is_empty() || plain.starts_with(':') {
                entry
            } else {
                plain
            }));
        }
        let mut colon = String::from(":");
        colon.push_str(entry);
        names.push(if entry.is_empty() || entry.starts_with(':') {
            colon
        } else {
            String::from(entry)
        });
    } else {
        names.push(String::from(entry));
    }
    names.retain(|name| check_name(name).is_ok());
    names
}

/// Returns the readings that grant an operation on one resource, or without a resource. Conditions
/// on the token as a whole are ignored.
pub(super) fn granting(
    token: &UnverifiedToken,
    operation: Operation,
    resource: Option<(ResourceKind, &str)>,
    policy: &Policy<'_>,
) -> Readings {
    match resource {
        Some((kind, name)) => match operation.requirements().of(kind) {
            Some(access) => resource_readings(TokenView::new(token), access, name, policy.work()),
            None => Readings::NONE,
        },
        None => match Request::builder(operation).build() {
            Ok(request) => request_readings(token, &request, policy),
            Err(_) => Readings::NONE,
        },
    }
}

/// Matches a pattern with each form of a name.
#[inline]
fn forms(
    pattern: &Result<Pattern, PatternError>,
    kind: ResourceKind,
    name: &str,
    budget: &mut Budget,
) -> FormMatches {
    FormMatches::new(kind, name, |lead, name| match pattern {
        Ok(pattern) => pattern.is_match_parts(lead, name, budget),
        Err(error) => Err(error.clone()),
    })
}

/// The grants of one kind in a token, prepared to decide about many names.
pub(super) struct KindGrants<'a> {
    token: &'a UnverifiedToken,
    pub(super) kind: ResourceKind,
    /// The patterns, in the token's order.
    pub(super) patterns: Vec<Grant<'a>>,
    held: HeldPatterns,
    work_limit: u64,
}

impl<'a> KindGrants<'a> {
    /// Compiles the patterns of a kind, up to the number that may be held at once.
    pub(super) fn new(
        token: &'a UnverifiedToken,
        kind: ResourceKind,
        policy: &Policy<'_>,
        budget: &mut Budget,
    ) -> Self {
        let patterns = token.patterns().of(kind);
        let mut allowance = Budget::new(budget.left().min(HELD_STEPS));
        let before = allowance.left();
        let held = HeldPatterns::new(patterns, &mut allowance);
        // An allowance is never more than the budget, so the charge cannot fail.
        let _ = budget.charge(before.minus(allowance.left()));
        KindGrants {
            token,
            kind,
            patterns: patterns.iter().collect(),
            held,
            work_limit: policy.work(),
        }
    }

    /// Returns the compiled pattern at a position.
    #[inline]
    pub(super) fn compiled(&self, position: usize, budget: &mut Budget) -> Cow<'_, HeldPattern> {
        let text = self.patterns.get(position).map_or("", |grant| grant.name);
        self.held.get_or_compile(position, text, budget)
    }

    /// Matches each pattern with each form of a name, in the token's order. A pattern that cannot
    /// be matched is an error.
    pub(super) fn matches<'t>(
        &'t self,
        name: &'t str,
        budget: &'t mut Budget,
    ) -> impl Iterator<Item = (Grant<'a>, Result<[bool; 2], PatternError>)> + 't {
        let patterns = self.patterns.iter().enumerate();
        patterns.map(move |(position, grant)| (*grant, self.matched(position, name, budget)))
    }

    /// Matches the pattern at a position with each form of a name.
    pub(super) fn matched(
        &self,
        position: usize,
        name: &str,
        budget: &mut Budget,
    ) -> Result<[bool; 2], PatternError> {
        let matches = forms(&self.compiled(position, budget).pattern, self.kind, name, budget);
        let colon = matches.colon().clone()?;
        Ok([matches.plain?, colon])
    }

    /// Reports whether a projection may hide an item; `None` if the budget runs out.
    pub(super) fn hidden(&self, name: &str, budget: &mut Budget) -> Option<bool> {
        let mut allowance = Budget::new(budget.left().min(self.work_limit));
        let before = allowance.left();
        let hidden = may_be_hidden(self.token, self.kind, name, &mut allowance);
        // An allowance is never more than the budget, so the charge cannot fail.
        let _ = budget.charge(before.saturating_sub(allowance.left()));
        // If little budget is left, `hidden` may only mean that a projection was not tried.
        (!hidden || budget.left() >= SHAPE_STEPS_PER_PATTERN).then_some(hidden)
    }

    /// Returns the readings that grant each permission on a name; `None` if the budget runs out.
    ///
    /// Each pattern is matched once, and its grants are counted for all permissions together.
    pub(super) fn readings(
        &self,
        rules: &Rules,
        name: &str,
        budget: &mut Budget,
    ) -> Option<NameReadings> {
        let count = as_u64(self.patterns.len());
        let price = as_u64(name.len()).saturating_add(count.saturating_mul(2)).saturating_add(64);
        budget.charge(price).ok()?;
        let mut grants = NameGrants::of_entry(self.token, Resource { kind: self.kind, name });
        // A decision looks at each pattern twice.
        let mut steps = count.saturating_mul(2);
        for (position, grant) in self.patterns.iter().enumerate() {
            if self.kind == ResourceKind::User {
                grants.count_unsupported(grant.permissions);
                continue;
            }
            let known = self.known(position, name, budget)?;
            steps = steps.saturating_add(known.steps);
            if !known.matches.is_none() {
                grants.count(&known.matches, grant.permissions);
            }
        }
        let hidden = self.hidden(name, budget)?;
        if steps > self.work_limit {
            return self.limited_readings(rules, name, hidden, budget);
        }
        let of = |requirement: KindRequirement| {
            requirement.access.settle(grants.readings(requirement.permission), hidden)
        };
        Some(
            rules
                .of(self.kind)
                .map(|requirement| (requirement.permission, of(requirement)))
                .collect(),
        )
    }

    /// Does the same if the patterns exceed the work limit of a decision. The evaluator receives
    /// the matches for each permission, and charges the decision as if it had matched the patterns
    /// itself.
    #[cold]
    fn limited_readings(
        &self,
        rules: &Rules,
        name: &str,
        hidden: bool,
        budget: &mut Budget,
    ) -> Option<NameReadings> {
        let known: Option<Vec<KnownMatch>> =
            (0..self.patterns.len()).map(|position| self.known(position, name, budget)).collect();
        let known = known?;
        // The price includes the pattern at which a decision reaches its limit: at most the
        // costliest one.
        let most = known.iter().map(|known| known.steps).max().unwrap_or_default();
        let price = as_u64(known.len()).saturating_mul(34).saturating_add(most);
        budget.charge(price.saturating_mul(as_u64(rules.of(self.kind).count()))).ok()?;
        let view = TokenView { token: self.token, patterns: PatternSource::Known(&known) };
        let of = |requirement: KindRequirement| {
            let access = ResourceRequirement::plain(self.kind, requirement.permission);
            requirement
                .access
                .settle(resource_readings(view, &access, name, self.work_limit), hidden)
        };
        Some(
            rules
                .of(self.kind)
                .map(|requirement| (requirement.permission, of(requirement)))
                .collect(),
        )
    }

    /// Matches the pattern at a position; `None` if that is more work than is left.
    #[inline]
    fn known(&self, position: usize, name: &str, budget: &mut Budget) -> Option<KnownMatch> {
        let compiled = self.compiled(position, budget);
        let before = budget.left();
        let matches = forms(&compiled.pattern, self.kind, name, budget);
        let exhausted = |matched: &Result<bool, PatternError>| matches!(matched, Err(error) if error.kind() == PatternErrorKind::WorkLimitReached);
        let is_complete = !exhausted(&matches.plain) && !exhausted(matches.colon());
        let steps = compiled.steps.saturating_add(before.minus(budget.left()));
        is_complete.then_some(KnownMatch { matches, steps })
    }
}

/// The readings that grant each permission on a name.
pub(super) type NameReadings = Vec<(Permission, Readings)>;

/// Returns the readings that grant one permission.
pub(super) fn reading_of(readings: &[(Permission, Readings)], permission: Permission) -> Readings {
    let found = readings.iter().find(|(known, _)| *known == permission);
    found.map_or(Readings::NONE, |(_, readings)| *readings)
}
