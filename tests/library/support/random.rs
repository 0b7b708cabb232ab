//! Random tokens, requests, policies and times, as plain data and as the library's types.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::Config;
use pubnub_access::mint::TestToken;
use pubnub_access::operation::Requirements;
use pubnub_access::{
    Decision, Doubt, GroupNames, KeysetFlag, Operation, Permissions, Policy, Precedence, Request,
    ResourceKind, UnverifiedToken, evaluate,
};

use super::enumeration::{
    Form, Item, Kind, OPERATIONS, PatternGrant, PlainPolicy, PlainRequest, PlainToken, Projection,
    Rule, library_kind, library_policy,
};

/// Returns the settings of a property: as many random cases as `PUBNUB_ACCESS_CASES` says, or a few
/// seconds' worth.
pub fn cases(default: u32) -> Config {
    let cases =
        std::env::var("PUBNUB_ACCESS_CASES").map_or(default, |cases| cases.parse().unwrap());
    Config { cases, failure_persistence: None, ..Config::default() }
}

/// A request, with everything that affects its verdict.
#[derive(Debug, Clone)]
pub struct Case {
    pub token: PlainToken,
    pub request: PlainRequest,
    pub operation: &'static str,
    pub now: u64,
    pub policy: PlainPolicy,
    /// True if the token also grants everything on kinds without an effect.
    pub foreign: bool,
    /// The number of additional entries in every table, to make it large enough for an index.
    pub fillers: usize,
    /// True if names are spelled as byte strings.
    pub as_bytes: bool,
}

/// Builds a case's request.
pub fn request_of<T>(case: &Case, use_it: impl FnOnce(&Request<'_>) -> T) -> T {
    let mut builder = Request::builder(case.operation.parse().unwrap());
    for (kind, name) in &case.request.resources {
        builder = builder.resource(library_kind(*kind), name);
    }
    if let Some(user) = &case.request.user {
        builder = builder.user_id(user);
    }
    use_it(&builder.build().unwrap())
}

impl Case {
    pub fn minted(&self) -> UnverifiedToken {
        let plain = &self.token;
        let mut token = TestToken::new(plain.issued_at, plain.ttl).names_as_bytes(self.as_bytes);
        if let Some(user) = &plain.user {
            token = token.authorized_user(user);
        }
        if !plain.projections.is_empty() {
            token = token.meta("pn-projections", projections_of(&plain.projections));
        }
        for kind in Kind::ALL.iter().copied() {
            let (at, kind) = (kind as usize, library_kind(kind));
            for filler in 0..self.fillers {
                token = token.resource(kind, &format!("filler-{filler}"), Permissions::ALL);
            }
            for (name, mask) in &plain.explicit[at] {
                token = token.resource(kind, name, Permissions::from_mask(*mask));
            }
            for grant in &plain.patterns[at] {
                token = token.pattern(
                    kind,
                    &grant.form.text(&grant.literal),
                    Permissions::from_mask(grant.mask),
                );
            }
            if let Some(mask) = plain.categories[at] {
                token = token.category(kind, Permissions::from_mask(mask));
            }
        }
        if self.foreign {
            let kind = ResourceKind::Space;
            if let Some((_, name)) = self.request.resources.first() {
                token = token.resource(kind, name, Permissions::ALL);
            }
            token = token.pattern(kind, ".*", Permissions::ALL).category(kind, Permissions::ALL);
        }
        UnverifiedToken::from_cbor(token.to_cbor(), Default::default()).unwrap()
    }

    pub fn library_policy<T>(&self, use_it: impl FnOnce(&Policy<'_>) -> T) -> T {
        let plain = &self.policy;
        let revoked = plain.revoked;
        let deny_list = move |_: &UnverifiedToken| revoked;
        let policy = library_policy(plain);
        // Without a list, and with one that holds nothing, the answer must be the same.
        if revoked || self.fillers > 0 {
            return use_it(&policy.deny_list(&deny_list));
        }
        use_it(&policy)
    }

    pub fn with_library<T>(
        &self,
        use_it: impl FnOnce(&UnverifiedToken, &Request<'_>, &Policy<'_>) -> T,
    ) -> T {
        let token = self.minted();
        request_of(self, |request| self.library_policy(|policy| use_it(&token, request, policy)))
    }

    pub fn decide(&self) -> Decision {
        self.with_library(|token, request, policy| evaluate(token, request, self.now, policy))
    }
}

/// The projections as the metadata has them.
pub fn projections_of(projections: &[Projection]) -> serde_json::Value {
    let section = |by_pattern: bool| -> serde_json::Map<String, serde_json::Value> {
        let of_section = projections.iter().filter(|one| one.form.is_some() == by_pattern);
        let key = |one: &Projection| {
            let id = one.form.map_or(one.literal.clone(), |form| form.text(&one.literal));
            format!("{}:{id}", one.kind.projected())
        };
        of_section.map(|one| (key(one), one.name.clone().into())).collect()
    };
    serde_json::json!({ "res": section(false), "pat": section(true) })
}

/// Names that collide with the literals of patterns, with each other's presence names, and with
/// wildcards.
pub const NAMES: [&str; 12] = [
    "abc",
    "ab",
    "b",
    "abcb",
    "xabc",
    ":abc",
    "::abc",
    "abc-pnpres",
    "abc.*",
    "abc.d",
    "ABC",
    "abc\u{e9}",
];
pub const LITERALS: [&str; 5] = ["abc", "ab", "b", "abc-pnpres", "\u{e9}"];
pub const USERS: [&str; 3] = ["alice", "Alice", "bob"];

fn mask() -> impl Strategy<Value = u8> {
    prop_oneof![2 => any::<u8>(), 2 => Just(255), 1 => Just(0), 2 => (0_u32..8).prop_map(|bit| 1 << bit)]
}

/// Removes grants with the name of an earlier one, since a token with a duplicate name does not
/// decode.
pub fn distinct<T>(grants: Vec<T>, name: impl Fn(&T) -> String) -> Vec<T> {
    let mut seen = BTreeSet::new();
    grants.into_iter().filter(|grant| seen.insert(name(grant))).collect()
}

fn entries() -> impl Strategy<Value = Vec<(String, u8)>> {
    let entry = (select(&NAMES[..]), mask()).prop_map(|(name, mask)| (name.to_owned(), mask));
    prop::collection::vec(entry, 0..6)
        .prop_map(|entries| distinct(entries, |(name, _)| name.clone()))
}

fn patterns() -> impl Strategy<Value = Vec<PatternGrant>> {
    let pattern = (select(&Form::ALL[..]), select(&LITERALS[..]), mask());
    let pattern = pattern.prop_map(|(form, literal, mask)| PatternGrant {
        form,
        literal: literal.to_owned(),
        mask,
    });
    prop::collection::vec(pattern, 0..4)
        .prop_map(|patterns| distinct(patterns, |grant| grant.form.text(&grant.literal)))
}

fn token() -> impl Strategy<Value = PlainToken> {
    let times = (
        prop_oneof![6 => Just(1_700_000_000), 1 => Just(0), 1 => Just(u64::MAX), 1 => Just(u64::MAX - 60)],
        prop_oneof![8 => Just(15), 1 => Just(0), 1 => Just(1), 1 => Just(43_201), 1 => Just(u64::MAX)],
    );
    let user = prop_oneof![3 => Just(None), 1 => select(&USERS[..]).prop_map(|user| Some(user.to_owned()))];
    let kinds =
        || (entries(), patterns(), prop_oneof![2 => Just(None), 1 => mask().prop_map(Some)]);
    let kinds = [kinds(), kinds(), kinds(), kinds(), kinds(), kinds(), kinds()];
    (times, user, kinds, projections()).prop_map(|((issued_at, ttl), user, kinds, projections)| {
        let mut token = PlainToken { issued_at, ttl, user, projections, ..PlainToken::default() };
        for (at, (explicit, patterns, category)) in kinds.into_iter().enumerate() {
            (token.explicit[at], token.patterns[at], token.categories[at]) =
                (explicit, patterns, category);
        }
        token
    })
}

/// Projections of DataSync's items: mostly none.
fn projections() -> impl Strategy<Value = Vec<Projection>> {
    const PROJECTED: [Kind; 5] =
        [Kind::Channel, Kind::User, Kind::Entity, Kind::Relationship, Kind::Membership];
    let form = prop_oneof![1 => Just(None), 1 => select(&Form::ALL[..]).prop_map(Some)];
    let literal = (select(&NAMES[..]), select(&LITERALS[..]));
    let projection =
        (select(&PROJECTED[..]), form, literal, select(&["__default__", "short", ""][..]));
    let projection = projection.prop_map(|(kind, form, (name, literal), projection)| {
        let literal = if form.is_some() { literal } else { name };
        Projection { kind, form, literal: literal.to_owned(), name: projection.to_owned() }
    });
    let key = |one: &Projection| {
        let text = one.form.map(|form| form.text(&one.literal));
        format!("{:?} {text:?} {}", one.kind, if text.is_some() { "" } else { &one.literal })
    };
    let some = prop::collection::vec(projection, 1..8).prop_map(move |all| distinct(all, key));
    prop_oneof![1 => Just(Vec::new()), 1 => some]
}

fn policy() -> impl Strategy<Value = PlainPolicy> {
    fn pin<T: Copy + std::fmt::Debug + 'static>(
        values: &'static [T],
    ) -> impl Strategy<Value = Option<T>> {
        prop_oneof![3 => Just(None), 1 => select(values).prop_map(Some)]
    }
    let flag = || select(&[KeysetFlag::Unknown, KeysetFlag::Allowed, KeysetFlag::Restricted][..]);
    let tolerance = prop_oneof![4 => Just(0), 1 => Just(1), 1 => Just(100), 1 => Just(u64::MAX)];
    let revoked = prop::bool::weighted(0.06);
    (
        pin(&[Precedence::Union, Precedence::ExplicitElseAny, Precedence::ExplicitElseAll]),
        pin(&[GroupNames::Plain, GroupNames::Colon]),
        pin(&[Doubt::Granted, Doubt::Refused]),
        (flag(), flag()),
        tolerance,
        revoked,
    )
        .prop_map(
            |(precedence, group_names, doubt, (all_users, all_channels), tolerance, revoked)| {
                PlainPolicy {
                    precedence,
                    group_names,
                    doubt,
                    all_users,
                    all_channels,
                    tolerance,
                    revoked,
                }
            },
        )
}

/// Names for the resources of one kind: mostly one.
fn names() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![
        6 => prop::collection::vec(select(&NAMES[..]), 1),
        1 => prop::collection::vec(select(&NAMES[..]), 0..7),
    ]
}

/// A moment near the issue or the expiry of a token, or well within its time.
pub fn moment(token: &PlainToken, near: u8, distance: u64) -> u64 {
    let seconds = u128::from(token.issued_at) + u128::from(token.ttl) * 60;
    let expiry = u64::try_from(seconds).unwrap_or(u64::MAX);
    match near {
        0 => token.issued_at.saturating_add(distance),
        1 => token.issued_at.saturating_sub(distance),
        2 => expiry.saturating_add(distance),
        3 => expiry.saturating_sub(distance),
        _ => token.issued_at + (expiry - token.issued_at) / 2,
    }
}

/// A random case: names are there for every kind that the operation takes.
pub fn scenario() -> impl Strategy<Value = Case> {
    let when = (
        prop_oneof![1 => 0_u8..4, 2 => Just(4)],
        select(&[0_u64, 1, 2, 60, 99, 100, 101, 10_000_000_000][..]),
    );
    let user = prop_oneof![
        1 => Just(None),
        1 => select(&USERS[..]).prop_map(|user| Some(user.to_owned())),
    ];
    let same_user = prop::bool::weighted(0.6);
    let names = [names(), names(), names(), names(), names(), names(), names()];
    let shape = (prop::bool::ANY, prop_oneof![3 => Just(0), 1 => 1_usize..20], prop::bool::ANY);
    (token(), any::<Index>(), names, (user, same_user), when, policy(), shape).prop_map(
        |(
            token,
            operation,
            names,
            (user, same_user),
            (near, distance),
            policy,
            (foreign, fillers, as_bytes),
        )| {
            let (_, id, rule) = OPERATIONS[operation.index(OPERATIONS.len())];
            let user = if same_user { token.user.clone().or(user) } else { user };
            let request = PlainRequest { rule, user, resources: resources(id, rule, &names) };
            let now = moment(&token, near, distance);
            Case { token, request, operation: id, now, policy, foreign, fillers, as_bytes }
        },
    )
}

/// The resources of a request: of the kinds that the operation needs, and of those that it merely
/// names.
pub fn resources(id: &str, rule: Rule, names: &[Vec<&'static str>; 7]) -> Vec<(Kind, String)> {
    let operation: Operation = id.parse().unwrap();
    let mut resources = Vec::new();
    for kind in Kind::ALL.iter().copied() {
        let takes = |accesses: &[pubnub_access::operation::ResourceRequirement]| {
            accesses.iter().any(|access| access.kind == library_kind(kind))
        };
        if matches!(operation.requirements(), Requirements::Resources(accesses) if takes(accesses))
        {
            resources.extend(names[kind as usize].iter().map(|name| (kind, (*name).to_owned())));
        }
    }
    if let Rule::Requires(needs) = rule {
        // Either a channel or a group will do where both are needed.
        let lacks = |kind| !resources.iter().any(|(other, _)| *other == kind);
        let lacking: Vec<Kind> = match needs {
            [channel, group] if (channel.kind, group.kind) == (Kind::Channel, Kind::Group) => {
                if lacks(Kind::Channel) && lacks(Kind::Group) {
                    vec![Kind::Group]
                } else {
                    Vec::new()
                }
            }
            needs => {
                let needed = needs.iter().filter(|need| need.item != Item::Created);
                needed.map(|need| need.kind).filter(|kind| lacks(*kind)).collect()
            }
        };
        resources.extend(lacking.into_iter().map(|kind| (kind, "abc".to_owned())));
    }
    resources
}
