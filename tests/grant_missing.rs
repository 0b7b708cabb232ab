//! The smallest missing grant, case by case: what is granted, what is added, and what no grant can settle.
#![cfg(all(feature = "grant", feature = "mint"))]

use pubnub_access::mint::TestToken;
use pubnub_access::{
    Doubt, GrantRequest, KeysetFlag, Missing, MissingGrant, Needs, Operation, Permission, Permissions, Policy, Request,
    Requirement, ResourceKind, UnverifiedToken, evaluate, missing_grant,
};

#[path = "support/question.rs"]
#[allow(dead_code, reason = "only a part of it is of use here")]
mod question;

use question::{ISSUED, request, token};

const NOW: u64 = ISSUED + 60;
const READ: Permission = Permission::Read;
const WRITE: Permission = Permission::Write;

fn requirement(requirement: &Requirement<'_>) -> String {
    let kind = requirement.kind.unwrap();
    let permission = requirement.permission.unwrap();
    match requirement.name {
        Some(name) => format!("{kind} {name}={permission}"),
        None => format!("all {}={permission}", kind.plural()),
    }
}

fn grant(grant: &GrantRequest) -> String {
    assert_eq!((grant.patterns().count(), grant.metadata().count()), (0, 0));
    let resources = grant.resources().map(|(kind, name, permissions)| format!("{kind} {name}={permissions}"));
    let categories = grant.categories().map(|(kind, permissions)| format!("all {}={permissions}", kind.plural()));
    let mut parts: Vec<String> = resources.chain(categories).collect();
    parts.push(format!("ttl {}", grant.ttl_minutes()));
    parts.extend(grant.authorized_user().map(|user| format!("user {user}")));
    parts.join(", ")
}

fn shown(missing: &MissingGrant<'_>) -> String {
    let additions: Vec<String> = missing.additions().iter().map(requirement).collect();
    let conditions: Vec<&str> = missing.conditions().iter().map(|condition| condition.code()).collect();
    format!("{} | {} | {}", grant(missing.grant()), additions.join(", "), conditions.join(", "))
}

/// Asks in the notation `operation kind=name ...`; the answer is `grant | additions | conditions`.
fn ask(token: &TestToken, question: &str, now: u64, policy: &Policy<'_>) -> String {
    let token = UnverifiedToken::parse(&token.to_text()).unwrap();
    match missing_grant(&token, &request(question), now, policy) {
        Missing::Nothing => "nothing".into(),
        Missing::Grant(missing) => shown(&missing),
        Missing::AnyGrant(missing) => format!("any: {}", shown(&missing)),
        Missing::Unobtainable(reason) => reason.to_string(),
    }
}

#[track_caller]
fn assert_missing(token: &TestToken, question: &str, expected: &str) {
    assert_eq!(ask(token, question, NOW, &Policy::new()), expected, "{question}");
}

#[test]
fn what_is_allowed_lacks_nothing() {
    assert_missing(&token().channel("a", WRITE), "publish channel=a", "nothing");
    assert_missing(&token(), "unsubscribe channel=a", "nothing");
}

#[test]
fn only_what_the_request_needs_is_granted_and_only_what_the_token_lacks_is_added() {
    let own = token().channel("a", READ).channel("b", Permissions::ALL).uuid("u", Permission::Get);
    for (question, expected) in [
        ("publish channel=a", "channel a=write, ttl 60 | channel a=write | "),
        (
            "subscribe channel=a channel=c channel=b",
            "channel a=read, channel b=read, channel c=read, ttl 60 | channel c=read | ",
        ),
        ("subscribe channel=c channel=c", "channel c=read, ttl 60 | channel c=read | "),
        ("set-memberships channel=b uuid=u", "channel b=join, uuid u=update, ttl 60 | uuid u=update | "),
        (
            "set-memberships channel=c uuid=u",
            "channel c=join, uuid u=update, ttl 60 | channel c=join, uuid u=update | ",
        ),
        ("add-group-channels group=g channel=a", "group g=manage, ttl 60 | group g=manage | "),
        ("get-user-metadata uuid=v", "uuid v=get, ttl 60 | uuid v=get | "),
        ("set-channel-members channel=a uuid=v", "channel a=manage, ttl 60 | channel a=manage | "),
        ("subscribe channel=a-pnpres", "channel a-pnpres=read, ttl 60 | channel a-pnpres=read | "),
        ("subscribe channel=a.*", "channel a.*=read, ttl 60 | channel a.*=read | "),
    ] {
        assert_missing(&own, question, expected);
    }
}

#[test]
fn doubts_about_patterns_end_with_an_entry() {
    // It matches a part of the name.
    assert_missing(
        &token().channel_pattern("room", WRITE),
        "publish channel=room-1",
        "channel room-1=write, ttl 60 | channel room-1=write | ",
    );
    // An entry may override the pattern.
    let own = token().channel("room", READ).channel_pattern("^room$", WRITE);
    assert_missing(&own, "publish channel=room", "channel room=write, ttl 60 | channel room=write | ");
    // Patterns may not count for the name of a wildcard subscription.
    assert_missing(
        &token().channel_pattern(".*", READ),
        "subscribe channel=a.*",
        "channel a.*=read, ttl 60 | channel a.*=read | ",
    );
    // RE2 has no such pattern.
    assert_missing(
        &token().channel_pattern("(?=a)", READ),
        "subscribe channel=a",
        "channel a=read, ttl 60 | channel a=read | ",
    );
}

#[test]
fn groups_get_as_few_entries_as_can_be() {
    for (question, expected) in [
        ("subscribe group=:g", "group g=read"),
        ("subscribe group=g group=:g", "group g=read"),
        ("subscribe group=::g", "group :g=read"),
        ("subscribe group=g group=::g", "group :g=read"),
        ("subscribe group=::g group=:g group=g group=:::g", "group ::g=read, group :g=read"),
        ("subscribe group=:", "group :=read"),
        ("subscribe group=: group=::", "group :=read"),
        ("subscribe group=b group=a", "group a=read, group b=read"),
    ] {
        assert_missing(&token(), question, &format!("{expected}, ttl 60 | {expected} | "));
    }
    let own = token().group("g", READ);
    assert_missing(&own, "subscribe group=:g channel=c", "channel c=read, group g=read, ttl 60 | channel c=read | ");
}

#[test]
fn a_token_that_is_no_good_is_replaced() {
    let own = token().channel("a", READ).authorized_user("alice");
    let revoked = |_: &UnverifiedToken| true;
    let revocation = Policy::new().deny_list(&revoked);
    let late = ISSUED + 3_700;
    for (question, now, policy, expected) in [
        ("fetch-messages channel=a user=alice", late, Policy::new(), "channel a=read, ttl 60, user alice |  | time"),
        (
            "fetch-messages channel=a user=alice",
            ISSUED + 3_600,
            Policy::new(),
            "channel a=read, ttl 60, user alice |  | time",
        ),
        (
            "fetch-messages channel=a user=alice",
            ISSUED - 1,
            Policy::new(),
            "channel a=read, ttl 60, user alice |  | time",
        ),
        (
            "fetch-messages channel=a user=bob",
            NOW,
            Policy::new(),
            "channel a=read, ttl 60, user bob |  | authorized_user",
        ),
        ("fetch-messages channel=a", NOW, Policy::new(), "channel a=read, ttl 60 |  | authorized_user"),
        ("fetch-messages channel=a user=alice", NOW, revocation, "channel a=read, ttl 60, user alice |  | revocation"),
        (
            "publish channel=a user=bob",
            late,
            revocation,
            "channel a=write, ttl 60, user bob | channel a=write | time, authorized_user, revocation",
        ),
        ("unsubscribe channel=a user=alice", late, Policy::new(), "any: ttl 60, user alice |  | time"),
        ("time user=bob", NOW, Policy::new(), "any: ttl 60, user bob |  | authorized_user"),
    ] {
        assert_eq!(ask(&own, question, now, &policy), expected, "{question}");
    }
    // Nobody is bound where nobody was.
    assert_missing(&token(), "publish channel=a user=alice", "channel a=write, ttl 60 | channel a=write | ");
}

#[test]
fn the_time_to_live_is_the_tokens_as_far_as_it_can_be_granted() {
    let ask = |ttl, tolerance| {
        ask(&TestToken::new(ISSUED, ttl), "publish channel=a", NOW, &Policy::new().clock_tolerance(tolerance))
    };
    for (ttl, tolerance, minutes) in [
        (1, 0, 1),
        (0, 0, 1),
        (43_201, 0, 43_200),
        (u64::MAX, 0, 43_200),
        (1, 59, 1),
        (1, 60, 2),
        (15, 3_600, 61),
        (15, 43_200 * 60 - 1, 43_200),
    ] {
        let answer = ask(ttl, tolerance);
        assert!(answer.starts_with(&format!("channel a=write, ttl {minutes} |")), "{ttl}, {tolerance}: {answer}");
    }
    assert_eq!(ask(15, 43_200 * 60), "the clock's tolerance is longer than any token lives");
}

#[test]
fn what_a_policy_gives_for_free_is_left_out() {
    let ask = |question, policy| ask(&token(), question, NOW, &policy);
    let granted = Policy::new().doubt(Doubt::Granted);
    let refused = Policy::new().doubt(Doubt::Refused);
    let group = "channel a=read, group g=read, ttl 60 | channel a=read, group g=read | ";
    assert_eq!(ask("here-now channel=a group=g", Policy::new()), group);
    assert_eq!(ask("here-now channel=a group=g", refused), group);
    assert_eq!(ask("here-now channel=a group=g", granted), "channel a=read, ttl 60 | channel a=read | ");
    assert_eq!(ask("fire channel=a", Policy::new()), "channel a=write, ttl 60 | channel a=write | ");
    assert_eq!(ask("fire channel=a", granted), "nothing");

    let category = "all uuids=get, ttl 60 | all uuids=get | ";
    assert_eq!(ask("get-all-user-metadata", Policy::new()), category);
    assert_eq!(ask("get-all-user-metadata", granted), "nothing");
    assert_eq!(ask("get-all-user-metadata", granted.get_all_user_metadata(KeysetFlag::Restricted)), category);
    assert_eq!(ask("get-all-user-metadata", Policy::new().get_all_user_metadata(KeysetFlag::Allowed)), "nothing");
    assert_eq!(ask("get-all-channel-metadata", refused), "all channels=get, ttl 60 | all channels=get | ");
}

#[test]
fn what_no_grant_settles_is_told() {
    let unknown = "it is not known what the operation needs";
    for question in ["list-groups", "global-here-now", "list-push-channels", "remove-push-device"] {
        assert_missing(&token(), question, unknown);
        assert_eq!(ask(&token(), question, NOW, &Policy::new().doubt(Doubt::Refused)), unknown);
        assert_eq!(ask(&token(), question, NOW, &Policy::new().doubt(Doubt::Granted)), "nothing");
        let expired = ask(&token(), question, ISSUED + 3_700, &Policy::new().doubt(Doubt::Granted));
        assert_eq!(expired, "any: ttl 60 |  | time");
    }
    let names: Vec<String> = (0..5_000).map(|number| format!("channel=room-{number}")).collect();
    let question = format!("subscribe {}", names.join(" "));
    assert_missing(&token(), &question, "the token would be longer than the longest request that the service takes");
}

#[test]
fn every_operation_has_an_answer() {
    let token = UnverifiedToken::parse(&token().to_text()).unwrap();
    for operation in Operation::all() {
        let mut builder = Request::builder(operation);
        if let Needs::Resources(accesses) = operation.needs() {
            for access in accesses {
                builder = match access.kind {
                    ResourceKind::Channel => builder.channel("c"),
                    ResourceKind::Group => builder.group("g"),
                    _ => builder.uuid("u"),
                };
            }
        }
        let request = builder.build().unwrap();
        match missing_grant(&token, &request, NOW, &Policy::new()) {
            Missing::Nothing => assert!(operation.needs().is_nothing(), "{operation}"),
            Missing::Grant(missing) => {
                let allowed = UnverifiedToken::parse(&missing.grant().to_test_token(NOW).to_text()).unwrap();
                assert!(evaluate(&allowed, &request, NOW, &Policy::new()).is_allowed(), "{operation}");
            }
            Missing::AnyGrant(missing) => panic!("{operation}: {missing:?}"),
            Missing::Unobtainable(_) => assert_eq!(operation.needs(), Needs::Unknown, "{operation}"),
        }
    }
}
