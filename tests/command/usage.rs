//! Help, wrong usage, colours, generated files, and closed outputs.

use std::io::{Read, Write};
use std::process::Stdio;

use pubnub_access::Operation;

use crate::support::{
    VALID, command, finish, large, run, run_with_input, run_with_variable, sample,
};

const COMMANDS: [&str; 12] = [
    "inspect",
    "check",
    "request",
    "learn",
    "operations",
    "lint",
    "diff",
    "reach",
    "redact",
    "grant",
    "completions",
    "man",
];

const POLICY_FLAGS: [&str; 6] = [
    "--precedence",
    "--group-names",
    "--doubt",
    "--get-all-user-metadata",
    "--get-all-channel-metadata",
    "--clock-tolerance",
];

#[test]
fn help_and_version_are_success() {
    for args in [&["--help"][..], &["-h"], &["help"], &["--version"], &["-V"]] {
        let output = run(args);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{args:?}");
        assert!(output.stdout.contains("pubnub-access"), "{args:?}");
    }
    for name in COMMANDS {
        let output = run(&[name, "--help"]);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{name}");
        assert!(output.stdout.contains(&format!("Usage: pubnub-access {name}")), "{name}");
    }
    assert_eq!(run(&["-V"]).stdout, format!("pubnub-access {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_explains_commands_statuses_and_policy_flags() {
    let general = run(&["--help"]).stdout;
    for name in COMMANDS {
        assert!(general.contains(&format!("\n  {name} ")), "{name}");
    }
    let check = run(&["check", "--help"]).stdout;
    for help in [&general, &check] {
        for status in
            ["  0  allow", "  1  deny", "  2  wrong usage", "  3  indeterminate", "Example"]
        {
            assert!(help.contains(status), "{status}");
        }
    }
    for help in [general, check.clone(), run(&["inspect", "--help"]).stdout] {
        assert!(help.contains("NOT verified"));
    }
    for flag in POLICY_FLAGS {
        assert!(check.contains(&format!("\n      {flag} <")), "{flag}");
    }
}

#[test]
fn wrong_usage_is_status_2_and_says_what_is_wrong() {
    let cases: [(&[&str], &str); 12] = [
        (&[], "Explains what a PubNub Access Manager v3 token allows"),
        (&["inspct"], "error: unrecognized subcommand 'inspct'"),
        (&["inspect", "--bogus"], "error: unexpected argument '--bogus' found"),
        (&["inspect", "a", "b"], "error: unexpected argument 'b' found"),
        (&["inspect", "--format", "xml"], "error: invalid value 'xml' for '--format <FORMAT>'"),
        (&["inspect", "--color", "some"], "error: invalid value 'some' for '--color <WHEN>'"),
        (
            &["check"],
            "error: the following required arguments were not provided:\n  --operation <ID>",
        ),
        (&["check", "--batch", "a"], "error: the argument '--batch' cannot be used with '[TOKEN]'"),
        (
            &["check", "--batch", "--operation", "publish"],
            "error: the argument '--batch' cannot be used with '--operation <ID>'",
        ),
        (
            &["check", "a", "--token", "a", "--operation", "publish"],
            "error: the argument '[TOKEN]' cannot be used with '--token <TOKEN>'",
        ),
        (&["check", "--doubt", "yes"], "error: invalid value 'yes' for '--doubt <HOW>'"),
        (&["completions", "tcsh"], "error: invalid value 'tcsh' for '<SHELL>'"),
    ];
    for (args, message) in cases {
        let output = run(args);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{args:?}");
        assert!(output.stderr.starts_with(message), "{args:?}: {}", output.stderr);
    }
}

#[test]
fn no_message_repeats_the_token() {
    let token = sample().to_text();
    let assigned = format!("--token={token}");
    let dashed = format!("-{token}");
    let flag = format!("--{token}");
    let cases: [&[&str]; 12] = [
        &[&token],
        &["inspect", &token, &token],
        &["inspect", "--format", &token],
        &["inspect", &assigned],
        &["inspect", &dashed],
        &["inspect", &flag],
        &["check", "--operation", &token],
        &["check", &token, "--operation", "publish", "--at", &token],
        &["check", &token, "--operation", "publish", "--precedence", &token],
        &["check", &token, "--batch"],
        &["completions", &token],
        &["check", &token],
    ];
    for args in cases {
        let output = run(args);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{args:?}");
        assert!(!output.stderr.contains(token.trim_end_matches('=')), "{}", output.stderr);
    }
    for args in [&["--help"][..], &["inspect", "--help"], &["inspect"]] {
        let output = run_with_variable(args, "PUBNUB_TOKEN", &token);
        assert_eq!(output.status, 0);
        assert!(!output.stdout.contains(&token));
    }
}

#[test]
fn the_operations_are_those_of_the_library() {
    let human = run(&["operations"]);
    assert_eq!((human.status, human.stderr.as_str()), (0, ""));
    let json = run(&["operations", "--format", "json"]);
    assert_eq!((json.status, json.stderr.as_str()), (0, ""));
    let table: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let rows = table["operations"].as_array().unwrap();
    assert_eq!(rows.len(), Operation::ALL.len());
    for (operation, row) in Operation::ALL.iter().copied().zip(rows) {
        assert_eq!(row["id"], operation.id());
        assert_eq!(row["area"], operation.area());
        assert_eq!(row["needs"], operation.requirements().to_string());
        let line = format!("  {:28}  {}\n", operation.id(), operation.requirements());
        assert!(human.stdout.contains(&line), "{line}");
    }
}

#[test]
fn a_row_of_the_operations_has_this_shape() {
    let json = run(&["operations", "--format", "json"]).stdout;
    let resource = |kind, permission, inferred| {
        format!(
            "{{\"kind\":\"{kind}\",\"permission\":{permission},\"many\":true,\"inferred\":{inferred},\
             \"optional\":false,\"projections\":\"none\"}}"
        )
    };
    let item = |permission, optional, projections| {
        format!(
            "{{\"kind\":\"entity\",\"permission\":\"{permission}\",\"many\":false,\"inferred\":false,\
             \"optional\":{optional},\"projections\":\"{projections}\"}}"
        )
    };
    let row = |id, area, decided_by, resources: &[String], get_all, needs| {
        let resources = resources.join(",");
        format!(
            "{{\"id\":\"{id}\",\"area\":\"{area}\",\"decided_by\":\"{decided_by}\",\"resources\":[{resources}],\
             \"get_all\":{get_all},\"needs\":\"{needs}\"}}"
        )
    };
    let here = [resource("channel", "\"read\"", false), resource("group", "\"read\"", true)];
    let users = "keyset flag, or category uuids: get";
    for row in [
        row(
            "here-now",
            "presence",
            "resources",
            &here,
            "null",
            "each channel: read; each group: read (inferred)",
        ),
        row(
            "where-now",
            "presence",
            "resources",
            &[resource("uuid", "null", false)],
            "null",
            "nothing (may name uuids)",
        ),
        row("list-groups", "channel groups", "unknown", &[], "null", "unknown"),
        row("get-all-user-metadata", "app context", "keyset_flag", &[], "\"uuid\"", users),
        row("datasync-list-memberships", "datasync", "valid_token", &[], "null", "a valid token"),
        row(
            "datasync-create-entity",
            "datasync",
            "resources",
            &[item("create", true, "restrict")],
            "null",
            "entity: create (a projection may refuse it); unknown without an id",
        ),
        row(
            "datasync-get-entity",
            "datasync",
            "resources",
            &[item("get", false, "hide")],
            "null",
            "entity: get (a projection may hide it)",
        ),
    ] {
        assert!(json.contains(&row), "{row}");
    }
}

#[test]
fn completions_know_commands_flags_and_operations() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell]);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{shell}");
        for word in COMMANDS.iter().chain(&["group-names"]) {
            assert!(output.stdout.contains(word), "{shell}: {word}");
        }
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&["completions", shell]).stdout.contains("here-now"), "{shell}");
    }
}

#[test]
fn the_man_page_is_complete() {
    let output = run(&["man"]);
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    let page = output.stdout.replace("\\-", "-");
    assert!(page.contains(".TH pubnub-access 1"));
    for section in [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "COMMANDS",
        "\"EXIT STATUS\"",
        "ENVIRONMENT",
        "EXAMPLES",
    ] {
        assert_eq!(page.matches(&format!(".SH {section}\n")).count(), 1, "{section}");
    }
    for name in COMMANDS {
        let section = page.split_once(&format!(".SS {name}\n")).expect(name).1;
        let section = section.split("\n.S").next().unwrap_or_default();
        assert!(section.contains("Exit status:\n"), "{name}: {section}");
    }
    let options = [
        "--all",
        "--at",
        "--operation",
        "--channel",
        "--group",
        "--uuid",
        "--user-id",
        "--entity",
        "--batch",
        "--format",
    ];
    for option in options.iter().chain(&POLICY_FLAGS).chain(&["--color"]) {
        assert!(page.contains(option), "{option}");
    }
}

const COLORED_VERDICT: &str =
    "\u{1b}[1m\u{1b}[32mALLOW\u{1b}[0m: channel room-1 grants read and write\n";
const PLAIN_VERDICT: &str = "ALLOW: channel room-1 grants read and write\n";

fn allowed<'a>(token: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = [
        "check",
        token,
        "--operation",
        "publish",
        "--channel",
        "room-1",
        "--user-id",
        "alice",
        "--at",
        VALID,
    ];
    [&args, more].concat()
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let token = sample().to_text();
    let verdict = |output: crate::support::Output| {
        output.stdout.lines().next().map(|line| format!("{line}\n"))
    };
    assert_eq!(verdict(run(&allowed(&token, &[]))).unwrap(), PLAIN_VERDICT);
    assert_eq!(verdict(run(&allowed(&token, &["--color", "never"]))).unwrap(), PLAIN_VERDICT);
    assert_eq!(verdict(run(&allowed(&token, &["--color", "always"]))).unwrap(), COLORED_VERDICT);
    let no_color = run_with_variable(&allowed(&token, &[]), "NO_COLOR", "1");
    assert_eq!(verdict(no_color).unwrap(), PLAIN_VERDICT);
    let json = run(&allowed(&token, &["--color", "always", "--format", "json"]));
    assert!(!json.stdout.contains('\u{1b}'));
    let errors = run(&["inspect", "", "--color", "always"]);
    assert!(
        errors.stderr.starts_with("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m cannot decode the token"),
        "{errors:?}"
    );
}

/// `script` gives the binary a terminal. Without a suitable `script`, the test checks nothing.
#[test]
#[cfg(target_os = "linux")]
fn no_color_holds_on_a_terminal() {
    let token = sample().to_text();
    let line = allowed(&token, &[]).join(" ");
    let line = format!("{} {line}", env!("CARGO_BIN_EXE_pubnub-access"));
    let on_terminal = |no_color: bool| {
        let mut script = std::process::Command::new("script");
        script
            .args(["-qec", &line, "/dev/null"])
            .stdin(Stdio::null())
            .env("TERM", "xterm")
            .env_remove("NO_COLOR");
        if no_color {
            script.env("NO_COLOR", "1");
        }
        script.output().ok().filter(|output| output.status.success()).map(|output| output.stdout)
    };
    if let (Some(colored), Some(plain)) = (on_terminal(false), on_terminal(true)) {
        assert!(colored.starts_with(COLORED_VERDICT.trim_end().as_bytes()));
        assert!(plain.starts_with(PLAIN_VERDICT.trim_end().as_bytes()));
    }
}

#[test]
fn a_closed_pipe_ends_quietly_and_keeps_the_verdict() {
    let token = large().to_text();
    let denied = ["check", &token, "--operation", "publish", "--channel", "room-1", "--at", VALID];
    for (args, status) in [
        (&["inspect", &token, "--all"][..], 0),
        (&["inspect", &token, "--format", "json"], 0),
        (&denied, 1),
        (&["operations"], 0),
        (&["man"], 0),
    ] {
        let mut child = command(args).spawn().unwrap();
        drop(child.stdout.take());
        let output = finish(child);
        assert_eq!((output.status, output.stderr.as_str()), (status, ""), "{args:?}");
    }
}

#[test]
fn a_batch_without_a_reader_ends_although_its_input_does_not() {
    let mut child = command(&["check", "--batch"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdin.write_all(b"{}\n").unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    while stdin.write_all(b"{}\n").is_ok() {}
    let output = finish(child);
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let token = sample().to_text();
    let message = "error: cannot write to standard output: No space left on device (os error 28)\n";
    for args in [&["inspect", &token][..], &["operations"], &["man"]] {
        let output = finish(command(args).stdout(full()).spawn().unwrap());
        assert_eq!((output.status, output.stderr.as_str()), (2, message), "{args:?}");
    }
    let mut batch =
        command(&["check", "--batch"]).stdin(Stdio::piped()).stdout(full()).spawn().unwrap();
    batch.stdin.take().unwrap().write_all(b"{}\n").unwrap();
    let output = finish(batch);
    assert_eq!((output.status, output.stderr.as_str()), (2, message));
}

#[test]
fn an_input_that_cannot_be_read_is_an_error() {
    for args in [&["inspect", "-"][..], &["check", "--batch"], &["learn"]] {
        let directory = std::fs::File::open(env!("CARGO_MANIFEST_DIR")).unwrap();
        let output = finish(command(args).stdin(directory).spawn().unwrap());
        assert_eq!(output.status, 2);
        assert!(
            output.stderr.starts_with("error: cannot read standard input: "),
            "{}",
            output.stderr
        );
    }
    assert_eq!(run_with_input(&["check", "--batch"], "").status, 0);
}
