//! The evaluator and the operation table, asked about single permissions: which readings grant a permission on a name,
//! which permissions any operation needs of a kind, and what is granted without any grant.

use alloc::string::String;
use alloc::vec::Vec;

use crate::decision::Requirement;
use crate::evaluate::{Matches, Subject, Trace, judge, plain_group};
use crate::operation::{Needs, Operation};
use crate::pattern::{Budget, Match, Pattern, PatternError, PatternErrorKind};
use crate::permission::{Permission, Permissions};
use crate::policy::Policy;
use crate::readings::Readings;
use crate::request::{Request, RequestBuilder};
use crate::resource::{ResourceKind, check_name, check_user_id};
use crate::token::{Grant, UnverifiedToken};

/// Something that an operation needs: a permission on a kind of resource, and what else must be named with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) kind: ResourceKind,
    pub(super) permission: Permission,
    pub(super) operation: Operation,
    /// The need of the same operation without which this one decides nothing.
    pub(super) with: Option<(ResourceKind, Permission)>,
}

/// What operations need, gathered from the operation table once.
pub(super) struct Rules {
    /// Every permission that some operation is documented to need, once for each kind: of the operations that need it, one
    /// that needs nothing else if there is any.
    pub(super) needs: Vec<Need>,
}

impl Rules {
    pub(super) fn new() -> Self {
        let mut needs: Vec<Need> = Vec::new();
        for operation in Operation::all() {
            let Needs::Resources(accesses) = operation.needs() else { continue };
            for access in accesses.iter().filter(|access| !access.inferred) {
                let Some(permission) = access.permission else { continue };
                let with = partner(operation, access.kind);
                let need = Need { kind: access.kind, permission, operation, with };
                match needs.iter_mut().find(|known| (known.kind, known.permission) == (need.kind, permission)) {
                    Some(known) if known.with.is_some() && with.is_none() => *known = need,
                    Some(_) => {}
                    None => needs.push(need),
                }
            }
        }
        needs.sort_by_key(|need| (need.kind, need.permission));
        Rules { needs }
    }

    /// The needs of operations on a kind.
    pub(super) fn of(&self, kind: ResourceKind) -> impl Iterator<Item = Need> {
        self.needs.iter().copied().filter(move |need| need.kind == kind)
    }

    /// The permissions that any operation needs of a kind; others have no effect.
    pub(super) fn known(&self, kind: ResourceKind) -> Permissions {
        self.of(kind).map(|need| need.permission).collect()
    }

    /// The kinds that operations need anything of, in the order in which they are shown.
    pub(super) fn kinds(&self) -> Vec<ResourceKind> {
        ResourceKind::ALL.into_iter().filter(|kind| self.of(*kind).next().is_some()).collect()
    }
}

/// What must be named together with a resource of `kind`, and what is needed on it.
pub(super) fn partner(operation: Operation, kind: ResourceKind) -> Option<(ResourceKind, Permission)> {
    if name(Request::builder(operation), kind, "a").build().is_ok() {
        return None;
    }
    let Needs::Resources(accesses) = operation.needs() else { return None };
    accesses.iter().filter(|access| access.kind != kind).find_map(|access| Some((access.kind, access.permission?)))
}

/// Whether anybody can use the token: a user id that no request can have keeps everybody out.
pub(super) fn is_usable(token: &UnverifiedToken) -> bool {
    token.authorized_user().is_none_or(|user_id| check_user_id(user_id).is_ok())
}

/// The permissions of one set that another lacks.
pub(super) fn without(permissions: Permissions, others: Permissions) -> Permissions {
    Permissions::from_mask(permissions.mask() & !others.mask())
}

/// Adds a name to a request.
pub(super) fn name<'a>(builder: RequestBuilder<'a>, kind: ResourceKind, name: &'a str) -> RequestBuilder<'a> {
    match kind {
        ResourceKind::Channel => builder.channel(name),
        ResourceKind::Group => builder.group(name),
        ResourceKind::Uuid => builder.uuid(name),
        _ => builder,
    }
}

/// Names in the form in which a request asks for what an entry of the token grants. A group's entry can stand for two
/// names: `:x` is what is looked up both for `x` and for `::x`.
pub(super) fn asked_as(kind: ResourceKind, entry: &str) -> Vec<String> {
    let mut names = Vec::new();
    if kind == ResourceKind::Group {
        if let Some(plain) = entry.strip_prefix(':') {
            names.push(String::from(if plain.is_empty() || plain.starts_with(':') { entry } else { plain }));
        }
        let mut colon = String::from(":");
        colon.push_str(entry);
        names.push(if entry.is_empty() || entry.starts_with(':') { colon } else { String::from(entry) });
    } else {
        names.push(String::from(entry));
    }
    names.retain(|name| check_name(name).is_ok());
    names
}

/// Notes the readings that grant the first thing that a request needs, as the rules report them, and tells the rules
/// what is known of the name that it is about.
struct Heard<'k> {
    readings: Option<Readings>,
    known: &'k [Known],
}

/// How a pattern matches a name, and the steps of compiling it and of matching.
struct Known {
    matches: Result<Matches, PatternError>,
    steps: u64,
}

impl<'a> Trace<'a> for Heard<'_> {
    const COMPLETE: bool = false;

    fn requirement(&mut self, _requirement: Requirement<'a>, readings: Readings) {
        self.readings.get_or_insert(readings);
    }

    fn known(&self, position: usize, budget: &mut Budget) -> Option<Result<Matches, PatternError>> {
        let known = self.known.get(position)?;
        // Where the decision's work ends half-way, the evaluator has to stop where it would.
        budget.charge(known.steps).ok()?;
        Some(known.matches.clone())
    }

    fn is_satisfied(&self) -> bool {
        self.readings.is_some()
    }
}

/// The readings that grant an operation, on a resource of a kind if one is given, as far as that resource goes; conditions
/// on the token as a whole are left aside. All readings where nothing is needed.
pub(super) fn granting(
    token: &UnverifiedToken,
    operation: Operation,
    resource: Option<(ResourceKind, &str)>,
    policy: &Policy<'_>,
) -> Readings {
    granting_as_known(token, operation, resource, policy, &[])
}

/// The same, where it is known how the kind's patterns match the name.
fn granting_as_known(
    token: &UnverifiedToken,
    operation: Operation,
    resource: Option<(ResourceKind, &str)>,
    policy: &Policy<'_>,
    known: &[Known],
) -> Readings {
    // The first resource is decided whatever comes after it; a partner is named only so that the request can be built.
    let mut builder = Request::builder(operation);
    if let Some((kind, asked)) = resource {
        builder = name(builder, kind, asked);
        if let Some((kind, _)) = partner(operation, kind) {
            builder = name(builder, kind, "a");
        }
    }
    if let Some(user_id) = token.authorized_user().filter(|_| is_usable(token)) {
        builder = builder.user_id(user_id);
    }
    let Ok(request) = builder.build() else { return Readings::NONE };
    let mut heard = Heard { readings: None, known };
    let _ = judge(Subject { token, compiled: None }, &request, token.issued_at(), &every_reading(policy), &mut heard);
    heard.readings.unwrap_or(Readings::ALL)
}

/// A policy that considers every reading and no deny list, and agrees with another in all else.
fn every_reading(policy: &Policy<'_>) -> Policy<'static> {
    Policy::new()
        .get_all_user_metadata(policy.keyset_flag(ResourceKind::Uuid))
        .get_all_channel_metadata(policy.keyset_flag(ResourceKind::Channel))
        .work_limit(policy.work())
}

/// One kind of a token's grants, ready to be asked about many names.
pub(super) struct Table<'a> {
    token: &'a UnverifiedToken,
    pub(super) kind: ResourceKind,
    /// The patterns, each with what compiling it gave.
    pub(super) patterns: Vec<(Grant<'a>, Result<Pattern, PatternError>)>,
    /// The steps of compiling each.
    steps: Vec<u64>,
    policy: Policy<'static>,
}

impl<'a> Table<'a> {
    /// Compiles the patterns of a kind.
    pub(super) fn new(
        token: &'a UnverifiedToken,
        kind: ResourceKind,
        policy: &Policy<'_>,
        budget: &mut Budget,
    ) -> Self {
        let mut steps = Vec::new();
        let compile = |grant: Grant<'a>| {
            let before = budget.left();
            let pattern = Pattern::compile(grant.name, budget);
            steps.push(before.saturating_sub(budget.left()));
            (grant, pattern)
        };
        let patterns = token.patterns().of(kind).iter().map(compile).collect();
        Table { token, kind, patterns, steps, policy: every_reading(policy) }
    }

    /// How each pattern matches each form of a name, in the token's order; an error where one cannot be matched.
    pub(super) fn matches<'t>(
        &'t self,
        name: &'t str,
        budget: &'t mut Budget,
    ) -> impl Iterator<Item = (Grant<'a>, Result<[Match; 2], PatternError>)> + 't {
        self.patterns.iter().map(move |(grant, pattern)| (*grant, self.matched(pattern, name, budget)))
    }

    /// How one of the patterns matches each form of a name.
    pub(super) fn matched(
        &self,
        pattern: &Result<Pattern, PatternError>,
        name: &str,
        budget: &mut Budget,
    ) -> Result<[Match; 2], PatternError> {
        let pattern = pattern.as_ref().map_err(Clone::clone)?;
        if self.kind != ResourceKind::Group {
            return pattern.match_parts("", name, budget).map(|matched| [matched; 2]);
        }
        let plain = plain_group(name);
        Ok([pattern.match_parts("", plain, budget)?, pattern.match_parts(":", plain, budget)?])
    }

    /// The readings that grant each need of the kind on a name; `None` if that is more work than is left.
    ///
    /// Each pattern is matched once. The evaluator is told of that for each need, and charges the decision for what it
    /// would have done itself.
    pub(super) fn readings(&self, rules: &Rules, name: &str, budget: &mut Budget) -> Option<NameReadings> {
        let mut known = Vec::with_capacity(self.patterns.len());
        let (mut sum, mut most) = (0_u64, 0_u64);
        for ((_, pattern), compiling) in self.patterns.iter().zip(&self.steps) {
            let before = budget.left();
            let matches = self.matched(pattern, name, budget).map(|[plain, colon]| Matches { plain, colon });
            if matches.as_ref().is_err_and(|error| error.kind() == PatternErrorKind::BudgetExhausted) {
                return None;
            }
            let steps = compiling.saturating_add(before.saturating_sub(budget.left()));
            known.push(Known { matches, steps });
            (sum, most) = (sum.saturating_add(steps).saturating_add(1), most.max(steps));
        }
        let length = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let mut price = length(name.len()).saturating_add(length(known.len()).saturating_mul(2)).saturating_add(64);
        if sum > self.policy.work() {
            // What does not fit into a decision is begun: less than the costliest pattern takes, all in all.
            price = price.saturating_add(most).saturating_add(length(known.len()).saturating_mul(32));
        }
        budget.charge(price.saturating_mul(length(rules.of(self.kind).count()))).ok()?;
        let resource = Some((self.kind, name));
        let of = |need: Need| granting_as_known(self.token, need.operation, resource, &self.policy, &known);
        Some(rules.of(self.kind).map(|need| (need.permission, of(need))).collect())
    }
}

/// The readings that grant each permission on a name.
pub(super) type NameReadings = Vec<(Permission, Readings)>;

/// The readings for one permission among those of a name.
pub(super) fn reading_of(readings: &[(Permission, Readings)], permission: Permission) -> Readings {
    let found = readings.iter().find(|(known, _)| *known == permission);
    found.map_or(Readings::NONE, |(_, readings)| *readings)
}
