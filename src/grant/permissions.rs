//! The permissions of a grant, one type for each kind, so that only meaningful ones compile.

use core::fmt;
use core::ops::BitOr;

use crate::permission::{Permission, Permissions};
use crate::request::resource::ResourceKind;

macro_rules! permission_sets {
    ($($(#[$documentation:meta])* $name:ident of $kind:ident { $($constant:ident = $permission:ident),* $(,)? })*) => {
        $(
            $(#[$documentation])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            #[must_use]
            pub struct $name(Permissions);

            impl $name {
                $(
                    #[doc = concat!("[`Permission::", stringify!($permission), "`] alone.")]
                    pub const $constant: Self = Self(Permissions::from_mask(Permission::$permission.bit()));
                )*
                /// Every permission that has an effect on the kind.
                pub const ALL: Self = Self(ResourceKind::$kind.known_permissions());
            }

            impl From<$name> for Permissions {
                fn from(permissions: $name) -> Permissions {
                    permissions.0
                }
            }

            impl BitOr for $name {
                type Output = Self;

                fn bitor(self, other: Self) -> Self {
                    Self(self.0 | other.0)
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(f)
                }
            }
        )*
    };
}

permission_sets! {
    /// Permissions of a grant on channels.
    ///
    /// ```
    /// use pubnub_access::grant::ChannelPermissions;
    /// use pubnub_access::Permissions;
    ///
    /// let permissions = ChannelPermissions::READ | ChannelPermissions::JOIN;
    /// assert_eq!(Permissions::from(permissions).to_string(), "read, join");
    /// ```
    ChannelPermissions of Channel {
        READ = Read, WRITE = Write, MANAGE = Manage, DELETE = Delete, CREATE = Create, GET = Get, UPDATE = Update,
        JOIN = Join,
    }
    /// Permissions of a grant on channel groups.
    ///
    /// ```
    /// use pubnub_access::grant::GroupPermissions;
    /// use pubnub_access::Permissions;
    ///
    /// assert_eq!(Permissions::from(GroupPermissions::ALL).to_string(), "read, manage");
    /// ```
    GroupPermissions of Group { READ = Read, MANAGE = Manage }
    /// Permissions of a grant on uuids.
    ///
    /// ```
    /// use pubnub_access::grant::UuidPermissions;
    /// use pubnub_access::Permissions;
    ///
    /// assert_eq!(Permissions::from(UuidPermissions::ALL).to_string(), "delete, get, update");
    /// ```
    UuidPermissions of Uuid { GET = Get, UPDATE = Update, DELETE = Delete }
    /// Permissions of a grant on users of DataSync.
    ///
    /// ```
    /// use pubnub_access::grant::UserPermissions;
    /// use pubnub_access::Permissions;
    ///
    /// assert_eq!(Permissions::from(UserPermissions::ALL).to_string(), "delete, create, get, update");
    /// ```
    UserPermissions of User { CREATE = Create, GET = Get, UPDATE = Update, DELETE = Delete }
    /// Permissions of a grant on entities of DataSync.
    EntityPermissions of Entity { CREATE = Create, GET = Get, UPDATE = Update, DELETE = Delete }
    /// Permissions of a grant on relationships of DataSync.
    RelationshipPermissions of Relationship { CREATE = Create, GET = Get, UPDATE = Update, DELETE = Delete }
    /// Permissions of a grant on memberships of DataSync.
    MembershipPermissions of Membership { CREATE = Create, GET = Get, UPDATE = Update, DELETE = Delete }
}
