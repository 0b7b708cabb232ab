//! Costs of HTTP requests, for each byte of target and body.

use pubnub_access::Policy;
use pubnub_access::gateway::{HttpRequest, Precheck, RouteErrorKind, route};

use super::{Case, Task};

pub fn cases() -> Vec<Case> {
    let target =
        |name, size, make| Case { name, size, instructions: 650, heap: 14, grows: false, make };
    let body =
        |name, size, make| Case { name, size, instructions: 300, heap: 1, grows: false, make };
    vec![
        target("route: slashes", 6_000, |size| {
            refused(format!("/v2/subscribe/demo{}", "/a".repeat(size)), RouteErrorKind::NotPubNub)
        }),
        target("route: slashes that are encoded", 3_000, |size| {
            refused(format!("/{}", "%2fa".repeat(size)), RouteErrorKind::NotPubNub)
        }),
        target("route: another spelling", 4_000, |size| {
            refused(
                format!("/V2/subscribe/demo/{}/0", "%25".repeat(size)),
                RouteErrorKind::Ambiguous,
            )
        }),
        target("route: escapes", 4_000, |size| {
            routed(format!("/publish/p/demo/0/a/0/{}", "%25".repeat(size)))
        }),
        target("route: dots between slashes, both encoded", 1_000, |size| {
            routed(format!("/publish/p/demo/0/a/0/{}", "a%2f%252e%252e".repeat(size)))
        }),
        target("route: names", 1_000, |size| {
            routed(format!("/v2/subscribe/demo/{}a/0", "a,".repeat(size)))
        }),
        target("route: names with escapes", 1_000, |size| {
            routed(format!("/v2/subscribe/demo/{}a/0", "%61%2C".repeat(size)))
        }),
        target("route: empty pairs", 12_000, |size| {
            routed(format!("/v2/subscribe/demo/a/0?{}", "&".repeat(size)))
        }),
        target("route: keys in capitals", 4_000, |size| {
            routed(format!("/v2/subscribe/demo/a/0?{}", "A=&".repeat(size)))
        }),
        target("route: keys with escapes", 3_000, |size| {
            routed(format!("/v2/subscribe/demo/a/0?{}", "%61&".repeat(size)))
        }),
        target("route: a key of escapes of escapes", 1_000, |size| {
            routed(format!("/v2/subscribe/demo/a/0?{}", "%2526%2561%2575".repeat(size)))
        }),
        target("route: semicolons", 6_000, |size| {
            routed(format!("/v2/subscribe/demo/a/0?a={}", ";A".repeat(size)))
        }),
        body("route: members in a body", 500, |size| with_body(list(size))),
        body("route: members in a body, with escapes", 500, |size| {
            with_body(list(size).replace('a', "\\u0061"))
        }),
        body("route: much else in a body", 20_000, |size| {
            with_body(format!(r#"{{"x":[{}0],{}"#, "0,".repeat(size), &list(1)[1..]))
        }),
        body("route: a body of brackets", 20_000, |size| {
            with_body(format!(
                r#"{{"x":{}{},{}"#,
                "[".repeat(size),
                "]".repeat(size),
                &list(1)[1..]
            ))
        }),
        body("route: many keys in a body", 8_000, |size| {
            with_body(format!("{{{}{}", r#""s":0,"#.repeat(size), &list(1)[1..]))
        }),
        body("route: a long key in a body", 40_000, |size| {
            with_body(format!(r#"{{"{}":0,{}"#, "-".repeat(size), &list(1)[1..]))
        }),
        body("route: much else in a creation", 20_000, |size| {
            creation(format!(r#"{{"data":{{"x":[{}0],"id":"a"}}}}"#, "0,".repeat(size)))
        }),
        body("route: many keys in a creation", 8_000, |size| {
            creation(format!(r#"{{"data":{{{}"id":"a"}}}}"#, r#""s":0,"#.repeat(size)))
        }),
        body("route: a long id in a creation", 40_000, |size| {
            creation(format!(r#"{{"data":{{"id":"{}"}}}}"#, "a".repeat(size)))
        }),
        Case {
            name: "precheck: a target, once by itself and once for its body",
            size: 4_000,
            instructions: 650,
            heap: 1,
            grows: false,
            make: |size| {
                let target =
                    format!("/v2/objects/demo/uuids/bob/channels?{}auth=a", "A=&".repeat(size));
                Task::new(target.len(), move || {
                    Precheck::new(Policy::new()).check(&HttpRequest::new("PATCH", &target), 0)
                })
            },
        },
    ]
}

fn list(members: usize) -> String {
    format!(r#"{{"set":[{}{{"uuid":{{"id":"b"}}}}]}}"#, r#"{"uuid":{"id":"a"}},"#.repeat(members))
}

fn routed(target: String) -> Task {
    Task::new(target.len(), move || {
        route(&HttpRequest::new("GET", &target)).map(|route| route.action()).unwrap()
    })
}

fn refused(target: String, kind: RouteErrorKind) -> Task {
    Task::new(target.len(), move || {
        let error = route(&HttpRequest::new("GET", &target)).unwrap_err();
        assert_eq!(error.kind(), kind);
    })
}

fn creation(body: String) -> Task {
    Task::new(body.len(), move || {
        let request =
            HttpRequest::new("POST", "/v1/datasync/subkeys/demo/entities").body(body.as_bytes());
        route(&request).map(|route| route.action()).unwrap()
    })
}

fn with_body(body: String) -> Task {
    Task::new(body.len(), move || {
        let request =
            HttpRequest::new("PATCH", "/v2/objects/demo/channels/a/uuids").body(body.as_bytes());
        route(&request).map(|route| route.action()).unwrap()
    })
}
