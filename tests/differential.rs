//! The decoder against ciborium: what decodes here must be well-formed there, of the same length, and say the same.
#![cfg(feature = "mint")]

#[path = "support/shapes.rs"]
#[allow(dead_code, reason = "only the texts are of use here")]
mod shapes;
#[path = "support/wire.rs"]
#[allow(dead_code, reason = "only the notation for bytes and the files are of use here")]
mod wire;

use std::cell::Cell;

use ciborium::Value;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use pubnub_access::{GrantTable, Limits, MetaValue, UnverifiedToken};

/// The value of some bytes and how many of them it takes, as ciborium reads them.
fn read(cbor: &[u8]) -> Option<(Value, usize)> {
    let mut rest = cbor;
    let value = ciborium::from_reader(&mut rest).ok()?;
    Some((value, cbor.len() - rest.len()))
}

fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        Value::Bytes(bytes) => std::str::from_utf8(bytes).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn integer(value: &Value) -> i128 {
    value.as_integer().unwrap().into()
}

fn field<'a>(map: &'a Value, key: &str) -> Option<&'a Value> {
    map.as_map().unwrap().iter().find(|(candidate, _)| text(candidate) == key).map(|(_, value)| value)
}

/// Whether a value of the metadata is what ciborium reads.
fn same(meta: MetaValue<'_>, value: &Value) -> bool {
    match (meta, value) {
        // ciborium reads simple values without a meaning as an error, and undefined as null.
        (MetaValue::Null | MetaValue::Undefined, Value::Null) => true,
        (MetaValue::Bool(ours), Value::Bool(theirs)) => ours == *theirs,
        (MetaValue::Integer(ours), Value::Integer(_)) => ours == integer(value),
        (MetaValue::Float(ours), Value::Float(theirs)) => {
            ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan())
        }
        (MetaValue::Text(ours), Value::Text(theirs)) => ours == theirs,
        (MetaValue::Bytes(ours), Value::Bytes(theirs)) => ours == theirs,
        (MetaValue::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (MetaValue::Map(ours), Value::Map(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs)
                    .all(|((key, value), (their_key, their_value))| same(key, their_key) && same(value, their_value))
        }
        _ => false,
    }
}

fn same_table(table: GrantTable<'_>, value: Option<&Value>) {
    let theirs = value.map_or(&[][..], |value| value.as_map().unwrap());
    let ours: Vec<(&str, i128)> =
        table.iter().map(|grant| (grant.name, i128::from(grant.permissions.mask()))).collect();
    let theirs: Vec<(&str, i128)> = theirs.iter().map(|(name, mask)| (text(name), integer(mask))).collect();
    assert_eq!(ours, theirs);
    for (name, mask) in theirs {
        assert_eq!(table.get(name).map(|set| i128::from(set.mask())), Some(mask), "{name:?}");
    }
}

/// Compares all that a decoded token says with what ciborium reads.
fn compare(token: &UnverifiedToken) {
    let (value, len) = read(token.as_cbor()).expect("ciborium refuses what decodes");
    assert_eq!(len, token.as_cbor().len());
    assert_eq!(integer(field(&value, "v").unwrap()), 2);
    assert_eq!(integer(field(&value, "t").unwrap()), i128::from(token.issued_at()));
    assert_eq!(integer(field(&value, "ttl").unwrap()), i128::from(token.ttl_minutes()));
    assert_eq!(field(&value, "uuid").map(text), token.authorized_user());
    assert_eq!(field(&value, "sig").map(|sig| &sig.as_bytes().unwrap()[..]), token.signature_unverified());
    for kind in pubnub_access::ResourceKind::ALL {
        let of = |section| field(&value, section).and_then(|kinds| field(kinds, kind.token_key()));
        same_table(token.resources().of(kind), of("res"));
        same_table(token.patterns().of(kind), of("pat"));
        let category = token.category(kind).map(|set| i128::from(set.mask()));
        assert_eq!(category, of("cat").map(integer));
    }
    match field(&value, "meta") {
        Some(meta) => assert!(same(MetaValue::Map(token.meta()), meta), "{meta:?}"),
        None => assert!(token.meta().is_empty()),
    }
}

/// One change to the bytes of a token.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Copy(Index, Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    // Bytes that begin items are worth more than others.
    let byte = || prop_oneof![any::<u8>(), (0_u8..8).prop_map(|major| major << 5 | 1), 0x40_u8..=0xbf, 0xf4_u8..=0xff];
    prop_oneof![
        (any::<Index>(), byte()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<Index>(), 0_u8..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (any::<Index>(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        any::<Index>().prop_map(Change::Remove),
        (any::<Index>(), any::<Index>(), 1_u8..12).prop_map(|(from, to, len)| Change::Copy(from, to, len)),
    ]
}

fn apply(mut cbor: Vec<u8>, change: &Change) -> Vec<u8> {
    if cbor.is_empty() {
        return cbor;
    }
    let len = cbor.len();
    match change {
        Change::Set(at, byte) => cbor[at.index(len)] = *byte,
        Change::Flip(at, bit) => cbor[at.index(len)] ^= 1 << bit,
        Change::Insert(at, byte) => cbor.insert(at.index(len), *byte),
        Change::Remove(at) => {
            cbor.remove(at.index(len));
        }
        Change::Copy(from, to, bytes) => {
            let from = from.index(len);
            let part = cbor[from..len.min(from + usize::from(*bytes))].to_vec();
            let to = to.index(len);
            cbor.splice(to..to, part);
        }
    }
    cbor
}

fn tokens() -> Vec<Vec<u8>> {
    let valid = shapes::all().into_iter().filter(|shape| shape.decoded.is_some());
    valid.map(|shape| UnverifiedToken::parse(&shape.text).unwrap().as_cbor().to_vec()).collect()
}

#[test]
fn whole_tokens_say_the_same_to_both() {
    for cbor in tokens() {
        compare(&UnverifiedToken::from_cbor(cbor, Limits::new()).unwrap());
    }
}

#[test]
fn w3_values_of_the_metadata_are_the_same_to_both() {
    let before = wire::bytes("a4 41'v'02 41't'01 43'ttl'01 44'meta' a1 61'k'");
    let mut compared = 0;
    for case in wire::cases("appendix_a.txt").iter().filter(|case| case.error.is_none()) {
        let cbor = [&before[..], &wire::bytes(&case.input)].concat();
        let token = UnverifiedToken::from_cbor(cbor.clone(), Limits::new()).unwrap();
        // ciborium knows no simple values without a meaning.
        if read(&cbor).is_some() {
            compare(&token);
            compared += 1;
        } else {
            assert!(matches!(token.meta().get("k"), Some(MetaValue::Simple(_))), "{}", case.name);
        }
    }
    assert!(compared > 50, "{compared}");
}

#[test]
fn h1_w21_changed_tokens_are_refused_or_say_the_same_to_both() {
    let tokens = tokens();
    let cases = std::env::var("PUBNUB_ACCESS_CASES").map_or(20_000, |cases| cases.parse().unwrap());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let (decoded, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let changed = (any::<Index>(), prop::collection::vec(change(), 1..4));
    let result = TestRunner::new(config).run(&changed, |(token, changes)| {
        let cbor = changes.iter().fold(token.get(&tokens).clone(), apply);
        match UnverifiedToken::from_cbor(cbor.clone(), Limits::new()) {
            Ok(token) => {
                // Simple values without a meaning are the one thing that ciborium refuses and we keep.
                if read(&cbor).is_some() {
                    compare(&token);
                    decoded.set(decoded.get() + 1);
                } else {
                    prop_assert!(cbor.iter().any(|byte| (0xe0..=0xf3).contains(byte) || *byte == 0xf8));
                }
            }
            Err(error) => {
                prop_assert!(error.text_offset() <= cbor.len() * 4 / 3 + 4);
                refused.set(refused.get() + 1);
            }
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(decoded.get() > cases / 20 && refused.get() > cases / 20, "{decoded:?} decoded, {refused:?} refused");
}

#[test]
fn h1_any_text_is_refused_or_decodes_without_a_panic() {
    let config = Config { cases: 5_000, failure_persistence: None, ..Config::default() };
    let strategy = prop_oneof![any::<String>(), "[A-Za-z0-9+/_=-]{0,80}", "[A-Za-z0-9_-]{0,80}={0,2}"];
    let result = TestRunner::new(config).run(&strategy, |text| {
        if let Err(error) = UnverifiedToken::parse(&text) {
            prop_assert!(error.text_offset() <= text.len(), "{error}");
            prop_assert!(!error.to_string().chars().any(char::is_control), "{error}");
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
