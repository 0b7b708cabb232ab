//! The limits on tokens: each at its value and one past it, and how they are set.

use pubnub_access::mint::TestToken;
use pubnub_access::token::Position;
use pubnub_access::{Limits, Pattern, PatternErrorKind, TokenErrorKind, UnverifiedToken};

/// Returns a token whose metadata ends in nested arrays. The token and its metadata are levels 1
/// and 2.
fn nested(arrays: usize) -> Vec<u8> {
    let meta = TestToken::new(1, 1)
        .sections(&pubnub_access::mint::TestSection::ALL[..7])
        .meta("k", 0)
        .to_cbor();
    let (before, _) = meta.split_at(meta.len() - 1);
    [before, &vec![0x81; arrays], &[0]].concat()
}

fn decode(cbor: Vec<u8>, limits: Limits) -> Result<(), TokenErrorKind> {
    UnverifiedToken::from_cbor(cbor, limits).map(|_| ()).map_err(|error| error.kind())
}

#[test]
fn the_defaults_are_those_that_are_documented() {
    assert_eq!(Limits::DEFAULT_TEXT_LEN, 32_768);
    assert_eq!(Limits::DEFAULT_NESTING, 16);
    assert_eq!(Limits::GREATEST_NESTING, 64);
    assert_eq!(Limits::default(), Limits::new());
    assert_eq!(Limits::new().max_text_len(32_768).max_nesting(16), Limits::new());
    assert_ne!(Limits::new().max_nesting(15), Limits::new());
}

#[test]
fn the_default_length_of_the_text_is_a_limit() {
    // A text of exactly the limit's length: 24,576 bytes of CBOR.
    let empty = TestToken::new(1, 1).signature(&[]).to_cbor().len();
    let filled = |len: usize| TestToken::new(1, 1).signature(&vec![0; len - empty - 2]);
    let text = filled(24_576).to_text();
    assert_eq!(text.len(), Limits::DEFAULT_TEXT_LEN);
    assert!(UnverifiedToken::parse(&text).is_ok());
    let error = UnverifiedToken::parse(&filled(24_577).to_text()).unwrap_err();
    assert_eq!((error.kind(), error.position()), (TokenErrorKind::TooLong, Position::Text(32_768)));
    // Without base64, the limit is the number of bytes that such a text can carry.
    assert_eq!(decode(filled(24_576).to_cbor(), Limits::new()), Ok(()));
    let error = UnverifiedToken::from_cbor(filled(24_577).to_cbor(), Limits::new()).unwrap_err();
    assert_eq!((error.kind(), error.position()), (TokenErrorKind::TooLong, Position::Cbor(24_576)));
}

#[test]
fn any_length_of_the_text_can_be_the_limit() {
    for signature in 0..6 {
        let token = TestToken::new(1, 1).signature(&vec![0; signature]);
        for text in [token.to_text(), token.clone().padding(false).to_text()] {
            let parse =
                |limit| UnverifiedToken::parse_with(&text, Limits::new().max_text_len(limit));
            assert!(parse(text.len()).is_ok(), "{} characters", text.len());
            assert_eq!(
                parse(text.len() - 1).unwrap_err().kind(),
                TokenErrorKind::TooLong,
                "{} characters",
                text.len()
            );
        }
        // The CBOR of an unpadded text of the limit's length is accepted.
        let len = token.padding(false).to_text().len();
        let cbor = TestToken::new(1, 1).signature(&vec![0; signature]).to_cbor();
        assert_eq!(
            decode(cbor.clone(), Limits::new().max_text_len(len)),
            Ok(()),
            "{} bytes",
            cbor.len()
        );
        let refused = decode(cbor.clone(), Limits::new().max_text_len(len - 1));
        assert_eq!(refused, Err(TokenErrorKind::TooLong), "{} bytes", cbor.len());
    }
}

#[test]
fn a_limit_of_nothing_takes_nothing() {
    let error = UnverifiedToken::parse_with("o", Limits::new().max_text_len(0)).unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::TooLong);
    assert_eq!(decode(Vec::new(), Limits::new().max_text_len(0)), Err(TokenErrorKind::Empty));
}

#[test]
fn nesting_is_taken_up_to_every_limit() {
    for limit in 3..=64_u8 {
        let limits = Limits::new().max_nesting(limit);
        let arrays = usize::from(limit) - 2;
        assert_eq!(decode(nested(arrays), limits), Ok(()), "{limit} levels");
        assert_eq!(
            decode(nested(arrays + 1), limits),
            Err(TokenErrorKind::TooDeep),
            "{limit} levels"
        );
    }
    assert_eq!(decode(nested(14), Limits::new()), Ok(()));
    assert_eq!(decode(nested(15), Limits::new()), Err(TokenErrorKind::TooDeep));
}

#[test]
fn nesting_beyond_what_can_be_is_its_nearest_end() {
    let most = Limits::new().max_nesting(u8::MAX);
    assert_eq!(decode(nested(62), most), Ok(()));
    assert_eq!(decode(nested(63), most), Err(TokenErrorKind::TooDeep));
    let least = Limits::new().max_nesting(0);
    assert_eq!(decode(nested(0), least), Err(TokenErrorKind::TooDeep));
    let flat = pubnub_access::mint::TestSection::ALL[..3].to_vec();
    assert_eq!(decode(TestToken::new(1, 1).sections(&flat).to_cbor(), least), Ok(()));
}

#[test]
fn nesting_is_limited_outside_the_metadata_too() {
    // The token, its resources, its channels: three levels.
    let token = TestToken::new(1, 1).channel("a", pubnub_access::Permission::Read).to_cbor();
    assert_eq!(decode(token.clone(), Limits::new().max_nesting(3)), Ok(()));
    assert_eq!(decode(token.clone(), Limits::new().max_nesting(2)), Err(TokenErrorKind::TooDeep));
    assert_eq!(decode(token, Limits::new().max_nesting(1)), Err(TokenErrorKind::TooDeep));
    for depth in 0_usize..20 {
        let mut value = ciborium::Value::from(0);
        for _ in 0..depth {
            value = ciborium::Value::Array(vec![value]);
        }
        let section = TestToken::new(1, 1).section("new", &value).to_cbor();
        assert_eq!(
            decode(section, Limits::new()).is_ok(),
            depth <= 15,
            "{depth} levels in a section"
        );
        let kind = TestToken::new(1, 1).resource_kind("new", &value).to_cbor();
        assert_eq!(decode(kind, Limits::new()).is_ok(), depth <= 14, "{depth} levels in a kind");
        let category = TestToken::new(1, 1).category_kind("new", &value).to_cbor();
        assert_eq!(
            decode(category, Limits::new()).is_ok(),
            depth <= 14,
            "{depth} levels in a category"
        );
    }
}

#[test]
fn ten_thousand_keys_of_metadata_are_read() {
    let token =
        (0..10_000).fold(TestToken::new(1, 1), |token, key| token.meta(&format!("{key}"), key));
    let limits = Limits::new().max_text_len(1 << 20);
    let decoded = UnverifiedToken::parse_with(&token.to_text(), limits).unwrap();
    assert_eq!(decoded.meta().len(), 10_000);
    let twice = token.meta("77", 0);
    assert_eq!(decode(twice.to_cbor(), limits), Err(TokenErrorKind::DuplicateKey));
}

/// The deepest accepted bodies fit the promised stack.
#[cfg(feature = "grant")]
#[test]
fn bodies_of_any_depth_fit_the_stack() {
    use pubnub_access::grant::{ApiError, GrantRequest};

    let bodies = |levels: usize| {
        let (arrays, maps) = (
            "[".repeat(levels) + &"]".repeat(levels),
            r#"{"a":"#.repeat(levels) + "0" + &"}".repeat(levels),
        );
        [arrays, maps].map(|deep| {
            let grant =
                format!(r#"{{"ttl":15,"permissions":{{"resources":{{"channels":{{"a":1}}}},"meta":{{"k":{deep}}}}}}}"#);
            (grant, format!(r#"{{"message":"no","error":true,"status":403,"payload":{{"a":{deep}}}}}"#))
        })
    };
    let run = move || {
        for levels in [1, 16, 61, 62, 63, 64, 120, 122, 123, 124, 125, 126, 127, 128, 10_000] {
            for (grant, error) in bodies(levels) {
                let taken = GrantRequest::from_json(&grant).map(|request| request.to_json().len());
                assert_eq!(taken.is_ok(), levels <= 124, "{levels} levels");
                let read = ApiError::from_json(&error).map(|error| error.to_string());
                assert_eq!(read.is_ok(), levels <= 125, "{levels} levels");
            }
        }
    };
    let stack = if cfg!(debug_assertions) { 1024 * 1024 } else { 128 * 1024 };
    std::thread::Builder::new().stack_size(stack).spawn(run).unwrap().join().unwrap();
}

#[cfg(feature = "revocation")]
#[test]
fn a_deny_list_takes_tokens_up_to_the_default_length() {
    let empty = TestToken::new(1, 1).signature(&[]).to_cbor().len();
    let filled = |len: usize| TestToken::new(1, 1).signature(&vec![0; len - empty - 2]).to_text();
    let mut list = pubnub_access::revocation::RevocationList::new();
    assert_eq!(filled(24_576).len(), 32_768);
    assert_eq!(list.read_line(&filled(24_576)), Ok(()));
    let error = list.read_line(&filled(24_577)).unwrap_err();
    assert!(error.to_string().contains("32768"), "{error}");
    assert_eq!(list.len(), 1);
}

#[test]
fn patterns_have_the_limits_that_are_documented() {
    let kind = |pattern: String| Pattern::new(&pattern).map(|_| ()).map_err(|error| error.kind());
    let nested = |groups: usize| format!("{}\\C{}", "(?:".repeat(groups), ")".repeat(groups));
    let automaton = |positions: usize| {
        format!("{:?}", Pattern::new(&format!("(?:a|b){{{positions}}}")).unwrap())
    };
    assert_eq!(
        (kind("a{1000}".into()), kind("a{1001}".into())),
        (Ok(()), Err(PatternErrorKind::Syntax))
    );
    assert_eq!(kind("(?:a{10}){100}".into()), Ok(()));
    assert_eq!(kind("(?:a{10}){101}".into()), Err(PatternErrorKind::Syntax));
    assert_eq!((kind(nested(24)), kind(nested(25))), (Ok(()), Err(PatternErrorKind::TooLarge)));
    // Two positions for each repetition, of which a word holds 63.
    assert!(
        automaton(31).contains("\"automaton\"") && automaton(32).contains("large automaton"),
        "{}",
        automaton(32)
    );
    let literal =
        |characters: usize| format!("{:?}", Pattern::new(&"a".repeat(characters)).unwrap());
    assert!(literal(62).contains("literal") && !literal(63).contains("literal"));
    assert!(literal(2_047).contains("large automaton") && literal(2_048).contains("regex"));
}
