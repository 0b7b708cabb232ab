//! The smallest missing grant on random cases: it suffices, and no permission in it is superfluous.

use std::cell::Cell;

use crate::support::random::{Case, cases, request_of, scenario};
use proptest::test_runner::{TestCaseError, TestRunner};
use pubnub_access::explanation::{Condition, Requirement, RequirementReport};
use pubnub_access::grant::{GrantRequest, Remedy, RequiredGrant, Unobtainable, missing_grant};
use pubnub_access::mint::TestToken;
use pubnub_access::operation::Requirements;
use pubnub_access::{
    Doubt, Permission, Permissions, Policy, Request, ResourceKind, UnverifiedToken, Verdict,
    evaluate, explain,
};

fn holds(claim: bool, what: impl FnOnce() -> String) -> Result<(), TestCaseError> {
    if claim { Ok(()) } else { Err(TestCaseError::fail(what())) }
}

/// A fresh token, which is on no deny list even if a token with the same content is.
fn minted(request: &GrantRequest, now: u64) -> UnverifiedToken {
    UnverifiedToken::parse(&request.to_test_token(now).signature(&[0x5f; 32]).to_text()).unwrap()
}

/// A request with the same time to live and user, and the permissions that `keep` returns.
fn rebuilt(
    from: &GrantRequest,
    mut keep: impl FnMut(ResourceKind, Option<&str>, Permissions) -> Permissions,
) -> GrantRequest {
    let mut request = GrantRequest::new(from.ttl_minutes());
    if let Some(user) = from.authorized_user() {
        request = request.with_authorized_user(user);
    }
    for (kind, name, permissions) in from.resources() {
        let kept = keep(kind, Some(name), permissions);
        // An empty entry has an effect, so it is kept.
        if !kept.is_empty() || permissions.is_empty() {
            request = request.resource(kind, name, kept);
        }
    }
    for (kind, pattern, permissions) in from.patterns() {
        request = request.pattern(kind, pattern, permissions);
    }
    for (kind, permissions) in from.categories() {
        let kept = keep(kind, None, permissions);
        if !kept.is_empty() || permissions.is_empty() {
            request = request.category(kind, kept);
        }
    }
    with_metadata(request, from)
}

fn with_metadata(request: GrantRequest, from: &GrantRequest) -> GrantRequest {
    from.meta().fold(request, |request, (key, value)| request.with_meta(key, value.clone()))
}

/// Every request with one permission less.
fn one_less(grant: &GrantRequest) -> Vec<GrantRequest> {
    let resources =
        grant.resources().map(|(kind, name, permissions)| (kind, Some(name), permissions));
    let categories = grant.categories().map(|(kind, permissions)| (kind, None, permissions));
    let entries = resources.chain(categories).flat_map(|(kind, name, permissions)| {
        permissions.iter().map(move |permission| (kind, name, permission)).collect::<Vec<_>>()
    });
    let entries: Vec<_> = entries.collect();
    let without = |(kind, name, permission): &(ResourceKind, Option<&str>, Permission)| {
        rebuilt(grant, |other, other_name, permissions| {
            if (other, other_name) == (*kind, *name) {
                permissions - (*permission).into()
            } else {
                permissions
            }
        })
    };
    entries.iter().map(without).collect()
}

/// The token's own grants and some additions, in a fresh token.
fn with_additions(
    token: &UnverifiedToken,
    missing: &RequiredGrant<'_>,
    additions: &[Requirement<'_>],
) -> GrantRequest {
    let mut own = GrantRequest::from_token(token).unwrap().with_ttl(missing.grant().ttl_minutes());
    if !missing.projected().is_empty() {
        own = own.with_meta("pn-projections", std::collections::BTreeMap::new());
    }
    // The user is that of the fresh grant.
    let mut request = rebuilt(&own, |_, _, permissions| permissions);
    if let Some(user) = missing.grant().authorized_user() {
        request = request.with_authorized_user(user);
    } else if own.authorized_user().is_some() {
        request = unbound(&request);
    }
    for addition in additions {
        let (kind, permission) = (addition.kind.unwrap(), addition.permission.unwrap());
        request = match &addition.name {
            Some(name) => request.resource(kind, name, permission),
            None => request.category(kind, permission),
        };
    }
    request
}

fn unbound(request: &GrantRequest) -> GrantRequest {
    let mut unbound = GrantRequest::new(request.ttl_minutes());
    for (kind, name, permissions) in request.resources() {
        unbound = unbound.resource(kind, name, permissions);
    }
    for (kind, pattern, permissions) in request.patterns() {
        unbound = unbound.pattern(kind, pattern, permissions);
    }
    for (kind, permissions) in request.categories() {
        unbound = unbound.category(kind, permissions);
    }
    with_metadata(unbound, request)
}

/// The policy of a case, with a deny list that holds the token alone.
fn with_policy<T>(
    case: &Case,
    token: &UnverifiedToken,
    use_it: impl FnOnce(&Policy<'_>) -> T,
) -> T {
    let revoked = token.clone();
    let deny_list = move |token: &UnverifiedToken| *token == revoked;
    let mut unrevoked = case.clone();
    unrevoked.policy.revoked = false;
    unrevoked.fillers = 0;
    unrevoked.library_policy(|policy| {
        let policy = if case.policy.revoked { policy.deny_list(&deny_list) } else { *policy };
        use_it(&policy)
    })
}

fn check_grant(
    missing: &RequiredGrant<'_>,
    token: &UnverifiedToken,
    request: &Request<'_>,
    now: u64,
    policy: &Policy<'_>,
) -> Result<(), TestCaseError> {
    let allows =
        |grant: &GrantRequest| evaluate(&minted(grant, now), request, now, policy).is_allowed();
    holds(allows(missing.grant()), || format!("{missing:?} does not suffice"))?;
    for less in one_less(missing.grant()) {
        holds(!allows(&less), || format!("{less:?} is enough"))?;
    }
    let additions = missing.additions();
    holds(allows(&with_additions(token, missing, additions)), || {
        format!("{missing:?}: the additions do not suffice")
    })
}

/// The failing conditions and the items that projections may hide are reported.
fn check_report(
    missing: &RequiredGrant<'_>,
    token: &UnverifiedToken,
    request: &Request<'_>,
    now: u64,
    policy: &Policy<'_>,
) -> Result<(), TestCaseError> {
    let explanation = explain(token, request, now, policy);
    for projected in missing.projected() {
        let hides = |report: &RequirementReport<'_>| {
            report.requirement == *projected && report.verdict != Verdict::Allow
        };
        holds(explanation.requirements().iter().any(hides), || {
            format!("{projected:?} is hidden by nothing")
        })?;
    }
    let failing = explanation.conditions().iter().filter(|report| report.verdict != Verdict::Allow);
    let failing: Vec<Condition> = failing.map(|report| report.condition).collect();
    holds(missing.conditions() == failing, || format!("conditions: {failing:?}"))
}

/// No addition is superfluous. If the verdict stays in doubt, only its readings can show that.
fn check_additions(
    missing: &RequiredGrant<'_>,
    token: &UnverifiedToken,
    request: &Request<'_>,
    now: u64,
    policy: &Policy<'_>,
) -> Result<(), TestCaseError> {
    let allows =
        |grant: &GrantRequest| evaluate(&minted(grant, now), request, now, policy).is_allowed();
    let additions = missing.additions();
    for left_out in 0..additions.len() {
        let mut fewer = additions.to_vec();
        fewer.remove(left_out);
        holds(!allows(&with_additions(token, missing, &fewer)), || {
            format!("{missing:?}: {fewer:?} are enough")
        })?;
    }
    Ok(())
}

/// A token that grants every permission on everything.
fn everything(request: &Request<'_>, now: u64) -> UnverifiedToken {
    let mut all = TestToken::new(now, 43_200);
    for kind in ResourceKind::ALL.iter().copied() {
        all = all.pattern(kind, "^.*$", Permissions::ALL).category(kind, Permissions::ALL);
    }
    for (at, resource) in request.resources().iter().enumerate() {
        if !request.resources()[..at].contains(resource) {
            all = all.resource(resource.kind, resource.name, Permissions::ALL);
        }
    }
    UnverifiedToken::parse(&all.to_text()).unwrap()
}

#[test]
fn the_smallest_grant_suffices_and_nothing_in_it_is_too_much() {
    let seen = [const { Cell::new(0_u32) }; 7];
    let count = |at: usize| seen[at].set(seen[at].get() + 1);
    let config = cases(3_000);
    let tried = config.cases;
    let property = |case: Case| {
        let token = case.minted();
        let now = case.now;
        request_of(&case, |request| {
            with_policy(&case, &token, |policy| {
                let allowed = evaluate(&token, request, now, policy).is_allowed();
                let missing = missing_grant(&token, request, now, policy);
                if let Remedy::Grant(missing)
                | Remedy::AnyGrant(missing)
                | Remedy::InDoubt(missing, _) = &missing
                {
                    check_report(missing, &token, request, now, policy)?;
                }
                holds(allowed == (missing == Remedy::Nothing), || {
                    format!("allowed: {allowed}, {missing:?}")
                })?;
                match missing {
                    Remedy::Nothing => count(0),
                    Remedy::Grant(missing) => {
                        count(1);
                        let problems = missing.grant().validate();
                        holds(problems.is_empty(), || format!("{problems:?}"))?;
                        check_grant(&missing, &token, request, now, policy)?;
                        check_additions(&missing, &token, request, now, policy)?;
                    }
                    Remedy::AnyGrant(missing) => {
                        count(2);
                        holds(missing.grant().grants_nothing(), || format!("{missing:?}"))?;
                        check_grant(&missing, &token, request, now, policy)?;
                    }
                    Remedy::InDoubt(missing, reason) => {
                        count(5);
                        holds(reason == Unobtainable::ProjectionMayRefuse, || format!("{reason}"))?;
                        let verdict =
                            evaluate(&minted(missing.grant(), now), request, now, policy).verdict();
                        let refused =
                            policy.readings().iter().all(|reading| reading.doubt == Doubt::Refused);
                        let expected = if refused { Verdict::Deny } else { Verdict::Indeterminate };
                        holds(verdict == expected, || format!("{missing:?}: {verdict}"))?;
                        check_grant(&missing, &token, request, now, &policy.doubt(Doubt::Granted))?;
                    }
                    Remedy::Unobtainable(
                        Unobtainable::ProjectionMayRefuse | Unobtainable::IdMadeByService,
                    ) => {
                        count(6);
                        let granted = policy.doubt(Doubt::Granted);
                        let all = everything(request, now);
                        holds(!evaluate(&all, request, now, policy).is_allowed(), || {
                            "everything suffices".into()
                        })?;
                        holds(evaluate(&all, request, now, &granted).is_allowed(), || {
                            "more is missing".into()
                        })?;
                    }
                    Remedy::Unobtainable(Unobtainable::RequirementUnknown) => {
                        count(3);
                        let all = evaluate(&everything(request, now), request, now, policy);
                        holds(request.operation().requirements() == Requirements::Unknown, || {
                            "known".into()
                        })?;
                        holds(!all.is_allowed(), || "everything suffices".into())?;
                    }
                    Remedy::Unobtainable(reason) => {
                        count(4);
                        holds(reason == Unobtainable::ClockTolerance, || format!("{reason}"))?;
                        holds(
                            !evaluate(&everything(request, now), request, now, policy).is_allowed(),
                            || "a token of 30 days suffices".into(),
                        )?;
                    }
                }
                Ok(())
            })
        })
    };
    TestRunner::new(config).run(&scenario(), property).unwrap_or_else(|error| panic!("{error}"));
    // The random cases are worth something only if they reach every answer often.
    let counts: Vec<u32> = seen.iter().map(Cell::get).collect();
    let floors =
        [tried / 20, tried / 5, tried / 200, tried / 50, tried / 50, tried / 200, tried / 500];
    assert!(
        counts.iter().zip(floors).all(|(count, floor)| *count >= floor),
        "{counts:?} of {tried}"
    );
}
