//! Names of operations in PubNub's SDKs: methods of the SDKs for JavaScript, Python, Kotlin and
//! Swift, and words that people use for them.

use alloc::string::String;

use super::Operation;

/// The other names of each operation that has any.
const SDK_NAMES: &[(Operation, &[&str])] = &[
    (Operation::Publish, &["pub", "publishMessage", "sendMessage", "sendText"]),
    (Operation::Signal, &["sendSignal"]),
    (Operation::Fire, &["fireMessage"]),
    (Operation::Subscribe, &["sub", "subscribeKeys", "addSubscription"]),
    (Operation::Unsubscribe, &["unsubscribeAll", "leave", "unsub"]),
    (Operation::Heartbeat, &["presence", "announceHeartbeat"]),
    (Operation::HereNow, &["presence", "whoIsPresent", "occupancy"]),
    (Operation::GlobalHereNow, &["hereNowGlobal"]),
    (Operation::WhereNow, &["wherePresent"]),
    (Operation::GetState, &["getPresenceState", "getPresence", "state"]),
    (Operation::SetState, &["setPresenceState", "setPresence", "state"]),
    (
        Operation::FetchMessages,
        &["history", "fetchMessageHistory", "getHistory", "fetchHistory", "getMessages"],
    ),
    (Operation::MessageCounts, &["messageCount", "fetchMessageCounts", "unreadMessagesCounts"]),
    (Operation::DeleteMessages, &["deleteMessageHistory", "deleteHistory", "deleteMessage"]),
    (Operation::SendFile, &["publishFile", "publishFileMessage", "uploadFile", "send"]),
    (Operation::ListFiles, &["getFiles", "getFilesList"]),
    (Operation::DownloadFile, &["getFileUrl", "generateFileDownloadUrl", "getFile", "download"]),
    (Operation::DeleteFile, &["removeFile"]),
    (
        Operation::AddGroupChannels,
        &[
            "addChannelsToChannelGroup",
            "addChannelToChannelGroup",
            "channelGroups.addChannels",
            "addChannels",
        ],
    ),
    (
        Operation::RemoveGroupChannels,
        &[
            "removeChannelsFromChannelGroup",
            "removeChannelFromChannelGroup",
            "channelGroups.removeChannels",
            "removeChannels",
        ],
    ),
    (
        Operation::ListGroupChannels,
        &[
            "listChannelsForChannelGroup",
            "listChannelsInChannelGroup",
            "channelGroups.listChannels",
            "listChannels",
        ],
    ),
    (
        Operation::DeleteGroup,
        &["deleteChannelGroup", "removeChannelGroup", "channelGroups.deleteGroup"],
    ),
    (
        Operation::ListGroups,
        &["listAllChannelGroups", "listChannelGroups", "channelGroups.listGroups"],
    ),
    (Operation::SetUserMetadata, &["setUuidMetadata", "updateUser", "createUser"]),
    (Operation::DeleteUserMetadata, &["removeUuidMetadata", "removeUserMetadata", "deleteUser"]),
    (
        Operation::GetUserMetadata,
        &["getUuidMetadata", "fetchUuidMetadata", "fetchUserMetadata", "getUser"],
    ),
    (
        Operation::GetAllUserMetadata,
        &["getAllUuidMetadata", "allUuidMetadata", "allUserMetadata", "getUsers"],
    ),
    (Operation::SetChannelMetadata, &["updateChannel", "createChannel"]),
    (Operation::DeleteChannelMetadata, &["removeChannelMetadata", "deleteChannel"]),
    (Operation::GetChannelMetadata, &["fetchChannelMetadata", "getChannel"]),
    (Operation::GetAllChannelMetadata, &["allChannelMetadata", "getChannels"]),
    (
        Operation::SetChannelMembers,
        &["manageChannelMembers", "setMembers", "addMembers", "manageMembers", "inviteMembers"],
    ),
    (Operation::RemoveChannelMembers, &["manageChannelMembers", "removeMembers", "manageMembers"]),
    (Operation::GetChannelMembers, &["fetchMembers", "getMembers", "fetchChannelMembers"]),
    (Operation::SetMemberships, &["manageMemberships", "addMemberships", "joinChannels"]),
    (Operation::RemoveMemberships, &["manageMemberships", "leaveChannels"]),
    (Operation::GetMemberships, &["fetchMemberships"]),
    (
        Operation::RegisterPushChannels,
        &[
            "addChannelsToPush",
            "addPushNotificationsOnChannels",
            "addPushChannelRegistrations",
            "managePushChannelRegistrations",
            "push.addChannels",
            "addChannels",
        ],
    ),
    (
        Operation::RemovePushChannels,
        &[
            "removeChannelsFromPush",
            "removePushNotificationsFromChannels",
            "removePushChannelRegistrations",
            "managePushChannelRegistrations",
            "push.removeChannels",
            "removeChannels",
        ],
    ),
    (
        Operation::ListPushChannels,
        &[
            "auditPushChannelProvisions",
            "listPushChannelRegistrations",
            "push.listChannels",
            "listChannels",
        ],
    ),
    (
        Operation::RemovePushDevice,
        &[
            "removeDeviceFromPush",
            "removeAllPushNotificationsFromDeviceWithPushToken",
            "removeAllPushChannelRegistrations",
            "push.deleteDevice",
        ],
    ),
    (Operation::AddMessageAction, &["addReaction", "toggleReaction"]),
    (Operation::RemoveMessageAction, &["removeMessageActions", "removeReaction"]),
    (Operation::GetMessageActions, &["fetchMessageActions", "getReactions"]),
    (Operation::FetchMessagesWithActions, &["fetchMessagesWithMessageActions"]),
    (Operation::Time, &["getTime", "timetoken"]),
];

/// The longest name that is looked up, in bytes.
const LONGEST: usize = 64;

impl Operation {
    /// Returns names of the operation other than its id. These are methods of PubNub's SDKs for
    /// JavaScript, Python, Kotlin and Swift, and words that people use.
    #[must_use]
    pub fn sdk_names(self) -> &'static [&'static str] {
        SDK_NAMES.iter().find(|(operation, _)| *operation == self).map_or(&[], |(_, names)| names)
    }

    /// Returns the operations with this name in some SDK, however it is spelt: `hereNow`,
    /// `here_now()`, `pubnub.channelGroups.addChannels`.
    ///
    /// ```
    /// use pubnub_access::Operation;
    ///
    /// let found: Vec<Operation> = Operation::by_sdk_name("deleteChannelGroup").collect();
    /// assert_eq!(found, [Operation::DeleteGroup]);
    /// assert_eq!(Operation::by_sdk_name("manageMemberships").count(), 2);
    /// ```
    pub fn by_sdk_name(name: &str) -> impl Iterator<Item = Operation> + use<> {
        let wanted = if name.len() > LONGEST { String::new() } else { letters(name) };
        let bare = ["pubnub", "objects"].iter().fold(wanted, |name, prefix| {
            name.strip_prefix(prefix).map_or(name.clone(), String::from)
        });
        let own = Operation::ALL.iter().copied().find(|operation| letters(operation.id()) == bare);
        // The id of an operation means only that operation.
        let others = Operation::ALL.iter().copied().filter(move |operation| {
            own.is_none() && operation.sdk_names().iter().any(|known| letters(known) == bare)
        });
        own.into_iter().chain(others)
    }
}

/// Returns the letters of a name, in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}
