//! The tokens that PubNub's SDKs read differently (`testdata/divergences`): this library's result
//! for each. `tests/interop/parsers/run` checks the results of the SDKs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use pubnub_access::token::{Grants, MetaValue};
use pubnub_access::{
    Operation, Permissions, Policy, Request, TokenError, UnverifiedToken, evaluate,
};

use crate::support::wire;

/// The files of tokens that SDKs read differently.
const READ: [&str; 4] = ["armour.txt", "encoding.txt", "grants.txt", "content.txt"];

/// The file of decisions on which the chat SDKs differ.
const DECIDED: &str = "decisions.txt";

/// The SDKs that `tests/interop/parsers` asks.
const SDKS: [&str; 6] = ["javascript", "browser", "python", "rust", "chat-0.8", "chat-1.0"];

struct Case {
    name: String,
    fields: BTreeMap<String, String>,
}

impl Case {
    fn field(&self, key: &str) -> &str {
        self.fields.get(key).unwrap_or_else(|| panic!("{} has no {key}", self.name))
    }
}

/// The cases of a file, abbreviations written out.
fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/divergences").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut abbreviations = Vec::new();
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            assert!(cases.iter().all(|case| case.name != name), "{file}: {name} twice");
            cases.push(Case { name: name.into(), fields: BTreeMap::new() });
        } else if let Some((short, long)) =
            line.split_once(" = ").filter(|(short, _)| short.starts_with('<'))
        {
            abbreviations.push((short.to_owned(), long.to_owned()));
        } else {
            let (key, value) = line.split_once(": ").unwrap_or_else(|| panic!("{file}: {line}"));
            let value = match key {
                "cbor" => abbreviations
                    .iter()
                    .fold(value.to_owned(), |value, (short, long)| value.replace(short, long)),
                _ => value.to_owned(),
            };
            let twice = cases.last_mut().unwrap().fields.insert(key.into(), value);
            assert_eq!(twice, None, "{file}: {line}");
        }
    }
    cases
}

fn token(case: &Case) -> String {
    match case.fields.get("text") {
        Some(text) => serde_json::from_str(text).unwrap(),
        None => URL_SAFE.encode(wire::bytes(case.field("cbor"))),
    }
}

fn permissions(of: Permissions) -> String {
    let names: Vec<&str> = of.iter().map(|permission| permission.name()).collect();
    if names.is_empty() { "nothing".into() } else { names.join("+") }
}

fn value(of: MetaValue<'_>) -> String {
    match of {
        MetaValue::Null => "null".into(),
        MetaValue::Undefined => "undefined".into(),
        MetaValue::Bool(of) => of.to_string(),
        MetaValue::Integer(of) => of.to_string(),
        MetaValue::Float(of) => of.to_string(),
        MetaValue::Bytes(of) => {
            of.iter().fold("bytes ".into(), |hex, byte| format!("{hex}{byte:02x}"))
        }
        MetaValue::Text(of) => serde_json::Value::from(of).to_string(),
        MetaValue::Array(of) => {
            format!("[{}]", of.iter().map(value).collect::<Vec<_>>().join(", "))
        }
        MetaValue::Map(of) => {
            let items = of.iter().map(|(key, item)| format!("{}: {}", value(key), value(item)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}

fn grants(section: &str, of: Grants<'_>, reading: &mut String) {
    for (kind, table) in of.iter() {
        let sorted: BTreeMap<&str, Permissions> =
            table.iter().map(|grant| (grant.name, grant.permissions)).collect();
        for (name, granted) in sorted {
            let name = value(MetaValue::Text(name));
            write!(reading, ", {section} {} {name} {}", kind.token_key(), permissions(granted))
                .unwrap();
        }
    }
}

fn refusal(error: &TokenError) -> String {
    format!("refused {} {}", error.kind().code(), wire::position(error))
}

/// Returns a token's content on one line, in the words of the programs that run the SDKs.
fn reading(case: &Case) -> String {
    let token = match UnverifiedToken::parse(&token(case)) {
        Ok(token) => token,
        Err(error) => return refusal(&error),
    };
    let mut reading =
        format!("v {}, t {}, ttl {}", token.version(), token.issued_at(), token.ttl_minutes());
    if let Some(user) = token.authorized_user() {
        write!(reading, ", user {}", value(MetaValue::Text(user))).unwrap();
    }
    grants("res", token.resources(), &mut reading);
    grants("pat", token.patterns(), &mut reading);
    for (kind, granted) in token.categories() {
        write!(reading, ", cat {} {}", kind.token_key(), permissions(granted)).unwrap();
    }
    for (key, item) in token.meta().iter() {
        write!(reading, ", meta {} {}", value(key), value(item)).unwrap();
    }
    for unknown in token.unknown() {
        write!(reading, ", unknown {unknown}").unwrap();
    }
    reading
}

/// Decides whether alice may send a signal to the case's channel.
fn decision(case: &Case) -> String {
    let token = match UnverifiedToken::parse(&token(case)) {
        Ok(token) => token,
        Err(error) => return refusal(&error),
    };
    let channel: String = serde_json::from_str(case.field("channel")).unwrap();
    let request =
        Request::builder(Operation::Signal).channel(&channel).user_id("alice").build().unwrap();
    evaluate(&token, &request, 1_700_000_000, &Policy::new()).verdict().to_string()
}

/// Compares this library's results with the files.
fn check(files: &[&str], ours: fn(&Case) -> String) {
    let mut wrong = String::new();
    for case in files.iter().flat_map(|file| cases(file)) {
        let found = ours(&case);
        if found != case.field("ours") {
            writeln!(wrong, "[{}]\nours: {found}", case.name).unwrap();
        }
    }
    assert!(wrong.is_empty(), "it is otherwise:\n{wrong}");
}

#[test]
fn tokens_are_read_as_the_files_say() {
    check(&READ, reading);
}

#[test]
fn signals_are_decided_as_the_file_says() {
    check(&[DECIDED], decision);
}

#[test]
fn every_case_says_who_differs_and_why() {
    let mut differing = BTreeSet::new();
    for case in READ.into_iter().chain([DECIDED]).flat_map(cases) {
        let Case { name, fields } = &case;
        let known = |key: &str| {
            SDKS.contains(&key)
                || ["cbor", "text", "channel", "given", "ours", "why"].contains(&key)
        };
        assert!(fields.keys().all(|key| known(key)), "{name}: {:?}", fields.keys());
        let ours = case.field("ours");
        let ours = if ours.starts_with("refused ") { "refused" } else { ours };
        let sdks: Vec<_> = fields.iter().filter(|(key, _)| SDKS.contains(&key.as_str())).collect();
        assert!(
            sdks.iter().all(|(_, said)| *said != ours),
            "{name}: an SDK that agrees is left out"
        );
        // A few cases show that the readers and the questions themselves are the same.
        assert_eq!(sdks.is_empty(), case.field("why").starts_with("all agree"), "{name}");
        differing.extend(sdks.into_iter().map(|(sdk, _)| sdk.clone()));
    }
    assert!(
        differing.iter().eq(&BTreeSet::from(SDKS)),
        "{differing:?}: who never differs is not asked"
    );
}
