//! Grant requests: building, writing, measuring, and converting from a token.

use std::collections::BTreeMap;

use proptest::prelude::*;
use pubnub_access::grant::{
    self, ChannelPermissions, EntityPermissions, GrantRequest, GroupPermissions,
    MembershipPermissions, RelationshipPermissions, UserPermissions, UuidPermissions,
    grant_endpoint, revoke_endpoint,
};
use pubnub_access::mint::TestToken;
use pubnub_access::{Limits, Permission, Permissions, ResourceKind, UnverifiedToken};

const ISSUED: u64 = 1_700_000_000;

fn mint(request: &GrantRequest) -> UnverifiedToken {
    UnverifiedToken::parse(&request.to_test_token(ISSUED).to_text()).unwrap()
}

#[test]
fn the_body_has_everything_in_a_fixed_order() {
    let request = GrantRequest::new(15)
        .with_ttl(30)
        .uuid_pattern(
            "^u-",
            UuidPermissions::GET | UuidPermissions::UPDATE | UuidPermissions::DELETE,
        )
        .group("sports", GroupPermissions::READ | GroupPermissions::MANAGE)
        .group_pattern("^:?s-", GroupPermissions::READ)
        .channel("b", ChannelPermissions::ALL)
        .channel("a", ChannelPermissions::READ)
        .channel("a", ChannelPermissions::JOIN)
        .channel_pattern("^c\"$", ChannelPermissions::WRITE)
        .uuid("u", UuidPermissions::ALL)
        .resource(ResourceKind::Entity, "e", Permission::Get)
        .pattern(ResourceKind::Membership, ".*", Permissions::from_mask(120))
        .get_all_user_metadata()
        .get_all_channel_metadata()
        .projection("datasync:entities:e", "admin")
        .projection_pattern("datasync:entities:.*", "plain")
        .projection_pattern("datasync:memberships:.*", "plain")
        .with_meta("tier", "gold")
        .with_meta("tier", "silver")
        .with_meta("level", 3)
        .with_meta("nothing", grant::Meta::Null)
        .with_authorized_user("alice");
    let expected = concat!(
        r#"{"ttl":30,"permissions":{"resources":{"channels":{"a":129,"b":255},"groups":{"sports":5},"#,
        r#""uuids":{"u":104},"users":{},"spaces":{},"datasync:entities":{"e":32}},"#,
        r#""patterns":{"channels":{"^c\"$":2},"groups":{"^:?s-":1},"uuids":{"^u-":104},"users":{},"spaces":{},"#,
        r#""datasync:memberships":{".*":120}},"categories":{"channels":32,"uuids":32},"#,
        r#""meta":{"level":3,"nothing":null,"pn-projections":{"pat":{"datasync:entities:.*":"plain","#,
        r#""datasync:memberships:.*":"plain"},"res":{"datasync:entities:e":"admin"}},"#,
        r#""tier":"silver"},"uuid":"alice"}}"#,
    );
    assert_eq!(request.to_json(), expected);
    assert_eq!(serde_json::to_string(&request).unwrap(), expected);
    assert_eq!(request.validate(), []);
    assert_eq!(GrantRequest::from_json(expected), Ok(request.clone()));
    assert_eq!(GrantRequest::from_token(&mint(&request)), Ok(request));
}

#[test]
fn each_kind_of_datasync_has_methods_of_its_own() {
    let request = GrantRequest::new(15)
        .user("u", UserPermissions::CREATE)
        .entity("e", EntityPermissions::GET | EntityPermissions::UPDATE)
        .relationship("r", RelationshipPermissions::UPDATE)
        .membership("m", MembershipPermissions::DELETE)
        .user_pattern("u.*", UserPermissions::DELETE)
        .entity_pattern("e.*", EntityPermissions::CREATE)
        .relationship_pattern("r.*", RelationshipPermissions::GET)
        .membership_pattern("m.*", MembershipPermissions::ALL);
    assert_eq!(request.validate(), []);
    let shown = |(kind, name, permissions): (ResourceKind, &str, Permissions)| {
        format!("{kind} {name} {permissions}")
    };
    assert_eq!(
        request.resources().map(shown).collect::<Vec<_>>(),
        ["user u create", "entity e get, update", "relationship r update", "membership m delete"]
    );
    assert_eq!(
        request.patterns().map(shown).collect::<Vec<_>>(),
        [
            "user u.* delete",
            "entity e.* create",
            "relationship r.* get",
            "membership m.* delete, create, get, update"
        ]
    );
}

#[test]
fn minted_content_can_be_read() {
    let request = GrantRequest::new(15)
        .with_authorized_user("alice")
        .group("g", GroupPermissions::READ)
        .channel_pattern("^a", ChannelPermissions::GET)
        .category(ResourceKind::Group, Permission::Read)
        .with_meta("k", vec![1, 2]);
    assert_eq!((request.ttl_minutes(), request.authorized_user()), (15, Some("alice")));
    assert_eq!(
        request.resources().collect::<Vec<_>>(),
        [(ResourceKind::Group, "g", Permission::Read.into())]
    );
    assert_eq!(
        request.patterns().collect::<Vec<_>>(),
        [(ResourceKind::Channel, "^a", Permission::Get.into())]
    );
    assert_eq!(
        request.categories().collect::<Vec<_>>(),
        [(ResourceKind::Group, Permission::Read.into())]
    );
    let list = grant::Meta::Array(vec![grant::Meta::Integer(1), grant::Meta::Integer(2)]);
    assert_eq!(request.meta().collect::<Vec<_>>(), [("k", &list)]);
    assert!(
        !request.grants_nothing()
            && GrantRequest::new(1).with_authorized_user("a").with_meta("k", 1).grants_nothing()
    );
}

#[test]
fn kinds_know_their_permissions() {
    for (kind, known) in [
        (ResourceKind::Channel, 255),
        (ResourceKind::Group, 5),
        (ResourceKind::Uuid, 104),
        (ResourceKind::User, 120),
        (ResourceKind::Space, 255),
        (ResourceKind::Entity, 120),
        (ResourceKind::Relationship, 120),
        (ResourceKind::Membership, 120),
    ] {
        assert_eq!(kind.known_permissions().mask(), known, "{kind}");
    }
    assert_eq!(
        Permissions::from(ChannelPermissions::ALL),
        ResourceKind::Channel.known_permissions()
    );
    assert_eq!(Permissions::from(GroupPermissions::ALL), ResourceKind::Group.known_permissions());
    assert_eq!(Permissions::from(UuidPermissions::ALL), ResourceKind::Uuid.known_permissions());
    assert_eq!(Permissions::from(UserPermissions::ALL), ResourceKind::User.known_permissions());
    assert_eq!(Permissions::from(EntityPermissions::ALL), ResourceKind::Entity.known_permissions());
    assert_eq!(
        Permissions::from(RelationshipPermissions::ALL),
        ResourceKind::Relationship.known_permissions()
    );
    assert_eq!(
        Permissions::from(MembershipPermissions::ALL),
        ResourceKind::Membership.known_permissions()
    );
    assert_eq!(format!("{:?}", GroupPermissions::READ | GroupPermissions::READ), "{Read}");
}

#[test]
fn metadata_that_json_cannot_hold_is_an_error() {
    let request = GrantRequest::new(15)
        .channel("a", ChannelPermissions::READ)
        .with_meta(
            "fine",
            vec![
                grant::Meta::from(u64::MAX),
                grant::Meta::Integer(-(1 << 63)),
                grant::Meta::Float(f64::MAX),
            ],
        )
        .with_meta("large", grant::Meta::Integer(1 << 64))
        .with_meta("nan", BTreeMap::from([("k".to_owned(), grant::Meta::Float(f64::NAN))]))
        .with_meta("small", vec![grant::Meta::Integer(-(1 << 63) - 1)]);
    let problems: Vec<String> =
        request.validate().iter().map(|problem| problem.to_string()).collect();
    let sentence = "JSON cannot hold this: bytes, an integer beyond 64 bits, a number that is not finite, or a key that is \
                    no text";
    assert_eq!(problems.len(), 4, "{problems:?}");
    for (key, problem) in ["large", "nan", "small"].iter().zip(&problems[1..]) {
        assert_eq!(*problem, format!("permissions.meta.{key}: {sentence}"));
    }
}

/// A request without errors survives JSON. A token's integers can be too small for it.
#[test]
fn integers_at_the_edges_come_back() {
    for (value, held) in [
        ((1 << 64) - 1, true),
        (1 << 64, false),
        (-(1 << 63), true),
        (-(1 << 63) - 1, false),
        (-(1 << 64), false),
    ] {
        let request = GrantRequest::new(15)
            .channel("a", ChannelPermissions::READ)
            .with_meta("k", grant::Meta::Integer(value));
        assert_eq!(!request.validate().iter().any(|problem| problem.is_error()), held, "{value}");
        let read = GrantRequest::from_json(&request.to_json()).unwrap();
        assert_eq!(read == request, held, "{value}");
        if let Ok(value) = ciborium::value::Integer::try_from(value) {
            let token = TestToken::new(ISSUED, 15).meta("k", ciborium::Value::Integer(value));
            let token = UnverifiedToken::parse(&token.to_text()).unwrap();
            assert_eq!(GrantRequest::from_token(&token).is_ok(), held, "{value:?}");
        }
    }
}

/// Floats take 64 bits even if fewer would do, as in the only recorded token with a float.
#[test]
fn floats_have_the_computed_length() {
    for value in [0.0, 0.5, 1.0e10, 13.37, f64::MAX, -1.5] {
        let request =
            GrantRequest::new(5).channel("a", ChannelPermissions::READ).with_meta("x", value);
        let token = request.to_test_token(ISSUED);
        assert_eq!(request.token_len(), token.to_text().len(), "{value}");
        assert!(
            token
                .to_cbor()
                .windows(9)
                .any(|bytes| bytes[0] == 0xfb && bytes[1..] == value.to_be_bytes())
        );
        assert_eq!(GrantRequest::from_token(&mint(&request)).unwrap(), request);
    }
}

#[test]
fn the_longest_token_is_one_of_32_kib() {
    assert_eq!(Limits::DEFAULT_TEXT_LEN, 32_768);
    let request =
        |len: usize| GrantRequest::new(15).channel(&"x".repeat(len), ChannelPermissions::READ);
    // A token of 24,576 bytes has 32,768 characters.
    let longest = (24_000..24_576).rev().find(|len| request(*len).token_len() <= 32_768).unwrap();
    assert_eq!(request(longest).token_len(), 32_768);
    assert_eq!(request(longest).validate(), []);
    assert_eq!(mint(&request(longest)).resources().channels().len(), 1);

    let problems = request(longest + 1).validate();
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.code(), problem.location(), problem.to_string()))
        .collect();
    let text = "permissions: the token would have 32772 bytes, more than the longest request that the service takes (32768)";
    assert_eq!(found, [("token_too_long", "permissions", text.to_owned())]);
    assert!(UnverifiedToken::parse(&request(longest + 1).to_test_token(ISSUED).to_text()).is_err());
}

#[test]
fn a_token_that_no_grant_makes_is_refused_with_every_place() {
    let token = TestToken::new(ISSUED, 15)
        .channel("a", Permission::Read)
        .section("new", 1)
        .resource_kind("widgets", [1])
        .meta("bytes", ciborium::Value::Bytes(vec![1]))
        .meta("fine", 1)
        .meta("nan", f64::NAN)
        .meta("nested", BTreeMap::from([("k", ciborium::Value::Map(vec![(1.into(), 2.into())]))]));
    let error =
        GrantRequest::from_token(&UnverifiedToken::parse(&token.to_text()).unwrap()).unwrap_err();
    let found: Vec<_> =
        error.problems().iter().map(|problem| (problem.code(), problem.location())).collect();
    let expected = [
        ("not_understood", "res.widgets"),
        ("not_understood", "new"),
        ("not_json", "permissions.meta.bytes"),
        ("not_json", "permissions.meta.nan"),
        ("not_json", "permissions.meta.nested"),
    ];
    assert_eq!(found, expected);
    let text = "res.widgets: not understood: no known grant produces it (and 4 more)";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_token_that_the_service_would_not_issue_gives_a_request_that_it_would_refuse() {
    let token = TestToken::new(ISSUED, 50_000)
        .channel("a", Permissions::NONE)
        .category(ResourceKind::Uuid, Permission::Read);
    let request =
        GrantRequest::from_token(&UnverifiedToken::parse(&token.to_text()).unwrap()).unwrap();
    let codes: Vec<_> = request.validate().iter().map(|problem| problem.code()).collect();
    assert_eq!(codes, ["ttl_out_of_range", "zero_mask", "category_not_get"]);
}

#[test]
fn paths_are_encoded() {
    let string = "unescaped-_.ABCabc123 escaped;,/?:@&=+$#";
    let encoded = "unescaped-_.ABCabc123%20escaped%3B%2C%2F%3F%3A%40%26%3D%2B%24%23";
    let endpoint = revoke_endpoint("sub-key", string).unwrap();
    assert_eq!(
        (endpoint.method(), endpoint.path()),
        ("DELETE", format!("/v3/pam/sub-key/grant/{encoded}").as_str())
    );
    let endpoint = grant_endpoint(string).unwrap();
    assert_eq!(
        (endpoint.method(), endpoint.path()),
        ("POST", format!("/v3/pam/{encoded}/grant").as_str())
    );
    assert_eq!(revoke_endpoint("~\u{e9}", "%3D").unwrap().path(), "/v3/pam/~%C3%A9/grant/%253D");
    for nothing in ["", ".", ".."] {
        let text =
            |what| format!("the {what} is empty or made of dots, so that no path can hold it");
        assert_eq!(grant_endpoint(nothing).unwrap_err().to_string(), text("subscribe key"));
        assert_eq!(revoke_endpoint(nothing, "t").unwrap_err().to_string(), text("subscribe key"));
        assert_eq!(revoke_endpoint("k", nothing).unwrap_err().to_string(), text("token"));
    }
}

fn meta() -> impl Strategy<Value = grant::Meta> {
    let scalar = prop_oneof![
        Just(grant::Meta::Null),
        any::<bool>().prop_map(grant::Meta::from),
        any::<i64>().prop_map(grant::Meta::from),
        any::<u64>().prop_map(grant::Meta::from),
        (-70_000_i64..70_000).prop_map(grant::Meta::from),
        // Floats that need 64 bits, since the encoder of made-up tokens shortens others.
        any::<f64>()
            .prop_filter("64 bits", |value| value.is_finite() && f64::from(*value as f32) != *value)
            .prop_map(grant::Meta::from),
        any::<String>().prop_map(grant::Meta::from),
    ];
    scalar.prop_recursive(4, 40, 30, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..30).prop_map(grant::Meta::from),
            prop::collection::btree_map(any::<String>(), inner, 0..30).prop_map(grant::Meta::from),
        ]
    })
}

fn request() -> impl Strategy<Value = GrantRequest> {
    let name = || prop_oneof!["[a-c]{1,3}", any::<String>(), "x{20,30}", "y{250,260}"];
    let entries = move || prop::collection::vec((0_usize..8, name(), any::<u8>()), 0..30);
    let categories = prop::collection::vec((0_usize..8, any::<u8>()), 0..4);
    let meta = prop::collection::vec((any::<String>(), meta()), 0..4);
    let ttl = prop_oneof![1_u64..50_000, any::<u64>()];
    let user = prop::option::of(any::<String>());
    (ttl, user, entries(), entries(), categories, meta).prop_map(
        |(ttl, user, resources, patterns, categories, meta)| {
            let mut request = GrantRequest::new(ttl);
            for (kind, name, mask) in resources {
                request =
                    request.resource(ResourceKind::ALL[kind], &name, Permissions::from_mask(mask));
            }
            for (kind, pattern, mask) in patterns {
                request = request.pattern(
                    ResourceKind::ALL[kind],
                    &pattern,
                    Permissions::from_mask(mask),
                );
            }
            for (kind, mask) in categories {
                request = request.category(ResourceKind::ALL[kind], Permissions::from_mask(mask));
            }
            for (key, value) in meta {
                request = request.with_meta(&key, value);
            }
            match user {
                Some(user) => request.with_authorized_user(&user),
                None => request,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_request_comes_back_from_its_body_and_from_its_token(request in request()) {
        prop_assert_eq!(GrantRequest::from_json(&request.to_json()), Ok(request.clone()));
        let token = request.to_test_token(ISSUED);
        prop_assert_eq!(request.token_len(), token.to_text().len());
        let limits = Limits::new().max_text_len(usize::MAX);
        let token = UnverifiedToken::from_cbor(token.to_cbor(), limits).unwrap();
        prop_assert_eq!(GrantRequest::from_token(&token), Ok(request.clone()));
        for problem in request.validate() {
            prop_assert!(!problem.to_string().contains(|c: char| c.is_control()), "{problem}");
            prop_assert!(!problem.location().is_empty());
        }
    }
}
