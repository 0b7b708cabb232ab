//! Costs of decoding, for each byte of the text.

use pubnub_access::mint::{TestSection, TestToken};
use pubnub_access::{TokenErrorKind, UnverifiedToken};

use super::make::{decoded, empty, limits, mask, short, with};
use super::{Case, Task, case, collisions};

pub fn cases() -> Vec<Case> {
    vec![
        case("decode: many short names", 2_000, 55, 4, |size| {
            well(&with(size, |token, entry| token.channel(&short(entry), mask(1))))
        }),
        case("decode: many short names of all kinds, and patterns", 2_000, 55, 4, |size| {
            well(&with(size, |token, entry| match entry % 4 {
                0 => token.channel(&short(entry), mask(1)),
                1 => token.group(&short(entry), mask(1)),
                2 => token.uuid(&short(entry), mask(255)),
                _ => token.channel_pattern(&short(entry), mask(255)),
            }))
        }),
        case("decode: names that begin alike", 100, 6, 2, |size| {
            well(&with(size, |token, entry| {
                token.channel(&format!("{}{entry}", "x".repeat(200)), mask(1))
            }))
        }),
        case("decode: names that collide", 250, 160, 2, |size| {
            well(
                &collisions::names("", size)
                    .iter()
                    .fold(empty(), |token, name| token.channel(name, mask(1))),
            )
        }),
        case("decode: names that begin alike and collide", 50, 25, 2, |size| {
            let names = collisions::names(&"x".repeat(200), size);
            well(&names.iter().fold(empty(), |token, name| token.channel(name, mask(1))))
        }),
        case("decode: a name twice, first and last", 2_000, 55, 4, |size| {
            ill(
                with(size + 1, |token, entry| token.channel(&short(entry % size), mask(1))),
                TokenErrorKind::DuplicateKey,
            )
        }),
        case("decode: eight names of one length that differ in one byte", 800, 5, 1, |size| {
            let name = |entry: usize| format!("{}{entry}-", "x".repeat(size - 2));
            well(&with(8, |token, entry| token.channel(&name(entry), mask(1))))
        }),
        case("decode: keys of metadata", 1_000, 110, 3, |size| {
            well(&(0..size).fold(empty(), |token, key| token.meta(&short(key), 0)))
        }),
        case("decode: one key of metadata again and again", 2_000, 500, 6, |size| {
            ill_meta(
                &[&map_head(size)[..], &vec![0; 2 * size]].concat(),
                TokenErrorKind::DuplicateKey,
            )
        }),
        case("decode: keys of metadata that collide", 250, 150, 2, |size| {
            let names = collisions::names("", size);
            let entries =
                names.iter().flat_map(|name| [&[0x78, 24], name.as_bytes(), &[0]].concat());
            well_meta(&map_head(size).into_iter().chain(entries).collect::<Vec<_>>())
        }),
        case("decode: maps as keys of maps, as deep as can be", 1_000, 160, 4, |size| {
            let numbers = (0x100..)
                .take(size)
                .flat_map(|key: u16| [&[0x19][..], &key.to_be_bytes(), &[0]].concat());
            let inner: Vec<u8> = map_head(size).into_iter().chain(numbers).collect();
            well_meta(&[&[0xa1; 61][..], &inner, &[0; 61]].concat())
        }),
        case(
            "decode: maps as keys of maps, beside others of their length",
            1_000,
            300,
            4,
            |size| {
                let mut key = vec![0xa1, 0, 0];
                while key.len() < size {
                    let (_, begin) = key.split_last().unwrap();
                    key = [&[0xa2], &key[..], &[0], begin, &[1, 0]].concat();
                }
                well_meta(&[&[0xa1], &key[..], &[0]].concat())
            },
        ),
        case("decode: empty arrays in metadata", 2_000, 120, 1, |size| {
            well(&empty().meta("k", vec![[0_u8; 0]; size]))
        }),
        case("decode: empty maps as keys of metadata", 2_000, 550, 6, |size| {
            ill_meta(
                &[&map_head(size)[..], &[0xa0, 0].repeat(size)].concat(),
                TokenErrorKind::DuplicateKey,
            )
        }),
        case("decode: sections that are not understood", 1_000, 120, 2, |size| {
            well(
                &(0..size)
                    .fold(empty(), |token, key| token.section(&format!("x{}", short(key)), 0)),
            )
        }),
        case("decode: kinds that are not understood", 1_000, 120, 2, |size| {
            well(
                &(0..size).fold(empty(), |token, key| {
                    token.resource_kind(&format!("x{}", short(key)), 0)
                }),
            )
        }),
        case("list: sections that are not understood", 1_000, 80, 1, |size| {
            let token = decoded(
                &(0..size)
                    .fold(empty(), |token, key| token.section(&format!("x{}", short(key)), 0)),
            );
            Task::new(token.as_cbor().len(), move || token.unknown().count())
        }),
        case("decode: a text with a fault at its end", 4_000, 30, 1, |size| {
            let text = format!("{}!", "A".repeat(size));
            Task::new(size, move || UnverifiedToken::parse_with(&text, limits()).unwrap_err())
        }),
        case("decode: a text in the other alphabet", 1_000, 6, 1, |size| {
            well(
                &empty()
                    .signature(&vec![0xff; 4 * size])
                    .alphabet(pubnub_access::mint::Alphabet::Standard),
            )
        }),
    ]
}

/// A token that decodes.
fn well(token: &TestToken) -> Task {
    let text = token.to_text();
    Task::new(text.len(), move || UnverifiedToken::parse_with(&text, limits()).unwrap())
}

/// A token that cannot be decoded.
fn ill(token: TestToken, kind: TokenErrorKind) -> Task {
    let text = token.to_text();
    Task::new(text.len(), move || {
        let error = UnverifiedToken::parse_with(&text, limits()).unwrap_err();
        assert_eq!(error.kind(), kind);
    })
}

/// Returns the shortest head of a map with a number of pairs.
fn map_head(pairs: usize) -> Vec<u8> {
    match u8::try_from(pairs) {
        Ok(pairs) => vec![0xb8, pairs],
        Err(_) => [&[0xb9][..], &u16::try_from(pairs).unwrap().to_be_bytes()].concat(),
    }
}

/// Returns a token's CBOR with the given CBOR as metadata.
fn with_meta(meta: &[u8]) -> Vec<u8> {
    let token = TestToken::new(1, 1).sections(&TestSection::ALL[..7]).meta("k", 0).to_cbor();
    // The map of one pair that the encoder wrote takes four bytes: its head, a key of two, and a
    // number.
    let (before, _) = token.split_at(token.len() - 4);
    [before, meta].concat()
}

fn well_meta(meta: &[u8]) -> Task {
    let cbor = with_meta(meta);
    Task::new(cbor.len(), move || {
        UnverifiedToken::from_cbor(cbor.clone(), limits().max_nesting(64)).unwrap()
    })
}

fn ill_meta(meta: &[u8], kind: TokenErrorKind) -> Task {
    let cbor = with_meta(meta);
    Task::new(cbor.len(), move || {
        let error = UnverifiedToken::from_cbor(cbor.clone(), limits().max_nesting(64)).unwrap_err();
        assert_eq!(error.kind(), kind);
    })
}
