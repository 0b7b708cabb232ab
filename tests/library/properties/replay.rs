//! Replays the inputs that fuzzing found, and the test data that it starts from.

use std::path::Path;

use serde_json::Value;

/// Reads a file of `testdata`.
fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Returns the bytes of a packed input: each character is one.
fn unpacked(input: &str) -> Vec<u8> {
    input.chars().map(|byte| u8::try_from(byte).unwrap()).collect()
}

/// Replays every input of a target's corpus, and those that once broke one of its promises.
fn replay(target: &str, holds: fn(&[u8])) {
    let packed = read(&format!("corpus/{target}.jsonl"));
    let inputs: Vec<String> =
        packed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(inputs.len() > 100, "{target} has {} inputs", inputs.len());
    inputs.iter().for_each(|input| holds(&unpacked(input)));
    for (_, input) in regressions().filter(|(of, _)| of == target) {
        holds(&unpacked(&input));
    }
}

/// Returns the inputs that once broke a promise, each after its target.
fn regressions() -> impl Iterator<Item = (String, String)> {
    let lines: Vec<Value> = read("corpus/regressions.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    lines.into_iter().map(|line| {
        let text = |member: &str| {
            line[member].as_str().unwrap_or_else(|| panic!("{line} has no {member}")).to_owned()
        };
        assert!(text("name").contains(' '), "a regression is named by a sentence");
        (text("target"), text("input"))
    })
}

#[test]
fn every_regression_is_of_a_known_target() {
    for (target, _) in regressions() {
        assert!(TARGETS.contains(&&*target), "{target}");
    }
}

/// Runs a property on every line of a file.
fn lines(file: &str, mut holds: impl FnMut(&str)) {
    read(file).lines().for_each(&mut holds);
}

macro_rules! replay_each {
    ($($target:ident)*) => {
        const TARGETS: &[&str] = &[$(stringify!($target)),*];

        $(
            #[test]
            fn $target() {
                replay(stringify!($target), super::$target::holds);
            }
        )*
    };
}

replay_each! { decode deny_list evaluate explain grant pattern route token }

#[test]
fn recorded_tokens_keep_the_promises_of_decode() {
    lines("tokens.jsonl", |line| {
        let line: Value = serde_json::from_str(line).unwrap();
        super::decode::holds(line["token"].as_str().unwrap().as_bytes());
    });
}

#[test]
fn cases_of_decisions_keep_the_promises_of_explain() {
    lines("decisions.txt", |line| super::explain::holds(line.as_bytes()));
}

#[test]
fn recorded_requests_keep_the_promises_of_grant() {
    lines("grants/requests.jsonl", |line| super::grant::holds(line.as_bytes()));
}

#[test]
fn cases_of_routes_keep_the_promises_of_route() {
    for name in ["routes", "names", "refused", "ambiguous", "bodies"] {
        lines(&format!("routes/{name}.txt"), |line| {
            super::route::holds(line.replace('▸', "").as_bytes())
        });
    }
}
