//! `inspect`: its output for each sort of token.

use pubnub_access::mint::{TestSection, TestToken};
use pubnub_access::{Permission, ResourceKind, UnverifiedToken};

use crate::support::{ISSUED, VALID, large, mask, run, run_with_input, sample};

fn inspect(token: &TestToken, args: &[&str]) -> String {
    let args = [&["inspect", "-", "--at", VALID], args].concat();
    let output = run_with_input(&args, token.to_text());
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    output.stdout
}

#[test]
fn the_text_shows_the_whole_token() {
    let expected = "\
Access Manager token
  format version   2
  issued           2023-11-14T22:13:20Z
  expires          2023-11-14T22:28:20Z (expires in 14 minutes)
  time to live     |=o------------------| 15 minutes
  authorized user  alice
  signature        32 bytes, not verified

Resources
  channels (2)
    room-1         read, write
    room-1-pnpres  read
  groups (1)
    sports  read
  uuids (1)
    alice  get, update

Patterns (RE2)
  channels (2)
    ^chat-[0-9]+$  read
    lobby          read, write

Categories (all resources of a kind)
  channels  get

Metadata
  tier  \"gold\"
";
    assert_eq!(inspect(&sample(), &[]), expected);
}

#[test]
fn a_token_with_nothing_in_it_says_so() {
    let token = TestToken::new(ISSUED, 1).sections(&[
        TestSection::Version,
        TestSection::IssuedAt,
        TestSection::Ttl,
    ]);
    let expected = "\
Access Manager token
  format version   2
  issued           2023-11-14T22:13:20Z
  expires          2023-11-14T22:14:20Z (expires at this very second)
  time to live     |===================o| 1 minute
  authorized user  any
  signature        none

Resources
  none

Patterns (RE2)
  none
";
    assert_eq!(inspect(&token, &[]), expected);
}

#[test]
fn the_age_is_printed_in_words() {
    let cases = [
        (ISSUED - 120, 15, "is issued 2 minutes from now: check the clock"),
        (ISSUED + 60, 15, "expires in 14 minutes"),
        (ISSUED + 60, 43_200, "expires in 29 days"),
        (ISSUED + 901, 15, "expired 1 second ago"),
        (ISSUED + 900 + 3 * 86_400, 15, "expired 3 days ago"),
    ];
    for (now, ttl, words) in cases {
        let output =
            run(&["inspect", &TestToken::new(ISSUED, ttl).to_text(), "--at", &now.to_string()]);
        assert!(output.stdout.contains(&format!("Z ({words})\n")), "{words}: {}", output.stdout);
    }
    // Without --at, the clock of the system counts.
    let output = run(&["inspect", &TestToken::new(ISSUED, 15).to_text()]);
    assert!(output.stdout.contains("Z (expired "), "{}", output.stdout);
}

#[test]
fn times_beyond_the_calendar_are_shown_as_numbers() {
    let text = inspect(&TestToken::new(u64::MAX, u64::MAX), &[]);
    assert!(
        text.contains(
            "  issued           18446744073709551615 Unix seconds, after the year 9999\n"
        ),
        "{text}"
    );
}

#[test]
fn names_that_do_not_show_as_themselves_are_quoted() {
    let token = TestToken::new(ISSUED, 15)
        .authorized_user("al\u{1b}[31mice")
        .channel("two words", mask(0))
        .channel("tab\there", mask(1))
        .channel("\u{202e}evil", mask(1))
        .channel("", mask(1))
        .channel("\"", mask(1))
        .channel("caf\u{e9}", mask(1))
        .channel_pattern(r"^\d+$", mask(1))
        .meta("k", "\u{9b}31m\u{7f}")
        .section("new\n", [1]);
    let text = inspect(&token, &[]);
    for line in [
        r#"  authorized user  "al\u{1b}[31mice""#,
        r#"    "two words"     none"#,
        r#"    "tab\there"     read"#,
        r#"    "\u{202e}evil"  read"#,
        r#"    ""              read"#,
        r#"    "\""            read"#,
        "    caf\u{e9}            read",
        r"    ^\d+$  read",
        r#"  k  "\u009b31m\u007f""#,
        r#"  "new\n"  [1]"#,
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
    }
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
}

#[test]
fn nested_metadata_is_shown_as_json() {
    let text = inspect(&sample().meta("levels", [1, 2]), &[]);
    let expected = "Metadata\n  {\n    \"tier\": \"gold\",\n    \"levels\": [\n      1,\n      2\n    ]\n  }\n";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn other_kinds_and_unknown_parts_are_shown() {
    let token = sample()
        .resource(ResourceKind::Space, "lounge", mask(255))
        .resource(ResourceKind::Entity, "e-1", Permission::Get)
        .resource_kind("widgets", [1])
        .section("extra", "x".repeat(200));
    let text = inspect(&token, &[]);
    let others = "  spaces (1, which no operation needs)
    lounge  read, write, manage, delete, create, get, update, join
  datasync:entities (1)
    e-1  get
";
    assert!(text.contains(others), "{text}");
    let cut = format!("\"{}... (142 bytes left out)", "x".repeat(59));
    let unknown =
        format!("Not understood (grants nothing)\n  res.widgets  [1]\n  extra        {cut}\n");
    assert!(text.ends_with(&unknown), "{text}");
    assert!(
        inspect(&token, &["--all"]).ends_with(&format!("extra        \"{}\"\n", "x".repeat(200)))
    );
}

#[test]
fn long_lists_are_summed_up_unless_all_is_asked_for() {
    let text = inspect(&large(), &[]);
    assert!(text.contains("  channels (950)\n    room-1   read\n"), "{text}");
    assert!(
        text.contains("    room-20  read\n    ... and 930 more, --all shows them\n\n"),
        "{text}"
    );
    assert_eq!(text.matches("room-").count(), 20);

    let all = inspect(&large(), &["--all"]);
    assert_eq!(all.matches("room-").count(), 950);
    assert!(!all.contains("--all"));

    let twenty = (1..=20)
        .fold(TestToken::new(ISSUED, 15), |token, n| token.channel(&n.to_string(), mask(1)));
    assert!(!inspect(&twenty, &[]).contains("more"));
    let meta = (1..=25).fold(TestToken::new(ISSUED, 15), |token, n| token.meta(&n.to_string(), n));
    assert!(inspect(&meta, &[]).ends_with("  20  20\n  ... and 5 more, --all shows them\n"));
    let nested = meta.meta("nested", [1]);
    assert!(
        inspect(&nested, &[]).ends_with("    \"19\": 19,\n  ... and 10 more, --all shows them\n")
    );
}

#[test]
fn json_is_one_line_in_the_form_of_the_contract() {
    let token = TestToken::new(ISSUED, 15)
        .authorized_user("alice")
        .channel("room-1", mask(3))
        .category(ResourceKind::Channel, Permission::Get)
        .signature(&[0xab, 0xcd]);
    let expected = concat!(
        r#"{"version":2,"timestamp":1700000000,"ttl":15,"expires_at":1700000900,"authorized_uuid":"alice","#,
        r#""resources":{"channels":{"room-1":{"mask":3,"permissions":["read","write"]}},"#,
        r#""groups":{},"uuids":{},"users":{},"spaces":{}},"#,
        r#""patterns":{"channels":{},"groups":{},"uuids":{},"users":{},"spaces":{}},"#,
        r#""categories":{"channels":{"mask":32,"permissions":["get"]}},"#,
        r#""meta":{},"signature_bytes":2,"unknown":[]}"#,
        "\n"
    );
    assert_eq!(inspect(&token, &["--format", "json"]), expected);
    // Parts that could be used as a credential are shown only on request.
    let shown = inspect(&token, &["--format", "json", "--show-signature"]);
    assert_eq!(shown, expected.replace("}\n", ",\"signature\":\"abcd\"}\n"));
}

#[test]
fn json_is_that_of_the_library_and_whole() {
    for token in [
        sample(),
        large(),
        TestToken::new(ISSUED, 15).resource_kind("foo", 1).meta("nested", [[1]]),
    ] {
        let library =
            serde_json::to_string(&UnverifiedToken::parse(&token.to_text()).unwrap()).unwrap();
        assert_eq!(inspect(&token, &["--format", "json"]), format!("{library}\n"));
    }
}
