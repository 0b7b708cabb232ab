//! Settings and deny lists that change, or break, while requests are under way.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pubnub_access::UnverifiedToken;
use pubnub_access::revocation::Fingerprint;

use crate::client::send;
use crate::process::{Gateway, PROGRAM};
use crate::support::*;
use crate::upstream::Upstream;

/// A token, its line in a deny list, and a target that it allows.
fn revocable() -> (String, String) {
    let text = token().to_text();
    let token = UnverifiedToken::parse(&text).unwrap();
    let line = format!("{} {}\n", Fingerprint::of(&token), token.expires_at());
    let auth = text.replace('=', "%3D");
    (line, format!("/publish/p/s/0/hush/0/1?uuid=hush-alice&auth={auth}"))
}

/// A line about a token that nobody has.
fn another_line(number: u32) -> String {
    format!("{number:032x} 4102444800\n")
}

#[test]
fn a_broken_deny_list_takes_no_revocation_away() {
    let (line, target) = revocable();
    let directory = Directory::new();
    let list = directory.write("list", "# none\n");
    let gateway = Gateway::auth(&["--deny-list", &list, "--reload-interval", "0.05"]);
    let status = || ask(gateway.auth, "nginx", "GET", &target).status;
    let broken = || gateway.metric("pubnub_access_deny_list_broken", &[]);
    assert_eq!((status(), broken()), (200, 0));

    let start = Instant::now();
    directory.write("list", &line);
    eventually("the revocation", || status() == 403);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());

    for (name, content) in [
        ("rubbish", Some("hush\x00hush\n".to_owned())),
        ("bytes", Some("\u{feff}\u{fffd}\n".to_owned())),
        ("empty", Some(String::new())),
        ("white space", Some("\n\n".to_owned())),
        ("half a line", Some(line[..40].to_owned())),
        ("no end of the line", Some(line.trim_end().to_owned())),
        ("deleted", None),
    ] {
        match &content {
            Some(content) => drop(directory.write("list", content)),
            None => fs::remove_file(&list).unwrap(),
        }
        eventually(name, || broken() == 1);
        thread::sleep(Duration::from_millis(200));
        assert_eq!(status(), 403, "{name}");
        directory.write("list", &format!("# after: {name}\n{line}"));
        eventually(name, || broken() == 0);
        assert_eq!(status(), 403, "{name}");
    }
    assert!(gateway.metric("pubnub_access_reloads_total", &["deny_list", "failed"]) >= 7);
    assert!(gateway.output().contains("deny list: "), "{}", gateway.output());

    // A whole list without a token removes it, once the list has stayed unchanged for a moment.
    directory.write("list", "# none\n");
    eventually("the reinstatement", || status() == 200);
}

/// A writer that is cut off between two lines leaves a valid list that is too short.
#[test]
fn a_list_that_is_being_written_keeps_its_entries() {
    let (line, target) = revocable();
    let directory = Directory::new();
    let others: String = (0..2000).map(another_line).collect();
    let list = directory.write("list", &format!("{others}{line}"));
    // Long enough that the writer below is never silent for two checks.
    let gateway = Gateway::auth(&["--deny-list", &list, "--reload-interval", "0.5"]);
    let status = || ask(gateway.auth, "nginx", "GET", &target).status;
    assert_eq!(status(), 403);
    for rounds in 0..40 {
        let short: String = (0..1000 + rounds).map(another_line).collect();
        fs::write(&list, short).unwrap();
        thread::sleep(Duration::from_millis(50));
        assert_eq!(status(), 403);
    }
    fs::write(&list, format!("{others}{line}")).unwrap();
    thread::sleep(Duration::from_secs(2));
    assert_eq!(status(), 403);
    assert_eq!(gateway.metric("pubnub_access_deny_list_entries", &[]), 2001);
}

#[test]
fn a_directory_is_a_deny_list_that_several_machines_write() {
    let (line, target) = revocable();
    let directory = Directory::new();
    directory.write("one", &another_line(1));
    let path = directory.path().to_str().unwrap();
    let gateway = Gateway::auth(&["--deny-list", path, "--reload-interval", "0.05"]);
    let status = || ask(gateway.auth, "nginx", "GET", &target).status;
    let entries = || gateway.metric("pubnub_access_deny_list_entries", &[]);
    assert_eq!((status(), entries()), (200, 1));
    // Hidden and temporary files belong to a writer that is not done.
    fs::write(directory.path().join(".hidden"), &line).unwrap();
    fs::write(directory.path().join("two.tmp"), &line).unwrap();
    thread::sleep(Duration::from_millis(200));
    assert_eq!(status(), 200);
    directory.write("two", &line);
    eventually("the second file", || status() == 403 && entries() == 2);
    directory.write("one", "hush\n");
    fs::remove_file(directory.file("two")).unwrap();
    thread::sleep(Duration::from_millis(200));
    assert_eq!((status(), entries()), (403, 2));
    assert_eq!(gateway.metric("pubnub_access_deny_list_broken", &[]), 1);
}

#[test]
fn settings_change_under_load_and_no_request_is_lost() {
    let upstream = Upstream::start();
    let directory = Directory::new();
    let config = directory.write("gateway.toml", "enforce = \"nothing\"\n");
    let gateway =
        Gateway::proxy(upstream.address, &["--config", &config, "--reload-interval", "0"]);
    let (ended, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mode = |mode: &str| gateway.metric("pubnub_access_mode", &[mode]) == 1;
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    while !ended.load(Ordering::Relaxed) {
                        let answer =
                            send(gateway.address(), "GET", &publish("hush-elsewhere"), &[]);
                        assert!(answer.whole && [200, 403].contains(&answer.status));
                        assert_eq!(
                            send(gateway.address(), "GET", &publish("hush"), &[]).status,
                            200
                        );
                        asked.fetch_add(2, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for round in 0..10 {
            let wanted = ["denials", "nothing"][round % 2];
            directory.write("gateway.toml", &format!("enforce = \"{wanted}\"\n"));
            gateway.signal("HUP");
            eventually("the mode", || mode(wanted));
        }
        // Broken settings change nothing.
        directory.write("gateway.toml", "enforce = \"all");
        gateway.signal("HUP");
        eventually("the refusal", || {
            gateway.metric("pubnub_access_reloads_total", &["settings", "failed"]) == 1
        });
        assert!(mode("nothing"));
        ended.store(true, Ordering::Relaxed);
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
    assert!(asked.load(Ordering::Relaxed) > 20);
}

#[test]
fn flags_environment_and_file_say_the_same_things() {
    let directory = Directory::new();
    let file = directory.write("gateway.toml", "enforce = \"permissions\"\nclock-tolerance = 5\n");
    let status = |gateway: &Gateway| ask(gateway.auth, "nginx", "GET", "/hush").status;
    assert_eq!(status(&Gateway::auth(&[])), 200);
    assert_eq!(status(&Gateway::auth(&["--enforce", "permissions"])), 403);
    assert_eq!(status(&Gateway::auth(&["--config", &file])), 403);
    // A flag wins over the file.
    assert_eq!(status(&Gateway::auth(&["--config", &file, "--enforce", "denials"])), 200);
    let checked = Command::new(PROGRAM)
        .args(["--check-config"])
        .env("PUBNUB_ACCESS_GATEWAY_ENFORCE", "all")
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(2));
}

#[test]
fn a_wrong_configuration_is_reported_with_its_position() {
    let directory = Directory::new();
    let check = |text: &str| {
        let file = directory.write("gateway.toml", text);
        let checked = Command::new(PROGRAM).args(["--check-config", "--config", &file]).output();
        let checked = checked.unwrap();
        (checked.status.code(), String::from_utf8(checked.stderr).unwrap())
    };
    assert_eq!(
        check("enforce = \"denials\"\nlisten = \"127.0.0.1:9\"\n"),
        (Some(0), String::new())
    );
    for (text, told) in [
        ("listen = \"127.0.0.1:9\"\nenforce = \"all\"\n", "line 2"),
        (
            "listen = \"127.0.0.1:9\"\nenforce = \"all\"\n",
            "expected one of: nothing denials permissions",
        ),
        ("enforced = \"denials\"\n", "unknown field `enforced`"),
        ("enforce = \n", "line 1"),
        ("clock-tolerance = -1\n", "line 1"),
        ("proxy = \"127.0.0.1:9\"\n", "proxy: upstream is missing"),
        ("learn = \"x\"\nmax-head = 1\n", "learn: it is about the reverse proxy"),
        ("learn = \"x\"\nmax-head = 1\n", "max-head: expected at least 8192"),
        ("max-connections-per-address = 9\n", "per-address: it is about the reverse proxy"),
        ("max-connections-per-address = 0\n", "line 1"),
        ("deny-list = \"/nowhere\"\n", "deny-list: cannot look at /nowhere"),
        ("upstream = \"ftp://x\"\n", "expected http:// or https://"),
        ("upstream = \"http://x:70000\"\n", "expected http:// or https://"),
        ("header-timeout = 1e19\n", "expected at most 1000000000 seconds"),
        ("\n", "it is empty"),
        (
            "listen = \"127.0.0.1:9\"\nproxy = \"127.0.0.1:9\"\nupstream = \"http://x\"\n",
            "proxy: listen has the same address",
        ),
        (
            "proxy = \"127.0.0.1:9\"\nupstream = \"http://x\"\nlearn = \"/nowhere/x\"\n",
            "learn: /nowhere/x: No such file",
        ),
    ] {
        let (status, error) = check(text);
        assert!(status == Some(2) && error.contains(told), "{text}{told}: {status:?} {error}");
    }
}

/// The default of `enforce` would forward every request in doubt.
#[test]
fn emptied_settings_change_nothing() {
    let directory = Directory::new();
    let config = directory.write("gateway.toml", "enforce = \"permissions\"\n");
    let gateway = Gateway::auth(&["--config", &config, "--reload-interval", "0.05"]);
    let status = || ask(gateway.auth, "nginx", "GET", "/hush").status;
    let failed = || gateway.metric("pubnub_access_reloads_total", &["settings", "failed"]);
    assert_eq!((status(), failed()), (403, 0));
    fs::write(&config, "").unwrap();
    eventually("the refusal", || failed() == 1);
    assert_eq!(status(), 403);
    gateway.signal("HUP");
    eventually("the refusal", || failed() == 2);
    assert_eq!(status(), 403);
    fs::write(&config, "# Nothing.\n").unwrap();
    eventually("the defaults", || status() == 200);
}

#[test]
fn settings_that_are_being_written_wait_until_they_stay() {
    let directory = Directory::new();
    let whole = format!("{}enforce = \"permissions\"\n", "# A comment.\n".repeat(100));
    let config = directory.write("gateway.toml", &whole);
    let gateway = Gateway::auth(&["--config", &config, "--reload-interval", "2"]);
    let status = || ask(gateway.auth, "nginx", "GET", "/hush").status;
    for round in 1..60 {
        fs::write(&config, &whole[..13 * round]).unwrap();
        thread::sleep(Duration::from_millis(50));
        assert_eq!(status(), 403);
    }
    fs::write(&config, &whole).unwrap();
    assert_eq!(gateway.metric("pubnub_access_reloads_total", &["settings"]), 0);
}

/// To a clock that is ahead, every entry has expired.
#[test]
fn a_clock_that_is_ahead_takes_no_revocation_away() {
    let (line, target) = revocable();
    let expired = format!("{} 1\n", line.split_once(' ').unwrap().0);
    let directory = Directory::new();
    directory.write("one", &expired);
    let path = directory.path().to_str().unwrap();
    let gateway = Gateway::auth(&["--deny-list", path, "--reload-interval", "0.05"]);
    let entries = || gateway.metric("pubnub_access_deny_list_entries", &[]);
    let status = || ask(gateway.auth, "nginx", "GET", &target).status;
    assert_eq!((status(), entries()), (403, 1));
    directory.write("two", &another_line(1));
    eventually("the other file", || entries() == 2);
    assert_eq!(status(), 403);
}

/// Some copies keep a file's time, and all fingerprints have the same length.
#[test]
fn sighup_reads_a_list_that_looks_unchanged() {
    let (line, target) = revocable();
    let directory = Directory::new();
    let list = directory.write("list", &another_line(1));
    let gateway = Gateway::auth(&["--deny-list", &list, "--reload-interval", "0"]);
    let status = || ask(gateway.auth, "nginx", "GET", &target).status;
    assert_eq!(status(), 200);
    let modified = fs::metadata(&list).unwrap().modified().unwrap();
    let write = |text: &str| {
        let mut file = fs::File::options().write(true).open(&list).unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        file.set_modified(modified).unwrap();
    };
    assert_eq!(line.len(), another_line(1).len());
    write(&line);
    gateway.signal("HUP");
    eventually("the revocation", || status() == 403);
    // A vanished entry counts until it was missing twice.
    write(&another_line(1));
    gateway.signal("HUP");
    thread::sleep(Duration::from_millis(300));
    assert_eq!(status(), 403);
    gateway.signal("HUP");
    eventually("the reinstatement", || status() == 200);
}
