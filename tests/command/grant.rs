//! `grant`: bodies that it builds, and messages about faulty bodies.

use pubnub_access::Permissions;
use pubnub_access::mint::TestToken;

use crate::support::{ISSUED, assert_error, mask, run, run_with_input, run_with_variable, sample};

const MAPS: &str = r#""groups":{},"uuids":{},"users":{},"spaces":{}}"#;
const EMPTY: &str = r#"{"channels":{},"groups":{},"uuids":{},"users":{},"spaces":{}}"#;

/// The lint's finding about every token without an authorized user.
const NO_USER: &str = "warning: uuid: whoever gets hold of the token can use it under any user id: \
                       grant it to one authorized uuid [no_authorized_user]\n";

/// A body with these channels alone.
fn body(ttl: u64, channels: &str) -> String {
    let resources = format!("{{\"channels\":{channels},{MAPS}");
    format!(
        "{{\"ttl\":{ttl},\"permissions\":{{\"resources\":{resources},\"patterns\":{EMPTY},\"meta\":{{}}}}}}\n"
    )
}

#[test]
fn flags_make_a_body() {
    let output = run(&[
        "grant",
        "--ttl",
        "60",
        "--authorized-user",
        "alice",
        "--channel",
        "room-1=read, write",
        "--channel",
        "a=b=1",
        "--group",
        "sports=read,manage",
        "--uuid",
        "alice=get,update,delete",
        "--user",
        "u=120",
        "--space",
        "s=create",
        "--entity",
        "e=get",
        "--relationship",
        "r=get",
        "--membership",
        "m=delete",
        "--channel-pattern",
        "^room-[0-9]{1,2}$=read",
        "--group-pattern",
        "^:?s=read",
        "--uuid-pattern",
        "^u=get",
        "--user-pattern",
        ".*=get",
        "--space-pattern",
        ".*=2",
        "--entity-pattern",
        ".*=16",
        "--relationship-pattern",
        ".*=8",
        "--membership-pattern",
        ".*=64",
        "--category",
        "channels",
        "--category",
        "uuids",
        "--meta",
        "tier=\"gold\"",
        "--meta",
        "level=3",
    ]);
    let expected = concat!(
        r#"{"ttl":60,"permissions":{"resources":{"channels":{"a=b":1,"room-1":3},"groups":{"sports":5},"#,
        r#""uuids":{"alice":104},"users":{"u":120},"spaces":{"s":16},"datasync:entities":{"e":32},"#,
        r#""datasync:relationships":{"r":32},"datasync:memberships":{"m":8}},"#,
        r#""patterns":{"channels":{"^room-[0-9]{1,2}$":1},"groups":{"^:?s":1},"uuids":{"^u":32},"users":{".*":32},"#,
        r#""spaces":{".*":2},"datasync:entities":{".*":16},"datasync:relationships":{".*":8},"#,
        r#""datasync:memberships":{".*":64}},"categories":{"channels":32,"uuids":32},"#,
        r#""meta":{"level":3,"tier":"gold"},"uuid":"alice"}}"#,
        "\n"
    );
    assert_eq!((output.status, output.stdout.as_str()), (0, expected));
}

#[test]
fn warnings_leave_the_body() {
    let output = run(&[
        "grant",
        "--ttl",
        "15",
        "--channel",
        "a=read",
        "--group",
        "g=write",
        "--meta",
        "m=[1]",
    ]);
    let warnings = "warning: permissions.resources.groups.g: write has no effect on a group, but the service stores it
warning: permissions.meta.m: arrays and maps are documented as unsupported, though the service is seen to store them
";
    assert_eq!((output.status, output.stderr), (0, format!("{warnings}{NO_USER}")));
    assert!(output.stdout.contains(r#""groups":{"g":2}"#), "{}", output.stdout);
}

#[test]
fn errors_leave_no_body_and_status_2() {
    let output =
        run(&["grant", "--ttl", "0", "--uuid-pattern", "(a)=get", "--channel", "a\tb=read"]);
    let errors = "error: ttl: 0 minutes are out of range: 1 to 43200 (30 days) can be granted
error: \"permissions.resources.channels.a\\tb\": the name has a control character at byte 1
error: permissions.patterns.uuids.(a): the service refuses capturing groups: write (?:...) instead of (...)
";
    assert_eq!((output.status, output.stderr.as_str(), output.stdout.as_str()), (2, errors, ""));

    let output = run(&["grant", "--ttl", "5"]);
    let error = "error: permissions: grants nothing: name a resource, a pattern or a category\n";
    assert_eq!((output.status, output.stderr.as_str(), output.stdout.as_str()), (2, error, ""));
}

#[test]
fn json_has_the_body_the_problems_and_the_length() {
    let output = run(&["grant", "--ttl", "0", "--uuid", "a=create", "--format", "json"]);
    let expected = format!(
        "{{\"body\":{},\"problems\":[{},{}],\"token_length\":172}}\n",
        body(0, "{}").trim_end().replacen(r#""uuids":{}"#, r#""uuids":{"a":16}"#, 1),
        concat!(
            r#"{"severity":"error","code":"ttl_out_of_range","location":"ttl","#,
            r#""message":"0 minutes are out of range: 1 to 43200 (30 days) can be granted"}"#,
        ),
        concat!(
            r#"{"severity":"warning","code":"unknown_permission","location":"permissions.resources.uuids.a","#,
            r#""message":"create has no effect on a uuid, but the service stores it"}"#,
        ),
    );
    // The findings come directly before the length.
    let (before, rest) = output.stdout.split_once(",\"findings\":[{").unwrap();
    let (findings, length) = rest.split_once("],\"token_length\":").unwrap();
    assert!(findings.starts_with("\"code\":\"ttl_zero\",\"severity\":\"error\","), "{findings}");
    let without = format!("{before},\"token_length\":{length}");
    assert_eq!((output.status, output.stderr.as_str(), without.as_str()), (2, "", &*expected));
    let minted = TestToken::new(ISSUED, 0).uuid("a", Permissions::from_mask(16)).to_text();
    assert_eq!(minted.len(), 172);

    let output = run_with_input(&["grant", "--from-json", "-", "--format", "json"], "{}");
    let problem = |place| {
        let sentence = "required, but missing";
        format!(
            r#"{{"severity":"error","code":"missing_member","location":"{place}","message":"{sentence}"}}"#
        )
    };
    let expected = format!(
        "{{\"body\":null,\"problems\":[{},{}],\"findings\":[],\"token_length\":null}}\n",
        problem("ttl"),
        problem("permissions")
    );
    assert_eq!(
        (output.status, output.stderr.as_str(), output.stdout.as_str()),
        (2, "", expected.as_str())
    );
}

#[test]
fn a_body_is_read_checked_and_added_to() {
    let input = r#"{"ttl": "15", "permissions": {"resources": {"channels": {"a": 1}}}}"#;
    let output = run_with_input(&["grant", "--from-json", "-"], input);
    assert_eq!(
        (output.status, output.stderr.as_str(), output.stdout),
        (0, NO_USER, body(15, r#"{"a":1}"#))
    );

    let more =
        ["grant", "--from-json", "-", "--ttl", "30", "--channel", "a=write", "--channel", "b=read"];
    let output = run_with_input(&more, input);
    assert_eq!(
        (output.status, output.stderr.as_str(), output.stdout),
        (0, NO_USER, body(30, r#"{"a":3,"b":1}"#))
    );

    let output = run_with_input(
        &["grant", "--from-json", "-"],
        r#"{"ttl":1,"uuid":"a","permissions":{"resources":{"chan":{}}}}"#,
    );
    let errors = "error: permissions.resources.chan: the body of a grant has no such member
error: uuid: the body of a grant has no such member here: it belongs at permissions.uuid
";
    assert_eq!((output.status, output.stderr.as_str(), output.stdout.as_str()), (2, errors, ""));

    let file = std::env::temp_dir().join(format!("pubnub-access-body-{}.json", std::process::id()));
    std::fs::write(&file, input).unwrap();
    let output = run(&["grant", "--from-json", file.to_str().unwrap()]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(
        (output.status, output.stderr.as_str(), output.stdout),
        (0, NO_USER, body(15, r#"{"a":1}"#))
    );
}

#[test]
fn unreadable_bodies_are_reported() {
    let output = run(&["grant", "--from-json", "/nowhere/body.json"]);
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert!(
        output.stderr.starts_with("error: cannot open /nowhere/body.json: "),
        "{}",
        output.stderr
    );
    let mark =
        "standard input begins with a byte-order mark, which JSON does not have: save it without";
    let inputs: [(&[u8], &str); 6] = [
        (b"\xff", "standard input is not UTF-8 text, and JSON is"),
        (b"", "standard input is empty: expected the body of a grant"),
        (b" \r\n", "standard input is empty: expected the body of a grant"),
        (b"\xef\xbb\xbf{}", mark),
        (b"\xff\xfe{\0}\0", "standard input is UTF-16 text, and JSON is UTF-8: save it as that"),
        (b"\xfe\xff\0{\0}", "standard input is UTF-16 text, and JSON is UTF-8: save it as that"),
    ];
    for (input, message) in inputs {
        assert_error(&run_with_input(&["grant", "--from-json", "-"], input), message);
    }
    let output = run_with_input(&["grant", "--from-json", "-"], "[".repeat(2_000_000));
    assert_error(
        &output,
        "standard input holds more than 262144 bytes, which are the most that are read",
    );
    let output = run_with_input(&["grant", "--from-json", "-"], "ttl: 15");
    assert_error(&output, "not valid JSON, or nested too deeply (line 1, column 2)");
}

#[test]
fn a_token_is_converted_to_its_body() {
    let expected = concat!(
        r#"{"ttl":15,"permissions":{"resources":{"channels":{"room-1":3,"room-1-pnpres":1},"groups":{"sports":1},"#,
        r#""uuids":{"alice":96},"users":{},"spaces":{}},"#,
        r#""patterns":{"channels":{"^chat-[0-9]+$":1,"lobby":3},"groups":{},"uuids":{},"users":{},"spaces":{}},"#,
        r#""categories":{"channels":32},"meta":{"tier":"gold"},"uuid":"alice"}}"#,
        "\n"
    );
    let text = sample().to_text();
    for output in [
        run(&["grant", "--from-token", &text]),
        run_with_input(&["grant", "--from-token", "-"], text.clone()),
        run_with_variable(&["grant", "--from-token"], "PUBNUB_TOKEN", &text),
    ] {
        assert_eq!((output.status, output.stdout.as_str()), (0, expected));
        let finding =
            "warning: patterns.channels.lobby: has no anchors, so it matches parts of names: ";
        assert!(output.stderr.starts_with(finding), "{}", output.stderr);
    }
    let other = ["grant", "--from-token", &text, "--ttl", "5", "--authorized-user", "bob"];
    let changed = expected
        .replace("\"ttl\":15", "\"ttl\":5")
        .replace("\"uuid\":\"alice\"", "\"uuid\":\"bob\"");
    assert_eq!(run(&other).stdout, changed);

    let unknown = TestToken::new(ISSUED, 15).channel("a", mask(1)).section("new", 1).to_text();
    let output = run(&["grant", "--from-token", &unknown]);
    assert_error(&output, "new: not understood: no known grant produces it");
    let output = run(&["grant", "--from-token", "eyJh"]);
    assert!(
        output.status == 2 && output.stderr.starts_with("error: cannot decode the token: "),
        "{}",
        output.stderr
    );
}

#[test]
fn names_that_do_not_show_are_escaped_in_the_body() {
    let output = run(&["grant", "--ttl", "5", "--channel", "caf\u{e9}\u{202e}=read"]);
    assert_eq!((output.status, output.stdout), (0, body(5, r#"{"café\u202e":1}"#)));
}

#[test]
fn wrong_usage_is_an_error_that_says_what_was_expected() {
    let cases: [(&[&str], &str); 11] = [
        (&[], "error: the following required arguments were not provided:\n  --ttl <MINUTES>"),
        (
            &["--ttl", "-1"],
            "error: invalid value '-1' for '--ttl <MINUTES>': expected whole minutes, from 1 to 43200 (30 days)\n",
        ),
        (
            &["--ttl", "1h"],
            "error: invalid value '1h' for '--ttl <MINUTES>': expected whole minutes, from 1 to 43200 (30 days)\n",
        ),
        (
            &["--ttl", "--channel", "a=1"],
            "error: a value is required for '--ttl <MINUTES>' but none was supplied\n",
        ),
        (
            &["--ttl", "1", "--channel", "a"],
            "error: invalid value 'a' for '--channel <NAME=PERMISSIONS>': expected a name, `=` and permissions, as in \
             room-1=read,write\n",
        ),
        (
            &["--ttl", "1", "--channel", "a=rw"],
            "error: invalid value 'a=rw' for '--channel <NAME=PERMISSIONS>': unknown permission, expected read, write, \
             manage, delete, create, get, update or join, or a mask from 1 to 255\n",
        ),
        (
            &["--ttl", "1", "--channel", "a=reed"],
            "error: invalid value 'a=reed' for '--channel <NAME=PERMISSIONS>': unknown permission, \
             did you mean read?\n",
        ),
        (
            &["--ttl", "1", "--channel-pattern", "a=256"],
            "error: invalid value 'a=256' for '--channel-pattern <PATTERN=PERMISSIONS>': unknown permission, expected ",
        ),
        (
            &["--ttl", "1", "--meta", "tier=gold"],
            "error: invalid value 'tier=gold' for '--meta <KEY=JSON>': not valid JSON, or nested too deeply (line 1, \
             column 1); a text needs quotes of its own, as in 'tier=\"gold\"'\n",
        ),
        (
            &["--ttl", "1", "--meta", "tier"],
            "error: invalid value 'tier' for '--meta <KEY=JSON>': expected a key, `=` and JSON, as in level=3\n",
        ),
        (
            &["--from-json", "-", "--from-token", "-"],
            "error: the argument '--from-json <FILE>' cannot be used with '--from-token [<TOKEN>]'\n",
        ),
    ];
    for (args, message) in cases {
        let output = run(&[&["grant"], args].concat());
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{args:?}");
        assert!(output.stderr.starts_with(message), "{args:?}: {}", output.stderr);
    }
}

#[test]
fn no_message_repeats_the_token() {
    let token = sample().to_text();
    for args in [
        &["grant", "--from-token", &token, &token][..],
        &["grant", "--ttl", &token],
        &["grant", "--from-token", &token[2..]],
        &["grant", "--from-token", &token, "--meta", &token],
    ] {
        let output = run(args);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{args:?}");
        assert!(!output.stderr.contains(&token[2..]), "{}", output.stderr);
    }
}

#[test]
fn help_explains_how_to_write_a_grant() {
    let output = run(&["grant", "--help"]);
    for text in [
        "PERMISSIONS are names divided by commas",
        "NAME=PERMISSIONS",
        "PATTERN=PERMISSIONS",
        "Examples:",
        "Exit status:",
    ] {
        assert!(output.stdout.contains(text), "{text}");
    }
    assert!(output.stdout.starts_with("Build the body of a grant request, and check it\n"));
}

#[test]
fn a_key_of_the_metadata_is_given_once() {
    let output =
        run(&["grant", "--ttl", "60", "--channel", "a=read", "--meta", "x=1", "--meta", "x=2"]);
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert_eq!(output.stderr, "error: --meta gives the key x twice\n");
}

#[test]
fn invisible_characters_are_escaped_in_messages_and_in_json() {
    let hidden = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    let output = run(&["grant", "--ttl", "60", "--channel", "q\u{9b}31m\u{202e}\u{1b}[31m"]);
    assert_eq!(output.status, 2);
    assert!(
        output.stderr.contains("\"q\\u{9b}31m\\u{202e}\\u{1b}[31m\"")
            && !output.stderr.contains(hidden)
    );
    let output =
        run(&["grant", "--ttl", "60", "--channel", "q\u{9b}\u{202e}=read", "--format", "json"]);
    assert_eq!(output.status, 0);
    assert!(
        output.stdout.contains("\"q\\u009b\\u202e\"") && !output.stdout.contains(hidden),
        "{}",
        output.stdout
    );
}
