//! `learn`: results of observations from lines and HAR files, and messages about bad ones.

use pubnub_access::Permission;
use pubnub_access::mint::TestToken;
use serde_json::{Value, json};

use crate::support::{ISSUED, Output, mask, run, run_with_input};

/// A token on which the readings disagree.
fn token() -> String {
    TestToken::new(ISSUED, 15)
        .channel("both", Permission::Read)
        .channel_pattern("^both$", Permission::Write)
        .channel_pattern("^many", mask(3))
        .channel_pattern("many$", Permission::Read)
        .group_pattern("^:g$", Permission::Read)
        .channel("room", mask(3))
        .to_text()
}

fn publish(channel: &str, status: u16) -> Value {
    json!({
        "token": token(), "operation": "publish", "channels": [channel], "at": ISSUED + 60, "status": status,
    })
}

fn subscribe(group: &str, status: u16) -> Value {
    json!({
        "token": token(), "operation": "subscribe", "groups": [group], "at": "2023-11-14T22:14:20Z", "status": status,
    })
}

fn lines(observations: &[Value]) -> String {
    observations.iter().map(|line| format!("{line}\n")).collect()
}

fn learn(input: &str, args: &[&str]) -> Output {
    let output = run_with_input(&[&["learn"], args].concat(), input);
    assert!(!output.stdout.contains(&token()[..20]), "{}", output.stdout);
    output
}

#[track_caller]
fn as_json(input: &str, args: &[&str]) -> Value {
    let output = learn(input, &[args, &["--format", "json"]].concat());
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    serde_json::from_str(&output.stdout).unwrap()
}

#[test]
fn answers_lead_to_policy_flags() {
    let input = lines(&[publish("both", 200), subscribe("g", 403), publish("room", 200)]);
    let output = learn(&input, &[]);
    let expected = "\
--precedence union --group-names plain

Remaining
  precedence   union
  group names  plain

Observations
  used            3
  inferred        0
  in doubt        0
  contradictions  0
  skipped         0
";
    assert_eq!((output.stdout.as_str(), output.stderr.as_str(), output.status), (expected, "", 0));

    // The flags are those of `check`.
    let flags: Vec<&str> = output.stdout.lines().next().unwrap().split(' ').collect();
    let token = token();
    let question =
        ["check", &token, "--operation", "publish", "--channel", "both", "--at", "1700000060"];
    assert_eq!(run(&question).status, 3);
    assert_eq!(run(&[&question[..], &flags].concat()).status, 0);
}

#[test]
fn each_setting_is_learned_for_itself() {
    for (observations, flags, precedence, group_names) in [
        (
            vec![publish("both", 200)],
            vec!["--precedence", "union"],
            vec!["union"],
            vec!["plain", "colon"],
        ),
        (
            vec![publish("both", 403)],
            vec![],
            vec!["explicit-else-any", "explicit-else-all"],
            vec!["plain", "colon"],
        ),
        (
            vec![publish("both", 403), publish("many-many", 403)],
            vec!["--precedence", "explicit-else-all"],
            vec!["explicit-else-all"],
            vec!["plain", "colon"],
        ),
        (
            vec![subscribe("g", 200)],
            vec!["--group-names", "colon"],
            vec!["union", "explicit-else-any", "explicit-else-all"],
            vec!["colon"],
        ),
    ] {
        let found = as_json(&lines(&observations), &[]);
        assert_eq!(found["flags"], json!(flags), "{observations:?}");
        assert_eq!(
            (&found["precedence"], &found["group_names"]),
            (&json!(precedence), &json!(group_names))
        );
        assert_eq!(found["observations"]["used"], observations.len());
    }
    let nothing = learn("", &[]);
    assert!(nothing.stdout.starts_with("no policy flag is learned\n"), "{}", nothing.stdout);
    // Learning starts with the readings that the flags leave.
    let found = as_json(&lines(&[publish("both", 403)]), &["--precedence", "union"]);
    assert_eq!(found["flags"], json!(["--precedence", "union"]));
    assert_eq!(found["contradictions"], json!([{"line": 1, "with_earlier": false}]));
}

#[test]
fn contradictions_are_reported_with_their_lines() {
    let observations =
        [publish("both", 200), publish("room", 403), publish("room", 200), publish("both", 403)];
    let found = as_json(&lines(&observations), &[]);
    let expected = json!([{"line": 2, "with_earlier": false}, {"line": 4, "with_earlier": true}]);
    assert_eq!(found["contradictions"], expected);
    assert_eq!(found["flags"], json!(["--precedence", "union"]));
    let counts =
        json!({"used": 2, "inferred": 0, "in_doubt": 0, "contradictions": 2, "skipped": 0});
    assert_eq!(found["observations"], counts);
    let text = learn(&lines(&observations), &[]).stdout;
    let expected = "
Contradictions, which rule out nothing
  line 2  no reading explains it: check the flags, the token, the time and the answer
  line 4  contradicts an earlier observation
";
    assert!(text.ends_with(expected), "{text}");
    let many = as_json(&lines(&vec![publish("room", 403); 150]), &[]);
    assert_eq!(many["contradictions"].as_array().unwrap().len(), 100);
    assert_eq!(many["observations"]["contradictions"], 150);
}

#[test]
fn inferred_requirements_are_counted_by_operation_and_other_doubts_rule_out_nothing() {
    let ask = |operation: &str, status: u16| {
        let mut line = publish("elsewhere", status);
        line["operation"] = operation.into();
        line
    };
    let get_all = |status: u16| {
        let mut line = ask("get-all-user-metadata", status);
        line["channels"] = Value::Null;
        line
    };
    let observations = [
        ask("heartbeat", 200),
        ask("heartbeat", 403),
        ask("heartbeat", 200),
        ask("fire", 403),
        get_all(200),
    ];
    let found = as_json(&lines(&observations), &[]);
    let inferred = json!([
        {"operation": "fire", "accepted": 0, "forbidden": 1},
        {"operation": "heartbeat", "accepted": 2, "forbidden": 1},
    ]);
    assert_eq!(found["inferred"], inferred);
    assert_eq!(found["flags"], json!([]));
    let counts =
        json!({"used": 0, "inferred": 4, "in_doubt": 1, "contradictions": 0, "skipped": 0});
    assert_eq!(found["observations"], counts);
    let text = learn(&lines(&observations), &[]).stdout;
    assert!(text.contains("\n  heartbeat  accepted 2, forbidden 1\n"), "{text}");
}

#[test]
fn an_unusable_line_is_skipped_with_its_reason() {
    let with = |key: &str, value: Value| {
        let mut line = publish("both", 200);
        line[key] = value;
        line.to_string()
    };
    let status =
        "`status` must be 403 or one of success: no other answer says anything about permissions";
    let cases = [
        ("nonsense".to_owned(), "invalid_json", "not JSON: expected ident at column 2"),
        (String::new(), "invalid_json", "the line is blank"),
        (with("status", json!(401)), "invalid_field", status),
        (with("status", json!("200")), "invalid_field", status),
        (with("status", Value::Null), "missing_field", "`status` is missing"),
        (with("at", Value::Null), "missing_field", "`at` is missing"),
        (with("expect", json!("allow")), "unknown_key", "unknown key expect: expected id,"),
        (
            with("policy", json!({})),
            "invalid_field",
            "`policy` has no place here: all lines are of one keyset",
        ),
        (
            with("operation", json!("publsh")),
            "unknown_operation",
            "unknown operation, did you mean publish?",
        ),
        (with("uuids", json!(["a"])), "unexpected_resource", "publish names no uuid"),
        (with("token", json!("x")), "invalid_length", "cannot decode the token: "),
        (" ".repeat(1024 * 1024 + 1), "too_long", "the line is longer than 1048576 bytes"),
    ];
    let input: Vec<&str> = cases.iter().map(|(line, ..)| line.as_str()).collect();
    let input = format!("{}\n{}", publish("both", 200), input.join("\n"));
    let found = as_json(&input, &[]);
    assert_eq!(found["flags"], json!(["--precedence", "union"]));
    assert_eq!(found["observations"]["skipped"], cases.len());
    for ((at, (_, kind, error)), skipped) in
        cases.iter().enumerate().zip(found["skipped"].as_array().unwrap())
    {
        assert_eq!(
            (&skipped["line"], &skipped["kind"]),
            (&json!(at + 2), &json!(kind)),
            "{skipped}"
        );
        assert!(skipped["error"].as_str().unwrap().starts_with(error), "{skipped}");
    }
    assert!(learn(&input, &[]).stdout.contains("\nSkipped\n  line 2   not JSON"));
}

/// An entry of a HAR file.
fn entry(method: &str, url: &str, status: u16, answer: Option<&str>) -> Value {
    json!({
        "startedDateTime": "2023-11-14T22:14:20.123Z",
        "time": 12.5,
        "request": {
            "method": method, "url": url, "httpVersion": "HTTP/2", "headers": [{"name": "a", "value": "b"}], "bodySize": -1,
        },
        "response": {
            "status": status, "statusText": "", "headers": [],
            "content": {"size": 2, "mimeType": "application/json", "text": answer},
        },
        "cache": {},
    })
}

fn url(path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("https://ps.pndsn.com{path}{mark}uuid=alice&auth={}", token().replace('=', "%3D"))
}

fn har(entries: &[Value]) -> Value {
    json!({"log": {"version": "1.2", "creator": {"name": "x"}, "pages": [], "entries": entries}})
}

const FORBIDDEN: &str =
    r#"{"message":"Forbidden","payload":{"channels":["both"]},"error":true,"status":403}"#;

#[test]
fn har_files_are_read_by_their_requests_to_pubnub() {
    let both = url("/publish/p/s/0/both/0/1");
    let group = url("/v2/subscribe/s/,/0?channel-group=g");
    let entries = [
        entry("GET", "https://example.com/index.html", 200, Some("<html>")),
        entry("OPTIONS", &both, 200, None),
        entry("GET", &both, 200, Some("[1]")),
        entry("GET", &group, 403, Some(FORBIDDEN)),
        entry("GET", "data:text/plain,x", 200, None),
    ];
    let file = har(&entries);
    for text in [file.to_string(), format!("{file:#}"), format!("\u{feff} \n{file}\n")] {
        let found = as_json(&text, &[]);
        assert_eq!(found["flags"], json!(["--precedence", "union", "--group-names", "plain"]));
        let counts =
            json!({"used": 2, "inferred": 0, "in_doubt": 0, "contradictions": 0, "skipped": 3});
        assert_eq!(found["observations"], counts);
        // Requests to other hosts are counted but not listed.
        assert_eq!(found["skipped"], json!([]));
    }
}

#[test]
fn an_entry_that_says_nothing_about_permissions_is_skipped_with_its_reason() {
    let publish = |more: &str| url(&format!("/publish/p/s/0/both/0/1{more}"));
    let plain = "https://ps.pndsn.com/publish/p/s/0/both/0/1?uuid=alice";
    let mut timeless = entry("GET", &publish(""), 200, None);
    timeless["startedDateTime"] = Value::Null;
    let cases = [
        (
            entry("GET", &publish(""), 403, None),
            "no_answer",
            "the text of its answer is not in the file",
        ),
        (
            entry(
                "GET",
                &publish(""),
                403,
                Some(r#"{"message":"Token is expired.","error":true}"#),
            ),
            "no_answer",
            "its answer is a 403 for another reason than a missing permission",
        ),
        (
            entry("GET", &publish(""), 403, Some(r#"{"errors":[{"errorCode":"DS-0202"}]}"#)),
            "no_answer",
            "its answer is a 403 for another reason than a missing permission",
        ),
        (
            entry("GET", &publish(""), 400, Some("{}")),
            "no_answer",
            "its status is neither 200 nor 403",
        ),
        (entry("GET", plain, 200, None), "no_token", "it carries no token"),
        (
            entry("GET", &format!("{plain}&auth=my-old-key"), 200, None),
            "no_token",
            "its credential is not a token",
        ),
        (
            entry("GET", &publish("?timestamp=1&signature=v2.x"), 200, None),
            "no_token",
            "it carries no token",
        ),
        (
            entry("POST", &url("/v3/pam/s/grant"), 200, None),
            "no_operation",
            "no token decides what it asks for",
        ),
        (
            entry("PATCH", &url("/v2/objects/s/uuids/alice/channels"), 200, None),
            "body_needed",
            "it is not understood: byte 0 of the body: its body names the resources, expected the body",
        ),
        (timeless, "no_time", "it has no startedDateTime"),
    ];
    let entries: Vec<Value> = cases.iter().map(|(entry, ..)| entry.clone()).collect();
    let found = as_json(&har(&entries).to_string(), &[]);
    assert_eq!(found["observations"]["used"], 0);
    let skipped = found["skipped"].as_array().unwrap();
    assert_eq!(skipped.len(), cases.len());
    for ((at, (_, kind, error)), skipped) in cases.iter().enumerate().zip(skipped) {
        assert_eq!(*skipped, json!({"line": at + 1, "kind": kind, "error": error}));
    }
}

#[test]
fn bodies_and_the_errors_of_datasync_are_read() {
    let mut memberships = entry("PATCH", &url("/v2/objects/s/uuids/alice/channels"), 200, None);
    memberships["request"]["postData"] =
        json!({"mimeType": "application/json", "text": r#"{"set":[{"channel":{"id":"both"}}]}"#});
    let denied = entry(
        "GET",
        &url("/v1/datasync/subkeys/s/entities/e"),
        403,
        Some(r#"{"errors":[{"errorCode":"DS-0201","message":"x"}]}"#),
    );
    let found = as_json(&har(&[memberships, denied]).to_string(), &[]);
    // The token grants neither. That the first was accepted is a contradiction; that the second was
    // not is none.
    assert_eq!(found["contradictions"], json!([{"line": 1, "with_earlier": false}]));
    assert_eq!(found["observations"]["used"], 1);
}

#[test]
fn a_har_file_that_is_broken_is_an_error_and_an_input_can_be_a_file() {
    let broken = learn(r#"{"log":{"entries":[{"request":{"method":"GET","#, &[]);
    assert_eq!((broken.status, broken.stdout.as_str()), (2, ""));
    assert!(broken.stderr.starts_with("error: standard input: not JSON: EOF"), "{}", broken.stderr);
    let wrong = learn(r#"{"log":{"entries":[1]}}"#, &[]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("expected an object at line 1"), "{}", wrong.stderr);

    let file =
        std::env::temp_dir().join(format!("pubnub-access-learn-{}.jsonl", std::process::id()));
    std::fs::write(&file, lines(&[publish("both", 200)])).unwrap();
    let name = file.display().to_string();
    let output = run(&["learn", &name]);
    std::fs::remove_file(&file).unwrap();
    assert!(output.stdout.starts_with("--precedence union\n"), "{output:?}");
    let missing = run(&["learn", &name]);
    assert_eq!(missing.status, 2);
    assert!(
        missing.stderr.starts_with(&format!("error: cannot open {name}: ")),
        "{}",
        missing.stderr
    );
    assert!(!run(&["learn", &token()]).stderr.contains(&token()));
    assert_eq!(run(&["learn", "--doubt", "perhaps"]).status, 2);
}

/// Unused parts of entries are skipped, whatever their size and depth.
#[test]
fn a_har_file_has_a_limit() {
    let publish = entry("GET", &url("/publish/p/s/0/both/0/1"), 200, None).to_string();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let large =
        publish.replacen('{', &format!("{{\"_x\":{deep},\"_y\":\"{}\",", "y".repeat(1_000_000)), 1);
    let text = format!("{{\"log\":{{\"_z\":{deep},\"entries\":[{}]}}}}", vec![large; 4].join(","));
    assert_eq!(as_json(&text, &[])["observations"]["used"], 4);
    let long = publish.replacen("https://", &format!("https://{}", "h".repeat(65 << 20)), 1);
    let output = learn(&format!("{{\"log\":{{\"entries\":[{long}]}}}}"), &[]);
    assert_eq!(output.status, 2);
    let limit = "standard input is a HAR file of more than 67108864 bytes";
    assert!(output.stderr.contains(limit), "{}", output.stderr);
}

#[test]
fn help_explains_input_and_output() {
    let help = run(&["learn", "--help"]).stdout;
    for text in
        ["HAR", "status", "JSON:", "Examples:", "Exit status:", "--precedence", "contradictions"]
    {
        assert!(help.contains(text), "{text}: {help}");
    }
}
