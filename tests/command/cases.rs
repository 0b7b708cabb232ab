//! The questions of people who got a 403, and the sentences that answer them.

use pubnub_access::mint::TestToken;
use pubnub_access::{Permission, ResourceKind};
use serde_json::{Value, json};

use crate::support::{ISSUED, Output, VALID, command, finish, mask, run, run_with_input};

/// A token without a user that grants everything on `room-1`, and `read` by a pattern.
fn token() -> TestToken {
    TestToken::new(ISSUED, 15)
        .channel("room-1", mask(255))
        .channel("hall-1", mask(3))
        .channel_pattern("^wild\\.", mask(1))
        .channel_pattern("^both$", Permission::Write)
        .channel("both", Permission::Read)
        .group("g", mask(1))
        .uuid("alice", mask(96))
}

fn encoded() -> String {
    token().to_text().replace('=', "%3D")
}

/// Runs `request` with the token in the environment.
fn request(args: &[&str]) -> Output {
    let all: Vec<&str> = ["request", "--at", VALID].iter().chain(args).copied().collect();
    finish(command(&all).env("PUBNUB_TOKEN", token().to_text()).spawn().unwrap())
}

/// Runs `request` with pasted text on standard input.
fn pasted(text: &str) -> Output {
    run_with_input(&["request", "--at", VALID, "-"], text)
}

fn first_line(output: &Output) -> &str {
    output.stdout.lines().next().unwrap_or_default()
}

#[track_caller]
fn assert_says(output: &Output, sentence: &str) {
    let whole = format!("{}{}", output.stdout, output.stderr);
    assert!(whole.contains(sentence), "{sentence}\n---\n{whole}");
}

const FILE: &str = "https://ps.pndsn.com/v1/files/demo/channels/room-1/files/f1/a.jpeg?uuid=alice";

#[test]
fn the_first_line_says_that_a_request_has_no_token() {
    let alone = "INDETERMINATE, forwarded: this request carries no token (no `auth` in its query): \
                 with Access Manager on, that alone is answered 403";
    let output = request(&[FILE]);
    assert_eq!((first_line(&output), output.status), (alone, 3));
    assert_says(&output, "\nwith the token of PUBNUB_TOKEN it would be: allow, ");
    let denied = request(&[&FILE.replace("room-1", "elsewhere")]);
    assert_eq!((first_line(&denied), denied.status), (alone, 3));
    assert_says(&denied, "\nwith the token of PUBNUB_TOKEN it would be: deny, ");
    assert_says(&denied, "to allow it, grant: channel elsewhere=read");
    let empty = request(&[&format!("{FILE}&auth=")]);
    assert!(first_line(&empty).contains("carries no token (its `auth` is empty)"));
    // With `--token`, the output says so as well.
    let supposed = run(&["request", FILE, "--token", &token().to_text(), "--at", VALID]);
    assert_eq!(supposed.status, 0);
    assert!(
        first_line(&supposed)
            .starts_with("ALLOW, forwarded: the token allows it, with the given token")
    );
    assert!(first_line(&supposed).contains("this request carries no token"));
    let json: Value = serde_json::from_str(&request(&[FILE, "--format", "json"]).stdout).unwrap();
    assert_eq!(json["verdict"], "indeterminate");
    assert_eq!(json["with_token_at_hand"]["verdict"], "allow");
}

#[test]
fn a_variable_in_the_place_of_a_token_is_named() {
    let missing = "a missing value";
    let promise = "a promise that was not awaited";
    let cases = [
        ("undefined", missing),
        ("null", missing),
        ("None", missing),
        ("[object Object]", "an object, whose token was not taken out of it"),
        ("[object Promise]", promise),
        ("%5Bobject%20Promise%5D", promise),
        ("%3Ccoroutine%20object%20token%20at%200x7f%3E", promise),
        ("$%7Btoken%7D", "a template that was not filled in"),
    ];
    for (auth, what) in cases {
        let output = request(&[&format!("{FILE}&auth={auth}")]);
        assert_eq!(output.status, 3, "{auth}");
        let sentence =
            format!("its `auth` is the text of a variable that held none ({what}): with Access");
        if auth.contains(' ') {
            // The shell passes on half of it, which is neither a URL nor a token.
            continue;
        }
        assert!(first_line(&output).contains(&sentence), "{auth}: {}", output.stdout);
        assert_says(&output, "with the token of PUBNUB_TOKEN it would be: allow");
    }
}

#[test]
fn calls_copied_from_tools_are_read() {
    let url = format!(
        "https://ps.pndsn.com/v2/objects/demo/channels/room-1/uuids?uuid=alice&auth={}",
        encoded()
    );
    let body = r#"{"set":[{"uuid":{"id":"bob"}}]}"#;
    let entry = json!({
        "startedDateTime": "2023-11-14T22:14:20.000Z",
        "request": {"method": "PATCH", "url": url, "postData": {"text": body}},
        "response": {"status": 403},
    });
    let texts = [
        format!("curl -X PATCH '{url}' --data-raw '{body}'"),
        format!("curl '{url}' -X 'PATCH' -H 'Accept: */*' --data-raw $'{body}' --compressed"),
        format!(
            "curl ^\"{}^\" ^\n  -X ^\"PATCH^\" ^\n  --data-raw ^\"{}^\"",
            url.replace('&', "^&"),
            body.replace('"', "^\\^\"")
        ),
        format!("fetch(\"{url}\", {});", json!({"method": "PATCH", "body": body, "mode": "cors"})),
        format!(
            "Invoke-WebRequest -UseBasicParsing -Uri \"{url}\" `\n-Method PATCH `\n-Body \"{}\"",
            body.replace('"', "`\"")
        ),
        format!(
            "PATCH {} HTTP/1.1\r\nHost: ps.pndsn.com\r\n\r\n{body}",
            url.replace("https://ps.pndsn.com", "")
        ),
        entry.to_string(),
        entry["request"].to_string(),
        format!("\u{feff}{entry}"),
    ];
    for text in &texts {
        let output = pasted(text);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{text}\n{}", output.stdout);
        assert_says(&output, "  asks for       set-channel-members\n");
        assert_says(&output, "  uuids          bob\n");
    }
    // The arguments of the call, after a shell has split it.
    let words = ["curl", &url, "-H", "Accept: */*", "-X", "PATCH", "-d", body, "--compressed"];
    let output = request(&words);
    assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{output:?}");
    let header = pasted(&format!("curl '{FILE}' -H 'Authorization: Bearer abc'"));
    assert_says(&header, "note: it has a header `Authorization`, which PubNub does not read");
}

#[test]
fn a_url_is_found_in_what_consoles_and_logs_print() {
    let url =
        format!("https://ps.pndsn.com/v2/subscribe/demo/hall/0?uuid=alice&auth={}", encoded());
    let path = url.replace("https://ps.pndsn.com", "");
    for text in [
        format!("GET {url} 403 (Forbidden)"),
        format!("--> GET {url} http/1.1"),
        format!("https://ps.pndsn.com:443 \"GET {path} HTTP/1.1\" 403 None"),
        format!("Failed to load resource: the server responded with a status of 403 () {url}"),
        format!("await axios.get('{url}')"),
        format!("<a href=\"{url}\">"),
        url.replace('&', "&amp;"),
    ] {
        let output = pasted(&text);
        assert_eq!(output.status, 1, "{text}\n{output:?}");
        assert_says(&output, "to allow it, grant: channel hall=read\n");
    }
    assert_says(&pasted(&url.replace('&', "&amp;")), "note: the URL is escaped for HTML");
}

#[test]
fn refused_requests_of_a_har_file_come_first() {
    let entry = |url: String, status| {
        json!({
            "startedDateTime": "2023-11-14T22:14:20.000Z",
            "request": {"method": "GET", "url": url},
            "response": {"status": status},
        })
    };
    let subscribe = |channel: &str| {
        format!("https://ps.pndsn.com/v2/subscribe/demo/{channel}/0?uuid=alice&auth={}", encoded())
    };
    let file = json!({"log": {"entries": [
        entry("https://example.com/script.js".into(), 200),
        entry(subscribe("room-1"), 200),
        entry(subscribe("elsewhere"), 403),
    ]}});
    let output = pasted(&file.to_string());
    assert_eq!(output.status, 1, "{output:?}");
    assert!(output.stdout.starts_with("Entry 3, answered 403: subscribe\nDENY, "));
    assert_says(&output, "to allow it, grant: channel elsewhere=read");
    assert_says(&output, "\nEntry 2, answered 200: subscribe\nALLOW, ");
    assert!(output.stdout.ends_with("\n2 requests answered; 1 others in the file\n"));
    let path = std::env::temp_dir().join(format!("pubnub-access-{}.har", std::process::id()));
    std::fs::write(&path, file.to_string()).unwrap();
    let json = run(&["request", &path.display().to_string(), "--format", "json"]);
    std::fs::remove_file(&path).unwrap();
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["requests"][0]["entry"], 3);
    assert_eq!((&json["other_requests"], &json["left_out"]), (&json!(1), &json!(0)));
}

#[test]
fn the_excess_of_a_request_that_is_too_long_for_the_service_is_reported() {
    let channels = vec!["wild.a-name-of-some-length-0123456789-0123456789-0123456"; 600].join(",");
    let target = format!("/v2/subscribe/demo/{channels}/0?uuid=alice&auth={}", encoded());
    let over = target.len() - 32 * 1024;
    let output = request(&[&format!("https://ps.pndsn.com{target}")]);
    assert_eq!(output.status, 1);
    let line = format!(
        "DENY: the service answers 414 to more than 32 KiB (32768 bytes), and path and query have \
         {} bytes, {over} too many: name fewer channels at a time",
        target.len()
    );
    assert_eq!(first_line(&output), line);
}

#[test]
fn the_librarys_own_limit_is_distinguished_from_the_services_unknowns() {
    let costly = TestToken::new(ISSUED, 15).channel_pattern("(?:a?){900}b", Permission::Read);
    let text = costly.to_text();
    let channel = "a".repeat(80);
    let args = ["check", &text, "--operation", "subscribe", "--channel", &channel, "--at", VALID];
    let output = run(&[&args[..], &["--work-limit", "100"]].concat());
    assert_eq!(output.status, 3, "{output:?}");
    assert_says(
        &output,
        "depends on this library's own work limit, which left patterns untried (no unknown of the \
         service): raise it, as in --work-limit 30000000",
    );
    let raised = run(&[&args[..], &["--work-limit", "30000000"]].concat());
    assert_eq!(raised.status, 1, "{raised:?}");
}

#[test]
fn a_denial_survives_a_body_that_cannot_be_read() {
    for (body, note) in [("{\"set\":[{\"ch", "not JSON"), ("[]", "not in the form")] {
        let url = format!("/v2/objects/demo/uuids/bob/channels?uuid=alice&auth={}", encoded());
        let call = format!("curl -X PATCH 'https://ps.pndsn.com{url}' --data-raw '{body}'");
        let output = pasted(&call);
        assert_eq!(output.status, 1, "{output:?}");
        assert_says(&output, "  deny           update on uuid bob\n");
        assert_says(&output, "to allow that much of it, grant: uuid bob=update");
        assert_says(&output, "note: the rest was not read: byte ");
        assert_says(&output, note);
    }
}

#[test]
fn a_sub_request_that_names_no_request_is_answered_400() {
    let url = format!("/v2/subscribe/demo/room-1/0?auth={}", encoded());
    let output = request(&[&url]);
    assert_says(&output, "newer versions of the service answer 400 \"No UUID specified\"");
}

#[test]
fn leaving_needs_a_valid_token_and_no_permission() {
    let output = request(&["/v2/presence/sub-key/demo/channel/room-1/leave?uuid=alice"]);
    assert!(first_line(&output).contains("this request carries no token"));
    assert_says(
        &output,
        "note: unsubscribe needs no permission, but the service checks the token of every request",
    );
}

#[test]
fn a_url_with_one_parameter_is_not_taken_for_one_that_the_shell_cut() {
    assert!(!request(&["/time/0?uuid=alice"]).stderr.contains("cut"));
    assert!(!request(&[FILE]).stderr.contains("ends early"));
}

#[test]
fn an_empty_list_under_a_former_key_means_nothing() {
    let url = format!("/v2/objects/demo/uuids/alice/channels?uuid=alice&auth={}", encoded());
    let status = |body: &str, enforce: &str| {
        let call = format!("curl -X PATCH 'https://ps.pndsn.com{url}' --data-raw '{body}'");
        run_with_input(&["request", "--at", VALID, "--enforce", enforce, "-"], call).status
    };
    for former in ["remove", "add", "update"] {
        let empty = format!("{{\"set\":[{{\"channel\":{{\"id\":\"room-1\"}}}}],\"{former}\":[]}}");
        assert_eq!(status(&empty, "permissions"), 0, "{former}");
        let full = empty.replace("[]", "[{\"channel\":{\"id\":\"x\"}}]");
        assert_eq!(status(&full, "denials"), 3, "{former}");
    }
}

#[test]
fn a_members_id_is_any_text() {
    let url = format!("/v2/objects/demo/channels/room-1/uuids?uuid=alice&auth={}", encoded());
    let body = r#"{"set":[{"uuid":{"id":"Doe, John"}},{"uuid":{"id":"bob"}}]}"#;
    let output = pasted(&format!("curl -X PATCH 'https://ps.pndsn.com{url}' -d '{body}'"));
    assert_eq!(output.status, 0, "{output:?}");
}

#[test]
fn characters_beyond_ascii_in_a_path_are_the_name() {
    let text = TestToken::new(ISSUED, 15).channel("größe", mask(1)).to_text();
    let url = "/v2/subscribe/demo/größe/0?uuid=alice";
    let output = run(&["request", url, "--token", &text, "--at", VALID]);
    assert_eq!(output.status, 0, "{output:?}");
}

#[test]
fn the_state_of_groups_alone_has_an_empty_list_of_channels() {
    let url = |user: &str, query: &str| {
        format!(
            "/v2/presence/sub-key/demo/channel//uuid/{user}?{query}uuid=alice&auth={}",
            encoded()
        )
    };
    let output = request(&[&url("alice", "channel-group=g&")]);
    assert_says(&output, "  asks for       get-state\n");
    assert_says(&output, "  allow          read on group g\n");
    // Without groups, the request names nothing. If leaving them out gives another route, the
    // verdict is in doubt.
    for url in [url("alice", ""), url("heartbeat", "channel-group=g&")] {
        let output = request(&[&url]);
        assert_eq!(output.status, 3);
        assert!(first_line(&output).contains("an empty segment of the path"), "{output:?}");
    }
}

#[test]
fn a_wildcard_and_its_presence_channel_have_the_same_findings() {
    let url = format!("/v2/subscribe/demo/wild.*,wild.*-pnpres/0?uuid=alice&auth={}", encoded());
    assert_eq!(request(&[&url]).status, 0);
}

#[test]
fn every_denial_names_the_smallest_missing_grant() {
    let text = token().to_text();
    let check = |args: &[&str]| {
        let all: Vec<&str> =
            ["check", &text, "--at", VALID, "--operation"].iter().chain(args).copied().collect();
        run(&all)
    };
    let cases: [(&[&str], &str); 5] = [
        (&["subscribe", "--channel", "hall"], "to allow it, grant: channel hall=read\n"),
        (
            &["subscribe", "--channel", "hall", "--group", "h"],
            "to allow it, grant: channel hall=read group h=read\n",
        ),
        (
            &["set-memberships", "--uuid", "bob", "--channel", "room-1"],
            "to allow it, grant: uuid bob=update\n",
        ),
        (
            &["get-all-user-metadata", "--get-all-user-metadata", "restricted"],
            "to allow it, grant: category uuids=get\n",
        ),
        (
            &["delete-messages", "--channel", "hall-1"],
            "delete-messages needs delete on channel hall-1, which grants only read and write\n",
        ),
    ];
    for (args, sentence) in cases {
        let output = check(args);
        assert_eq!(output.status, 1, "{args:?}");
        assert_says(&output, sentence);
    }
    let expired = run(&[
        "check",
        &text,
        "--operation",
        "subscribe",
        "--channel",
        "room-1",
        "--at",
        "1800000000",
    ]);
    assert_says(&expired, "to allow it, use a token that is valid at this time: issue a new one\n");
}

#[test]
fn every_doubt_names_what_decides_it() {
    let text = token()
        .pattern(ResourceKind::User, "^bob$", Permission::Get)
        .pattern(ResourceKind::Entity, "a**", Permission::Get)
        .to_text();
    let cases: [(&[&str], &str); 6] = [
        (
            &["publish", "--channel", "both"],
            "depends on how the service combines the entry for a name with the patterns that match \
             it: allow with --precedence union, deny with explicit-else-any, deny with \
             explicit-else-all\n",
        ),
        (
            &["get-all-channel-metadata"],
            "depends on the keyset's flag \"Disallow Get All Channel Metadata\": allow with \
             --get-all-channel-metadata allowed, deny with restricted\n",
        ),
        (
            &["heartbeat", "--channel", "x"],
            "depends on a requirement that is inferred, not documented: allow with --doubt granted, \
             deny with refused\n",
        ),
        (&["list-groups"], "depends on what the operation needs, which is not documented: "),
        (
            &["datasync-get-user", "--user", "bob"],
            "depends on how the service matches patterns of users: ",
        ),
        (
            &["datasync-get-entity", "--entity", "x"],
            "depends on a pattern that cannot be matched here: ",
        ),
    ];
    for (args, sentence) in cases {
        let all: Vec<&str> =
            ["check", &text, "--at", VALID, "--operation"].iter().chain(args).copied().collect();
        let output = run(&all);
        assert_eq!(output.status, 3, "{args:?}: {output:?}");
        assert_says(&output, sentence);
        let json: Value =
            serde_json::from_str(&run(&[&all[..], &["--format", "json"]].concat()).stdout).unwrap();
        let message = json["decided_by"][0]["message"].as_str().unwrap();
        assert!(format!("{message}\n").contains(sentence), "{message}");
    }
    let clock = run(&[
        "check",
        &text,
        "--operation",
        "subscribe",
        "--channel",
        "room-1",
        "--at",
        "1700000895",
        "--clock-tolerance",
        "10",
    ]);
    assert_says(
        &clock,
        "depends on the service's clock, since the token is issued or expires about now: ",
    );
}

#[test]
fn the_findings_of_a_lint_are_printed_before_a_token_is_issued() {
    let output = run(&[
        "grant",
        "--ttl",
        "15",
        "--authorized-user",
        "a",
        "--channel-pattern",
        "room-*=read",
    ]);
    assert_eq!(output.status, 0);
    assert_says(&output, "error: patterns.channels.room-*: ");
    assert_says(&output, "[glob_pattern]\n");
}

#[test]
fn an_argument_can_name_a_file() {
    let output = run(&["inspect", "testdata/sample.token"]);
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    let same = run(&["diff", "testdata/sample.token", "testdata/sample.token"]);
    assert_says(&same, "no difference");
}

#[test]
fn errors_are_json_where_the_answer_would_be() {
    for (args, kind) in [
        (&["inspect", "nonsense", "--format", "json"][..], "\"kind\":\"malformed\""),
        (&["check", "--format=json"], "not provided: --operation <ID>\",\"kind\":\"usage\""),
        (&["request", "nonsense", "--format", "json"], "\"kind\":\"no_url\""),
    ] {
        let output = run(args);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{args:?}");
        let error: Value = serde_json::from_str(&output.stderr).unwrap();
        assert!(error["error"].is_string(), "{error}");
        assert!(output.stderr.contains(kind), "{output:?}");
    }
    let mark = run(&["inspect", &format!("\u{feff}{}", token().to_text())]);
    assert_says(&mark, "Hint: there is a byte order mark before the token");
}

#[test]
fn a_batch_counts_what_differs_from_what_is_expected() {
    let line = |channel: &str, expect: &str| {
        json!({"operation": "subscribe", "channels": [channel], "expect": expect}).to_string()
    };
    let input = [line("room-1", "allow"), line("x", "deny"), line("x", "allow")].join("\n");
    let args = ["check", "--batch", "--token", &token().to_text(), "--at", VALID];
    let output = run_with_input(&args, input);
    assert_eq!(output.status, 1);
    assert_eq!(output.stderr, "note: 1 of 3 verdicts differ from what was expected\n");
    assert!(
        output
            .stdout
            .lines()
            .nth(2)
            .unwrap()
            .ends_with("\"expect\":\"allow\",\"as_expected\":false}")
    );
}

/// Refusals of other kinds, each as it is pasted, with the sentence that says what to change.
#[test]
fn the_output_says_what_to_change() {
    let text = TestToken::new(ISSUED, 15)
        .authorized_user("alice")
        .channel("room-1", mask(3))
        .group("sports", mask(1))
        .to_text();
    let auth = text.replace('=', "%3D").replace('_', "%5F");
    let host = "https://ps.pndsn.com";
    let subscribe =
        |channel: &str, query: &str| format!("{host}/v2/subscribe/demo/{channel}/0?{query}");
    let good = format!("uuid=alice&auth={auth}");
    let entry = |url: &str, at: &str, headers: Value| {
        let request = json!({"method": "GET", "url": url, "headers": headers});
        let entry = json!({"startedDateTime": at, "request": request, "response": {"status": 403}});
        json!({"log": {"entries": [entry]}}).to_string()
    };
    let members = format!("{host}/v2/objects/demo/uuids/bob/channels?{good}");
    let cases = [
        (
            "a space at the end of a name",
            subscribe("room-1%20", &good),
            "or ask for room-1, which is granted: names are compared to the letter",
        ),
        (
            "a user id in another case",
            subscribe("room-1", &good.replace("alice", "Alice")),
            "or let the client be user alice, whom the token is for",
        ),
        (
            "a token that was encoded before it was handed to the SDK",
            subscribe("room-1", &good.replace('%', "%25").replace("auth=p", "auth=%2570")),
            "its `auth` is percent-encoded twice: an SDK encodes the token by itself",
        ),
        (
            "a token that was added to a request that has one",
            subscribe("room-1", &format!("{good}&auth={auth}")),
            "`auth` stands twice in its query: an SDK adds the token by itself",
        ),
        (
            "a token under another name",
            subscribe("room-1", &good.replace("auth=", "authKey=")),
            "it has a parameter `authKey`, which PubNub does not read: a token goes into `auth`",
        ),
        (
            "a token as other services take it",
            subscribe("room-1", &good.replace("auth=", "auth=Bearer%20")),
            "its `auth` is no token: leave out `Bearer `",
        ),
        (
            "a token with the quotes of its JSON",
            subscribe("room-1", &format!("uuid=alice&auth=%22{auth}%22")),
            "its `auth` is no token: leave out the quotes around the token",
        ),
        (
            "a group as a channel",
            subscribe("sports", &good),
            "or ask for it as a group, as which it is granted",
        ),
        (
            "a token in a header, as curl",
            format!(
                "curl '{}' -H 'Authorization: Bearer {text}'",
                subscribe("room-1", "uuid=alice")
            ),
            "it has a header `Authorization`, which PubNub does not read: a token goes into the",
        ),
        (
            "a token in a header, in a HAR file",
            entry(
                &subscribe("room-1", "uuid=alice"),
                "2023-11-14T22:14:20Z",
                json!([{"name": "authorization", "value": text}]),
            ),
            "it has a header `Authorization`, which PubNub does not read: a token goes into the",
        ),
        (
            "a token that had expired, in a HAR file",
            entry(&subscribe("room-1", &good), "2023-11-14T23:14:20Z", json!([])),
            "to allow it, use a token that is valid at this time: issue a new one",
        ),
        (
            "a compressed body, and a path that is denied",
            format!("curl -X PATCH '{members}' -H 'Content-Encoding: gzip' --data-binary 'x'"),
            "to allow that much of it, grant: uuid bob=update",
        ),
        (
            "a compressed body, which hides the rest",
            format!("curl -X PATCH '{members}' -H 'Content-Encoding: gzip' --data-binary 'x'"),
            "its body was not read: a header says that it is encoded, or no UTF-8",
        ),
    ];
    for (what, given, sentence) in cases {
        let output = pasted(&given);
        assert!([1, 3].contains(&output.status), "{what}: {output:?}");
        let whole = format!("{}{}", output.stdout, output.stderr);
        assert!(whole.contains(sentence), "{what}: {sentence}\n---\n{whole}");
        assert!(!whole.contains(&text[..40]), "{what}\n{whole}");
    }
}

/// Headers of a HAR file count as those of curl do.
#[test]
fn a_header_of_a_har_file_can_name_another_method() {
    let url =
        format!("https://ps.pndsn.com/v2/subscribe/demo/room-1/0?uuid=alice&auth={}", encoded());
    let headers = json!([{"name": "X-HTTP-Method-Override", "value": "DELETE"}]);
    let request = json!({"method": "GET", "url": url, "headers": headers});
    let output = pasted(&json!({"request": request}).to_string());
    assert_eq!(output.status, 3, "{output:?}");
    assert_says(&output, "it is not understood");
}

/// A text in the wrong place is not repeated, since it may be a secret.
#[test]
fn no_token_is_shown_however_it_was_broken() {
    let text = token().to_text();
    let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let (start, end) = text.split_at(60);
    let other_key = TestToken::new(ISSUED, 15).channel("c", mask(1)).to_text();
    let other_key = format!("p0N{}", &other_key[3..]);
    for secret in [&*text, &escaped, &format!("{start} {end}"), &other_key] {
        for args in [
            vec!["request".into(), format!("/time//0?x=1&x/{secret}")],
            vec!["request".into(), format!("/V3/pam/s/grant/{secret}")],
            vec!["grant".into(), "--from-json".into(), secret.into()],
            vec![
                "request".into(),
                "PATCH".into(),
                "/time/0".into(),
                "--body".into(),
                secret.into(),
            ],
            vec!["learn".into(), secret.into()],
        ] {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let output = run(&args);
            let whole = format!("{}{}", output.stdout, output.stderr);
            for part in [secret.get(..30), secret.get(secret.len() - 30..), end.get(..30)] {
                let part = part.unwrap();
                assert!(!whole.contains(part), "{args:?}\n{whole}");
            }
        }
    }
}

/// A flag of its own, and a member of each question.
#[test]
fn a_deny_list_decides_on_revocation() {
    let text = token().to_text();
    let path = std::env::temp_dir().join(format!("pubnub-access-{}.deny", std::process::id()));
    let list = path.display().to_string();
    std::fs::write(&path, format!("# revoked\n{text}\n")).unwrap();
    let subscribe = ["--operation", "subscribe", "--channel", "room-1", "--at", VALID];
    let check = run(&[&["check", &text][..], &subscribe, &["--deny-list", &list]].concat());
    assert_eq!(check.status, 1, "{check:?}");
    assert_says(&check, "the token is on the deny list");
    let url = format!("/v2/subscribe/demo/room-1/0?uuid=alice&auth={}", encoded());
    let output = run(&["request", &url, "--deny-list", &list, "--at", VALID]);
    assert_eq!(output.status, 1, "{output:?}");
    let line = json!({"token": text, "operation": "subscribe", "channels": ["room-1"], "at": 1_700_000_060});
    let args = ["check", "--batch", "--deny-list", &list];
    let batch = run_with_input(&args, line.to_string());
    assert!(
        batch.stdout.contains("\"condition\":\"revocation\",\"verdict\":\"deny\""),
        "{batch:?}"
    );
    // A list of others clears it, and says so in place of the note.
    std::fs::write(&path, "0123456789abcdef0123456789abcdef 1800000000\n").unwrap();
    let check = run(&[&["check", &text][..], &subscribe, &["--deny-list", &list]].concat());
    assert_eq!(check.status, 0);
    assert!(!check.stdout.contains("no deny list was given"));
    std::fs::write(&path, "nonsense\n").unwrap();
    let check = run(&[&["check", &text][..], &subscribe, &["--deny-list", &list]].concat());
    std::fs::remove_file(&path).unwrap();
    assert_eq!(check.status, 2);
    assert_says(&check, "line 1: neither a fingerprint nor a token");
    let lines = json!({"token": text, "operation": "subscribe", "channels": ["room-1"],
        "at": 1_700_000_060, "deny_list": [text]});
    let batch = run_with_input(&["check", "--batch"], lines.to_string());
    assert!(batch.stdout.contains("\"verdict\":\"deny\""), "{batch:?}");
}

#[test]
fn lines_are_broken_between_words_at_the_terminals_width() {
    for width in ["60", "80"] {
        for args in [&["operations"][..], &["reach", "testdata/sample.token"], &["lint", "--codes"]]
        {
            let output = finish(command(args).env("COLUMNS", width).spawn().unwrap());
            let widest = output.stdout.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= width.parse().unwrap(), "{args:?} {width}: {widest}");
            let whole = run(args).stdout;
            let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
            assert_eq!(words(&output.stdout), words(&whole), "{args:?}");
        }
    }
}

#[test]
fn many_entries_are_a_grid() {
    let token = (0..10).fold(TestToken::new(ISSUED, 15), |token, number| {
        token.channel(&format!("room-{number}"), mask(if number % 2 == 0 { 3 } else { 33 }))
    });
    let output = run(&["inspect", &token.to_text(), "--at", VALID]);
    assert_says(
        &output,
        "  channels (10)\n            read  write  get\n    room-0   x      x     .\n    \
         room-1   x      .     x\n",
    );
}
