//! Made-up tokens, for tests: this crate's, those of other crates, and fuzz targets.
//!
//! A token encoded here was **not** issued by PubNub: its signature is whatever the caller sets,
//! and the service refuses it. The encoder can write every form that
//! [`UnverifiedToken`](crate::UnverifiedToken) reads.

mod cbor;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use ciborium::Value;
use serde::Serialize;

use super::Section;
use crate::enums::named_enum;
use crate::permission::Permissions;
use crate::request::resource::ResourceKind;

/// The CBOR type of the keys of sections and kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KeySpelling {
    /// Byte strings, as the service writes them.
    #[default]
    Bytes,
    /// Texts, as most handmade tokens have them.
    Text,
}

/// The base64 alphabet of a token's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Alphabet {
    /// With `-` and `_`, as the service writes it.
    #[default]
    UrlSafe,
    /// With `+` and `/`.
    Standard,
}

named_enum! {
    /// A section that can be left out, or moved.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum TestSection, "section", name {
        /// `v`
        Version = "version",
        /// `t`
        IssuedAt = "issued_at",
        /// `ttl`
        Ttl = "ttl",
        /// `res`
        Resources = "resources",
        /// `pat`
        Patterns = "patterns",
        /// `cat`, written if it has any content.
        Categories = "categories",
        /// `meta`
        Meta = "meta",
        /// `uuid`, written if there is an authorized user.
        AuthorizedUser = "authorized_user",
        /// `sig`
        Signature = "signature",
        /// All sections that were added with [`TestToken::section`].
        Others = "others",
    }
}

/// A token made up for a test. **PubNub did not issue it, and refuses it.**
///
/// ```
/// use pubnub_access::mint::TestToken;
/// use pubnub_access::{Permission, UnverifiedToken};
///
/// let text = TestToken::new(1_700_000_000, 15)
///     .channel("room-1", Permission::Read)
///     .channel_pattern("^room-[0-9]+$", Permission::Write)
///     .authorized_user("alice")
///     .to_text();
/// let token = UnverifiedToken::parse(&text)?;
/// assert_eq!(token.resources().channels().get("room-1"), Some(Permission::Read.into()));
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct TestToken {
    version: u64,
    issued_at: u64,
    ttl: u64,
    resources: Kinds,
    patterns: Kinds,
    categories: Vec<(String, Value)>,
    meta: Vec<(Value, Value)>,
    authorized_user: Option<String>,
    signature: Vec<u8>,
    others: Vec<(String, Value)>,
    spelling: KeySpelling,
    names_as_bytes: bool,
    empty_kinds: Vec<ResourceKind>,
    order: Vec<TestSection>,
    alphabet: Alphabet,
    padding: bool,
}

/// The grants of a section by kind, and unknown kinds.
#[derive(Debug, Clone, Default)]
struct Kinds {
    known: BTreeMap<ResourceKind, Vec<(String, u8)>>,
    others: Vec<(String, Value)>,
}

impl TestToken {
    /// Creates a token from its time of issue in Unix seconds and its time to live in minutes.
    ///
    /// It grants nothing yet, and looks like a token of the service: all five older kinds are
    /// present, though empty; the signature has 32 bytes (zeros); keys are byte strings; and the
    /// text is padded base64url.
    pub fn new(issued_at: u64, ttl_minutes: u64) -> Self {
        use ResourceKind::{Channel, Group, Space, User, Uuid};
        TestToken {
            version: super::decode::VERSION,
            issued_at,
            ttl: ttl_minutes,
            resources: Kinds::default(),
            patterns: Kinds::default(),
            categories: Vec::new(),
            meta: Vec::new(),
            authorized_user: None,
            signature: Vec::from([0; 32]),
            others: Vec::new(),
            spelling: KeySpelling::Bytes,
            names_as_bytes: false,
            empty_kinds: Vec::from([Channel, Group, Space, User, Uuid]),
            order: TestSection::ALL.into(),
            alphabet: Alphabet::UrlSafe,
            padding: true,
        }
    }

    /// Grants permissions on a channel.
    pub fn channel(self, name: &str, permissions: impl Into<Permissions>) -> Self {
        self.resource(ResourceKind::Channel, name, permissions)
    }

    /// Grants permissions on a channel group.
    pub fn group(self, name: &str, permissions: impl Into<Permissions>) -> Self {
        self.resource(ResourceKind::Group, name, permissions)
    }

    /// Grants permissions on a uuid.
    pub fn uuid(self, name: &str, permissions: impl Into<Permissions>) -> Self {
        self.resource(ResourceKind::Uuid, name, permissions)
    }

    /// Grants permissions on the channels that a pattern matches.
    pub fn channel_pattern(self, pattern: &str, permissions: impl Into<Permissions>) -> Self {
        self.pattern(ResourceKind::Channel, pattern, permissions)
    }

    /// Grants permissions on the channel groups that a pattern matches.
    pub fn group_pattern(self, pattern: &str, permissions: impl Into<Permissions>) -> Self {
        self.pattern(ResourceKind::Group, pattern, permissions)
    }

    /// Grants permissions on the uuids that a pattern matches.
    pub fn uuid_pattern(self, pattern: &str, permissions: impl Into<Permissions>) -> Self {
        self.pattern(ResourceKind::Uuid, pattern, permissions)
    }

    /// Grants permissions on a resource of any kind. The same name twice makes a token that does
    /// not decode.
    pub fn resource(
        mut self,
        kind: ResourceKind,
        name: &str,
        permissions: impl Into<Permissions>,
    ) -> Self {
        self.resources
            .known
            .entry(kind)
            .or_default()
            .push((name.into(), permissions.into().mask()));
        self
    }

    /// Grants permissions by a pattern on resources of any kind.
    pub fn pattern(
        mut self,
        kind: ResourceKind,
        pattern: &str,
        permissions: impl Into<Permissions>,
    ) -> Self {
        self.patterns
            .known
            .entry(kind)
            .or_default()
            .push((pattern.into(), permissions.into().mask()));
        self
    }

    /// Grants permissions on a whole kind of resources.
    pub fn category(mut self, kind: ResourceKind, permissions: impl Into<Permissions>) -> Self {
        self.categories.push((kind.token_key().into(), Value::from(permissions.into().mask())));
        self
    }

    /// Adds a key to the metadata. A value that CBOR cannot hold is left out. Floats take 64 bits,
    /// as in the service's tokens.
    pub fn meta(mut self, key: &str, value: impl Serialize) -> Self {
        if let Ok(value) = Value::serialized(&value) {
            self.meta.push((Value::Text(key.into()), value));
        }
        self
    }

    /// Binds the token to a user.
    pub fn authorized_user(mut self, user_id: &str) -> Self {
        self.authorized_user = Some(user_id.into());
        self
    }

    /// Sets the signature to any bytes.
    pub fn signature(mut self, bytes: &[u8]) -> Self {
        self.signature = bytes.into();
        self
    }

    /// Sets the format version. Only 2 can be decoded.
    pub fn version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// Adds an unknown section.
    pub fn section(mut self, key: &str, value: impl Serialize) -> Self {
        if let Ok(value) = Value::serialized(&value) {
            self.others.push((key.into(), value));
        }
        self
    }

    /// Adds an unknown kind to the resources.
    pub fn resource_kind(mut self, key: &str, value: impl Serialize) -> Self {
        if let Ok(value) = Value::serialized(&value) {
            self.resources.others.push((key.into(), value));
        }
        self
    }

    /// Adds an unknown kind to the patterns.
    pub fn pattern_kind(mut self, key: &str, value: impl Serialize) -> Self {
        if let Ok(value) = Value::serialized(&value) {
            self.patterns.others.push((key.into(), value));
        }
        self
    }

    /// Adds an unknown kind to the categories.
    pub fn category_kind(mut self, key: &str, value: impl Serialize) -> Self {
        if let Ok(value) = Value::serialized(&value) {
            self.categories.push((key.into(), value));
        }
        self
    }

    /// Sets the CBOR type of the keys of sections and kinds.
    pub fn key_spelling(mut self, spelling: KeySpelling) -> Self {
        self.spelling = spelling;
        self
    }

    /// Sets whether names and patterns are byte strings instead of texts.
    pub fn names_as_bytes(mut self, names_as_bytes: bool) -> Self {
        self.names_as_bytes = names_as_bytes;
        self
    }

    /// Sets the kinds that are written even if they grant nothing.
    pub fn empty_kinds(mut self, kinds: &[ResourceKind]) -> Self {
        self.empty_kinds = kinds.into();
        self
    }

    /// Sets the sections to write, and their order.
    pub fn sections(mut self, order: &[TestSection]) -> Self {
        self.order = order.into();
        self
    }

    /// Sets the alphabet of the text.
    pub fn alphabet(mut self, alphabet: Alphabet) -> Self {
        self.alphabet = alphabet;
        self
    }

    /// Sets whether the text is padded to a multiple of 4.
    pub fn padding(mut self, padding: bool) -> Self {
        self.padding = padding;
        self
    }

    /// Returns the text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let bytes = self.to_cbor();
        match (self.alphabet, self.padding) {
            (Alphabet::UrlSafe, true) => URL_SAFE.encode(bytes),
            (Alphabet::UrlSafe, false) => URL_SAFE_NO_PAD.encode(bytes),
            (Alphabet::Standard, true) => STANDARD.encode(bytes),
            (Alphabet::Standard, false) => STANDARD_NO_PAD.encode(bytes),
        }
    }

    /// Returns the CBOR inside the text.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        let sections = self.order.iter().flat_map(|section| self.encode(*section)).collect();
        let mut bytes = Vec::new();
        cbor::write(&Value::Map(sections), &mut bytes);
        bytes
    }

    fn encode(&self, section: TestSection) -> Vec<(Value, Value)> {
        let (section, value) = match section {
            TestSection::Version => (Section::Version, Some(Value::from(self.version))),
            TestSection::IssuedAt => (Section::IssuedAt, Some(Value::from(self.issued_at))),
            TestSection::Ttl => (Section::Ttl, Some(Value::from(self.ttl))),
            TestSection::Resources => (Section::Resources, Some(self.kinds(&self.resources))),
            TestSection::Patterns => (Section::Patterns, Some(self.kinds(&self.patterns))),
            TestSection::Categories => {
                let kinds = self
                    .categories
                    .iter()
                    .map(|(kind, value)| (self.key(kind), value.clone()))
                    .collect();
                (Section::Categories, (!self.categories.is_empty()).then_some(Value::Map(kinds)))
            }
            TestSection::Meta => (Section::Meta, Some(Value::Map(self.meta.clone()))),
            TestSection::AuthorizedUser => (
                Section::AuthorizedUser,
                self.authorized_user.as_ref().map(|user_id| Value::from(user_id.as_str())),
            ),
            TestSection::Signature => {
                (Section::Signature, Some(Value::Bytes(self.signature.clone())))
            }
            TestSection::Others => {
                return self
                    .others
                    .iter()
                    .map(|(key, value)| (self.key(key), value.clone()))
                    .collect();
            }
        };
        value.map(|value| (self.key(section.key()), value)).into_iter().collect()
    }

    fn kinds(&self, kinds: &Kinds) -> Value {
        let empty = self.empty_kinds.iter().filter(|kind| !kinds.known.contains_key(kind));
        let empty = empty.map(|kind| (self.key(kind.token_key()), Value::Map(Vec::new())));
        let known = kinds.known.iter().map(|(kind, grants)| {
            let grants =
                grants.iter().map(|(name, mask)| (self.name(name), Value::from(*mask))).collect();
            (self.key(kind.token_key()), Value::Map(grants))
        });
        let others = kinds.others.iter().map(|(kind, value)| (self.key(kind), value.clone()));
        Value::Map(known.chain(empty).chain(others).collect())
    }

    fn key(&self, key: &str) -> Value {
        match self.spelling {
            KeySpelling::Bytes => Value::Bytes(key.as_bytes().into()),
            KeySpelling::Text => Value::Text(key.to_string()),
        }
    }

    fn name(&self, name: &str) -> Value {
        if self.names_as_bytes {
            Value::Bytes(name.as_bytes().into())
        } else {
            Value::Text(name.into())
        }
    }
}
