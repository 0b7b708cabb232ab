//! `check`: verdicts, exit statuses, reasons and refused questions.

use std::time::SystemTime;

use pubnub_access::json::CheckAnswer;
use pubnub_access::mint::TestToken;
use pubnub_access::{Operation, Permission, Policy, Request, ResourceKind, UnverifiedToken};

use crate::support::{ISSUED, Output, VALID, assert_error, mask, run, run_with_input, sample};

fn check(token: &TestToken, args: &[&str]) -> Output {
    run_with_input(&[&["check", "-"], args].concat(), token.to_text())
}

#[test]
fn an_allowed_request_is_explained() {
    let args =
        ["--operation", "publish", "--channel", "room-1", "--user-id", "alice", "--at", VALID];
    let expected = "\
ALLOW: channel room-1 grants read and write

Conditions on the token
  allow          time             the token expires in 14 minutes
  allow          authorized user  the requester is the authorized user

What publish needs
  allow          write on channel room-1
                 - room-1 grants read and write

The signature is not verified and no deny list was given: the answer holds if the token is genuine and not revoked.
";
    let output = check(&sample(), &args);
    assert_eq!((output.status, output.stdout.as_str(), output.stderr.as_str()), (0, expected, ""));
}

#[test]
fn a_denial_names_everything_that_failed() {
    let args = [
        "--operation",
        "subscribe",
        "--channel",
        "room-1",
        "--channel",
        "chat-7-pnpres",
        "--at",
        "1700001000",
    ];
    let expected = "\
DENY: the token expired 1 minute ago; the token is for user alice, the request names no user id; \
subscribe needs read on channel chat-7-pnpres, which is not granted
to allow it, grant: channel chat-7-pnpres=read; use a token that is valid at this time: \
issue a new one; send the user id of the token, or use a token for anybody

Conditions on the token
  deny           time             the token expired 1 minute ago
  deny           authorized user  the token is for user alice, the request names no user id

What subscribe needs
  allow          read on channel room-1
                 - room-1 grants read and write
  deny           read on channel chat-7-pnpres
                 - no entry names it and no pattern matches it
                 - chat-7 is granted, but its presence channel needs a grant of its own

The token is for one user only: give the user id of the requester with --user-id.

The signature is not verified and no deny list was given: the answer holds if the token is genuine and not revoked.
";
    let output = check(&sample(), &args);
    assert_eq!((output.status, output.stdout.as_str(), output.stderr.as_str()), (1, expected, ""));
}

#[test]
fn a_doubt_names_the_flags_that_settle_it() {
    let args =
        ["--operation", "heartbeat", "--channel", "other", "--user-id", "alice", "--at", VALID];
    let expected = "\
INDETERMINATE: heartbeat needs read on channel other: this requirement is inferred, not documented
depends on a requirement that is inferred, not documented: allow with --doubt granted, deny with refused

Conditions on the token
  allow          time             the token expires in 14 minutes
  allow          authorized user  the requester is the authorized user

What heartbeat needs
  indeterminate  read on channel other
                 - no entry names it and no pattern matches it
                 - this requirement is inferred, not documented

The signature is not verified and no deny list was given: the answer holds if the token is genuine and not revoked.
";
    let output = check(&sample(), &args);
    assert_eq!((output.status, output.stdout.as_str(), output.stderr.as_str()), (3, expected, ""));
}

#[test]
fn resources_of_datasync_have_flags_and_the_requester_has_another() {
    let token = TestToken::new(ISSUED, 15)
        .authorized_user("alice")
        .resource(ResourceKind::User, "bob", Permission::Get)
        .resource(ResourceKind::Entity, "e", Permission::Delete)
        .resource(ResourceKind::Relationship, "r", Permission::Update)
        .resource(ResourceKind::Membership, "m", Permission::Get);
    for (operation, flag, name, status) in [
        ("datasync-get-user", "--user", "bob", 0),
        ("datasync-get-user", "--user", "alice", 1),
        ("datasync-delete-entity", "--entity", "e", 0),
        ("datasync-delete-entity", "--entity", "f", 1),
        ("datasync-update-relationship", "--relationship", "r", 3),
        ("datasync-delete-relationship", "--relationship", "r", 1),
        ("datasync-get-membership", "--membership", "m", 0),
        ("datasync-delete-membership", "--membership", "m", 1),
    ] {
        let args = ["--operation", operation, flag, name, "--user-id", "alice", "--at", VALID];
        let output = check(&token, &args);
        assert_eq!(output.status, status, "{args:?}: {output:?}");
    }
    let list = ["--operation", "datasync-list-entities", "--at", VALID];
    assert_eq!(check(&token, &[&list[..], &["--user-id", "alice"]].concat()).status, 0);
    let unnamed = check(&token, &list);
    assert_eq!(unnamed.status, 1);
    assert!(
        unnamed.stdout.contains("give the user id of the requester with --user-id.\n"),
        "{}",
        unnamed.stdout
    );
    let create = ["--operation", "datasync-create-entity", "--user-id", "alice", "--at", VALID];
    assert_eq!(check(&token, &create).status, 3);
    let mistaken = check(
        &token,
        &["--operation", "publish", "--channel", "a", "--user", "alice", "--at", VALID],
    );
    assert_error(&mistaken, "publish names no user: --user-id is for the one who asks");
}

#[test]
fn requests_without_resources_are_explained() {
    let needs = |operation: &str, expected: &str| {
        let output =
            check(&sample(), &["--operation", operation, "--user-id", "alice", "--at", VALID]);
        assert!(
            output.stdout.contains(&format!("\nWhat {operation} needs\n{expected}")),
            "{}",
            output.stdout
        );
    };
    needs("time", "  no permission\n");
    needs(
        "list-groups",
        "  indeterminate  not known\n                 - it is not known what the operation needs\n",
    );
    needs("get-all-channel-metadata", "  allow          get on all channels\n");
}

/// Each policy flag makes an indeterminate verdict certain.
#[test]
fn every_policy_flag_counts() {
    let token = TestToken::new(ISSUED, 15)
        .channel("both", Permission::Read)
        .channel_pattern("^both$", Permission::Write)
        .channel_pattern("^many-", mask(3))
        .channel_pattern("-many$", mask(1))
        .group_pattern("^:g$", Permission::Read);
    let publish = |name| ["--operation", "publish", "--channel", name, "--at", VALID];
    let group = ["--operation", "subscribe", "--group", "g", "--at", VALID].to_vec();
    let users = ["--operation", "get-all-user-metadata", "--at", VALID].to_vec();
    let channels = ["--operation", "get-all-channel-metadata", "--at", VALID].to_vec();
    let ending = ["--operation", "time", "--at", "1700000895"].to_vec();
    let inferred = ["--operation", "heartbeat", "--channel", "other", "--at", VALID].to_vec();
    let cases = [
        (
            publish("both").to_vec(),
            3,
            vec![
                ("--precedence", "union", 0),
                ("--precedence", "explicit-else-any", 1),
                ("--precedence", "explicit-else-all", 1),
            ],
        ),
        (
            publish("many-many").to_vec(),
            3,
            vec![
                ("--precedence", "union", 0),
                ("--precedence", "explicit-else-any", 0),
                ("--precedence", "explicit-else-all", 1),
            ],
        ),
        (group, 3, vec![("--group-names", "plain", 1), ("--group-names", "colon", 0)]),
        (inferred, 3, vec![("--doubt", "granted", 0), ("--doubt", "refused", 1)]),
        (
            users,
            3,
            vec![
                ("--get-all-user-metadata", "allowed", 0),
                ("--get-all-user-metadata", "restricted", 1),
            ],
        ),
        (
            channels,
            3,
            vec![
                ("--get-all-channel-metadata", "allowed", 0),
                ("--get-all-channel-metadata", "restricted", 1),
            ],
        ),
        (ending, 0, vec![("--clock-tolerance", "4", 0), ("--clock-tolerance", "5", 3)]),
    ];
    for (question, status, flags) in cases {
        assert_eq!(check(&token, &question).status, status, "{question:?}");
        for (flag, value, status) in flags {
            let args = [&question[..], &[flag, value]].concat();
            assert_eq!(check(&token, &args).status, status, "{args:?}");
        }
    }
}

#[test]
fn json_is_that_of_the_library() {
    let token = sample();
    let args = [
        "--operation",
        "publish",
        "--channel",
        "room-2",
        "--user-id",
        "alice",
        "--at",
        VALID,
        "--format",
        "json",
    ];
    let output = check(&token, &args);
    let parsed = UnverifiedToken::parse(&token.to_text()).unwrap();
    let request =
        Request::builder(Operation::Publish).channel("room-2").user_id("alice").build().unwrap();
    let answer = CheckAnswer::new(&parsed, &request, ISSUED + 60, &Policy::new());
    assert_eq!(output.stdout, serde_json::to_string(&answer).unwrap() + "\n");
    assert_eq!((output.status, output.stderr.as_str()), (1, ""));
}

#[test]
fn json_has_the_form_of_the_contract() {
    let token = TestToken::new(ISSUED, 15).channel("room-2", Permission::Read);
    let args = ["--operation", "publish", "--channel", "room-2", "--at", VALID, "--format", "json"];
    let expected = concat!(
        r#"{"verdict":"deny","operation":"publish","#,
        r#""conditions":[{"condition":"time","verdict":"allow","because":[{"reason":"token_valid","#,
        r#""expires_in":840,"message":"the token expires in 14 minutes"}],"#,
        r#""message":"the token expires in 14 minutes"},"#,
        r#"{"condition":"authorized_user","verdict":"allow","because":[{"reason":"any_user","#,
        r#""message":"the token is bound to no user"}],"message":"the token is bound to no user"},"#,
        r#"{"condition":"revocation","verdict":"allow","because":[{"reason":"no_deny_list","#,
        r#""message":"no deny list was given"}],"message":"no deny list was given"}],"#,
        r#""requirements":[{"kind":"channel","name":"room-2","permission":"write","verdict":"deny","#,
        r#""because":[{"reason":"explicit_grant_lacks_permission","grant":"room-2","permissions":["read"],"#,
        r#""message":"room-2 grants only read"}]}],"#,
        r#""summary":"publish needs write on channel room-2, which grants only read","#,
        r#""missing_grant":{"permissions":{"resources":{"channels":{"room-2":2}}}},"#,
        r#""remedy":"to allow it, grant: channel room-2=write"}"#,
        "\n"
    );
    assert_eq!(check(&token, &args).stdout, expected);
}

#[test]
fn several_names_of_every_kind_are_asked_about() {
    let token = TestToken::new(ISSUED, 15)
        .channel("a", Permission::Join)
        .channel("b", Permission::Join)
        .uuid("bob", Permission::Update);
    let names = ["--channel", "a", "--channel", "b", "--uuid", "bob"];
    let args =
        [&["--operation", "set-memberships", "--user-id", "alice", "--at", VALID][..], &names]
            .concat();
    assert_eq!(check(&token, &args).status, 0);
    assert_eq!(check(&token, &[&args[..], &["--channel", "c"]].concat()).status, 1);
    let groups = ["--operation", "subscribe", "--group", "g", "--group", "h", "--at", VALID];
    let token =
        TestToken::new(ISSUED, 15).group("g", Permission::Read).group("h", Permission::Read);
    assert_eq!(check(&token, &groups).status, 0);
    // A name may begin like a flag.
    let token = TestToken::new(ISSUED, 15).channel("--all", Permission::Read);
    assert_eq!(
        check(&token, &["--operation", "subscribe", "--channel=--all", "--at", VALID]).status,
        0
    );
}

#[test]
fn times_are_unix_seconds_or_rfc_3339() {
    let status = |at: &str| {
        check(&sample(), &["--operation", "time", "--user-id", "alice", "--at", at]).status
    };
    let last_valid = [
        "1700000899",
        "2023-11-14T22:28:19Z",
        "2023-11-14T23:28:19+01:00",
        "2023-11-14T22:28:19.9Z",
    ];
    for at in last_valid {
        assert_eq!(status(at), 0, "{at}");
    }
    // It is not known whether an operation without requirements needs a valid token.
    for at in ["1700000901", "2023-11-14T22:28:21Z", "999999999999", "18446744073709551615"] {
        assert_eq!(status(at), 3, "{at}");
    }
}

#[test]
fn without_a_time_the_clock_of_the_system_counts() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let question = ["--operation", "publish", "--channel", "a"];
    let fresh = TestToken::new(now - 60, 15).channel("a", Permission::Write);
    assert_eq!(check(&fresh, &question).status, 0);
    let expired = TestToken::new(now - 3_600, 15).channel("a", Permission::Write);
    assert_eq!(check(&expired, &question).status, 1);
}

#[test]
fn invalid_times_are_refused() {
    let expected = "expected Unix seconds or a time such as 2026-01-31T12:00:00Z";
    let milliseconds = "this looks like milliseconds, and seconds are expected";
    let cases = [
        ("1700000060000", milliseconds),
        ("1000000000000", milliseconds),
        ("99999999999999", milliseconds),
        ("99999999999999999999999", "it is beyond the times that can be represented"),
        ("yesterday", expected),
        ("", expected),
        ("2023-11-14", expected),
        ("2023-11-14T22:28:19", expected),
        ("17.5", expected),
        ("1969-12-31T23:59:59Z", "it is before 1970"),
    ];
    for (at, message) in cases {
        let output = run(&["check", "x", "--operation", "time", "--at", at]);
        let line = format!("error: invalid value '{at}' for '--at <TIME>': {message}\n");
        assert_eq!(output.status, 2);
        assert!(output.stderr.starts_with(&line), "{at}: {}", output.stderr);
    }
}

#[test]
fn unknown_operations_name_near_ones() {
    let near = |ids: &str| format!("unknown operation, did you mean {ids}?");
    let cases = [
        ("publsh", near("publish")),
        ("set-membership", near("set-memberships")),
        ("presence", near("heartbeat or here-now")),
        ("history", near("fetch-messages")),
        ("deleteChannelGroup", near("delete-group")),
        ("Publish", near("publish")),
        ("push.channels", near("list-push-channels")),
        ("set-channel-member", near("set-channel-members")),
        (
            "grant",
            "unknown operation, expected one of 71 names such as publish, signal or fire".into(),
        ),
    ];
    for (id, message) in cases {
        let output = run(&["check", "x", "--operation", id]);
        let line = format!("error: invalid value '{id}' for '--operation <ID>': {message}\n");
        assert_eq!(output.status, 2);
        assert!(output.stderr.starts_with(&line), "{}", output.stderr);
    }
}

#[test]
fn requests_that_cannot_be_asked_about_are_refused() {
    let cases: [(&[&str], &str); 8] = [
        (&["publish"], "publish needs a channel, and none is named"),
        (&["publish", "--group", "g", "--channel", "a"], "publish names no group"),
        (
            &["publish", "--channel", "a,b"],
            "the channel name (resource 1) has a comma at byte 1: pass each name separately",
        ),
        (&["publish", "--channel", ""], "the channel name (resource 1) is empty"),
        (
            &["publish", "--channel", "a\n"],
            "the channel name (resource 1) has a control character at byte 1",
        ),
        (&["publish", "--channel", "a", "--user-id", ""], "the user id is empty"),
        (&["get-user-metadata"], "get-user-metadata needs a uuid, and none is named"),
        (&["list-groups", "--channel", "a"], "list-groups names no channel"),
    ];
    for (args, line) in cases {
        assert_error(&check(&sample(), &[&["--at", VALID, "--operation"], args].concat()), line);
    }
}
