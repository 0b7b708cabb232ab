//! What the gateway does where something else fails.

use crate::client::send;
use crate::process::Gateway;
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
}

#[test]
fn a_gateway_without_its_deny_list_starts_only_where_it_may_fail_open() {
    let directory = Directory::new();
    let list = directory.file("list");
    let run = std::process::Command::new(crate::process::PROGRAM)
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
