//! Sub-requests, as each proxy sends them.

use bytes::Bytes;
use http_body_util::Full;
use pubnub_access::UnverifiedToken;
use pubnub_access::revocation::Fingerprint;

use crate::client::{exchange, http2, send};
use crate::process::Gateway;
use crate::support::*;

#[test]
fn sub_requests_are_answered_in_three_styles() {
    let gateway = Gateway::auth(&[]);
    for style in STYLES {
        let answer = ask(gateway.auth, style, "GET", &publish("hush"));
        assert_eq!(summary(&answer), (200, "allow", "token_allows", Some("publish")), "{style}");
        assert_eq!((answer.text(), answer.header("X-PubNub-Access-Body")), ("", None));

        let answer =
            ask(gateway.auth, style, "GET", &publish("hush%2Felsewhere%C3%BC%F0%9F%98%80%22"));
        assert_eq!(summary(&answer), (403, "deny", "token_denies", Some("publish")), "{style}");
        assert_eq!(answer.text(), forbidden(r#""hush/elsewhereü😀\"""#));
        let header = forbidden(r#""hush/elsewhere\u00fc\ud83d\ude00\"""#);
        assert_eq!(answer.header("X-PubNub-Access-Body"), Some(header.as_str()));
        assert_eq!(answer.header("Content-Type"), Some("application/json"));

        let answer = ask(gateway.auth, style, "GET", &publish("hush%2F%C3%BC%20b"));
        assert_eq!(summary(&answer), (200, "allow", "token_allows", Some("publish")), "{style}");

        let answer = ask(
            gateway.auth,
            style,
            "PATCH",
            &format!("/v2/objects/s/uuids/hush-alice/channels?{}", auth()),
        );
        let expected = (200, "indeterminate", "body_needed", Some("set-memberships"));
        assert_eq!(summary(&answer), expected, "{style}");
        let answer = ask(
            gateway.auth,
            style,
            "PATCH",
            &format!("/v2/objects/s/uuids/hush-bob/channels?{}", auth()),
        );
        assert_eq!(answer.status, 403, "{style}");
        assert_eq!(answer.text(), FORBIDDEN, "{style}");

        for (method, target) in
            [("GET", "/hush/0/"), ("get", "/time/0"), ("OPTIONS", "/time/0"), ("GET", "/hush//0")]
        {
            let answer = ask(gateway.auth, style, method, target);
            assert_eq!(
                summary(&answer),
                (200, "indeterminate", "not_routed", Some("")),
                "{style} {method} {target}"
            );
        }
        let answer = ask(gateway.auth, style, "GET", "/time/0");
        assert_eq!(summary(&answer), (200, "allow", "nothing_needed", Some("time")), "{style}");
    }
}

#[test]
fn doubts_are_rejected_if_only_certain_permissions_pass() {
    let gateway = Gateway::auth(&["--enforce", "permissions"]);
    for style in STYLES {
        assert_eq!(ask(gateway.auth, style, "GET", &publish("hush")).status, 200);
        let answer = ask(gateway.auth, style, "GET", &format!("/hush//0?{}", auth()));
        assert_eq!(summary(&answer), (403, "indeterminate", "not_routed", Some("")));
        assert_eq!(answer.text(), FORBIDDEN);
        // Only a status that every proxy passes on is used, whatever the service would answer.
        let answer = ask(gateway.auth, style, "GET", "/v1/datasync/subkeys/hush/users");
        assert_eq!(summary(&answer), (403, "deny", "no_credential", Some("datasync-list-users")));
        assert_eq!(answer.text(), r#"{"errors":[{"errorCode":"DS-0203"}]}"#);
    }
}

#[test]
fn a_fixed_setting_settles_the_doubts_that_it_decides() {
    let status = |target: &str, arguments: &[&str]| {
        let gateway = Gateway::auth(&[&["--enforce", "permissions"], arguments].concat());
        ask(gateway.auth, "nginx", "GET", target).status
    };
    let both = publish("hush-both");
    assert_eq!(status(&both, &[]), 403);
    assert_eq!(status(&both, &["--precedence", "union"]), 200);
    assert_eq!(status(&both, &["--precedence", "explicit-else-any"]), 403);
    let group = format!("/v2/subscribe/hush-sub/,/0?channel-group=hush-group&{}", auth());
    assert_eq!(status(&group, &[]), 403);
    assert_eq!(status(&group, &["--group-names", "colon"]), 200);
    assert_eq!(status(&group, &["--group-names", "plain"]), 403);
}

#[test]
fn requests_to_datasync_get_its_own_answers() {
    let gateway = Gateway::auth(&[]);
    let item = |id: &str| format!("/v1/datasync/subkeys/hush-sub/entities/{id}?{}", auth());
    for style in STYLES {
        let answer = ask(gateway.auth, style, "DELETE", &item("hush-entity"));
        assert_eq!(
            summary(&answer),
            (200, "allow", "token_allows", Some("datasync-delete-entity"))
        );
        let answer = ask(gateway.auth, style, "GET", &item("hush-entity"));
        assert_eq!(summary(&answer), (403, "deny", "token_denies", Some("datasync-get-entity")));
        assert_eq!(answer.text(), r#"{"errors":[{"errorCode":"DS-0201"}]}"#);
    }
}

#[test]
fn a_sub_request_that_does_not_name_one_request_is_refused() {
    let gateway = Gateway::auth(&[]);
    let bad = |path: &str, headers: &[(&str, &str)]| {
        let answer = send(gateway.auth, "GET", path, headers);
        assert_eq!(
            (answer.status, answer.header("X-PubNub-Access-Verdict")),
            (400, None),
            "{path} {headers:?}"
        );
    };
    for (path, method, target) in [
        ("/auth/nginx", "X-Original-Method", "X-Original-URI"),
        ("/auth/forwarded", "X-Forwarded-Method", "X-Forwarded-Uri"),
    ] {
        let (get, time) = ((method, "GET"), (target, "/time/0"));
        bad(path, &[]);
        bad(path, &[get]);
        bad(path, &[time]);
        bad(path, &[get, (target, "")]);
        bad(path, &[(method, ""), time]);
        bad(path, &[get, time, time]);
        bad(path, &[get, get, time]);
        bad(path, &[get, time, (target, "/hush")]);
        // The headers of another style are ignored.
        bad(
            path,
            &[("X-Original", "GET"), ("X-Forwarded-Method", "GET"), ("X-Original-URI", "/time/0")],
        );
        let start = format!("GET {path} HTTP/1.1\r\nHost: h\r\n{method}: GET\r\n{target}: /");
        let latin = [start.as_bytes(), b"\xe9\r\n\r\n"];
        assert_eq!(exchange(gateway.auth, &latin.concat()).status, 400);
    }
    for path in [
        "/",
        "/auth",
        "/auth/envoy",
        "/auth/envoyed/time/0",
        "/AUTH/envoy/time/0",
        "/auth/envoy?/time/0",
    ] {
        assert_eq!(send(gateway.auth, "GET", path, &[]).status, 404, "{path}");
    }
    let labels = ["door=\"auth\"", "status=\"404\""];
    assert_eq!(gateway.metric("pubnub_access_failures_total", &labels), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_by_grpc_that_names_no_request_is_a_failure() {
    let gateway = Gateway::auth(&[]);
    let mut sender = http2(gateway.auth).await;
    // A message of no bytes, which is not compressed.
    let check = http::Request::post("http://h/envoy.service.auth.v3.Authorization/Check")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Full::new(Bytes::from_static(&[0; 5])))
        .unwrap();
    let answer = sender.send_request(check).await.unwrap();
    let invalid_argument = "3";
    assert_eq!(answer.headers()["grpc-status"], invalid_argument);
    let labels = ["door=\"envoy_grpc\"", "status=\"400\""];
    assert_eq!(gateway.metric("pubnub_access_failures_total", &labels), 1);
}

#[test]
fn the_path_that_envoy_sends_is_taken_as_it_came() {
    let gateway = Gateway::auth(&[]);
    let reason = |path: &str| {
        let answer = send(gateway.auth, "GET", path, &[]);
        (answer.status, answer.header("X-PubNub-Access-Reason").unwrap_or_default().to_owned())
    };
    // If any of them was normalised, the answer would differ.
    for path in
        ["/time/0", "/time//0", "/time/./0", "/x/../time/0", "/%74ime/0", "//time/0", "/time/0/"]
    {
        let expected = if path == "/time/0" { "nothing_needed" } else { "not_routed" };
        assert_eq!(reason(&format!("/auth/envoy{path}")), (200, expected.to_owned()), "{path}");
    }
    assert_eq!(reason("/auth/../auth/envoy/time/0"), (404, String::new()));
    assert_eq!(reason("http://elsewhere/auth/envoy/time/0"), (200, "nothing_needed".to_owned()));
}

#[test]
fn a_revoked_token_is_refused() {
    let text = token().to_text();
    let token = UnverifiedToken::parse(&text).unwrap();
    let path = std::env::temp_dir().join(format!("pubnub-access-deny-list-{}", std::process::id()));
    std::fs::write(&path, format!("{} {}\n", Fingerprint::of(&token), token.expires_at())).unwrap();
    let gateway = Gateway::auth(&["--deny-list", path.to_str().unwrap()]);
    std::fs::remove_file(&path).unwrap();
    let target =
        format!("/publish/p/s/0/hush/0/1?uuid=hush-alice&auth={}", text.replace('=', "%3D"));
    let answer = ask(gateway.auth, "nginx", "GET", &target);
    assert_eq!(summary(&answer), (403, "deny", "token_revoked", Some("publish")));
    assert_eq!(
        answer.text(),
        r#"{"message":"Token is revoked","error":true,"service":"Access Manager","status":403}"#
    );
}
