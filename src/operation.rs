//! The operations of PubNub's API, and the one table of their requirements.
//!
//! Decisions, requests, the command line, the gateway and the documentation of [`Operation`] all
//! read this table.

mod sdk_names;

use core::fmt;

use crate::enums::{named_enum, text_traits};
use crate::permission::Permission;
use crate::request::resource::ResourceKind;

use Permission::*;
use Requirements::Resources;
use ResourceKind::{Channel, Entity, Group, Membership, Relationship, User, Uuid};

/// The requirements of an operation.
///
/// Prints as in the operation table.
///
/// ```
/// use pubnub_access::operation::Requirements;
/// use pubnub_access::{Operation, Permission, ResourceKind};
///
/// let requirements = Operation::Publish.requirements();
/// let Requirements::Resources([channel]) = requirements else { panic!() };
/// assert_eq!((channel.kind, channel.permission), (ResourceKind::Channel, Some(Permission::Write)));
/// assert_eq!(Operation::Subscribe.requirements().to_string(), "each channel: read; each group: read");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Requirements {
    /// Permissions on the named resources. If the operation needs nothing, no item has a
    /// permission.
    Resources(&'static [ResourceRequirement]),
    /// Nothing, and the operation names no resource. This is inferred, not documented.
    NothingInferred,
    /// Unknown: the operation names no resource, and nobody documents what the service checks.
    Unknown,
    /// The keyset's "Disallow Get All ..." flag for this kind decides. No resource is named.
    KeysetFlag(ResourceKind),
    /// Any valid token. No resource is named, and the service lists only what the token may `get`.
    ValidToken {
        /// True if the requirement is inferred; false if PubNub documents it or live tests showed
        /// it.
        inferred: bool,
    },
}

/// The requirement of an operation on one kind of resource that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ResourceRequirement {
    /// The kind.
    pub kind: ResourceKind,
    /// The permission needed on each resource of the kind; `None` if the request names the kind but
    /// needs nothing on it.
    pub permission: Option<Permission>,
    /// True if one HTTP request can name several resources of the kind. A [`Request`] may always
    /// name several: each must then be granted.
    ///
    /// [`Request`]: crate::Request
    pub many: bool,
    /// True if the requirement is inferred instead of documented.
    pub inferred: bool,
    /// True if a request may leave the name out, so that the service generates one. What such a
    /// request needs is not known.
    pub optional: bool,
    /// The effect of DataSync's projections on the resource.
    pub projections: Projections,
}

named_enum! {
    /// The way in which DataSync's projections can refuse what a permission grants.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Projections, "effect of projections", name {
        /// Projections do not matter.
        None = "none",
        /// A projection that the token's metadata names for the item may hide it.
        Hide = "hide",
        /// A projection that only the service knows may refuse the fields of the request.
        Restrict = "restrict",
    }
}

/// One row of [`TABLE`].
struct TableRow {
    area: &'static str,
    requirements: Requirements,
}

const fn one(kind: ResourceKind, permission: Permission) -> ResourceRequirement {
    ResourceRequirement {
        kind,
        permission: Some(permission),
        many: false,
        inferred: false,
        optional: false,
        projections: Projections::None,
    }
}

const fn each(kind: ResourceKind, permission: Permission) -> ResourceRequirement {
    ResourceRequirement { many: true, ..one(kind, permission) }
}

/// Returns the requirement of a kind that the request names but needs no permission on.
const fn free(kind: ResourceKind) -> ResourceRequirement {
    ResourceRequirement { permission: None, ..each(kind, Read) }
}

const fn projected(
    kind: ResourceKind,
    permission: Permission,
    projections: Projections,
) -> ResourceRequirement {
    ResourceRequirement { projections, ..one(kind, permission) }
}

const fn create(kind: ResourceKind) -> ResourceRequirement {
    ResourceRequirement { optional: true, ..projected(kind, Create, Projections::Restrict) }
}

const fn inferred(requirement: ResourceRequirement) -> ResourceRequirement {
    ResourceRequirement { inferred: true, ..requirement }
}

/// Defines the operations by area, each with its id and its requirements.
macro_rules! operations {
    (
        $(#[$attribute:meta])*
        enum Operation;
        $( $area:literal { $( $Operation:ident = $id:literal, $requirements:expr; )* } )*
    ) => {
        $(#[$attribute])*
        pub enum Operation {
            $( $( $Operation, )* )*
        }

        /// The operation table, in the order of [`Operation`].
        static TABLE: [TableRow; IDS.len()] = [$( $( TableRow { area: $area, requirements: $requirements }, )* )*];
        const IDS: &[&str] = &[$( $( $id, )* )*];

        impl Operation {
            /// Every operation, in the order of the table.
            pub const ALL: &'static [Operation] = &[$( $( Operation::$Operation, )* )*];

            /// Returns the operation's id, as in `set-memberships`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $( $( Operation::$Operation => $id, )* )* }
            }
        }
    };
}

text_traits!(Operation, "operation", id, IDS);

// Source: PubNub's operations to permissions mapping,
// https://www.pubnub.com/docs/general/security/access-control.
operations! {
    /// An operation of PubNub's API.
    ///
    /// The requirements of each operation:
    ///
    #[doc = include_str!("operation/table.md")]
    ///
    /// PubNub does not document "inferred" requirements. A verdict that depends on one is
    /// [indeterminate](crate::Verdict::Indeterminate).
    ///
    /// ```
    /// use pubnub_access::Operation;
    ///
    /// let operation: Operation = "set-memberships".parse().unwrap();
    /// assert_eq!(operation, Operation::SetMemberships);
    /// assert_eq!(operation.id(), "set-memberships");
    /// assert_eq!(operation.requirements().to_string(), "each channel: join; uuid: update");
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    #[repr(u8)]
    #[allow(missing_docs, reason = "the table above says what each one is")]
    enum Operation;

    "pub/sub" {
        Publish = "publish", Resources(&[one(Channel, Write)]);
        Signal = "signal", Resources(&[one(Channel, Write)]);
        Fire = "fire", Resources(&[inferred(one(Channel, Write))]);
        Subscribe = "subscribe", Resources(&[each(Channel, Read), each(Group, Read)]);
        Unsubscribe = "unsubscribe", Resources(&[free(Channel), free(Group)]);
        Heartbeat = "heartbeat", Resources(&[inferred(each(Channel, Read)), inferred(each(Group, Read))]);
    }
    "presence" {
        HereNow = "here-now", Resources(&[each(Channel, Read), inferred(each(Group, Read))]);
        GlobalHereNow = "global-here-now", Requirements::Unknown;
        WhereNow = "where-now", Resources(&[free(Uuid)]);
        GetState = "get-state", Resources(&[each(Channel, Read), inferred(each(Group, Read)), free(Uuid)]);
        SetState = "set-state", Resources(&[each(Channel, Read), inferred(each(Group, Read)), free(Uuid)]);
    }
    "persistence" {
        FetchMessages = "fetch-messages", Resources(&[each(Channel, Read)]);
        MessageCounts = "message-counts", Resources(&[each(Channel, Read)]);
        DeleteMessages = "delete-messages", Resources(&[one(Channel, Delete)]);
    }
    "files" {
        SendFile = "send-file", Resources(&[one(Channel, Write)]);
        ListFiles = "list-files", Resources(&[one(Channel, Read)]);
        DownloadFile = "download-file", Resources(&[one(Channel, Read)]);
        DeleteFile = "delete-file", Resources(&[one(Channel, Delete)]);
    }
    "channel groups" {
        AddGroupChannels = "add-group-channels", Resources(&[one(Group, Manage), free(Channel)]);
        RemoveGroupChannels = "remove-group-channels", Resources(&[one(Group, Manage), free(Channel)]);
        ListGroupChannels = "list-group-channels", Resources(&[one(Group, Manage)]);
        DeleteGroup = "delete-group", Resources(&[one(Group, Manage)]);
        ListGroups = "list-groups", Requirements::Unknown;
    }
    "app context" {
        SetUserMetadata = "set-user-metadata", Resources(&[one(Uuid, Update)]);
        DeleteUserMetadata = "delete-user-metadata", Resources(&[one(Uuid, Delete)]);
        GetUserMetadata = "get-user-metadata", Resources(&[one(Uuid, Get)]);
        GetAllUserMetadata = "get-all-user-metadata", Requirements::KeysetFlag(Uuid);
        SetChannelMetadata = "set-channel-metadata", Resources(&[one(Channel, Update)]);
        DeleteChannelMetadata = "delete-channel-metadata", Resources(&[one(Channel, Delete)]);
        GetChannelMetadata = "get-channel-metadata", Resources(&[one(Channel, Get)]);
        GetAllChannelMetadata = "get-all-channel-metadata", Requirements::KeysetFlag(Channel);
        SetChannelMembers = "set-channel-members", Resources(&[one(Channel, Manage), free(Uuid)]);
        RemoveChannelMembers = "remove-channel-members", Resources(&[one(Channel, Manage), free(Uuid)]);
        GetChannelMembers = "get-channel-members", Resources(&[one(Channel, Get)]);
        SetMemberships = "set-memberships", Resources(&[each(Channel, Join), one(Uuid, Update)]);
        RemoveMemberships = "remove-memberships", Resources(&[each(Channel, Join), one(Uuid, Update)]);
        GetMemberships = "get-memberships", Resources(&[one(Uuid, Get)]);
    }
    "push" {
        RegisterPushChannels = "register-push-channels", Resources(&[each(Channel, Read)]);
        RemovePushChannels = "remove-push-channels", Resources(&[each(Channel, Read)]);
        ListPushChannels = "list-push-channels", Requirements::Unknown;
        RemovePushDevice = "remove-push-device", Requirements::Unknown;
    }
    "reactions" {
        AddMessageAction = "add-message-action", Resources(&[one(Channel, Write)]);
        RemoveMessageAction = "remove-message-action", Resources(&[one(Channel, Delete)]);
        GetMessageActions = "get-message-actions", Resources(&[one(Channel, Read)]);
        FetchMessagesWithActions = "fetch-messages-with-actions", Resources(&[each(Channel, Read)]);
    }
    "other" {
        Time = "time", Requirements::NothingInferred;
    }
    "datasync" {
        DataSyncListEntities = "datasync-list-entities", Requirements::ValidToken { inferred: true };
        DataSyncCreateEntity = "datasync-create-entity", Resources(&[create(Entity)]);
        DataSyncGetEntity = "datasync-get-entity", Resources(&[projected(Entity, Get, Projections::Hide)]);
        DataSyncUpdateEntity = "datasync-update-entity", Resources(&[projected(Entity, Update, Projections::Restrict)]);
        DataSyncDeleteEntity = "datasync-delete-entity", Resources(&[one(Entity, Delete)]);
        DataSyncListRelationships = "datasync-list-relationships", Requirements::ValidToken { inferred: true };
        DataSyncCreateRelationship = "datasync-create-relationship", Resources(&[create(Relationship)]);
        DataSyncGetRelationship = "datasync-get-relationship", Resources(&[projected(Relationship, Get, Projections::Hide)]);
        DataSyncUpdateRelationship = "datasync-update-relationship", Resources(&[projected(Relationship, Update, Projections::Restrict)]);
        DataSyncDeleteRelationship = "datasync-delete-relationship", Resources(&[one(Relationship, Delete)]);
        DataSyncListMemberships = "datasync-list-memberships", Requirements::ValidToken { inferred: false };
        DataSyncCreateMembership = "datasync-create-membership", Resources(&[create(Membership)]);
        DataSyncGetMembership = "datasync-get-membership", Resources(&[projected(Membership, Get, Projections::Hide)]);
        DataSyncUpdateMembership = "datasync-update-membership", Resources(&[projected(Membership, Update, Projections::Restrict)]);
        DataSyncDeleteMembership = "datasync-delete-membership", Resources(&[one(Membership, Delete)]);
        DataSyncListUsers = "datasync-list-users", Requirements::ValidToken { inferred: true };
        DataSyncCreateUser = "datasync-create-user", Resources(&[create(User)]);
        DataSyncGetUser = "datasync-get-user", Resources(&[projected(User, Get, Projections::Hide)]);
        DataSyncUpdateUser = "datasync-update-user", Resources(&[projected(User, Update, Projections::Restrict)]);
        DataSyncDeleteUser = "datasync-delete-user", Resources(&[one(User, Delete)]);
        DataSyncListChannels = "datasync-list-channels", Requirements::ValidToken { inferred: true };
        DataSyncCreateChannel = "datasync-create-channel", Resources(&[create(Channel)]);
        DataSyncGetChannel = "datasync-get-channel", Resources(&[projected(Channel, Get, Projections::Hide)]);
        DataSyncUpdateChannel = "datasync-update-channel", Resources(&[projected(Channel, Update, Projections::Restrict)]);
        DataSyncDeleteChannel = "datasync-delete-channel", Resources(&[one(Channel, Delete)]);
    }
}

impl ResourceRequirement {
    /// Returns the requirement of one permission on one resource, and nothing else.
    pub(crate) const fn plain(kind: ResourceKind, permission: Permission) -> Self {
        one(kind, permission)
    }
}

impl Operation {
    fn row(self) -> &'static TableRow {
        // The enum and `TABLE` come from one list, so every index is valid.
        #[allow(
            clippy::indexing_slicing,
            reason = "the table has a row for each of the enum's discriminants"
        )]
        &TABLE[self as usize]
    }

    /// Returns the part of the API that the operation belongs to, as in `app context`.
    ///
    /// ```
    /// assert_eq!(pubnub_access::Operation::HereNow.area(), "presence");
    /// ```
    #[must_use]
    pub fn area(self) -> &'static str {
        self.row().area
    }

    /// Returns what the operation needs of a token.
    ///
    /// ```
    /// use pubnub_access::Operation;
    ///
    /// assert_eq!(Operation::Publish.requirements().to_string(), "channel: write");
    /// assert!(Operation::Unsubscribe.requirements().is_nothing());
    /// ```
    #[must_use]
    pub fn requirements(self) -> Requirements {
        self.row().requirements
    }
}

impl Requirements {
    /// Reports whether the operation needs no permission at all.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        match self {
            Requirements::Resources(resources) => {
                resources.iter().all(|resource| resource.permission.is_none())
            }
            Requirements::NothingInferred => true,
            Requirements::Unknown
            | Requirements::KeysetFlag(_)
            | Requirements::ValidToken { .. } => false,
        }
    }

    /// Returns the permission needed on resources of `kind`, if any.
    #[inline]
    pub(crate) fn permission_on(
        self,
        kind: ResourceKind,
    ) -> Option<(&'static ResourceRequirement, Permission)> {
        let access = self.of(kind)?;
        Some((access, access.permission?))
    }

    /// Returns the requirement on resources of `kind`; `None` if the operation names none.
    #[inline]
    pub(crate) fn of(self, kind: ResourceKind) -> Option<&'static ResourceRequirement> {
        match self {
            Requirements::Resources(resources) => {
                resources.iter().find(|resource| resource.kind == kind)
            }
            Requirements::NothingInferred
            | Requirements::Unknown
            | Requirements::KeysetFlag(_)
            | Requirements::ValidToken { .. } => None,
        }
    }
}

impl fmt::Display for Requirements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resources = match self {
            Requirements::NothingInferred => return f.write_str("nothing (inferred)"),
            Requirements::Unknown => return f.write_str("unknown"),
            Requirements::KeysetFlag(kind) => {
                return write!(f, "keyset flag, or category {}: get", kind.plural());
            }
            Requirements::ValidToken { inferred: false } => return f.write_str("a valid token"),
            Requirements::ValidToken { inferred: true } => {
                return f.write_str("a valid token (inferred)");
            }
            Requirements::Resources(resources) => resources,
        };
        let mut separator = "";
        for resource in *resources {
            let Some(permission) = resource.permission else { continue };
            let each = if resource.many { "each " } else { "" };
            let inferred = if resource.inferred { " (inferred)" } else { "" };
            let projections = match resource.projections {
                Projections::None => "",
                Projections::Hide => " (a projection may hide it)",
                Projections::Restrict => " (a projection may refuse it)",
            };
            let optional = if resource.optional { "; unknown without an id" } else { "" };
            write!(
                f,
                "{separator}{each}{}: {permission}{inferred}{projections}{optional}",
                resource.kind
            )?;
            separator = "; ";
        }
        if separator.is_empty() {
            f.write_str("nothing")?;
        }
        let mut separator = " (may name ";
        for resource in resources.iter().filter(|resource| resource.permission.is_none()) {
            write!(f, "{separator}{}", resource.kind.plural())?;
            separator = ", ";
        }
        f.write_str(if separator == ", " { ")" } else { "" })
    }
}
