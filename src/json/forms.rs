//! The forms of tokens and explanations, through serde.
//!
//! In binary formats such as CBOR, metadata keeps its types. In text formats such as JSON, each
//! value takes the closest type.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::decision::{Decision, Reason};
use crate::display::Shortened;
use crate::explain::{ConditionReport, Explanation, RequirementReport};
use crate::permission::{Permission, Permissions};
use crate::request::resource::ResourceKind;
use crate::token::{GrantTable, Grants, MetaArray, MetaMap, MetaValue, UnverifiedToken};

/// Serializes an object: each field with the expression for its value.
macro_rules! object {
    ($serializer:expr, $name:literal, $($field:ident = $value:expr),* $(,)?) => {{
        use serde::ser::SerializeStruct;
        let mut object = $serializer.serialize_struct($name, [$(stringify!($field)),*].len())?;
        $( object.serialize_field(stringify!($field), &$value)?; )*
        object.end()
    }};
}
pub(crate) use object;

/// A map of the pairs that a closure returns.
pub(crate) struct AsMap<F>(pub(crate) F);

impl<F: Fn() -> I, I: IntoIterator<Item = (K, V)>, K: Serialize, V: Serialize> Serialize
    for AsMap<F>
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map((self.0)())
    }
}

/// A sequence of the items that a closure returns.
pub(crate) struct AsSeq<F>(pub(crate) F);

impl<F: Fn() -> I, I: IntoIterator<Item: Serialize>> Serialize for AsSeq<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// The kinds that are always written. Others are written if the token has them.
const ALWAYS: [ResourceKind; 5] = [
    ResourceKind::Channel,
    ResourceKind::Group,
    ResourceKind::Uuid,
    ResourceKind::User,
    ResourceKind::Space,
];

/// The token without its signature, so that nobody can rebuild it from the form.
impl Serialize for UnverifiedToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        write_token(&mut object, self)?;
        object.end()
    }
}

/// Writes the members of a token's form.
pub(crate) fn write_token<M: SerializeMap>(
    object: &mut M,
    token: &UnverifiedToken,
) -> Result<(), M::Error> {
    let categories =
        AsMap(|| token.categories().map(|(kind, permissions)| (kind.plural(), permissions)));
    object.serialize_entry("version", &token.version())?;
    object.serialize_entry("timestamp", &token.issued_at())?;
    object.serialize_entry("ttl", &token.ttl_minutes())?;
    object.serialize_entry("expires_at", &token.expires_at())?;
    object.serialize_entry("authorized_uuid", &token.authorized_user())?;
    object.serialize_entry("resources", &token.resources())?;
    object.serialize_entry("patterns", &token.patterns())?;
    object.serialize_entry("categories", &categories)?;
    object.serialize_entry("meta", &token.meta())?;
    object.serialize_entry("signature_bytes", &token.signature_unverified().map(<[u8]>::len))?;
    object.serialize_entry("unknown", &AsSeq(|| token.unknown().map(|unknown| unknown.path())))
}

/// Grants by kind, under the kinds' plural names.
impl Serialize for Grants<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kinds = ResourceKind::ALL.iter().copied();
        let shown = kinds.filter(|kind| ALWAYS.contains(kind) || self.has_kind(*kind));
        serializer.collect_map(shown.map(|kind| (kind.plural(), self.of(kind))))
    }
}

/// Grants by name, in the token's order.
impl Serialize for GrantTable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|grant| (grant.name, grant.permissions)))
    }
}

/// Writes the mask, and the permissions by name.
impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "Permissions", mask = self.mask(), permissions = AsSeq(|| self.iter()))
    }
}

/// Reads the same form; the mask and the names must agree.
impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The mask, and the permissions by name.
        #[derive(serde::Deserialize)]
        struct MaskAndNames {
            mask: u8,
            permissions: Vec<Permission>,
        }
        let MaskAndNames { mask, permissions } = MaskAndNames::deserialize(deserializer)?;
        let named: Permissions = permissions.into_iter().collect();
        if named.mask() == mask {
            Ok(named)
        } else {
            Err(D::Error::custom("the mask and the permissions differ"))
        }
    }
}

/// Writes only the names of permissions.
pub(crate) fn names<S: Serializer>(
    permissions: &Permissions,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(permissions.iter())
}

/// Writes only the names of permissions, if any.
pub(crate) fn optional_names<S: Serializer>(
    permissions: &Option<Permissions>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    permissions.map(|permissions| AsSeq(move || permissions.iter())).serialize(serializer)
}

/// Writes only the verdict.
impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.verdict().serialize(serializer)
    }
}

impl Serialize for MetaValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let readable = serializer.is_human_readable();
        match *self {
            MetaValue::Null | MetaValue::Undefined => serializer.serialize_unit(),
            MetaValue::Bool(value) => serializer.serialize_bool(value),
            MetaValue::Integer(value) => match (u64::try_from(value), i64::try_from(value)) {
                (Ok(value), _) => serializer.serialize_u64(value),
                (_, Ok(value)) => serializer.serialize_i64(value),
                _ => serializer.serialize_i128(value),
            },
            MetaValue::Float(value) if readable && !value.is_finite() => {
                serializer.serialize_str(non_finite(value))
            }
            MetaValue::Float(value) => serializer.serialize_f64(value),
            MetaValue::Bytes(bytes) if readable => single(serializer, "bytes", &hex(bytes)),
            MetaValue::Bytes(bytes) => serializer.serialize_bytes(bytes),
            MetaValue::Text(text) => serializer.serialize_str(text),
            MetaValue::Array(array) => array.serialize(serializer),
            MetaValue::Map(map) => map.serialize(serializer),
            MetaValue::Simple(value) => single(serializer, "simple", &value),
        }
    }
}

impl Serialize for MetaArray<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(Some(self.len()))?;
        self.iter().try_for_each(|value| array.serialize_element(&value))?;
        array.end()
    }
}

/// In JSON, a map with a key that is not a text becomes `{"map":[[key,value],...]}`, so that
/// different keys stay different.
impl Serialize for MetaMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let readable = serializer.is_human_readable();
        if readable && self.iter().any(|(key, _)| key.as_str().is_none()) {
            return single(serializer, "map", &AsSeq(|| self.iter()));
        }
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            match key.as_str() {
                // Includes byte strings, which JSON cannot have as keys.
                Some(key) if readable => map.serialize_entry(key, &value)?,
                _ => map.serialize_entry(&key, &value)?,
            }
        }
        map.end()
    }
}

fn non_finite(value: f64) -> &'static str {
    match value {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    }
}

/// A map with one key.
fn single<S: Serializer, T: Serialize>(
    serializer: S,
    key: &'static str,
    value: &T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, value)?;
    map.end()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

impl Serialize for Explanation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        write_explanation(&mut object, self)?;
        object.end()
    }
}

/// Writes the members of an explanation's form.
pub(crate) fn write_explanation<M: SerializeMap>(
    object: &mut M,
    explanation: &Explanation<'_>,
) -> Result<(), M::Error> {
    object.serialize_entry("verdict", &explanation.verdict())?;
    object.serialize_entry("operation", &explanation.operation())?;
    object.serialize_entry("conditions", explanation.conditions())?;
    object.serialize_entry("requirements", explanation.requirements())?;
    object.serialize_entry("summary", &explanation.summary())
}

impl Serialize for ConditionReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(
            serializer,
            "ConditionReport",
            condition = self.condition.code(),
            verdict = self.verdict,
            because = [&self.reason],
            message = format!("{}", self.reason)
        )
    }
}

impl Serialize for RequirementReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(
            serializer,
            "RequirementReport",
            kind = self.requirement.kind,
            name = self.requirement.name.as_deref().map(|name| Shortened(name).plain()),
            permission = self.requirement.permission,
            verdict = self.verdict,
            because = self.reasons
        )
    }
}

/// Writes the code, the data of the reason, and the sentence.
impl Serialize for Reason<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reason = serializer.serialize_map(None)?;
        reason.serialize_entry("reason", self.code())?;
        if let Some((grant, permissions)) = self.grant() {
            reason.serialize_entry("grant", &Shortened(grant).plain())?;
            if let Some(permissions) = permissions {
                reason.serialize_entry("permissions", &AsSeq(|| permissions.iter()))?;
            }
        }
        match self {
            Reason::TokenValid { expires_in } | Reason::NearExpiry { expires_in } => {
                reason.serialize_entry("expires_in", expires_in)?;
            }
            Reason::TokenExpired { ago } | Reason::JustExpired { ago } => {
                reason.serialize_entry("expired_ago", ago)?;
            }
            Reason::IssuedInFuture { by } => reason.serialize_entry("issued_in", by)?,
            Reason::MoreReasons { count } => reason.serialize_entry("count", count)?,
            Reason::UserDiffers { authorized, requester } => {
                reason.serialize_entry("authorized_uuid", &Shortened(authorized).plain())?;
                reason.serialize_entry("user_id", &Shortened(requester).plain())?;
            }
            Reason::UserMissing { authorized } => {
                reason.serialize_entry("authorized_uuid", &Shortened(authorized).plain())?
            }
            Reason::CategoryGrant { kind, permissions }
            | Reason::GrantedAsOtherKind { kind, permissions } => {
                reason.serialize_entry("kind", kind)?;
                reason.serialize_entry("permissions", &AsSeq(|| permissions.iter()))?;
            }
            Reason::ProjectionMayHide { projection } => {
                let projection = projection.as_deref().map(|name| Shortened(name).plain());
                reason.serialize_entry("projection", &projection)?;
            }
            Reason::CategoryMissing { kind }
            | Reason::KeysetFlagUnknown { kind }
            | Reason::IdMadeByService { kind } => {
                reason.serialize_entry("kind", kind)?;
            }
            _ => {}
        }
        reason.serialize_entry("message", &format!("{self}"))?;
        reason.end()
    }
}
