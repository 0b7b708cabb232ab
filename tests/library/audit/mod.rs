//! Audits: `lint` on its cases and recorded tokens; `reach`, `diff` and `covers` on random tokens.

mod comparing;
mod lint;
mod reach;

use std::collections::BTreeMap;

use crate::support::escapes::unescape;
use pubnub_access::mint::TestToken;
use pubnub_access::{Limits, Permissions, ResourceKind, UnverifiedToken};

/// The time of issue of the tokens here, in Unix seconds.
const ISSUED: u64 = 1_700_000_000;

fn decode(token: &TestToken) -> UnverifiedToken {
    UnverifiedToken::from_cbor(token.to_cbor(), Limits::new()).unwrap()
}

/// A token from words such as `chan:a=3`, `pat.grp:^b$=1`, `cat.chan=32`, `user=alice`, `ttl=60`.
/// By default it lives 15 minutes.
fn token(words: &str) -> TestToken {
    let words: Vec<String> = words.split_whitespace().map(|word| unescape(word).unwrap()).collect();
    let ttl = words
        .iter()
        .find_map(|word| word.strip_prefix("ttl="))
        .map_or(15, |ttl| ttl.parse().unwrap());
    let mut token = TestToken::new(ISSUED, ttl);
    for word in &words {
        if word.starts_with("ttl=") || word.starts_with("projection:") {
            continue;
        }
        if let Some(user) = word.strip_prefix("user=") {
            token = token.authorized_user(user);
            continue;
        }
        if let Some(section) = word.strip_prefix("section:") {
            token = token.section(section, 1);
            continue;
        }
        let (grant, mask) = word.rsplit_once('=').unwrap_or_else(|| panic!("{word}"));
        let mask = Permissions::from_mask(mask.parse().unwrap_or_else(|_| panic!("{word}")));
        token = if let Some(kind) = grant.strip_prefix("cat.") {
            token.category(kind_of(kind), mask)
        } else if let Some(grant) = grant.strip_prefix("pat.") {
            let (kind, pattern) = grant.split_once(':').unwrap();
            token.pattern(kind_of(kind), pattern, mask)
        } else {
            let (kind, name) = grant.split_once(':').unwrap_or_else(|| panic!("{word}"));
            token.resource(kind_of(kind), name, mask)
        };
    }
    let projections =
        words.iter().filter_map(|word| word.strip_prefix("projection:")?.rsplit_once('='));
    let projections: BTreeMap<&str, &str> = projections.collect();
    if projections.is_empty() {
        token
    } else {
        token.meta("pn-projections", BTreeMap::from([("res", projections)]))
    }
}

fn kind_of(key: &str) -> ResourceKind {
    match key {
        "chan" => ResourceKind::Channel,
        "grp" => ResourceKind::Group,
        "uuid" => ResourceKind::Uuid,
        "usr" => ResourceKind::User,
        "spc" => ResourceKind::Space,
        "ent" => ResourceKind::Entity,
        _ => panic!("{key}"),
    }
}
