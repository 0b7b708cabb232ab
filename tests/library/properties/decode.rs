//! Any bytes, as a token's text and as the CBOR in it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use pubnub_access::token::{MetaValue, Position};
use pubnub_access::{Limits, TokenErrorKind, UnverifiedToken};

use super::is_printable;
use crate::support::oracle::{compare, read};

pub fn holds(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        text_holds(text);
    }
    cbor_holds(data);
}

/// A text decodes only if it is the encoding of the result, in any alphabet and with or without
/// padding.
fn text_holds(text: &str) {
    match UnverifiedToken::parse(text) {
        Ok(token) => {
            let unpadded = text.trim_end_matches('=');
            assert_eq!(
                URL_SAFE_NO_PAD.encode(token.as_cbor()),
                unpadded.replace('+', "-").replace('/', "_")
            );
            assert!(unpadded.len() == text.len() || text.len() % 4 == 0);
            agrees_with_ciborium(&token);
        }
        Err(error) => {
            assert!(error.text_offset() <= text.len(), "{error}");
            is_printable(&error.to_string());
        }
    }
}

pub fn cbor_holds(cbor: &[u8]) {
    let decode = |cbor: &[u8], levels| {
        UnverifiedToken::from_cbor(cbor.to_vec(), Limits::new().max_nesting(levels))
    };
    let decoded = decode(cbor, Limits::DEFAULT_NESTING);
    let deeper = decode(cbor, Limits::GREATEST_NESTING);
    match &decoded {
        Ok(token) => {
            assert_eq!(token.as_cbor(), cbor);
            assert_eq!(deeper.as_ref(), Ok(token));
            agrees_with_ciborium(token);
            armours(token);
            let longer = [cbor, &[0]].concat();
            let error =
                decode(&longer, Limits::DEFAULT_NESTING).expect_err("a byte behind the token");
            assert_eq!(
                (error.kind(), error.position()),
                (TokenErrorKind::TrailingData, Position::Cbor(cbor.len()))
            );
            assert!(
                decode(&cbor[..cbor.len() - 1], Limits::DEFAULT_NESTING).is_err(),
                "a token that lacks a byte"
            );
            is_printable(&format!("{token:?}"));
        }
        Err(error) => {
            assert!(matches!(error.position(), Position::Cbor(at) if at <= cbor.len()), "{error}");
            is_printable(&error.to_string());
            // A limit affects only longer texts.
            assert!(
                error.kind() == TokenErrorKind::TooDeep || deeper.as_ref() == Err(error),
                "{error}, {deeper:?}"
            );
        }
    }
}

fn agrees_with_ciborium(token: &UnverifiedToken) {
    if read(token.as_cbor()).is_some() {
        return compare(token);
    }
    // Unassigned simple values are the only items that ciborium refuses and this library accepts,
    // in metadata and unknown sections.
    let meta = token.meta().iter().any(|(key, value)| has_simple(key) || has_simple(value));
    let unknown = token.unknown().filter_map(|unknown| unknown.value()).any(has_simple);
    assert!(meta || unknown, "ciborium refuses what decodes");
}

fn has_simple(value: MetaValue<'_>) -> bool {
    match value {
        MetaValue::Simple(_) => true,
        MetaValue::Array(values) => values.iter().any(has_simple),
        MetaValue::Map(entries) => {
            entries.iter().any(|(key, value)| has_simple(key) || has_simple(value))
        }
        _ => false,
    }
}

/// Every text of the same bytes is the same token.
fn armours(token: &UnverifiedToken) {
    for engine in [&URL_SAFE, &URL_SAFE_NO_PAD, &STANDARD, &STANDARD_NO_PAD] {
        let text = engine.encode(token.as_cbor());
        if text.len() <= Limits::DEFAULT_TEXT_LEN {
            assert_eq!(UnverifiedToken::parse(&text).as_ref(), Ok(token));
        }
    }
}
