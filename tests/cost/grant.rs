//! Costs of grants' bodies and deny lists, for each byte.

use pubnub_access::grant::{self, GrantRequest};
use pubnub_access::revocation::{Fingerprint, RevocationList};

use super::make::{empty, short};
use super::{Case, Task, case};

pub fn cases() -> Vec<Case> {
    vec![
        case("grant: numbers in metadata", 10_000, 220, 30, |size| {
            meta(&format!("[{}0]", "0,".repeat(size)))
        }),
        case("grant: arrays in metadata", 5_000, 400, 50, |size| {
            meta(&format!("[{}0]", "[0],".repeat(size)))
        }),
        // Each map of one key is a node with room for eleven.
        case("grant: maps in metadata", 3_000, 400, 110, |size| {
            meta(&format!("[{}0]", r#"{"":0},"#.repeat(size)))
        }),
        case("grant: depth", 30, 600, 70, |size| {
            meta(&format!("[{}0]", format!("{}{},", "[".repeat(120), "]".repeat(120)).repeat(size)))
        }),
        case("grant: many names", 2_000, 700, 28, |size| {
            let names: String = (0..size).map(|name| format!(r#""{}":1,"#, short(name))).collect();
            body(&format!(r#""resources":{{"channels":{{{names}"-":1}}}}"#), true)
        }),
        case("grant: names that begin alike", 100, 60, 3, |size| {
            let names: String =
                (0..size).map(|name| format!(r#""{}{name}":1,"#, "x".repeat(200))).collect();
            body(&format!(r#""resources":{{"channels":{{{names}"-":1}}}}"#), true)
        }),
        case("grant: a name again and again", 5_000, 650, 65, |size| {
            body(
                &format!(r#""resources":{{"channels":{{{}"-":1}}}}"#, r#""":1,"#.repeat(size)),
                false,
            )
        }),
        case("grant: masks that are none", 2_000, 650, 35, |size| {
            let names: String = (0..size).map(|name| format!(r#""{}":-1,"#, short(name))).collect();
            body(&format!(r#""resources":{{"channels":{{{names}"-":1}}}}"#), false)
        }),
        case("grant: members that are unknown", 2_000, 700, 32, |size| {
            let names: String = (0..size).map(|name| format!(r#""{}":0,"#, short(name))).collect();
            body(&format!(r#"{names}"resources":{{"channels":{{"-":1}}}}"#), false)
        }),
        case("grant: patterns that are none", 2_000, 1_000, 42, |size| {
            let names: String = (0..size).map(|name| format!(r#""({}":0,"#, short(name))).collect();
            body(&format!(r#""patterns":{{"channels":{{{names}"-":1}}}}"#), true)
        }),
        case("deny list: fingerprints", 500, 100, 2, |size| {
            let fingerprint = |number: usize| {
                format!("{:032x} {number}\n", (number as u128).wrapping_mul(u128::MAX / 977))
            };
            deny_list((0..size).map(fingerprint).collect(), size)
        }),
        case("deny list: the same again and again", 500, 75, 1, |size| {
            deny_list(format!("{:032x} 1\n", 7).repeat(size), 1)
        }),
        case("deny list: tokens", 200, 160, 1, |size| {
            let line = |number: usize| format!("{}\n", empty().meta("k", number).to_text());
            deny_list((0..size).map(line).collect(), size)
        }),
        case("deny list: lines without anything", 10_000, 300, 1, |size| {
            deny_list("#\n\n".repeat(size), 0)
        }),
        case("deny list: an entry among many", 2_500, 30_000, 0, |size| {
            let token = super::make::decoded(&empty());
            let fingerprint = |number: u128| {
                format!("{:032x}", number.wrapping_mul(u128::MAX / 977)).parse().unwrap()
            };
            let mut list = RevocationList::new();
            (0..size as u128)
                .for_each(|number| assert!(list.revoke_fingerprint(fingerprint(number), 1)));
            list.revoke(&token);
            Task::new(1, move || {
                assert!(list.contains(&token));
                Fingerprint::of(&token)
            })
        }),
    ]
}

fn meta(value: &str) -> Task {
    let value = String::from(value);
    assert!(value.len() <= 256 << 10);
    Task::new(value.len(), move || grant::Meta::from_json(&value).unwrap())
}

/// A body with such members of its permissions, read and checked.
fn body(permissions: &str, reads: bool) -> Task {
    let body = format!(r#"{{"ttl":15,"permissions":{{{permissions}}}}}"#);
    Task::new(body.len(), move || match GrantRequest::from_json(&body) {
        Ok(request) => {
            assert!(reads);
            request.validate()
        }
        Err(error) => {
            assert!(!reads);
            error.problems().to_vec()
        }
    })
}

fn deny_list(text: String, entries: usize) -> Task {
    Task::new(text.len(), move || {
        let list: RevocationList = text.parse().unwrap();
        assert_eq!(list.len(), entries);
        list
    })
}
