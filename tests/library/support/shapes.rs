//! Made-up tokens of every known form, each with its content: the lines of `testdata/tokens.jsonl`.

use ciborium::Value as Cbor;
use pubnub_access::mint::{Alphabet, KeySpelling, TestSection, TestToken};
use pubnub_access::{Permission, Permissions, ResourceKind};
use serde_json::{Value, json};

/// The token of `testdata/sample.token`.
pub fn sample() -> TestToken {
    let signature: Vec<u8> = (0..32).collect();
    TestToken::new(1_700_000_000, 60)
        .channel("room-1", mask(3))
        .channel("room-1-pnpres", Permission::Read)
        .channel_pattern("^room-[0-9]+$", Permission::Read)
        .group("lobby", Permission::Read)
        .uuid("alice", mask(32 + 64))
        .meta("tier", "gold")
        .authorized_user("alice")
        .signature(&signature)
}

fn mask(mask: u8) -> Permissions {
    Permissions::from_mask(mask)
}

/// A text that is a token, or is not.
pub struct Shape {
    pub text: String,
    /// Its content; `None` if it is not a token.
    pub decoded: Option<Value>,
    pub note: &'static str,
}

/// A signature of bytes that use all of an alphabet's characters.
fn signature(seed: u8) -> Vec<u8> {
    (0..32).map(|at: u8| at.wrapping_mul(151).wrapping_add(seed) | 0xc8).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("hex:".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// The usual token, of which the shapes are variations.
fn usual(seed: u8) -> TestToken {
    TestToken::new(1_700_000_000, 15).channel("room-1", mask(3)).signature(&signature(seed))
}

/// The content of the usual token, with changes.
fn holds(seed: u8, changes: Value) -> Option<Value> {
    let mut decoded = json!({
        "v": 2, "t": 1_700_000_000, "ttl": 15,
        "res": {"chan": {"room-1": 3}, "grp": {}, "spc": {}, "usr": {}, "uuid": {}},
        "pat": {"chan": {}, "grp": {}, "spc": {}, "usr": {}, "uuid": {}},
        "meta": {}, "sig": hex(&signature(seed)),
    });
    for (key, value) in changes.as_object().unwrap() {
        // A section set to null is missing, except inside of the metadata.
        match value {
            Value::Null => decoded.as_object_mut().unwrap().remove(key),
            value => decoded.as_object_mut().unwrap().insert(key.clone(), value.clone()),
        };
    }
    Some(decoded)
}

/// Every shape, in the order of the file.
pub fn all() -> Vec<Shape> {
    let mut shapes = valid();
    shapes.extend(invalid());
    shapes
}

fn valid() -> Vec<Shape> {
    use ResourceKind::{Channel, Entity, Group, Membership, Relationship, Space, User, Uuid};
    use TestSection as S;
    let legacy = json!({"chan": {}, "grp": {}, "usr": {}, "spc": {}});
    let with = |note, token: TestToken, decoded| Shape { text: token.to_text(), decoded, note };
    vec![
        with(
            "as the service issues it: byte-string keys, five kinds, padded",
            usual(1),
            holds(1, json!({})),
        ),
        with("text keys throughout", usual(2).key_spelling(KeySpelling::Text), holds(2, json!({}))),
        with("names as byte strings", usual(3).names_as_bytes(true), holds(3, json!({}))),
        with(
            "the standard alphabet, padded",
            usual(4).alphabet(Alphabet::Standard),
            holds(4, json!({})),
        ),
        with(
            "the standard alphabet, unpadded",
            usual(5).alphabet(Alphabet::Standard).padding(false).signature(&signature(5)[..31]),
            holds(5, json!({"sig": hex(&signature(5)[..31])})),
        ),
        with(
            "unpadded, with two characters left over",
            usual(6).padding(false).authorized_user("al"),
            holds(6, json!({"uuid": "al"})),
        ),
        with(
            "unpadded, with three characters left over",
            usual(7).padding(false).authorized_user("ali"),
            holds(7, json!({"uuid": "ali"})),
        ),
        with(
            "four kinds, as issued until 2021",
            TestToken::new(1_568_696_521, 10)
                .empty_kinds(&[Channel, Group, User, Space])
                .resource(User, "u-1", mask(15))
                .resource(Space, "s-1", mask(31))
                .pattern(User, ".*", mask(1))
                .signature(&signature(8)),
            holds(
                8,
                json!({
                    "t": 1_568_696_521, "ttl": 10,
                    "res": {"chan": {}, "grp": {}, "usr": {"u-1": 15}, "spc": {"s-1": 31}},
                    "pat": {"chan": {}, "grp": {}, "usr": {".*": 1}, "spc": {}},
                }),
            ),
        ),
        with(
            "four kinds and nothing granted",
            TestToken::new(1_568_696_521, 10)
                .empty_kinds(&[Channel, Group, User, Space])
                .signature(&signature(9)),
            holds(9, json!({"t": 1_568_696_521, "ttl": 10, "res": legacy, "pat": legacy})),
        ),
        with(
            "sections in reverse",
            usual(10).authorized_user("alice").sections(&[
                S::Signature,
                S::AuthorizedUser,
                S::Meta,
                S::Patterns,
                S::Resources,
                S::Ttl,
                S::IssuedAt,
                S::Version,
            ]),
            holds(10, json!({"uuid": "alice"})),
        ),
        with(
            "the required sections alone",
            usual(11).sections(&[S::Version, S::IssuedAt, S::Ttl]),
            holds(11, json!({"res": null, "pat": null, "meta": null, "sig": null})),
        ),
        with("no kinds at all", TestToken::new(1, 1).empty_kinds(&[]).signature(&[]), {
            Some(json!({"v": 2, "t": 1, "ttl": 1, "res": {}, "pat": {}, "meta": {}, "sig": "hex:"}))
        }),
        with(
            "no signature",
            usual(12).sections(&[
                S::Version,
                S::IssuedAt,
                S::Ttl,
                S::Resources,
                S::Patterns,
                S::Meta,
            ]),
            holds(12, json!({"sig": null})),
        ),
        with(
            "a signature of 4 bytes and text keys, as made by hand",
            usual(13).signature(&[0xfa, 0x54, 0xfa, 0xf0]).key_spelling(KeySpelling::Text),
            holds(13, json!({"sig": "hex:fa54faf0"})),
        ),
        with(
            "an authorized user",
            usual(14).authorized_user("J\u{fc}rgen \u{1f600}"),
            holds(14, json!({"uuid": "J\u{fc}rgen \u{1f600}"})),
        ),
        with(
            "every bit on every kind, sensible or not",
            TestToken::new(1_700_000_000, 43_200)
                .channel("a", mask(255))
                .group("b", mask(231))
                .uuid("b", mask(255))
                .resource(User, "c", mask(128))
                .resource(Space, "d", mask(0))
                .signature(&signature(15)),
            holds(
                15,
                json!({
                    "ttl": 43_200,
                    "res": {"chan": {"a": 255}, "grp": {"b": 231}, "uuid": {"b": 255}, "usr": {"c": 128}, "spc": {"d": 0}},
                }),
            ),
        ),
        with(
            "patterns of every kind",
            usual(16)
                .channel_pattern("^room-[A-Za-z0-9]+$", mask(1))
                .channel_pattern("^room-\\S*$", mask(239))
                .group_pattern("^:channel_group-\\S*$", mask(5))
                .uuid_pattern("user-.*", mask(104))
                .pattern(User, "^$", mask(1))
                .pattern(Space, "some_*", mask(7)),
            holds(
                16,
                json!({"pat": {
                    "chan": {"^room-[A-Za-z0-9]+$": 1, "^room-\\S*$": 239}, "grp": {"^:channel_group-\\S*$": 5},
                    "uuid": {"user-.*": 104}, "usr": {"^$": 1}, "spc": {"some_*": 7},
                }}),
            ),
        ),
        with(
            "the kinds of DataSync",
            usual(17)
                .resource(Membership, "membership-1", mask(255))
                .pattern(Entity, ".*", mask(255))
                .pattern(Relationship, ".*", mask(1))
                .pattern(Membership, "^m", mask(32)),
            holds(
                17,
                json!({
                    "res": {"chan": {"room-1": 3}, "datasync:memberships": {"membership-1": 255}},
                    "pat": {"datasync:entities": {".*": 255}, "datasync:relationships": {".*": 1},
                            "datasync:memberships": {"^m": 32}},
                }),
            ),
        ),
        with(
            "categories",
            usual(18).category(Channel, mask(32)).category(Uuid, mask(32)).authorized_user("alice"),
            holds(18, json!({"cat": {"chan": 32, "uuid": 32}, "uuid": "alice"})),
        ),
        with(
            "metadata of scalars",
            usual(19)
                .meta("score", 100)
                .meta("color", "red")
                .meta("other", None::<u8>)
                .meta("float", 13.37),
            holds(
                19,
                json!({"meta": {"score": 100, "color": "red", "other": null, "float": 13.37}}),
            ),
        ),
        with(
            "metadata of nested maps and arrays",
            usual(20)
                .meta("pn-projections", json!({"a": {"b": ["c", 1, [], {}], "d": true}}))
                .meta("", ""),
            holds(
                20,
                json!({"meta": {"pn-projections": {"a": {"b": ["c", 1, [], {}], "d": true}}, "": ""}}),
            ),
        ),
        with(
            "metadata of numbers of every size",
            usual(21)
                .meta(
                    "numbers",
                    json!([0, 23, 24, 255, 256, 65_536, u64::MAX, -1, -24, -25, -257, i64::MIN]),
                )
                .meta("floats", json!([0.5, 100_000.5, 1.1, -0.0]))
                .meta("bytes", Cbor::Bytes(vec![0, 255])),
            holds(
                21,
                json!({"meta": {
                    "numbers": [0, 23, 24, 255, 256, 65_536, u64::MAX, -1, -24, -25, -257, i64::MIN],
                    "floats": [0.5, 100_000.5, 1.1, -0.0], "bytes": "hex:00ff",
                }}),
            ),
        ),
        with("a ttl of 0", usual_ttl(22, 0), holds(22, json!({"ttl": 0}))),
        with("a ttl of 1", usual_ttl(23, 1), holds(23, json!({"ttl": 1}))),
        with(
            "a ttl beyond what is documented",
            usual_ttl(24, 43_201),
            holds(24, json!({"ttl": 43_201})),
        ),
        with(
            "the latest of all times",
            TestToken::new(u64::MAX, u64::MAX).channel("room-1", mask(3)).signature(&signature(25)),
            holds(25, json!({"t": u64::MAX, "ttl": u64::MAX})),
        ),
        with(
            "sections and kinds that nobody knows",
            usual(26)
                .section("new", json!({"a": [1]}))
                .resource_kind("queues", json!({"q": 1}))
                .pattern_kind("queues", json!(7))
                .category(Channel, mask(32))
                .category_kind("queues", json!(32)),
            holds(
                26,
                json!({
                    "new": {"a": [1]}, "res": {"chan": {"room-1": 3}, "queues": {"q": 1}}, "pat": {"queues": 7},
                    "cat": {"chan": 32, "queues": 32},
                }),
            ),
        ),
        large(),
    ]
}

fn usual_ttl(seed: u8, ttl: u64) -> TestToken {
    TestToken::new(1_700_000_000, ttl).channel("room-1", mask(3)).signature(&signature(seed))
}

/// A token with more names than are looked up one by one.
fn large() -> Shape {
    let mut token = TestToken::new(1_700_000_000, 15).signature(&signature(27));
    let mut names = serde_json::Map::new();
    for number in 0..40_u8 {
        let name = format!("room-{}", u32::from(number) * 7919 % 100);
        token = token.channel(&name, mask(number));
        names.insert(name, json!(number));
    }
    Shape {
        text: token.to_text(),
        decoded: holds(27, json!({"res": {"chan": names}})),
        note: "forty channels",
    }
}

fn invalid() -> Vec<Shape> {
    let text = usual(40).to_text();
    let garbled = |note, text: String| Shape { text, decoded: None, note };
    vec![
        garbled("nothing", String::new()),
        garbled("a word", "bad-token".to_owned()),
        garbled("characters that are none of base64", "invalid!@#$%^&*()".to_owned()),
        garbled("spaces", "   ".to_owned()),
        garbled(
            "a sentence without spaces",
            "this_represents_a_token_with_write_permission_on_<ch>".to_owned(),
        ),
        garbled("a token with a space in it", format!("{} {}", &text[..20], &text[20..])),
        garbled("a token and a newline", format!("{text}\n")),
        garbled("a token twice", text.clone() + &text),
        garbled("the first half of a token", text[..text.len() / 2].to_owned()),
        garbled(
            "a token without its first character",
            usual(41).padding(false).to_text()[1..].to_owned(),
        ),
        garbled("a token with text put into it", format!("{}token{}", &text[..10], &text[10..])),
        garbled("another version", usual(42).version(3).to_text()),
        garbled(
            "no version",
            usual(43).sections(&[TestSection::IssuedAt, TestSection::Ttl]).to_text(),
        ),
        garbled("one channel twice", usual(44).channel("room-1", mask(3)).to_text()),
        garbled("an unknown section that is a known one", usual(45).section("ttl", 15).to_text()),
        garbled("base64 of JSON", "eyJ2IjoyLCJ0IjoxNzAwMDAwMDAwLCJ0dGwiOjE1fQ==".to_owned()),
        garbled("the shape of a JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln".to_owned()),
    ]
}
