//! Compares the content of a token with that which ciborium, a lenient decoder, reads.

use ciborium::Value;
use pubnub_access::token::{GrantTable, MetaValue};
use pubnub_access::{ResourceKind, UnverifiedToken};

/// Reads a value with ciborium, and returns it with its length in bytes.
pub fn read(cbor: &[u8]) -> Option<(Value, usize)> {
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
    map.as_map()
        .unwrap()
        .iter()
        .find(|(candidate, _)| text(candidate) == key)
        .map(|(_, value)| value)
}

/// Reports whether a value of the metadata equals ciborium's.
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
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (MetaValue::Map(ours), Value::Map(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|((key, value), (their_key, their_value))| {
                    same(key, their_key) && same(value, their_value)
                })
        }
        _ => false,
    }
}

fn same_table(table: GrantTable<'_>, value: Option<&Value>) {
    let theirs = value.map_or(&[][..], |value| value.as_map().unwrap());
    let ours: Vec<(&str, i128)> =
        table.iter().map(|grant| (grant.name, i128::from(grant.permissions.mask()))).collect();
    let theirs: Vec<(&str, i128)> =
        theirs.iter().map(|(name, mask)| (text(name), integer(mask))).collect();
    assert_eq!(ours, theirs);
    for (name, mask) in theirs {
        assert_eq!(table.get(name).map(|set| i128::from(set.mask())), Some(mask), "{name:?}");
    }
}

/// Compares all content of a decoded token with that which ciborium reads.
pub fn compare(token: &UnverifiedToken) {
    let (value, len) = read(token.as_cbor()).expect("ciborium refuses what decodes");
    assert_eq!(len, token.as_cbor().len());
    assert_eq!(integer(field(&value, "v").unwrap()), 2);
    assert_eq!(integer(field(&value, "t").unwrap()), i128::from(token.issued_at()));
    assert_eq!(integer(field(&value, "ttl").unwrap()), i128::from(token.ttl_minutes()));
    assert_eq!(field(&value, "uuid").map(text), token.authorized_user());
    assert_eq!(
        field(&value, "sig").map(|sig| &sig.as_bytes().unwrap()[..]),
        token.signature_unverified()
    );
    for kind in ResourceKind::ALL.iter().copied() {
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
