//! Decisions against the naive referee, which tries each reading in turn.

use arbitrary::{Result, Unstructured};
use pubnub_access::{Doubt, GroupNames, KeysetFlag, Precedence, PreparedToken, evaluate};

use super::{choice, several};
use crate::support::enumeration::{
    Form, Kind, OPERATIONS, PatternGrant, PlainPolicy, PlainRequest, PlainToken, Projection, judge,
};
use crate::support::random::{self, Case, LITERALS, NAMES, USERS};

pub fn holds(data: &[u8]) {
    let Ok(case) = case(&mut Unstructured::new(data)) else { return };
    let (verdict, granting) = judge(&case.token, &case.request, case.now, &case.policy);
    case.with_library(|token, request, policy| {
        let decision = evaluate(token, request, case.now, policy);
        assert_eq!(decision.verdict(), verdict, "{case:?}");
        assert_eq!(decision.granting_readings().iter().collect::<Vec<_>>(), granting, "{case:?}");
        let prepared = PreparedToken::new(token.clone());
        assert_eq!(prepared.evaluate(request, case.now, policy), decision, "{case:?}");
    });
}

fn case(data: &mut Unstructured<'_>) -> Result<Case> {
    let (_, operation, rule) = *data.choose(OPERATIONS)?;
    let token = token(data)?;
    let user = if data.ratio(3, 4)? { token.user.clone() } else { user(data)? };
    let mut several_names = || names(data);
    let names = [
        several_names()?,
        several_names()?,
        several_names()?,
        several_names()?,
        several_names()?,
        several_names()?,
        several_names()?,
    ];
    let (near, distance) = (data.int_in_range(0..=4)?, choice(data, &[0, 1, 2, 60, 99, 100, 101])?);
    let now = random::moment(&token, near, distance);
    let request =
        PlainRequest { rule, user, resources: random::resources(operation, rule, &names) };
    let policy = policy(data)?;
    let fillers = if data.ratio(1, 4)? { data.int_in_range(0..=20)? } else { 0 };
    Ok(Case {
        token,
        request,
        operation,
        now,
        policy,
        foreign: data.arbitrary()?,
        fillers,
        as_bytes: data.arbitrary()?,
    })
}

fn user(data: &mut Unstructured<'_>) -> Result<Option<String>> {
    data.ratio(1, 2)?.then(|| data.choose(&USERS).map(|user| (*user).to_owned())).transpose()
}

fn names(data: &mut Unstructured<'_>) -> Result<Vec<&'static str>> {
    several(4, data, |data| data.choose(&NAMES).copied())
}

fn token(data: &mut Unstructured<'_>) -> Result<PlainToken> {
    let mut token = PlainToken {
        issued_at: choice(data, &[1_700_000_000, 0, u64::MAX, u64::MAX - 60])?,
        ttl: choice(data, &[15, 0, 1, 43_201, u64::MAX])?,
        user: user(data)?,
        ..PlainToken::default()
    };
    for kind in 0..Kind::ALL.len() {
        let entries =
            several(5, data, |data| Ok(((*data.choose(&NAMES)?).to_owned(), mask(data)?)))?;
        token.explicit[kind] = random::distinct(entries, |(name, _)| name.clone());
        let patterns = several(3, data, |data| {
            let (form, literal) = (*data.choose(&Form::ALL)?, *data.choose(&LITERALS)?);
            Ok(PatternGrant { form, literal: literal.to_owned(), mask: mask(data)? })
        })?;
        token.patterns[kind] = random::distinct(patterns, |grant| grant.form.text(&grant.literal));
        token.categories[kind] = data.ratio(1, 3)?.then(|| mask(data)).transpose()?;
    }
    let projected = [Kind::Channel, Kind::User, Kind::Entity, Kind::Relationship, Kind::Membership];
    let projections = several(3, data, |data| {
        let form = data.ratio(1, 2)?.then(|| data.choose(&Form::ALL).copied()).transpose()?;
        let literal =
            if form.is_some() { *data.choose(&LITERALS)? } else { *data.choose(&NAMES)? };
        let name = *data.choose(&["__default__", "short"])?;
        Ok(Projection {
            kind: *data.choose(&projected)?,
            form,
            literal: literal.to_owned(),
            name: name.to_owned(),
        })
    })?;
    token.projections = random::distinct(projections, |one| {
        let text = one.form.map(|form| form.text(&one.literal));
        format!("{:?} {text:?} {}", one.kind, if text.is_some() { "" } else { &one.literal })
    });
    Ok(token)
}

fn mask(data: &mut Unstructured<'_>) -> Result<u8> {
    choice(data, &[255, 0, 1, 2, 4, 8, 16, 32, 64, 128])
}

fn policy(data: &mut Unstructured<'_>) -> Result<PlainPolicy> {
    fn pin<T: Copy>(data: &mut Unstructured<'_>, values: &[T]) -> Result<Option<T>> {
        data.ratio(1, 4)?.then(|| data.choose(values).copied()).transpose()
    }
    let flags = [KeysetFlag::Unknown, KeysetFlag::Allowed, KeysetFlag::Restricted];
    Ok(PlainPolicy {
        precedence: pin(
            data,
            &[Precedence::Union, Precedence::ExplicitElseAny, Precedence::ExplicitElseAll],
        )?,
        group_names: pin(data, &[GroupNames::Plain, GroupNames::Colon])?,
        doubt: pin(data, &[Doubt::Granted, Doubt::Refused])?,
        all_users: *data.choose(&flags)?,
        all_channels: *data.choose(&flags)?,
        tolerance: choice(data, &[0, 0, 1, 100, u64::MAX])?,
        revoked: data.ratio(1, 16)?,
    })
}
