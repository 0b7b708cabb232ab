//! The body of a grant request as JSON.

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::json::{AsMap, object};
use crate::permission::Permissions;
use crate::request::resource::ResourceKind;

use super::meta::Meta;
use super::problem::Problem;
use super::{GrantRequest, Scopes};

/// Reports whether a kind is written even if nothing is granted on it.
pub(super) fn is_always_written(kind: ResourceKind) -> bool {
    use ResourceKind::{Channel, Group, Space, User, Uuid};
    matches!(kind, Channel | Group | Uuid | User | Space)
}

impl GrantRequest {
    /// Returns the body to send, on one line without spaces.
    ///
    /// The five older kinds and the metadata are always written, as in the newest recorded
    /// requests. Other kinds, categories and the user are written if they are not empty. Names and
    /// keys are sorted by their bytes, so equal requests have equal bodies.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Writing to memory cannot fail, and every key is a text.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for GrantRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "GrantRequest", ttl = self.ttl, permissions = Inner(self))
    }
}

/// The value of the member `permissions`.
struct Inner<'a>(&'a GrantRequest);

impl Serialize for Inner<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Inner(request) = self;
        let mut permissions = serializer.serialize_map(None)?;
        permissions.serialize_entry("resources", &by_kind(&request.resources))?;
        permissions.serialize_entry("patterns", &by_kind(&request.patterns))?;
        if !request.categories.is_empty() {
            permissions.serialize_entry(
                "categories",
                &AsMap(|| {
                    masks(
                        request
                            .categories
                            .iter()
                            .map(|(kind, permissions)| (kind.plural(), permissions)),
                    )
                }),
            )?;
        }
        permissions.serialize_entry("meta", &request.meta)?;
        if let Some(user_id) = &request.authorized_user {
            permissions.serialize_entry("uuid", user_id)?;
        }
        permissions.end()
    }
}

static NOTHING: BTreeMap<String, Permissions> = BTreeMap::new();

/// Serializes the masks of each kind, by name.
fn by_kind(scopes: &Scopes) -> impl Serialize {
    AsMap(move || {
        let written = ResourceKind::ALL
            .iter()
            .copied()
            .filter(move |kind| scopes.contains_key(kind) || is_always_written(*kind));
        written.map(move |kind| {
            (kind.plural(), AsMap(move || masks(scopes.get(&kind).unwrap_or(&NOTHING).iter())))
        })
    })
}

/// Replaces permissions by their masks.
fn masks<'a, K>(
    entries: impl Iterator<Item = (K, &'a Permissions)>,
) -> impl Iterator<Item = (K, u8)> {
    entries.map(|(key, permissions)| (key, permissions.mask()))
}

impl Serialize for Meta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Meta::Null => serializer.serialize_unit(),
            Meta::Bool(value) => serializer.serialize_bool(*value),
            Meta::Integer(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => serializer.serialize_u64(value),
                (_, Ok(value)) => serializer.serialize_i64(value),
                _ => serializer.serialize_i128(*value),
            },
            Meta::Float(value) => serializer.serialize_f64(*value),
            Meta::Text(text) => serializer.serialize_str(text),
            Meta::Array(items) => serializer.collect_seq(items),
            Meta::Map(map) => serializer.collect_map(map),
        }
    }
}

/// Writes the severity, the code, the location and the sentence.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(
            serializer,
            "Problem",
            severity = self.severity().name(),
            code = self.code(),
            location = self.location(),
            message = alloc::format!("{}", self.kind())
        )
    }
}
