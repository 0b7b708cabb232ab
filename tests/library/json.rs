//! Questions and answers as JSON: every command, every fault, and bounds.

use pubnub_access::json::{OPERATIONS_LEGEND, answer, redact};
use pubnub_access::mint::TestToken;
use pubnub_access::{
    Operation, Permission, Policy, Request, ResourceKind, UnverifiedToken, evaluate,
};
use serde_json::{Value, json};

const ISSUED: u64 = 1_700_000_000;

fn token() -> TestToken {
    TestToken::new(ISSUED, 15)
        .authorized_user("alice")
        .channel("room-1", Permission::Read)
        .channel("room-1-pnpres", Permission::Read)
        .channel_pattern("^team-[a-z]+$", Permission::Write)
        .channel("team-blue", Permission::Read)
        .group("sports", Permission::Read)
        .uuid("alice", Permission::Get)
        .meta("plan", "gold")
}

fn ask(question: &Value) -> Value {
    serde_json::from_str(&answer(question.to_string())).unwrap()
}

/// A question with the token, a time and further members.
fn question(command: &str, members: Value) -> Value {
    let mut question = json!({"command": command, "token": token().to_text(), "at": ISSUED + 60});
    question.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    question
}

#[test]
fn every_command_answers() {
    let text = token().to_text();
    let url = format!(
        "https://ps.pndsn.com/v2/subscribe/s/room-1/0?uuid=alice&auth={}",
        text.replace('=', "%3D")
    );
    let check = json!({"operation": "publish", "channels": ["hall"], "user_id": "alice"});
    let har = json!({"log": {"entries": [{
        "startedDateTime": "2023-11-14T22:14:20Z",
        "request": {"method": "GET", "url": url},
        "response": {"status": 200},
    }]}});
    let cases = [
        (question("inspect", json!({})), "/resources/channels/room-1/mask", json!(1)),
        (question("inspect", json!({})), "/time/verdict", json!("allow")),
        (question("check", check.clone()), "/verdict", json!("deny")),
        (
            question("check", check.clone()),
            "/missing_grant",
            json!({"permissions": {"resources": {"channels": {"hall": 2}}}}),
        ),
        (question("missing_grant", check), "/grant/permissions/uuid", json!("alice")),
        (
            question("check", json!({"operation": "get-all-user-metadata", "user_id": "alice"})),
            "/decided_by/0/verdicts",
            json!({"allowed": "allow", "restricted": "deny"}),
        ),
        (
            json!({"command": "request", "pasted": url, "at": "2023-11-14T22:14:20Z"}),
            "/check/verdict",
            json!("allow"),
        ),
        (json!({"command": "request", "pasted": har}), "/requests/0/verdict", json!("allow")),
        (
            json!({"command": "request", "pasted": har.to_string()}),
            "/requests/0/status",
            json!(200),
        ),
        (
            json!({"command": "match", "pattern": "room-[0-9]", "names": ["my-room-7", "room-x"]}),
            "/matches",
            json!([true, false]),
        ),
        (json!({"command": "match", "pattern": "room-[a-", "names": []}), "/offset", json!(5)),
        (json!({"command": "learn", "observations": har}), "/observations/used", json!(1)),
        (
            json!({"command": "learn", "observations": [{"status": 403}]}),
            "/skipped/0/error",
            json!("`token` is missing"),
        ),
        (
            json!({"command": "lint", "token": text}),
            "/findings/0/code",
            json!("entry_lacks_what_pattern_grants"),
        ),
        (
            json!({"command": "lint", "token": text, "format": "json"}),
            "/findings/0/severity",
            json!("warning"),
        ),
        (
            json!({"command": "lint", "token": text, "format": "sarif", "file": "a b.token"}),
            "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri",
            json!("a%20b.token"),
        ),
        (json!({"command": "lint", "codes": true}), "/codes/0/code", json!("ttl_zero")),
        (
            json!({"command": "lint", "codes": true}),
            "/codes/0/meaning",
            json!("the token expires as soon as it is issued"),
        ),
        (
            json!({"command": "lint", "codes": true, "format": "sarif"}),
            "/runs/0/tool/driver/rules/0/id",
            json!("ttl_zero"),
        ),
        (json!({"command": "reach", "token": text}), "/authorized_uuid", json!("alice")),
        (json!({"command": "diff", "old": text, "new": text}), "/different", json!(false)),
        (
            json!({"command": "grant", "body": {"ttl": 0, "permissions": {}}}),
            "/problems/0/severity",
            json!("error"),
        ),
        (json!({"command": "grant", "from_token": text, "ttl": 30}), "/body/ttl", json!(30)),
        (json!({"command": "redact", "token": text, "names": true}), "/kept", json!(0)),
        (json!({"command": "operations"}), "/operations/0/id", json!("publish")),
        (json!({"command": "operations"}), "/legend", json!(OPERATIONS_LEGEND)),
    ];
    for (question, pointer, expected) in cases {
        let answer = ask(&question);
        assert_eq!(answer.pointer(pointer), Some(&expected), "{question}\n{answer}");
    }
}

#[test]
fn an_unanswerable_question_is_an_error_with_the_reason() {
    let cases = [
        (json!({}), "missing_field", "`command` is missing"),
        (json!({"command": "check"}), "missing_field", "`token` is missing"),
        (json!({"command": "chek"}), "unknown_command", "unknown command, did you mean check?"),
        (
            question("check", json!({"operation": "publish", "at": null})),
            "missing_field",
            "`at` is missing",
        ),
        (
            question("check", json!({"user": "bob"})),
            "unknown_key",
            "unknown key user: did you mean `user_id`?",
        ),
        (
            json!({"command": "request", "url": "/time/0"}),
            "unknown_key",
            "unknown key url: did you mean `pasted`?",
        ),
        (
            json!({"command": "request", "pasted": "nonsense", "at": 1}),
            "no_url",
            "no URL and no path: expected one such as https://ps.pndsn.com/time/0 or /time/0",
        ),
        (
            json!({"command": "request", "pasted": {"x": 1}, "at": 1}),
            "no_url",
            "this is JSON, and no HAR file: expected `log`, `request` or `url` in it",
        ),
        (
            json!({"command": "lint", "codes": true, "format": "xml"}),
            "invalid_field",
            "`format` must be json or sarif",
        ),
        (json!({"command": "lint"}), "missing_field", "`token` is missing"),
        (
            json!({"command": "lint", "codes": true, "token": "x"}),
            "invalid_field",
            "`codes` looks at no token: ",
        ),
        (
            question("check", json!({"operation": "time", "user_id": token().to_text()})),
            "misplaced_token",
            "`user_id` contains a token: are two members swapped?",
        ),
        (
            json!({"command": "diff", "old": "x", "new": "x"}),
            "invalid_length",
            "old: cannot decode the token: ",
        ),
        (
            question("reach", json!({"policy": {"work_limit": 2_000_000_000_u64}, "at": null})),
            "unknown_key",
            "unknown key at: ",
        ),
        (
            question(
                "check",
                json!({"policy": {"work_limit": 2_000_000_000_u64}, "operation": "time"}),
            ),
            "invalid_field",
            "`policy`: a work_limit has 1000000000 steps at most",
        ),
    ];
    for (question, kind, error) in cases {
        let answer = ask(&question);
        assert_eq!(answer["kind"], kind, "{question}: {answer}");
        assert!(answer["error"].as_str().unwrap().starts_with(error), "{question}: {answer}");
    }
    for bytes in [&b""[..], b"\xff", b"[1]", b"{", b"null"] {
        let answer: Value = serde_json::from_str(&answer(bytes)).unwrap();
        assert_eq!(answer["kind"], "invalid_json", "{answer}");
    }
    let id = answer(
        r#"{"command": "operations", "id": [1e400,
        "x"]}"#,
    );
    assert!(id.starts_with("{\"id\":[1e400,         \"x\"],\"operations\":["), "{}", &id[..60]);
}

#[test]
fn questions_have_limits() {
    let long = |command: &str, len: usize| {
        ask(&json!({"command": command, "token": "x".repeat(len), "pasted": ""}))["error"]
            .to_string()
    };
    assert!(long("inspect", 2 << 20).contains("the question is longer than 1048576 bytes"));
    assert!(long("request", 65 << 20).contains("the question is longer than 67108864 bytes"));
    let members: String = (0..100).map(|number| format!(",\"k{number}\":1")).collect();
    let many = answer(format!("{{\"command\":\"operations\"{members}}}"));
    assert!(many.contains("an object of more than 64 members"), "{many}");
    let names = question("check", json!({"operation": "subscribe", "channels": vec!["a"; 4097]}));
    assert_eq!(ask(&names)["kind"], "too_many_names");
    let names = json!({"command": "match", "pattern": "a", "names": vec!["a"; 4097]});
    assert_eq!(ask(&names)["kind"], "too_many_names");
    let names = vec!["a".repeat(200); 4096];
    let slow = json!({"command": "match", "pattern": "(a?){1000}$x", "names": names});
    assert_eq!(ask(&slow)["kind"], "work_limit_reached");
    // An answer about a long pattern grows only in proportion to the names.
    let pattern = format!("({}", "a".repeat(20_000));
    let text = TestToken::new(ISSUED, 15).channel_pattern(&pattern, Permission::Read).to_text();
    let length = |count: usize| {
        let members =
            json!({"token": text, "operation": "subscribe", "channels": vec!["a"; count]});
        answer(question("check", members).to_string()).len()
    };
    assert!(length(4_096) < 4_096 * 2_000, "{}", length(4_096));
}

#[test]
fn no_answer_holds_the_token() {
    let token = token().signature(b"-a-signature-that-must-not-show-");
    let text = token.to_text();
    let hex: String =
        b"-a-signature-that-must-not-show-".iter().map(|byte| format!("{byte:02x}")).collect();
    let questions = [
        json!({"command": "inspect", "token": text}),
        json!({"command": "redact", "token": text}),
        json!({"command": "lint", "token": text}),
        json!({"command": "lint", "token": text, "format": "sarif", "file": "a"}),
        json!({"command": "grant", "from_token": text}),
        json!({"command": text.clone(), "token": 1}),
        json!({"command": "check", text.clone(): 1}),
        json!({"command": "check", "token": text, "operation": text, "at": 1}),
        json!({"command": "check", "token": text, "operation": "time", "at": text}),
        json!({"command": "check", "token": text, "operation": "time", "at": 1, "policy": {"clock_tolerance": text}}),
        json!({"command": "check", "token": text, "operation": "time", "at": 1, "policy": {"doubt": text}}),
        json!({"command": "check", "token": text, "operation": "time", "at": 1, "user_id": text}),
        json!({"command": "check", "token": text, "operation": "subscribe", "at": 1, "channels": ["a", text]}),
        json!({"command": "request", "pasted": format!("/time//0?x={text}"), "at": 1}),
        json!({"command": "request", "pasted": format!("/v2/subscribe/s/{text}/0"), "at": 1}),
        json!({"command": "request", "pasted": format!("https://ps.pndsn.com/time/0?auth={text}"), "at": 1}),
    ];
    for question in questions {
        let found = answer(question.to_string());
        assert!(
            !found.contains(&text[..40]) && !found.contains(&text[text.len() - 40..]),
            "{found}"
        );
        assert!(!found.contains(&hex), "{found}");
    }
    let asked = ask(&json!({"command": "inspect", "token": text, "show_signature": true}));
    assert_eq!(asked["signature"], hex);
}

#[test]
fn a_redacted_token_opens_nothing_and_answers_alike() {
    let token = token()
        .signature(&[7; 32])
        .category(ResourceKind::Channel, Permission::Get)
        .resource(ResourceKind::Entity, "item-7", Permission::Get)
        .meta("pn-projections", json!({"res": {"datasync:entities:item-7": "short"}}));
    let token = UnverifiedToken::parse(&token.to_text()).unwrap();
    let plain = UnverifiedToken::parse(&redact(&token, false).unwrap().token).unwrap();
    assert_eq!(plain.signature_unverified(), Some(&[0; 32][..]));
    assert_eq!(plain.authorized_user(), Some("alice"));
    assert_eq!(
        serde_json::to_value(&plain).unwrap()["resources"],
        serde_json::to_value(&token).unwrap()["resources"]
    );
    let text = redact(&token, true).unwrap();
    let made_up = UnverifiedToken::parse(&text.token).unwrap();
    assert_eq!((made_up.version(), made_up.expires_at()), (token.version(), token.expires_at()));
    let json = serde_json::to_value(&made_up).unwrap();
    assert_eq!(json["meta"]["plan"], Value::Null);
    assert_eq!(json["categories"], serde_json::to_value(&token).unwrap()["categories"]);
    let whole = json.to_string();
    for secret in ["alice", "room-1", "team-blue", "sports", "item-7", "gold"] {
        assert!(!whole.contains(secret), "{secret}: {whole}");
    }
    // Names in the same order have the same permissions, and the same patterns match them.
    let pairs = token.resources().channels().iter().zip(made_up.resources().channels().iter());
    for (old, new) in pairs {
        assert_eq!(old.permissions, new.permissions);
        assert_eq!(old.name.ends_with("-pnpres"), new.name.ends_with("-pnpres"));
        for operation in [Operation::Publish, Operation::Subscribe, Operation::DeleteMessages] {
            let verdict = |token: &UnverifiedToken, name: &str| {
                let request = Request::builder(operation)
                    .channel(name)
                    .user_id(token.authorized_user().unwrap())
                    .build()
                    .unwrap();
                evaluate(token, &request, ISSUED + 1, &Policy::new()).verdict()
            };
            assert_eq!(verdict(&token, old.name), verdict(&made_up, new.name), "{}", new.name);
        }
    }
    // A name that only one pattern matches cannot be replaced by a made-up one, and is counted.
    let bound = TestToken::new(ISSUED, 15)
        .channel("x1", Permission::Read)
        .channel_pattern("^x1$", Permission::Write);
    let bound = UnverifiedToken::parse(&bound.to_text()).unwrap();
    assert_eq!(redact(&bound, true).unwrap().kept, 1);
    // A question that would take too long is refused.
    let hostile = (0..400).fold(TestToken::new(ISSUED, 15), |token, number| {
        let name = format!("{number}{}", "a".repeat(70));
        token
            .channel(&name, Permission::Read)
            .channel_pattern(&format!("^{name}$"), Permission::Read)
    });
    let hostile = UnverifiedToken::from_cbor(
        hostile.to_cbor(),
        pubnub_access::Limits::new().max_text_len(1 << 20),
    )
    .unwrap();
    assert_eq!(redact(&hostile, true).unwrap_err().kind(), "too_much_work");
}
