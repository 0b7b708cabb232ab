//! The eight permissions of Access Manager and the masks that tokens store them in.
//!
//! No mask is invalid. The service stores bits that have no effect on a kind, such as `join` on a
//! group, and so does this module.

use core::fmt;
use core::ops::{BitAnd, BitOr, BitOrAssign, Not, Sub};
use core::str::FromStr;

use crate::enums::{ParseEnumError, named_enum};

named_enum! {
    /// One permission, a single bit of a mask.
    ///
    /// The values are those of PubNub's [permissions
    /// documentation](https://www.pubnub.com/docs/general/security/access-control) and of the
    /// service's own tokens.
    ///
    /// ```
    /// use pubnub_access::Permission;
    ///
    /// assert_eq!(Permission::Manage.bit(), 4);
    /// assert_eq!("manage".parse(), Ok(Permission::Manage));
    /// assert_eq!(Permission::Manage.to_string(), "manage");
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[repr(u8)]
    pub enum Permission, "permission", name {
        /// Receive messages, presence and history: bit 1.
        Read: 1 = "read",
        /// Send messages, signals and files: bit 2.
        Write: 2 = "write",
        /// Change the channels of a group, or the members of a channel: bit 4.
        Manage: 4 = "manage",
        /// Delete messages, files and metadata: bit 8.
        Delete: 8 = "delete",
        /// Reserved by the service for creating objects: bit 16.
        Create: 16 = "create",
        /// Read metadata: bit 32.
        Get: 32 = "get",
        /// Write metadata: bit 64.
        Update: 64 = "update",
        /// Become a member of a channel: bit 128.
        Join: 128 = "join",
    }
}

impl Permission {
    /// Returns the permission's bit in a mask: a power of two from 1 to 128.
    #[must_use]
    pub const fn bit(self) -> u8 {
        self as u8
    }
}

/// A set of permissions, stored as a mask from 0 to 255.
///
/// ```
/// use pubnub_access::{Permission, Permissions};
///
/// let granted = Permissions::from_mask(3);
/// assert!(granted.has_read() && granted.has_write() && !granted.has_manage());
/// assert_eq!(Permission::Read | Permission::Write, granted);
/// assert_eq!(Permissions::from([Permission::Read, Permission::Write]), granted);
/// assert_eq!(granted | Permission::Get, Permissions::from_mask(35));
/// assert!(granted.into_iter().eq([Permission::Read, Permission::Write]));
/// assert_eq!(granted.to_string(), "read, write");
/// assert_eq!("read,write".parse(), Ok(granted));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Permissions(u8);

impl Permissions {
    /// The empty set.
    pub const NONE: Permissions = Permissions(0);
    /// All eight permissions.
    pub const ALL: Permissions = Permissions(u8::MAX);

    /// Returns the set of a token's mask.
    #[must_use]
    pub const fn from_mask(mask: u8) -> Self {
        Permissions(mask)
    }

    /// Returns the mask, as a token stores it.
    #[must_use]
    pub const fn mask(self) -> u8 {
        self.0
    }

    /// Reports whether the set holds no permission.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the number of permissions in the set, from 0 to 8.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Reports whether the set holds `permission`.
    #[must_use]
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Reports whether the set holds every permission of `other`.
    #[must_use]
    pub const fn contains(self, other: Permissions) -> bool {
        self.0 & other.0 == other.0
    }

    /// Reports whether the set holds [`Permission::Read`].
    #[must_use]
    pub const fn has_read(self) -> bool {
        self.has(Permission::Read)
    }

    /// Reports whether the set holds [`Permission::Write`].
    #[must_use]
    pub const fn has_write(self) -> bool {
        self.has(Permission::Write)
    }

    /// Reports whether the set holds [`Permission::Manage`].
    #[must_use]
    pub const fn has_manage(self) -> bool {
        self.has(Permission::Manage)
    }

    /// Reports whether the set holds [`Permission::Delete`].
    #[must_use]
    pub const fn has_delete(self) -> bool {
        self.has(Permission::Delete)
    }

    /// Reports whether the set holds [`Permission::Create`].
    #[must_use]
    pub const fn has_create(self) -> bool {
        self.has(Permission::Create)
    }

    /// Reports whether the set holds [`Permission::Get`].
    #[must_use]
    pub const fn has_get(self) -> bool {
        self.has(Permission::Get)
    }

    /// Reports whether the set holds [`Permission::Update`].
    #[must_use]
    pub const fn has_update(self) -> bool {
        self.has(Permission::Update)
    }

    /// Reports whether the set holds [`Permission::Join`].
    #[must_use]
    pub const fn has_join(self) -> bool {
        self.has(Permission::Join)
    }

    /// Returns the permissions of the set, from the lowest bit to the highest.
    #[must_use]
    pub fn iter(self) -> PermissionsIter {
        PermissionsIter { left: self }
    }
}

/// The permissions of a set, from the lowest bit to the highest.
#[derive(Debug, Clone)]
pub struct PermissionsIter {
    left: Permissions,
}

impl Iterator for PermissionsIter {
    type Item = Permission;

    fn next(&mut self) -> Option<Permission> {
        let next = Permission::ALL.iter().copied().find(|permission| self.left.has(*permission))?;
        self.left = self.left & !Permissions::from(next);
        Some(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left.len(), Some(self.left.len()))
    }
}

impl ExactSizeIterator for PermissionsIter {}

impl IntoIterator for Permissions {
    type Item = Permission;
    type IntoIter = PermissionsIter;

    fn into_iter(self) -> PermissionsIter {
        self.iter()
    }
}

impl From<Permission> for Permissions {
    fn from(permission: Permission) -> Self {
        Permissions(permission.bit())
    }
}

impl<const N: usize> From<[Permission; N]> for Permissions {
    fn from(permissions: [Permission; N]) -> Self {
        permissions.into_iter().collect()
    }
}

impl BitOr for Permission {
    type Output = Permissions;

    fn bitor(self, other: Permission) -> Permissions {
        Permissions::from(self) | Permissions::from(other)
    }
}

impl BitOr<Permission> for Permissions {
    type Output = Permissions;

    fn bitor(self, other: Permission) -> Permissions {
        self | Permissions::from(other)
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Permissions::NONE, |set, permission| set | permission)
    }
}

impl BitOr for Permissions {
    type Output = Permissions;

    fn bitor(self, other: Permissions) -> Permissions {
        Permissions(self.0 | other.0)
    }
}

impl BitOrAssign for Permissions {
    fn bitor_assign(&mut self, other: Permissions) {
        self.0 |= other.0;
    }
}

impl BitAnd for Permissions {
    type Output = Permissions;

    fn bitand(self, other: Permissions) -> Permissions {
        Permissions(self.0 & other.0)
    }
}

/// The permissions of the left set that the right one lacks.
impl Sub for Permissions {
    type Output = Permissions;

    fn sub(self, other: Permissions) -> Permissions {
        Permissions(self.0 & !other.0)
    }
}

/// The permissions that the set lacks.
impl Not for Permissions {
    type Output = Permissions;

    fn not(self) -> Permissions {
        Permissions(!self.0)
    }
}

/// Prints the names in the order of the bits, separated by commas; `none` for the empty set.
impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (position, permission) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            f.write_str(permission.name())?;
        }
        Ok(())
    }
}

impl FromStr for Permissions {
    type Err = ParseEnumError;

    /// Parses names separated by commas, with or without spaces; `none` is the empty set.
    ///
    /// # Errors
    /// Anything but the eight names, such as `"Read"`, `"rw"`, `"read,"` or `""`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Permissions::NONE),
            names => {
                names.split(',').map(|name| name.trim_matches(' ').parse::<Permission>()).collect()
            }
        }
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
