//! The types: sharing between threads, printing and parsing, sets of permissions and readings.

use std::collections::HashSet;
use std::error::Error;
use std::fmt::Display;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::str::FromStr;

use pubnub_access::explanation::{
    Condition, ConditionReport, Escaped, Requirement, RequirementReport,
};
use pubnub_access::mint::{Alphabet, KeySpelling, TestSection, TestToken};
use pubnub_access::operation::{Requirements, ResourceRequirement};
use pubnub_access::policy::Reading;
use pubnub_access::request::{NameError, Resource};
use pubnub_access::token::{
    Grant, GrantTable, Grants, MetaArray, MetaMap, MetaValue, Position, UnknownEntry,
};
use pubnub_access::{
    Decision, Doubt, Explanation, GroupNames, KeysetFlag, Limits, Operation, ParseEnumError,
    Pattern, PatternError, PatternErrorKind, Permission, Permissions, Policy, Precedence,
    PreparedToken, Readings, Reason, Request, RequestBuilder, RequestError, RequestErrorKind,
    ResourceKind, TokenError, TokenErrorKind, UnverifiedToken, Verdict, evaluate,
};

#[test]
fn every_public_type_can_be_sent_and_shared() {
    fn shared<T: Send + Sync>() {}
    macro_rules! shared {
        ($($type:ty),* $(,)?) => { $(shared::<$type>();)* };
    }
    shared!(
        ResourceRequirement,
        Condition,
        ConditionReport<'_>,
        Decision,
        Doubt,
        Escaped<'_>,
        Explanation<'_>,
        Grant<'_>,
        GrantTable<'_>,
        Grants<'_>,
        GroupNames,
        KeysetFlag,
        Limits,
        MetaArray<'_>,
        MetaMap<'_>,
        MetaValue<'_>,
        NameError,
        Requirements,
        Operation,
        ParseEnumError,
        Pattern,
        PatternError,
        PatternErrorKind,
        Permission,
        Permissions,
        Policy<'_>,
        Position,
        Precedence,
        PreparedToken,
        Reading,
        Readings,
        Reason<'_>,
        Request<'_>,
        RequestBuilder<'_>,
        RequestError,
        RequestErrorKind,
        Requirement<'_>,
        RequirementReport<'_>,
        Resource<'_>,
        ResourceKind,
        TokenError,
        TokenErrorKind,
        UnknownEntry<'_>,
        UnverifiedToken,
        Verdict,
        Alphabet,
        KeySpelling,
        TestSection,
        TestToken,
    );
}

#[test]
fn errors_are_errors_that_outlive_what_was_parsed() {
    fn error<T: Error + Clone + PartialEq + Send + Sync + 'static>() {}
    error::<TokenError>();
    error::<RequestError>();
    error::<PatternError>();
    error::<ParseEnumError>();
}

#[test]
fn a_token_is_parsed_in_every_usual_way() {
    let text = TestToken::new(1, 1).to_text();
    let token = UnverifiedToken::parse(&text).unwrap();
    assert_eq!(UnverifiedToken::from_str(&text), Ok(token.clone()));
    assert_eq!(text.parse(), Ok(token.clone()));
    assert_eq!(UnverifiedToken::try_from(text.as_str()), Ok(token.clone()));
    assert_eq!(UnverifiedToken::try_from(text.clone()), Ok(token.clone()));
    assert_eq!(
        UnverifiedToken::from_cbor(token.as_cbor().to_vec(), Limits::new()),
        Ok(token.clone())
    );
    assert!(
        UnverifiedToken::try_from("").is_err() && UnverifiedToken::try_from(String::new()).is_err()
    );
}

#[test]
fn tokens_are_compared_by_their_bytes() {
    let mint = TestToken::new(1, 1).signature(&[0xff; 31]);
    let texts = [
        mint.to_text(),
        mint.clone().padding(false).to_text(),
        mint.clone().alphabet(Alphabet::Standard).to_text(),
        mint.clone().alphabet(Alphabet::Standard).padding(false).to_text(),
    ];
    let parsed = || texts.iter().map(|text| text.parse::<UnverifiedToken>().unwrap());
    assert_eq!(texts.iter().collect::<HashSet<_>>().len(), 4, "four texts");
    assert_eq!(parsed().collect::<HashSet<_>>().len(), 1, "one token");
    // The same content in another spelling is another token, since the service would have signed
    // other bytes.
    let other: UnverifiedToken = mint.key_spelling(KeySpelling::Text).to_text().parse().unwrap();
    let token = parsed().next().unwrap();
    assert_ne!(other, token);
    let hash =
        |token: &UnverifiedToken| BuildHasherDefault::<DefaultHasher>::default().hash_one(token);
    assert_ne!(hash(&other), hash(&token), "not all tokens hash alike");
    assert_eq!(other.cmp(&token), other.as_cbor().cmp(token.as_cbor()));
    assert_eq!(other.partial_cmp(&token), Some(other.cmp(&token)));
}

/// Checks a permission, its bit, its name and the method that looks for it.
fn check_permission(permission: Permission, bit: u8, name: &str, has: fn(Permissions) -> bool) {
    assert_eq!((permission.bit(), permission.name()), (bit, name));
    assert_eq!(permission.to_string(), name);
    assert_eq!(format!("{permission:>8}"), format!("{name:>8}"));
    assert_eq!(name.parse(), Ok(permission));
    for mask in 0..=u8::MAX {
        let set = Permissions::from_mask(mask);
        assert_eq!(has(set), mask & bit != 0, "{name} in {mask}");
        assert_eq!(set.has(permission), mask & bit != 0, "{name} in {mask}");
    }
}

#[test]
fn each_permission_has_its_bit_its_name_and_its_method() {
    check_permission(Permission::Read, 1, "read", Permissions::has_read);
    check_permission(Permission::Write, 2, "write", Permissions::has_write);
    check_permission(Permission::Manage, 4, "manage", Permissions::has_manage);
    check_permission(Permission::Delete, 8, "delete", Permissions::has_delete);
    check_permission(Permission::Create, 16, "create", Permissions::has_create);
    check_permission(Permission::Get, 32, "get", Permissions::has_get);
    check_permission(Permission::Update, 64, "update", Permissions::has_update);
    check_permission(Permission::Join, 128, "join", Permissions::has_join);
    assert_eq!(
        Permission::ALL.iter().map(|permission| permission.bit()).collect::<Vec<_>>(),
        [1, 2, 4, 8, 16, 32, 64, 128]
    );
    for text in ["", "Read", "READ", " read", "rw", "reads", "1"] {
        assert!(text.parse::<Permission>().is_err(), "{text:?}");
    }
}

#[test]
fn sets_of_permissions_are_sets_of_bits() {
    for a in 0..=u8::MAX {
        let left = Permissions::from_mask(a);
        assert_eq!(left.mask(), a);
        assert_eq!(left.is_empty(), a == 0);
        assert_eq!(left.len(), a.count_ones() as usize);
        assert_eq!(left.iter().map(Permission::bit).sum::<u8>(), a);
        assert!(left.iter().is_sorted());
        assert_eq!(left.iter().collect::<Permissions>(), left);
        for b in [0, 1, 3, 0x55, 0xaa, 0xf0, 0x80, 0xff, a] {
            let right = Permissions::from_mask(b);
            assert_eq!((left | right).mask(), a | b);
            assert_eq!((left & right).mask(), a & b);
            assert_eq!((left - right).mask(), a & !b);
            assert_eq!(left.contains(right), a & b == b, "{a} contains {b}");
            let mut changed = left;
            changed |= right;
            assert_eq!(changed, left | right);
        }
    }
    assert_eq!(Permissions::NONE.mask(), 0);
    assert_eq!(Permissions::ALL.mask(), 255);
    assert_eq!(Permissions::default(), Permissions::NONE);
    assert_eq!(Permissions::from(Permission::Get).mask(), 32);
}

#[test]
fn permissions_print_by_name() {
    for (mask, text, debug) in [
        (0, "none", "{}"),
        (1, "read", "{Read}"),
        (3, "read, write", "{Read, Write}"),
        (0xa0, "get, join", "{Get, Join}"),
        (
            255,
            "read, write, manage, delete, create, get, update, join",
            "{Read, Write, Manage, Delete, Create, Get, Update, Join}",
        ),
    ] {
        let set = Permissions::from_mask(mask);
        assert_eq!((set.to_string().as_str(), format!("{set:?}").as_str()), (text, debug));
    }
}

#[test]
fn kinds_have_their_names() {
    use ResourceKind as K;
    #[rustfmt::skip]
    let names = [
        (K::Channel, "chan", "channels", "channel"), (K::Group, "grp", "groups", "group"),
        (K::Uuid, "uuid", "uuids", "uuid"), (K::User, "usr", "users", "user"), (K::Space, "spc", "spaces", "space"),
        (K::Entity, "datasync:entities", "datasync:entities", "entity"),
        (K::Relationship, "datasync:relationships", "datasync:relationships", "relationship"),
        (K::Membership, "datasync:memberships", "datasync:memberships", "membership"),
    ];
    let listed = K::ALL.iter().map(|kind| (*kind, kind.token_key(), kind.plural(), kind.name()));
    assert_eq!(listed.collect::<Vec<_>>(), names);
    assert_eq!(format!("{:<8}|", K::Group), "group   |");
}

#[test]
fn verdicts_and_conditions_print_by_name() {
    fn printed<T: Display + Copy + Hash + Ord>(values: &[T]) -> Vec<String> {
        values.iter().map(ToString::to_string).collect()
    }
    let verdicts = [Verdict::Allow, Verdict::Deny, Verdict::Indeterminate];
    assert_eq!(printed(&verdicts), ["allow", "deny", "indeterminate"]);
    assert_eq!(verdicts.map(Verdict::is_allowed), [true, false, false]);
    assert_eq!(printed(Condition::ALL), ["time", "authorized_user", "revocation"]);
    assert_eq!(
        Condition::ALL.iter().map(|condition| condition.code()).collect::<Vec<_>>(),
        ["time", "authorized_user", "revocation"]
    );
    assert_eq!(format!("{:>6}|{:<14}|", Verdict::Deny, Condition::Time), "  deny|time          |");
}

#[test]
fn there_are_12_readings() {
    let all: Vec<Reading> = Readings::ALL.iter().collect();
    assert_eq!((all.len(), Readings::ALL.len()), (12, 12));
    assert_eq!(
        format!("{:?} {:?}", Readings::ALL, Readings::NONE),
        "Readings(0xfff) Readings(0x000)"
    );
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 12);
    assert_eq!(all.iter().copied().collect::<Readings>(), Readings::ALL);
    for reading in &all {
        let Reading { precedence, group_names, doubt, .. } = *reading;
        assert_eq!(Reading::new(precedence, group_names, doubt), *reading);
        let of_each = Readings::with_precedence(precedence)
            & Readings::with_group_names(group_names)
            & Readings::with_doubt(doubt);
        assert_eq!(of_each, Readings::from(*reading));
        assert_eq!(of_each.iter().collect::<Vec<_>>(), [*reading]);
        assert_eq!((!of_each).len(), 11);
    }
}

#[test]
fn a_dimension_divides_the_readings() {
    fn divide(parts: &[Readings], name: &str) {
        let together = parts.iter().fold(Readings::NONE, |all, part| all | *part);
        assert_eq!(together, Readings::ALL, "{name}");
        for part in parts {
            assert_eq!(part.len() * parts.len(), 12, "{name}");
            assert!(Readings::ALL.contains(*part) && !part.contains(Readings::ALL), "{name}");
        }
    }
    let precedences = [Precedence::Union, Precedence::ExplicitElseAny, Precedence::ExplicitElseAll];
    divide(&precedences.map(Readings::with_precedence), "precedence");
    divide(&[GroupNames::Plain, GroupNames::Colon].map(Readings::with_group_names), "group names");
    divide(&[Doubt::Granted, Doubt::Refused].map(Readings::with_doubt), "doubt");
    assert!(Readings::NONE.is_empty() && !Readings::ALL.is_empty());
    assert_eq!(!Readings::ALL, Readings::NONE);
    assert!(Readings::NONE.contains(Readings::NONE));
}

#[test]
fn a_policy_considers_all_readings_by_default() {
    assert_eq!(Policy::new().readings(), Readings::ALL);
    assert_eq!(Policy::default().readings(), Readings::ALL);
    let policy = Policy::new().precedence(Precedence::Union).doubt(Doubt::Refused);
    let union = Readings::with_precedence(Precedence::Union);
    assert_eq!(policy.readings(), union & Readings::with_doubt(Doubt::Refused));
    let pinned = policy.group_names(GroupNames::Colon);
    let reading = Reading::new(Precedence::Union, GroupNames::Colon, Doubt::Refused);
    assert_eq!(pinned.readings().iter().collect::<Vec<_>>(), [reading]);
    let again = pinned.doubt(Doubt::Granted);
    assert_eq!(again.readings().len(), 1, "the last pin counts");
    assert!(again.readings().iter().all(|reading| reading.doubt == Doubt::Granted));
}

#[test]
fn a_policy_shows_everything_but_the_deny_list_itself() {
    let list = |_: &UnverifiedToken| false;
    let policy = Policy::new().clock_tolerance(5).work_limit(7).deny_list(&list);
    assert_eq!(
        format!("{policy:?}"),
        "Policy { precedence: None, group_names: None, doubt: None, get_all_user_metadata: Unknown, \
         get_all_channel_metadata: Unknown, clock_tolerance: 5, work_limit: 7, deny_list: true }"
    );
}

#[test]
fn a_request_keeps_what_it_was_given_in_order() {
    let names: Vec<String> = (0..10).map(|name| format!("channel-{name}")).collect();
    for count in 1..names.len() {
        let channels = names[..count].iter().map(String::as_str);
        let request = Request::builder(Operation::Subscribe)
            .channels(channels)
            .group("g")
            .user_id("u")
            .build()
            .unwrap();
        let found: Vec<(ResourceKind, &str)> =
            request.resources().iter().map(|r| (r.kind, r.name)).collect();
        let expected = names[..count].iter().map(|name| (ResourceKind::Channel, name.as_str()));
        assert_eq!(found, expected.chain([(ResourceKind::Group, "g")]).collect::<Vec<_>>());
        assert_eq!((request.operation(), request.user_id()), (Operation::Subscribe, Some("u")));
    }
    let request = Request::builder(Operation::SetChannelMembers)
        .uuids(["a", "b"])
        .channel("c")
        .build()
        .unwrap();
    assert_eq!(request.resources().len(), 3);
    assert_eq!(request.user_id(), None);
}

#[test]
fn requests_with_the_same_content_are_equal() {
    let build = |names: &[&'static str]| {
        Request::builder(Operation::Subscribe).channels(names.iter().copied()).build().unwrap()
    };
    assert_eq!(build(&["a", "b"]), build(&["a", "b"]));
    assert_ne!(build(&["a", "b"]), build(&["b", "a"]));
    assert_eq!(build(&["a", "b", "c", "d", "e"]), build(&["a", "b", "c", "d", "e"]));
    assert_ne!(build(&["a", "b", "c", "d", "e"]), build(&["a", "b", "c", "d", "f"]));
}

#[test]
fn a_decision_returns_the_readings_behind_it() {
    let token: UnverifiedToken = TestToken::new(1, 1)
        .channel("ab", Permission::Write)
        .channel_pattern("a", Permission::Read)
        .to_text()
        .parse()
        .unwrap();
    let request = Request::builder(Operation::FetchMessages).channel("ab").build().unwrap();
    let decision = evaluate(&token, &request, 2, &Policy::new());
    assert_eq!(decision.considered_readings(), Readings::ALL);
    assert_eq!(decision.granting_readings(), Readings::with_precedence(Precedence::Union));
    assert_eq!((decision.verdict(), decision.is_allowed()), (Verdict::Indeterminate, false));
}

#[test]
fn the_answer_depends_only_on_the_given_time() {
    let token: UnverifiedToken =
        TestToken::new(1, 1).channel("a", Permission::Read).to_text().parse().unwrap();
    let request = Request::builder(Operation::FetchMessages).channel("a").build().unwrap();
    // A token from 1970, evaluated in 1970.
    assert!(evaluate(&token, &request, 60, &Policy::new()).is_allowed());
}
