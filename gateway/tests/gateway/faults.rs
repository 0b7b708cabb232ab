//! The gateway's behaviour if something else fails.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::client::send;
use crate::process::{Gateway, PROGRAM};
use crate::support::*;
use crate::upstream::{SENT, Upstream};

#[test]
fn a_full_disk_stops_nothing() {
    let upstream = Upstream::start();
    let gateway = Gateway::with_full_disk(upstream.address, &["--learn", "/dev/full"]);
    for _ in 0..50 {
        assert_eq!(send(gateway.address(), "GET", &publish("hush"), &[]).text(), SENT);
        assert_eq!(send(gateway.address(), "GET", &publish("hush-elsewhere"), &[]).status, 403);
    }
    eventually("the lost lines", || gateway.metric("pubnub_access_log_lines_lost_total", &[]) > 50);
    let observations = |result: &str| gateway.metric("pubnub_access_observations_total", &[result]);
    eventually("the lost observations", || observations("failed") == 30);
    assert_eq!(observations("noted"), 0);
}

#[test]
fn a_gateway_without_its_deny_list_starts_only_where_it_may_fail_open() {
    let directory = Directory::new();
    let list = directory.file("list");
    let run = Command::new(PROGRAM)
        .args(["--listen", "127.0.0.1:0", "--deny-list", &list])
        .output()
        .unwrap();
    let error = String::from_utf8(run.stderr).unwrap();
    assert!(run.status.code() == Some(2) && error.contains("deny-list: "), "{error}");
    let arguments = ["--deny-list", &list, "--failure-mode", "open", "--reload-interval", "0.05"];
    let gateway = Gateway::auth(&arguments);
    assert_eq!(gateway.metric("pubnub_access_deny_list_broken", &[]), 1);
    directory.write("list", "# none\n");
    eventually("the list", || gateway.metric("pubnub_access_deny_list_broken", &[]) == 0);
}

#[test]
fn a_deny_list_that_is_not_a_file_is_refused() {
    let directory = Directory::new();
    let pipe = directory.file("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let empty = directory.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let empty = empty.to_str().unwrap();
    for (path, expected) in
        [(pipe.as_str(), "neither a file nor a directory"), (empty, "it has no files")]
    {
        let run = Command::new(PROGRAM).args(["--check-config", "--deny-list", path]).output();
        let run = run.unwrap();
        let error = String::from_utf8(run.stderr).unwrap();
        assert!(run.status.code() == Some(2) && error.contains(expected), "{error}");
    }
}

#[test]
fn an_upstream_that_is_silent_in_its_handshake_takes_no_connection() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = format!("https://{}", silent.local_addr().unwrap());
    let arguments = ["--proxy", "127.0.0.1:0", "--upstream", &upstream, "--connect-timeout", "0.5"];
    let gateway = Gateway::start(&arguments, true);
    let start = Instant::now();
    let answer = send(gateway.address(), "GET", &publish("hush"), &[]);
    assert_eq!((answer.status, answer.text()), (504, "the upstream takes no connection\n"));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn the_limit_of_open_files_is_raised_and_logged() {
    let upstream = Upstream::start();
    let gateway = Gateway::with_open_files(100, 1000, upstream.address);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", gateway.id())).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(files.split_whitespace().nth(3), Some("1000"), "{files}");
    let warning = "too few open files are allowed: see `ulimit -n` limit=1000 wanted=16448";
    eventually("the warning", || gateway.output().contains(warning));
}
