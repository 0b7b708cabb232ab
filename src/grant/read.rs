//! The strict reader of grant bodies in JSON.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::permission::{Permission, Permissions};
use crate::request::resource::ResourceKind;

use super::json::Node;
use super::meta::Meta;
use super::problem::{Error, Problem, ProblemKind};
use super::{GrantRequest, Scopes};

impl GrantRequest {
    /// Reads a body that this crate, an SDK or a person has written. Missing maps are empty.
    ///
    /// A time to live may be a text of digits (`"15"`), since the service has accepted one. A mask
    /// of 0 is read and left to [`validate`](Self::validate).
    ///
    /// ```
    /// use pubnub_access::grant::GrantRequest;
    ///
    /// let body = r#"{"ttl": "15", "permissions": {"resources": {"channels": {"room-1": 3}}, "uuid": "alice"}}"#;
    /// let request = GrantRequest::from_json(body)?;
    /// assert_eq!((request.ttl_minutes(), request.authorized_user()), (15, Some("alice")));
    ///
    /// let misplaced = r#"{"ttl": 15, "uuid": "alice", "permissions": {"resources": {"channels": {"room-1": 3}}}}"#;
    /// let error = GrantRequest::from_json(misplaced).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "uuid: the body of a grant has no such member here: it belongs at permissions.uuid",
    /// );
    /// # Ok::<(), pubnub_access::grant::Error>(())
    /// ```
    ///
    /// # Errors Text that is not JSON, that is longer than 256 KiB or nested more than 127 levels
    /// deep; a wrong type, as in `"ttl": 1.5`; a mask of -1 or 256; a duplicate or unknown member;
    /// a missing `ttl` or `permissions`. The error lists all of these, and the problems that
    /// [`validate`](Self::validate) finds in the rest.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let body = Node::parse(text)?;
        let mut reader = BodyReader { problems: Vec::new(), ttl_read: false };
        let request = reader.body(body);
        if reader.problems.is_empty() {
            return Ok(request);
        }
        let mut problems = reader.problems;
        let grants_read = problems.iter().all(|problem| holds_no_grant(problem.location()));
        // A value that could not be read is not reported again as missing.
        problems.extend(request.validate().into_iter().filter(|problem| match problem.kind() {
            ProblemKind::NothingGranted => grants_read,
            ProblemKind::TtlOutOfRange { .. } => reader.ttl_read,
            _ => true,
        }));
        Err(Error::new(problems))
    }
}

type JsonObject = BTreeMap<String, Node>;

struct BodyReader {
    problems: Vec<Problem>,
    ttl_read: bool,
}

impl BodyReader {
    fn add(&mut self, kind: ProblemKind, location: impl Into<String>) {
        self.problems.push(Problem::new(kind, location.into()));
    }

    /// Returns the members of an object, the first of each name.
    fn members(&mut self, node: Node, location: &str) -> JsonObject {
        let Node::Object(members) = node else {
            self.add(ProblemKind::WrongType { expected: "an object" }, location);
            return JsonObject::new();
        };
        let mut kept = JsonObject::new();
        for (name, value) in members {
            match kept.entry(name) {
                Entry::Vacant(entry) => drop(entry.insert(value)),
                Entry::Occupied(entry) => {
                    self.add(ProblemKind::DuplicateMember, join(location, entry.key()))
                }
            }
        }
        kept
    }

    /// Reports the remaining members as unknown.
    fn unknown(&mut self, members: JsonObject, location: &str) {
        for name in members.into_keys() {
            // Members that are one level too high or too low, or spelt as in SDKs.
            let belongs = match (location, name.as_str()) {
                ("" | "permissions", name) if is_authorized_user(name) => Some("permissions.uuid"),
                ("" | "permissions", "channels" | "groups" | "uuids" | "users" | "spaces") => {
                    Some("permissions.resources")
                }
                ("", "meta") => Some("permissions.meta"),
                ("", "resources") => Some("permissions.resources"),
                ("", "patterns") => Some("permissions.patterns"),
                ("", "categories") => Some("permissions.categories"),
                ("permissions", "ttl") => Some("ttl"),
                _ => None,
            };
            self.add(ProblemKind::UnknownMember { belongs }, join(location, &name));
        }
    }

    fn body(&mut self, body: Node) -> GrantRequest {
        let mut request = GrantRequest::new(0);
        if !matches!(body, Node::Object(_)) {
            self.add(
                ProblemKind::WrongType { expected: "the body of a grant, which is an object" },
                "",
            );
            return request;
        }
        let mut members = self.members(body, "");
        match members.remove("ttl") {
            Some(ttl) => request.ttl = self.ttl(&ttl),
            None => self.add(ProblemKind::MissingMember, "ttl"),
        }
        match members.remove("permissions") {
            Some(permissions) => self.permissions(permissions, &mut request),
            None => self.add(ProblemKind::MissingMember, "permissions"),
        }
        self.unknown(members, "");
        request
    }

    fn ttl(&mut self, ttl: &Node) -> u64 {
        let minutes = match ttl {
            Node::Integer(minutes) => u64::try_from(*minutes).ok(),
            Node::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            _ => None,
        };
        self.ttl_read = minutes.is_some();
        if !self.ttl_read {
            self.add(ProblemKind::WrongType { expected: "a whole number of minutes" }, "ttl");
        }
        minutes.unwrap_or_default()
    }

    fn permissions(&mut self, permissions: Node, request: &mut GrantRequest) {
        let mut members = self.members(permissions, "permissions");
        if let Some(kinds) = members.remove("resources") {
            request.resources = self.scopes(kinds, "permissions.resources");
        }
        if let Some(kinds) = members.remove("patterns") {
            request.patterns = self.scopes(kinds, "permissions.patterns");
        }
        if let Some(categories) = members.remove("categories") {
            request.categories = self.categories(categories);
        }
        if let Some(meta) = members.remove("meta") {
            request.meta = self.meta(meta);
        }
        match members.remove("uuid") {
            None => {}
            Some(Node::Text(user_id)) => request.authorized_user = Some(user_id),
            Some(_) => self.add(
                ProblemKind::WrongType { expected: "a user id, which is a text" },
                "permissions.uuid",
            ),
        }
        self.unknown(members, "permissions");
    }

    /// Returns the members that are named after kinds.
    fn kinds(&mut self, node: Node, location: &str) -> Vec<(ResourceKind, Node)> {
        let mut members = self.members(node, location);
        let kinds = ResourceKind::ALL.iter().copied();
        let known = kinds.filter_map(|kind| Some((kind, members.remove(kind.plural())?))).collect();
        self.unknown(members, location);
        known
    }

    fn scopes(&mut self, node: Node, location: &str) -> Scopes {
        let mut scopes = Scopes::new();
        for (kind, entries) in self.kinds(node, location) {
            let location = join(location, kind.plural());
            let mut masks = BTreeMap::new();
            for (name, mask) in self.members(entries, &location) {
                if let Some(permissions) = self.mask(&mask, || join(&location, &name)) {
                    masks.insert(name, permissions);
                }
            }
            if !masks.is_empty() {
                scopes.insert(kind, masks);
            }
        }
        scopes
    }

    fn categories(&mut self, node: Node) -> BTreeMap<ResourceKind, Permissions> {
        let location = "permissions.categories";
        let kinds = self.kinds(node, location).into_iter();
        kinds
            .filter_map(|(kind, mask)| {
                Some((kind, self.mask(&mask, || join(location, kind.plural()))?))
            })
            .collect()
    }

    fn mask(&mut self, node: &Node, location: impl FnOnce() -> String) -> Option<Permissions> {
        let Node::Integer(mask) = *node else {
            let wrong = ProblemKind::WrongType { expected: "a mask, which is a whole number" };
            self.add(permissions_by_name(node).unwrap_or(wrong), location());
            return None;
        };
        let permissions = u8::try_from(mask).ok().map(Permissions::from_mask);
        if permissions.is_none() {
            self.add(ProblemKind::MaskOutOfRange { mask }, location());
        }
        permissions
    }

    fn meta(&mut self, node: Node) -> BTreeMap<String, Meta> {
        let mut meta = BTreeMap::new();
        for (key, value) in self.members(node, "permissions.meta") {
            match Meta::from_node(value) {
                Some(value) => drop(meta.insert(key, value)),
                None => self.add(ProblemKind::DuplicateMember, join("permissions.meta", &key)),
            }
        }
        meta
    }
}

/// Reports whether a member is the authorized user, in one of the spellings of SDKs.
fn is_authorized_user(name: &str) -> bool {
    const SPELLINGS: [&str; 7] = [
        "uuid",
        "authorizeduuid",
        "authorizeduserid",
        "authorizeduser",
        "userid",
        "user",
        "authuser",
    ];
    let letters = name.chars().filter(|c| !matches!(c, '_' | '-'));
    let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    SPELLINGS.contains(&name.as_str())
}

/// Reads the forms that SDKs take in place of a mask: `{"read": true}`, `["read"]` or `"read,
/// write"`.
fn permissions_by_name(node: &Node) -> Option<ProblemKind> {
    let names: Vec<&str> = match node {
        Node::Text(names) => names.split([',', '|', ' ']).filter(|name| !name.is_empty()).collect(),
        Node::Array(names) => names.iter().map(Node::as_str).collect::<Option<_>>()?,
        Node::Object(members)
            if members.iter().all(|(_, value)| matches!(value, Node::Bool(_))) =>
        {
            let granted = members.iter().filter(|(_, value)| *value == Node::Bool(true));
            granted.map(|(name, _)| name.as_str()).collect()
        }
        _ => return None,
    };
    let named = |name: &&str| name.to_ascii_lowercase().parse::<Permission>();
    let permissions: Result<Permissions, _> = names.iter().map(named).collect();
    // A number in quotes.
    let number = node.as_str().and_then(|text| text.trim().parse::<u8>().ok());
    let mask = permissions.ok().map(Permissions::mask).or(number).filter(|mask| *mask > 0);
    Some(ProblemKind::PermissionsByName { mask })
}

/// Reports whether a problem at this location leaves the grants complete.
fn holds_no_grant(location: &str) -> bool {
    let member = location.strip_prefix("permissions.").unwrap_or(location);
    let member = member.split_once('.').map_or(member, |(member, _)| member);
    matches!(member, "ttl" | "meta") || is_authorized_user(member)
}

fn join(location: &str, name: &str) -> String {
    if location.is_empty() { name.into() } else { format!("{location}.{name}") }
}
