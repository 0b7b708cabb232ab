//! Sources of the token, and hints about other input.

use crate::support::{assert_error, run, run_with_input, run_with_variable, sample};
#[cfg(unix)]
use crate::support::{command, finish};

const NO_TOKEN: &str = "no token: give it as an argument, as a file, as - for standard input, or in the variable PUBNUB_TOKEN";

#[test]
fn a_token_comes_from_an_argument_standard_input_or_the_environment() {
    let token = sample().to_text();
    let given = run(&["inspect", &token, "--format", "json"]);
    assert_eq!(given.status, 0);
    let args = ["inspect", "-", "--format", "json"];
    for input in [token.clone(), format!("{token}\n"), format!(" \t\r\n{token}\r\n\n")] {
        assert_eq!(run_with_input(&args, input.clone()), given);
        assert_eq!(
            run_with_variable(&["inspect", "--format", "json"], "PUBNUB_TOKEN", &input),
            given
        );
    }
}

#[test]
fn an_argument_counts_before_the_environment_and_is_taken_as_it_is() {
    let token = sample().to_text();
    assert_eq!(run_with_variable(&["inspect", &token], "PUBNUB_TOKEN", "junk").status, 0);
    let spaced = format!("{token} ");
    let line = format!(
        "cannot decode the token: character {} of the text is a space: expected base64url, without white space. \
         Hint: there is white space around the token",
        token.len()
    );
    assert_error(&run(&["inspect", &spaced]), &line);
}

#[test]
fn no_token_is_an_error() {
    assert_error(&run(&["inspect"]), NO_TOKEN);
    assert_error(&run(&["check", "--operation", "time"]), NO_TOKEN);
    let empty = "cannot decode the token: the token is empty: expected base64url of a CBOR map";
    assert_error(&run(&["inspect", ""]), empty);
    assert_error(&run_with_input(&["inspect", "-"], "\n"), empty);
    assert_error(&run_with_variable(&["inspect"], "PUBNUB_TOKEN", " "), empty);
}

const CHARACTER: &str = "expected base64url (A-Z a-z 0-9 - _)";
const PADDING: &str = "expected padding to a multiple of 4, or none";
const URL: &str = "this is a URL or a query string: give the value of its `auth` parameter, percent-decoded, or all of it to `request`";
const KEY: &str = "this does not begin like a token; if it is an auth key of Access Manager v2, nothing can be read from it";
const VALUE: &str = "give the value alone, without what is before the `=`, and percent-decoded";
const QUOTES: &str = "leave out the quotes around the token";
const SHORTENED: &str = "the token is shortened: copy the whole of it";
const ESCAPED: &str = "this is percent-encoded (`%3D` stands for `=`): decode it first";

#[test]
fn recognised_mistakes_have_a_hint() {
    let token = sample().to_text();
    let end = token.len();
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    let cases = [
        (jwt.into(), 20, '.', "this is a JWT, and not a token of PubNub's Access Manager"),
        (format!("https://ps.pndsn.com/time/0?auth={token}"), 5, ':', URL),
        (format!("/time/0?uuid=a&auth={token}"), 7, '?', URL),
        (format!("uuid=a&auth={token}"), 6, '&', URL),
        (format!("{token}%3D"), end, '%', ESCAPED),
        (format!("\"{token}\""), 0, '"', QUOTES),
        (format!("'{token}'"), 0, '\'', QUOTES),
        (
            format!("Authorization: {token}"),
            13,
            ':',
            "give the token alone, without the header's name",
        ),
        (
            format!("{{\"token\":\"{token}\"}}"),
            0,
            '{',
            "this is JSON: give the value of its `token` alone",
        ),
        (format!("{}...", &token[..20]), 20, '.', SHORTENED),
        (format!("{}\u{2026}{}", &token[..20], &token[250..]), 20, '\u{2026}', SHORTENED),
        ("v2.auth.key".into(), 2, '.', KEY),
        ("junk!&?".into(), 4, '!', KEY),
    ];
    for (text, at, character, hint) in cases {
        let line = format!(
            "cannot decode the token: character {at} of the text is {character:?}: {CHARACTER}. Hint: {hint}"
        );
        assert_error(&run(&["inspect", &text]), &line);
    }
}

#[test]
fn other_faults_are_reported_in_one_line() {
    let token = sample().to_text();
    let wrapped = "the token is broken by white space, as when it is copied over several lines: join the parts";
    let cases = [
        (
            "not a token".into(),
            String::from("character 3 of the text is a space: expected base64url, without white space"),
        ),
        (
            format!("{}\n{}", &token[..40], &token[40..]),
            format!("character 40 of the text is '\\n': {CHARACTER}. Hint: {wrapped}"),
        ),
        (
            format!("Bearer {token}"),
            "character 6 of the text is a space: expected base64url, without white space. Hint: leave out `Bearer `"
                .into(),
        ),
        ("auth=abc".into(), format!("character 4 of the text is a misplaced `=`: {PADDING}. Hint: {VALUE}")),
        (
            "my-auth-key".into(),
            format!("character 10 of the text ends in bits that belong to no byte: expected zeros. Hint: {KEY}"),
        ),
        (
            "sec-c-MTIz".into(),
            "character 9 of the text ends in bits that belong to no byte: expected zeros. \
             Hint: this is a secret key: it allows everything, and belongs on servers only"
                .into(),
        ),
        (
            "sub-c-MTIx".into(),
            "character 9 of the text ends in bits that belong to no byte: expected zeros. \
             Hint: this is a key of the keyset, and not a token"
                .into(),
        ),
        ("A".repeat(40_000), "the token's text is longer than the limit of 32768 bytes".into()),
    ];
    for (text, line) in cases {
        assert_error(&run(&["inspect", &text]), &format!("cannot decode the token: {line}"));
    }
}

#[test]
fn a_truncated_token_has_the_hint_that_it_is_cut_off() {
    let token = sample().to_text();
    for len in (4..token.len() - 2).step_by(7) {
        let output = run(&["inspect", &token[..len]]);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        let line = output.stderr.strip_suffix('\n').unwrap();
        assert!(
            line.starts_with("error: cannot decode the token: ") && !line.contains('\n'),
            "{len}: {line}"
        );
        assert!(
            line.ends_with(". Hint: the token looks cut off: copy the whole of it"),
            "{len}: {line}"
        );
    }
}

#[test]
fn an_input_of_any_size_is_refused_in_one_line() {
    let too_long =
        "cannot decode the token: the token's text is longer than the limit of 32768 bytes";
    assert_error(&run_with_input(&["inspect", "-"], vec![b'A'; 1_000_000]), too_long);
    // Each character has 3 bytes, so that every limit on reading falls inside of one.
    assert_error(&run_with_input(&["inspect", "-"], "\u{20ac}".repeat(300_000)), too_long);
}

#[test]
#[cfg(unix)]
fn input_that_is_not_utf8_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    assert_error(
        &run_with_input(&["inspect", "-"], b"\xff"),
        "standard input is not UTF-8 text, and a token is",
    );
    let invalid = OsStr::from_bytes(b"\xff");
    let variable = finish(command(&["inspect"]).env("PUBNUB_TOKEN", invalid).spawn().unwrap());
    assert_error(&variable, "the variable PUBNUB_TOKEN is not UTF-8 text, and a token is");
    let argument = finish(command(&["inspect"]).arg(invalid).spawn().unwrap());
    assert_eq!(argument.status, 2);
    assert!(argument.stderr.starts_with("error: invalid UTF-8"), "{}", argument.stderr);
}
