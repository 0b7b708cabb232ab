//! Whole tokens and their contents: the project's own, and those of a folder that
//! `PUBNUB_ACCESS_CORPUS` names.

use std::path::{Path, PathBuf};

use crate::support::{golden, shapes};
use pubnub_access::UnverifiedToken;
use pubnub_access::token::{Grants, MetaValue};
use serde_json::{Map, Value, json};

fn hex(bytes: &[u8]) -> Value {
    Value::String(bytes.iter().fold("hex:".to_owned(), |hex, byte| format!("{hex}{byte:02x}")))
}

/// A value of the metadata in the notation of the files.
fn plain(value: MetaValue<'_>) -> Value {
    match value {
        MetaValue::Null => Value::Null,
        MetaValue::Bool(value) => json!(value),
        MetaValue::Integer(value) => {
            u64::try_from(value).map_or_else(|_| json!(i64::try_from(value).unwrap()), Value::from)
        }
        MetaValue::Float(value) => json!(value),
        MetaValue::Bytes(bytes) => hex(bytes),
        MetaValue::Text(text) => json!(text),
        MetaValue::Array(array) => array.iter().map(plain).collect(),
        MetaValue::Map(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| (key.as_str().expect("a text key").to_owned(), plain(value)));
            Value::Object(entries.collect())
        }
        other => panic!("no notation for {other:?}"),
    }
}

fn tables(grants: Grants<'_>) -> Map<String, Value> {
    let kinds = grants.iter().map(|(kind, table)| {
        let table: Map<String, Value> = table
            .iter()
            .map(|grant| (grant.name.to_owned(), json!(grant.permissions.mask())))
            .collect();
        (kind.token_key().to_owned(), Value::Object(table))
    });
    kinds.collect()
}

/// All content that the library returns, in the notation of the files.
fn everything(token: &UnverifiedToken) -> Value {
    let mut decoded = json!({
        "v": token.version(), "t": token.issued_at(), "ttl": token.ttl_minutes(),
        "res": tables(token.resources()), "pat": tables(token.patterns()),
        "cat": token.categories().map(|(kind, set)| (kind.token_key().to_owned(), json!(set.mask())))
            .collect::<Map<String, Value>>(),
        "meta": plain(MetaValue::Map(token.meta())),
    });
    if let Some(user) = token.authorized_user() {
        decoded["uuid"] = json!(user);
    }
    if let Some(signature) = token.signature_unverified() {
        decoded["sig"] = hex(signature);
    }
    for unknown in token.unknown() {
        let value = plain(unknown.value().unwrap());
        match unknown.section() {
            Some(section) => decoded[section][unknown.key()] = value,
            None => decoded[unknown.key()] = value,
        }
    }
    decoded
}

/// Sections that are missing are empty, and so are kinds.
fn normalized(decoded: &Value) -> Value {
    let mut decoded = decoded.clone();
    for section in ["res", "pat", "cat", "meta"] {
        let map = decoded.as_object_mut().unwrap().entry(section).or_insert_with(|| json!({}));
        if section != "meta" {
            map.as_object_mut().unwrap().retain(|_, kind| *kind != json!({}));
        }
    }
    decoded
}

/// Checks every line of a file. Returns the numbers of decoded and of refused tokens.
fn check(file: &Path) -> (usize, usize) {
    let text = std::fs::read_to_string(file).unwrap();
    let (mut decoded, mut refused) = (0, 0);
    for (number, line) in text.lines().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        let context = format!("{}, line {}: {}", file.display(), number + 1, line["note"]);
        let result = UnverifiedToken::parse(line["token"].as_str().unwrap());
        match (line["valid"].as_bool().unwrap(), result) {
            (true, Ok(token)) => {
                assert_eq!(everything(&token), normalized(&line["decoded"]), "{context}");
                decoded += 1;
            }
            (true, Err(error)) => panic!("{context}: {error}"),
            (false, Ok(token)) => panic!("{context}: decoded as {token:?}"),
            (false, Err(error)) => {
                assert!(!error.to_string().is_empty(), "{context}");
                refused += 1;
            }
        }
    }
    (decoded, refused)
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn every_line_of_the_projects_tokens_decodes_to_what_it_holds() {
    assert_eq!(check(&project("testdata/tokens.jsonl")), (28, 17));
}

#[test]
fn every_line_of_another_corpus_decodes_to_what_it_holds() {
    let Some(folder) = std::env::var_os("PUBNUB_ACCESS_CORPUS") else { return };
    let (decoded, refused) = check(&Path::new(&folder).join("tokens.jsonl"));
    assert!(decoded > 0, "no token decoded");
    println!("{decoded} tokens decoded, {refused} refused");
}

#[test]
fn the_projects_tokens_are_what_the_encoder_makes() {
    let lines = shapes::all().into_iter().map(|shape| {
        let decoded = shape.decoded.clone().unwrap_or(Value::Null);
        // The keys are written by hand, to keep this order.
        format!(
            "{{\"token\": {}, \"valid\": {}, \"decoded\": {decoded}, \"note\": {}}}\n",
            json!(shape.text),
            shape.decoded.is_some(),
            json!(shape.note),
        )
    });
    golden::compare("testdata/tokens.jsonl", &lines.collect::<String>());
}

#[test]
fn the_sample_is_what_the_encoder_makes() {
    golden::compare("testdata/sample.token", &(shapes::sample().to_text() + "\n"));
}

#[test]
fn the_sample_holds_what_the_documentation_says() {
    let text = std::fs::read_to_string(project("testdata/sample.token")).unwrap();
    let token = UnverifiedToken::parse(text.trim()).unwrap();
    let expected = json!({
        "v": 2, "t": 1_700_000_000, "ttl": 60,
        "res": {"chan": {"room-1": 3, "room-1-pnpres": 1}, "grp": {"lobby": 1}, "uuid": {"alice": 96}},
        "pat": {"chan": {"^room-[0-9]+$": 1}},
        "cat": {}, "meta": {"tier": "gold"}, "uuid": "alice",
        "sig": "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    });
    assert_eq!(everything(&token), expected);
}
