//! What the fuzzer found worth keeping, and the test data that it starts from, as ordinary tests.

use std::path::Path;

/// Every file of a target's corpus.
fn replay(target: &str, holds: fn(&[u8])) {
    let folder = Path::new("testdata/corpus").join(target);
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let inputs: Vec<Vec<u8>> = files.map(|path| std::fs::read(path).unwrap()).collect();
    assert!(inputs.len() > 100, "{target} has {} files", inputs.len());
    inputs.iter().for_each(|input| holds(input));
}

/// Every line of some test data.
fn lines(file: &str, mut holds: impl FnMut(&str)) {
    let text = std::fs::read_to_string(Path::new("testdata").join(file)).unwrap();
    text.lines().for_each(&mut holds);
}

#[test]
fn decode() {
    replay("decode", super::decode::holds);
    lines("tokens.jsonl", |line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        super::decode::holds(line["token"].as_str().unwrap().as_bytes());
    });
}

#[test]
fn deny_list() {
    replay("deny_list", super::deny_list::holds);
}

#[test]
fn evaluate() {
    replay("evaluate", super::evaluate::holds);
}

#[test]
fn explain() {
    replay("explain", super::explain::holds);
    lines("decisions.txt", |line| super::explain::holds(line.as_bytes()));
}

#[test]
fn grant() {
    replay("grant", super::grant::holds);
    lines("grants/requests.jsonl", |line| super::grant::holds(line.as_bytes()));
}

#[test]
fn pattern() {
    replay("pattern", super::pattern::holds);
}

#[test]
fn route() {
    replay("route", super::route::holds);
    for name in ["routes", "names", "refused", "ambiguous", "bodies"] {
        lines(&format!("routes/{name}.txt"), |line| super::route::holds(line.replace('▸', "").as_bytes()));
    }
}

#[test]
fn token() {
    replay("token", super::token::holds);
}
