//! `request`: what a gateway does with a request. No output shows a credential.

use pubnub_access::gateway::{HttpRequest, OutcomeReason, Precheck, route};
use pubnub_access::json::CheckAnswer;
use pubnub_access::mint::TestToken;
use pubnub_access::{Policy, UnverifiedToken};
use serde_json::Value;

use crate::support::{ISSUED, Output, VALID, command, finish, mask, sample};

/// Splits a line into arguments, and replaces words in them: `TOKEN` by a token, `ENCODED` by the
/// same token for URLs, `CUT` by a part of it, `KEY` by an authorization key of version 2, and `_`
/// by a space.
fn filled(line: &str) -> Vec<String> {
    let token = sample().to_text();
    let fill = |word: &str| {
        let encoded = token.replace('=', "%3D");
        let word =
            word.replace("TOKEN", &token).replace("ENCODED", &encoded).replace("CUT", &token[..40]);
        word.replace("KEY", "my-old-key").replace('_', " ")
    };
    line.split(' ').map(fill).collect()
}

/// Asserts that no credential is in an output.
#[track_caller]
fn assert_silent(output: &Output) {
    let token = sample().to_text();
    for secret in [&token[..20], &token[20..40], "my-old-key", "v2.signed"] {
        assert!(!output.stdout.contains(secret) && !output.stderr.contains(secret), "{output:?}");
    }
}

/// Runs a line, perhaps with a token in the environment, and with text on standard input.
#[track_caller]
pub fn request_with(line: &str, variable: Option<&str>, input: &str) -> Output {
    let args = filled(line);
    let at = if line.contains("--at") { &[][..] } else { &["--at", VALID] };
    let args: Vec<&str> =
        ["request"].iter().chain(at).copied().chain(args.iter().map(String::as_str)).collect();
    let mut command = command(&args);
    if let Some(variable) = variable {
        command.env("PUBNUB_TOKEN", &filled(variable)[0]);
    }
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    // The binary need not read it.
    let _ = std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        filled(input).join(" ").as_bytes(),
    );
    let output = finish(child);
    assert_silent(&output);
    output
}

#[track_caller]
pub fn request(line: &str) -> Output {
    request_with(line, None, "")
}

pub const PUBLISH: &str = "/publish/p/s/0/room-1/0/%22hi%22?uuid=alice&pnsdk=x";
const MEMBERSHIPS: &str = "/v2/objects/s/uuids/alice/channels?uuid=alice&auth=ENCODED";

#[test]
fn a_denial_shows_the_request_the_answer_and_the_reasons() {
    let output = request(
        "https://ps.pndsn.com/v2/subscribe/s/room-1,room%202/0?channel-group=g&uuid=alice&auth=ENCODED",
    );
    let expected = r#"DENY, rejected with 403: the token does not grant it
  {"message":"Forbidden","payload":{"channels":["room 2"],"channel-groups":[":g"]},"error":true,"service":"Access Manager","status":403}

The request
  asks for       subscribe
  subscribe key  s
  channels       room-1, "room 2"
  groups         g
  requester      alice
  credential     a token

DENY: subscribe needs read on channel "room 2", which is not granted; subscribe needs read on group g, which is not granted
to allow it, grant: channel "room 2"=read group g=read

Conditions on the token
  allow          time             the token expires in 14 minutes
  allow          authorized user  the requester is the authorized user

What subscribe needs
  allow          read on channel room-1
                 - room-1 grants read and write
  deny           read on channel "room 2"
                 - no entry names it and no pattern matches it
  deny           read on group g
                 - no entry names it and no pattern matches it

The signature is not verified and no deny list was given: the answer holds if the token is genuine and not revoked.
"#;
    let expected = expected.replace("DENY: room 2", "DENY: \"room 2\"");
    assert_eq!(
        (output.stdout.as_str(), output.stderr.as_str(), output.status),
        (expected.as_str(), "", 1)
    );
}

#[test]
fn the_text_and_the_json_name_the_same_kind_of_credential() {
    let cases = [
        (PUBLISH.to_owned(), "none"),
        (format!("{PUBLISH}&auth="), "none"),
        ("/time/0".into(), "none"),
        (format!("{PUBLISH}&auth=ENCODED"), "a token"),
        (format!("{PUBLISH}&auth=CUT"), "a token that cannot be decoded"),
        (format!("{PUBLISH}&auth=KEY"), "no token: an authorization key of version 2 perhaps"),
        (format!("{PUBLISH}&auth=***"), "masked"),
        (
            format!("{PUBLISH}&timestamp=1&signature=v2.signed"),
            "a signature with the secret key, which the service checks",
        ),
    ];
    for (line, shown) in cases {
        let output = request(&line);
        let found =
            output.stdout.lines().find_map(|line| line.trim_start().strip_prefix("credential "));
        assert_eq!(found.map(str::trim), Some(shown), "{line}: {}", output.stdout);
    }
}

/// Expected results of a line: exit status, reason, credential, and a part of the text output.
#[test]
fn every_kind_of_request_is_answered() {
    let cases = [
        (
            "PUBLISH&auth=ENCODED",
            0,
            "token_allows",
            "token",
            "ALLOW, forwarded: the token allows it\n",
        ),
        (
            "PUBLISH --token TOKEN",
            0,
            "token_allows",
            "token",
            "  credential     a token, from --token\n",
        ),
        (
            "/publish/p/s/0/x/0/1?uuid=alice&auth=ENCODED",
            1,
            "token_denies",
            "token",
            r#""channels":["x"]"#,
        ),
        ("/publish/p/s/0/lobby_1/0/1?uuid=alice&auth=ENCODED", 3, "not_routed", "-", "a space"),
        (
            "/publish/p/s/0/lobby-1/0/1?uuid=alice&auth=ENCODED",
            0,
            "token_allows",
            "token",
            "pattern lobby grants",
        ),
        (
            "/v2/objects/s/uuids?uuid=alice&auth=ENCODED",
            3,
            "token_in_doubt",
            "token",
            "allow with --get-all-user-metadata allowed, deny with restricted\n",
        ),
        ("PUBLISH&auth=ENCODED --at 1800000000", 1, "token_expired", "token", "Token is expired."),
        (
            "/publish/p/s/0/room-1/0/1?uuid=bob&auth=ENCODED",
            1,
            "user_differs",
            "token",
            "  requester      bob\n",
        ),
        (
            "/publish/p/s/0/room-1/0/1?auth=ENCODED",
            1,
            "user_missing",
            "token",
            "is the `uuid` of the query.\n",
        ),
        (
            "PUBLISH&auth=KEY",
            3,
            "no_token",
            "auth_key",
            "no token: an authorization key of version 2 perhaps",
        ),
        (
            "PUBLISH",
            3,
            "no_credential",
            "none",
            "INDETERMINATE, forwarded: this request carries no token (no `auth` in its query): ",
        ),
        (
            "PUBLISH --enforce permissions",
            3,
            "no_credential",
            "none",
            "INDETERMINATE, rejected with 403: ",
        ),
        (
            "PUBLISH&auth=ENCODED --enforce permissions",
            0,
            "token_allows",
            "token",
            "ALLOW, forwarded",
        ),
        (
            "PUBLISH&timestamp=1&signature=v2.signed",
            3,
            "signed",
            "signature",
            "a signature with the secret key",
        ),
        ("/time/0", 0, "nothing_needed", "none", "ALLOW, forwarded: it needs nothing\n"),
        ("/time/0 --enforce permissions", 0, "nothing_needed", "none", "  requester   not named\n"),
        (
            "POST /v3/pam/s/grant?uuid=a",
            1,
            "secret_key_needed",
            "none",
            "grant token (Access Manager itself)",
        ),
        ("DELETE /v3/pam/s/grant/ENCODED?uuid=a", 1, "secret_key_needed", "none", "revoke token"),
        ("/v2/auth/audit/sub-key/s?auth=KEY", 1, "secret_key_needed", "none", "audit keys"),
        ("/v2/auth/grant/sub-key/s?auth=KEY", 1, "secret_key_needed", "none", "grant keys"),
        (
            "POST /v3/pam/s/grant?timestamp=1&signature=v2.signed",
            3,
            "signed",
            "signature",
            "INDETERMINATE, forwarded: it is signed",
        ),
        (
            "/v1/datasync/subkeys/s/entities/e?uuid=alice",
            1,
            "no_credential",
            "none",
            "rejected with 401",
        ),
        (
            "/v1/datasync/subkeys/s/entities/e?uuid=alice&auth=ENCODED",
            1,
            "token_denies",
            "token",
            "datasync-get-entity\n  subscribe key      s\n  datasync:entities  e\n",
        ),
        (
            "/v1/datasync/subkeys/s/entities?uuid=bob&auth=ENCODED",
            1,
            "user_differs",
            "token",
            r#"[{"errorCode":"DS-0201"}]"#,
        ),
        (
            "/v1/datasync/subkeys/s/users?uuid=alice&auth=ENCODED",
            0,
            "token_allows",
            "token",
            "  no permission\n",
        ),
        (
            "/v1/datasync/subkeys/s/users?uuid=alice&auth=ENCODED&timestamp=1&signature=v2.signed",
            1,
            "two_credentials",
            "signature",
            "it carries both a token and a signature",
        ),
        (
            "/v1/channel-registration/sub-key/s/namespace?uuid=alice&auth=ENCODED",
            3,
            "requirement_unknown",
            "token",
            "namespaces of channel groups",
        ),
        (
            "/v1/channel-registration/sub-key/s/channel-group?uuid=alice&auth=ENCODED",
            3,
            "requirement_unknown",
            "token",
            "\nWhat list-groups needs\n  indeterminate  not known\n",
        ),
        ("PUBLISH&auth=...", 3, "no_token", "hidden", "  credential     masked\n"),
    ];
    for (line, status, reason, credential, text) in cases {
        let line = line.replace("PUBLISH", PUBLISH);
        let output = request(&line);
        assert_eq!(output.status, status, "{line}: {output:?}");
        assert!(output.stdout.contains(text), "{line}: {}", output.stdout);
        let json = request(&format!("{line} --format json"));
        assert_eq!(json.status, status, "{line}");
        let json: Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(json["reason"], reason, "{line}: {json}");
        assert_eq!(json["credential"].as_str().unwrap_or("-"), credential, "{line}: {json}");
        let verdict = ["allow", "deny", "", "indeterminate"][usize::try_from(status).unwrap()];
        assert_eq!(json["verdict"], verdict);
        assert_eq!(json["forwarded"], json["rejection"].is_null());
        assert!(output.stdout.starts_with(&verdict.to_uppercase()));
    }
}

#[test]
fn a_token_that_cannot_be_decoded_is_an_error_after_the_answer() {
    for format in ["", " --format json"] {
        let output = request(&format!("{PUBLISH}&auth=CUT{format}"));
        assert_eq!(output.status, 2);
        assert!(output.stdout.contains("publish"), "{output:?}");
        let (start, end) = match format {
            "" => ("error: ", "\n"),
            _ => ("{\"error\":\"", "\",\"kind\":\"truncated\",\"offset\":26}\n"),
        };
        let start = format!("{start}cannot decode the token: byte ");
        let end = format!("Hint: the token looks cut off: copy the whole of it{end}");
        assert!(output.stderr.starts_with(&start) && output.stderr.ends_with(&end), "{output:?}");
    }
    for (line, variable) in
        [(format!("{PUBLISH} --token CUT"), None), (PUBLISH.into(), Some("CUT"))]
    {
        let output = request_with(&line, variable, "");
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert!(output.stderr.starts_with("error: cannot decode the token: "), "{output:?}");
    }
}

#[test]
fn json_has_this_form() {
    let denied = concat!(
        r#"{"verdict":"deny","forwarded":false,"reason":"token_denies","message":"the token does not grant it","#,
        r#""method":"GET","action":{"type":"operation","operation":"publish"},"operation":"publish","subscribe_key":"s","#,
        r#""channels":["x"],"groups":[],"uuids":[],"users":[],"entities":[],"relationships":[],"memberships":[],"#,
        r#""user_id":"alice","credential":"token","#,
        r#""rejection":{"status":403,"body":{"message":"Forbidden","payload":{"channels":["x"]},"error":true,"#,
        r#""service":"Access Manager","status":403}},"#,
        r#""check":{"verdict":"deny","operation":"publish","conditions":[{"condition":"time","verdict":"allow","#,
        r#""because":[{"reason":"token_valid","expires_in":840,"message":"the token expires in 14 minutes"}],"#,
        r#""message":"the token expires in 14 minutes"},{"condition":"authorized_user","verdict":"allow","#,
        r#""because":[{"reason":"user_matches","message":"the requester is the authorized user"}],"#,
        r#""message":"the requester is the authorized user"},{"condition":"revocation","verdict":"allow","#,
        r#""because":[{"reason":"no_deny_list","message":"no deny list was given"}],"#,
        r#""message":"no deny list was given"}],"#,
        r#""requirements":[{"kind":"channel","name":"x","permission":"write","verdict":"deny","#,
        r#""because":[{"reason":"no_grant","message":"no entry names it and no pattern matches it"}]}],"#,
        r#""summary":"publish needs write on channel x, which is not granted","#,
        r#""missing_grant":{"permissions":{"resources":{"channels":{"x":2}}}},"#,
        r#""remedy":"to allow it, grant: channel x=write"},"partial_check":null,"route_error":null,"#,
        r#""token_error":null,"advice":["to allow it, grant: channel x=write"],"notes":[],"#,
        r#""with_token_at_hand":null}"#,
        "\n"
    );
    let line = "/publish/p/s/0/x/0/1?uuid=alice&auth=ENCODED --format json";
    assert_eq!(request(line).stdout, denied);
    let refused = concat!(
        r#"{"verdict":"indeterminate","forwarded":true,"reason":"not_routed","#,
        r#""message":"it is not understood: a `+`, which some read as a space, expected `%2B` or `%20`","#,
        r#""method":"GET","action":null,"operation":null,"subscribe_key":null,"channels":[],"groups":[],"uuids":[],"#,
        r#""users":[],"entities":[],"relationships":[],"memberships":[],"#,
        r#""user_id":null,"credential":null,"rejection":null,"check":null,"partial_check":null,"#,
        r#""route_error":{"kind":"ambiguous","part":"url","position":42,"#,
        r#""message":"a `+`, which some read as a space, expected `%2B` or `%20`"},"#,
        r#""token_error":null,"advice":[],"notes":[],"with_token_at_hand":null}"#,
        "\n"
    );
    assert_eq!(request("/v2/subscribe/s/a/0?auth=KEY&uuid=a+b --format json").stdout, refused);
    let json = |line: &str| -> Value {
        serde_json::from_str(&request(&format!("{line} --format json")).stdout).unwrap()
    };
    let action = |line: &str| json(line)["action"].to_string();
    assert_eq!(
        action("PUT /v1/datasync/subkeys/s/users/bob?auth=ENCODED"),
        r#"{"operation":"datasync-update-user","type":"operation"}"#
    );
    assert_eq!(
        json("PUT /v1/datasync/subkeys/s/users/bob?auth=ENCODED")["users"].to_string(),
        r#"["bob"]"#
    );
    assert_eq!(
        action("POST /v3/pam/s/grant"),
        r#"{"administration":"grant_token","type":"administration"}"#
    );
    assert_eq!(action("/v1/channel-registration/sub-key/s/namespace"), r#"{"type":"namespaces"}"#);
    let wrong = json("POST /time/0")["route_error"].to_string();
    assert_eq!(
        wrong,
        r#"{"kind":"wrong_method","message":"not one of this path, expected GET","part":"method","position":null}"#
    );
}

/// The gateway's response and the explanation of `check` agree.
#[test]
fn the_answer_is_that_of_the_library() {
    let token = TestToken::new(ISSUED, 15).channel("room", mask(231)).group("g", mask(5)).to_text();
    let targets = include_str!("../../testdata/routes/routes.txt")
        .lines()
        .filter(|line| line.contains(" -> "));
    let mut compared = 0;
    for line in targets.step_by(3) {
        let (method, rest) = line.split_once(' ').unwrap();
        let target = rest.split(" -> ").next().unwrap();
        if target.contains("auth=") || target.contains("signature=") || target.contains("\\u") {
            continue;
        }
        let mark = if target.contains('?') { '&' } else { '?' };
        let target = format!("{target}{mark}auth={}", token.replace('=', "%3D"));
        let http = HttpRequest::new(method, &target);
        let outcome = Precheck::new(Policy::new()).check(&http, ISSUED + 60);
        let output =
            crate::support::run(&["request", method, &target, "--at", VALID, "--format", "json"]);
        let json: Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(json["verdict"], outcome.verdict().name(), "{target}");
        assert_eq!(json["reason"], outcome.reason().code(), "{target}");
        let Ok(route) = route(&http) else { continue };
        if let (Some(request), OutcomeReason::TokenDenies | OutcomeReason::TokenAllows) =
            (route.request(), outcome.reason())
        {
            let token = UnverifiedToken::parse(&token).unwrap();
            let answer = CheckAnswer::new(&token, &request, ISSUED + 60, &Policy::new());
            assert_eq!(json["check"], serde_json::to_value(&answer).unwrap(), "{target}");
            assert_eq!(json["verdict"], json["check"]["verdict"], "{target}");
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn bodies_of_memberships_and_members_are_read() {
    let file = std::env::temp_dir().join(format!("pubnub-access-body-{}.json", std::process::id()));
    std::fs::write(&file, r#"{"delete":[{"channel":{"id":"room-1"}}]}"#).unwrap();
    let line = format!("PATCH {MEMBERSHIPS} --body {}", file.display()).replace('_', "-");
    let from_file = request(&line.replace("pubnub-access_body", "pubnub-access-body"));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(from_file.status, 1, "{from_file:?}");
    assert!(
        from_file.stdout.contains("asks for       remove-memberships\n"),
        "{}",
        from_file.stdout
    );
    assert!(
        from_file.stdout.contains("deny           join on channel room-1\n"),
        "{}",
        from_file.stdout
    );

    let line = format!("PATCH {MEMBERSHIPS} --body -");
    let piped = request_with(&line, None, r#"{"set":[{"channel":{"id":"x"}}]}"#);
    assert!(piped.stdout.contains(r#""payload":{"channels":["x"]}"#), "{}", piped.stdout);
    let broken = request_with(&line, None, r#"{"set":3}"#);
    assert_eq!(broken.status, 3);
    assert!(broken.stdout.contains("\n  at byte 7 of the body\n"), "{}", broken.stdout);
    let json = request_with(&format!("{line} --format json"), None, "[]");
    assert!(
        json.stdout.contains(r#""route_error":{"kind":"bad_body","part":"body","position":0,"#),
        "{}",
        json.stdout
    );
}

#[test]
fn without_its_body_a_request_is_decided_as_far_as_possible() {
    const NOTE: &str = "note: its body names the resources: give it with --body\n";
    let cases = [
        ("uuids/alice/channels", 3, "not known      join on what its body names: channels\n"),
        ("uuids/bob/channels", 1, "deny           update on uuid bob\n"),
        (
            "channels/room-1/uuids",
            1,
            "DENY: set-channel-members needs manage on channel room-1, which grants only read and write\n",
        ),
    ];
    for (path, status, text) in cases {
        let line = format!("PATCH /v2/objects/s/{path}?uuid=alice&auth=ENCODED");
        let output = request(&line);
        let note = if status == 3 { NOTE } else { "" };
        assert_eq!((output.status, output.stderr.as_str()), (status, note), "{path}");
        assert!(output.stdout.contains(text), "{path}: {}", output.stdout);
        assert!(output.stdout.contains(", or to remove\n"), "{path}: {}", output.stdout);
        let json: Value =
            serde_json::from_str(&request(&format!("{line} --format json")).stdout).unwrap();
        // Placeholder names do not appear in the output.
        assert!(
            !json.to_string().contains("\"-\"") && !output.stdout.contains(" -\n"),
            "{json} {}",
            output.stdout
        );
        assert_eq!(json["check"].is_null(), path.ends_with("channels"), "{json}");
    }
}

#[test]
fn the_body_names_new_items_of_datasync() {
    let line = "POST /v1/datasync/subkeys/s/entities?uuid=alice&auth=ENCODED";
    let without = request(line);
    assert_eq!(without.status, 3);
    assert!(
        without
            .stdout
            .contains("  not known      create on what its body names: datasync:entities\n")
    );
    assert!(
        without.stdout.contains("  asks for       datasync-create-entity\n"),
        "{}",
        without.stdout
    );
    let json: Value =
        serde_json::from_str(&request(&format!("{line} --format json")).stdout).unwrap();
    assert!(json["check"].is_null() && json["entities"] == serde_json::json!([]), "{json}");
    let with = request_with(&format!("{line} --body -"), None, r#"{"data":{"id":"e"}}"#);
    assert_eq!(with.status, 1);
    assert!(with.stdout.contains("  deny           create on entity e\n"), "{}", with.stdout);
    let made = request_with(&format!("{line} --body -"), None, r#"{"data":{}}"#);
    assert_eq!(made.status, 3);
    assert!(
        made.stdout.contains("nobody documents what one with a generated id needs"),
        "{}",
        made.stdout
    );
}

#[test]
fn notes_suggest_input_that_would_settle_more() {
    let cases = [
        (PUBLISH.to_owned(), "note: a token can be given with --token or in PUBNUB_TOKEN\n"),
        (
            format!("{PUBLISH}&auth=..."),
            "note: the URL's `auth` is masked: give the token with --token or in PUBNUB_TOKEN\n",
        ),
        ("/v3/pam/s/grant".into(), "note: no METHOD is before the URL, so GET is assumed\n"),
        ("GET /v3/pam/s/grant".into(), ""),
        (
            format!("{PUBLISH}&token=CUT"),
            "note: it has a parameter `token`, which PubNub does not read: a token goes into \
             `auth`\nnote: a token can be given with --token or in PUBNUB_TOKEN\n",
        ),
    ];
    for (line, note) in cases {
        assert_eq!(request(&line).stderr, note, "{line}");
    }
}

#[test]
fn the_policy_counts() {
    let line = "/v2/objects/s/uuids?uuid=alice&auth=ENCODED";
    assert_eq!(request(&format!("{line} --get-all-user-metadata allowed")).status, 0);
    assert_eq!(request(&format!("{line} --get-all-user-metadata restricted")).status, 1);
    let groups = "/v1/channel-registration/sub-key/s/channel-group?uuid=alice&auth=ENCODED";
    assert_eq!(request(&format!("{groups} --doubt granted")).status, 0);
    assert_eq!(request(&format!("{groups} --doubt refused")).status, 1);
}

/// Names come from strangers, so every output escapes them.
#[test]
fn names_are_printed_escaped() {
    let name = "a%E2%80%AEb%C2%9Bc";
    let token = TestToken::new(ISSUED, 15).channel("a", mask(1));
    let url = format!(
        "/v2/subscribe/{name}/{name}/0?channel-group={name}&uuid={name}&auth={}",
        token.to_text().replace('=', "%3D")
    );
    for format in ["human", "json"] {
        let output = crate::support::run(&["request", &url, "--at", VALID, "--format", format]);
        assert_eq!(output.status, 1);
        assert!(!output.stdout.contains(['\u{202e}', '\u{9b}']), "{:?}", output.stdout);
        assert!(output.stdout.contains("202e"), "{}", output.stdout);
    }
}

#[test]
fn help_explains_the_usage() {
    let output = crate::support::run(&["request", "--help"]);
    for text in [
        "[METHOD] <URL>",
        "NOT verified",
        "JSON:",
        "Examples:",
        "Exit status:",
        "denials",
        "--precedence",
    ] {
        assert!(output.stdout.contains(text), "{text}: {}", output.stdout);
    }
}
