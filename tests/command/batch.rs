//! `check --batch`: order, ids, errors, long lines, and answers before the input ends.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use pubnub_access::mint::TestToken;
use pubnub_access::{Permission, ResourceKind};

use crate::support::{ISSUED, VALID, command, finish, run_with_input, sample};

fn batch(input: impl Into<Vec<u8>>) -> Vec<String> {
    let output = run_with_input(&["check", "--batch"], input);
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    assert!(output.stdout.is_empty() || output.stdout.ends_with('\n'));
    output.stdout.split_terminator('\n').map(String::from).collect()
}

/// A question with the answer allow, with members added, changed, or removed by null.
fn question(changes: Value) -> String {
    let mut line = json!({
        "token": sample().to_text(), "operation": "publish", "channels": ["room-1"], "user_id": "alice",
        "at": ISSUED + 60,
    });
    let (Some(line_members), Value::Object(changes)) = (line.as_object_mut(), changes) else {
        panic!()
    };
    line_members.extend(changes);
    line.to_string()
}

#[test]
fn an_answer_is_that_of_check_with_the_id() {
    let token = sample().to_text();
    let args = [
        "check",
        &token,
        "--operation",
        "publish",
        "--channel",
        "room-2",
        "--user-id",
        "alice",
        "--at",
        VALID,
    ];
    let single = crate::support::run(&[&args[..], &["--format", "json"]].concat()).stdout;
    let answers = batch(question(json!({"id": 7, "channels": ["room-2"]})));
    assert_eq!(answers, [single.trim_end().replacen('{', "{\"id\":7,", 1)]);
    assert_eq!(batch(question(json!({"channels": ["room-2"]}))), [single.trim_end()]);
}

#[test]
fn answers_come_in_order_and_bad_lines_do_not_stop_them() {
    let mut input = String::new();
    for id in 0..1000 {
        let line = match id % 3 {
            0 => question(json!({"id": id})),
            1 => question(json!({"id": id, "channels": ["room-2"]})),
            _ => question(json!({"id": id, "operation": "nothing"})),
        };
        input.push_str(&line);
        input.push_str(if id % 2 == 0 { "\n" } else { "\r\n" });
    }
    let answers = batch(input);
    assert_eq!(answers.len(), 1000);
    for (id, answer) in answers.iter().enumerate() {
        let answer: Value = serde_json::from_str(answer).unwrap();
        assert_eq!(answer["id"], id);
        let expected = [json!("allow"), json!("deny"), Value::Null][id % 3].clone();
        assert_eq!(answer["verdict"], expected);
    }
}

#[test]
fn ids_come_back_as_they_were_written() {
    let ids = [
        "null",
        "0",
        "1.10",
        "1e400",
        "12345678901234567890123456789",
        r#""a\u0041\n""#,
        r#"{"b":1, "a":[ ]}"#,
    ];
    for id in ids {
        let expected =
            format!("{{\"id\":{id},\"error\":\"`token` is missing\",\"kind\":\"missing_field\"}}");
        assert_eq!(batch(format!("{{\"id\":{id}}}\n")), [expected]);
    }
    // Some programs take a carriage return for the end of a line.
    assert!(batch("{\"id\":[1,\r2]}")[0].starts_with("{\"id\":[1, 2],"));
}

#[test]
fn lines_that_are_no_questions_are_answered_with_errors() {
    let cases: [(&[u8], &str); 13] = [
        (b"", "the line is blank"),
        (b" \t", "the line is blank"),
        (b"nonsense", "not JSON: expected ident at column 2"),
        (b"{\"token\":", "not JSON: EOF while parsing a value at column 9"),
        (b"{} {}", "not JSON: trailing characters at column 4"),
        (b"{\"at\":01}", "not JSON: invalid number at column 8"),
        (b"[1]", "not a JSON object"),
        (b"\"text\"", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{\"id\":1,\"id\":1}", "the key id stands twice"),
        (b"{\"at\":1,\"token\":\"a\",\"\\u0061t\":1}", "the key at stands twice"),
        (b"{\"a b\":1,\"a b\":1}", "the key \\\"a b\\\" stands twice"),
        (b"{\"id\":\"\xff\"}", "byte 7 of the line is not UTF-8"),
    ];
    for (line, error) in cases {
        let answers = batch([line, b"\n{}"].concat());
        let expected = format!("{{\"error\":\"{error}\",\"kind\":\"invalid_json\"}}");
        assert_eq!(answers[0], expected);
        assert_eq!(answers.len(), 2, "the next line is answered too");
    }
}

#[test]
fn every_fault_of_a_question_has_a_kind() {
    let token = sample().to_text();
    let strings = "must be an array of strings";
    let time = "Unix seconds or a text such as \"2026-01-31T12:00:00Z\"";
    let seconds = "`at`: expected Unix seconds or a time such as 2026-01-31T12:00:00Z";
    let cases = [
        (json!({"token": null}), "missing_field", "`token` is missing".into()),
        (json!({"operation": null}), "missing_field", "`operation` is missing".into()),
        (json!({"at": null}), "missing_field", "`at` is missing".into()),
        (json!({"token": 1}), "invalid_field", "`token` must be a string".into()),
        (json!({"token": [token]}), "invalid_field", "`token` must be a string".into()),
        (json!({"operation": ["publish"]}), "invalid_field", "`operation` must be a string".into()),
        (json!({"at": "yesterday"}), "invalid_field", seconds.into()),
        (json!({"at": "2023-11-14"}), "invalid_field", seconds.into()),
        (json!({"at": -1}), "invalid_field", "`at`: it is before 1970".into()),
        (json!({"at": 1.5}), "invalid_field", seconds.into()),
        (json!({"at": 1e30}), "invalid_field", seconds.into()),
        (
            json!({"at": 1_700_000_060_000_u64}),
            "invalid_field",
            "`at`: this looks like milliseconds, and seconds are expected".into(),
        ),
        (json!({"at": [1]}), "invalid_field", format!("`at` must be {time}")),
        (json!({"at": true}), "invalid_field", format!("`at` must be {time}")),
        (json!({"channels": "room-1"}), "invalid_field", format!("`channels` {strings}")),
        (json!({"channels": [null]}), "invalid_field", format!("`channels` {strings}")),
        (json!({"groups": {}}), "invalid_field", format!("`groups` {strings}")),
        (json!({"uuids": [1]}), "invalid_field", format!("`uuids` {strings}")),
        (json!({"users": "bob"}), "invalid_field", format!("`users` {strings}")),
        (json!({"entities": [1]}), "invalid_field", format!("`entities` {strings}")),
        (json!({"relationships": {}}), "invalid_field", format!("`relationships` {strings}")),
        (json!({"memberships": 1}), "invalid_field", format!("`memberships` {strings}")),
        (json!({"users": ["bob"]}), "unexpected_resource", "publish names no user".into()),
        (json!({"user_id": 1}), "invalid_field", "`user_id` must be a string".into()),
        (
            json!({"operation": "publsh"}),
            "unknown_operation",
            "unknown operation, did you mean publish?".into(),
        ),
        (
            json!({"operation": "x".repeat(100_000)}),
            "unknown_operation",
            "unknown operation, expected one of 71 names such as publish, signal or fire".into(),
        ),
        (
            json!({"channels": ["a,b"]}),
            "invalid_name",
            "the channel name (resource 1) has a comma at byte 1: pass each name separately".into(),
        ),
        (json!({"user_id": ""}), "invalid_name", "the user id is empty".into()),
        (json!({"uuids": ["bob"]}), "unexpected_resource", "publish names no uuid".into()),
        (
            json!({"channels": null}),
            "missing_resource",
            "publish needs a channel, and none is named".into(),
        ),
        (
            json!({"token": ""}),
            "empty",
            "cannot decode the token: the token is empty: expected base64url of a CBOR map".into(),
        ),
        (
            json!({"token": format!("{token}\n")}),
            "invalid_character",
            format!(
                "cannot decode the token: character {} of the text is '\\n': expected base64url (A-Z a-z 0-9 - _). \
                 Hint: there is white space around the token",
                token.len()
            ),
        ),
        (
            json!({"token": "A".repeat(1_000_000)}),
            "too_long",
            "cannot decode the token: the token's text is longer than the limit of 32768 bytes"
                .into(),
        ),
        (json!({"policy": []}), "invalid_field", "`policy`: not a JSON object".into()),
        (json!({"policy": "full"}), "invalid_field", "`policy`: not a JSON object".into()),
        (
            json!({"policy": {"ancoring": "full"}}),
            "invalid_field",
            "`policy`: unknown policy key, expected precedence, group_names, doubt, \
             get_all_user_metadata, get_all_channel_metadata, clock_tolerance or work_limit"
                .into(),
        ),
        (
            json!({"policy": {"precedence": "unoin"}}),
            "invalid_field",
            "`policy`: unknown precedence, did you mean union?".into(),
        ),
        (
            json!({"policy": {"precedence": 1}}),
            "invalid_field",
            "`policy`: invalid type: integer `1`, expected a name".into(),
        ),
        (
            json!({"policy": {"clock_tolerance": "5"}}),
            "invalid_field",
            "`policy`: a text where another type is expected".into(),
        ),
    ];
    let input: Vec<String> = cases.iter().map(|(changes, ..)| question(changes.clone())).collect();
    let answers = batch(input.join("\n"));
    assert_eq!(answers.len(), cases.len());
    for ((_, kind, error), answer) in cases.iter().zip(&answers) {
        let answer: Value = serde_json::from_str(answer).unwrap();
        assert_eq!((&answer["error"], &answer["kind"]), (&json!(error), &json!(kind)));
        // If a token cannot be decoded, the answer has the position as well.
        let is_of_token = error.starts_with("cannot decode the token: ");
        assert_eq!(answer["offset"].is_u64(), is_of_token, "{answer}");
    }
    let twice = question(json!({"policy": {"doubt": null}}))
        .replace("{\"doubt\":null}", r#"{"doubt":null,"doubt":null}"#);
    assert_eq!(
        batch(twice),
        [r#"{"error":"`policy`: the key doubt stands twice","kind":"invalid_field"}"#]
    );
}

#[test]
fn no_prefix_of_a_token_is_taken_for_one() {
    let token = sample().to_text();
    let input: Vec<String> =
        (0..token.len() - 2).map(|len| question(json!({"token": token[..len]}))).collect();
    for answer in batch(input.join("\n")) {
        assert!(answer.starts_with("{\"error\":\"cannot decode the token: "), "{answer}");
    }
}

#[test]
fn an_unknown_key_is_an_error_that_suggests_the_intended_one() {
    for (key, hint) in [
        ("chanels", "did you mean `channels`?"),
        ("channel", "did you mean `channels`?"),
        ("user", "did you mean `user_id`?"),
        ("userId", "did you mean `user_id`?"),
        ("entity", "did you mean `entities`?"),
        ("uuid", "did you mean `uuids`?"),
        ("auth", "did you mean `token`?"),
        ("timestamp", "did you mean `at`?"),
        ("operaton", "did you mean `operation`?"),
        ("Policy", "did you mean `policy`?"),
        (
            "status",
            "expected id, token, operation, channels, groups, uuids, users, entities, relationships, memberships, user_id, \
             at, policy, deny_list, expect",
        ),
    ] {
        let error = json!(format!("unknown key {key}: {hint}"));
        let expected = format!("{{\"id\":1,\"error\":{error},\"kind\":\"unknown_key\"}}");
        assert_eq!(batch(question(json!({"id": 1, key: null}))), [expected]);
    }
    // Invisible characters are escaped. Long texts are not repeated, since they may be tokens.
    let answer = &batch(question(json!({"id": "x\u{202e}y", "x\u{9b}\u{7f}\u{202e}y": 1})))[0];
    assert!(
        answer.starts_with(
            r#"{"id":"x\u202ey","error":"unknown key \"x\\u{9b}\\u{7f}\\u{202e}y\": expected id,"#
        ),
        "{answer}"
    );
    let token = sample().to_text();
    let answer = &batch(question(json!({ &token: 1 })))[0];
    assert!(answer.starts_with(r#"{"error":"unknown key: expected id,"#), "{answer}");
}

#[test]
fn a_time_is_a_number_of_seconds_or_a_text() {
    let expected = batch(question(json!({})));
    for at in
        [json!("1700000060"), json!("2023-11-14T22:14:20Z"), json!("2023-11-14T23:14:20.5+01:00")]
    {
        assert_eq!(batch(question(json!({ "at": at }))), expected, "{at}");
    }
}

#[test]
fn every_kind_can_be_named() {
    let token = TestToken::new(ISSUED, 15)
        .resource(ResourceKind::User, "u", Permission::Get)
        .resource(ResourceKind::Entity, "u", Permission::Delete)
        .resource(ResourceKind::Relationship, "u", Permission::Get)
        .resource(ResourceKind::Membership, "u", Permission::Delete)
        .to_text();
    for (operation, key, verdict) in [
        ("datasync-get-user", "users", "allow"),
        ("datasync-delete-user", "users", "deny"),
        ("datasync-delete-entity", "entities", "allow"),
        ("datasync-get-entity", "entities", "deny"),
        ("datasync-get-relationship", "relationships", "allow"),
        ("datasync-delete-relationship", "relationships", "deny"),
        ("datasync-delete-membership", "memberships", "allow"),
        ("datasync-get-membership", "memberships", "deny"),
    ] {
        let line = json!({"token": token, "operation": operation, "channels": null, key: ["u"]});
        let answer: Value = serde_json::from_str(&batch(question(line))[0]).unwrap();
        assert_eq!(answer["verdict"], verdict, "{operation}: {answer}");
    }
}

/// Each setting makes an indeterminate answer certain, as its flag does.
#[test]
fn every_setting_of_the_policy_counts() {
    let token = TestToken::new(ISSUED, 15)
        .channel("both", Permission::Read)
        .channel_pattern("^both$", Permission::Write)
        .group_pattern("^:g$", Permission::Read)
        .to_text();
    let cases = [
        (json!({"channels": ["both"]}), json!({"precedence": "union"}), "allow"),
        (json!({"channels": ["both"]}), json!({"precedence": "explicit-else-any"}), "deny"),
        (json!({"channels": ["both"]}), json!({"precedence": "explicit-else-all"}), "deny"),
        (
            json!({"operation": "subscribe", "channels": null, "groups": ["g"]}),
            json!({"group_names": "plain"}),
            "deny",
        ),
        (
            json!({"operation": "subscribe", "channels": null, "groups": ["g"]}),
            json!({"group_names": "colon"}),
            "allow",
        ),
        (json!({"operation": "fire", "channels": ["other"]}), json!({"doubt": "granted"}), "allow"),
        (json!({"operation": "fire", "channels": ["other"]}), json!({"doubt": "refused"}), "deny"),
        (
            json!({"operation": "get-all-user-metadata", "channels": null}),
            json!({"get_all_user_metadata": "allowed"}),
            "allow",
        ),
        (
            json!({"operation": "get-all-channel-metadata", "channels": null}),
            json!({"get_all_channel_metadata": "restricted"}),
            "deny",
        ),
    ];
    for (mut changes, policy, verdict) in cases {
        changes["token"] = json!(token);
        let open = [
            json!(null),
            json!({}),
            json!({"precedence": "unknown", "doubt": null, "clock_tolerance": 0}),
        ];
        let answers = open.iter().chain([&policy]).map(|policy| {
            changes["policy"] = policy.clone();
            question(changes.clone())
        });
        let answers = batch(answers.collect::<Vec<_>>().join("\n"));
        let verdicts: Vec<Value> = answers
            .iter()
            .map(|answer| serde_json::from_str::<Value>(answer).unwrap()["verdict"].clone())
            .collect();
        assert_eq!(
            verdicts,
            ["indeterminate", "indeterminate", "indeterminate", verdict],
            "{changes}"
        );
    }
    let ending = question(json!({"at": ISSUED + 895, "policy": {"clock_tolerance": 5}}));
    assert!(batch(ending)[0].starts_with("{\"verdict\":\"indeterminate\""));
}

#[test]
fn a_line_that_is_too_long_is_skipped_without_being_kept() {
    let longest = format!("{{\"id\":1{}}}", " ".repeat(1024 * 1024 - 8));
    let longer = format!("{{\"id\":1{}}}", " ".repeat(1024 * 1024 - 7));
    let huge = "x".repeat(100_000_000);
    let answers = batch(format!("{longest}\n{longer}\n{huge}\n{{\"id\":2}}"));
    let missing =
        |id| format!("{{\"id\":{id},\"error\":\"`token` is missing\",\"kind\":\"missing_field\"}}");
    let too_long = r#"{"error":"the line is longer than 1048576 bytes","kind":"too_long"}"#;
    assert_eq!(answers, [missing(1), too_long.into(), too_long.into(), missing(2)]);
}

/// A line that names many channels, for a token with one long pattern.
fn many_names(pattern: &str, count: usize) -> String {
    let token = TestToken::new(ISSUED, 15).channel_pattern(pattern, Permission::Read).to_text();
    question(
        json!({"id": count, "operation": "subscribe", "token": token, "channels": vec!["a"; count]}),
    )
}

#[test]
fn an_answer_grows_with_the_names_and_not_with_the_pattern() {
    let length = |pattern: &str, count| batch(many_names(pattern, count))[0].len();
    for unit in ["a", "é", "\u{10fffe}"] {
        let long = format!("({}", unit.repeat(20_000 / unit.len()));
        let shorter = format!("({}", unit.repeat(500));
        let (one, many) = (length(&long, 1), length(&long, 1_001));
        assert!(many - one < 1_000 * 4_096, "{unit}: {one} and {many} bytes");
        // Only the number of omitted bytes has more digits.
        assert!(many <= length(&shorter, 1_001) + 5_000, "{unit}");
    }
    let answer: Value =
        serde_json::from_str(&batch(many_names(&format!("({}", "a".repeat(20_000)), 1))[0])
            .unwrap();
    let grant = answer["requirements"][0]["because"][0]["grant"].as_str().unwrap();
    assert!(grant.ends_with("a... (19881 bytes left out)"), "{grant}");
}

#[test]
fn more_names_than_fit_a_request_are_an_error_and_the_rest_goes_on() {
    let most = many_names("^b$", 4_096);
    let answers = batch(
        [&most, &many_names("^b$", 4_097), &many_names("^b$", 60_000), "{\"id\":1}"].join("\n"),
    );
    assert!(answers[0].starts_with("{\"id\":4096,\"verdict\":\"deny\""));
    let error = |count: usize| {
        let text = format!("{count} names, and a question has 4096 at most");
        format!("{{\"id\":{count},\"error\":\"{text}\",\"kind\":\"too_many_names\"}}")
    };
    assert_eq!(answers[1..3], [error(4_097), error(60_000)]);
    assert_eq!(answers.len(), 4);
}

/// The shell limits the process's memory. A process that exceeds the limit ends, and the test
/// fails.
#[cfg(target_os = "linux")]
#[test]
fn no_line_takes_more_memory_than_a_batch_has() {
    let long = format!("({}", "\u{10fffe}".repeat(5_000));
    let names = many_names(&long, 4_096);
    let lines =
        [&names, &many_names(&long, 60_000), &"x".repeat(100_000_000), &names, "{\"id\":1}"]
            .join("\n");
    let mut child = Command::new("sh")
        .args([
            "-c",
            "ulimit -v 131072; exec \"$0\" check --batch",
            env!("CARGO_BIN_EXE_pubnub-access"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = finish(child);
    writer.join().unwrap().unwrap();
    let answers: Vec<&str> = output.stdout.lines().collect();
    assert_eq!((output.status, answers.len()), (0, 5));
    assert_eq!(answers[0], answers[3]);
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let deep = "[".repeat(400_000);
    let closed = format!("{deep}{}", "]".repeat(400_000));
    for key in ["token", "operation", "at", "channels", "policy", "user_id", "x", "id"] {
        let answers = batch(format!("{{\"{key}\":{deep}\n{{\"{key}\":{closed}}}\n{{}}"));
        assert_eq!(answers.len(), 3, "{key}");
        assert!(answers[0].contains("\"kind\":\"invalid_json\""));
        let kinds = ["missing_field", "invalid_field", "unknown_key"];
        assert!(
            kinds.iter().any(|kind| answers[1].contains(&format!("\"kind\":\"{kind}\""))),
            "{}",
            answers[1]
        );
    }
}

#[test]
fn an_answer_is_printed_before_the_next_question_is_read() {
    let mut child = command(&["check", "--batch"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for id in 0..5 {
        writeln!(stdin, "{}", question(json!({ "id": id }))).unwrap();
        stdin.flush().unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("{{\"id\":{id},\"verdict\":\"allow\"")), "{answer}");
    }
    // The last line needs no end.
    write!(stdin, "{{\"id\":5}}").unwrap();
    drop(stdin);
    let mut answer = String::new();
    stdout.read_line(&mut answer).unwrap();
    assert!(answer.starts_with("{\"id\":5,"), "{answer}");
    assert_eq!(finish(child).status, 0);
}

#[test]
fn empty_input_has_no_answers() {
    assert!(batch("").is_empty());
}
