//! Errors: every kind with its full text. Neither errors nor `Debug` output contain a token's
//! content.

use std::error::Error;

use crate::support::wire::{bytes, items};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pubnub_access::mint::TestToken;
use pubnub_access::token::Position;
use pubnub_access::{
    Limits, Operation, ParseEnumError, Permission, Policy, Request, RequestBuilder,
    RequestErrorKind, ResourceKind, TokenError, TokenErrorKind, UnverifiedToken, explain,
};

/// An input to decode.
enum Input {
    Text(&'static str),
    Cbor(&'static str),
}
use crate::support::shapes;
use Input::{Cbor, Text};

fn decode(input: &Input) -> TokenError {
    match input {
        Text(text) => UnverifiedToken::parse(text).unwrap_err(),
        Cbor(notation) => {
            UnverifiedToken::from_cbor(bytes(notation), Limits::new().max_nesting(3)).unwrap_err()
        }
    }
}

/// An input for every kind and every text, the kind's code, and the text.
#[rustfmt::skip]
const TOKEN_ERRORS: &[(Input, &str, &str)] = &[
    (Text(""), "empty", "the token is empty: expected base64url of a CBOR map"),
    (Cbor(""), "empty", "the token is empty: expected base64url of a CBOR map"),
    (Text("o0F2 AkF0"), "invalid_character", "character 4 of the text is a space: expected base64url, without white space"),
    (Text("o0F2%3D"), "invalid_character", "character 4 of the text is '%': expected base64url (A-Z a-z 0-9 - _)"),
    (Text("o0F2\n"), "invalid_character", "character 4 of the text is '\\n': expected base64url (A-Z a-z 0-9 - _)"),
    (Text("o0F2\u{202e}"), "invalid_character", "character 4 of the text is '\\u{202e}': expected base64url (A-Z a-z 0-9 - _)"),
    (Text("o-F2/kF0"), "mixed_alphabets", "character 4 of the text is '/': expected one base64 alphabet, not - or _ together with + or /"),
    (Text("o0F2A"), "invalid_length", "the text has 5 characters, one more than a multiple of 4: something is missing or left over"),
    (Text("o0F="), "trailing_bits", "character 2 of the text ends in bits that belong to no byte: expected zeros"),
    (Text("o0=F"), "invalid_padding", "character 2 of the text is a misplaced `=`: expected padding to a multiple of 4, or none"),
    (Cbor("a3 41'v'02 41't'01 43't"), "truncated", "byte 7 of the CBOR (character 9 of the text): the token ends too early, expected 2 bytes more"),
    (Cbor("a3 41'v'02 41't'19 01"), "truncated", "byte 8 of the CBOR (character 10 of the text): the token ends too early, expected 1 byte more"),
    (Cbor("a3 41'v'02 41't'01 43'ttl'01 00"), "trailing_data", "byte 12 of the CBOR (character 16 of the text): expected the end of the token, found 1 byte more"),
    (Cbor("a1 1c 00"), "malformed", "byte 1 of the CBOR (character 1 of the text): not well-formed CBOR: a reserved length"),
    (Cbor("a1 1f 00"), "malformed", "byte 1 of the CBOR (character 1 of the text): not well-formed CBOR: an indefinite number or tag"),
    (Cbor("a1 ff 00"), "malformed", "byte 1 of the CBOR (character 1 of the text): not well-formed CBOR: a break outside of anything it could end"),
    (Cbor("a1 f8 00"), "malformed", "byte 1 of the CBOR (character 1 of the text): not well-formed CBOR: a reserved simple value"),
    (Cbor("a1 41'v' 18 02"), "non_minimal", "byte 3 of the CBOR (character 4 of the text): a number is not written in its shortest form"),
    (Cbor("bf"), "indefinite", "byte 0 of the CBOR (character 0 of the text): an item has no definite length"),
    (Cbor("c0"), "tagged", "byte 0 of the CBOR (character 0 of the text): an item has a tag, expected none"),
    (Cbor("a1 62'a'ff 00"), "invalid_utf8", "byte 3 of the CBOR (character 4 of the text): a text is not valid UTF-8"),
    (Cbor("a2 41'v'02 41'v'02"), "duplicate_key", "byte 4 of the CBOR (character 5 of the text): a map has the same key twice"),
    (Cbor("a1 44'meta' a1 61'k' 81 81 00"), "too_deep", "byte 10 of the CBOR (character 13 of the text): maps and arrays are nested deeper than the limit of 3"),
    (Cbor("80"), "wrong_type", "byte 0 of the CBOR (character 0 of the text): the token is an array, expected a map"),
    (Cbor("a1 01 01"), "wrong_type", "byte 1 of the CBOR (character 1 of the text): a key of the token is an unsigned integer, expected a text or a byte string"),
    (Cbor("a1 41'v' 20"), "wrong_type", "byte 3 of the CBOR (character 4 of the text): `v` is a negative integer, expected an unsigned integer"),
    (Cbor("a1 41't' f9 0000"), "wrong_type", "byte 3 of the CBOR (character 4 of the text): `t` is a float, expected an unsigned integer"),
    (Cbor("a1 43'ttl' f4"), "wrong_type", "byte 5 of the CBOR (character 6 of the text): `ttl` is a boolean, expected an unsigned integer"),
    (Cbor("a1 43'res' f6"), "wrong_type", "byte 5 of the CBOR (character 6 of the text): `res` is null, expected a map"),
    (Cbor("a1 43'pat' f7"), "wrong_type", "byte 5 of the CBOR (character 6 of the text): `pat` is undefined, expected a map"),
    (Cbor("a1 43'cat' f0"), "wrong_type", "byte 5 of the CBOR (character 6 of the text): `cat` is a simple value, expected a map"),
    (Cbor("a1 44'meta' 60"), "wrong_type", "byte 6 of the CBOR (character 8 of the text): `meta` is a text, expected a map"),
    (Cbor("a1 44'uuid' 0c"), "wrong_type", "byte 6 of the CBOR (character 8 of the text): `uuid` is an unsigned integer, expected a text"),
    (Cbor("a1 43'sig' a0"), "wrong_type", "byte 5 of the CBOR (character 6 of the text): `sig` is a map, expected a byte string"),
    (Cbor("a1 43'res' a1 01 00"), "wrong_type", "byte 6 of the CBOR (character 8 of the text): a key of `res` is an unsigned integer, expected a text or a byte string"),
    (Cbor("a1 43'pat' a1 44'uuid' 40"), "wrong_type", "byte 11 of the CBOR (character 14 of the text): `pat.uuid` is a byte string, expected a map"),
    (Cbor("a1 43'res' a1 43'grp' a1 01 00"), "wrong_type", "byte 11 of the CBOR (character 14 of the text): a name in `res.grp` is an unsigned integer, expected a text"),
    (Cbor("a1 43'res' a1 44'chan' a1 60 f5"), "wrong_type", "byte 13 of the CBOR (character 17 of the text): a permission mask in `res.chan` is a boolean, expected an unsigned integer"),
    (Cbor("a1 43'cat' a1 44'chan' a0"), "wrong_type", "byte 11 of the CBOR (character 14 of the text): `cat.chan` is a map, expected an unsigned integer"),
    (Cbor("a1 43'res' a1 44'chan' a1 60 19 0100"), "invalid_mask", "byte 13 of the CBOR (character 17 of the text): a permission mask is 256, expected 0 to 255"),
    (Cbor("a1 43'cat' a1 44'chan' 20"), "invalid_mask", "byte 11 of the CBOR (character 14 of the text): a permission mask is negative, expected 0 to 255"),
    (Cbor("a1 41'v'02"), "missing_section", "the token has no `t`, which is required"),
    (Cbor("a2 41'v'02 41't'01"), "missing_section", "the token has no `ttl`, which is required"),
    (Cbor("a0"), "missing_section", "the token has no `v`, which is required"),
    (Cbor("a1 41'v'03"), "unsupported_version", "the token has format version 3: expected 2"),
];

const LIMITED: [&str; 2] = [
    "the token's text is longer than the limit of 7 bytes",
    "the token's CBOR is longer than the limit of 5 bytes",
];

#[test]
fn every_fault_of_a_token_has_its_text() {
    let found = TOKEN_ERRORS.iter().map(|(input, code, text)| (decode(input), *code, *text));
    let wrong = found.filter(|(error, code, text)| {
        (error.kind().code(), error.to_string().as_str()) != (*code, *text)
    });
    let wrong = wrong.map(|(error, code, text)| {
        format!("{}: {error}\n    expected {code}: {text}\n", error.kind().code())
    });
    assert_eq!(wrong.collect::<String>(), "");
    let limits = Limits::new().max_text_len(7);
    let text = UnverifiedToken::parse_with("o0F2AkF0", limits).unwrap_err();
    let cbor = UnverifiedToken::from_cbor(vec![0xa0; 6], limits).unwrap_err();
    assert_eq!([text.to_string(), cbor.to_string()], LIMITED);
    assert_eq!([text.kind(), cbor.kind()], [TokenErrorKind::TooLong; 2]);
    assert_eq!([text.position(), cbor.position()], [Position::Text(7), Position::Cbor(5)]);
}

#[test]
fn every_kind_of_token_error_is_among_them() {
    use TokenErrorKind as K;
    let kinds = [
        K::Empty,
        K::TooLong,
        K::InvalidCharacter,
        K::MixedAlphabets,
        K::InvalidLength,
        K::InvalidPadding,
        K::TrailingBits,
        K::Truncated,
        K::TrailingData,
        K::Malformed,
        K::NonMinimal,
        K::Indefinite,
        K::Tagged,
        K::InvalidUtf8,
        K::DuplicateKey,
        K::TooDeep,
        K::WrongType,
        K::InvalidMask,
        K::MissingSection,
        K::UnsupportedVersion,
    ];
    for kind in kinds {
        let produced = TOKEN_ERRORS
            .iter()
            .any(|(input, code, _)| *code == kind.code() && decode(input).kind() == kind);
        assert!(produced || kind == K::TooLong, "{kind:?}");
    }
    assert_eq!(K::TooLong.code(), "too_long");
}

#[test]
fn an_error_in_the_cbor_points_to_the_character_that_carries_its_byte() {
    for len in 0..12 {
        let token = TestToken::new(1, 1).signature(&vec![0; len]);
        let at = token.to_cbor().len();
        let with = |last: u8| URL_SAFE_NO_PAD.encode([token.to_cbor(), vec![last]].concat());
        let error = UnverifiedToken::parse(&with(0)).unwrap_err();
        assert_eq!(
            (error.kind(), error.position()),
            (TokenErrorKind::TrailingData, Position::Cbor(at))
        );
        let first_difference = with(0).bytes().zip(with(0xff).bytes()).position(|(a, b)| a != b);
        assert_eq!(Some(error.text_offset()), first_difference, "{at}");
    }
    assert_eq!(UnverifiedToken::parse("o0F2 ").unwrap_err().text_offset(), 4);
}

fn request(operation: Operation) -> RequestBuilder<'static> {
    Request::builder(operation)
}

#[test]
fn every_fault_of_a_request_has_its_text() {
    use Operation as O;
    #[rustfmt::skip]
    let cases = [
        (request(O::Publish), "missing_resource", "publish needs a channel, and none is named"),
        (request(O::Subscribe), "missing_resource", "subscribe needs a channel or a group, and none is named"),
        (request(O::DeleteGroup), "missing_resource", "delete-group needs a group, and none is named"),
        (request(O::AddGroupChannels).channel("a"), "missing_resource", "add-group-channels needs a group, and none is named"),
        (request(O::GetUserMetadata), "missing_resource", "get-user-metadata needs a uuid, and none is named"),
        (request(O::SetMemberships).channel("a"), "missing_resource", "set-memberships needs a uuid, and none is named"),
        (request(O::SetMemberships).uuid("a"), "missing_resource", "set-memberships needs a channel, and none is named"),
        (request(O::Publish).channel("a").uuid("b"), "unexpected_resource", "publish names no uuid"),
        (request(O::Publish).channel("a").group("b"), "unexpected_resource", "publish names no group"),
        (request(O::Time).channel("a"), "unexpected_resource", "time names no channel"),
        (request(O::ListGroups).group("a"), "unexpected_resource", "list-groups names no group"),
        (request(O::GetAllUserMetadata).uuid("a"), "unexpected_resource", "get-all-user-metadata names no uuid"),
        (request(O::Publish).channel(""), "invalid_name", "the channel name (resource 1) is empty"),
        (request(O::Publish).channel("a,b"), "invalid_name", "the channel name (resource 1) has a comma at byte 1: pass each name separately"),
        (request(O::Subscribe).channel("a").group("\u{e9}\n"), "invalid_name", "the group name (resource 2) has a control character at byte 2"),
        (request(O::GetUserMetadata).uuid("\u{7f}"), "invalid_name", "the uuid name (resource 1) has a control character at byte 0"),
        (request(O::Publish).channel("a").user_id(""), "invalid_name", "the user id is empty"),
        (request(O::Publish).channel("a").user_id("al\0ice"), "invalid_name", "the user id has a control character at byte 2"),
    ];
    for (builder, code, text) in cases {
        let error = builder.build().unwrap_err();
        assert_eq!((error.kind().code(), error.to_string().as_str()), (code, text));
    }
}

#[test]
fn a_request_error_has_the_operation_and_the_fault() {
    let error = request(Operation::Subscribe).channels(["a", "b", "c,d"]).build().unwrap_err();
    assert_eq!(error.operation(), Operation::Subscribe);
    let RequestErrorKind::InvalidName(name) = error.kind() else { panic!("{error}") };
    assert_eq!(name.position(), Some(1));
    let error = request(Operation::Subscribe).channel("").build().unwrap_err();
    let RequestErrorKind::InvalidName(name) = error.kind() else { panic!("{error}") };
    assert_eq!(name.position(), None);
    let error = request(Operation::Publish).build().unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::MissingResource(ResourceKind::Channel));
}

#[test]
fn names_that_cannot_be_asked_about_are_refused() {
    let refused = (0..0x20).chain([0x7f, u32::from(',')]).map(|code| char::from_u32(code).unwrap());
    for character in refused {
        for name in [format!("{character}"), format!("a{character}"), format!("{character}b")] {
            let built = Request::builder(Operation::Subscribe).channel(&name).build();
            assert_eq!(built.unwrap_err().kind().code(), "invalid_name", "{name:?}");
            let as_user = Request::builder(Operation::Time).user_id(&name).build();
            assert_eq!(as_user.is_err(), character != ',', "{name:?} as a user id");
        }
    }
    for name in [" ", "room.*", "a b", "\u{80}", "\u{2028}", "*", ":", "%2C", "a/b", "\u{1f600}"] {
        assert!(Request::builder(Operation::Subscribe).channel(name).build().is_ok(), "{name:?}");
    }
}

#[test]
fn the_error_of_an_unknown_permission_lists_the_known_ones() {
    let error: ParseEnumError = "rw".parse::<Permission>().unwrap_err();
    let text =
        "unknown permission, expected read, write, manage, delete, create, get, update or join";
    assert_eq!(error.to_string(), text);
}

#[test]
fn errors_are_errors_without_a_source() {
    let token: Box<dyn Error> = Box::new(UnverifiedToken::parse("").unwrap_err());
    let request: Box<dyn Error> = Box::new(request(Operation::Publish).build().unwrap_err());
    let operation: Box<dyn Error> = Box::new("".parse::<Operation>().unwrap_err());
    let permission: Box<dyn Error> = Box::new("".parse::<Permission>().unwrap_err());
    for error in [token, request, operation, permission] {
        assert!(error.source().is_none(), "{error}");
    }
}

/// Reports whether a text contains eight or more characters of another in a row.
fn shows(text: &str, secret: &str) -> bool {
    let secret: Vec<char> = secret.chars().collect();
    secret.windows(8).any(|part| text.contains(&part.iter().collect::<String>()))
}

#[test]
fn errors_show_nothing_of_the_token() {
    let token = TestToken::new(1_700_000_000, 15)
        .channel("secret-channel", Permission::Read)
        .channel_pattern("^secret-pattern", Permission::Read)
        .meta("secret-key", "secret-value")
        .authorized_user("secret-user")
        .section("secret-section", 1)
        .resource_kind("secret-kind", 1)
        .signature(b"secret-signature");
    let (text, cbor) = (token.to_text(), token.to_cbor());
    // Each item with a tag before it, cut off, of another type, and with bytes that are not UTF-8.
    for item in items(&cbor) {
        let not_utf8 = [&[0x68], &b"secret-"[..], &[0xff]].concat();
        let broken = [
            item.replaced(&cbor, &[0xc1]),
            cbor[..item.end - 1].to_vec(),
            item.replaced(&cbor, &[0xf9, 0, 0]),
            item.replaced(&cbor, &not_utf8),
        ];
        for error in broken
            .into_iter()
            .filter_map(|cbor| UnverifiedToken::from_cbor(cbor, Limits::new()).err())
        {
            let printed = format!("{error} {error:?}");
            assert!(!printed.contains("secret") && !shows(&printed, &text), "{printed}");
        }
    }
    for at in 0..text.len() {
        let error =
            UnverifiedToken::parse(&format!("{}!{}", &text[..at], &text[at..])).unwrap_err();
        assert_eq!(error.position(), Position::Text(at));
        assert!(!shows(&format!("{error} {error:?}"), &text), "{error:?}");
    }
}

#[test]
fn debug_shows_neither_the_token_nor_its_signature() {
    let signature = b"-a-signature-that-must-not-show-";
    let mint = shapes::sample().signature(signature);
    let token = UnverifiedToken::parse(&mint.to_text()).unwrap();
    let request =
        Request::builder(Operation::Publish).channel("room-1").user_id("alice").build().unwrap();
    let revoked = |_: &UnverifiedToken| true;
    let policy = Policy::new().deny_list(&revoked);
    let explanation = explain(&token, &request, 0, &policy);
    let tables = (token.resources(), token.patterns(), token.meta());
    let printed = format!(
        "{token:?} {token:#?} {explanation:?} {explanation} {policy:?} {tables:?} {request:?}"
    );
    assert!(!shows(&printed, &mint.to_text()), "{printed}");
    assert!(!shows(&printed, std::str::from_utf8(signature).unwrap()), "{printed}");
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let decimal = format!("{signature:?}");
    assert!(!shows(&printed, &hex) && !shows(&printed, &decimal), "{printed}");
    assert_eq!(
        format!("{token:?}"),
        "UnverifiedToken { issued_at: 1700000000, ttl_minutes: 60, authorized_user: Some(\"alice\"), resources: 4, \
         patterns: 1, .. }"
    );
}
