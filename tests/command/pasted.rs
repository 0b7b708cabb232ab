//! `request`: pasted requests, sources of the token, and faults in the pasted text.

use pubnub_access::Permission;
use pubnub_access::mint::TestToken;

use crate::request::{PUBLISH, request, request_with};
use crate::support::{ISSUED, VALID, assert_error, run_with_input};

#[test]
fn a_caret_points_to_the_fault_of_a_request() {
    let cases = [
        (
            "https://ps.pndsn.com/v2/subscribe/s/room%2/0?auth=KEY&uuid=a",
            "  https://ps.pndsn.com/v2/subscribe/s/room%2/0?auth=[hidden]&uuid=a\n                                          ^\n",
        ),
        (
            "/time/0?auth=KEY&auth=KEY",
            "  /time/0?auth=[hidden]&auth=[hidden]\n                        ^\n",
        ),
        ("/time/0?AUTH=KEY", "  /time/0?AUTH=[hidden]\n          ^\n"),
        ("/time/0?x=1;%61uth%5B%5D=KEY;x", "  /time/0?x=1;%61uth%5B%5D=[hidden]\n          ^\n"),
        (
            "/time//0?user-auth=KEY&accessKey=KEY&sig=KEY",
            "  /time//0?user-auth=[hidden]&accessKey=[hidden]&sig=[hidden]\n        ^\n",
        ),
        ("/V3/pam/s/grant/TOKEN", "  /V3/pam/s/grant/[hidden]\n  ^\n"),
        (
            "/time/0?uuid=a+b&auth=TOKEN#auth=TOKEN",
            "  /time/0?uuid=a+b&auth=[hidden]#auth=[hidden]\n",
        ),
        ("/time/0?auth=KEY?x#f", "  /time/0?auth=[hidden]#f\n                       ^\n"),
        ("/time\u{1b}/0?auth=KEY", "  /time\\u{1b}/0?auth=[hidden]\n       ^\n"),
        // The credential from the environment is not part of the pasted text.
        (
            "/v2/subscribe/s/a/0?auth=KEY&uuid=a+b --token TOKEN",
            "  /v2/subscribe/s/a/0?auth=[hidden]&uuid=a+b\n",
        ),
        (
            "/v2/subscribe/s/a//0?uuid=a&x=y --token TOKEN",
            "  /v2/subscribe/s/a//0?uuid=a&x=y\n                    ^\n",
        ),
        ("/favicon.ico", "  /favicon.ico\n  ^\n"),
        ("/v9/subscribe/s/a/0", "  /v9/subscribe/s/a/0\n  ^\n"),
        ("DELETE /time/0", "  the method is DELETE\n"),
    ];
    for (line, pointed) in cases {
        let output = request(line);
        assert_eq!(output.status, 3, "{line}: {output:?}");
        assert!(
            output.stdout.starts_with("INDETERMINATE, forwarded: it is not understood: "),
            "{line}"
        );
        assert!(output.stdout.contains(&format!("\n\n{pointed}")), "{line}: {}", output.stdout);
    }
    let caret = |line: &str| request(line).stdout.lines().last().unwrap().find('^').unwrap();
    assert_eq!(
        caret("/v2/subscribe/s/a/0?auth=KEY&uuid=a+b --token TOKEN"),
        2 + "/v2/subscribe/s/a/0?auth=[hidden]&uuid=a".len()
    );
    // Of a long text, only the part around the fault is shown.
    let long = request(&format!(
        "/v2/subscribe/s/{}%/0?uuid=a&auth=KEY&{}",
        "a".repeat(200),
        "b".repeat(200)
    ))
    .stdout;
    assert!(long.lines().all(|line| line.len() < 140), "{long}");
    let lines: Vec<&str> = long.lines().rev().take(2).collect();
    assert_eq!(lines[1].as_bytes()[lines[0].find('^').unwrap()], b'%');
}

/// Values of keys that may hold a credential are hidden, and no others.
#[test]
fn the_value_of_every_credential_is_hidden() {
    let keys = [
        "auth",
        "authKey",
        "token",
        "access-token",
        "signature",
        "X-Signature",
        "sig",
        "secret",
        "client-secret",
        "password",
        "accessKey",
        "apiKey",
        "api-key",
        "s%69gnature",
        "s%2569gnature",
        "x;signature",
        "x?signature",
    ];
    for key in keys {
        // The second slash is a fault, so the URL is shown.
        let shown = request(&format!("/time//0?{key}=KEY&x=y")).stdout;
        assert!(shown.contains(&format!("  /time//0?{key}=[hidden]&x=y\n")), "{key}: {shown}");
    }
    let shown = request("/time//0?uuid=alice&significance=high&key=z").stdout;
    assert!(shown.contains("  /time//0?uuid=alice&significance=high&key=z\n"), "{shown}");
}

#[test]
fn pasted_requests_of_every_form_are_read() {
    let allowed = [
        format!("'{PUBLISH}&auth=ENCODED'"),
        format!("_\n\"{PUBLISH}&auth=ENCODED\"_\n"),
        format!("<https://ps.pndsn.com{PUBLISH}&auth=ENCODED>"),
        format!("ps.pndsn.com{PUBLISH}&auth=ENCODED"),
        format!("http://localhost:8080{PUBLISH}&auth=ENCODED"),
        format!("localhost:8080{PUBLISH}&auth=ENCODED"),
        format!("GET {PUBLISH}&auth=ENCODED"),
        format!("GET {PUBLISH}&auth=ENCODED HTTP/1.1"),
        format!("GET_{PUBLISH}&auth=ENCODED_HTTP/1.1"),
        format!("{PUBLISH}&auth=ENCODED_HTTP/2"),
        format!(
            "10.0.0.1_-_-_[01/Nov/2026:10:00:00]_\"GET_{PUBLISH}&auth=ENCODED_HTTP/1.1\"_403_17_\"-\"_\"curl/8\""
        ),
    ];
    for line in &allowed {
        let output = request(line);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{line}: {output:?}");
        let output = request_with("-", None, line);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{line}: {output:?}");
    }
    let lower = request(&format!("get {PUBLISH}&auth=ENCODED"));
    assert_eq!(
        (lower.status, lower.stderr.as_str()),
        (0, "note: the case of methods matters, and GET is assumed\n")
    );
}

#[test]
fn a_token_from_a_flag_or_the_environment_replaces_a_missing_one() {
    let status = |line: &str, variable: Option<&str>| request_with(line, variable, "TOKEN").status;
    let from = |line: &str, variable: Option<&str>| {
        let output = request_with(line, variable, "TOKEN");
        output
            .stdout
            .lines()
            .find(|line| line.starts_with("  credential"))
            .unwrap()
            .trim_start_matches("  credential")
            .trim()
            .to_owned()
    };
    let hidden = [
        "...",
        "***",
        "%2A%2A%2A",
        "[REDACTED]",
        "%3Credacted%3E",
        "FILTERED",
        "xxxxx",
        "\u{2026}",
        "p0F2...",
        "-",
    ];
    for hidden in hidden {
        let line = format!("/publish/p/s/0/room-1/0/1?auth={hidden}&uuid=alice");
        assert_eq!(from(&line, None), "masked", "{hidden}");
        assert_eq!(from(&line, Some("TOKEN")), "a token, from PUBNUB_TOKEN", "{hidden}");
        assert_eq!(status(&line, Some("TOKEN")), 0, "{hidden}");
        assert_eq!(from(&format!("{line} --token TOKEN"), Some("CUT")), "a token, from --token");
    }
    assert_eq!(from(&format!("{PUBLISH} --token -"), None), "a token, from --token");
    // One that stands nowhere in the request stands beside it.
    for line in [PUBLISH, &format!("{PUBLISH}&auth=")] {
        assert_eq!(from(line, Some("TOKEN")), "none");
        assert_eq!(status(line, Some("TOKEN")), 3);
    }
    // The URL's own counts before the environment, and the flag before both.
    assert_eq!(
        from(&format!("{PUBLISH}&auth=KEY"), Some("TOKEN")),
        "no token: an authorization key of version 2 perhaps"
    );
    let both = request(&format!("{PUBLISH}&auth=KEY --token TOKEN"));
    assert_eq!(
        (both.status, both.stderr.as_str()),
        (0, "note: --token replaces the URL's `auth`\n")
    );
    let signed = request(&format!("{PUBLISH}&timestamp=1&signature=v2.signed --token TOKEN"));
    let note = "note: --token is ignored: the request is signed, or takes no token\n";
    assert_eq!((signed.status, signed.stderr.as_str()), (3, note));
    // Every character of base64 arrives.
    let token = TestToken::new(ISSUED, 15)
        .channel("room-1", Permission::Write)
        .meta("m", "\u{fb}\u{ff}\u{3fe}>>>???");
    let standard = token.to_text().replace('-', "+").replace('_', "/");
    assert!(standard.contains(['+', '/']));
    let args = ["request", PUBLISH, "--token", "-", "--at", VALID];
    assert_eq!(run_with_input(&args, standard).status, 0);
}

#[test]
fn wrong_usage_is_refused() {
    let no_url = "no URL and no path: expected one such as https://ps.pndsn.com/time/0 or /time/0";
    let read = "cannot read the URL: byte 0 of the target: not a URL, expected `http://` or `https://` and a host";
    let input = "standard input can be one of URL, body and token: give the others otherwise";
    let cases = [
        ("GET", no_url),
        ("nonsense", no_url),
        ("uuid=a&auth=KEY", no_url),
        ("-", no_url),
        ("ftp://ps.pndsn.com/time/0", read),
        ("https:///time/0", read),
        ("/time/0 GET", "the METHOD stands before the URL"),
        ("https://ps.pndsn.com/time/0 PATCH", "the METHOD stands before the URL"),
        ("- --body -", input),
        ("/time/0 --body - --token -", input),
        ("/time/0 --body x", "a body without a METHOD: give it before the URL, as in PATCH"),
        (
            "PATCH /time/0 --body /nowhere/x",
            "cannot open /nowhere/x: No such file or directory (os error 2)",
        ),
        (
            "PATCH /time/0 --body TOKEN",
            "cannot open [hidden], which looks like a token and no file: File name too long (os error 36)",
        ),
    ];
    for (line, message) in cases {
        assert_error(&request(line), message);
    }
    let user = request("https://KEY@ps.pndsn.com/time/0");
    assert_error(
        &user,
        "cannot read the URL: byte 8 of the target: user information in a URL, expected a host alone",
    );
    let usage = |line: &str, message: &str| {
        let output = request(line);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{line}");
        assert!(output.stderr.starts_with(message), "{line}: {}", output.stderr);
    };
    usage("/time/0 --enforce all", "error: invalid value 'all' for '--enforce <WHAT>'");
    usage("/time/0 --auth=TOKEN", "error: unexpected argument '--auth' found");
    usage("--body x", "error: the following required arguments were not provided:");
}
