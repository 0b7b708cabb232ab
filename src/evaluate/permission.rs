//! The central rule: which readings grant a permission on a name.
//!
//! Decisions, explanations and audits all use it. The patterns of a kind are visited once for all
//! names of a request, so that work which depends only on a pattern is done once.

use crate::arithmetic::{CannotOverflow, as_u64};
use crate::decision::Reason;
use crate::evaluate::compiled::{Build, CompiledPattern, CompiledPatterns};
use crate::operation::{Projections, ResourceRequirement};
use crate::pattern::{Budget, Draft, Exhausted, PatternError, may_begin};
use crate::permission::{Permission, Permissions};
use crate::policy::readings::{Doubt, GroupNames, Precedence, Readings};
use crate::request::resource::{Resource, ResourceKind, plain_group};
use crate::token::{Grant, UnverifiedToken};

use super::{Observer, ResourceLookup};

/// A token, with patterns that may be compiled or matched already.
#[derive(Clone, Copy)]
pub(crate) struct TokenView<'a> {
    pub(crate) token: &'a UnverifiedToken,
    pub(crate) patterns: PatternSource<'a>,
}

impl<'a> TokenView<'a> {
    /// Creates the view of a token whose patterns are not compiled yet.
    pub(crate) fn new(token: &'a UnverifiedToken) -> Self {
        TokenView { token, patterns: PatternSource::Token }
    }
}

/// The source of patterns' matches. Each source charges the same steps.
#[derive(Clone, Copy)]
pub(crate) enum PatternSource<'a> {
    /// Patterns are compiled when they are needed.
    Token,
    /// Patterns are compiled already.
    Compiled(&'a CompiledPatterns),
    /// The patterns of the kind, in the token's order, are matched with the only name already.
    Known(&'a [KnownMatch]),
}

/// A pattern's matches with a name.
pub(crate) struct KnownMatch {
    pub(crate) matches: FormMatches,
    /// The steps of compiling the pattern and of matching it.
    pub(crate) steps: u64,
}

/// A pattern's matches with the forms of a name. Only groups have more than one form.
#[derive(Clone)]
pub(crate) struct FormMatches {
    pub(crate) plain: Result<bool, PatternError>,
    /// The match with a group's name after a colon.
    pub(crate) colon: Option<Result<bool, PatternError>>,
}

impl FormMatches {
    /// Matches each form of a name. `is_match` takes the form in two parts: the colon, if any, and
    /// the rest.
    #[inline]
    pub(crate) fn new(
        kind: ResourceKind,
        name: &str,
        mut is_match: impl FnMut(&'static str, &str) -> Result<bool, PatternError>,
    ) -> Self {
        if kind == ResourceKind::Group {
            let name = plain_group(name);
            return FormMatches { plain: is_match("", name), colon: Some(is_match(":", name)) };
        }
        FormMatches { plain: is_match("", name), colon: None }
    }

    /// Reports whether the pattern is certain to match no form.
    #[inline]
    pub(crate) fn is_none(&self) -> bool {
        matches!((&self.plain, &self.colon), (Ok(false), None | Some(Ok(false))))
    }

    /// Returns the match with the form that begins with a colon, or with the only form.
    #[inline]
    pub(crate) fn colon(&self) -> &Result<bool, PatternError> {
        self.colon.as_ref().unwrap_or(&self.plain)
    }

    /// Returns the reason for a match, or for a match that cannot be excluded.
    fn reason<'a>(&self, grant: Grant<'a>, permission: Permission) -> Option<Reason<'a>> {
        let Grant { name: pattern, permissions, .. } = grant;
        let matched = (matches!(self.plain, Ok(true)), matches!(self.colon(), Ok(true)));
        Some(match (matched, &self.plain, self.colon()) {
            ((false, false), Err(error), _) | ((false, false), _, Err(error)) => {
                Reason::PatternUnsupported {
                    pattern: pattern.into(),
                    permissions,
                    error: error.clone(),
                }
            }
            ((false, false), ..) => return None,
            _ if !permissions.has(permission) => {
                Reason::PatternLacksPermission { pattern: pattern.into(), permissions }
            }
            ((true, true), ..) => Reason::PatternGrant { pattern: pattern.into(), permissions },
            ((plain, _), ..) => {
                let form = if plain { GroupNames::Plain } else { GroupNames::Colon };
                Reason::PatternMatchesOneForm { pattern: pattern.into(), permissions, form }
            }
        })
    }
}

/// The permissions that at least one pattern has, and those that at least one lacks.
#[derive(Clone, Copy)]
struct Tally {
    granted: Permissions,
    lacking: Permissions,
}

impl Tally {
    const NONE: Tally = Tally { granted: Permissions::NONE, lacking: Permissions::NONE };

    fn add(&mut self, permissions: Permissions) {
        self.granted |= permissions;
        self.lacking |= !permissions;
    }
}

/// The permissions that patterns grant on one form of a name.
#[derive(Clone, Copy)]
struct FormGrants {
    matching: Tally,
    unsupported: Tally,
}

impl FormGrants {
    const NONE: FormGrants = FormGrants { matching: Tally::NONE, unsupported: Tally::NONE };

    fn count(&mut self, matched: &Result<bool, PatternError>, permissions: Permissions) {
        match matched {
            Ok(true) => self.matching.add(permissions),
            Ok(false) => {}
            Err(_) => self.unsupported.add(permissions),
        }
    }

    /// Returns the readings in which the patterns alone grant a permission.
    fn readings(&self, permission: Permission) -> Readings {
        let FormGrants { matching, unsupported } = self;
        let pick = |granted: bool, refused: bool| {
            let of = |doubt, grants| {
                if grants { Readings::with_doubt(doubt) } else { Readings::NONE }
            };
            of(Doubt::Granted, granted) | of(Doubt::Refused, refused)
        };
        // An unsupported pattern counts as a match if that has the effect that the doubt favours.
        let (granted, refused) = (
            matching.granted.has(permission) || unsupported.granted.has(permission),
            matching.granted.has(permission),
        );
        let agreed = !matching.lacking.has(permission);
        let any = pick(granted, refused);
        let all =
            pick(granted && agreed, refused && agreed && !unsupported.lacking.has(permission));
        any & !Readings::with_precedence(Precedence::ExplicitElseAll)
            | all & Readings::with_precedence(Precedence::ExplicitElseAll)
    }
}

/// The permissions that a token's entry and its patterns grant on one name.
#[derive(Clone, Copy)]
pub(crate) struct NameGrants {
    entry: Option<Permissions>,
    plain: FormGrants,
    colon: FormGrants,
}

impl NameGrants {
    pub(crate) const NONE: NameGrants =
        NameGrants { entry: None, plain: FormGrants::NONE, colon: FormGrants::NONE };

    /// Starts with an entry, before any pattern is counted.
    #[inline]
    pub(crate) fn of_entry(token: &UnverifiedToken, resource: Resource<'_>) -> Self {
        NameGrants { entry: entry(token, resource), ..NameGrants::NONE }
    }

    /// Counts a pattern's matches.
    pub(crate) fn count(&mut self, matches: &FormMatches, permissions: Permissions) {
        self.plain.count(&matches.plain, permissions);
        self.colon.count(matches.colon(), permissions);
    }

    /// Counts a pattern that cannot be matched.
    pub(crate) fn count_unsupported(&mut self, permissions: Permissions) {
        self.plain.unsupported.add(permissions);
        self.colon.unsupported.add(permissions);
    }

    /// Returns the readings that grant a permission.
    pub(crate) fn readings(&self, permission: Permission) -> Readings {
        if self.entry.is_some_and(|entry| entry.has(permission)) {
            return Readings::ALL;
        }
        let patterns = self.plain.readings(permission)
            & Readings::with_group_names(GroupNames::Plain)
            | self.colon.readings(permission) & Readings::with_group_names(GroupNames::Colon);
        match self.entry {
            Some(_) => patterns & Readings::with_precedence(Precedence::Union),
            None => patterns,
        }
    }

    /// Reports whether further patterns with (or without) a permission can change the readings.
    fn awaits(&self, permission: Permission, with: bool, considered: Readings) -> bool {
        let in_both = |set: fn(&FormGrants) -> Permissions| {
            set(&self.plain).has(permission) && set(&self.colon).has(permission)
        };
        if with {
            return !in_both(|form| form.matching.granted);
        }
        let all = considered & Readings::with_precedence(Precedence::ExplicitElseAll);
        !(self.readings(permission) & all).is_empty() && !in_both(|form| form.matching.lacking)
    }
}

/// Returns the permissions of a name's entry. A group's name may have an entry under each form;
/// they add up.
#[inline]
fn entry(token: &UnverifiedToken, resource: Resource<'_>) -> Option<Permissions> {
    let Resource { kind, name } = resource;
    let grants = token.resources().of(kind);
    if kind != ResourceKind::Group {
        return grants.get(name);
    }
    let plain = plain_group(name);
    let colon = grants.find(":", plain).map(|(_, permissions)| permissions);
    match (grants.get(plain), colon) {
        (Some(plain), Some(colon)) => Some(plain | colon),
        (plain, colon) => plain.or(colon),
    }
}

/// A pattern of a token that is being matched with names.
#[allow(clippy::large_enum_variant, reason = "in place, so that a usual pattern allocates nothing")]
enum PatternMatcher<'a> {
    Known(&'a FormMatches),
    /// A compiled pattern. Building it is not charged yet.
    Prepared(&'a str, &'a CompiledPattern, &'a Build),
    Charged(&'a CompiledPattern),
    Draft(Draft<'a>),
}

impl<'a> PatternMatcher<'a> {
    /// Takes the pattern at a position from the view if it is prepared there; otherwise parses it.
    #[inline]
    fn new(
        view: TokenView<'a>,
        kind: ResourceKind,
        position: usize,
        pattern: &'a [u8],
        budget: &mut Budget,
    ) -> Self {
        // If the budget does not suffice for the prepared pattern, the pattern is parsed until the
        // budget runs out: at the same step as without preparation.
        match view.patterns {
            PatternSource::Compiled(compiled) => {
                if let Some(slot) = compiled.get(kind, position, budget) {
                    return match &slot.build {
                        Some(build) => PatternMatcher::Prepared(text(pattern), slot, build),
                        None => PatternMatcher::Charged(slot),
                    };
                }
            }
            PatternSource::Known(known) => {
                if let Some(known) =
                    known.get(position).filter(|known| budget.charge(known.steps).is_ok())
                {
                    return PatternMatcher::Known(&known.matches);
                }
            }
            PatternSource::Token => {}
        }
        PatternMatcher::Draft(Draft::new(text(pattern), budget))
    }

    /// Reports whether the pattern cannot be matched.
    fn is_refused(&self) -> bool {
        matches!(self, PatternMatcher::Draft(Draft::Failed(_)))
            || matches!(self, PatternMatcher::Charged(slot) if slot.pattern.is_err())
    }

    #[inline]
    fn matches(&mut self, kind: ResourceKind, name: &str, budget: &mut Budget) -> FormMatches {
        if let PatternMatcher::Known(matches) = self {
            return (*matches).clone();
        }
        FormMatches::new(kind, name, |lead, name| self.is_match(lead, name, budget))
    }

    #[inline]
    fn is_match(
        &mut self,
        lead: &str,
        name: &str,
        budget: &mut Budget,
    ) -> Result<bool, PatternError> {
        if let PatternMatcher::Prepared(text, slot, build) = self {
            if !may_begin(core::iter::once(&*build.prefix), lead, name, budget)? {
                return Ok(false);
            }
            *self = match budget.charge(build.steps) {
                Ok(()) => PatternMatcher::Charged(slot),
                // Compiling stops at the same step as without preparation.
                Err(Exhausted) => {
                    let mut draft = Draft::new(text, &mut Budget::new(u64::MAX));
                    draft.compile(budget);
                    PatternMatcher::Draft(draft)
                }
            };
        }
        match self {
            PatternMatcher::Charged(CompiledPattern { pattern: Ok(pattern), .. }) => {
                pattern.is_match_parts(lead, name, budget)
            }
            PatternMatcher::Charged(CompiledPattern { pattern: Err(error), .. }) => {
                Err(error.repeat(budget))
            }
            PatternMatcher::Draft(draft) => draft.is_match(lead, name, budget),
            PatternMatcher::Known(_) | PatternMatcher::Prepared(..) => Ok(false),
        }
    }
}

/// Returns the text of a pattern, which was checked to be UTF-8.
fn text(pattern: &[u8]) -> &str {
    core::str::from_utf8(pattern).unwrap_or_default()
}

/// Iterates over the lookups that wait for patterns, each with its resource's position and name.
fn waiting<'a, 'f>(
    resources: &[Resource<'a>],
    lookups: &'f mut [ResourceLookup],
) -> impl Iterator<Item = ((usize, &'a str), &'f mut ResourceLookup)> {
    let named = resources.iter().zip(lookups).enumerate();
    named
        .filter(|(_, (_, lookup))| lookup.waiting)
        .map(|(position, (resource, lookup))| ((position, resource.name), lookup))
}

/// One permission, required on all resources of one kind.
pub(super) struct GrantQuestion<'a, 'e, O> {
    pub(super) view: TokenView<'a>,
    pub(super) access: &'e ResourceRequirement,
    pub(super) permission: Permission,
    pub(super) considered: Readings,
    pub(super) budget: &'e mut Budget,
    pub(super) observer: &'e mut O,
}

impl<'a, O: Observer<'a>> GrantQuestion<'a, '_, O> {
    /// Fills in the lookups of the kind's resources.
    pub(super) fn answer(&mut self, resources: &[Resource<'a>], lookups: &mut [ResourceLookup]) {
        if O::COMPLETE {
            for (position, resource) in resources.iter().enumerate() {
                if resource.kind == self.access.kind {
                    self.report_entries(position, resource.name);
                }
            }
        }
        if self.open(resources, lookups).next().is_some() {
            let others = self.patterns(true, resources, lookups);
            // Patterns on users can only add readings, so those without the permission change
            // nothing.
            if others && self.access.kind != ResourceKind::User {
                self.patterns(false, resources, lookups);
            }
            for (_, lookup) in self.open(resources, lookups) {
                lookup.readings = lookup.grants.readings(self.permission);
                (lookup.open, lookup.waiting) = (false, false);
            }
        }
        match self.access.projections {
            Projections::None => {}
            Projections::Hide => self.hidden_by_projections(resources, lookups),
            Projections::Restrict => self.restricted_by_projections(resources, lookups),
        }
    }

    /// Iterates over the open lookups of the kind, each with its resource's position and name.
    pub(super) fn open<'f, 'r>(
        &self,
        resources: &'r [Resource<'a>],
        lookups: &'f mut [ResourceLookup],
    ) -> impl Iterator<Item = ((usize, &'a str), &'f mut ResourceLookup)> + use<'a, 'f, 'r, O> {
        let kind = self.access.kind;
        let named = resources.iter().zip(lookups).enumerate();
        named
            .filter(move |(_, (resource, lookup))| lookup.open && resource.kind == kind)
            .map(|(position, (resource, lookup))| ((position, resource.name), lookup))
    }

    /// Reports the entries of a name, under both forms if it is a group's.
    fn report_entries(&mut self, position: usize, name: &'a str) {
        let grants = self.view.token.resources().of(self.access.kind);
        let found = match self.access.kind {
            ResourceKind::Group => {
                [grants.find("", plain_group(name)), grants.find(":", plain_group(name))]
            }
            _ => [grants.find("", name), None],
        };
        for (name, permissions) in found.into_iter().flatten() {
            let grant = Grant::from_raw(name, permissions).name;
            let reason = if permissions.has(self.permission) {
                Reason::ExplicitGrant { grant: grant.into(), permissions }
            } else {
                Reason::ExplicitGrantLacksPermission { grant: grant.into(), permissions }
            };
            self.observer.reason(position, reason);
        }
    }

    /// Matches the patterns that have the permission, or those that lack it, with the open names.
    /// Returns whether patterns of the other sort may exist.
    fn patterns(
        &mut self,
        with: bool,
        resources: &[Resource<'a>],
        lookups: &mut [ResourceLookup],
    ) -> bool {
        let mut waiting: usize = 0;
        for (_, lookup) in self.open(resources, lookups) {
            lookup.waiting = lookup.grants.awaits(self.permission, with, self.considered);
            waiting = waiting.plus(usize::from(lookup.waiting));
        }
        if waiting == 0 {
            return true;
        }
        // One step for the pattern, and one for every sixteen names that are visited.
        let price = self.steps(resources.len() / 16);
        let patterns = self.view.token.patterns().of(self.access.kind);
        let (mut others, mut refused) = (false, false);
        for (position, (pattern, permissions)) in patterns.raw().enumerate() {
            if self.budget.charge(price).is_err() {
                self.untried(with, position, resources, lookups);
                return true;
            }
            if permissions.has(self.permission) != with {
                others = true;
                continue;
            }
            if waiting == 0 {
                return true;
            }
            if self.access.kind == ResourceKind::User {
                self.user_pattern(Grant::from_raw(pattern, permissions), resources, lookups);
                return false;
            }
            let mut matcher =
                PatternMatcher::new(self.view, self.access.kind, position, pattern, self.budget);
            // A refused pattern has the same effect on every name, and a second one adds nothing.
            // It is still charged the steps that an explanation spends to report it for each name.
            if matcher.is_refused() && core::mem::replace(&mut refused, true) && !O::COMPLETE {
                let forms = if self.access.kind == ResourceKind::Group { 2 } else { 1 };
                let steps = as_u64(waiting).times(forms);
                let _ = self.budget.charge(steps.min(self.budget.left()));
                continue;
            }
            let settled =
                self.pattern(&mut matcher, (pattern, permissions), with, resources, lookups);
            waiting = waiting.minus(settled);
        }
        others
    }

    /// Counts a pattern on users. Nobody documents how the service matches it, so it grants only in
    /// readings that favour the requester, and further such patterns change nothing.
    #[cold]
    fn user_pattern(
        &mut self,
        grant: Grant<'a>,
        resources: &[Resource<'a>],
        lookups: &mut [ResourceLookup],
    ) {
        let Grant { name: pattern, permissions, .. } = grant;
        for ((position, _), lookup) in self.open(resources, lookups) {
            lookup.grants.count_unsupported(permissions);
            self.observer.reason(
                position,
                Reason::UserPatternInDoubt { pattern: pattern.into(), permissions },
            );
        }
    }

    /// Counts the patterns from a position on as unsupported, since the work limit is reached.
    #[cold]
    fn untried(
        &mut self,
        with: bool,
        position: usize,
        resources: &[Resource<'a>],
        lookups: &mut [ResourceLookup],
    ) {
        let patterns = self.view.token.patterns().of(self.access.kind).raw().skip(position);
        let mut left = patterns.map(|(_, permissions)| permissions);
        let Some(permissions) = left.find(|left| left.has(self.permission) == with) else { return };
        for ((position, _), lookup) in waiting(resources, lookups) {
            lookup.grants.count_unsupported(permissions);
            self.observer.reason(position, Reason::WorkLimitReached);
        }
    }

    /// Matches one pattern with the names that wait for it. Returns the number of names that no
    /// longer wait.
    #[inline]
    fn pattern(
        &mut self,
        matcher: &mut PatternMatcher<'a>,
        (pattern, permissions): (&'a [u8], Permissions),
        with: bool,
        resources: &[Resource<'a>],
        lookups: &mut [ResourceLookup],
    ) -> usize {
        let kind = self.access.kind;
        // Only reasons need the text, and it is the same for every name.
        let grant = O::COMPLETE.then(|| Grant::from_raw(pattern, permissions));
        let mut settled: usize = 0;
        for ((position, name), lookup) in waiting(resources, lookups) {
            let matches = matcher.matches(kind, name, self.budget);
            if matches.is_none() {
                continue;
            }
            lookup.grants.count(&matches, permissions);
            lookup.waiting = lookup.grants.awaits(self.permission, with, self.considered);
            settled = settled.plus(usize::from(!lookup.waiting));
            if let Some(reason) = grant.and_then(|grant| matches.reason(grant, self.permission)) {
                self.observer.reason(position, reason);
            }
        }
        settled
    }

    /// Returns the steps for visiting a number of items once.
    pub(super) fn steps(&self, count: usize) -> u64 {
        as_u64(count).plus(1)
    }
}
