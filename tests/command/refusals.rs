//! Refusals of many kinds as people have them, each with the sentence that says what to change.

use pubnub_access::mint::TestToken;
use serde_json::{Value, json};

use crate::support::{ISSUED, Output, VALID, mask, run, run_with_input, run_with_variable};

fn token() -> TestToken {
    TestToken::new(ISSUED, 15)
        .authorized_user("alice")
        .channel("room-1", mask(3))
        .channel_pattern("^hall-[0-9]+$", mask(1))
}

/// The token as it stands in a query.
fn auth() -> String {
    token().to_text().replace('=', "%3D")
}

const HOST: &str = "https://ps.pndsn.com";

fn subscribe(channel: &str, query: &str) -> String {
    format!("{HOST}/v2/subscribe/demo/{channel}/0?{query}")
}

/// Runs `request` with a text on standard input.
fn pasted(text: &str) -> Output {
    run_with_input(&["request", "--at", VALID, "-"], text)
}

#[track_caller]
fn assert_says(what: &str, output: &Output, sentence: &str) {
    let whole = format!("{}{}", output.stdout, output.stderr);
    assert!(whole.contains(sentence), "{what}: {sentence}\n---\n{whole}");
    assert!(!whole.contains(&token().to_text()[..40]), "{what}\n{whole}");
}

/// A HAR file with one request to `room-1` that was refused.
fn refused(body: &str) -> String {
    let url = subscribe("room-1", &format!("uuid=alice&auth={}", auth()));
    let response = json!({"status": 403, "content": {"text": body}});
    let entry = json!({
        "startedDateTime": "2023-11-14T22:14:20Z",
        "request": {"method": "GET", "url": url},
        "response": response,
    });
    json!({"log": {"entries": [entry]}}).to_string()
}

fn service_answer(message: &str, payload: &str) -> String {
    format!(
        r#"{{"message":"{message}"{payload},"error":true,"service":"Access Manager","status":403}}"#
    )
}

#[test]
fn each_kind_of_refusal_says_what_to_change() {
    let auth = auth();
    let good = format!("uuid=alice&auth={auth}");
    let refused_names = r#","payload":{"channels":["room-2"],"channel-groups":[":sports"]}"#;
    let cases = [
        (
            "a token that was read from a file with its end of line",
            subscribe("room-1", &format!("{good}%0A")),
            "its `auth` has the end of a line at one end, as of a file that was read: trim the token",
        ),
        (
            "an answer of the service in the place of the request",
            service_answer("Forbidden", refused_names),
            "this is an answer of the service, and no request: a permission is missing on what it \
             lists, or the token is for another user, or there is none: paste the request's URL",
        ),
        (
            "the exception of an SDK",
            format!(
                "pubnub.exceptions.PubNubException: HTTP Client Error (403): {}",
                service_answer("Token is expired.", "").replace('"', "'")
            ),
            "the token has expired: issue a new one",
        ),
        (
            "the status object of an SDK",
            format!(r#"{{"status":{{"errorData":{}}}}}"#, service_answer("Token is revoked.", "")),
            "the token was revoked: issue another",
        ),
        (
            "a revoked token, in a HAR file",
            refused(&service_answer("Token is revoked.", "")),
            "the service answered: the token was revoked: issue another",
        ),
        (
            "a token of another keyset, in a HAR file",
            refused(&service_answer("Forbidden", "")),
            "the service answered 403 all the same: the token may be revoked, or of another keyset",
        ),
        (
            "the upload of a file",
            "POST https://files-us-east-1-prd.s3.amazonaws.com/".into(),
            "this is the storage of files, whose 403 is not Access Manager's",
        ),
        (
            "a proxy",
            "https://api.example.com/chat/publish?x=1".into(),
            "its host is not PubNub's: if it is a proxy, paste what it sends to PubNub",
        ),
        (
            "a channel that was not there",
            subscribe("undefined", &good),
            "undefined is the text of a missing value: see where the request gets it from",
        ),
        (
            "a user id that was not awaited",
            subscribe("room-1", &format!("uuid=%5Bobject%20Promise%5D&auth={auth}")),
            "\"[object Promise]\" is the text of a promise that was not awaited",
        ),
        (
            "a user id under another key",
            subscribe("room-1", &format!("user_id=alice&auth={auth}")),
            "it has a parameter `user_id`, which PubNub does not read: the user id goes into `uuid`",
        ),
        (
            "a user id that was added to the SDK's own",
            subscribe("room-1", &format!("uuid=alice&{good}")),
            "`uuid` is in the query twice: an SDK adds it by itself, so leave out yours",
        ),
        (
            "a query without its sign",
            format!("{HOST}/v2/subscribe/demo/room-1/0&{good}"),
            "its query has no `?` before it: put one after the path",
        ),
        (
            "a subscribe key that was empty",
            format!("{HOST}/v2/subscribe//room-1/0?{good}"),
            "nothing is between two slashes of the path: a key or a name was empty",
        ),
        (
            "a name that was encoded before it was handed to the SDK",
            subscribe("room%252D1", &good),
            "a name is percent-encoded twice: an SDK encodes names by itself",
        ),
        (
            "a name that was read with its end of line",
            subscribe("room-1%0A", &good),
            "a name has the end of a line in it: trim what a file or a form gave",
        ),
        (
            "a name with a sign that ends what is sent",
            subscribe("#room-1", &good),
            "what follows a `#` is not sent: if it is part of a name, write `%23`",
        ),
        (
            "a grant",
            format!("POST {HOST}/v3/pam/demo/grant?timestamp=1&signature=v2.abc"),
            "a 403 to it says that the signature does not match: the secret key is of another",
        ),
        (
            "names with a space behind the comma",
            subscribe("room-1,%20hall-1", &good),
            "or ask for hall-1, without white space around it",
        ),
        (
            "what curl prints when it is verbose",
            format!(
                "* Connected to ps.pndsn.com\n> GET /v2/subscribe/demo/room-2/0?{good} HTTP/2\n\
                 > Host: ps.pndsn.com\n> accept: */*\n>\n< HTTP/2 403\n"
            ),
            "to allow it, grant: channel room-2=read",
        ),
        (
            "a URL out of JSON",
            subscribe("room-2", &good).replace('&', "\\u0026"),
            "to allow it, grant: channel room-2=read",
        ),
        (
            "a record of a log",
            format!(r#"{{"httpRequest":{{"requestUrl":"{}"}}}}"#, subscribe("room-2", &good)),
            "to allow it, grant: channel room-2=read",
        ),
        (
            "a link",
            format!("[403 Forbidden]({})", subscribe("room-2", &good)),
            "to allow it, grant: channel room-2=read",
        ),
        (
            "arguments that are swapped",
            subscribe("room-1", &format!("uuid={auth}&auth=alice")),
            "a token is where a name or the `uuid` belongs: are two arguments swapped?",
        ),
    ];
    for (what, given, sentence) in cases {
        assert_says(what, &pasted(&given), sentence);
    }
}

#[test]
fn several_requests_are_answered_one_by_one() {
    let good = format!("uuid=alice&auth={}", auth());
    let (granted, denied) = (subscribe("room-1", &good), subscribe("room-2", &good));
    let log = |url: &str, status: u16| {
        let target = url.trim_start_matches(HOST);
        format!("10.0.0.1 - - [14/Nov/2023] \"GET {target} HTTP/1.1\" {status} 12 \"-\" \"SDK\"\n")
    };
    let cases = [
        (
            "the lines of an access log",
            [&log(&granted, 200), "\r\n", &log(&denied, 403)].concat(),
            "Line 3, answered 403: subscribe",
            "Line 1, answered 200: subscribe",
        ),
        ("URLs", format!("{granted}\n{denied}\n"), "Line 2: subscribe", "Line 1: subscribe"),
        (
            "calls of curl, on lines of their own",
            format!("curl '{granted}' \\\n  -H 'a: b' ;\ncurl '{denied}' \\\n  --compressed"),
            "Line 3: subscribe",
            "Line 1: subscribe",
        ),
        (
            "calls of fetch",
            format!("fetch(\"{granted}\", {{\"method\": \"GET\"}}); ;\nfetch(\"{denied}\");"),
            "Line 2: subscribe",
            "Line 1: subscribe",
        ),
        (
            "records of a log",
            format!("{{\"url\":\"{granted}\"}}\n{{\"url\":\"{denied}\"}}\n"),
            "Line 2: subscribe",
            "Line 1: subscribe",
        ),
    ];
    for (what, given, denied, granted) in cases {
        let output = pasted(&given);
        assert_eq!(output.status, 1, "{what}: {output:?}");
        assert_says(what, &output, &format!("{denied}\nDENY, rejected with 403"));
        assert_says(what, &output, &format!("{granted}\nALLOW, forwarded"));
        assert_says(what, &output, "\n2 requests answered (1 deny, 1 allow); ");
    }
    let json = run_with_input(
        &["request", "--at", VALID, "-", "--format", "json"],
        format!("{granted}\nnonsense\n{denied}"),
    );
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["requests"][1]["entry"], &json["other_requests"]), (&json!(3), &json!(1)));
}

#[test]
fn the_time_of_a_line_is_asked_for() {
    let lines = format!("{}\n", subscribe("room-1", &format!("uuid=alice&auth={}", auth())));
    let output = run_with_input(&["request", "--at", "1800000000", "-"], lines.repeat(2));
    assert_says("a log", &output, "the time of a line is not read: give it with --at");
}

/// A log is longer than any request.
#[test]
fn a_long_log_is_read_to_its_end() {
    let line = format!("GET /time/0?x={} HTTP/1.1\n", "x".repeat(2_000));
    let denied = subscribe("room-2", &format!("uuid=alice&auth={}", auth()));
    let output = pasted(&[line.repeat(1_000), denied].concat());
    assert!(output.stdout.contains("200 requests answered"), "{}", output.stderr);
    assert!(output.stdout.contains(", and 801 more of PubNub's interface left out"));
}

#[test]
fn a_token_in_the_place_of_a_name_is_not_printed() {
    let text = token().to_text();
    let equals = format!("{text}=read");
    let cases: [&[&str]; 5] = [
        &["check", &text, "--operation", "publish", "--channel", &text],
        &["check", &text, "--operation", "time", "--user-id", &text],
        &["check", &text, "--operation", "subscribe", "--group", &text],
        &["grant", "--ttl", "5", "--channel", &equals],
        &["grant", "--ttl", "5", "--channel", "a=read", "--authorized-user", &text],
    ];
    for args in cases {
        let output = run(args);
        assert_eq!(output.status, 2, "{output:?}");
        assert_says("a name", &output, "this is a token");
    }
}

#[test]
fn a_path_without_a_file_is_said_to_have_none() {
    for args in [
        &["inspect", "absent.token"][..],
        &["request", "absent.har"],
        &["request", "../absent"],
        &["lint", "./absent"],
    ] {
        let output = run(args);
        let error = format!("error: cannot open {}: ", args[1]);
        assert!(output.status == 2 && output.stderr.starts_with(&error), "{output:?}");
    }
    let folder = run(&["request", "."]);
    assert!(folder.stderr.starts_with("error: cannot read .: "), "{folder:?}");
}

#[test]
fn text_in_another_encoding_is_named() {
    let utf16: Vec<u8> = "\u{feff}/time/0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for command in ["inspect", "request"] {
        let output = run_with_input(&[command, "-"], utf16.clone());
        assert_says(command, &output, "it is UTF-16, as some versions of PowerShell write it");
    }
}

#[test]
fn a_variable_without_a_token_is_named() {
    for text in ["undefined", "null", "[object Object]"] {
        let output = run_with_variable(&["inspect"], "PUBNUB_TOKEN", text);
        assert_says(text, &output, "Hint: this is the text of a variable that held no token");
    }
}

#[test]
fn a_timetoken_is_told_from_seconds() {
    let args = ["check", "a", "--operation", "time", "--at", "17000000600000000"];
    assert_says("--at", &run(&args), "this looks like a timetoken, and seconds are expected");
}
