//! The rules: what a token grants of what a request needs, in which readings.
//!
//! Everything that can fail has failed before (a token decodes, a request is built), so that there is always an answer.
//! The rules report each step to a [`Trace`]: [`evaluate`] drops the steps, [`explain`](crate::explain) records them.

use crate::compiled::Compiled;
use crate::decision::{Condition, Decision, Reason, Requirement, TimeInDoubt};
use crate::operation::Needs;
use crate::pattern::{Budget, Match, Pattern, PatternError};
use crate::permission::{Permission, Permissions};
use crate::policy::{KeysetFlag, Policy};
use crate::readings::{Anchoring, Doubt, GroupNames, Precedence, Readings};
use crate::request::Request;
use crate::resource::{Resource, ResourceKind};
use crate::token::{Grant, UnverifiedToken};

/// Decides whether a token allows a request, if the token is genuine and not revoked.
///
/// `now` is the time of the request in Unix seconds. This is the cheap answer: it allocates nothing, except for a
/// pattern that only the general engine can match. [`explain`](crate::explain()) gives the reasons.
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
pub fn evaluate(token: &UnverifiedToken, request: &Request<'_>, now: u64, policy: &Policy<'_>) -> Decision {
    judge(Subject { token, compiled: None }, request, now, policy, &mut ())
}

/// The token that is judged, and its patterns where they are compiled already.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) token: &'a UnverifiedToken,
    pub(crate) compiled: Option<&'a Compiled>,
}

/// Watches the rules at work.
pub(crate) trait Trace<'a> {
    /// Whether to go on when the answer is known, for the sake of the reasons.
    const COMPLETE: bool;

    fn condition(&mut self, _condition: Condition, _reason: Reason<'a>, _readings: Readings) {}
    fn reason(&mut self, _reason: Reason<'a>) {}
    /// A requirement is decided; the reasons since the last one are its own.
    fn requirement(&mut self, _requirement: Requirement<'a>, _readings: Readings) {}
    /// How the pattern at a position matches the name that is asked about, if that is known: charged for as if it were
    /// found out now.
    #[inline]
    fn known(&self, _position: usize, _budget: &mut Budget) -> Option<Result<Matches, PatternError>> {
        None
    }
    /// Whether the resources that are left do not matter.
    #[inline]
    fn is_satisfied(&self) -> bool {
        false
    }
}

impl Trace<'_> for () {
    const COMPLETE: bool = false;
}

/// Applies all rules.
pub(crate) fn judge<'a, T: Trace<'a>>(
    subject: Subject<'a>,
    request: &Request<'a>,
    now: u64,
    policy: &Policy<'_>,
    trace: &mut T,
) -> Decision {
    let token = subject.token;
    let considered = policy.readings();
    let mut granting = Readings::ALL;
    let undecided = |granting: Readings| T::COMPLETE || !(granting & considered).is_empty();

    // A token that is no good refuses everything, but an operation without needs may not ask for a good one.
    let no_good = if request.operation().needs().is_nothing() { IN_DOUBT } else { Readings::NONE };
    for condition in Condition::ALL {
        if undecided(granting) {
            let (reason, state) = match condition {
                Condition::Time => time(token, now, policy.tolerance()),
                Condition::AuthorizedUser => authorized_user(token, request.user_id()),
                Condition::Revocation => revocation(token, policy),
            };
            let readings = match state {
                State::Good => Readings::ALL,
                State::InDoubt => IN_DOUBT,
                State::NoGood => no_good,
            };
            trace.condition(condition, reason, readings);
            granting = granting & readings;
        }
    }

    let budget = Budget::new(policy.work_for(request.resources().len()));
    let mut judge = Judge { subject, considered, budget, untried: [None; 3], trace };
    match request.operation().needs() {
        Needs::Resources(_) => {
            for resource in request.resources() {
                if undecided(granting) && !judge.trace.is_satisfied() {
                    granting = granting & judge.resource(request, *resource);
                }
            }
        }
        Needs::Unknown => {
            judge.trace.reason(Reason::NeedUnknown);
            judge.trace.requirement(Requirement::UNKNOWN, IN_DOUBT);
            granting = granting & IN_DOUBT;
        }
        Needs::NothingInferred => {}
        Needs::KeysetFlag(kind) => granting = granting & judge.category(kind, policy.keyset_flag(kind)),
    }
    Decision::new(granting, considered)
}

/// What the readings in which doubts turn out well are.
const IN_DOUBT: Readings = Readings::with_doubt(Doubt::Granted);

/// How a condition on the whole token stands.
enum State {
    Good,
    InDoubt,
    NoGood,
}

fn time<'a>(token: &UnverifiedToken, now: u64, tolerance: u64) -> (Reason<'a>, State) {
    let seconds = |seconds: u128| u64::try_from(seconds).unwrap_or(u64::MAX);
    let expiry = token.expiry();
    let exact = u128::from(now);
    let earliest = exact.saturating_add(u128::from(tolerance));
    if exact > expiry.saturating_add(u128::from(tolerance)) {
        return (Reason::TokenExpired { ago: seconds(exact.saturating_sub(expiry)) }, State::NoGood);
    }
    if earliest >= expiry {
        let doubt = if exact < expiry {
            TimeInDoubt::NearExpiry { expires_in: seconds(expiry.saturating_sub(exact)) }
        } else {
            TimeInDoubt::JustExpired { ago: seconds(exact.saturating_sub(expiry)) }
        };
        return (Reason::TimeInDoubt(doubt), State::InDoubt);
    }
    if earliest < u128::from(token.issued_at()) {
        let by = token.issued_at().saturating_sub(now);
        return (Reason::TimeInDoubt(TimeInDoubt::IssuedInFuture { by }), State::InDoubt);
    }
    (Reason::TokenValid { expires_in: seconds(expiry.saturating_sub(exact)) }, State::Good)
}

fn authorized_user<'a>(token: &'a UnverifiedToken, user_id: Option<&'a str>) -> (Reason<'a>, State) {
    match user_id {
        _ if !token.is_bound() => (Reason::AnyUser, State::Good),
        Some(requester) if token.is_bound_to(requester) => (Reason::UserMatches, State::Good),
        Some(requester) => {
            let authorized = token.authorized_user().unwrap_or_default();
            (Reason::UserDiffers { authorized, requester }, State::NoGood)
        }
        None => {
            let authorized = token.authorized_user().unwrap_or_default();
            (Reason::UserMissing { authorized }, State::NoGood)
        }
    }
}

fn revocation<'a>(token: &UnverifiedToken, policy: &Policy<'_>) -> (Reason<'a>, State) {
    match policy.revocations() {
        None => (Reason::NoDenyList, State::Good),
        Some(deny_list) if deny_list.is_revoked(token) => (Reason::Revoked, State::NoGood),
        Some(_) => (Reason::NotRevoked, State::Good),
    }
}

/// Decides single requirements.
struct Judge<'a, 't, T> {
    subject: Subject<'a>,
    considered: Readings,
    budget: Budget,
    /// For channels, groups and uuids, once the work limit is reached.
    untried: [Option<Unsupported>; 3],
    trace: &'t mut T,
}

impl<'a, T: Trace<'a>> Judge<'a, '_, T> {
    /// The readings that grant a get-all operation.
    fn category(&mut self, kind: ResourceKind, flag: KeysetFlag) -> Readings {
        let granted = self.subject.token.category(kind);
        let (reason, readings) = match (granted, flag) {
            (_, KeysetFlag::Allowed) => (Reason::KeysetAllows, Readings::ALL),
            (Some(permissions), _) if permissions.has_get() => {
                (Reason::CategoryGrant { kind, permissions }, Readings::ALL)
            }
            (_, KeysetFlag::Restricted) => (Reason::CategoryMissing { kind }, Readings::NONE),
            (_, KeysetFlag::Unknown) => (Reason::KeysetFlagUnknown { kind }, IN_DOUBT),
        };
        self.trace.reason(reason);
        let requirement = Requirement { kind: Some(kind), name: None, permission: Some(Permission::Get) };
        self.trace.requirement(requirement, readings);
        readings
    }

    /// The readings that grant what a request needs on one of its resources.
    fn resource(&mut self, request: &Request<'a>, resource: Resource<'a>) -> Readings {
        let Resource { kind, name } = resource;
        let Some(access) = request.operation().needs().access(kind) else { return Readings::ALL };
        let Some(permission) = access.permission else { return Readings::ALL };
        let mut readings = self.permission(kind, name, permission);
        if access.inferred {
            if readings != Readings::ALL {
                self.trace.reason(Reason::NeedInferred);
            }
            readings = readings | IN_DOUBT;
        }
        let requirement = Requirement { kind: Some(kind), name: Some(name), permission: Some(permission) };
        self.trace.requirement(requirement, readings);
        readings
    }

    /// The readings that grant a permission on a name.
    fn permission(&mut self, kind: ResourceKind, name: &'a str, permission: Permission) -> Readings {
        let explicit = self.explicit(kind, name, permission);
        if explicit.is_some_and(|permissions| permissions.has(permission)) {
            // An entry that has the permission grants it alone or together with others.
            return Readings::ALL;
        }
        let patterns = self.subject.token.patterns().of(kind);
        if patterns.is_empty() {
            return Readings::NONE;
        }
        let wildcard = name.ends_with(".*");
        // What patterns without the permission match matters only where every matching one must have it.
        let all_matter = explicit.is_none()
            && !(self.considered & Readings::with_precedence(Precedence::ExplicitElseAll)).is_empty();
        let mut tally = Tally::default();
        let mut tried = false;
        for (position, (pattern, permissions)) in patterns.raw().enumerate() {
            // To pass over a pattern is work, too: names and patterns can both be thousands.
            if self.budget.charge(1).is_err() {
                let untried = self.untried(kind, permission, if tried { position } else { 0 });
                let without = untried.without && all_matter;
                if untried.with || without {
                    tally.unsupported.with |= untried.with;
                    tally.unsupported.without |= without;
                    self.trace.reason(Reason::WorkLimitReached);
                }
                break;
            }
            let has = permissions.has(permission);
            if !has && !all_matter {
                continue;
            }
            tried = true;
            let matches = self.matches(pattern, position, kind, name);
            match &matches {
                Ok(matches) => tally.count(*matches, has),
                Err(_) => tally.unsupported = tally.unsupported.and(has),
            }
            if T::COMPLETE {
                let grant = Grant::from_raw(pattern, permissions);
                let reason = match matches {
                    Ok(matches) => matches.reason(grant, permission, wildcard),
                    Err(error) => Some(Reason::PatternUnsupported { pattern: grant.name, permissions, error }),
                };
                reason.into_iter().for_each(|reason| self.trace.reason(reason));
            }
        }
        tally.readings(explicit.is_some(), wildcard)
    }

    /// What the patterns of a kind from a position on are when there is no work left to try them: unsupported. For all
    /// of them it is found out once, since a request may name thousands of resources.
    fn untried(&mut self, kind: ResourceKind, permission: Permission, position: usize) -> Unsupported {
        let patterns = self.subject.token.patterns().of(kind);
        let find = || {
            let untried = patterns.raw().skip(position);
            untried.fold(Unsupported::default(), |all, (_, permissions)| all.and(permissions.has(permission)))
        };
        match self.untried.get_mut(kind as usize) {
            Some(slot) if position == 0 => *slot.get_or_insert_with(find),
            _ => find(),
        }
    }

    /// The explicit permissions on a name, which for a group may stand under either form of the name, or both.
    fn explicit(&mut self, kind: ResourceKind, name: &'a str, permission: Permission) -> Option<Permissions> {
        let grants = self.subject.token.resources().of(kind);
        if kind != ResourceKind::Group {
            return self.entry(grants.find("", name), permission);
        }
        let plain = plain_group(name);
        let (plain, colon) = (grants.find("", plain), grants.find(":", plain));
        match (self.entry(plain, permission), self.entry(colon, permission)) {
            (Some(plain), Some(colon)) => Some(plain | colon),
            (plain, colon) => plain.or(colon),
        }
    }

    /// Reports an entry and gives its permissions.
    fn entry(&mut self, entry: Option<(&'a [u8], Permissions)>, permission: Permission) -> Option<Permissions> {
        let (name, permissions) = entry?;
        if T::COMPLETE {
            let grant = Grant::from_raw(name, permissions).name;
            self.trace.reason(if permissions.has(permission) {
                Reason::ExplicitGrant { grant, permissions }
            } else {
                Reason::ExplicitGrantLacksPermission { grant, permissions }
            });
        }
        Some(permissions)
    }

    /// How the pattern at a position matches a name, in each form that the name may have.
    fn matches(
        &mut self,
        pattern: &[u8],
        position: usize,
        kind: ResourceKind,
        name: &str,
    ) -> Result<Matches, PatternError> {
        if let Some(matches) = self.trace.known(position, &mut self.budget) {
            return matches;
        }
        let compiled;
        let prepared = self.subject.compiled.and_then(|compiled| compiled.get(kind, position, &mut self.budget));
        let pattern = match prepared {
            Some(pattern) => pattern?,
            None => {
                compiled = Pattern::compile(core::str::from_utf8(pattern).unwrap_or_default(), &mut self.budget)?;
                &compiled
            }
        };
        if kind != ResourceKind::Group {
            let matched = pattern.match_parts("", name, &mut self.budget)?;
            return Ok(Matches { plain: matched, colon: matched });
        }
        let name = plain_group(name);
        Ok(Matches {
            plain: pattern.match_parts("", name, &mut self.budget)?,
            colon: pattern.match_parts(":", name, &mut self.budget)?,
        })
    }
}

/// A group's name without its leading colon.
pub(crate) fn plain_group(name: &str) -> &str {
    name.strip_prefix(':').unwrap_or(name)
}

/// How a pattern matches the two forms of a name; they are the same but for groups.
#[derive(Clone, Copy)]
pub(crate) struct Matches {
    pub(crate) plain: Match,
    pub(crate) colon: Match,
}

impl Matches {
    /// The readings, of their anchoring and form of name, in which the pattern matches.
    fn readings(self) -> Readings {
        let anchorings = |matched| match matched {
            Match::No => Readings::NONE,
            Match::Inside => Readings::with_anchoring(Anchoring::Search),
            Match::Whole => Readings::ALL,
        };
        anchorings(self.plain) & Readings::with_group_names(GroupNames::Plain)
            | anchorings(self.colon) & Readings::with_group_names(GroupNames::Colon)
    }

    fn reason<'a>(
        self,
        Grant { name: pattern, permissions, .. }: Grant<'a>,
        permission: Permission,
        wildcard: bool,
    ) -> Option<Reason<'a>> {
        // Only the forms of a group's name can differ.
        Some(match (self.plain, self.colon) {
            (Match::No, Match::No) => return None,
            _ if !permissions.has(permission) => Reason::PatternLacksPermission { pattern, permissions },
            _ if wildcard => Reason::WildcardNameInDoubt { pattern, permissions },
            (Match::Whole, Match::Whole) => Reason::PatternGrant { pattern, permissions },
            (Match::No, _) => Reason::PatternMatchesOneForm { pattern, permissions, form: GroupNames::Colon },
            (_, Match::No) => Reason::PatternMatchesOneForm { pattern, permissions, form: GroupNames::Plain },
            _ => Reason::PatternMatchesOnlyInside { pattern, permissions },
        })
    }
}

/// What the patterns of one kind say about one name and permission, each as the readings in which it holds.
struct Tally {
    /// Some pattern matches.
    any: Readings,
    /// Some pattern with the permission matches.
    any_with: Readings,
    /// No pattern without the permission matches.
    none_without: Readings,
    unsupported: Unsupported,
}

/// The patterns that neither match nor fail to match.
#[derive(Clone, Copy, Default)]
struct Unsupported {
    with: bool,
    without: bool,
}

impl Unsupported {
    fn and(self, has: bool) -> Self {
        Unsupported { with: self.with || has, without: self.without || !has }
    }
}

impl Default for Tally {
    fn default() -> Self {
        Tally {
            any: Readings::NONE,
            any_with: Readings::NONE,
            none_without: Readings::ALL,
            unsupported: Unsupported::default(),
        }
    }
}

impl Tally {
    fn count(&mut self, matches: Matches, has: bool) {
        let readings = matches.readings();
        self.any = self.any | readings;
        if has {
            self.any_with = self.any_with | readings;
        } else {
            self.none_without = self.none_without & !readings;
        }
    }

    /// The readings that grant, where an explicit entry, if there is one, does not have the permission.
    fn readings(&self, explicit: bool, wildcard: bool) -> Readings {
        let granted = Readings::with_doubt(Doubt::Granted);
        // An unsupported pattern counts as a match where doubts turn out well.
        let Unsupported { with, without } = self.unsupported;
        let (any, any_with) =
            if with { (self.any | granted, self.any_with | granted) } else { (self.any, self.any_with) };
        let every = if without { Readings::NONE } else { any & self.none_without };

        let grants = if explicit {
            any_with & Readings::with_precedence(Precedence::Union)
        } else {
            any_with & Readings::with_precedence(Precedence::Union)
                | any_with & Readings::with_precedence(Precedence::ExplicitElseAny)
                | every & Readings::with_precedence(Precedence::ExplicitElseAll)
        };
        // For the name of a wildcard subscription it is in doubt whether patterns count at all.
        if wildcard { grants & granted } else { grants }
    }
}
