//! Routes: the cases of `testdata/routes`, limits, errors, and output without credentials.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use pubnub_access::gateway::{
    Action, Administration, Credential, HttpRequest, Route, RouteError, RouteErrorKind,
    RoutePosition, route,
};
use pubnub_access::{Operation, Request};

use crate::support::escapes::unescape;

const MEMBERSHIPS: &str = "/v2/objects/s/uuids/bob/channels";
const MEMBERS: &str = "/v2/objects/s/channels/room/uuids";
const ENTITIES: &str = "/v1/datasync/subkeys/s/entities";

/// The words for requests with bodies, each with its method and its target.
const WITH_BODY: [(&str, &str, &str); 7] = [
    ("memberships", "PATCH", MEMBERSHIPS),
    ("members", "PATCH", MEMBERS),
    ("entities", "POST", ENTITIES),
    ("relationships", "POST", "/v1/datasync/subkeys/s/relationships"),
    ("datasync-memberships", "POST", "/v1/datasync/subkeys/s/memberships"),
    ("users", "POST", "/v1/datasync/subkeys/s/users"),
    ("channels", "POST", "/v1/datasync/subkeys/s/channels"),
];

/// Removes the mark from a text, and returns its position.
fn marked(text: &str) -> (String, Option<usize>) {
    let text = unescape(text).unwrap();
    (text.replace('▸', ""), text.find('▸'))
}

fn action_text(action: Action) -> String {
    match action {
        Action::Operation(operation) => operation.id().to_owned(),
        Action::Administration(Administration::GrantToken) => "grant-token".into(),
        Action::Administration(Administration::RevokeToken) => "revoke-token".into(),
        Action::Administration(Administration::GrantKeys) => "grant-keys".into(),
        Action::Administration(Administration::AuditKeys) => "audit-keys".into(),
        Action::Namespaces => "namespaces".into(),
        action => panic!("{action:?}"),
    }
}

/// A route in the notation of the files.
fn route_text(route: &Route<'_>) -> String {
    let mut text = action_text(route.action());
    let mut word = |key: &str, value: &str| {
        if value.bytes().all(|byte| byte.is_ascii_graphic()) {
            write!(text, " {key}={value}").unwrap();
        } else {
            write!(text, " {key}={value:?}").unwrap();
        }
    };
    let keys = [
        ("sub", route.subscribe_key()),
        ("pub", route.publish_key()),
        ("user_id", route.user_id()),
    ];
    keys.iter().for_each(|(key, value)| value.iter().for_each(|value| word(key, value)));
    match route.credential() {
        Credential::None => {}
        Credential::Auth(auth) => word("auth", auth),
        Credential::Signed => text.push_str(" signed"),
        other => panic!("{other:?}"),
    }
    for resource in route.resources() {
        let name = resource.name;
        let shown = if name.bytes().all(|byte| byte.is_ascii_graphic()) {
            name.into()
        } else {
            format!("{name:?}")
        };
        write!(text, " {}={shown}", resource.kind).unwrap();
    }
    text
}

/// Returns the expected position of an error, if there is a mark or only one possibility.
fn expected_position(kind: &str, in_body: bool, mark: Option<usize>) -> Option<RoutePosition> {
    match (kind, in_body) {
        ("wrong_method", _) => Some(RoutePosition::Method),
        ("body_needed", _) => Some(RoutePosition::Body(0)),
        (_, true) => mark.map(RoutePosition::Body),
        (_, false) => Some(RoutePosition::Target(mark.unwrap_or(0))),
    }
}

/// Runs one line, and returns a message if it fails.
fn check_line(line: &str) -> Result<(), String> {
    let (question, expected) = line.split_once(" -> ").unwrap();
    let (first, rest) = question.split_once(' ').unwrap_or((question, ""));
    let body_target = WITH_BODY.into_iter().find(|(name, ..)| *name == first);
    let (text, mark) = marked(rest);
    let http = match body_target {
        Some((_, method, target)) if rest.is_empty() => HttpRequest::new(method, target),
        Some((_, method, target)) => HttpRequest::new(method, target).body(text.as_bytes()),
        None => HttpRequest::new(first, &text),
    };
    let found = route(&http);
    if let Ok(route) = &found {
        let askable = matches!(route.action(), Action::Operation(_));
        assert_eq!(route.request().is_some(), askable, "{line}");
    }
    let found_text = match &found {
        Ok(route) => route_text(route),
        Err(error) => format!("! {}", error.kind().code()),
    };
    if found_text != expected {
        return Err(format!("{line}\n    found {found_text}\n"));
    }
    if let (Err(error), Some(kind)) = (found, expected.strip_prefix("! ")) {
        let position = expected_position(kind, body_target.is_some(), mark);
        if position.is_some_and(|position| position != error.position()) {
            return Err(format!("{line}\n    found {:?}: {error}\n", error.position()));
        }
        if let RoutePosition::Target(at) | RoutePosition::Body(at) = error.position() {
            assert!(at <= http.target().len().max(text.len()), "{line}");
        }
    }
    Ok(())
}

/// Runs a file, and returns its number of cases.
fn check_file(file: &str) -> usize {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let wrong: String = lines.clone().filter_map(|line| check_line(line).err()).collect();
    assert_eq!(wrong, "");
    let different: BTreeSet<&str> = lines.clone().collect();
    assert_eq!(different.len(), lines.clone().count(), "a case stands twice");
    different.len()
}

#[test]
fn every_route_is_read_in_every_variant() {
    let cases = check_file(include_str!("../../../testdata/routes/routes.txt"));
    assert!(cases >= 148, "{cases}");
}

#[test]
fn names_and_credentials_are_read_in_every_encoding() {
    check_file(include_str!("../../../testdata/routes/names.txt"));
}

#[test]
fn unknown_routes_and_malformed_requests_are_refused() {
    check_file(include_str!("../../../testdata/routes/refused.txt"));
}

#[test]
fn requests_with_two_meanings_are_refused() {
    check_file(include_str!("../../../testdata/routes/ambiguous.txt"));
}

#[test]
fn bodies_name_their_resources() {
    check_file(include_str!("../../../testdata/routes/bodies.txt"));
}

/// An error for every text, with the text.
#[rustfmt::skip]
const ERRORS: &[(&str, &str, &str)] = &[
    ("GET", "/favicon.ico", "byte 0 of the target: not a route that is known, expected one of PubNub's"),
    ("GET", "/v9/subscribe/s/a/0", "byte 0 of the target: a route of PubNub in an unknown version, expected one in use"),
    ("PUT", "/v2/objects/s/uuids/bob", "the method: not one of this path, expected GET or PATCH or DELETE"),
    ("GET", "time/0", "byte 0 of the target: not a path, expected one that begins with `/`"),
    ("GET", "/time/0 ", "byte 7 of the target: a space, a control or a character outside ASCII, expected it percent-encoded"),
    ("GET", "/time/0?a=%", "byte 10 of the target: a `%` on its own, expected two hexadecimal digits after it"),
    ("GET", "/time/%00", "byte 6 of the target: an encoded NUL, expected none"),
    ("GET", "/time/0?uuid=%ff", "byte 13 of the target: the escapes decode to something that is not UTF-8, expected UTF-8"),
    ("GET", "/time/0?uuid=%0a", "byte 13 of the target: a name or a value with a control character, expected none"),
    ("GET", "/v2/subscribe/s/a,/0", "byte 16 of the target: an empty name in a list, expected none or a single `,` for the empty list"),
    ("GET", "/v2/subscribe/s/,/0", "byte 16 of the target: neither a channel nor a group is named, expected at least one name"),
    ("GET", "/time/0?signature=x", "byte 18 of the target: a signature without a `timestamp`, expected both"),
    ("GET", "/time/0#", "byte 7 of the target: a `#`, expected a target without a fragment"),
    ("GET", "/time\\0", "byte 5 of the target: a backslash, which some read as `/`, expected `/` or `%5C`"),
    ("GET", "/v2/subscribe/s/a;b/0", "byte 17 of the target: a `;`, which some read as the end of what is before it, expected `%3B`"),
    ("GET", "/time//0", "byte 6 of the target: an empty segment of the path, which some leave out, expected one `/` between segments"),
    ("GET", "/time/../0", "byte 6 of the target: a segment of dots, which some resolve, expected none"),
    ("GET", "/TIME/0", "byte 0 of the target: a path that some read as a route of PubNub, expected the route in plain spelling"),
    ("GET", "/time/0?UUID=a", "byte 8 of the target: a key that some read as one that matters, expected it in plain spelling"),
    ("GET", "/time/0?uuid=a&uuid=b", "byte 15 of the target: a key that stands before already, expected it once"),
    ("GET", "/time/0?uuid=a+b", "byte 14 of the target: a `+`, which some read as a space, expected `%2B` or `%20`"),
    ("GET", "/time/0?uuid=%2561", "byte 13 of the target: a value that decodes to a percent escape, expected it encoded once"),
    ("GET", "/v2/objects/s/uuids/a,b", "byte 20 of the target: a comma where one name stands, expected no list"),
    ("GET", "/v1/push/sub-key/s/devices/d?add=a&remove=b", "byte 42 of the target: `add` and `remove` together, expected one of them"),
    ("GET", "/v1/push/sub-key/s/devices/d?add=", "byte 33 of the target: `add` or `remove` without a name, expected at least one"),
    ("GET", "/v1/push/sub-key/s/devices/d/remove?add=a", "byte 40 of the target: `add` or `remove` on a path that ends in `/remove`, expected neither"),
    ("PATCH", "", "byte 0 of the body: its body names the resources, expected the body"),
    ("PATCH", r#"{"set":[],"set":[]}"#, "byte 14 of the body: a key that stands before already in its object, expected it once"),
    ("PATCH", r#"{"SET":[]}"#, "byte 5 of the body: a key that some read as one that matters, expected it in plain spelling"),
    ("PATCH", "{}", "byte 0 of the body: the body names nothing to set or to delete, expected at least one name"),
    ("PATCH", "{\n \"set\": nul\n}", "byte 14 of the body: not JSON, expected the object that the route takes"),
    ("PATCH", r#"{"set":["a"]}"#, "byte 10 of the body: not in the form of the route, expected the `id` of each `channel`, each `uuid` or the `data` as a text"),
    ("PATCH", r#"{"set":[{"channel":{"id":""}}]}"#, "byte 29 of the body: a name that is empty or has a comma or a control character, expected a name"),
];

#[test]
fn every_error_says_what_where_and_what_was_expected() {
    let mut wrong = String::new();
    for (method, text, expected) in ERRORS {
        let http = match *method {
            "PATCH" if text.is_empty() => HttpRequest::new("PATCH", MEMBERSHIPS),
            "PATCH" => HttpRequest::new("PATCH", MEMBERSHIPS).body(text.as_bytes()),
            method => HttpRequest::new(method, text),
        };
        let found = route(&http).unwrap_err().to_string();
        if found != *expected {
            writeln!(wrong, "{text}\n    found {found}").unwrap();
        }
    }
    assert_eq!(wrong, "");
}

/// Routes a request without a body, and gives its error's kind, place and text.
fn refused(method: &str, target: &str) -> (RouteErrorKind, RoutePosition, String) {
    let error: RouteError = route(&HttpRequest::new(method, target)).unwrap_err();
    (error.kind(), error.position(), error.to_string())
}

#[test]
fn limits_hold_to_the_byte_and_to_the_name() {
    let target = |len: usize| format!("/time/0?{}", "x".repeat(len - 8));
    assert!(route(&HttpRequest::new("GET", &target(65_536))).is_ok());
    let text = "byte 65536 of the target: the target goes on, expected at most 65536 bytes";
    let expected = (RouteErrorKind::TooLong, RoutePosition::Target(65_536), text.to_owned());
    assert_eq!(refused("GET", &target(65_537)), expected);
    // The length is checked first.
    assert_eq!(refused("GET", &" ".repeat(1_000_000)), expected);

    let list = |names: usize| vec!["a"; names].join(",");
    let places = [
        "/v2/subscribe/s/{}/0",
        "/v2/subscribe/s/a/0?channel-group={}",
        "/v1/push/sub-key/s/devices/d?add={}",
    ];
    for place in places {
        let target = place.replace("{}", &list(4_096));
        let routed = HttpRequest::new("GET", &target);
        assert!(route(&routed).unwrap().request().unwrap().resources().len() >= 4_096);
        let (kind, position, text) = refused("GET", &place.replace("{}", &list(4_097)));
        let at = place.find('{').unwrap();
        assert_eq!((kind, position), (RouteErrorKind::TooLong, RoutePosition::Target(at)));
        assert_eq!(
            text,
            format!("byte {at} of the target: the list of names goes on, expected at most 4096")
        );
    }

    let body = |entries: usize, len: usize| {
        let body =
            format!("{{\"set\":[{}]}}", vec!["{\"channel\":{\"id\":\"a\"}}"; entries].join(","));
        format!("{body}{}", " ".repeat(len.saturating_sub(body.len())))
    };
    let read = |body: &str| {
        let http = HttpRequest::new("PATCH", MEMBERSHIPS).body(body.as_bytes());
        route(&http).map(|route| route.request().unwrap().resources().len())
    };
    assert_eq!(read(&body(4_096, 262_144)), Ok(4_097));
    let long = read(&body(1, 262_145)).unwrap_err();
    assert_eq!(
        (long.kind(), long.position()),
        (RouteErrorKind::TooLong, RoutePosition::Body(262_144))
    );
    assert_eq!(
        long.to_string(),
        "byte 262144 of the body: the body goes on, expected at most 262144 bytes"
    );
    let many = read(&body(4_097, 0)).unwrap_err();
    assert_eq!(many.kind(), RouteErrorKind::TooLong);
    assert!(
        many.to_string().ends_with("of the body: the list of names goes on, expected at most 4096"),
        "{many}"
    );
}

/// Deep bodies need no deep stack: skipped values are read without recursion, and the others have a
/// fixed depth.
#[test]
fn deep_bodies_need_no_stack() {
    let work = || {
        for (open, close) in
            [("[", "]"), ("{\"set\":", "}"), ("{\"channel\":", "}"), ("{\"x\":[", "]}")]
        {
            let levels = 100_000 / open.len();
            for closing in [close.repeat(levels), String::new()] {
                let deep = format!("{}{}{closing}", open.repeat(levels), "1");
                for body in [
                    deep.clone(),
                    format!("{{\"x\":{deep},\"set\":[{{\"channel\":{{\"id\":\"a\"}}}}]}}"),
                    format!("{{\"set\":{deep}}}"),
                    format!("{{\"set\":[{{\"channel\":{deep}}}]}}"),
                ] {
                    let found =
                        route(&HttpRequest::new("PATCH", MEMBERSHIPS).body(body.as_bytes()));
                    assert_eq!(
                        found.is_ok(),
                        !closing.is_empty() && body.starts_with("{\"x\":") && body != deep
                    );
                }
                let create = |body: &str| {
                    route(&HttpRequest::new("POST", ENTITIES).body(body.as_bytes())).is_ok()
                };
                assert_eq!(
                    create(&format!("{{\"data\":{{\"x\":{deep},\"id\":\"a\"}}}}")),
                    !closing.is_empty()
                );
                assert!(!create(&format!("{{\"data\":{{\"id\":{deep}}}}}")));
            }
        }
        let slashes = "/a".repeat(30_000);
        assert_eq!(refused("GET", &slashes).0, RouteErrorKind::NotPubNub);
    };
    std::thread::Builder::new().stack_size(64 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn nothing_prints_a_credential() {
    let secret = "qEF2AkF0GmEI03xDdHRsGDxDcmVz";
    let query = format!("uuid=alice&auth={secret}");
    for (method, target) in [
        ("GET", format!("/v2/subscribe/s/room/0?{query}")),
        ("GET", format!("/v2/subscribe/s/room/0?timestamp=1&signature=v2.{secret}&{query}")),
        ("DELETE", format!("/v3/pam/s/grant/{secret}?timestamp=1&signature={secret}")),
        ("GET", format!("/v2/auth/grant/sub-key/s?{query}")),
        ("GET", format!("/v2/subscribe/s/room/0?{query}&auth={secret}")),
        ("GET", format!("/v2/subscribe/s/room/0?{query}%41%2541")),
        ("GET", format!("/v2/subscribe/s/room/0?{query}+")),
        ("GET", format!("/v2/subscribe/s/room/0?{query}%0a")),
        ("GET", format!("/{secret}?{query}")),
    ] {
        let http = HttpRequest::new(method, &target);
        let printed = match route(&http) {
            Ok(route) => format!("{http:?} {route:?} {:?}", route.credential()),
            Err(error) => format!("{http:?} {error} {error:?}"),
        };
        assert!(!printed.contains(&secret[..8]), "{printed}");
    }
    let shown = route(&HttpRequest::new("GET", "/v2/presence/sub-key/s/uuid/bob?auth=x"))
        .map(|route| format!("{route:?}"));
    assert_eq!(
        shown.unwrap(),
        "Route { action: Operation(WhereNow), subscribe_key: Some(\"s\"), publish_key: None, user_id: None, \
         credential: Auth(..), resources: [Resource { kind: Uuid, name: \"bob\" }] }"
    );
}

#[test]
fn urls_lose_their_host() {
    let http =
        HttpRequest::from_url("GET", "HTTPS://ps.pndsn.com:443/v2/presence/sub-key/s/uuid/bob")
            .unwrap();
    assert_eq!((http.method(), http.target()), ("GET", "/v2/presence/sub-key/s/uuid/bob"));
    assert_eq!(route(&http).unwrap().action(), Action::Operation(Operation::WhereNow));
    let place = |url| {
        let error =
            HttpRequest::from_url("GET", url).and_then(|http| route(&http).map(drop)).unwrap_err();
        (error.kind().code(), error.position())
    };
    use RoutePosition::Target;
    assert_eq!(place("/time/0"), ("malformed", Target(0)));
    assert_eq!(place("ftp://host/time/0"), ("malformed", Target(0)));
    assert_eq!(place("https:///time/0"), ("malformed", Target(0)));
    assert_eq!(place("https://ps.pndsn.com"), ("malformed", Target(20)));
    assert_eq!(place("https://ps.pndsn.com?uuid=a"), ("malformed", Target(20)));
    assert_eq!(place("https://a@b/time/0"), ("ambiguous", Target(8)));
    assert_eq!(place("https://b\\@c/time/0"), ("ambiguous", Target(9)));
    assert_eq!(place("https://b/time/0#"), ("ambiguous", Target(16)));
    assert_eq!(place("https://b/time//0"), ("ambiguous", Target(15)));
    let error = HttpRequest::from_url("GET", "https:/time/0").unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 0 of the target: not a URL, expected `http://` or `https://` and a host"
    );
    let error = HttpRequest::from_url("GET", "https://a@b/").unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 8 of the target: user information in a URL, expected a host alone"
    );
}

#[test]
fn memberships_of_someone_else_keep_requester_and_resource_apart() {
    let body = br#"{"set": [{"channel": {"id": "a"}}], "delete": [{"channel": {"id": "b"}}]}"#;
    let http = HttpRequest::new("PATCH", "/v2/objects/s/uuids/bob/channels?uuid=alice").body(body);
    let route = route(&http).unwrap();
    let asked = Request::builder(Operation::SetMemberships)
        .uuid("bob")
        .channel("a")
        .channel("b")
        .user_id("alice");
    assert_eq!(route.request(), Some(asked.build().unwrap()));
}

#[test]
fn a_body_must_be_utf8_even_in_skipped_parts() {
    for (body, at) in [(&b"{\"x\":\"\xff\"}"[..], 6), (b"\xef\xbb\xbf{}", 0), (b"", 0)] {
        let error = route(&HttpRequest::new("PATCH", MEMBERSHIPS).body(body)).unwrap_err();
        assert_eq!(
            (error.kind(), error.position()),
            (RouteErrorKind::BadBody, RoutePosition::Body(at))
        );
    }
}

/// Positions in bodies of several lines count bytes from the start.
#[test]
fn positions_count_over_lines() {
    let body = "{\r\n  \"é\": 1,\n  \"set\": [],\n\n  \"set\": []\n}";
    let error = route(&HttpRequest::new("PATCH", MEMBERSHIPS).body(body.as_bytes())).unwrap_err();
    assert_eq!(error.position(), RoutePosition::Body(body.rfind("\": []").unwrap()));
}

/// Names borrow from the target unless something in them is encoded.
#[test]
fn names_are_borrowed_where_nothing_is_encoded() {
    let owned = |target: &str| -> Vec<bool> {
        let http = HttpRequest::new("GET", target);
        let route = route(&http).unwrap();
        let Credential::Auth(auth) = route.credential() else { panic!("no credential") };
        let texts = [route.subscribe_key().unwrap(), route.user_id().unwrap(), auth];
        let names = route.resources().map(|resource| resource.name);
        let within = target.as_bytes().as_ptr_range();
        texts.into_iter().chain(names).map(|text| !within.contains(&text.as_ptr())).collect()
    };
    assert_eq!(owned("/v2/subscribe/s/a,b/0?channel-group=g&uuid=u&auth=t"), [false; 6]);
    let encoded = "/v2/subscribe/%73/a,%62/0?channel-group=g%2Ch&uuid=%75&auth=t%3D";
    assert_eq!(owned(encoded), [true; 7]);
}

#[test]
fn new_items_of_datasync_may_have_no_id() {
    let create = |body: &'static str| {
        let http = HttpRequest::new("POST", "/v1/datasync/subkeys/s/users?uuid=alice")
            .body(body.as_bytes());
        route(&http).unwrap()
    };
    let asked = Request::builder(Operation::DataSyncCreateUser).user_id("alice");
    assert_eq!(
        create(r#"{"data":{"id":"bob"}}"#).request(),
        Some(asked.clone().user("bob").build().unwrap())
    );
    assert_eq!(create(r#"{"data":{}}"#).request(), Some(asked.build().unwrap()));
    assert_eq!(create(r#"{"data":{}}"#).named_in_body(), Some(pubnub_access::ResourceKind::User));
}

#[test]
fn the_types_can_be_sent_and_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<(Action, Administration, Credential<'_>, HttpRequest<'_>, Route<'_>)>();
    shared::<(RouteError, RouteErrorKind, RoutePosition)>();
    fn error<T: std::error::Error>() {}
    error::<RouteError>();
}
