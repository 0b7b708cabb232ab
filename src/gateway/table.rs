//! The one table of the routes of PubNub's interface, and the matching of paths with it.
//!
//! Paths are matched segment by segment, by position. A channel may be called `leave` or `0`.

use core::fmt;

use crate::enums::named_enum;
use crate::operation::Operation::{self, *};
use crate::request::resource::ResourceKind;

use super::action::Administration;
use super::limits::MAX_SEGMENTS;
use super::target::Span;

use Asks::{Administer, ByBody, Create, Namespaces, One};
use Method::{Delete, Get, Patch, Post, Put};

named_enum! {
    /// A method that some route takes.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[repr(u8)]
    pub(super) enum Method, "method of HTTP", name {
        Get: 1 = "GET",
        Post: 2 = "POST",
        Put: 4 = "PUT",
        Patch: 8 = "PATCH",
        Delete: 16 = "DELETE",
    }
}

/// The action of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    One(Operation),
    /// The body's keys `set` and `delete` select the operation.
    ByBody {
        set: Operation,
        delete: Operation,
    },
    /// The body names the new item, if the client chooses its id.
    Create(Operation),
    Administer(Administration),
    Namespaces,
}

/// A segment of a route's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Literal(&'static [u8]),
    Either(&'static [u8], &'static [u8]),
    SubscribeKey,
    PublishKey,
    /// The name of one resource of the kind. A group's may follow a namespace.
    Name(ResourceKind),
    Channels,
    Namespace,
    /// A part that no permission depends on, such as a message, a time or a device.
    Other,
}

/// The part of the query that selects a route or names resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    Plain,
    /// Groups can be named in `channel-group`.
    Groups,
    /// Selected if the query has `add`.
    Add,
    /// Selected if the query has `remove`.
    Remove,
    /// Selected if the message is neither stored nor replicated.
    Fire,
}

/// One row of [`TABLE`].
#[derive(Debug)]
pub(super) struct RouteRow {
    pub(super) method: Method,
    /// The path and the query, as written in the table.
    #[cfg_attr(
        not(test),
        allow(dead_code, reason = "tests build targets and the documentation from it")
    )]
    pub(super) template: &'static str,
    pub(super) path: &'static Path,
    /// The number of segments, in which most paths differ.
    len: usize,
    pub(super) variant: Variant,
    pub(super) asks: Asks,
}

/// A route's path, by segments.
#[derive(Debug)]
pub(super) struct Path {
    slots: [Slot; MAX_SEGMENTS],
    len: usize,
}

/// Defines a row, whose path is split at compile time.
macro_rules! row {
    ($method:ident, $template:literal, $asks:expr) => {{
        const PATH: &Path = &Path::parse($template.as_bytes());
        RouteRow {
            method: $method,
            template: $template,
            path: PATH,
            len: PATH.len,
            variant: variant($template),
            asks: $asks,
        }
    }};
}

/// The routes. Among routes with the same path and method, variants come before the route without
/// one.
///
/// Source: the requests that PubNub's client libraries send, for every operation and every variant
/// of its path; `sub_key` beside `sub-key` is what some of them send for presence.
#[rustfmt::skip]
pub(super) static TABLE: &[RouteRow] = &[
    row!(Get, "/v2/subscribe/{sub}/{channels}/0?channel-group={groups}", One(Subscribe)),
    row!(Get, "/subscribe/{sub}/{channels}/0/{timetoken}?channel-group={groups}", One(Subscribe)),
    row!(Get, "/v2/presence/sub-key|sub_key/{sub}/channel/{channels}/heartbeat?channel-group={groups}", One(Heartbeat)),
    row!(Get, "/v2/presence/sub-key|sub_key/{sub}/channel/{channels}/leave?channel-group={groups}", One(Unsubscribe)),

    row!(Get, "/publish/{pub}/{sub}/0/{channel}/0/{message}?store=0&norep=true", One(Fire)),
    row!(Get, "/publish/{pub}/{sub}/0/{channel}/0/{message}", One(Publish)),
    row!(Post, "/publish/{pub}/{sub}/0/{channel}/0?store=0&norep=true", One(Fire)),
    row!(Post, "/publish/{pub}/{sub}/0/{channel}/0", One(Publish)),
    row!(Post, "/v2/publish/{pub}/{sub}/0/{channel}/0?store=0&norep=true", One(Fire)),
    row!(Post, "/v2/publish/{pub}/{sub}/0/{channel}/0", One(Publish)),
    row!(Get, "/signal/{pub}/{sub}/0/{channel}/0/{message}", One(Signal)),
    row!(Post, "/signal/{pub}/{sub}/0/{channel}/0", One(Signal)),

    row!(Get, "/v2/presence/sub-key|sub_key/{sub}/channel/{channels}?channel-group={groups}", One(HereNow)),
    row!(Get, "/v2/presence/sub-key|sub_key/{sub}", One(GlobalHereNow)),
    row!(Get, "/v2/presence/sub-key|sub_key/{sub}/uuid/{uuid}", One(WhereNow)),
    row!(Get, "/v2/presence/sub-key|sub_key/{sub}/channel/{channels}/uuid/{uuid}?channel-group={groups}", One(GetState)),
    row!(Get, "/v2/presence/sub-key|sub_key/{sub}/channel/{channels}/uuid/{uuid}/data?channel-group={groups}", One(SetState)),

    row!(Get, "/v3/history/sub-key/{sub}/channel/{channels}", One(FetchMessages)),
    row!(Get, "/v2/history/sub-key/{sub}/channel/{channel}", One(FetchMessages)),
    row!(Get, "/v3/history-with-actions/sub-key/{sub}/channel/{channel}", One(FetchMessagesWithActions)),
    row!(Get, "/v3/history/sub-key/{sub}/message-counts/{channels}", One(MessageCounts)),
    row!(Delete, "/v3/history/sub-key/{sub}/channel/{channel}", One(DeleteMessages)),

    row!(Get, "/v1/files/publish-file/{pub}/{sub}/0/{channel}/0/{message}", One(Publish)),
    row!(Post, "/v1/files/publish-file/{pub}/{sub}/0/{channel}/0", One(Publish)),
    row!(Post, "/v1/files/{sub}/channels/{channel}/generate-upload-url", One(SendFile)),
    row!(Get, "/v1/files/{sub}/channels/{channel}/files", One(ListFiles)),
    row!(Get, "/v1/files/{sub}/channels/{channel}/files/{id}/{name}", One(DownloadFile)),
    row!(Delete, "/v1/files/{sub}/channels/{channel}/files/{id}/{name}", One(DeleteFile)),

    row!(Get, "/v1/channel-registration/sub-key/{sub}/channel-group/{group}?add={channels}", One(AddGroupChannels)),
    row!(Get, "/v1/channel-registration/sub-key/{sub}/channel-group/{group}?remove={channels}", One(RemoveGroupChannels)),
    row!(Get, "/v1/channel-registration/sub-key/{sub}/channel-group/{group}", One(ListGroupChannels)),
    row!(Get, "/v1/channel-registration/sub-key/{sub}/channel-group/{group}/remove", One(DeleteGroup)),
    row!(Get, "/v1/channel-registration/sub-key/{sub}/channel-group", One(ListGroups)),
    row!(Get, "/v1/channel-registration/sub-key/{sub}/namespace/{namespace}/channel-group/{group}?add={channels}", One(AddGroupChannels)),
    row!(Get, "/v1/channel-registration/sub-key/{sub}/namespace/{namespace}/channel-group/{group}?remove={channels}", One(RemoveGroupChannels)),
    row!(Get, "/v1/channel-registration/sub-key/{sub}/namespace/{namespace}/channel-group/{group}", One(ListGroupChannels)),
    row!(Get, "/v1/channel-registration/sub-key/{sub}/namespace/{namespace}/channel-group/{group}/remove", One(DeleteGroup)),
    row!(Get, "/v1/channel-registration/sub-key/{sub}/namespace/{namespace}/channel-group", One(ListGroups)),
    row!(Get, "/v1/channel-registration/sub-key/{sub}/namespace", Namespaces),
    row!(Get, "/v1/channel-registration/sub-key/{sub}/namespace/{namespace}/remove", Namespaces),

    row!(Get, "/v1/push/sub-key/{sub}/devices/{device}?add={channels}", One(RegisterPushChannels)),
    row!(Get, "/v1/push/sub-key/{sub}/devices/{device}?remove={channels}", One(RemovePushChannels)),
    row!(Get, "/v1/push/sub-key/{sub}/devices/{device}", One(ListPushChannels)),
    row!(Get, "/v1/push/sub-key/{sub}/devices/{device}/remove", One(RemovePushDevice)),
    row!(Get, "/v2/push/sub-key/{sub}/devices-apns2/{device}?add={channels}", One(RegisterPushChannels)),
    row!(Get, "/v2/push/sub-key/{sub}/devices-apns2/{device}?remove={channels}", One(RemovePushChannels)),
    row!(Get, "/v2/push/sub-key/{sub}/devices-apns2/{device}", One(ListPushChannels)),
    row!(Get, "/v2/push/sub-key/{sub}/devices-apns2/{device}/remove", One(RemovePushDevice)),

    row!(Get, "/v2/objects/{sub}/uuids", One(GetAllUserMetadata)),
    row!(Get, "/v2/objects/{sub}/uuids/{uuid}", One(GetUserMetadata)),
    row!(Patch, "/v2/objects/{sub}/uuids/{uuid}", One(SetUserMetadata)),
    row!(Delete, "/v2/objects/{sub}/uuids/{uuid}", One(DeleteUserMetadata)),
    row!(Get, "/v2/objects/{sub}/channels", One(GetAllChannelMetadata)),
    row!(Get, "/v2/objects/{sub}/channels/{channel}", One(GetChannelMetadata)),
    row!(Patch, "/v2/objects/{sub}/channels/{channel}", One(SetChannelMetadata)),
    row!(Delete, "/v2/objects/{sub}/channels/{channel}", One(DeleteChannelMetadata)),
    row!(Get, "/v2/objects/{sub}/uuids/{uuid}/channels", One(GetMemberships)),
    row!(Patch, "/v2/objects/{sub}/uuids/{uuid}/channels", ByBody { set: SetMemberships, delete: RemoveMemberships }),
    row!(Get, "/v2/objects/{sub}/channels/{channel}/uuids", One(GetChannelMembers)),
    row!(Patch, "/v2/objects/{sub}/channels/{channel}/uuids", ByBody { set: SetChannelMembers, delete: RemoveChannelMembers }),

    row!(Get, "/v1/message-actions/{sub}/channel/{channel}", One(GetMessageActions)),
    row!(Post, "/v1/message-actions/{sub}/channel/{channel}/message/{timetoken}", One(AddMessageAction)),
    row!(Delete, "/v1/message-actions/{sub}/channel/{channel}/message/{timetoken}/action/{timetoken}", One(RemoveMessageAction)),

    row!(Post, "/v3/pam/{sub}/grant", Administer(Administration::GrantToken)),
    row!(Delete, "/v3/pam/{sub}/grant/{token}", Administer(Administration::RevokeToken)),
    row!(Get, "/v2/auth/grant/sub-key/{sub}", Administer(Administration::GrantKeys)),
    row!(Get, "/v2/auth/audit/sub-key/{sub}", Administer(Administration::AuditKeys)),
    row!(Get, "/v1/auth/audit/sub-key/{sub}", Administer(Administration::AuditKeys)),

    row!(Get, "/v1/datasync/subkeys/{sub}/entities", One(DataSyncListEntities)),
    row!(Post, "/v1/datasync/subkeys/{sub}/entities", Create(DataSyncCreateEntity)),
    row!(Get, "/v1/datasync/subkeys/{sub}/entities/{entity}", One(DataSyncGetEntity)),
    row!(Put, "/v1/datasync/subkeys/{sub}/entities/{entity}", One(DataSyncUpdateEntity)),
    row!(Patch, "/v1/datasync/subkeys/{sub}/entities/{entity}", One(DataSyncUpdateEntity)),
    row!(Delete, "/v1/datasync/subkeys/{sub}/entities/{entity}", One(DataSyncDeleteEntity)),
    row!(Get, "/v1/datasync/subkeys/{sub}/relationships", One(DataSyncListRelationships)),
    row!(Post, "/v1/datasync/subkeys/{sub}/relationships", Create(DataSyncCreateRelationship)),
    row!(Get, "/v1/datasync/subkeys/{sub}/relationships/{relationship}", One(DataSyncGetRelationship)),
    row!(Put, "/v1/datasync/subkeys/{sub}/relationships/{relationship}", One(DataSyncUpdateRelationship)),
    row!(Patch, "/v1/datasync/subkeys/{sub}/relationships/{relationship}", One(DataSyncUpdateRelationship)),
    row!(Delete, "/v1/datasync/subkeys/{sub}/relationships/{relationship}", One(DataSyncDeleteRelationship)),
    row!(Get, "/v1/datasync/subkeys/{sub}/memberships", One(DataSyncListMemberships)),
    row!(Post, "/v1/datasync/subkeys/{sub}/memberships", Create(DataSyncCreateMembership)),
    row!(Get, "/v1/datasync/subkeys/{sub}/memberships/{membership}", One(DataSyncGetMembership)),
    row!(Put, "/v1/datasync/subkeys/{sub}/memberships/{membership}", One(DataSyncUpdateMembership)),
    row!(Patch, "/v1/datasync/subkeys/{sub}/memberships/{membership}", One(DataSyncUpdateMembership)),
    row!(Delete, "/v1/datasync/subkeys/{sub}/memberships/{membership}", One(DataSyncDeleteMembership)),
    row!(Get, "/v1/datasync/subkeys/{sub}/users", One(DataSyncListUsers)),
    row!(Post, "/v1/datasync/subkeys/{sub}/users", Create(DataSyncCreateUser)),
    row!(Get, "/v1/datasync/subkeys/{sub}/users/{user}", One(DataSyncGetUser)),
    row!(Put, "/v1/datasync/subkeys/{sub}/users/{user}", One(DataSyncUpdateUser)),
    row!(Patch, "/v1/datasync/subkeys/{sub}/users/{user}", One(DataSyncUpdateUser)),
    row!(Delete, "/v1/datasync/subkeys/{sub}/users/{user}", One(DataSyncDeleteUser)),
    row!(Get, "/v1/datasync/subkeys/{sub}/channels", One(DataSyncListChannels)),
    row!(Post, "/v1/datasync/subkeys/{sub}/channels", Create(DataSyncCreateChannel)),
    row!(Get, "/v1/datasync/subkeys/{sub}/channels/{channel}", One(DataSyncGetChannel)),
    row!(Put, "/v1/datasync/subkeys/{sub}/channels/{channel}", One(DataSyncUpdateChannel)),
    row!(Patch, "/v1/datasync/subkeys/{sub}/channels/{channel}", One(DataSyncUpdateChannel)),
    row!(Delete, "/v1/datasync/subkeys/{sub}/channels/{channel}", One(DataSyncDeleteChannel)),

    row!(Get, "/time/0", One(Time)),
];

const fn variant(template: &str) -> Variant {
    match cut(template.as_bytes(), b'?').1 {
        Some(b"channel-group={groups}") => Variant::Groups,
        Some(b"add={channels}") => Variant::Add,
        Some(b"remove={channels}") => Variant::Remove,
        Some(b"store=0&norep=true") => Variant::Fire,
        _ => Variant::Plain,
    }
}

/// Splits at the first occurrence of a byte.
const fn cut(text: &[u8], byte: u8) -> (&[u8], Option<&[u8]>) {
    let mut before: usize = 0;
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        if *first == byte {
            return (text.split_at(before).0, Some(tail));
        }
        before = before.saturating_add(1);
        rest = tail;
    }
    (text, None)
}

impl RouteRow {
    /// Reports whether a path is one of this route.
    #[inline]
    pub(super) fn matches(&self, segments: &[Span<'_>]) -> bool {
        self.len == segments.len() && self.path.matches(segments)
    }
}

impl Path {
    #[allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "runs only at compile time, where too many segments are an error"
    )]
    const fn parse(text: &'static [u8]) -> Self {
        let mut path = Path { slots: [Slot::Other; MAX_SEGMENTS], len: 0 };
        let mut rest = cut(cut(text, b'?').0, b'/').1;
        while let Some(segments) = rest {
            let (segment, tail) = cut(segments, b'/');
            path.slots[path.len] = Slot::parse(segment);
            path.len += 1;
            rest = tail;
        }
        path
    }

    pub(super) fn slots(&self) -> &[Slot] {
        self.slots.get(..self.len).unwrap_or_default()
    }

    // The number of segments rules out most rows, so the rest stays out of the loop over rows.
    #[inline(never)]
    fn matches(&self, segments: &[Span<'_>]) -> bool {
        self.slots()
            .iter()
            .zip(segments)
            .all(|(slot, segment)| slot.matches(segment.text.as_bytes()))
    }
}

impl Slot {
    const fn parse(segment: &'static [u8]) -> Self {
        match segment {
            b"{sub}" => Slot::SubscribeKey,
            b"{pub}" => Slot::PublishKey,
            b"{channel}" => Slot::Name(ResourceKind::Channel),
            b"{channels}" => Slot::Channels,
            b"{namespace}" => Slot::Namespace,
            b"{group}" => Slot::Name(ResourceKind::Group),
            b"{uuid}" => Slot::Name(ResourceKind::Uuid),
            b"{entity}" => Slot::Name(ResourceKind::Entity),
            b"{relationship}" => Slot::Name(ResourceKind::Relationship),
            b"{membership}" => Slot::Name(ResourceKind::Membership),
            b"{user}" => Slot::Name(ResourceKind::User),
            [b'{', ..] => Slot::Other,
            segment => match cut(segment, b'|') {
                (one, Some(other)) => Slot::Either(one, other),
                (literal, None) => Slot::Literal(literal),
            },
        }
    }

    fn matches(self, segment: &[u8]) -> bool {
        match self {
            Slot::Literal(literal) => segment == literal,
            Slot::Either(one, other) => segment == one || segment == other,
            _ => true,
        }
    }
}

/// A set of methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Methods(u8);

impl Methods {
    pub(super) fn with(self, method: Method) -> Self {
        Methods(self.0 | method as u8)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for method in Method::ALL.iter().copied().filter(|method| self.0 & *method as u8 != 0) {
            write!(f, "{separator}{method}")?;
            separator = " or ";
        }
        Ok(())
    }
}
