//! A policy in a configuration file, through serde (feature `serde`).

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::ParseEnumError;
use crate::enums::{NameVisitor, named_enum};
use crate::json::object;

use super::Policy;

named_enum! {
    /// The key of a setting.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Key, "policy key", name {
        Precedence = "precedence",
        GroupNames = "group_names",
        Doubt = "doubt",
        GetAllUserMetadata = "get_all_user_metadata",
        GetAllChannelMetadata = "get_all_channel_metadata",
        ClockTolerance = "clock_tolerance",
        WorkLimit = "work_limit",
    }
}

/// A setting that a policy may leave open, as `unknown`.
struct OrUnknown<T>(Option<T>);

const UNKNOWN: &str = "unknown";

impl<T: FromStr<Err = ParseEnumError>> FromStr for OrUnknown<T> {
    type Err = ParseEnumError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            UNKNOWN => Ok(OrUnknown(None)),
            name => name.parse().map(|value| OrUnknown(Some(value))),
        }
    }
}

impl<'de, T: FromStr<Err = ParseEnumError>> Deserialize<'de> for OrUnknown<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor(PhantomData))
    }
}

impl<T: Serialize> Serialize for OrUnknown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(value) => value.serialize(serializer),
            None => serializer.serialize_str(UNKNOWN),
        }
    }
}

/// Writes every setting except the deny list, which a file cannot hold.
impl Serialize for Policy<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(
            serializer,
            "Policy",
            precedence = OrUnknown(self.precedence),
            group_names = OrUnknown(self.group_names),
            doubt = OrUnknown(self.doubt),
            get_all_user_metadata = self.get_all_user_metadata,
            get_all_channel_metadata = self.get_all_channel_metadata,
            clock_tolerance = self.clock_tolerance,
            work_limit = self.work_limit,
        )
    }
}

/// Reads the given settings; the others have their defaults.
impl<'de> Deserialize<'de> for Policy<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SettingsVisitor(Policy::new()))
    }
}

/// Reads settings that replace those of a given policy.
#[cfg(feature = "json")]
impl<'de> serde::de::DeserializeSeed<'de> for SettingsVisitor<'_> {
    type Value = Self;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(self).map(SettingsVisitor)
    }
}

pub(crate) struct SettingsVisitor<'a>(pub(crate) Policy<'a>);

impl<'de, 'a> Visitor<'de> for SettingsVisitor<'a> {
    type Value = Policy<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings of a policy")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut settings: A) -> Result<Policy<'a>, A::Error> {
        let mut policy = self.0;
        let mut seen = [false; Key::ALL.len()];
        while let Some(key) = settings.next_key::<Key>()? {
            if seen.get_mut(key as usize).is_some_and(|seen| core::mem::replace(seen, true)) {
                return Err(A::Error::duplicate_field(key.name()));
            }
            match key {
                Key::Precedence => policy.precedence = settings.next_value::<OrUnknown<_>>()?.0,
                Key::GroupNames => policy.group_names = settings.next_value::<OrUnknown<_>>()?.0,
                Key::Doubt => policy.doubt = settings.next_value::<OrUnknown<_>>()?.0,
                Key::GetAllUserMetadata => policy.get_all_user_metadata = settings.next_value()?,
                Key::GetAllChannelMetadata => {
                    policy.get_all_channel_metadata = settings.next_value()?;
                }
                Key::ClockTolerance => policy.clock_tolerance = settings.next_value()?,
                Key::WorkLimit => policy.work_limit = settings.next_value()?,
            }
        }
        Ok(policy)
    }
}
