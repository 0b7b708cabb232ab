//! The core question: which readings grant a permission on a name.
//!
//! A decision, an explanation and every audit ask it here. The patterns of a kind are gone through
//! once for all names of a request, so that what depends on a pattern alone happens once.

use crate::arithmetic::{CannotOverflow, as_u64};
use crate::decision::Reason;
use crate::evaluate::compiled::{Build, CompiledPattern, CompiledPatterns};
use crate::operation::{Projections, ResourceRequirement};
use crate::pattern::{Budget, Draft, Exhausted, PatternError, may_begin};
use crate::permission::{Permission, Permissions};
use crate::policy::readings::{Doubt, GroupNames, Precedence, Readings};
use crate::request::resource::{Resource, ResourceKind, plain_group};
use crate::token::{Grant, UnverifiedToken};

use super::{Finding, Observer};

/// A token, and what is known of its patterns.
#[derive(Clone, Copy)]
pub(crate) struct TokenView<'a> {
    pub(crate) token: &'a UnverifiedToken,
    pub(crate) patterns: PatternSource<'a>,
}

impl<'a> TokenView<'a> {
    /// A token of whose patterns nothing is known yet.
    pub(crate) fn new(token: &'a UnverifiedToken) -> Self {
        TokenView { token, patterns: PatternSource::Token }
    }
}

/// Where the matches of patterns come from. The work limit is charged alike for each.
#[derive(Clone, Copy)]
pub(crate) enum PatternSource<'a> {
    /// Patterns are compiled when they are needed.
    Token,
    /// Patterns are compiled already.
    Compiled(&'a CompiledPatterns),
    /// The patterns of the kind, in the token's order, are matched already with the name in
    /// question.
    Known(&'a [KnownMatch]),
}

/// A pattern's matches with a name.
pub(crate) struct KnownMatch {
    pub(crate) matches: FormMatches,
    /// The steps of compiling the pattern and of matching it.
    pub(crate) steps: u64,
}

/// A pattern's matches with the forms of a name, which differ for groups alone.
#[derive(Clone)]
pub(crate) struct FormMatches {
    pub(crate) plain: Result<bool, PatternError>,
    /// The match with the other form of a group's name.
    pub(crate) colon: Option<Result<bool, PatternError>>,
}

impl FormMatches {
    /// Matches each form of a name, which `is_match` takes as what comes before it and the rest.
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

    /// Reports whether the pattern matches no form, for certain.
    #[inline]
    pub(crate) fn is_none(&self) -> bool {
        matches!((&self.plain, &self.colon), (Ok(false), None | Some(Ok(false))))
    }

    /// Returns the match with the form that begins with a colon; a name without such a form has one
    /// form.
    #[inline]
    pub(crate) fn colon(&self) -> &Result<bool, PatternError> {
        self.colon.as_ref().unwrap_or(&self.plain)
    }

    /// Describes the matches, if there are any or may be.
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

/// The permissions that some of the patterns have, and those that some of them lack.
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

/// What the patterns grant on one form of a name.
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

    /// Returns the readings of the precedence and the doubt in which the patterns grant a
    /// permission.
    fn readings(&self, permission: Permission) -> Readings {
        let FormGrants { matching, unsupported } = self;
        let pick = |granted: bool, refused: bool| {
            let of = |doubt, grants| {
                if grants { Readings::with_doubt(doubt) } else { Readings::NONE }
            };
            of(Doubt::Granted, granted) | of(Doubt::Refused, refused)
        };
        // An unsupported pattern counts as a match where that favours what the doubt favours.
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

/// What a token's entry and its patterns grant on one name.
#[derive(Clone, Copy)]
pub(crate) struct NameGrants {
    entry: Option<Permissions>,
    plain: FormGrants,
    colon: FormGrants,
}

impl NameGrants {
    pub(crate) const NONE: NameGrants =
        NameGrants { entry: None, plain: FormGrants::NONE, colon: FormGrants::NONE };

    /// What the entry of a name grants, before any pattern is counted.
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

    /// Reports whether more patterns with a permission, or without it, can change the readings.
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

/// Returns the permissions of a name's entry: of a group's, under either form of the name or both.
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

/// One pattern of a token, to be matched with names.
#[allow(clippy::large_enum_variant, reason = "in place, so that a usual pattern allocates nothing")]
enum PatternMatcher<'a> {
    Known(&'a FormMatches),
    /// A compiled pattern. Compiling it is not charged for yet.
    Prepared(&'a str, &'a CompiledPattern, &'a Build),
    Charged(&'a CompiledPattern),
    Draft(Draft<'a>),
}

impl<'a> PatternMatcher<'a> {
    /// Takes the pattern at a position of its kind from where it is ready, or reads it.
    #[inline]
    fn new(
        view: TokenView<'a>,
        kind: ResourceKind,
        position: usize,
        pattern: &'a [u8],
        budget: &mut Budget,
    ) -> Self {
        // A budget that cannot pay for the prepared pattern cannot pay for reading it either:
        // reading then stops at the same step as without preparation.
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

    /// Reports whether the pattern cannot be matched with any name.
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
                // Compiling it stops where it would without preparation.
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

/// Returns the text of a pattern, which is UTF-8.
fn text(pattern: &[u8]) -> &str {
    core::str::from_utf8(pattern).unwrap_or_default()
}

/// Goes through the findings that wait for patterns, each with its resource's position and name.
fn waiting<'a, 'f>(
    resources: &[Resource<'a>],
    findings: &'f mut [Finding],
) -> impl Iterator<Item = ((usize, &'a str), &'f mut Finding)> {
    let named = resources.iter().zip(findings).enumerate();
    named
        .filter(|(_, (_, finding))| finding.waiting)
        .map(|(position, (resource, finding))| ((position, resource.name), finding))
}

/// One permission asked for on the resources of one kind.
pub(super) struct GrantQuestion<'a, 'e, O> {
    pub(super) view: TokenView<'a>,
    pub(super) access: &'e ResourceRequirement,
    pub(super) permission: Permission,
    pub(super) considered: Readings,
    pub(super) budget: &'e mut Budget,
    pub(super) observer: &'e mut O,
}

impl<'a, O: Observer<'a>> GrantQuestion<'a, '_, O> {
    /// Fills in the readings of the resources of the kind.
    pub(super) fn answer(&mut self, resources: &[Resource<'a>], findings: &mut [Finding]) {
        if O::COMPLETE {
            for (position, resource) in resources.iter().enumerate() {
                if resource.kind == self.access.kind {
                    self.report_entries(position, resource.name);
                }
            }
        }
        if self.open(resources, findings).next().is_some() {
            let others = self.patterns(true, resources, findings);
            // Patterns of users count for the requester or not at all, whatever the others lack.
            if others && self.access.kind != ResourceKind::User {
                self.patterns(false, resources, findings);
            }
            for (_, finding) in self.open(resources, findings) {
                finding.readings = finding.grants.readings(self.permission);
                (finding.open, finding.waiting) = (false, false);
            }
        }
        match self.access.projections {
            Projections::None => {}
            Projections::Hide => self.hidden_by_projections(resources, findings),
            Projections::Restrict => self.restricted_by_projections(resources, findings),
        }
    }

    /// Goes through the open findings of the kind, each with its resource's position and name.
    pub(super) fn open<'f, 'r>(
        &self,
        resources: &'r [Resource<'a>],
        findings: &'f mut [Finding],
    ) -> impl Iterator<Item = ((usize, &'a str), &'f mut Finding)> + use<'a, 'f, 'r, O> {
        let kind = self.access.kind;
        let named = resources.iter().zip(findings).enumerate();
        named
            .filter(move |(_, (resource, finding))| finding.open && resource.kind == kind)
            .map(|(position, (resource, finding))| ((position, resource.name), finding))
    }

    /// Reports the entries of a name: of a group's, under either form of the name.
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
    /// Returns whether there may be patterns of the other sort.
    fn patterns(
        &mut self,
        with: bool,
        resources: &[Resource<'a>],
        findings: &mut [Finding],
    ) -> bool {
        let mut waiting: usize = 0;
        for (_, finding) in self.open(resources, findings) {
            finding.waiting = finding.grants.awaits(self.permission, with, self.considered);
            waiting = waiting.plus(usize::from(finding.waiting));
        }
        if waiting == 0 {
            return true;
        }
        // A step for each pattern, and one for sixteen names that are looked through.
        let price = self.steps(resources.len() / 16);
        let patterns = self.view.token.patterns().of(self.access.kind);
        let (mut others, mut refused) = (false, false);
        for (position, (pattern, permissions)) in patterns.raw().enumerate() {
            if self.budget.charge(price).is_err() {
                self.untried(with, position, resources, findings);
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
                self.user_pattern(Grant::from_raw(pattern, permissions), resources, findings);
                return false;
            }
            let mut matcher =
                PatternMatcher::new(self.view, self.access.kind, position, pattern, self.budget);
            // A pattern that is refused counts the same for every name, and a second one adds
            // nothing; it takes the steps that an explanation takes to say so for each form of each
            // name.
            if matcher.is_refused() && core::mem::replace(&mut refused, true) && !O::COMPLETE {
                let forms = if self.access.kind == ResourceKind::Group { 2 } else { 1 };
                let steps = as_u64(waiting).times(forms);
                let _ = self.budget.charge(steps.min(self.budget.left()));
                continue;
            }
            let settled =
                self.pattern(&mut matcher, (pattern, permissions), with, resources, findings);
            waiting = waiting.minus(settled);
        }
        others
    }

    /// Counts a pattern of users: how the service matches it is in doubt, so that it counts for the
    /// requester or not at all, and more such patterns change nothing.
    #[cold]
    fn user_pattern(
        &mut self,
        grant: Grant<'a>,
        resources: &[Resource<'a>],
        findings: &mut [Finding],
    ) {
        let Grant { name: pattern, permissions, .. } = grant;
        for ((position, _), finding) in self.open(resources, findings) {
            finding.grants.count_unsupported(permissions);
            self.observer.reason(
                position,
                Reason::UserPatternInDoubt { pattern: pattern.into(), permissions },
            );
        }
    }

    /// Counts the patterns from a position on as unsupported: there is no work left to try them.
    #[cold]
    fn untried(
        &mut self,
        with: bool,
        position: usize,
        resources: &[Resource<'a>],
        findings: &mut [Finding],
    ) {
        let patterns = self.view.token.patterns().of(self.access.kind).raw().skip(position);
        let mut left = patterns.map(|(_, permissions)| permissions);
        let Some(permissions) = left.find(|left| left.has(self.permission) == with) else { return };
        for ((position, _), finding) in waiting(resources, findings) {
            finding.grants.count_unsupported(permissions);
            self.observer.reason(position, Reason::WorkLimitReached);
        }
    }

    /// Matches one pattern with the names that wait for it. Returns how many wait no longer.
    #[inline]
    fn pattern(
        &mut self,
        matcher: &mut PatternMatcher<'a>,
        (pattern, permissions): (&'a [u8], Permissions),
        with: bool,
        resources: &[Resource<'a>],
        findings: &mut [Finding],
    ) -> usize {
        let kind = self.access.kind;
        // Reading the text of the pattern is work for once, too.
        let grant = O::COMPLETE.then(|| Grant::from_raw(pattern, permissions));
        let mut settled: usize = 0;
        for ((position, name), finding) in waiting(resources, findings) {
            let matches = matcher.matches(kind, name, self.budget);
            if matches.is_none() {
                continue;
            }
            finding.grants.count(&matches, permissions);
            finding.waiting = finding.grants.awaits(self.permission, with, self.considered);
            settled = settled.plus(usize::from(!finding.waiting));
            if let Some(reason) = grant.and_then(|grant| matches.reason(grant, self.permission)) {
                self.observer.reason(position, reason);
            }
        }
        settled
    }

    /// Steps of looking at so many things once.
    pub(super) fn steps(&self, count: usize) -> u64 {
        as_u64(count).plus(1)
    }
}
