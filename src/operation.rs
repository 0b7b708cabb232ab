//! The operations of PubNub's API and the one table of what each needs.
//!
//! The evaluator, the request builder, the command line, the documentation and the tests all read [`TABLE`].

use core::fmt;
use core::str::FromStr;

use crate::permission::Permission;
use crate::resource::ResourceKind;

use Operation::*;
use Permission::*;
use ResourceKind::{Channel, Entity, Group, Membership, Relationship, User, Uuid};

/// Something a PubNub client asks the service to do.
///
/// What each operation needs, in full:
///
#[doc = include_str!("operation/table.md")]
///
/// "Inferred" needs are not documented by PubNub; where one would turn an answer, the answer is in doubt.
///
/// ```
/// use pubnub_access::Operation;
///
/// let operation: Operation = "set-memberships".parse().unwrap();
/// assert_eq!(operation, Operation::SetMemberships);
/// assert_eq!(operation.id(), "set-memberships");
/// assert_eq!(operation.needs().to_string(), "each channel: join; uuid: update");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
#[allow(missing_docs, reason = "the table above says what each one is")]
pub enum Operation {
    Publish,
    Signal,
    Fire,
    Subscribe,
    Unsubscribe,
    Heartbeat,
    HereNow,
    GlobalHereNow,
    WhereNow,
    GetState,
    SetState,
    FetchMessages,
    MessageCounts,
    DeleteMessages,
    SendFile,
    ListFiles,
    DownloadFile,
    DeleteFile,
    AddGroupChannels,
    RemoveGroupChannels,
    ListGroupChannels,
    DeleteGroup,
    ListGroups,
    SetUserMetadata,
    DeleteUserMetadata,
    GetUserMetadata,
    GetAllUserMetadata,
    SetChannelMetadata,
    DeleteChannelMetadata,
    GetChannelMetadata,
    GetAllChannelMetadata,
    SetChannelMembers,
    RemoveChannelMembers,
    GetChannelMembers,
    SetMemberships,
    RemoveMemberships,
    GetMemberships,
    RegisterPushChannels,
    RemovePushChannels,
    ListPushChannels,
    RemovePushDevice,
    AddMessageAction,
    RemoveMessageAction,
    GetMessageActions,
    FetchMessagesWithActions,
    Time,
    DataSyncListEntities,
    DataSyncCreateEntity,
    DataSyncGetEntity,
    DataSyncUpdateEntity,
    DataSyncDeleteEntity,
    DataSyncListRelationships,
    DataSyncCreateRelationship,
    DataSyncGetRelationship,
    DataSyncUpdateRelationship,
    DataSyncDeleteRelationship,
    DataSyncListMemberships,
    DataSyncCreateMembership,
    DataSyncGetMembership,
    DataSyncUpdateMembership,
    DataSyncDeleteMembership,
    DataSyncListUsers,
    DataSyncCreateUser,
    DataSyncGetUser,
    DataSyncUpdateUser,
    DataSyncDeleteUser,
    DataSyncListChannels,
    DataSyncCreateChannel,
    DataSyncGetChannel,
    DataSyncUpdateChannel,
    DataSyncDeleteChannel,
}

/// What an operation needs of a token.
///
/// Prints as in the operation table, for example `each channel: read; each group: read (inferred)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Needs {
    /// The named resources decide; where none of them has a permission, the operation needs none at all.
    Resources(&'static [Access]),
    /// No resource is named and nothing is needed, which is inferred and not documented.
    NothingInferred,
    /// No resource is named, and what the service checks is not known.
    Unknown,
    /// No resource is named: the keyset's "Disallow Get All ..." flag for this kind decides.
    KeysetFlag(ResourceKind),
    /// No resource is named and no permission is needed, but the token must be valid. The service
    /// leaves out of the list what the token may not `get`.
    ValidToken {
        /// Whether the need is inferred instead of seen.
        inferred: bool,
    },
}

/// What an operation needs of one kind of resource that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Access {
    /// The kind.
    pub kind: ResourceKind,
    /// The permission needed on each resource of the kind; `None` where the request names the kind but needs nothing
    /// on it.
    pub permission: Option<Permission>,
    /// Whether one request of the service can name several resources of the kind. A question may name several in any
    /// case, and then asks about each.
    pub many: bool,
    /// Whether the need is inferred instead of documented.
    pub inferred: bool,
    /// Whether a request may leave the name out, so that the service makes one: what such a request
    /// needs is unknown.
    pub optional: bool,
    /// How projections of DataSync bear on the access.
    pub projections: Projections,
}

/// How DataSync's projections can refuse what a permission grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Projections {
    /// Projections do not matter.
    None,
    /// A projection that the token's metadata names for the item may hide it.
    Hide,
    /// A projection that only the service knows may refuse the fields of the request.
    Restrict,
}

/// One row of [`TABLE`].
pub(crate) struct Row {
    pub(crate) operation: Operation,
    pub(crate) id: &'static str,
    pub(crate) area: &'static str,
    pub(crate) needs: Needs,
}

const fn one(kind: ResourceKind, permission: Permission) -> Access {
    Access {
        kind,
        permission: Some(permission),
        many: false,
        inferred: false,
        optional: false,
        projections: Projections::None,
    }
}

const fn each(kind: ResourceKind, permission: Permission) -> Access {
    Access { many: true, ..one(kind, permission) }
}

/// The request names this kind, but needs nothing on it.
const fn free(kind: ResourceKind) -> Access {
    Access { permission: None, ..each(kind, Read) }
}

const fn projected(kind: ResourceKind, permission: Permission, projections: Projections) -> Access {
    Access { projections, ..one(kind, permission) }
}

const fn create(kind: ResourceKind) -> Access {
    Access { optional: true, ..projected(kind, Create, Projections::Restrict) }
}

const fn inferred(access: Access) -> Access {
    Access { inferred: true, ..access }
}

const fn row(operation: Operation, id: &'static str, area: &'static str, needs: &'static [Access]) -> Row {
    Row { operation, id, area, needs: Needs::Resources(needs) }
}

const fn special(operation: Operation, id: &'static str, area: &'static str, needs: Needs) -> Row {
    Row { operation, id, area, needs }
}

/// The operation table, in the order of [`Operation`].
///
/// Source: PubNub's [operations to permissions mapping](https://www.pubnub.com/docs/general/security/access-control).
#[rustfmt::skip]
pub(crate) static TABLE: [Row; 71] = [
    row(Publish, "publish", "pub/sub", &[one(Channel, Write)]),
    row(Signal, "signal", "pub/sub", &[one(Channel, Write)]),
    row(Fire, "fire", "pub/sub", &[inferred(one(Channel, Write))]),
    row(Subscribe, "subscribe", "pub/sub", &[each(Channel, Read), each(Group, Read)]),
    row(Unsubscribe, "unsubscribe", "pub/sub", &[free(Channel), free(Group)]),
    row(Heartbeat, "heartbeat", "pub/sub", &[inferred(each(Channel, Read)), inferred(each(Group, Read))]),
    row(HereNow, "here-now", "presence", &[each(Channel, Read), inferred(each(Group, Read))]),
    special(GlobalHereNow, "global-here-now", "presence", Needs::Unknown),
    row(WhereNow, "where-now", "presence", &[free(Uuid)]),
    row(GetState, "get-state", "presence", &[each(Channel, Read), inferred(each(Group, Read)), free(Uuid)]),
    row(SetState, "set-state", "presence", &[each(Channel, Read), inferred(each(Group, Read)), free(Uuid)]),
    row(FetchMessages, "fetch-messages", "persistence", &[each(Channel, Read)]),
    row(MessageCounts, "message-counts", "persistence", &[each(Channel, Read)]),
    row(DeleteMessages, "delete-messages", "persistence", &[one(Channel, Delete)]),
    row(SendFile, "send-file", "files", &[one(Channel, Write)]),
    row(ListFiles, "list-files", "files", &[one(Channel, Read)]),
    row(DownloadFile, "download-file", "files", &[one(Channel, Read)]),
    row(DeleteFile, "delete-file", "files", &[one(Channel, Delete)]),
    row(AddGroupChannels, "add-group-channels", "channel groups", &[one(Group, Manage), free(Channel)]),
    row(RemoveGroupChannels, "remove-group-channels", "channel groups", &[one(Group, Manage), free(Channel)]),
    row(ListGroupChannels, "list-group-channels", "channel groups", &[one(Group, Manage)]),
    row(DeleteGroup, "delete-group", "channel groups", &[one(Group, Manage)]),
    special(ListGroups, "list-groups", "channel groups", Needs::Unknown),
    row(SetUserMetadata, "set-user-metadata", "app context", &[one(Uuid, Update)]),
    row(DeleteUserMetadata, "delete-user-metadata", "app context", &[one(Uuid, Delete)]),
    row(GetUserMetadata, "get-user-metadata", "app context", &[one(Uuid, Get)]),
    special(GetAllUserMetadata, "get-all-user-metadata", "app context", Needs::KeysetFlag(Uuid)),
    row(SetChannelMetadata, "set-channel-metadata", "app context", &[one(Channel, Update)]),
    row(DeleteChannelMetadata, "delete-channel-metadata", "app context", &[one(Channel, Delete)]),
    row(GetChannelMetadata, "get-channel-metadata", "app context", &[one(Channel, Get)]),
    special(GetAllChannelMetadata, "get-all-channel-metadata", "app context", Needs::KeysetFlag(Channel)),
    row(SetChannelMembers, "set-channel-members", "app context", &[one(Channel, Manage), free(Uuid)]),
    row(RemoveChannelMembers, "remove-channel-members", "app context", &[one(Channel, Manage), free(Uuid)]),
    row(GetChannelMembers, "get-channel-members", "app context", &[one(Channel, Get)]),
    row(SetMemberships, "set-memberships", "app context", &[each(Channel, Join), one(Uuid, Update)]),
    row(RemoveMemberships, "remove-memberships", "app context", &[each(Channel, Join), one(Uuid, Update)]),
    row(GetMemberships, "get-memberships", "app context", &[one(Uuid, Get)]),
    row(RegisterPushChannels, "register-push-channels", "push", &[each(Channel, Read)]),
    row(RemovePushChannels, "remove-push-channels", "push", &[each(Channel, Read)]),
    special(ListPushChannels, "list-push-channels", "push", Needs::Unknown),
    special(RemovePushDevice, "remove-push-device", "push", Needs::Unknown),
    row(AddMessageAction, "add-message-action", "reactions", &[one(Channel, Write)]),
    row(RemoveMessageAction, "remove-message-action", "reactions", &[one(Channel, Delete)]),
    row(GetMessageActions, "get-message-actions", "reactions", &[one(Channel, Read)]),
    row(FetchMessagesWithActions, "fetch-messages-with-actions", "reactions", &[each(Channel, Read)]),
    special(Time, "time", "other", Needs::NothingInferred),
    special(DataSyncListEntities, "datasync-list-entities", "datasync", Needs::ValidToken { inferred: true }),
    row(DataSyncCreateEntity, "datasync-create-entity", "datasync", &[create(Entity)]),
    row(DataSyncGetEntity, "datasync-get-entity", "datasync", &[projected(Entity, Get, Projections::Hide)]),
    row(DataSyncUpdateEntity, "datasync-update-entity", "datasync", &[projected(Entity, Update, Projections::Restrict)]),
    row(DataSyncDeleteEntity, "datasync-delete-entity", "datasync", &[one(Entity, Delete)]),
    special(DataSyncListRelationships, "datasync-list-relationships", "datasync", Needs::ValidToken { inferred: true }),
    row(DataSyncCreateRelationship, "datasync-create-relationship", "datasync", &[create(Relationship)]),
    row(DataSyncGetRelationship, "datasync-get-relationship", "datasync", &[projected(Relationship, Get, Projections::Hide)]),
    row(DataSyncUpdateRelationship, "datasync-update-relationship", "datasync", &[projected(Relationship, Update, Projections::Restrict)]),
    row(DataSyncDeleteRelationship, "datasync-delete-relationship", "datasync", &[one(Relationship, Delete)]),
    special(DataSyncListMemberships, "datasync-list-memberships", "datasync", Needs::ValidToken { inferred: false }),
    row(DataSyncCreateMembership, "datasync-create-membership", "datasync", &[create(Membership)]),
    row(DataSyncGetMembership, "datasync-get-membership", "datasync", &[projected(Membership, Get, Projections::Hide)]),
    row(DataSyncUpdateMembership, "datasync-update-membership", "datasync", &[projected(Membership, Update, Projections::Restrict)]),
    row(DataSyncDeleteMembership, "datasync-delete-membership", "datasync", &[one(Membership, Delete)]),
    special(DataSyncListUsers, "datasync-list-users", "datasync", Needs::ValidToken { inferred: true }),
    row(DataSyncCreateUser, "datasync-create-user", "datasync", &[create(User)]),
    row(DataSyncGetUser, "datasync-get-user", "datasync", &[projected(User, Get, Projections::Hide)]),
    row(DataSyncUpdateUser, "datasync-update-user", "datasync", &[projected(User, Update, Projections::Restrict)]),
    row(DataSyncDeleteUser, "datasync-delete-user", "datasync", &[one(User, Delete)]),
    special(DataSyncListChannels, "datasync-list-channels", "datasync", Needs::ValidToken { inferred: true }),
    row(DataSyncCreateChannel, "datasync-create-channel", "datasync", &[create(Channel)]),
    row(DataSyncGetChannel, "datasync-get-channel", "datasync", &[projected(Channel, Get, Projections::Hide)]),
    row(DataSyncUpdateChannel, "datasync-update-channel", "datasync", &[projected(Channel, Update, Projections::Restrict)]),
    row(DataSyncDeleteChannel, "datasync-delete-channel", "datasync", &[one(Channel, Delete)]),
];

impl Access {
    /// A permission on one resource, and nothing else.
    pub(crate) const fn plain(kind: ResourceKind, permission: Permission) -> Self {
        one(kind, permission)
    }
}

impl Operation {
    /// Every operation, in the order of the table.
    pub fn all() -> impl ExactSizeIterator<Item = Operation> {
        TABLE.iter().map(|row| row.operation)
    }

    fn row(self) -> &'static Row {
        // `TABLE` is in the order of the enum (a test holds it there), so that the look-up is an index.
        #[allow(clippy::indexing_slicing, reason = "the table has a row for each of the enum's discriminants")]
        &TABLE[self as usize]
    }

    /// The operation's id, as in `set-memberships`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().id
    }

    /// The part of the API that the operation belongs to, as in `app context`.
    #[must_use]
    pub fn area(self) -> &'static str {
        self.row().area
    }

    /// What the operation needs of a token.
    #[must_use]
    pub fn needs(self) -> Needs {
        self.row().needs
    }
}

impl Needs {
    /// Whether the operation needs no permission at all.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        match self {
            Needs::Resources(accesses) => accesses.iter().all(|access| access.permission.is_none()),
            Needs::NothingInferred => true,
            Needs::Unknown | Needs::KeysetFlag(_) | Needs::ValidToken { .. } => false,
        }
    }

    /// What is needed on resources of `kind`; `None` where the request names no such resource.
    pub(crate) fn access(self, kind: ResourceKind) -> Option<&'static Access> {
        match self {
            Needs::Resources(accesses) => accesses.iter().find(|access| access.kind == kind),
            Needs::NothingInferred | Needs::Unknown | Needs::KeysetFlag(_) | Needs::ValidToken { .. } => None,
        }
    }
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accesses = match self {
            Needs::NothingInferred => return f.write_str("nothing (inferred)"),
            Needs::Unknown => return f.write_str("unknown"),
            Needs::KeysetFlag(kind) => return write!(f, "keyset flag, or category {}: get", kind.plural()),
            Needs::ValidToken { inferred: false } => return f.write_str("a valid token"),
            Needs::ValidToken { inferred: true } => return f.write_str("a valid token (inferred)"),
            Needs::Resources(accesses) => accesses,
        };
        let mut separator = "";
        for access in *accesses {
            let Some(permission) = access.permission else { continue };
            let each = if access.many { "each " } else { "" };
            let inferred = if access.inferred { " (inferred)" } else { "" };
            let projections = match access.projections {
                Projections::None => "",
                Projections::Hide => " (a projection may hide it)",
                Projections::Restrict => " (a projection may refuse it)",
            };
            let optional = if access.optional { "; unknown without an id" } else { "" };
            write!(f, "{separator}{each}{}: {permission}{inferred}{projections}{optional}", access.kind)?;
            separator = "; ";
        }
        if separator.is_empty() {
            f.write_str("nothing")?;
        }
        let mut separator = " (may name ";
        for access in accesses.iter().filter(|access| access.permission.is_none()) {
            write!(f, "{separator}{}", access.kind.plural())?;
            separator = ", ";
        }
        f.write_str(if separator == ", " { ")" } else { "" })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// The error of parsing an [`Operation`]: the text is no operation's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseOperationError;

impl fmt::Display for ParseOperationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown operation, expected an id of the operation table such as publish or get-user-metadata")
    }
}

impl core::error::Error for ParseOperationError {}

impl FromStr for Operation {
    type Err = ParseOperationError;

    /// Parses an operation's id.
    ///
    /// # Errors
    /// Anything but an id of the table, such as `"Publish"`, `"grant"` or `""`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        TABLE.iter().find(|row| row.id == text).map(|row| row.operation).ok_or(ParseOperationError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (position, row) in TABLE.iter().enumerate() {
            assert_eq!(row.operation as usize, position, "{}", row.id);
        }
    }
}
