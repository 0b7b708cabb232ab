//! The kinds of resources in a token, and the check of names.

use crate::enums::named_enum;
use crate::permission::{Permission, Permissions};

named_enum! {
    /// A kind of resource: a map inside a token's resources, patterns or categories.
    ///
    /// Spaces affect no decision; tokens keep and show them.
    ///
    /// ```
    /// use pubnub_access::ResourceKind;
    ///
    /// assert_eq!(ResourceKind::Channel.token_key(), "chan");
    /// assert_eq!(ResourceKind::Channel.plural(), "channels");
    /// assert_eq!(ResourceKind::Channel.to_string(), "channel");
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum ResourceKind, "resource kind", name {
        /// A channel: `chan` in a token.
        Channel = "channel",
        /// A channel group: `grp` in a token.
        Group = "group",
        /// A user's id as a resource of App Context: `uuid` in a token.
        Uuid = "uuid",
        /// A DataSync user: `usr` in a token; never used for decisions about uuids.
        User = "user",
        /// A space: `spc` in a token; never used for decisions about channels.
        Space = "space",
        /// A DataSync entity: `datasync:entities` in a token.
        Entity = "entity",
        /// A DataSync relationship: `datasync:relationships` in a token.
        Relationship = "relationship",
        /// A DataSync membership: `datasync:memberships` in a token.
        Membership = "membership",
    }
}

impl ResourceKind {
    /// Returns the kind's key inside a token, as in `chan`.
    #[must_use]
    pub const fn token_key(self) -> &'static str {
        match self {
            ResourceKind::Channel => "chan",
            ResourceKind::Group => "grp",
            ResourceKind::Uuid => "uuid",
            ResourceKind::User => "usr",
            ResourceKind::Space => "spc",
            ResourceKind::Entity => "datasync:entities",
            ResourceKind::Relationship => "datasync:relationships",
            ResourceKind::Membership => "datasync:memberships",
        }
    }

    /// Returns the kind's key in grant requests and in JSON, as in `channels`.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            ResourceKind::Channel => "channels",
            ResourceKind::Group => "groups",
            ResourceKind::Uuid => "uuids",
            ResourceKind::User => "users",
            ResourceKind::Space => "spaces",
            _ => self.token_key(),
        }
    }

    /// Returns the kind's name with an article, as in `an entity`.
    pub(crate) const fn with_article(self) -> &'static str {
        match self {
            ResourceKind::Channel => "a channel",
            ResourceKind::Group => "a group",
            ResourceKind::Uuid => "a uuid",
            ResourceKind::User => "a user",
            ResourceKind::Space => "a space",
            ResourceKind::Entity => "an entity",
            ResourceKind::Relationship => "a relationship",
            ResourceKind::Membership => "a membership",
        }
    }

    /// Returns the permissions that have an effect on this kind.
    ///
    /// All permissions have one on channels; `read` and `manage` on groups; `get`, `update` and
    /// `delete` on uuids
    /// ([documented](https://www.pubnub.com/docs/general/security/access-control)); `create`,
    /// `get`, `update` and `delete` on the kinds of DataSync. Nothing is known about spaces, so all
    /// are returned for them. The service stores other permissions as well.
    ///
    /// ```
    /// use pubnub_access::ResourceKind;
    ///
    /// assert_eq!(ResourceKind::Group.known_permissions().to_string(), "read, manage");
    /// ```
    #[must_use]
    pub const fn known_permissions(self) -> Permissions {
        use Permission::{Create, Delete, Get, Manage, Read, Update};
        match self {
            ResourceKind::Channel | ResourceKind::Space => Permissions::ALL,
            ResourceKind::Group => Permissions::from_mask(Read.bit() | Manage.bit()),
            ResourceKind::Uuid => Permissions::from_mask(Get.bit() | Update.bit() | Delete.bit()),
            ResourceKind::User
            | ResourceKind::Entity
            | ResourceKind::Relationship
            | ResourceKind::Membership => {
                Permissions::from_mask(Create.bit() | Get.bit() | Update.bit() | Delete.bit())
            }
        }
    }

    /// Returns the kind with this key inside a token.
    pub(crate) fn from_token_key(key: &[u8]) -> Option<ResourceKind> {
        Some(match key {
            b"chan" => ResourceKind::Channel,
            b"grp" => ResourceKind::Group,
            b"uuid" => ResourceKind::Uuid,
            b"usr" => ResourceKind::User,
            b"spc" => ResourceKind::Space,
            b"datasync:entities" => ResourceKind::Entity,
            b"datasync:relationships" => ResourceKind::Relationship,
            b"datasync:memberships" => ResourceKind::Membership,
            _ => return None,
        })
    }
}

/// One resource that a request names: a kind and a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Resource<'a> {
    /// The kind.
    pub kind: ResourceKind,
    /// The name, byte for byte.
    pub name: &'a str,
}

/// Returns a name without the colon that a group's can begin with.
pub(crate) fn without_colon(kind: ResourceKind, name: &str) -> &str {
    if kind == ResourceKind::Group { plain_group(name) } else { name }
}

/// Returns a group's name without its leading colon.
pub(crate) fn plain_group(name: &str) -> &str {
    name.strip_prefix(':').unwrap_or(name)
}

/// The fault of a name that no request can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub(crate) enum NameFault {
    #[error("is empty")]
    Empty,
    #[error("has a comma at byte {at}: pass each name separately")]
    Comma { at: usize },
    #[error("has a control character at byte {at}")]
    Control { at: usize },
}

/// Checks a resource's name. It must not be empty, and must contain neither a comma (which
/// separates names in the service's lists) nor a control character (U+0000 to U+001F, U+007F).
#[inline]
pub(crate) fn check_name(name: &str) -> Result<(), NameFault> {
    check(name, b',')
}

/// Checks a requester's user id. It is never sent in a list, so it may hold commas.
#[inline]
pub(crate) fn check_user_id(user_id: &str) -> Result<(), NameFault> {
    check(user_id, b'\0')
}

/// Checks a text that may hold neither a control character nor the `separator`.
#[inline]
fn check(text: &str, separator: u8) -> Result<(), NameFault> {
    let text_bytes = text.as_bytes();
    let refused = match text_bytes.last_chunk::<8>() {
        // Checks eight bytes at a time. The last eight overlap those before, so none are left over.
        Some(last) => text_bytes
            .chunks_exact(8)
            .filter_map(|chunk| chunk.try_into().ok())
            .fold(refused_of_eight(*last, separator), |any, eight| {
                any | refused_of_eight(eight, separator)
            }),
        None => {
            text.is_empty() || text.bytes().any(|byte| byte.is_ascii_control() || byte == separator)
        }
    };
    if refused { Err(fault(text)) } else { Ok(()) }
}

/// Reports whether one of eight bytes is a control character or the `separator`. The sums add two
/// bytes below 0x80, so the highest bit of a sum shows whether a byte reaches a threshold.
#[inline]
fn refused_of_eight(bytes: [u8; 8], separator: u8) -> bool {
    const fn each(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    let reaches = |word: u64, value: u8| {
        (word & each(0x7f)).wrapping_add(each(0x80_u8.wrapping_sub(value))) | word & each(0x80)
    };
    let word = u64::from_le_bytes(bytes);
    let control = !reaches(word, 0x20) | reaches(word, 0x7f) & !word;
    let separators = !reaches(word ^ each(separator), 1);
    (control | separators) & each(0x80) != 0
}

/// Returns the fault of a text. Control characters are reported before commas.
#[cold]
fn fault(text: &str) -> NameFault {
    let first = |wanted: fn(&u8) -> bool| text.bytes().position(|byte| wanted(&byte));
    match (first(u8::is_ascii_control), first(|byte| *byte == b',')) {
        (Some(at), _) => NameFault::Control { at },
        (None, Some(at)) => NameFault::Comma { at },
        (None, None) => NameFault::Empty,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_at_each_place_is_refused_or_not_as_by_itself() {
        for length in 1..20 {
            for place in 0..length {
                for byte in 0..0x80_u8 {
                    let mut name = vec![b'a'; length];
                    name[place] = byte;
                    let name = String::from_utf8(name).unwrap();
                    let control = byte < 0x20 || byte == 0x7f;
                    assert_eq!(check_user_id(&name).is_err(), control, "{name:?}");
                    assert_eq!(check_name(&name).is_err(), control || byte == b',', "{name:?}");
                }
            }
        }
        assert_eq!(check_name("é,ü\u{80}\u{9f}"), Err(NameFault::Comma { at: 2 }));
        assert_eq!(check_name("éüöä\u{80}\u{9f}"), Ok(()));
        assert_eq!(check_name(""), Err(NameFault::Empty));
        assert_eq!(check_name("a,b\u{7f}"), Err(NameFault::Control { at: 3 }));
    }
}
