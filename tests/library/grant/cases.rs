//! Pairs of grant requests and tokens: the project's own, and recorded ones in a folder that
//! `PUBNUB_ACCESS_CORPUS` names.

use std::path::Path;

use crate::support::golden;
use pubnub_access::grant::{self, GrantRequest};
use pubnub_access::mint::TestToken;
use pubnub_access::{Permissions, ResourceKind, UnverifiedToken};
use serde_json::{Value, json};

/// The kinds that the service wrote into tokens before there were uuids.
const BEFORE_UUIDS: [ResourceKind; 4] =
    [ResourceKind::Channel, ResourceKind::Group, ResourceKind::User, ResourceKind::Space];

/// The bodies of the project's pairs, one on each line, in the forms of several SDKs, with made-up
/// content.
const BODIES: &str = include_str!("../../../testdata/grants/requests.jsonl");

/// Returns a token's content, except the time of issue and the signature.
fn content(token: &UnverifiedToken) -> Value {
    let mut content = serde_json::to_value(token).unwrap();
    for key in ["timestamp", "expires_at", "signature_bytes"] {
        content.as_object_mut().unwrap().remove(key);
    }
    content
}

/// Returns the content that a body asks for, read without this library.
fn asked(body: &Value) -> Value {
    let masks = |value: &Value| {
        let masks =
            value.as_object().unwrap().iter().map(|(name, mask)| (name.clone(), mask_of(mask)));
        Value::Object(masks.collect())
    };
    let kinds = |section: &str| {
        let mut kinds =
            json!({"channels": {}, "groups": {}, "uuids": {}, "users": {}, "spaces": {}});
        for (kind, entries) in body["permissions"][section].as_object().into_iter().flatten() {
            kinds[kind] = masks(entries);
        }
        kinds
    };
    let permissions = &body["permissions"];
    json!({
        "version": 2,
        "ttl": body["ttl"].as_u64().unwrap_or_else(|| body["ttl"].as_str().unwrap().parse().unwrap()),
        "authorized_uuid": permissions["uuid"],
        "resources": kinds("resources"),
        "patterns": kinds("patterns"),
        "categories": permissions.get("categories").map_or(json!({}), masks),
        "meta": permissions.get("meta").cloned().unwrap_or(json!({})),
        "unknown": [],
    })
}

fn mask_of(mask: &Value) -> Value {
    let set = Permissions::from_mask(u8::try_from(mask.as_u64().unwrap()).unwrap());
    serde_json::to_value(set).unwrap()
}

/// Checks one pair. Returns whether the token has the layout that `token_len` assumes.
fn check(body: &Value, token: &str, context: &str) -> bool {
    let request = GrantRequest::from_json(&body.to_string())
        .unwrap_or_else(|error| panic!("{context}: {error}"));
    let errors: Vec<_> = request.validate().into_iter().filter(grant::Problem::is_error).collect();
    assert_eq!(errors, [], "{context}");
    let decoded = UnverifiedToken::parse(token).unwrap();
    assert_eq!(content(&decoded), asked(body), "{context}");
    assert_eq!(GrantRequest::from_token(&decoded).as_ref(), Ok(&request), "{context}");
    check_token(&decoded, token, context)
}

/// Checks that a token survives the way through a request, and its computed length.
fn check_token(token: &UnverifiedToken, text: &str, context: &str) -> bool {
    let request =
        GrantRequest::from_token(token).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!(GrantRequest::from_json(&request.to_json()).as_ref(), Ok(&request), "{context}");
    let minted =
        UnverifiedToken::parse(&request.to_test_token(token.issued_at()).to_text()).unwrap();
    assert_eq!(content(&minted), content(token), "{context}");

    let current = token.as_cbor().len() == minted.as_cbor().len();
    // Lengths are computed for times of issue until 2106.
    if current && u32::try_from(token.issued_at()).is_ok_and(|time| time > 0xffff) {
        assert_eq!(request.token_len(), text.len().next_multiple_of(4), "{context}");
    } else if token.signature_unverified().map(<[u8]>::len) == Some(32) && !current {
        // A signed token without the current length must have the old layout.
        let old = request.to_test_token(token.issued_at()).empty_kinds(&BEFORE_UUIDS);
        assert_eq!(token.as_cbor().len(), old.to_cbor().len(), "{context}");
    }
    current
}

/// Checks the pairs of a file, and every other token that a grant can produce.
fn check_file(file: &Path) -> [usize; 4] {
    let text = std::fs::read_to_string(file).unwrap();
    let [mut pairs, mut exact_pairs, mut others, mut exact_others] = [0; 4];
    for (number, line) in text.lines().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        let context = format!("{}, line {}", file.display(), number + 1);
        let token = line["token"].as_str().unwrap();
        if line.get("grant_request").is_some() {
            pairs += 1;
            exact_pairs += usize::from(check(&line["grant_request"], token, &context));
        } else if let Ok(decoded) = UnverifiedToken::parse(token) {
            if decoded.unknown().next().is_none() && GrantRequest::from_token(&decoded).is_ok() {
                others += 1;
                exact_others += usize::from(check_token(&decoded, token, &context));
            }
        }
    }
    [pairs, exact_pairs, others, exact_others]
}

#[test]
fn the_projects_pairs_agree() {
    let issued = 1_700_000_000;
    let lines = BODIES.lines().enumerate().map(|(at, body)| {
        let request = GrantRequest::from_json(body).unwrap();
        let signature: Vec<u8> =
            (0..32).map(|byte: u8| byte.wrapping_mul(37).wrapping_add(at as u8)).collect();
        let token: TestToken = request.to_test_token(issued + at as u64).signature(&signature);
        // The first one has the form of 2021, in which there were no uuids.
        let token = if at == 0 { token.empty_kinds(&BEFORE_UUIDS) } else { token };
        format!("{{\"grant_request\": {body}, \"token\": {}}}\n", json!(token.to_text()))
    });
    golden::compare("testdata/grants/pairs.jsonl", &lines.collect::<String>());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/grants/pairs.jsonl");
    assert_eq!(check_file(&file), [8, 7, 0, 0]);
}

#[test]
fn every_token_of_the_project_comes_back_from_its_grant() {
    let [pairs, _, others, _] =
        check_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tokens.jsonl"));
    assert_eq!(pairs, 0);
    assert!(others >= 20, "{others}");
}

#[test]
fn every_recorded_pair_agrees() {
    let Some(folder) = std::env::var_os("PUBNUB_ACCESS_CORPUS") else { return };
    let [pairs, exact_pairs, others, exact_others] =
        check_file(&Path::new(&folder).join("tokens.jsonl"));
    assert!(pairs > 0, "no recorded pair");
    println!(
        "{pairs} pairs, {exact_pairs} of the current length; {others} other tokens, {exact_others} of it"
    );
}
