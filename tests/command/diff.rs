//! `diff`: what it prints, where its tokens come from, and its exit statuses.

use pubnub_access::UnverifiedToken;
use pubnub_access::audit::diff;
use pubnub_access::mint::TestToken;

use crate::support::{ISSUED, assert_error, mask, run, run_with_input, sample};

fn pair() -> (String, String) {
    let old = TestToken::new(ISSUED, 15)
        .authorized_user("alice")
        .channel("a", mask(1))
        .channel("b", mask(3));
    let new = TestToken::new(ISSUED + 600, 15)
        .authorized_user("bob")
        .channel("b", mask(1))
        .channel("c\n", mask(1));
    (old.to_text(), new.channel("a", mask(3)).channel_pattern("^r.*$", mask(1)).to_text())
}

#[test]
fn the_text_shows_gains_and_losses() {
    let expected = "\
Expires
  old  2023-11-14T22:28:20Z
  new  2023-11-14T22:38:20Z

Authorized user
  old  alice
  new  bob

Named channels
  a
    write gained: deny -> allow
  b
    write lost: allow -> deny

Patterns for channels (in doubt: others may match the same names)
  ^r.*$
    not there -> read
";
    let (old, new) = pair();
    let output = run(&["diff", &old, &new]);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str(), output.status), (expected, "", 1));
}

/// Each kind has one heading, with all of its names and patterns.
#[test]
fn names_and_patterns_stand_under_their_kinds() {
    let new = TestToken::new(ISSUED, 15)
        .channel("a", mask(1))
        .channel("b", mask(1))
        .group("g", mask(1))
        .group("h", mask(1))
        .channel_pattern("^x$", mask(1))
        .channel_pattern("^y$", mask(1))
        .group_pattern("^z$", mask(1));
    let output = run(&["diff", &TestToken::new(ISSUED, 15).to_text(), &new.to_text()]);
    let outline: Vec<&str> = output
        .stdout
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("    "))
        .skip_while(|line| !line.starts_with("Named"))
        .collect();
    let expected = [
        "Named channels",
        "  a",
        "  b",
        "Named groups",
        "  g",
        "  h",
        "Patterns for channels (in doubt: others may match the same names)",
        "  ^x$",
        "  ^y$",
        "Patterns for groups (in doubt: others may match the same names)",
        "  ^z$",
    ];
    assert_eq!(outline, expected, "{}", output.stdout);
}

#[test]
fn a_refresh_is_not_a_difference() {
    let token =
        |issued| TestToken::new(issued, 15).channel("a", mask(1)).channel("b", mask(2)).to_text();
    let output = run(&["diff", &token(ISSUED), &token(ISSUED + 600)]);
    assert_eq!(output.status, 0);
    assert!(
        output
            .stdout
            .ends_with("\n\nno difference in what the tokens allow while both are valid\n")
    );
}

#[test]
fn one_token_can_come_from_standard_input() {
    let (old, new) = pair();
    let expected = run(&["diff", &old, &new]);
    assert_eq!(run_with_input(&["diff", "-", &new], old.clone()), expected);
    assert_eq!(run_with_input(&["diff", &old, "-"], new), expected);
    assert_error(&run(&["diff", "-", "-"]), "standard input can be one of the tokens, not both");
}

#[test]
fn the_error_says_which_token_does_not_decode() {
    let good = sample().to_text();
    for (args, name) in [(["diff", "qE", &good], "OLD"), (["diff", &good, "qE"], "NEW")] {
        let output = run(&args);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert!(
            output.stderr.starts_with(&format!("error: {name}: cannot decode the token: ")),
            "{}",
            output.stderr
        );
        assert!(!output.stderr.contains(&good));
    }
    assert_eq!(run(&["diff", &good]).status, 2);
}

#[test]
fn json_is_that_of_the_library() {
    let (old, new) = pair();
    let output = run(&["diff", &old, &new, "--format", "json"]);
    let [one, other] = [&old, &new].map(|text| UnverifiedToken::parse(text).unwrap());
    assert_eq!(output.stdout, format!("{}\n", serde_json::to_string(&diff(&one, &other)).unwrap()));
    let expected = concat!(
        r#"{"different":true,"expires_at":{"old":1700000900,"new":1700001500},"#,
        r#""authorized_uuid":{"old":"alice","new":"bob"},"categories":[],"names":[{"kind":"channel","name":"a","#,
        r#""permissions":{"write":{"old":"deny","new":"allow","readings_gained":12,"readings_lost":0,"certain":true}}},"#,
        r#"{"kind":"channel","name":"b","permissions":{"write":{"old":"allow","new":"deny","readings_gained":0,"#,
        r#""readings_lost":12,"certain":true}}}],"patterns":[{"kind":"channel","pattern":"^r.*$","old":null,"#,
        r#""new":["read"],"affects":["read"]}],"projections":[],"unchecked":[]}"#,
        "\n"
    );
    assert_eq!((output.stdout.as_str(), output.status), (expected, 1));
}
