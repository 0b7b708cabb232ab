//! The smallest missing grant, case by case: grants, additions, and doubts that no grant settles.

use pubnub_access::explanation::Requirement;
use pubnub_access::grant::{GrantRequest, Remedy, RequiredGrant, Unobtainable, missing_grant};
use pubnub_access::mint::TestToken;
use pubnub_access::operation::Requirements;
use pubnub_access::{
    Doubt, KeysetFlag, Operation, Permission, Permissions, Policy, Request, ResourceKind,
    UnverifiedToken, Verdict, evaluate,
};

use crate::support::question::{ISSUED, request, token};

const NOW: u64 = ISSUED + 60;
const READ: Permission = Permission::Read;
const WRITE: Permission = Permission::Write;

fn requirement(requirement: &Requirement<'_>) -> String {
    let kind = requirement.kind.unwrap();
    let permission = requirement.permission.unwrap();
    match &requirement.name {
        Some(name) => format!("{kind} {name}={permission}"),
        None => format!("all {}={permission}", kind.plural()),
    }
}

fn grant(grant: &GrantRequest) -> String {
    assert_eq!((grant.patterns().count(), grant.meta().count()), (0, 0));
    let resources =
        grant.resources().map(|(kind, name, permissions)| format!("{kind} {name}={permissions}"));
    let categories = grant
        .categories()
        .map(|(kind, permissions)| format!("all {}={permissions}", kind.plural()));
    let mut parts: Vec<String> = resources.chain(categories).collect();
    parts.push(format!("ttl {}", grant.ttl_minutes()));
    parts.extend(grant.authorized_user().map(|user| format!("user {user}")));
    parts.join(", ")
}

fn shown(missing: &RequiredGrant<'_>) -> String {
    let additions: Vec<String> = missing.additions().iter().map(requirement).collect();
    let conditions: Vec<&str> =
        missing.conditions().iter().map(|condition| condition.code()).collect();
    let projected: Vec<String> = missing.projected().iter().map(requirement).collect();
    let projected = if projected.is_empty() {
        String::new()
    } else {
        format!(" | projected {}", projected.join(", "))
    };
    format!(
        "{} | {} | {}{projected}",
        grant(missing.grant()),
        additions.join(", "),
        conditions.join(", ")
    )
}

/// Asks in the notation `operation kind=name ...` and returns `grant | additions | conditions`.
fn ask(token: &TestToken, question: &str, now: u64, policy: &Policy<'_>) -> String {
    ask_request(token, &request(question), now, policy)
}

fn ask_request(token: &TestToken, request: &Request<'_>, now: u64, policy: &Policy<'_>) -> String {
    let token = UnverifiedToken::parse(&token.to_text()).unwrap();
    match missing_grant(&token, request, now, policy) {
        Remedy::Nothing => "nothing".into(),
        Remedy::Grant(missing) => shown(&missing),
        Remedy::AnyGrant(missing) => format!("any: {}", shown(&missing)),
        Remedy::InDoubt(missing, reason) => format!("{}; {reason}", shown(&missing)),
        Remedy::Unobtainable(reason) => reason.to_string(),
    }
}

#[track_caller]
fn assert_missing(token: &TestToken, question: &str, expected: &str) {
    assert_eq!(ask(token, question, NOW, &Policy::new()), expected, "{question}");
}

#[test]
fn an_allowed_request_lacks_nothing() {
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
        (
            "set-memberships channel=b uuid=u",
            "channel b=join, uuid u=update, ttl 60 | uuid u=update | ",
        ),
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
    // An entry may override the pattern.
    let own = token().channel("room", READ).channel_pattern("^room$", WRITE);
    assert_missing(
        &own,
        "publish channel=room",
        "channel room=write, ttl 60 | channel room=write | ",
    );
    // RE2 refuses this pattern.
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
    assert_missing(
        &own,
        "subscribe group=:g channel=c",
        "channel c=read, group g=read, ttl 60 | channel c=read | ",
    );
}

#[test]
fn an_unusable_token_is_replaced() {
    let own = token().channel("a", READ).authorized_user("alice");
    let revoked = |_: &UnverifiedToken| true;
    let revocation = Policy::new().deny_list(&revoked);
    let late = ISSUED + 3_700;
    for (question, now, policy, expected) in [
        (
            "fetch-messages channel=a user-id=alice",
            late,
            Policy::new(),
            "channel a=read, ttl 60, user alice |  | time",
        ),
        (
            "fetch-messages channel=a user-id=alice",
            ISSUED + 3_600,
            Policy::new(),
            "channel a=read, ttl 60, user alice |  | time",
        ),
        (
            "fetch-messages channel=a user-id=alice",
            ISSUED - 1,
            Policy::new(),
            "channel a=read, ttl 60, user alice |  | time",
        ),
        (
            "fetch-messages channel=a user-id=bob",
            NOW,
            Policy::new(),
            "channel a=read, ttl 60, user bob |  | authorized_user",
        ),
        (
            "fetch-messages channel=a",
            NOW,
            Policy::new(),
            "channel a=read, ttl 60 |  | authorized_user",
        ),
        (
            "fetch-messages channel=a user-id=alice",
            NOW,
            revocation,
            "channel a=read, ttl 60, user alice |  | revocation",
        ),
        (
            "publish channel=a user-id=bob",
            late,
            revocation,
            "channel a=write, ttl 60, user bob | channel a=write | time, authorized_user, revocation",
        ),
        (
            "unsubscribe channel=a user-id=alice",
            late,
            Policy::new(),
            "any: ttl 60, user alice |  | time",
        ),
        ("time user-id=bob", NOW, Policy::new(), "any: ttl 60, user bob |  | authorized_user"),
    ] {
        assert_eq!(ask(&own, question, now, &policy), expected, "{question}");
    }
    // The grant is bound to nobody if the token is.
    assert_missing(
        &token(),
        "publish channel=a user-id=alice",
        "channel a=write, ttl 60 | channel a=write | ",
    );
}

#[test]
fn the_time_to_live_is_the_tokens_as_far_as_it_can_be_granted() {
    let ask = |ttl, tolerance| {
        ask(
            &TestToken::new(ISSUED, ttl),
            "publish channel=a",
            NOW,
            &Policy::new().clock_tolerance(tolerance),
        )
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
        assert!(
            answer.starts_with(&format!("channel a=write, ttl {minutes} |")),
            "{ttl}, {tolerance}: {answer}"
        );
    }
    assert_eq!(ask(15, 43_200 * 60), "the clock's tolerance is longer than any token lives");
}

#[test]
fn requirements_that_the_policy_grants_are_left_out() {
    let ask = |question, policy| ask(&token(), question, NOW, &policy);
    let granted = Policy::new().doubt(Doubt::Granted);
    let refused = Policy::new().doubt(Doubt::Refused);
    let group = "channel a=read, group g=read, ttl 60 | channel a=read, group g=read | ";
    assert_eq!(ask("here-now channel=a group=g", Policy::new()), group);
    assert_eq!(ask("here-now channel=a group=g", refused), group);
    assert_eq!(
        ask("here-now channel=a group=g", granted),
        "channel a=read, ttl 60 | channel a=read | "
    );
    assert_eq!(
        ask("fire channel=a", Policy::new()),
        "channel a=write, ttl 60 | channel a=write | "
    );
    assert_eq!(ask("fire channel=a", granted), "nothing");

    let category = "all uuids=get, ttl 60 | all uuids=get | ";
    assert_eq!(ask("get-all-user-metadata", Policy::new()), category);
    assert_eq!(ask("get-all-user-metadata", granted), "nothing");
    assert_eq!(
        ask("get-all-user-metadata", granted.get_all_user_metadata(KeysetFlag::Restricted)),
        category
    );
    assert_eq!(
        ask("get-all-user-metadata", Policy::new().get_all_user_metadata(KeysetFlag::Allowed)),
        "nothing"
    );
    assert_eq!(
        ask("get-all-channel-metadata", refused),
        "all channels=get, ttl 60 | all channels=get | "
    );
}

#[test]
fn doubts_that_no_grant_settles_are_reported() {
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
    assert_missing(
        &token(),
        &question,
        "the token would be longer than the longest request that the service takes",
    );
}

/// A request for an operation of DataSync on one item.
fn on_item(operation: Operation, kind: ResourceKind) -> Request<'static> {
    Request::builder(operation).resource(kind, "x").build().unwrap()
}

#[test]
fn hidden_and_refused_items_of_datasync_are_distinguished_from_missing_grants() {
    use ResourceKind::{Entity, Membership, User};
    let projections = |kind: &str, section: &str, name: &str| serde_json::json!({section: {format!("datasync:{kind}"): name}});
    let fields = "the service refuses fields outside a projection that only it knows";
    let ask = |token: &TestToken, operation, kind| {
        let policy = Policy::new();
        ask_request(token, &on_item(operation, kind), NOW, &policy)
    };
    // An entry settles the doubt of a pattern on users.
    let pattern = token().pattern(User, "x", Permission::Get);
    assert_eq!(
        ask(&pattern, Operation::DataSyncGetUser, User),
        "user x=get, ttl 60 | user x=get | "
    );
    // A fresh token without the projection settles the doubt.
    let get = Operation::DataSyncGetEntity;
    for hidden in [("entities:x", "res"), ("entities:.*", "pat"), ("entities:(", "pat")] {
        let projections = projections(hidden.0, hidden.1, "short");
        let own = token().meta("pn-projections", &projections);
        let shown = "entity x=get, ttl 60 | entity x=get |  | projected entity x=get";
        assert_eq!(ask(&own, get, Entity), shown, "{hidden:?}");
        let own = own.resource(Entity, "x", Permission::Get);
        assert_eq!(
            ask(&own, get, Entity),
            "entity x=get, ttl 60 |  |  | projected entity x=get",
            "{hidden:?}"
        );
    }
    for open in [
        ("entities:y", "res", "short"),
        ("entities:x", "res", "__default__"),
        ("users:x", "res", "short"),
    ] {
        let own = token().meta("pn-projections", projections(open.0, open.1, open.2));
        assert_eq!(ask(&own, get, Entity), "entity x=get, ttl 60 | entity x=get | ", "{open:?}");
    }
    // Writing stays in doubt, but missing permissions are reported.
    for operation in [Operation::DataSyncUpdateMembership, Operation::DataSyncCreateMembership] {
        let update = operation == Operation::DataSyncUpdateMembership;
        let permission = if update { Permission::Update } else { Permission::Create };
        let grant = format!("membership x={permission}, ttl 60");
        let expected = format!("{grant} | membership x={permission} | ; {fields}");
        assert_eq!(ask(&token(), operation, Membership), expected);
        let own = token().resource(Membership, "x", permission);
        assert_eq!(ask(&own, operation, Membership), fields);
        let request = on_item(operation, Membership);
        let late = ask_request(&own, &request, ISSUED + 3_700, &Policy::new());
        assert_eq!(late, format!("{grant} |  | time; {fields}"));
        let granted = Policy::new().doubt(Doubt::Granted);
        assert_eq!(ask_request(&own, &request, NOW, &granted), "nothing");
        let missing = ask_request(&token(), &request, NOW, &granted);
        assert_eq!(missing, format!("{grant} | membership x={permission} | "));
    }
}

#[test]
fn the_requirement_on_an_item_with_a_generated_id_is_unknown() {
    let request = Request::builder(Operation::DataSyncCreateUser).build().unwrap();
    let unknown = "nobody documents what an item with a generated id needs";
    assert_eq!(ask_request(&token(), &request, NOW, &Policy::new()), unknown);
    let granted = Policy::new().doubt(Doubt::Granted);
    assert_eq!(ask_request(&token(), &request, NOW, &granted), "nothing");
    assert_eq!(ask_request(&token(), &request, ISSUED + 3_700, &granted), "any: ttl 60 |  | time");
}

#[test]
fn a_list_of_datasync_needs_any_valid_token() {
    let request = Request::builder(Operation::DataSyncListEntities).user_id("bob").build().unwrap();
    assert_eq!(ask_request(&token(), &request, NOW, &Policy::new()), "nothing");
    let own = token().authorized_user("alice");
    let expected = "any: ttl 60, user bob |  | authorized_user";
    assert_eq!(ask_request(&own, &request, NOW, &Policy::new()), expected);
}

#[test]
fn every_operation_has_an_answer() {
    let token = UnverifiedToken::parse(&token().to_text()).unwrap();
    for operation in Operation::ALL.iter().copied() {
        let mut builder = Request::builder(operation);
        if let Requirements::Resources(accesses) = operation.requirements() {
            builder =
                accesses.iter().fold(builder, |builder, access| builder.resource(access.kind, "x"));
        }
        let request = builder.build().unwrap();
        match missing_grant(&token, &request, NOW, &Policy::new()) {
            Remedy::Nothing => {
                let lists = matches!(operation.requirements(), Requirements::ValidToken { .. });
                assert!(lists || operation.requirements().is_nothing(), "{operation}");
            }
            Remedy::Grant(missing) => {
                let allowed =
                    UnverifiedToken::parse(&missing.grant().to_test_token(NOW).to_text()).unwrap();
                assert!(
                    evaluate(&allowed, &request, NOW, &Policy::new()).is_allowed(),
                    "{operation}"
                );
            }
            Remedy::AnyGrant(missing) => panic!("{operation}: {missing:?}"),
            Remedy::InDoubt(missing, reason) => {
                assert_eq!(reason, Unobtainable::ProjectionMayRefuse, "{operation}");
                let token =
                    UnverifiedToken::parse(&missing.grant().to_test_token(NOW).to_text()).unwrap();
                assert_eq!(
                    evaluate(&token, &request, NOW, &Policy::new()).verdict(),
                    Verdict::Indeterminate
                );
                let granted = Policy::new().doubt(Doubt::Granted);
                assert!(evaluate(&token, &request, NOW, &granted).is_allowed(), "{operation}");
            }
            Remedy::Unobtainable(_) => {
                assert_eq!(operation.requirements(), Requirements::Unknown, "{operation}")
            }
        }
    }
}
