//! Checks the table of routes: every row, filled with random names, routes back to the same names.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::limits::MAX_SEGMENTS;
use super::table::{Asks, RouteRow, Slot, TABLE, Variant};
use super::{Action, Credential, HttpRequest, RouteErrorKind, route};
use crate::golden;
use crate::operation::{Operation, Requirements};
use crate::request::Request;
use crate::request::resource::ResourceKind;

fn action_text(row: &RouteRow) -> String {
    match row.asks {
        Asks::One(operation) => format!("`{operation}`"),
        Asks::ByBody { set, delete } => format!("`{set}` or `{delete}`, by the body"),
        Asks::Administer(administration) => {
            format!("[`{administration:?}`](crate::gateway::Administration::{administration:?})")
        }
        Asks::Create(operation) => format!("`{operation}`, with the id in the body"),
        Asks::Namespaces => "[`Namespaces`](crate::gateway::Action::Namespaces)".into(),
    }
}

#[test]
fn the_documentation_has_the_table() {
    let mut page = "| method | path | asks for |\n|---|---|---|\n".to_owned();
    for row in TABLE {
        // A bar would end the cell.
        let template = row.template.replace("sub-key|sub_key", "{sub-key or sub_key}");
        writeln!(page, "| {} | `{template}` | {} |", row.method.name(), action_text(row)).unwrap();
    }
    golden::compare("src/gateway/routes.md", &page);
}

#[test]
fn the_table_is_well_made() {
    let longest = TABLE.iter().map(|row| row.path.slots().len()).max();
    assert_eq!(longest, Some(9));
    assert!(longest < Some(MAX_SEGMENTS));
    for (at, row) in TABLE.iter().enumerate() {
        for slot in row.path.slots() {
            let (Slot::Literal(one) | Slot::Either(one, _)) = slot else { continue };
            let plain =
                |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
            assert!(!one.is_empty() && one.iter().all(plain), "{}", row.template);
        }
        let has_query = row.template.contains('?');
        assert_eq!(has_query, row.variant != Variant::Plain, "{}", row.template);
        // A variant comes before the route without it, which must exist.
        if matches!(row.variant, Variant::Add | Variant::Remove | Variant::Fire) {
            let path = row.template.split('?').next().unwrap();
            let plain =
                TABLE.iter().position(|other| other.method == row.method && other.template == path);
            assert!(plain > Some(at), "{}", row.template);
        }
        // Groups can be named if the operation is about groups and the path has none.
        if let Asks::One(operation) = row.asks {
            let about_groups = operation.requirements().of(ResourceKind::Group).is_some();
            let in_path = row.path.slots().contains(&Slot::Name(ResourceKind::Group));
            assert_eq!(
                row.variant == Variant::Groups,
                about_groups && !in_path,
                "{}",
                row.template
            );
        }
    }
    let asked_for = |operation| {
        TABLE.iter().any(|row| match row.asks {
            Asks::One(one) | Asks::Create(one) => one == operation,
            Asks::ByBody { set, delete } => set == operation || delete == operation,
            _ => false,
        })
    };
    let missing: Vec<Operation> =
        Operation::ALL.iter().copied().filter(|operation| !asked_for(*operation)).collect();
    assert_eq!(missing, []);
}

/// A name whose meaning is certain.
fn names() -> impl Strategy<Value = String> {
    let strange = [
        "a/b", "a//b", "%", "100%", "%4", "%zz", "a+b", "leave", "0", "é/ü", "a;b", "a\\b", "...",
        "?", "#&=", "auth",
    ];
    let any = "[^,\\p{Cc}]{1,12}".prop_filter("doubtful", |name| !is_doubtful(name));
    prop_oneof![2 => select(strange.to_vec()).prop_map(str::to_owned), 3 => any, 3 => "[a-z0-9-]{1,12}"]
}

/// Reports whether decoding a name again, or resolving it as a path, would change it.
fn is_doubtful(name: &str) -> bool {
    let digits =
        |rest: &str| rest.len() > 1 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    name.trim_matches(['/', '\\']) != name
        || name.split('%').skip(1).any(digits)
        || name.split(['/', '\\']).any(|part| part == "." || part == "..")
}

/// The values for the slots of a row.
#[derive(Debug, Clone)]
struct Filling {
    row: usize,
    one: Vec<String>,
    channels: Vec<String>,
    groups: Vec<String>,
    user: Option<String>,
    auth: Option<String>,
    chances: Vec<bool>,
}

fn fillings() -> impl Strategy<Value = Filling> {
    let texts = (vec(names(), 4), vec(names(), 1..6), vec(names(), 0..3));
    let who = (proptest::option::of(names()), proptest::option::of(names()));
    (0..TABLE.len(), texts, who, vec(any::<bool>(), 64)).prop_map(
        |(row, (one, channels, groups), (user, auth), chances)| Filling {
            row,
            one,
            channels,
            groups,
            user,
            auth,
            chances,
        },
    )
}

/// Percent-encodes the characters that must be, and others at random.
struct Encoder<'a>(std::iter::Cycle<std::slice::Iter<'a, bool>>);

impl Encoder<'_> {
    fn chance(&mut self) -> bool {
        *self.0.next().unwrap()
    }

    fn encode(&mut self, text: &str) -> String {
        let mut encoded = String::new();
        for byte in text.bytes() {
            let plain = byte.is_ascii_alphanumeric() || b"-_~:@!$'()*\"<>[]^`{}|=".contains(&byte);
            match plain && self.chance() {
                true => encoded.push(char::from(byte)),
                false if self.chance() => write!(encoded, "%{byte:02X}").unwrap(),
                false => write!(encoded, "%{byte:02x}").unwrap(),
            }
        }
        encoded
    }

    fn list(&mut self, names: &[String]) -> String {
        let mut list = String::new();
        for (at, name) in names.iter().enumerate() {
            if at > 0 {
                list.push_str(if self.chance() { "%2C" } else { "," });
            }
            list.push_str(&self.encode(name));
        }
        list
    }
}

/// An HTTP request, and the names in it.
#[derive(Default)]
struct Built {
    target: String,
    body: Option<String>,
    resources: Vec<(ResourceKind, String)>,
    /// The operation of the request.
    operation: Option<Operation>,
}

impl Built {
    fn name(&mut self, kind: ResourceKind, names: &[String]) {
        self.resources.extend(names.iter().map(|name| (kind, name.clone())));
    }

    /// Adds names, and returns them as written in a path.
    fn named(&mut self, kind: ResourceKind, names: &[String], encoder: &mut Encoder<'_>) -> String {
        self.name(kind, names);
        encoder.list(names)
    }

    fn path(&mut self, path: &str, filling: &Filling, encoder: &mut Encoder<'_>) {
        let one = |at: usize| &filling.one[at..=at];
        let has_namespace = path.contains("{namespace}");
        for segment in path.split('/').skip(1) {
            self.target.push('/');
            let text = match segment {
                "{channels}" => self.named(ResourceKind::Channel, &filling.channels, encoder),
                "{channel}" => self.named(ResourceKind::Channel, one(0), encoder),
                "{uuid}" => self.named(ResourceKind::Uuid, one(1), encoder),
                "{entity}" => self.named(ResourceKind::Entity, one(1), encoder),
                "{relationship}" => self.named(ResourceKind::Relationship, one(1), encoder),
                "{membership}" => self.named(ResourceKind::Membership, one(1), encoder),
                "{user}" => self.named(ResourceKind::User, one(1), encoder),
                "{group}" if has_namespace => {
                    self.name(
                        ResourceKind::Group,
                        &[format!("{}:{}", filling.one[3], filling.one[2])],
                    );
                    encoder.list(one(2))
                }
                "{group}" => self.named(ResourceKind::Group, one(2), encoder),
                "sub-key|sub_key" => {
                    if encoder.chance() { "sub-key" } else { "sub_key" }.to_owned()
                }
                slot if slot.starts_with('{') => encoder.encode(&filling.one[3]),
                literal => literal.to_owned(),
            };
            self.target.push_str(&text);
        }
    }

    fn query(&mut self, variant: Variant, filling: &Filling, encoder: &mut Encoder<'_>) {
        let mut pairs = vec!["pnsdk=x%2F1".to_owned(), "l_pub=0.1".to_owned()];
        match variant {
            Variant::Plain => {}
            Variant::Fire if encoder.chance() => pairs.push("store=0&norep=true".into()),
            Variant::Fire => pairs.push("norep=1&store=0".into()),
            Variant::Groups => {
                self.name(ResourceKind::Group, &filling.groups);
                pairs.push(format!("channel-group={}", encoder.list(&filling.groups)));
            }
            Variant::Add | Variant::Remove => {
                self.name(ResourceKind::Channel, &filling.channels);
                let key = if variant == Variant::Add { "add" } else { "remove" };
                pairs.push(format!("{key}={}", encoder.list(&filling.channels)));
            }
        }
        for (key, value) in [("uuid", &filling.user), ("auth", &filling.auth)] {
            pairs.extend(value.as_ref().map(|value| format!("{key}={}", encoder.encode(value))));
        }
        if encoder.chance() {
            pairs.reverse();
        }
        self.target.push('?');
        self.target.push_str(&pairs.join("&"));
    }

    /// Writes the names under `set`, under `delete`, or some under each.
    fn body(
        &mut self,
        set: Operation,
        delete: Operation,
        filling: &Filling,
        encoder: &mut Encoder<'_>,
    ) {
        let (kind, member) = match set {
            Operation::SetMemberships => (ResourceKind::Channel, "channel"),
            _ => (ResourceKind::Uuid, "uuid"),
        };
        self.name(kind, &filling.channels);
        let entries = |names: &[String]| {
            let entry = |name| serde_json::json!({member: {"id": name, "custom": {"id": [null]}}, "status": {"id": 1}});
            serde_json::Value::Array(names.iter().map(entry).collect())
        };
        // The lists are read in the order of the body, which is alphabetical here.
        let first =
            filling.chances.iter().filter(|chance| **chance).count() % (filling.channels.len() + 1);
        let (deletes, sets) = filling.channels.split_at(first);
        self.operation = Some(if sets.is_empty() { delete } else { set });
        let whole = serde_json::json!({"set": entries(sets), "delete": entries(deletes), "unknown": [[{}]]});
        self.body = Some(if encoder.chance() { whole.to_string() } else { format!("{whole:#}") });
    }
}

/// The body of a creation, with an id or without one.
fn creation(built: &mut Built, operation: Operation, filling: &Filling, encoder: &mut Encoder<'_>) {
    built.operation = Some(operation);
    let mut data = serde_json::json!({"type": "t", "payload": {"id": 1, "data": {"id": "x"}}});
    if encoder.chance() {
        let Requirements::Resources([access]) = operation.requirements() else {
            panic!("{operation}")
        };
        built.name(access.kind, &filling.one[1..=1]);
        data["id"] = filling.one[1].clone().into();
    } else if encoder.chance() {
        data["id"] = serde_json::Value::Null;
    }
    built.body = Some(serde_json::json!({"data": data, "include": [{"id": "y"}]}).to_string());
}

fn build(filling: &Filling) -> Built {
    let row = &TABLE[filling.row];
    let mut encoder = Encoder(filling.chances.iter().cycle());
    let mut built = Built::default();
    built.path(row.template.split('?').next().unwrap(), filling, &mut encoder);
    built.query(row.variant, filling, &mut encoder);
    match row.asks {
        Asks::One(operation) => built.operation = Some(operation),
        Asks::ByBody { set, delete } => built.body(set, delete, filling, &mut encoder),
        Asks::Create(operation) => creation(&mut built, operation, filling, &mut encoder),
        _ => {}
    }
    built
}

fn cases() -> u32 {
    std::env::var("PUBNUB_ACCESS_CASES").map_or(2_000, |cases| cases.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    /// A request that was built for a row has the row's operation and the names of the request.
    #[test]
    fn a_filled_row_routes_back_to_what_filled_it(filling in fillings()) {
        let row = &TABLE[filling.row];
        let built = build(&filling);
        let http = HttpRequest::new(row.method.name(), &built.target);
        if built.body.is_some() {
            prop_assert_eq!(route(&http).unwrap_err().kind(), RouteErrorKind::BodyNeeded);
        }
        let route = route(&http.body(built.body.as_deref().unwrap_or_default().as_bytes()))
            .map_err(|error| TestCaseError::fail(format!("{error}: {}", built.target)))?;
        match (row.asks, built.operation) {
            (Asks::Administer(asked), _) => prop_assert_eq!(route.action(), Action::Administration(asked)),
            (Asks::Namespaces, _) => prop_assert_eq!(route.action(), Action::Namespaces),
            (_, operation) => prop_assert_eq!(route.action(), Action::Operation(operation.unwrap())),
        }
        let resources = route.resources().map(|resource| (resource.kind, resource.name.to_owned()));
        prop_assert_eq!(resources.collect::<Vec<_>>(), built.resources.clone());
        prop_assert_eq!(route.user_id(), filling.user.as_deref());
        let open = matches!(row.asks, Asks::Administer(_) | Asks::One(Operation::Time));
        let auth = filling.auth.as_deref().filter(|_| !open);
        prop_assert_eq!(route.credential(), auth.map_or(Credential::None, Credential::Auth));
        let asked = built.operation.map(|operation| {
            let mut asked = Request::builder(operation);
            for (kind, name) in &built.resources {
                asked = asked.resource(*kind, name);
            }
            filling.user.iter().fold(asked, |asked, user| asked.user_id(user)).build().unwrap()
        });
        prop_assert_eq!(route.request(), asked);
    }

    /// Any text is routed or refused, and every route makes a valid question.
    #[test]
    fn any_target_is_routed_or_refused(
        filling in fillings(),
        edits in vec((any::<prop::sample::Index>(), select(&["/", "%", "%2F", "%25", "..", ";", "&auth=", "?", ",", "é", "0", "+", "="][..])), 0..4),
        cut in any::<prop::sample::Index>(),
        method in select(&["GET", "POST", "PUT", "PATCH", "DELETE", "get", ""][..]),
    ) {
        let mut target = build(&filling).target;
        for (at, text) in edits {
            let mut characters: Vec<char> = target.chars().collect();
            let at = at.index(characters.len() + 1);
            characters.splice(at..at, text.chars());
            target = characters.into_iter().collect();
        }
        if filling.chances[0] {
            target = target.chars().take(cut.index(target.len())).collect();
        }
        if let Ok(route) = route(&HttpRequest::new(method, &target)) {
            prop_assert_eq!(route.request().is_some(), matches!(route.action(), Action::Operation(_)), "{}", target);
        }
    }
}
