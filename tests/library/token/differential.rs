//! The decoder against ciborium: a token must be well-formed there, with the same length and
//! content.

use std::cell::Cell;

use crate::support::change::{apply, change};
use crate::support::oracle::{compare, read};
use crate::support::random::cases;
use crate::support::{shapes, wire};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use pubnub_access::token::MetaValue;
use pubnub_access::{Limits, UnverifiedToken};

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
fn values_of_the_metadata_are_the_same_to_both() {
    let before = wire::bytes("a4 41'v'02 41't'01 43'ttl'01 44'meta' a1 61'k'");
    let mut compared = 0;
    for case in wire::cases("appendix_a.txt").iter().filter(|case| case.error.is_none()) {
        let cbor = [&before[..], &wire::bytes(&case.input)].concat();
        let token = UnverifiedToken::from_cbor(cbor.clone(), Limits::new()).unwrap();
        // ciborium refuses unassigned simple values.
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
fn changed_tokens_are_refused_or_say_the_same_to_both() {
    let tokens = tokens();
    let config = cases(20_000);
    let tried = config.cases;
    let (decoded, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let changed = (any::<Index>(), prop::collection::vec(change(), 1..4));
    let result = TestRunner::new(config).run(&changed, |(token, changes)| {
        let cbor = changes.iter().fold(token.get(&tokens).clone(), apply);
        match UnverifiedToken::from_cbor(cbor.clone(), Limits::new()) {
            Ok(token) => {
                // Unassigned simple values are the only items that ciborium refuses and this
                // library keeps.
                if read(&cbor).is_some() {
                    compare(&token);
                    decoded.set(decoded.get() + 1);
                } else {
                    prop_assert!(
                        cbor.iter().any(|byte| (0xe0..=0xf3).contains(byte) || *byte == 0xf8)
                    );
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
    assert!(
        decoded.get() > tried / 20 && refused.get() > tried / 20,
        "{decoded:?} decoded, {refused:?} refused"
    );
}

#[test]
fn any_text_is_refused_or_decodes_without_a_panic() {
    let config = Config { cases: 5_000, failure_persistence: None, ..Config::default() };
    let strategy =
        prop_oneof![any::<String>(), "[A-Za-z0-9+/_=-]{0,80}", "[A-Za-z0-9_-]{0,80}={0,2}"];
    let result = TestRunner::new(config).run(&strategy, |text| {
        if let Err(error) = UnverifiedToken::parse(&text) {
            prop_assert!(error.text_offset() <= text.len(), "{error}");
            prop_assert!(!error.to_string().chars().any(char::is_control), "{error}");
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
