//! The grants of a token, as tables by kind: entries or patterns, each with its permissions.

use core::{fmt, slice};

use crate::permission::Permissions;
use crate::request::resource::ResourceKind;

use super::UnverifiedToken;
use super::decode::KINDS;
use super::table::{Entries, EntryTable};

/// All explicit grants of a token, or all its pattern grants, by kind.
///
/// ```
/// use pubnub_access::{ResourceKind, UnverifiedToken};
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// for (kind, grants) in token.resources() {
///     for grant in grants {
///         println!("{kind} {}: {}", grant.name, grant.permissions);
///     }
/// }
/// assert!(token.resources().of(ResourceKind::Channel).get("room-1").is_some());
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Grants<'a> {
    pub(super) token: &'a UnverifiedToken,
    pub(super) tables: &'a [EntryTable; KINDS],
}

impl<'a> Grants<'a> {
    /// Returns the grants on channels.
    #[must_use]
    pub fn channels(&self) -> GrantTable<'a> {
        self.of(ResourceKind::Channel)
    }

    /// Returns the grants on channel groups.
    #[must_use]
    pub fn groups(&self) -> GrantTable<'a> {
        self.of(ResourceKind::Group)
    }

    /// Returns the grants on uuids.
    #[must_use]
    pub fn uuids(&self) -> GrantTable<'a> {
        self.of(ResourceKind::Uuid)
    }

    /// Returns the grants on users of DataSync.
    #[must_use]
    pub fn users(&self) -> GrantTable<'a> {
        self.of(ResourceKind::User)
    }

    /// Returns the grants on spaces, which affect no decision.
    #[must_use]
    pub fn spaces(&self) -> GrantTable<'a> {
        self.of(ResourceKind::Space)
    }

    /// Returns the grants on resources of one kind.
    #[must_use]
    pub fn of(&self, kind: ResourceKind) -> GrantTable<'a> {
        GrantTable {
            token: self.token,
            table: self.tables.get(kind as usize).copied().unwrap_or_default(),
        }
    }

    /// Reports whether the token has a map for this kind, even an empty one.
    #[cfg(feature = "serde")]
    pub(crate) fn has_kind(&self, kind: ResourceKind) -> bool {
        self.tables.get(kind as usize).is_some_and(EntryTable::is_present)
    }

    /// Returns the kinds with at least one grant, each with its grants.
    #[must_use]
    pub fn iter(&self) -> GrantsIter<'a> {
        GrantsIter { grants: *self, kinds: ResourceKind::ALL.iter() }
    }
}

impl<'a> IntoIterator for Grants<'a> {
    type Item = (ResourceKind, GrantTable<'a>);
    type IntoIter = GrantsIter<'a>;

    fn into_iter(self) -> GrantsIter<'a> {
        self.iter()
    }
}

/// The kinds with at least one grant, each with its grants.
#[derive(Clone)]
pub struct GrantsIter<'a> {
    grants: Grants<'a>,
    kinds: slice::Iter<'static, ResourceKind>,
}

impl<'a> Iterator for GrantsIter<'a> {
    type Item = (ResourceKind, GrantTable<'a>);

    fn next(&mut self) -> Option<(ResourceKind, GrantTable<'a>)> {
        let grants = self.grants;
        self.kinds
            .by_ref()
            .map(|kind| (*kind, grants.of(*kind)))
            .find(|(_, table)| !table.is_empty())
    }
}

impl fmt::Debug for GrantsIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl fmt::Debug for Grants<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// The grants of one kind: names, or patterns, and permissions.
#[derive(Clone, Copy)]
pub struct GrantTable<'a> {
    token: &'a UnverifiedToken,
    table: EntryTable,
}

/// One grant: a name or a pattern, and its permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Grant<'a> {
    /// The name or the pattern, as the token has it.
    pub name: &'a str,
    /// The permissions.
    pub permissions: Permissions,
}

impl<'a> Grant<'a> {
    /// Creates the grant of a name that was checked to be UTF-8.
    pub(crate) fn from_raw(name: &'a [u8], permissions: Permissions) -> Self {
        Grant { name: core::str::from_utf8(name).unwrap_or_default(), permissions }
    }
}

impl<'a> GrantTable<'a> {
    /// Returns the number of grants.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Reports whether there is no grant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the permissions of exactly this name, or of exactly this pattern's text.
    #[must_use]
    #[inline]
    pub fn get(&self, name: &str) -> Option<Permissions> {
        Some(self.find("", name)?.1)
    }

    /// Returns the entry for `lead` followed by `name`. `lead` is empty or a colon.
    #[inline]
    pub(crate) fn find(&self, lead: &str, name: &str) -> Option<(&'a [u8], Permissions)> {
        self.table.find(
            &self.token.bytes,
            &self.token.layout.index,
            lead.as_bytes(),
            name.as_bytes(),
        )
    }

    /// Returns the grants in the token's order, with their names as bytes of UTF-8.
    #[inline]
    pub(crate) fn raw(&self) -> impl Iterator<Item = (&'a [u8], Permissions)> + use<'a> {
        self.table.entries(&self.token.bytes).raw()
    }

    /// Returns the grants, in the token's order.
    #[must_use]
    pub fn iter(&self) -> GrantIter<'a> {
        GrantIter { entries: self.table.entries(&self.token.bytes) }
    }
}

impl<'a> IntoIterator for GrantTable<'a> {
    type Item = Grant<'a>;
    type IntoIter = GrantIter<'a>;

    fn into_iter(self) -> GrantIter<'a> {
        self.iter()
    }
}

/// The grants of a table, in the token's order.
#[derive(Clone)]
pub struct GrantIter<'a> {
    entries: Entries<'a>,
}

impl<'a> Iterator for GrantIter<'a> {
    type Item = Grant<'a>;

    fn next(&mut self) -> Option<Grant<'a>> {
        self.entries.next().map(|entry| Grant { name: entry.name, permissions: entry.permissions })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl ExactSizeIterator for GrantIter<'_> {}

impl fmt::Debug for GrantIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl fmt::Debug for GrantTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|grant| (grant.name, grant.permissions))).finish()
    }
}
