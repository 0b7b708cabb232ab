//! Decoding: the cases of `testdata/wire`, and faults in every place of whole tokens.

use crate::support::shapes;
use crate::support::wire::{Case, bytes, cases, items, position};
use pubnub_access::token::Position;
use pubnub_access::{Limits, TokenError, TokenErrorKind, UnverifiedToken};

fn from_cbor(cbor: Vec<u8>) -> Result<UnverifiedToken, TokenError> {
    UnverifiedToken::from_cbor(cbor, Limits::new())
}

/// Runs every case of a file, and reports all that fail.
fn run(file: &str, decode: impl Fn(&Case) -> Result<UnverifiedToken, TokenError>) {
    let wrong: Vec<String> = cases(file)
        .iter()
        .filter_map(|case| {
            let found =
                decode(case).err().map(|error| (error.kind().code().to_owned(), position(&error)));
            (found != case.error)
                .then(|| format!("{}: {found:?}, expected {:?}", case.name, case.error))
        })
        .collect();
    assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
}

/// A token whose metadata ends in a value, at byte 20.
fn in_meta(value: &[u8]) -> Vec<u8> {
    [&bytes("a4 41'v'02 41't'01 43'ttl'01 44'meta' a1 61'k'"), value].concat()
}

/// The CBOR of all tokens that are valid in `testdata/tokens.jsonl`.
fn tokens() -> Vec<Vec<u8>> {
    let valid = shapes::all().into_iter().filter(|shape| shape.decoded.is_some());
    valid.map(|shape| UnverifiedToken::parse(&shape.text).unwrap().as_cbor().to_vec()).collect()
}

#[test]
fn texts_decode_or_fail_as_the_file_of_armour_says() {
    run("armour.txt", |case| {
        UnverifiedToken::parse(&serde_json::from_str::<String>(&case.input).unwrap())
    });
}

#[test]
fn tokens_decode_or_fail_as_the_file_of_tokens_says() {
    run("token.txt", |case| from_cbor(bytes(&case.input)));
}

#[test]
fn encodings_that_are_not_well_formed_are_refused() {
    assert_eq!(cases("appendix_f.txt").len(), 94);
    run("appendix_f.txt", |case| from_cbor(in_meta(&bytes(&case.input))));
    for case in cases("appendix_f.txt") {
        let value = bytes(&case.input);
        assert!(from_cbor(value.clone()).is_err(), "{} alone", case.name);
        // In the middle, where other bytes follow.
        let before =
            [&bytes("a4 44'meta' a1 61'k'"), &value[..], &bytes("41'v'02 41't'01 43'ttl'01")]
                .concat();
        assert!(from_cbor(before).is_err(), "{} before other sections", case.name);
    }
}

#[test]
fn well_formed_encodings_decode() {
    assert_eq!(cases("appendix_a.txt").len(), 81);
    run("appendix_a.txt", |case| from_cbor(in_meta(&bytes(&case.input))));
}

#[test]
fn simple_values_below_32_take_one_byte() {
    for value in 0..=0x1f {
        let error = from_cbor(in_meta(&[0xf8, value])).unwrap_err();
        assert_eq!(
            (error.kind(), error.position()),
            (TokenErrorKind::Malformed, Position::Cbor(20)),
            "f8 {value:02x}"
        );
    }
    for value in 0x20..=0xff {
        assert!(from_cbor(in_meta(&[0xf8, value])).is_ok(), "f8 {value:02x}");
    }
}

#[test]
fn no_proper_prefix_of_a_token_decodes() {
    let tokens = tokens();
    assert!(tokens.len() >= 20);
    for token in tokens {
        for len in 0..token.len() {
            let error = from_cbor(token[..len].to_vec()).unwrap_err();
            let kind = if len == 0 { TokenErrorKind::Empty } else { TokenErrorKind::Truncated };
            assert_eq!(error.kind(), kind, "{len} of {} bytes: {error}", token.len());
        }
    }
}

#[test]
fn no_proper_prefix_of_an_unpadded_text_decodes() {
    for shape in shapes::all().iter().filter(|shape| shape.decoded.is_some()) {
        let text = shape.text.trim_end_matches('=');
        for len in 0..text.len() {
            assert!(
                UnverifiedToken::parse(&text[..len]).is_err(),
                "{}: {len} characters",
                shape.note
            );
        }
    }
}

#[test]
fn no_byte_may_follow_a_token() {
    for token in tokens() {
        for byte in 0..=255 {
            let error = from_cbor([&token[..], &[byte]].concat()).unwrap_err();
            let at = Position::Cbor(token.len());
            assert_eq!(
                (error.kind(), error.position()),
                (TokenErrorKind::TrailingData, at),
                "{byte:02x}"
            );
        }
    }
}

#[test]
fn deep_nesting_is_refused_in_a_small_stack() {
    let bytes_of = |opener: &str| bytes(opener).repeat(100_000);
    let attempt = move || {
        for (opener, kind) in [
            ("81", TokenErrorKind::TooDeep),
            ("a1", TokenErrorKind::TooDeep),
            ("9f", TokenErrorKind::Indefinite),
            ("bf", TokenErrorKind::Indefinite),
            ("5f", TokenErrorKind::Indefinite),
            ("7f", TokenErrorKind::Indefinite),
            ("c1", TokenErrorKind::Tagged),
            ("d8 20", TokenErrorKind::Tagged),
        ] {
            let limits = Limits::new().max_text_len(1 << 20).max_nesting(Limits::GREATEST_NESTING);
            let nested = bytes_of(opener);
            let decode = |cbor| UnverifiedToken::from_cbor(cbor, limits).map(|_| ()).unwrap_err();
            assert_eq!(decode(in_meta(&nested)).kind(), kind, "{opener} in the metadata");
            let section = [&bytes("a4 41'v'02 41't'01 43'ttl'01 43'new'"), &nested[..]].concat();
            assert_eq!(decode(section).kind(), kind, "{opener} in an unknown section");
            let in_kind =
                [&bytes("a4 41'v'02 41't'01 43'ttl'01 43'res' a1 43'foo'"), &nested[..]].concat();
            assert_eq!(decode(in_kind).kind(), kind, "{opener} in an unknown kind");
            let alone = decode(nested).kind();
            let wrong_type = matches!(opener, "81" | "a1");
            assert_eq!(
                alone,
                if wrong_type { TokenErrorKind::WrongType } else { kind },
                "{opener} alone"
            );
        }
    };
    std::thread::Builder::new().stack_size(32 * 1024).spawn(attempt).unwrap().join().unwrap();
}

#[test]
fn a_tag_before_any_item_is_refused() {
    for token in tokens() {
        for item in items(&token) {
            for tag in ["c1", "d8 20", "d9 d9f7", "c2"] {
                let value = [&bytes(tag), &token[item.start..item.end]].concat();
                let error = from_cbor(item.replaced(&token, &value)).unwrap_err();
                let at = Position::Cbor(item.start);
                assert_eq!(
                    (error.kind(), error.position()),
                    (TokenErrorKind::Tagged, at),
                    "{tag}: {error}"
                );
            }
        }
    }
}

#[test]
fn a_head_that_is_longer_than_it_must_be_is_refused() {
    let mut tried = 0;
    for token in tokens() {
        for item in items(&token).into_iter().filter(|item| item.major < 6) {
            for head in item.longer_heads() {
                let longer = [&head, &token[item.content..item.end]].concat();
                let error = from_cbor(item.replaced(&token, &longer)).unwrap_err();
                let at = Position::Cbor(item.start);
                assert_eq!(
                    (error.kind(), error.position()),
                    (TokenErrorKind::NonMinimal, at),
                    "{head:02x?}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn indefinite_lengths_are_refused() {
    for token in tokens() {
        for item in items(&token).into_iter().filter(|item| (2..=5).contains(&item.major)) {
            let opener = [item.major << 5 | 31];
            // A string becomes a chunk, the items of a container stay what they are.
            let content = if item.major < 4 { item.start } else { item.content };
            let indefinite = [&opener, &token[content..item.end], &[0xff]].concat();
            let error = from_cbor(item.replaced(&token, &indefinite)).unwrap_err();
            let at = Position::Cbor(item.start);
            assert_eq!(
                (error.kind(), error.position()),
                (TokenErrorKind::Indefinite, at),
                "{opener:02x?}"
            );
        }
    }
}

/// Returns a map with a number of unordered keys of three letters, each with the value 1. `again`
/// replaces one key by another.
fn map_with_a_key_again(count: usize, again: Option<(usize, usize)>) -> (Vec<u8>, usize) {
    let key = |number: usize| format!("{:03}", number * 617 % 997).into_bytes();
    let mut map = [&[0xb9][..], &u16::try_from(count).unwrap().to_be_bytes()].concat();
    if count < 256 {
        map = if count < 24 {
            vec![0xa0 + u8::try_from(count).unwrap()]
        } else {
            vec![0xb8, u8::try_from(count).unwrap()]
        };
    }
    let mut place = 0;
    for number in 0..count {
        let key = match again {
            Some((first, second)) if second == number => {
                place = map.len();
                key(first)
            }
            _ => key(number),
        };
        map.extend([&[0x63], &key[..], &[0x01]].concat());
    }
    (map, place)
}

#[test]
fn a_duplicate_key_is_reported_at_the_later_one_in_maps_of_any_size() {
    let places = [
        "a4 41'v'02 41't'01 43'ttl'01 44'meta'",
        "a4 41'v'02 41't'01 43'ttl'01 43'new'",
        "a4 41'v'02 41't'01 43'ttl'01 43'res' a1 44'chan'",
        "a4 41'v'02 41't'01 43'ttl'01 43'pat' a1 43'foo'",
    ];
    for place in places {
        let before = bytes(place);
        for count in [2, 3, 8, 9, 10, 23, 24, 60, 255, 256, 500] {
            assert!(
                from_cbor([&before[..], &map_with_a_key_again(count, None).0].concat()).is_ok(),
                "{place} {count}"
            );
            for (first, second) in [(0, 1), (0, count - 1), (count / 2, count - 1), (0, count / 2)]
            {
                if first == second {
                    continue;
                }
                let (map, at) = map_with_a_key_again(count, Some((first, second)));
                let error = from_cbor([&before[..], &map].concat()).unwrap_err();
                let expected = (TokenErrorKind::DuplicateKey, Position::Cbor(before.len() + at));
                assert_eq!(
                    (error.kind(), error.position()),
                    expected,
                    "{place}: {first} and {second} of {count}"
                );
            }
        }
    }
}

#[test]
fn only_unsigned_integers_are_taken_as_integers() {
    let fields = [
        ("a3 41'v'", "41't'01 43'ttl'01"),
        ("a3 41'v'02 41't'", "43'ttl'01"),
        ("a3 41'v'02 41't'01 43'ttl'", ""),
        ("a4 41'v'02 41't'01 43'res' a1 44'chan' a1 61'a'", "43'ttl'01"),
        ("a4 41'v'02 41't'01 43'pat' a1 44'uuid' a1 62'.*'", "43'ttl'01"),
        ("a4 41'v'02 41't'01 43'res' a1 71'datasync:entities' a1 61'a'", "43'ttl'01"),
        ("a4 41'v'02 41't'01 43'cat' a1 43'grp'", "43'ttl'01"),
    ];
    let values = [
        ("f9 4000", "wrong_type"),
        ("fa 40000000", "wrong_type"),
        ("fb 4000000000000000", "wrong_type"),
        ("f4", "wrong_type"),
        ("f5", "wrong_type"),
        ("f6", "wrong_type"),
        ("f7", "wrong_type"),
        ("f0", "wrong_type"),
        ("80", "wrong_type"),
        ("81 02", "wrong_type"),
        ("a0", "wrong_type"),
        ("41 02", "wrong_type"),
        ("61'2'", "wrong_type"),
        ("c2 41 02", "tagged"),
        ("c2 5f 41 02 ff", "tagged"),
        ("18 02", "non_minimal"),
    ];
    for (place, (before, after)) in fields.into_iter().enumerate() {
        let (before, after) = (bytes(before), bytes(after));
        let decode = |value: &str| from_cbor([&before[..], &bytes(value), &after].concat());
        let mask = place >= 3;
        let negative = if mask { "invalid_mask" } else { "wrong_type" };
        let of_masks = [("19 0100", "invalid_mask"), ("1b ffffffffffffffff", "invalid_mask")];
        let negatives = [("20", negative), ("38 ff", negative), ("3b ffffffffffffffff", negative)];
        let beyond = if mask { &of_masks[..] } else { &[] };
        for (value, code) in values.iter().chain(&negatives).chain(beyond) {
            let error = decode(value).unwrap_err();
            let found = (error.kind().code(), error.position());
            assert_eq!(
                found,
                (*code, Position::Cbor(before.len())),
                "field {place}, value {value}: {error}"
            );
        }
        assert!(decode("02").is_ok(), "field {place} takes 2");
        assert!(!mask || decode("18 ff").is_ok(), "field {place} takes 255");
    }
}

#[test]
fn decoding_leaves_nothing_behind() {
    for token in tokens() {
        let first = from_cbor(token.clone()).unwrap();
        assert!(from_cbor(token[..token.len() - 1].to_vec()).is_err());
        let again = from_cbor(token).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&first).unwrap());
    }
}
