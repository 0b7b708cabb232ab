//! The operation table: its ids, its requirements compared with the specification, and its
//! documentation page.

use crate::support::enumeration::{Item, OPERATIONS, PlainRequirement, Rule, library_kind};
use crate::support::golden;
use pubnub_access::operation::{Projections, Requirements};
use pubnub_access::{Operation, ParseEnumError};

#[test]
fn every_row_says_what_is_specified() {
    assert_eq!(Operation::ALL.len(), OPERATIONS.len());
    for (operation, (area, id, rule)) in Operation::ALL.iter().copied().zip(OPERATIONS) {
        assert_eq!((operation.area(), operation.id()), (*area, *id));
        match (operation.requirements(), rule) {
            (Requirements::Unknown, Rule::Unknown) => {}
            (Requirements::NothingInferred, Rule::Requires([])) => assert_eq!(*id, "time"),
            (Requirements::KeysetFlag(kind), Rule::GetAll(expected)) => {
                assert_eq!(kind, library_kind(*expected), "{id}")
            }
            (Requirements::ValidToken { inferred }, Rule::ValidToken { inferred: expected }) => {
                assert_eq!(inferred, *expected, "{id}");
            }
            (Requirements::Resources(accesses), Rule::Requires(expected)) => {
                let needed = accesses.iter().filter_map(|access| {
                    let item = match (access.projections, access.optional) {
                        (Projections::Hide, false) => Item::Read,
                        (Projections::Restrict, false) => Item::Written,
                        (Projections::Restrict, true) => Item::Created,
                        _ => Item::Other,
                    };
                    Some((
                        access.kind,
                        access.permission?.bit(),
                        access.many,
                        access.inferred,
                        item,
                    ))
                });
                let expected =
                    expected.iter().map(|PlainRequirement { kind, bit, each, inferred, item }| {
                        (library_kind(*kind), *bit, *each, *inferred, *item)
                    });
                assert_eq!(needed.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{id}");
            }
            (needs, rule) => panic!("{id} needs {needs:?}, expected {rule:?}"),
        }
    }
}

#[test]
fn ids_round_trip_and_nothing_else_parses() {
    for operation in Operation::ALL.iter().copied() {
        assert_eq!(operation.id().parse(), Ok(operation));
        assert_eq!(operation.to_string(), operation.id());
        assert!(operation.id().to_uppercase().parse::<Operation>().is_err(), "{operation}");
    }
    let examples = "expected one of 71 names such as publish, signal or fire";
    for (text, hint) in [
        ("", examples),
        ("grant", examples),
        ("revoke", examples),
        ("publish,signal", examples),
        (&"publish".repeat(9), examples),
        (" publish", "did you mean publish?"),
        ("publsh ", "did you mean publish?"),
        ("set_memberships", "did you mean set-memberships?"),
        ("SetMemberships", "did you mean set-memberships?"),
        ("setMembership", "did you mean set-memberships?"),
    ] {
        let error: ParseEnumError = text.parse::<Operation>().unwrap_err();
        assert_eq!(error.to_string(), format!("unknown operation, {hint}"), "{text:?}");
    }
}

#[test]
fn ids_are_all_different_and_in_kebab_case() {
    let mut ids: Vec<&str> = Operation::ALL.iter().copied().map(Operation::id).collect();
    for id in &ids {
        assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{id}");
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), OPERATIONS.len());
}

#[test]
fn an_operations_id_is_padded_like_any_text() {
    assert_eq!(format!("{:<8}|{:>8}", Operation::Fire, Operation::Time), "fire    |    time");
}

#[test]
fn requirements_print_as_in_the_table() {
    for (id, needs) in [
        ("publish", "channel: write"),
        ("fire", "channel: write (inferred)"),
        ("subscribe", "each channel: read; each group: read"),
        ("here-now", "each channel: read; each group: read (inferred)"),
        ("set-memberships", "each channel: join; uuid: update"),
        ("add-group-channels", "group: manage (may name channels)"),
        ("set-channel-members", "channel: manage (may name uuids)"),
        ("unsubscribe", "nothing (may name channels, groups)"),
        ("where-now", "nothing (may name uuids)"),
        ("time", "nothing (inferred)"),
        ("list-groups", "unknown"),
        ("get-all-user-metadata", "keyset flag, or category uuids: get"),
        ("get-all-channel-metadata", "keyset flag, or category channels: get"),
    ] {
        let operation: Operation = id.parse().unwrap();
        assert_eq!(operation.requirements().to_string(), needs, "{id}");
    }
}

#[test]
fn exactly_three_operations_need_nothing() {
    let free: Vec<&str> = Operation::ALL
        .iter()
        .copied()
        .filter(|operation| operation.requirements().is_nothing())
        .map(Operation::id)
        .collect();
    assert_eq!(free, ["unsubscribe", "where-now", "time"]);
}

#[test]
fn the_documentation_shows_this_very_table() {
    let mut table = String::from("| group | operation | needs |\n|---|---|---|\n");
    let mut last_area = "";
    for operation in Operation::ALL.iter().copied() {
        let area = if operation.area() == last_area { "" } else { operation.area() };
        last_area = operation.area();
        let cells = format!("{area} | `{}` | {} |\n", operation.id(), operation.requirements());
        table.push_str("| ");
        table.push_str(cells.trim_start());
    }
    golden::compare("src/operation/table.md", &table);
}

/// Methods of PubNub's SDKs, with the operations that they are.
const SDK_METHODS: &str = "\
javascript publish: publish
javascript hereNow: here-now
javascript whereNow: where-now
javascript fetchMessages: fetch-messages
javascript history: fetch-messages
javascript messageCounts: message-counts
javascript presence: heartbeat here-now
javascript channelGroups.addChannels: add-group-channels
javascript pubnub.channelGroups.deleteGroup: delete-group
javascript channelGroups.listGroups: list-groups
javascript objects.setUUIDMetadata: set-user-metadata
javascript objects.removeChannelMetadata: delete-channel-metadata
javascript push.addChannels: register-push-channels
javascript push.deleteDevice: remove-push-device
javascript sendFile: send-file
javascript files.sendFile: send-file
javascript publishFile: publish
javascript getFileUrl: download-file
javascript unsubscribeAll: unsubscribe
python add_channel_to_channel_group: add-group-channels
python list_channels_in_channel_group: list-group-channels
python remove_channel_group: delete-group
python remove_channels_from_push: remove-push-channels
python manage_memberships: set-memberships remove-memberships
python get_all_uuid_metadata: get-all-user-metadata
python delete_messages: delete-messages
kotlin addChannelsToChannelGroup: add-group-channels
kotlin deleteChannelGroup: delete-group
kotlin listAllChannelGroups: list-groups
kotlin getPresenceState: get-state
kotlin setPresenceState: set-state
kotlin auditPushChannelProvisions: list-push-channels
kotlin removeAllPushNotificationsFromDeviceWithPushToken: remove-push-device
kotlin addMessageAction: add-message-action
swift fetchMessageHistory: fetch-messages
swift deleteMessageHistory: delete-messages
swift listChannelGroups: list-groups
swift removeMessageActions: remove-message-action
swift fetchMessageActions: get-message-actions
swift allUUIDMetadata: get-all-user-metadata
swift fetchMembers: get-channel-members
swift managePushChannelRegistrations: register-push-channels remove-push-channels
";

#[test]
fn every_method_of_an_sdk_leads_to_its_operation() {
    for line in SDK_METHODS.lines() {
        let (method, expected) = line.split_once(": ").unwrap();
        let (_, method) = method.split_once(' ').unwrap();
        for method in [method.to_owned(), format!("{method}()"), method.to_uppercase()] {
            let found: Vec<&str> = Operation::by_sdk_name(&method).map(Operation::id).collect();
            assert_eq!(found.join(" "), expected, "{line}");
        }
    }
    for nonsense in ["", "grant", "()", &"a".repeat(100_000)] {
        assert_eq!(Operation::by_sdk_name(nonsense).count(), 0, "{nonsense:.20}");
    }
}

#[test]
fn every_operation_has_a_name_in_sdks_that_leads_to_it() {
    for operation in Operation::ALL.iter().copied() {
        // The methods of DataSync are called as the operations.
        let own = [operation.id()];
        for name in operation.sdk_names().iter().chain(&own) {
            assert!(Operation::by_sdk_name(name).any(|found| found == operation), "{name}");
        }
        let is_datasync = operation.area() == "datasync";
        assert_ne!(operation.sdk_names().is_empty(), !is_datasync, "{operation}");
    }
}
