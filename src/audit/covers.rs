//! Decides whether one token allows everything that another allows.

use crate::decision::Verdict;
use crate::operation::{Operation, Requirements};
use crate::permission::{Permission, Permissions};
use crate::policy::Policy;
use crate::policy::readings::Readings;
use crate::token::UnverifiedToken;

use super::beginning::Beginnings;
use super::compare::{ComparedKind, Comparison, both_of};
use super::rules::{granting, is_usable};

/// Decides whether `token` allows everything that `other` allows, at any time.
///
/// [`Verdict::Allow`]: in every reading, `token` allows whatever `other` allows. [`Verdict::Deny`]:
/// in every reading, `other` allows something that `token` does not. [`Verdict::Indeterminate`]: it
/// depends on the reading, or on patterns that cannot be compared here.
///
/// The evaluator compares names. A pattern of `other` counts as covered if `token` has the same
/// pattern, or one that obviously matches more (`^room-.*$` covers `^room-1.*$`), and if no pattern
/// of `token` that lacks the permission can match the same names. It counts as not covered if its
/// example name is not covered.
///
/// ```
/// use pubnub_access::audit::covers;
/// use pubnub_access::mint::TestToken;
/// use pubnub_access::{Permission, Permissions, UnverifiedToken, Verdict};
///
/// let decode = |token: TestToken| UnverifiedToken::parse(&token.to_text());
/// let new = || TestToken::new(1_700_000_000, 15);
/// let all = decode(new().channel_pattern("^.*$", Permissions::from_mask(3)))?;
/// let rooms = decode(new().channel_pattern("^room-.*$", Permission::Read).channel("lobby", Permission::Write))?;
/// assert_eq!(covers(&all, &rooms), Verdict::Allow);
/// assert_eq!(covers(&rooms, &all), Verdict::Deny);
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
pub fn covers(token: &UnverifiedToken, other: &UnverifiedToken) -> Verdict {
    if !is_usable(other) {
        // Nobody can use `other`. Operations without requirements are in doubt with any token.
        return Verdict::Allow;
    }
    if token.authorized_user().is_some_and(|user_id| other.authorized_user() != Some(user_id)) {
        // DataSync's lists need any valid token: `other` is valid for a user for whom `token` is
        // not.
        return Verdict::Deny;
    }
    let mut coverage = Coverage { covered: Readings::ALL, open: false };
    for operation in Operation::ALL.iter().copied() {
        if matches!(operation.requirements(), Requirements::Resources(_)) {
            continue;
        }
        let of = |token| granting(token, operation, None, &Policy::new());
        coverage.compare(of(other), of(token));
    }
    let comparison = Comparison::new(token, other);
    for kind in &comparison.kinds {
        coverage.open |= !kind.unchecked.is_empty();
        for requirement in comparison.rules.of(kind.kind) {
            // If no resource that must be named with this one is granted, the permission has no
            // effect.
            let partner = comparison.partner(requirement).new;
            let seen = kind.names.iter().map(|name| &name.readings).chain(&kind.examples);
            for readings in seen.map(|readings| both_of(readings, requirement.permission)) {
                coverage.compare(readings.new & partner.readings, readings.old);
                coverage.open |= partner.open && !(readings.new & !readings.old).is_empty();
            }
            let grants = kind.granted.new.has(requirement.permission) && partner.is_possible();
            coverage.open |= grants && !by_patterns(kind, requirement.permission);
        }
    }
    // Only the service knows what a projection hides.
    coverage.open |= comparison.projections.values().any(|both| both.old.is_some());
    coverage.verdict()
}

/// Reports whether the token's patterns cover the other's, for one permission, on names without
/// entries.
fn by_patterns(kind: &ComparedKind<'_>, permission: Permission) -> bool {
    let has = |permissions: Option<Permissions>| {
        permissions.map(|permissions| permissions.has(permission))
    };
    let patterns = || {
        let open = kind.patterns.iter().filter(|(pattern, _)| !kind.done.contains(*pattern));
        open.map(|(pattern, both)| (kind.beginnings.get(pattern), has(both.old), has(both.new)))
    };
    let wide: Beginnings<'_> = patterns()
        .filter(|(_, old, _)| *old == Some(true))
        .filter_map(|(beginning, ..)| beginning?.then_anything())
        .collect();
    let wanted = || patterns().filter(|(.., new)| *new == Some(true));
    let granted = wanted().all(|(beginning, old, _)| {
        let included = || beginning.is_some_and(|beginning| wide.include(beginning.text()));
        old == Some(true) || kind.everything.old.has(permission) || included()
    });
    // In readings where every matching pattern must have the permission, a pattern that lacks it
    // takes away what others grant.
    let mut taking = patterns().filter(|(_, old, new)| *old == Some(false) && *new != Some(false));
    let texts: Option<Beginnings<'_>> =
        wanted().map(|(beginning, ..)| Some(beginning?.text())).collect();
    granted
        && taking.all(|(beginning, ..)| match (beginning, &texts) {
            (Some(beginning), Some(texts)) => texts.exclude(beginning.text()),
            _ => wanted().next().is_none(),
        })
}

/// The readings in which one token covers the other.
struct Coverage {
    /// The readings in which everything compared so far is covered.
    covered: Readings,
    /// True if something could not be decided.
    open: bool,
}

impl Coverage {
    /// Keeps the readings that are `granted` or not `wanted`.
    fn compare(&mut self, wanted: Readings, granted: Readings) {
        self.covered = self.covered & (granted | !wanted);
    }

    fn verdict(&self) -> Verdict {
        match Verdict::of(self.covered, Readings::ALL) {
            Verdict::Allow if self.open => Verdict::Indeterminate,
            verdict => verdict,
        }
    }
}
