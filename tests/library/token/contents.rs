//! Contents of a decoded token: look-ups in tables of any size, metadata, unknown parts, and JSON.

use ciborium::Value as Cbor;
use pubnub_access::mint::{KeySpelling, TestToken};
use pubnub_access::token::{Grants, MetaValue};
use pubnub_access::{Permission, Permissions, ResourceKind, TokenErrorKind, UnverifiedToken};
use serde_json::{Value, json};

const LONG: usize = 1 << 20;

fn decode(token: &TestToken) -> UnverifiedToken {
    UnverifiedToken::parse_with(&token.to_text(), pubnub_access::Limits::new().max_text_len(LONG))
        .unwrap()
}

fn mask(mask: u8) -> Permissions {
    Permissions::from_mask(mask)
}

/// Returns names of a sort that makes look-ups hard.
fn names(sort: &str, count: usize) -> Vec<String> {
    let name = |number: usize| match sort {
        "numbers" => format!("{number}"),
        "long prefixes" => format!("{}{number}", "prefix-".repeat(20)),
        "long suffixes" => format!("{number}{}", "-suffix".repeat(20)),
        "prefixes of each other" => "a".repeat(number),
        "with and without a colon" => {
            format!("{}{}", if number % 2 == 0 { ":" } else { "" }, number / 2)
        }
        "zeros behind" => format!("a{}", "\0".repeat(number)),
        "beyond ASCII" => format!("\u{e9}{number}\u{1f600}"),
        other => panic!("{other}"),
    };
    (0..count).map(name).collect()
}

const SORTS: [&str; 7] = [
    "numbers",
    "long prefixes",
    "long suffixes",
    "prefixes of each other",
    "with and without a colon",
    "zeros behind",
    "beyond ASCII",
];

#[test]
fn every_name_is_found_in_tables_of_any_size_and_no_other() {
    for sort in SORTS {
        for count in [0, 1, 2, 7, 8, 9, 10, 16, 100, 300] {
            for as_bytes in [false, true] {
                let names = names(sort, count);
                let mint =
                    names.iter().enumerate().fold(TestToken::new(1, 1), |token, (number, name)| {
                        let permissions = mask(u8::try_from(number % 256).unwrap());
                        token.group(name, permissions).uuid_pattern(name, permissions)
                    });
                let token = decode(&mint.names_as_bytes(as_bytes));
                let context = format!("{count} {sort}");
                for table in [token.resources().groups(), token.patterns().uuids()] {
                    assert_eq!((table.len(), table.is_empty()), (count, count == 0), "{context}");
                    let in_order: Vec<&str> = table.iter().map(|grant| grant.name).collect();
                    assert_eq!(in_order, names, "{context}");
                    assert_eq!(table.iter().size_hint(), (count, Some(count)), "{context}");
                    for (number, name) in names.iter().enumerate() {
                        let expected = mask(u8::try_from(number % 256).unwrap());
                        assert_eq!(table.get(name), Some(expected), "{context}: {name:?}");
                        for other in [
                            format!("{name}x"),
                            format!(" {name}"),
                            name.to_uppercase(),
                            format!(":{name}"),
                        ] {
                            assert_eq!(
                                table.get(&other).is_some(),
                                names.contains(&other),
                                "{context}: {other:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_thousand_names_are_found_in_several_tables() {
    let mint = (0..1_000).fold(TestToken::new(1, 1), |token, number| {
        token
            .channel(&format!("c{number}"), mask(1))
            .group(&format!("g{number}"), mask(2))
            .channel_pattern(&format!("p{number}"), mask(4))
    });
    let token = decode(&mint);
    for number in 0..1_000 {
        let find = |grants: Grants<'_>, name: &str| {
            (grants.channels().get(name), grants.groups().get(name))
        };
        let (c, g, p) = (format!("c{number}"), format!("g{number}"), format!("p{number}"));
        assert_eq!(find(token.resources(), &c), (Some(mask(1)), None));
        assert_eq!(find(token.resources(), &g), (None, Some(mask(2))));
        assert_eq!(find(token.resources(), &p), (None, None));
        assert_eq!(find(token.patterns(), &p), (Some(mask(4)), None));
        assert_eq!(find(token.patterns(), &c), (None, None));
    }
}

#[test]
fn grants_are_returned_by_kind() {
    let kinds = ResourceKind::ALL;
    let mint = kinds.iter().zip(1_u8..).fold(TestToken::new(1, 1), |token, (kind, number)| {
        token.resource(*kind, "a", mask(number)).pattern(*kind, "b", mask(number + 8))
    });
    let token = decode(&mint);
    let (resources, patterns) = (token.resources(), token.patterns());
    for (kind, number) in kinds.iter().copied().zip(1_u8..) {
        assert_eq!(resources.of(kind).get("a"), Some(mask(number)));
        assert_eq!(patterns.of(kind).get("b"), Some(mask(number + 8)));
        assert_eq!(resources.of(kind).get("b"), None);
    }
    let named = [
        resources.channels(),
        resources.groups(),
        resources.uuids(),
        resources.users(),
        resources.spaces(),
    ];
    assert_eq!(named.map(|table| table.get("a").unwrap().mask()), [1, 2, 3, 4, 5]);
    assert_eq!(resources.iter().map(|(kind, _)| kind).collect::<Vec<_>>(), kinds);
    let empty = decode(&TestToken::new(1, 1));
    assert_eq!(empty.resources().iter().count(), 0);
}

#[test]
fn categories_are_returned_by_kind() {
    use ResourceKind::{Channel, Group, Uuid};
    let token = decode(&TestToken::new(1, 1).category(Uuid, mask(32)).category(Channel, mask(0)));
    assert_eq!(token.categories().collect::<Vec<_>>(), [(Channel, mask(0)), (Uuid, mask(32))]);
    assert_eq!(
        [Channel, Group, Uuid].map(|kind| token.category(kind)),
        [Some(mask(0)), None, Some(mask(32))]
    );
}

#[test]
fn unknown_sections_and_kinds_are_listed() {
    for spelling in [KeySpelling::Bytes, KeySpelling::Text] {
        let mint = TestToken::new(1, 1)
            .key_spelling(spelling)
            .section("new", json!({"a": 1}))
            .section("V", json!(2))
            .resource_kind("foo", json!({"a": 255}))
            .pattern_kind("Chan", json!(null))
            .category_kind("foo", json!([1]))
            .category(ResourceKind::Channel, mask(32));
        let token = decode(&mint);
        let unknown: Vec<(String, Option<&str>, &str)> = token
            .unknown()
            .map(|unknown| (unknown.to_string(), unknown.section(), unknown.key()))
            .collect();
        let expected = [
            ("res.foo", Some("res"), "foo"),
            ("pat.Chan", Some("pat"), "Chan"),
            ("cat.foo", Some("cat"), "foo"),
            ("new", None, "new"),
            ("V", None, "V"),
        ];
        assert_eq!(unknown, expected.map(|(path, section, key)| (path.to_owned(), section, key)));
        let values: Vec<Value> = token
            .unknown()
            .map(|unknown| serde_json::to_value(unknown.value().unwrap()).unwrap())
            .collect();
        assert_eq!(values, [json!({"a": 255}), json!(null), json!([1]), json!({"a": 1}), json!(2)]);
        assert_eq!(token.resources().iter().count() + token.patterns().iter().count(), 0);
    }
    assert_eq!(decode(&TestToken::new(1, 1)).unknown().count(), 0);
}

#[test]
fn unknown_parts_are_printed_without_control_characters() {
    let token = decode(
        &TestToken::new(1, 1).section("a\n\u{1b}b", 1).resource_kind("", 1).section("\u{202e}", 1),
    );
    let printed: Vec<String> = token.unknown().map(|unknown| unknown.to_string()).collect();
    assert_eq!(printed, ["res.\"\"", "\"a\\n\\u{1b}b\"", "\"\\u{202e}\""]);
    let debug = token.unknown().map(|unknown| format!("{unknown:?}")).collect::<String>();
    let expected =
        r#"Unknown(Some("res"), "")Unknown(None, "a\n\u{1b}b")Unknown(None, "\u{202e}")"#;
    assert_eq!(debug, expected);
}

/// Values of the metadata: in CBOR, decoded, and as JSON.
fn meta_cases() -> Vec<(Vec<u8>, MetaValue<'static>, Value)> {
    use MetaValue::{Bool, Bytes, Float, Integer, Null, Simple, Text, Undefined};
    vec![
        (vec![0xf6], Null, json!(null)),
        (vec![0xf7], Undefined, json!(null)),
        (vec![0xf4], Bool(false), json!(false)),
        (vec![0xf5], Bool(true), json!(true)),
        (vec![0x00], Integer(0), json!(0)),
        (vec![0x18, 0xff], Integer(255), json!(255)),
        (
            vec![0x1b; 9]
                .into_iter()
                .map(|_| 0xff)
                .enumerate()
                .map(|(at, byte)| if at == 0 { 0x1b } else { byte })
                .collect(),
            Integer(18_446_744_073_709_551_615),
            json!(u64::MAX),
        ),
        (vec![0x20], Integer(-1), json!(-1)),
        (
            vec![0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            Integer(i128::from(i64::MIN)),
            json!(i64::MIN),
        ),
        (vec![0xf9, 0x3c, 0x00], Float(1.0), json!(1.0)),
        (vec![0xf9, 0x00, 0x01], Float(5.960_464_477_539_063e-8), json!(5.960_464_477_539_063e-8)),
        (vec![0xf9, 0x03, 0xff], Float(6.097_555_160_522_461e-5), json!(6.097_555_160_522_461e-5)),
        (vec![0xf9, 0x04, 0x00], Float(6.103_515_625e-5), json!(6.103_515_625e-5)),
        (vec![0xf9, 0x7b, 0xff], Float(65_504.0), json!(65_504.0)),
        (vec![0xf9, 0xc4, 0x00], Float(-4.0), json!(-4.0)),
        (vec![0xf9, 0x7c, 0x00], Float(f64::INFINITY), json!("Infinity")),
        (vec![0xf9, 0xfc, 0x00], Float(f64::NEG_INFINITY), json!("-Infinity")),
        (vec![0xfa, 0x47, 0xc3, 0x50, 0x00], Float(100_000.0), json!(100_000.0)),
        (vec![0xfa, 0x7f, 0x80, 0x00, 0x00], Float(f64::INFINITY), json!("Infinity")),
        (vec![0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a], Float(1.1), json!(1.1)),
        (vec![0x43, 0x00, 0xab, 0xff], Bytes(&[0x00, 0xab, 0xff]), json!({"bytes": "00abff"})),
        (vec![0x40], Bytes(&[]), json!({"bytes": ""})),
        (vec![0x62, 0xc3, 0xa9], Text("\u{e9}"), json!("\u{e9}")),
        (vec![0x60], Text(""), json!("")),
        (vec![0xf0], Simple(16), json!({"simple": 16})),
        (vec![0xf8, 0xff], Simple(255), json!({"simple": 255})),
    ]
}

/// A token whose metadata has one key, `k`.
fn with_meta(value: &[u8]) -> UnverifiedToken {
    let cbor = [&b"\xa4\x41v\x02\x41t\x01\x43ttl\x01\x44meta\xa1\x61k"[..], value].concat();
    UnverifiedToken::from_cbor(cbor, pubnub_access::Limits::new()).unwrap()
}

#[test]
fn values_of_the_metadata_come_back() {
    for (cbor, value, json) in meta_cases() {
        let token = with_meta(&cbor);
        assert_eq!(token.meta().get("k"), Some(value), "{cbor:02x?}");
        assert_eq!(serde_json::to_value(token.meta()).unwrap(), json!({"k": json}), "{cbor:02x?}");
    }
}

#[test]
fn nan_minus_zero_and_the_least_integer_come_back() {
    for nan in [&[0xf9, 0x7e, 0x00][..], &[0xf9, 0xfe, 0x01], &[0xfa, 0x7f, 0xc0, 0, 0]] {
        let token = with_meta(nan);
        assert!(
            matches!(token.meta().get("k"), Some(MetaValue::Float(value)) if value.is_nan()),
            "{nan:02x?}"
        );
        assert_eq!(serde_json::to_string(&token.meta()).unwrap(), r#"{"k":"NaN"}"#);
    }
    let negative_zero = with_meta(&[0xf9, 0x80, 0x00]);
    assert!(
        matches!(negative_zero.meta().get("k"), Some(MetaValue::Float(zero)) if zero.is_sign_negative())
    );
    let least = with_meta(&[0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(least.meta().get("k"), Some(MetaValue::Integer(-18_446_744_073_709_551_616)));
    assert_eq!(serde_json::to_string(&least.meta()).unwrap(), r#"{"k":-18446744073709551616}"#);
}

#[test]
fn metadata_nests() {
    let mint = TestToken::new(1, 1)
        .meta("list", json!([1, "two", [3.5, null], {}]))
        .meta("map", json!({"a": {"b": {"c": true}}}))
        .meta("empty", json!([]));
    let token = decode(&mint);
    let meta = token.meta();
    assert_eq!((meta.len(), meta.is_empty()), (3, false));
    let keys: Vec<_> = meta.iter().map(|(key, _)| key.as_str().unwrap()).collect();
    assert_eq!(keys, ["list", "map", "empty"]);
    let Some(MetaValue::Array(list)) = meta.get("list") else { panic!() };
    assert_eq!((list.len(), list.is_empty(), list.iter().count()), (4, false, 4));
    assert_eq!(list.iter().nth(1), Some(MetaValue::Text("two")));
    assert_eq!(list.iter().next().unwrap().as_str(), None);
    // `Debug` shows the numbers of grants, but no content.
    assert_eq!(
        (format!("{list:?}"), format!("{meta:?}")),
        ("[4 values]".to_owned(), "{3 keys}".to_owned())
    );
    let Some(MetaValue::Map(mut map)) = meta.get("map") else { panic!() };
    for key in ["a", "b"] {
        let Some(MetaValue::Map(inner)) = map.get(key) else { panic!("{key}") };
        map = inner;
    }
    assert_eq!(map.get("c"), Some(MetaValue::Bool(true)));
    assert_eq!(map.get("d"), None);
    let Some(MetaValue::Array(empty)) = meta.get("empty") else { panic!() };
    assert!(empty.is_empty() && empty.iter().next().is_none());
    assert_eq!(
        serde_json::to_string(&meta).unwrap(),
        r#"{"list":[1,"two",[3.5,null],{}],"map":{"a":{"b":{"c":true}}},"empty":[]}"#
    );
    assert!(decode(&TestToken::new(1, 1)).meta().is_empty());
}

#[test]
fn arrays_and_maps_of_metadata_are_equal_where_their_content_is() {
    let value = |json: Value| decode(&TestToken::new(1, 1).meta("before", 1).meta("k", json));
    let same = |a: Value, b: Value| value(a).meta().get("k") == value(b).meta().get("k");
    assert!(same(json!([1, 2]), json!([1, 2])));
    assert!(!same(json!([1, 2]), json!([1, 3])));
    assert!(!same(json!([1, 2]), json!([1, 2, 3])));
    assert!(same(json!({"a": 1}), json!({"a": 1})));
    assert!(!same(json!({"a": 1}), json!({"a": 2})));
    assert!(same(json!({}), json!({})));
    assert!(!same(json!({}), json!([])));
}

#[test]
fn invalid_tokens_can_be_minted() {
    let tagged = TestToken::new(1, 1).meta("k", Cbor::Tag(1, Box::new(Cbor::from(1))));
    let error = UnverifiedToken::parse(&tagged.to_text()).unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Tagged, "{error}");
}

#[test]
fn keys_of_the_metadata_may_be_anything_and_json_loses_none() {
    let mint = TestToken::new(1, 1).meta(
        "nested",
        Cbor::Map(vec![
            (Cbor::Bytes(b"bytes".to_vec()), Cbor::from(1)),
            (Cbor::Bytes(vec![0xff]), Cbor::from(2)),
            (Cbor::from(-7), Cbor::from(3)),
            (Cbor::Bool(true), Cbor::from(4)),
            (Cbor::Null, Cbor::from(5)),
            (Cbor::from(1.5), Cbor::from(6)),
            (Cbor::from(f64::NAN), Cbor::from(7)),
            (Cbor::Array(vec![Cbor::from(1)]), Cbor::from(8)),
            (Cbor::Map(vec![]), Cbor::from(9)),
        ]),
    );
    let token = decode(&mint);
    let expected = r#"{"nested":{"map":[[{"bytes":"6279746573"},1],[{"bytes":"ff"},2],[-7,3],[true,4],[null,5],[1.5,6],["NaN",7],[[1],8],[{},9]]}}"#;
    assert_eq!(serde_json::to_string(&token.meta()).unwrap(), expected);
    let Some(MetaValue::Map(nested)) = token.meta().get("nested") else { panic!() };
    assert_eq!(
        nested.get("bytes"),
        Some(MetaValue::Integer(1)),
        "a byte string is found by its text"
    );
}

#[test]
fn the_json_of_a_token_is_that_of_the_command_line() {
    let mint = TestToken::new(1_634_592_012, 15)
        .channel("room-1", mask(3))
        .category(ResourceKind::Channel, mask(32))
        .authorized_user("alice")
        .signature(&[0x63, 0x80, 0x07])
        .resource_kind("foo", json!({}));
    let expected = concat!(
        r#"{"version":2,"timestamp":1634592012,"ttl":15,"expires_at":1634592912,"authorized_uuid":"alice","#,
        r#""resources":{"channels":{"room-1":{"mask":3,"permissions":["read","write"]}},"#,
        r#""groups":{},"uuids":{},"users":{},"spaces":{}},"#,
        r#""patterns":{"channels":{},"groups":{},"uuids":{},"users":{},"spaces":{}},"#,
        r#""categories":{"channels":{"mask":32,"permissions":["get"]}},"meta":{},"signature_bytes":3,"#,
        r#""unknown":["res.foo"]}"#,
    );
    assert_eq!(serde_json::to_string(&decode(&mint)).unwrap(), expected);
}

#[test]
fn the_json_of_a_token_without_anything_has_every_key() {
    use pubnub_access::mint::TestSection;
    let token = decode(&TestToken::new(7, 1).sections(&TestSection::ALL[..3]));
    let kinds = json!({"channels": {}, "groups": {}, "uuids": {}, "users": {}, "spaces": {}});
    let expected = json!({
        "version": 2, "timestamp": 7, "ttl": 1, "expires_at": 67, "authorized_uuid": null, "resources": kinds,
        "patterns": kinds, "categories": {}, "meta": {}, "signature_bytes": null, "unknown": [],
    });
    assert_eq!(serde_json::to_value(token).unwrap(), expected);
}

#[test]
fn the_json_of_a_token_has_other_kinds_where_the_token_does() {
    let mint = TestToken::new(7, 1).empty_kinds(&[ResourceKind::Entity]).pattern(
        ResourceKind::Membership,
        ".*",
        Permissions::ALL,
    );
    let json = serde_json::to_value(decode(&mint)).unwrap();
    assert_eq!(json["resources"]["datasync:entities"], json!({}));
    let all = ["read", "write", "manage", "delete", "create", "get", "update", "join"];
    assert_eq!(
        json["patterns"]["datasync:memberships"],
        json!({".*": {"mask": 255, "permissions": all}})
    );
    assert_eq!(json["patterns"].as_object().unwrap().len(), 7);
    assert!(json["resources"].get("datasync:memberships").is_none());
}

#[test]
fn a_signature_of_any_length_is_kept() {
    for signature in [&[][..], &[0xfa, 0x54, 0xfa, 0xf0], &[7; 32], &[9; 1_000]] {
        assert_eq!(
            decode(&TestToken::new(1, 1).signature(signature)).signature_unverified(),
            Some(signature)
        );
    }
}

#[test]
fn grants_print_names_and_permissions() {
    let token = decode(&TestToken::new(1, 1).channel("a", Permission::Read).channel("b", mask(3)));
    assert_eq!(
        format!("{:?}", token.resources()),
        "{Channel: {\"a\": {Read}, \"b\": {Read, Write}}}"
    );
    assert_eq!(
        format!("{:?}", token.resources().channels()),
        "{\"a\": {Read}, \"b\": {Read, Write}}"
    );
    assert_eq!(format!("{:?}", token.patterns()), "{}");
}
