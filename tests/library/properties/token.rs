//! Made-up tokens: their decoded content, and changes to their bytes.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Result, Unstructured};
use pubnub_access::mint::{Alphabet, KeySpelling, TestToken};
use pubnub_access::token::MetaValue;
use pubnub_access::{Limits, Permissions, ResourceKind, UnverifiedToken};
use serde_json::Value;

use super::{choice, decode, several};
use crate::support::change::{Change, apply};

/// The content of a made-up token.
#[derive(Debug, Clone)]
struct Content {
    issued_at: u64,
    ttl: u64,
    user: Option<String>,
    resources: BTreeMap<(ResourceKind, String), u8>,
    patterns: BTreeMap<(ResourceKind, String), u8>,
    categories: BTreeMap<ResourceKind, u8>,
    meta: BTreeMap<String, Value>,
    unknown: BTreeMap<String, Value>,
    signature: Vec<u8>,
    spelling: (bool, bool, bool, bool),
}

pub fn holds(data: &[u8]) {
    let data = &mut Unstructured::new(data);
    let Ok(content) = content(data) else { return };
    let Ok(changes) = several(6, data, change) else { return };
    let token = content.minted();
    let decoded =
        UnverifiedToken::parse_with(&token.to_text(), Limits::new().max_text_len(usize::MAX));
    content.is_in(&decoded.expect("a token that was made up decodes"));
    decode::cbor_holds(&changes.iter().fold(token.to_cbor(), apply));
}

fn content(data: &mut Unstructured<'_>) -> Result<Content> {
    let entry = |data: &mut Unstructured<'_>| {
        Ok(((*data.choose(ResourceKind::ALL)?, name(data)?), data.arbitrary()?))
    };
    let category =
        |data: &mut Unstructured<'_>| Ok((*data.choose(ResourceKind::ALL)?, data.arbitrary()?));
    let member = |data: &mut Unstructured<'_>| Ok((name(data)?, value(data, 3)?));
    let section = |data: &mut Unstructured<'_>| Ok((format!("x{}", name(data)?), value(data, 3)?));
    Ok(Content {
        issued_at: number(data)?,
        ttl: number(data)?,
        user: data.ratio(1, 2)?.then(|| name(data)).transpose()?,
        resources: several(40, data, entry)?.into_iter().collect(),
        patterns: several(40, data, entry)?.into_iter().collect(),
        categories: several(4, data, category)?.into_iter().collect(),
        meta: several(6, data, member)?.into_iter().collect(),
        unknown: several(3, data, section)?.into_iter().collect(),
        signature: several(40, data, Unstructured::arbitrary)?,
        spelling: data.arbitrary()?,
    })
}

/// Numbers around the lengths of their heads.
fn number(data: &mut Unstructured<'_>) -> Result<u64> {
    choice(
        data,
        &[0, 1, 23, 24, 255, 256, 65_535, 65_536, 1_700_000_000, (1 << 32) - 1, 1 << 32, u64::MAX],
    )
}

fn name(data: &mut Unstructured<'_>) -> Result<String> {
    let text: &str =
        choice(data, &["", "a", ":a", "room-1", "^room-[0-9]+$", ".*", "\u{85}\u{10ffff}"])?;
    Ok(text.repeat(*data.choose(&[1, 1, 1, 2, 5, 30])?))
}

/// Values of JSON types.
fn value(data: &mut Unstructured<'_>, levels: u8) -> Result<Value> {
    let inner = levels.saturating_sub(1);
    Ok(match data.int_in_range(0..=if levels == 0 { 4 } else { 6 })? {
        0 => Value::Null,
        1 => Value::from(number(data)?),
        2 => Value::from(i64::arbitrary(data)?),
        3 => Value::from(f64::arbitrary(data)?),
        4 => Value::from(name(data)?),
        5 => Value::from(several(3, data, |data| value(data, inner))?),
        _ => several(3, data, |data| Ok((name(data)?, value(data, inner)?)))?.into_iter().collect(),
    })
}

fn change(data: &mut Unstructured<'_>) -> Result<Change> {
    let at = usize::from(u16::arbitrary(data)?);
    Ok(match data.int_in_range(0..=4)? {
        0 => Change::Set(at, data.arbitrary()?),
        1 => Change::Flip(at, data.int_in_range(0..=7)?),
        2 => Change::Insert(at, data.arbitrary()?),
        3 => Change::Remove(at),
        _ => Change::Copy(at, usize::from(u16::arbitrary(data)?), data.int_in_range(1..=12)?),
    })
}

impl Content {
    fn minted(&self) -> TestToken {
        let (text_keys, bytes, standard, padding) = self.spelling;
        let mut token = TestToken::new(self.issued_at, self.ttl)
            .signature(&self.signature)
            .key_spelling(if text_keys { KeySpelling::Text } else { KeySpelling::Bytes })
            .names_as_bytes(bytes)
            .alphabet(if standard { Alphabet::Standard } else { Alphabet::UrlSafe })
            .padding(padding);
        for ((kind, name), mask) in &self.resources {
            token = token.resource(*kind, name, Permissions::from_mask(*mask));
        }
        for ((kind, pattern), mask) in &self.patterns {
            token = token.pattern(*kind, pattern, Permissions::from_mask(*mask));
        }
        for (kind, mask) in &self.categories {
            token = token.category(*kind, Permissions::from_mask(*mask));
        }
        token = self.meta.iter().fold(token, |token, (key, value)| token.meta(key, value));
        token = self.unknown.iter().fold(token, |token, (key, value)| token.section(key, value));
        match &self.user {
            Some(user) => token.authorized_user(user),
            None => token,
        }
    }

    /// Asserts that the token holds exactly this content.
    fn is_in(&self, token: &UnverifiedToken) {
        assert_eq!((token.issued_at(), token.ttl_minutes()), (self.issued_at, self.ttl));
        assert_eq!(token.authorized_user(), self.user.as_deref());
        assert_eq!(token.signature_unverified(), Some(&self.signature[..]));
        for (grants, entries) in
            [(token.resources(), &self.resources), (token.patterns(), &self.patterns)]
        {
            assert_eq!(grants.iter().map(|(_, table)| table.len()).sum::<usize>(), entries.len());
            for ((kind, name), mask) in entries {
                assert_eq!(
                    grants.of(*kind).get(name),
                    Some(Permissions::from_mask(*mask)),
                    "{name:?}"
                );
            }
        }
        let categories: BTreeMap<_, _> =
            token.categories().map(|(kind, set)| (kind, set.mask())).collect();
        assert_eq!(categories, self.categories);
        assert_eq!(token.meta().len(), self.meta.len());
        for (key, value) in &self.meta {
            same(token.meta().get(key).expect(key), value);
        }
        let unknown: Vec<_> = token.unknown().collect();
        assert_eq!(
            unknown.iter().map(|unknown| unknown.key()).collect::<Vec<_>>(),
            self.unknown.keys().collect::<Vec<_>>()
        );
        for (unknown, value) in unknown.iter().zip(self.unknown.values()) {
            same(unknown.value().expect("its value"), value);
        }
    }
}

/// Asserts that a decoded value is the original one.
fn same(decoded: MetaValue<'_>, minted: &Value) {
    match (decoded, minted) {
        (MetaValue::Null, Value::Null) => {}
        (MetaValue::Integer(decoded), Value::Number(minted)) => {
            let minted = minted.as_u64().map(i128::from).or(minted.as_i64().map(i128::from));
            assert_eq!(Some(decoded), minted);
        }
        (MetaValue::Float(decoded), Value::Number(minted)) => {
            assert_eq!(Some(decoded), minted.as_f64())
        }
        (MetaValue::Bool(decoded), Value::Bool(minted)) => assert_eq!(decoded, *minted),
        (MetaValue::Text(decoded), Value::String(minted)) => assert_eq!(decoded, minted),
        (MetaValue::Array(decoded), Value::Array(minted)) => {
            assert_eq!(decoded.len(), minted.len());
            decoded.iter().zip(minted).for_each(|(decoded, minted)| same(decoded, minted));
        }
        (MetaValue::Map(decoded), Value::Object(minted)) => {
            assert_eq!(decoded.len(), minted.len());
            minted.iter().for_each(|(key, minted)| same(decoded.get(key).expect(key), minted));
        }
        (decoded, minted) => panic!("{minted:?} came back as {decoded:?}"),
    }
}
