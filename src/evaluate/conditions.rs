//! The conditions on the whole token: time, authorized user, revocation.
//!
//! The functions are inlined, so that the compiler removes reasons that nobody records.

use crate::arithmetic::CannotOverflow;
use crate::decision::{Condition, Reason};
use crate::policy::Policy;
use crate::policy::readings::Readings;
use crate::request::Request;
use crate::token::UnverifiedToken;

use super::{IN_DOUBT, Observer};

/// The result of checking a condition.
enum ConditionState {
    Met,
    InDoubt,
    Failed,
}

/// Checks all conditions. Returns the readings in which each is met.
#[inline(always)]
pub(super) fn check<'a, O: Observer<'a>>(
    token: &'a UnverifiedToken,
    request: &Request<'a>,
    now: u64,
    policy: &Policy<'_>,
    observer: &mut O,
) -> Readings {
    let mut settle = |condition, (reason, state)| {
        let readings = match state {
            ConditionState::Met => Readings::ALL,
            ConditionState::InDoubt => IN_DOUBT,
            // Nobody documents whether an operation that needs no permission needs a valid token.
            ConditionState::Failed if request.operation().requirements().is_nothing() => IN_DOUBT,
            ConditionState::Failed => Readings::NONE,
        };
        observer.condition(condition, reason, readings);
        readings
    };
    settle(Condition::Time, time(token, now, policy.tolerance()))
        & settle(Condition::AuthorizedUser, authorized_user(token, request.user_id()))
        & settle(Condition::Revocation, revocation(token, policy))
}

#[inline(always)]
fn time<'a>(token: &UnverifiedToken, now: u64, tolerance: u64) -> (Reason<'a>, ConditionState) {
    let seconds = |seconds: u128| u64::try_from(seconds).unwrap_or(u64::MAX);
    let expiry = token.expiry();
    let exact = u128::from(now);
    let earliest = exact.plus(u128::from(tolerance));
    if exact > expiry.plus(u128::from(tolerance)) {
        return (
            Reason::TokenExpired { ago: seconds(exact.minus(expiry)) },
            ConditionState::Failed,
        );
    }
    if earliest >= expiry {
        let doubt = if exact < expiry {
            Reason::NearExpiry { expires_in: seconds(expiry.minus(exact)) }
        } else {
            Reason::JustExpired { ago: seconds(exact.minus(expiry)) }
        };
        return (doubt, ConditionState::InDoubt);
    }
    if earliest < u128::from(token.issued_at()) {
        let by = token.issued_at().minus(now);
        return (Reason::IssuedInFuture { by }, ConditionState::InDoubt);
    }
    (Reason::TokenValid { expires_in: seconds(expiry.minus(exact)) }, ConditionState::Met)
}

#[inline(always)]
fn authorized_user<'a>(
    token: &'a UnverifiedToken,
    user_id: Option<&'a str>,
) -> (Reason<'a>, ConditionState) {
    match user_id {
        _ if !token.is_bound() => (Reason::AnyUser, ConditionState::Met),
        Some(requester) if token.is_bound_to(requester) => {
            (Reason::UserMatches, ConditionState::Met)
        }
        Some(requester) => {
            let authorized = token.authorized_user().unwrap_or_default();
            (
                Reason::UserDiffers { authorized: authorized.into(), requester: requester.into() },
                ConditionState::Failed,
            )
        }
        None => {
            let authorized = token.authorized_user().unwrap_or_default();
            (Reason::UserMissing { authorized: authorized.into() }, ConditionState::Failed)
        }
    }
}

#[inline(always)]
fn revocation<'a>(token: &UnverifiedToken, policy: &Policy<'_>) -> (Reason<'a>, ConditionState) {
    match policy.revocations() {
        None => (Reason::NoDenyList, ConditionState::Met),
        Some(deny_list) if deny_list.is_revoked(token) => (Reason::Revoked, ConditionState::Failed),
        Some(_) => (Reason::NotRevoked, ConditionState::Met),
    }
}
