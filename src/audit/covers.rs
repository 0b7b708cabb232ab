//! Whether one token allows everything that another one allows. Where patterns leave that open, the answer is in doubt.

use crate::decision::Verdict;
use crate::operation::{Needs, Operation};
use crate::permission::{Permission, Permissions};
use crate::policy::Policy;
use crate::readings::{Doubt, Readings};
use crate::token::UnverifiedToken;

use super::compare::{Comparison, Kind, both_of};
use super::rules::{granting, is_usable};

/// Decides whether `token` allows everything that `other` allows, the time aside.
///
/// [`Verdict::Allow`]: whatever `other` allows in a reading, `token` allows in that reading. [`Verdict::Deny`]: in every
/// reading, `other` allows something that `token` does not. [`Verdict::Indeterminate`]: it depends on the reading, or on
/// patterns whose names cannot be compared here.
///
/// Names are compared by the evaluator. What `other` grants by a pattern is covered if `token` has the same pattern, or one
/// that matches everything, and no pattern of `token` lacks the permission; and it is not covered where an example shows so.
///
/// ```
/// use pubnub_access::{Permission, Permissions, UnverifiedToken, Verdict, covers, mint::TestToken};
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
    let mut coverage = Coverage { covered: Readings::ALL, open: false };
    if !is_usable(other) {
        // Nobody can use it: what it leaves in doubt, any token leaves in doubt at least.
        return Verdict::Allow;
    }
    let strangers = token.authorized_user().is_some_and(|user_id| other.authorized_user() != Some(user_id));
    if strangers {
        // For operations without needs, a token of another user is in doubt.
        coverage.covered = Readings::with_doubt(Doubt::Granted);
    }
    for operation in Operation::all() {
        if matches!(operation.needs(), Needs::Resources(_)) {
            continue;
        }
        let of = |token| granting(token, operation, None, &Policy::new());
        coverage.compare(of(other), if strangers { Readings::NONE } else { of(token) });
    }
    let comparison = Comparison::new(token, other, strangers);
    for kind in &comparison.kinds {
        coverage.open |= kind.unchecked > 0;
        for need in comparison.rules.of(kind.kind) {
            // What must be named together with it may be missing, and then nobody sees the permission.
            let (partner, open) = comparison.partner(need).new;
            let seen = kind.names.iter().map(|name| &name.readings).chain(&kind.examples);
            for readings in seen.map(|readings| both_of(readings, need.permission)) {
                let granted = if strangers { Readings::NONE } else { readings.old };
                coverage.compare(readings.new & partner, granted);
                coverage.open |= open && !(readings.new & !granted).is_empty();
            }
            let grants = kind.granted.new.has(need.permission) && (open || !partner.is_empty());
            coverage.open |= grants && (strangers || !by_patterns(kind, need.permission));
        }
    }
    coverage.verdict()
}

/// Whether whatever the other token's patterns grant of a permission is granted by those of the token, too.
fn by_patterns(kind: &Kind<'_>, permission: Permission) -> bool {
    let has = |permissions: Option<Permissions>| permissions.map(|permissions| permissions.has(permission));
    if kind.patterns.values().all(|both| has(both.old) == has(both.new)) {
        return true;
    }
    kind.patterns.values().all(|both| {
        let granted = both.new.is_none_or(|new| !new.has(permission))
            || both.old.is_some()
            || kind.everything.old.has(permission);
        granted && both.old.is_none_or(|old| old.has(permission))
    })
}

/// What is known of the readings in which one token covers the other.
struct Coverage {
    /// Those in which nothing has been found that is not covered.
    covered: Readings,
    /// Whether something could not be decided.
    open: bool,
}

impl Coverage {
    /// Takes in that `wanted` readings must be among those `granted`.
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
