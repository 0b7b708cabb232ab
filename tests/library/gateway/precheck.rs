//! A gateway's checks: the cases of `testdata/routes/precheck.txt`, its rules and responses, and
//! random requests.

use std::cell::Cell;
use std::collections::BTreeSet;

use crate::support::enumeration::library_kind;
use crate::support::random;
use crate::support::random::{Case, cases, scenario};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use pubnub_access::explanation::RequirementReport;
use pubnub_access::gateway::{
    Action, Enforcement, Fallback, HttpRequest, Outcome, OutcomeReason, Precheck, Rejection,
};
use pubnub_access::mint::TestToken;
use pubnub_access::{
    Explanation, Limits, Operation, Permission, Permissions, Policy, ResourceKind, UnverifiedToken,
    Verdict, evaluate, explain,
};

const ISSUED: u64 = 1_700_000_000;
const VALID: u64 = ISSUED + 60;
const EXPIRED: u64 = ISSUED + 3_601;

fn alice() -> TestToken {
    TestToken::new(ISSUED, 60)
        .authorized_user("alice")
        .channel("room", Permissions::from_mask(3))
        .channel("bar", Permission::Read)
        .channel("club", Permission::Join)
        .channel("own", Permission::Manage)
        .channel("both", Permission::Read)
        .channel_pattern("part", Permissions::from_mask(3))
        .channel_pattern("^both$", Permissions::from_mask(3))
        .group("lobby", Permission::Read)
        .uuid("alice", Permissions::from_mask(96))
        .uuid_pattern("maybe", Permission::Update)
}

fn two_readings() -> TestToken {
    TestToken::new(ISSUED, 60)
        .channel("room", Permission::Read)
        .group_pattern("^g$", Permission::Read)
        .group_pattern("^:h$", Permission::Read)
}

fn datasync() -> TestToken {
    TestToken::new(ISSUED, 60)
        .authorized_user("alice")
        .resource(ResourceKind::Entity, "e", Permissions::from_mask(120))
        .pattern(ResourceKind::Entity, "^p-", Permission::Get)
        .resource(ResourceKind::Membership, "m", Permission::Get)
        .pattern(ResourceKind::User, "bob", Permission::Get)
        .channel("room", Permission::Get)
        .meta("pn-projections", serde_json::json!({"res": {"datasync:memberships:m": "short"}}))
}

fn revoked() -> TestToken {
    TestToken::new(ISSUED, 60).channel("room", Permission::Write)
}

/// Replaces words such as `$T` by tokens.
fn filled(text: &str) -> String {
    let encoded = |token: TestToken| token.to_text().replace('=', "%3D");
    let text = text.replace("$B", &alice().to_text()[..40]).replace("$R", &encoded(revoked()));
    let text = text.replace("$D", &encoded(datasync()));
    text.replace("$T", &encoded(alice())).replace("$J", &encoded(two_readings()))
}

/// Checks a request in the notation of the file.
fn check(request: &str, precheck: &Precheck<'_>) -> Outcome {
    let (now, request) = match request.strip_prefix("@expired ") {
        Some(request) => (EXPIRED, request),
        None => (VALID, request),
    };
    let mut words = request.splitn(3, ' ');
    let (method, target, body) =
        (words.next().unwrap(), filled(words.next().unwrap()), words.next());
    let http = HttpRequest::new(method, &target);
    precheck.check(&body.into_iter().fold(http, |http, body| http.body(body.as_bytes())), now)
}

/// Returns the exact body that the words of the file stand for.
fn body(words: &str) -> String {
    let with = |status: u16, message: &str, payload: &str| {
        format!(
            r#"{{"message":"{message}",{payload}"error":true,"service":"Access Manager","status":{status}}}"#
        )
    };
    let (status, names) = words.split_once(' ').unwrap_or((words, ""));
    let lists: Vec<String> = names
        .split(' ')
        .filter_map(|list| {
            let (kind, names) = list.split_once('=')?;
            let key = if kind == "groups" { "channel-groups" } else { "channels" };
            let names: Vec<String> =
                names.split(',').map(|name| format!("\"{}\"", name.replace('"', "\\\""))).collect();
            Some(format!("\"{key}\":[{}]", names.join(",")))
        })
        .collect();
    let payload = if lists.is_empty() {
        String::new()
    } else {
        format!("\"payload\":{{{}}},", lists.join(","))
    };
    match status {
        "expired" => with(403, "Token is expired.", ""),
        "revoked" => with(403, "Token is revoked", ""),
        code if code.starts_with("DS-") => format!(r#"{{"errors":[{{"errorCode":"{code}"}}]}}"#),
        "403" => with(403, "Forbidden", &payload),
        other => panic!("{other}"),
    }
}

/// The stable list of codes.
const CODES: [&str; 17] = [
    "token_allows",
    "token_denies",
    "token_in_doubt",
    "token_expired",
    "token_revoked",
    "user_differs",
    "user_missing",
    "requirement_unknown",
    "nothing_needed",
    "body_needed",
    "signed",
    "secret_key_needed",
    "no_credential",
    "two_credentials",
    "no_token",
    "broken_token",
    "not_routed",
];

#[test]
fn every_case_of_the_file_is_decided_as_it_says() {
    let on_list = UnverifiedToken::parse(&revoked().to_text()).unwrap();
    let deny_list = |token: &UnverifiedToken| *token == on_list;
    let lenient = Precheck::new(Policy::new().deny_list(&deny_list));
    let strict = lenient.clone().enforcement(Enforcement::CertainPermissions);
    let mut reasons = BTreeSet::new();
    for line in include_str!("../../../testdata/routes/precheck.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let [request, summary, denials, permissions] = line.split(" | ").collect::<Vec<_>>()[..]
        else {
            panic!("{line}");
        };
        for (precheck, expected) in [(&lenient, denials), (&strict, permissions)] {
            let outcome = check(request, precheck);
            let found = format!("{} {}", outcome.verdict(), outcome.reason().code());
            assert_eq!(found, summary, "{line}");
            assert_eq!(outcome.is_forwarded(), expected == "forward", "{line}");
            assert_eq!(outcome.rejection().is_none(), outcome.is_forwarded(), "{line}");
            assert_eq!(
                outcome.action().is_none(),
                outcome.reason().code() == "not_routed",
                "{line}"
            );
            if let Some(rejection) = outcome.into_rejection() {
                let status = if expected == "DS-0203" { 401 } else { 403 };
                assert_eq!(
                    (rejection.body(), rejection.status()),
                    (body(expected).as_str(), status),
                    "{line}"
                );
                assert!(
                    serde_json::from_str::<serde_json::Value>(&rejection.into_body())
                        .unwrap()
                        .is_object()
                );
            }
        }
        reasons.insert(summary.split_once(' ').unwrap().1);
    }
    assert_eq!(reasons, BTreeSet::from(CODES));
}

#[test]
fn each_fallback_is_for_its_requests_alone() {
    type Setter = fn(Precheck<'static>, Fallback) -> Precheck<'static>;
    let signed = "GET /publish/p/s/0/room/0/1?timestamp=1&signature=v2.x";
    let signed_grant = "POST /v3/pam/s/grant?timestamp=1&signature=v2.x";
    let nothing = "GET /publish/p/s/0/room/0/1?uuid=alice";
    let key = "GET /publish/p/s/0/room/0/1?uuid=alice&auth=old-key";
    let broken = "GET /publish/p/s/0/room/0/1?uuid=alice&auth=$B";
    let unknown = "GET /favicon.ico";
    let ambiguous = "GET /v2/subscribe/s/room/0?auth=a&auth=b";
    let setters: [(Setter, &[&str]); 5] = [
        (Precheck::signed, &[signed, signed_grant]),
        (Precheck::without_credential, &[nothing]),
        (Precheck::without_token, &[key]),
        (Precheck::broken_token, &[broken]),
        (Precheck::unrouted, &[unknown, ambiguous]),
    ];
    let all = [signed, signed_grant, nothing, key, broken, unknown, ambiguous];
    for enforcement in [Enforcement::CertainDenials, Enforcement::CertainPermissions] {
        let by_default = Precheck::new(Policy::new()).enforcement(enforcement);
        for (set, own) in setters {
            for fallback in [Fallback::InDoubt, Fallback::Forward, Fallback::Reject] {
                let precheck = set(by_default.clone(), fallback);
                for request in all {
                    let (outcome, usual) = (check(request, &precheck), check(request, &by_default));
                    assert_eq!(
                        (outcome.verdict(), outcome.reason()),
                        (Verdict::Indeterminate, usual.reason())
                    );
                    let forwarded = match fallback {
                        _ if !own.contains(&request) => usual.is_forwarded(),
                        Fallback::Forward => true,
                        Fallback::Reject => false,
                        Fallback::InDoubt => enforcement == Enforcement::CertainDenials,
                    };
                    assert_eq!(
                        outcome.is_forwarded(),
                        forwarded,
                        "{request} {fallback:?} {enforcement:?}"
                    );
                    let body = outcome.rejection().map(Rejection::body);
                    assert!(
                        body.is_none_or(|body| body == Rejection::forbidden().body()),
                        "{body:?}"
                    );
                }
            }
        }
    }
}

/// A fallback changes no certain verdict.
#[test]
fn no_treatment_forwards_a_certain_denial() {
    let forward = Precheck::new(Policy::new())
        .signed(Fallback::Forward)
        .without_credential(Fallback::Forward)
        .without_token(Fallback::Forward)
        .broken_token(Fallback::Forward)
        .unrouted(Fallback::Forward);
    let file = include_str!("../../../testdata/routes/precheck.txt");
    let denied: Vec<&str> =
        file.lines().filter(|line| line.contains(" | deny ") && !line.contains("$R")).collect();
    assert!(denied.len() > 20);
    for line in denied {
        assert!(!check(line.split(" | ").next().unwrap(), &forward).is_forwarded(), "{line}");
    }
}

#[test]
fn reasons_say_what_is_wrong_and_repeat_no_credential() {
    let precheck = Precheck::new(Policy::new());
    let broken = check("GET /publish/p/s/0/room/0/1?uuid=alice&auth=$B", &precheck);
    let OutcomeReason::BrokenToken(error) = broken.reason() else { panic!("{broken:?}") };
    assert_eq!(broken.reason().to_string(), format!("its token does not decode: {error}"));
    assert_eq!(broken.action(), Some(Action::Operation(Operation::Publish)));
    let unrouted = check("GET /v2/subscribe/s/room%2/0?auth=$T", &precheck);
    let text = "it is not understood: byte 20 of the target: a `%` on its own, expected two hexadecimal digits after it";
    assert_eq!(unrouted.reason().to_string(), text);
    let token = alice().to_text();
    for outcome in [broken, unrouted] {
        assert!(!format!("{outcome:?} {}", outcome.reason()).contains(&token[..20]));
    }
}

#[test]
fn the_limits_of_tokens_are_the_gateways() {
    let request = "GET /publish/p/s/0/room/0/1?uuid=alice&auth=$T";
    let precheck = Precheck::new(Policy::new()).limits(Limits::new().max_text_len(50));
    assert_eq!(check(request, &precheck).reason().code(), "broken_token");
    assert_eq!(check(request, &Precheck::new(Policy::new())).reason(), OutcomeReason::TokenAllows);
}

/// A doubt that the policy settles is no longer a doubt.
#[test]
fn the_policy_counts() {
    use pubnub_access::{Doubt, Precedence};
    let verdict = |request: &str, policy| check(request, &Precheck::new(policy)).verdict();
    let both = "GET /publish/p/s/0/both/0/1?uuid=alice&auth=$T";
    assert_eq!(verdict(both, Policy::new().precedence(Precedence::Union)), Verdict::Allow);
    assert_eq!(verdict(both, Policy::new().precedence(Precedence::ExplicitElseAny)), Verdict::Deny);
    for doubtful in [
        "GET /v1/channel-registration/sub-key/s/channel-group?uuid=alice&auth=$T",
        "PUT /v1/datasync/subkeys/s/entities/e?uuid=alice&auth=$D",
        "GET /v1/datasync/subkeys/s/users/bob?uuid=alice&auth=$D",
        r#"POST /v1/datasync/subkeys/s/entities?uuid=alice&auth=$D {"data":{}}"#,
    ] {
        assert_eq!(
            verdict(doubtful, Policy::new().doubt(Doubt::Granted)),
            Verdict::Allow,
            "{doubtful}"
        );
        assert_eq!(
            verdict(doubtful, Policy::new().doubt(Doubt::Refused)),
            Verdict::Deny,
            "{doubtful}"
        );
    }
}

/// A route for each operation except DataSync's: id, method, target, and the key and the member of
/// the body. `{c}` and `{cs}` stand for one and several channels, `{g}` and `{gs}` for groups,
/// `{u}` and `{us}` for uuids.
#[rustfmt::skip]
const ROUTES: [(&str, &str, &str, &str); 46] = [
    ("publish", "GET", "/publish/p/s/0/{c}/0/1", ""),
    ("signal", "GET", "/signal/p/s/0/{c}/0/1", ""),
    ("fire", "GET", "/publish/p/s/0/{c}/0/1?store=0&norep=true", ""),
    ("subscribe", "GET", "/v2/subscribe/s/{cs}/0?channel-group={gs}", ""),
    ("unsubscribe", "GET", "/v2/presence/sub-key/s/channel/{cs}/leave?channel-group={gs}", ""),
    ("heartbeat", "GET", "/v2/presence/sub-key/s/channel/{cs}/heartbeat?channel-group={gs}", ""),
    ("here-now", "GET", "/v2/presence/sub-key/s/channel/{cs}?channel-group={gs}", ""),
    ("global-here-now", "GET", "/v2/presence/sub-key/s", ""),
    ("where-now", "GET", "/v2/presence/sub-key/s/uuid/{u}", ""),
    ("get-state", "GET", "/v2/presence/sub-key/s/channel/{cs}/uuid/{u}?channel-group={gs}", ""),
    ("set-state", "GET", "/v2/presence/sub-key/s/channel/{cs}/uuid/{u}/data?channel-group={gs}", ""),
    ("fetch-messages", "GET", "/v3/history/sub-key/s/channel/{cs}", ""),
    ("message-counts", "GET", "/v3/history/sub-key/s/message-counts/{cs}", ""),
    ("delete-messages", "DELETE", "/v3/history/sub-key/s/channel/{c}", ""),
    ("send-file", "POST", "/v1/files/s/channels/{c}/generate-upload-url", ""),
    ("list-files", "GET", "/v1/files/s/channels/{c}/files", ""),
    ("download-file", "GET", "/v1/files/s/channels/{c}/files/i/n", ""),
    ("delete-file", "DELETE", "/v1/files/s/channels/{c}/files/i/n", ""),
    ("add-group-channels", "GET", "/v1/channel-registration/sub-key/s/channel-group/{g}?add={cs}", ""),
    ("remove-group-channels", "GET", "/v1/channel-registration/sub-key/s/channel-group/{g}?remove={cs}", ""),
    ("list-group-channels", "GET", "/v1/channel-registration/sub-key/s/channel-group/{g}", ""),
    ("delete-group", "GET", "/v1/channel-registration/sub-key/s/channel-group/{g}/remove", ""),
    ("list-groups", "GET", "/v1/channel-registration/sub-key/s/channel-group", ""),
    ("set-user-metadata", "PATCH", "/v2/objects/s/uuids/{u}", ""),
    ("delete-user-metadata", "DELETE", "/v2/objects/s/uuids/{u}", ""),
    ("get-user-metadata", "GET", "/v2/objects/s/uuids/{u}", ""),
    ("get-all-user-metadata", "GET", "/v2/objects/s/uuids", ""),
    ("set-channel-metadata", "PATCH", "/v2/objects/s/channels/{c}", ""),
    ("delete-channel-metadata", "DELETE", "/v2/objects/s/channels/{c}", ""),
    ("get-channel-metadata", "GET", "/v2/objects/s/channels/{c}", ""),
    ("get-all-channel-metadata", "GET", "/v2/objects/s/channels", ""),
    ("set-channel-members", "PATCH", "/v2/objects/s/channels/{c}/uuids", "set {us}"),
    ("remove-channel-members", "PATCH", "/v2/objects/s/channels/{c}/uuids", "delete {us}"),
    ("get-channel-members", "GET", "/v2/objects/s/channels/{c}/uuids", ""),
    ("set-memberships", "PATCH", "/v2/objects/s/uuids/{u}/channels", "set {cs}"),
    ("remove-memberships", "PATCH", "/v2/objects/s/uuids/{u}/channels", "delete {cs}"),
    ("get-memberships", "GET", "/v2/objects/s/uuids/{u}/channels", ""),
    ("register-push-channels", "GET", "/v1/push/sub-key/s/devices/d?add={cs}", ""),
    ("remove-push-channels", "GET", "/v1/push/sub-key/s/devices/d?remove={cs}", ""),
    ("list-push-channels", "GET", "/v1/push/sub-key/s/devices/d", ""),
    ("remove-push-device", "GET", "/v1/push/sub-key/s/devices/d/remove", ""),
    ("add-message-action", "POST", "/v1/message-actions/s/channel/{c}/message/1", ""),
    ("remove-message-action", "DELETE", "/v1/message-actions/s/channel/{c}/message/1/action/2", ""),
    ("get-message-actions", "GET", "/v1/message-actions/s/channel/{c}", ""),
    ("fetch-messages-with-actions", "GET", "/v3/history-with-actions/sub-key/s/channel/{c}", ""),
    ("time", "GET", "/time/0", ""),
];

/// The placeholders for one name and for several names of a kind.
const PLACES: [(ResourceKind, &str, &str); 7] = [
    (ResourceKind::Channel, "{c}", "{cs}"),
    (ResourceKind::Group, "{g}", "{gs}"),
    (ResourceKind::Uuid, "{u}", "{us}"),
    (ResourceKind::Entity, "{entity}", "{no list}"),
    (ResourceKind::Relationship, "{relationship}", "{no list}"),
    (ResourceKind::Membership, "{membership}", "{no list}"),
    (ResourceKind::User, "{user}", "{no list}"),
];

/// The route of an operation of DataSync, in the notation of [`ROUTES`].
fn datasync_route(id: &str) -> Option<(&'static str, String, String)> {
    let (verb, what) = id.strip_prefix("datasync-")?.split_once('-')?;
    let kinds = ["entity", "relationship", "membership", "user", "channel"];
    let plurals = ["entities", "relationships", "memberships", "users", "channels"];
    let (kind, plural) =
        kinds.into_iter().zip(plurals).find(|(kind, plural)| what == *kind || what == *plural)?;
    let collection = format!("/v1/datasync/subkeys/s/{plural}");
    let place = if kind == "channel" { "c" } else { kind };
    let item = format!("{collection}/{{{place}}}");
    Some(match verb {
        "list" => ("GET", collection, String::new()),
        "create" => ("POST", collection, format!("data {{{place}}}")),
        "get" => ("GET", item, String::new()),
        "update" => ("PATCH", item, String::new()),
        "delete" => ("DELETE", item, String::new()),
        _ => return None,
    })
}

/// Returns method, target (without a credential) and body of an HTTP request for a case. Removes
/// names for which the route has no place from the case.
fn http_of(case: &mut Case) -> (&'static str, String, Option<String>) {
    let in_table = ROUTES.into_iter().find(|(id, ..)| *id == case.operation);
    let (method, mut target, mut body) = match in_table {
        Some((_, method, route, body)) => (method, route.to_owned(), body.to_owned()),
        None => datasync_route(case.operation).unwrap(),
    };
    if let Some(user) = &case.request.user {
        target = format!(
            "{target}{}uuid={}",
            if target.contains('?') { '&' } else { '?' },
            encoded(user)
        );
    }
    let creates = body.starts_with("data ");
    for (kind, one, several) in PLACES {
        let mut left =
            if target.contains(several) || body.contains(several) { usize::MAX } else { 1 };
        case.request.resources.retain(|(other, _)| {
            let of_kind = library_kind(*other) == kind;
            let kept = !of_kind || left > 0;
            left = left.saturating_sub(usize::from(of_kind));
            kept
        });
        let of_kind =
            case.request.resources.iter().filter(|(other, _)| library_kind(*other) == kind);
        let names: Vec<&str> = of_kind.map(|(_, name)| name.as_str()).collect();
        let list = names.iter().map(|name| encoded(name)).collect::<Vec<_>>().join(",");
        // No placeholder can be empty: an empty list in the path is a comma, and a resource that
        // needs nothing gets any name.
        let or =
            |otherwise: &str| if list.is_empty() { otherwise.to_owned() } else { list.clone() };
        target = target.replace(&format!("/{several}"), &format!("/{}", or(",")));
        target = target.replace(&format!("group={several}"), &format!("group={list}"));
        target = target.replace(several, &or("any")).replace(one, &or("any"));
        if creates {
            let id = names.first().map(|name| format!("\"id\":{name:?}")).unwrap_or_default();
            body = body.replace(&format!("data {one}"), &format!("{{\"data\":{{{id}}}}}"));
            continue;
        }
        let member = if kind == ResourceKind::Channel { "channel" } else { "uuid" };
        let names = if names.is_empty() { vec!["any"] } else { names };
        let entries: Vec<String> =
            names.iter().map(|name| format!("{{\"{member}\":{{\"id\":{name:?}}}}}")).collect();
        body = body.replace(several, &entries.join(","));
    }
    if creates {
        return (method, target, Some(body));
    }
    let body = body.split_once(' ').map(|(key, entries)| format!("{{\"{key}\":[{entries}]}}"));
    (method, target, body)
}

fn encoded(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Runs a property on random cases, each with its target and its body.
fn on_random(
    property: impl Fn(&Case, &UnverifiedToken, &Policy<'_>, &HttpRequest<'_>, Option<&str>),
) {
    let config = cases(1_500);
    let run = |mut case: Case| {
        let (method, target, body) = http_of(&mut case);
        let mark = if target.contains('?') { '&' } else { '?' };
        case.with_library(|token, _, policy| {
            let target = format!(
                "{target}{mark}auth={}",
                URL_SAFE.encode(token.as_cbor()).replace('=', "%3D")
            );
            property(&case, token, policy, &HttpRequest::new(method, &target), body.as_deref());
        });
        Ok(())
    };
    TestRunner::new(config).run(&scenario().boxed(), run).unwrap_or_else(|error| panic!("{error}"));
}

/// A response lists the denied resources or, if none is denied by itself, those that are not
/// allowed.
fn check_listed(rejection: &Rejection, explanation: &Explanation<'_>) {
    let body: serde_json::Value = serde_json::from_str(rejection.body()).unwrap();
    let list = |key: &str| -> Vec<String> {
        let names = body["payload"][key].as_array().into_iter().flatten();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let reports = explanation.requirements();
    let worst = |report: &RequirementReport<'_>| match reports
        .iter()
        .any(|report| report.verdict == Verdict::Deny)
    {
        true => report.verdict == Verdict::Deny,
        false => report.verdict != Verdict::Allow,
    };
    let expected = |kind| -> Vec<String> {
        let of_kind =
            reports.iter().filter(|report| report.requirement.kind == Some(kind) && worst(report));
        of_kind.filter_map(|report| report.requirement.name.as_deref().map(str::to_owned)).collect()
    };
    let with_colon = |name: String| if name.starts_with(':') { name } else { format!(":{name}") };
    assert_eq!(list("channels"), expected(ResourceKind::Channel));
    assert_eq!(
        list("channel-groups"),
        expected(ResourceKind::Group).into_iter().map(with_colon).collect::<Vec<_>>()
    );
}

#[test]
fn the_gateway_agrees_with_the_evaluator() {
    let seen = [const { Cell::new(0_u32) }; 3];
    on_random(|case, token, policy, http, body| {
        let http = body.into_iter().fold(*http, |http, body| http.body(body.as_bytes()));
        let lenient = Precheck::new(*policy).check(&http, case.now);
        let strict = Precheck::new(*policy)
            .enforcement(Enforcement::CertainPermissions)
            .check(&http, case.now);
        assert_eq!(
            lenient.action(),
            Some(Action::Operation(case.operation.parse().unwrap())),
            "{:?}",
            lenient.reason()
        );
        if case.operation == "time" {
            // It takes no credential, so its token is ignored.
            assert_eq!((lenient.verdict(), strict.is_forwarded()), (Verdict::Allow, true));
            return;
        }
        random::request_of(case, |request| {
            let verdict = evaluate(token, request, case.now, policy).verdict();
            assert_eq!(
                (lenient.verdict(), strict.verdict()),
                (verdict, verdict),
                "{http:?} {case:?}"
            );
            assert_eq!(lenient.reason().code(), strict.reason().code());
            assert_eq!(lenient.is_forwarded(), verdict != Verdict::Deny);
            assert_eq!(strict.is_forwarded(), verdict == Verdict::Allow);
            seen[verdict as usize].set(seen[verdict as usize].get() + 1);
            if let (OutcomeReason::TokenDenies, Some(rejection)) =
                (lenient.reason(), lenient.rejection())
            {
                if case.operation.starts_with("datasync-") {
                    assert_eq!(rejection, &Rejection::datasync_denied());
                } else {
                    check_listed(rejection, &explain(token, request, case.now, policy));
                }
            }
        });
    });
    let total: u32 = seen.iter().map(Cell::get).sum();
    assert!(seen.iter().all(|count| count.get() > total / 25), "{seen:?}");
}

/// Without its body, a request is denied only if it is denied with every body, and allowed only if
/// it is allowed with every body.
#[test]
fn without_its_body_no_verdict_contradicts_that_of_the_body() {
    let seen = [const { Cell::new(0_u32) }; 3];
    on_random(|case, _, policy, http, body| {
        let Some(body) = body else { return };
        let precheck = Precheck::new(*policy);
        let (without, with) =
            (precheck.check(http, case.now), precheck.check(&http.body(body.as_bytes()), case.now));
        seen[without.verdict() as usize].set(seen[without.verdict() as usize].get() + 1);
        match without.verdict() {
            Verdict::Indeterminate => {
                assert!(["body_needed", "token_in_doubt"].contains(&without.reason().code()))
            }
            certain => assert_eq!(with.verdict(), certain, "{case:?}"),
        }
        if case.operation.ends_with("channel-members") {
            assert_eq!(
                (without.verdict(), without.rejection()),
                (with.verdict(), with.rejection()),
                "{case:?}"
            );
        }
    });
    assert!(
        [Verdict::Deny, Verdict::Indeterminate]
            .iter()
            .all(|verdict| seen[*verdict as usize].get() > 0)
    );
    // Random cases rarely allow a request without its body, so here is one.
    let allowed = "PATCH /v2/objects/s/channels/own/uuids?uuid=alice&auth=$T";
    assert_eq!(check(allowed, &Precheck::new(Policy::new())).verdict(), Verdict::Allow);
}
