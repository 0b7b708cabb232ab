//! Runs the binary, and makes tokens for it.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::thread;

use pubnub_access::mint::TestToken;
use pubnub_access::{Permission, Permissions, ResourceKind};

/// The time of issue of the tokens, in Unix seconds: 2023-11-14T22:13:20Z.
pub const ISSUED: u64 = 1_700_000_000;
/// A time at which they are valid: a minute later.
pub const VALID: &str = "1700000060";

/// The output of a run of the binary.
#[derive(Debug, PartialEq)]
pub struct Output {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The binary, with no environment variable that changes its behaviour.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pubnub-access"));
    command.args(args);
    for variable in ["PUBNUB_TOKEN", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn run(args: &[&str]) -> Output {
    finish(command(args).spawn().unwrap())
}

pub fn run_with_input(args: &[&str], input: impl Into<Vec<u8>>) -> Output {
    let mut child = command(args).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.into();
    // The binary need not read everything.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = finish(child);
    writer.join().unwrap();
    output
}

pub fn run_with_variable(args: &[&str], name: &str, value: &str) -> Output {
    finish(command(args).env(name, value).spawn().unwrap())
}

pub fn finish(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    Output {
        status: output.status.code().expect("an exit status, not a signal"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Asserts that a run failed with one line on standard error.
#[track_caller]
pub fn assert_error(output: &Output, line: &str) {
    assert_eq!(
        (output.status, output.stderr.as_str(), output.stdout.as_str()),
        (2, &*format!("error: {line}\n"), "")
    );
}

pub fn mask(mask: u8) -> Permissions {
    Permissions::from_mask(mask)
}

/// A token with every kind of content.
pub fn sample() -> TestToken {
    TestToken::new(ISSUED, 15)
        .authorized_user("alice")
        .channel("room-1", mask(3))
        .channel("room-1-pnpres", Permission::Read)
        .group("sports", Permission::Read)
        .uuid("alice", mask(96))
        .channel_pattern("^chat-[0-9]+$", mask(1))
        .channel_pattern("lobby", mask(3))
        .category(ResourceKind::Channel, Permission::Get)
        .meta("tier", "gold")
        .padding(false)
}

/// A token of 950 entries.
pub fn large() -> TestToken {
    (1..=950).fold(TestToken::new(ISSUED, 15), |token, number| {
        token.channel(&format!("room-{number}"), mask(1))
    })
}
