//! From report-only to enforcement: the service follows a reading that the gateway does not know,
//! and its answers suffice to learn it.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use pubnub_access::gateway::{HttpRequest, Precheck};
use pubnub_access::mint::TestToken;
use pubnub_access::{Doubt, GroupNames, Permission, Policy, Precedence};

use crate::client::send;
use crate::process::Gateway;
use crate::support::*;
use crate::upstream::Upstream;

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Requests that the readings disagree on, and some that they do not.
fn requests() -> Vec<String> {
    let token = TestToken::new(now() - 5, 60)
        .signature(&[7; 32])
        .channel("hush-both", Permission::Read)
        .channel_pattern("^hush-b.*$", Permission::Write)
        .channel_pattern("^hush-bo.*$", Permission::Join)
        .group_pattern("^hush-plain$", Permission::Read)
        .group_pattern("^:hush-colon$", Permission::Read)
        .channel("hush", Permission::Write);
    let auth = format!("uuid=hush-alice&auth={}", token.to_text().replace('=', "%3D"));
    let publish = |channel: &str| format!("/publish/p/s/0/{channel}/0/1?{auth}");
    let listen = |group: &str| format!("/v2/subscribe/s/,/0?channel-group={group}&{auth}");
    vec![
        publish("hush"),
        publish("hush-both"),
        publish("hush-bar"),
        publish("hush-bone"),
        publish("hush-elsewhere"),
        listen("hush-plain"),
        listen("hush-colon"),
        listen("hush-elsewhere"),
        "/time/0".to_owned(),
    ]
}

#[test]
#[ignore = "needs the command line, at PUBNUB_ACCESS_CLI"]
fn report_only_leads_to_enforcement_without_a_wrong_answer() {
    let cli = std::env::var("PUBNUB_ACCESS_CLI").expect("PUBNUB_ACCESS_CLI names the command line");
    for precedence in [Precedence::Union, Precedence::ExplicitElseAny, Precedence::ExplicitElseAll]
    {
        for group_names in [GroupNames::Plain, GroupNames::Colon] {
            learn_and_enforce(&cli, precedence, group_names);
        }
    }
}

fn learn_and_enforce(cli: &str, precedence: Precedence, group_names: GroupNames) {
    let hidden =
        Policy::new().precedence(precedence).group_names(group_names).doubt(Doubt::Granted);
    let allows = move |target: &str| {
        let outcome = Precheck::new(hidden).check(&HttpRequest::new("GET", target), now());
        outcome.is_forwarded()
    };
    let upstream = Upstream::deciding(move |arrived| {
        allows(arrived.first.split(' ').nth(1).unwrap_or_default())
    });
    let directory = Directory::new();
    let file = directory.file("observations.jsonl");

    // Report only: every request is forwarded, whatever the decision.
    let reporting = Gateway::proxy(upstream.address, &["--enforce", "nothing", "--learn", &file]);
    for target in requests() {
        let answer = send(reporting.address(), "GET", &target, &[]);
        assert_eq!(answer.status, if allows(&target) { 200 } else { 403 });
    }
    assert_eq!(upstream.arrived().len(), requests().len());
    let answers =
        |labels: &[&str]| reporting.metric("pubnub_access_upstream_answers_total", labels);
    assert_eq!(answers(&["agreement=\"disagrees\""]), 0);
    assert!(answers(&["agreement=\"undecided\"", "verdict=\"indeterminate\""]) >= 3);
    assert!(answers(&["agreement=\"agrees\""]) >= 4);
    let noted = || reporting.metric("pubnub_access_observations_total", &["noted"]);
    // A request for the time has no token.
    eventually("the last one", || noted() == requests().len() as u64 - 1);
    let lines = || std::fs::read_to_string(&file).unwrap();
    eventually("the observations", || lines().lines().count() as u64 == noted());
    eventually("the log", || reporting.output().contains("request would be turned away"));
    // The recorded tokens are useless: they differ from the genuine ones.
    for target in requests() {
        let auth = target.split("auth=").nth(1).unwrap_or("/time/0").replace("%3D", "=");
        assert!(!lines().contains(&auth));
    }

    // The answers lead to a policy.
    let learned = Command::new(cli).args(["learn", &file, "--format", "json"]).output().unwrap();
    assert!(learned.status.success(), "{}", String::from_utf8_lossy(&learned.stderr));
    let learned: serde_json::Value = serde_json::from_slice(&learned.stdout).unwrap();
    let flags: Vec<String> = serde_json::from_value(learned["flags"].clone()).unwrap();
    assert!(learned["contradictions"].as_array().unwrap().is_empty(), "{learned}");
    assert!(flags.join(" ").contains(precedence.name()), "{flags:?} {precedence:?}");
    assert!(flags.join(" ").contains(group_names.name()), "{flags:?} {group_names:?}");

    // With it, the gateway alone decides as the service does.
    let mut arguments = vec!["--enforce", "permissions"];
    arguments.extend(flags.iter().flat_map(|flag| flag.split([' ', '='])));
    let enforcing = Gateway::proxy(upstream.address, &arguments);
    upstream.arrived();
    for target in requests() {
        let answer = send(enforcing.address(), "GET", &target, &[]);
        assert_eq!(answer.status == 200, allows(&target), "{target}");
        assert_eq!(upstream.arrived().len(), usize::from(allows(&target)), "{target}");
    }
}
