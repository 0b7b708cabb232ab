//! Writes testdata as questions, one JSON object a line, with the result that testdata expects and
//! with the answer of the library as compiled here. The tests of the bindings ask the same
//! questions.

use pubnub_access::json::answer;
use pubnub_access::{ResourceKind, UnverifiedToken};
use serde_json::{Value, json};

/// The readers of the library's own tests.
#[allow(dead_code)]
#[path = "../../../tests/library/support"]
mod support {
    pub mod enumeration;
    pub mod escapes;
    pub mod line;
    pub mod wire;
}
use support::{line::Line, wire};

const PATTERNS: [&str; 9] =
    ["real", "syntax", "classes", "escapes", "folds", "orbits", "edges", "unicode", "random"];

fn main() {
    decisions();
    for file in ["armour.txt", "token.txt", "appendix_a.txt", "appendix_f.txt"] {
        wire_vectors(file);
    }
    for file in PATTERNS {
        patterns(file);
    }
    tokens();
}

fn read(file: &str) -> String {
    let path = format!("{}/testdata/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Prints a case. The answer must have the expected members.
fn case(class: &str, source: &str, question: &Value, expected: &Value) {
    let answer = answer(question.to_string());
    let parsed: Value = serde_json::from_str(&answer).unwrap();
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&parsed[key], value, "{source}: {key} of {answer}");
    }
    let question = question.to_string();
    println!(
        "{}",
        json!({"class": class, "source": source, "question": question, "expected": expected,
            "answer": answer})
    );
}

/// Writes the decisions, except those with a deny list.
fn decisions() {
    let text = read("decisions.txt");
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let line = Line::read(line).unwrap_or_else(|| panic!("{line}"));
        if line.policy.revoked {
            continue;
        }
        let policy = line.with_policy(|policy| serde_json::to_value(policy).unwrap());
        let mut question = json!({
            "command": "check",
            "token": line.token().to_text(),
            "operation": line.operation,
            "user_id": line.requester,
            // As text, since JavaScript's numbers cannot represent every time.
            "at": line.now.to_string(),
        });
        if policy != serde_json::to_value(pubnub_access::Policy::new()).unwrap() {
            question["policy"] = policy;
        }
        for (kind, name) in &line.resources {
            let names = &mut question[key(*kind)];
            if names.is_null() {
                *names = json!([]);
            }
            names.as_array_mut().unwrap().push(json!(name));
        }
        let expected = match line.verdict {
            ("error", kind) => json!({"kind": kind}),
            (verdict, _) => json!({"verdict": verdict}),
        };
        case("decisions", line.line, &question, &expected);
    }
}

/// Returns the member that names resources of a kind.
fn key(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Channel => "channels",
        ResourceKind::Group => "groups",
        ResourceKind::Uuid => "uuids",
        ResourceKind::User => "users",
        ResourceKind::Entity => "entities",
        ResourceKind::Relationship => "relationships",
        ResourceKind::Membership => "memberships",
        other => panic!("{other} is a kind that JSON does not name"),
    }
}

fn wire_vectors(file: &str) {
    let head = wire::bytes("a4 41'v'02 41't'01 43'ttl'01 44'meta' a1 61'k'");
    for vector in wire::cases(file) {
        let text = match file {
            "armour.txt" => serde_json::from_str(&vector.input).unwrap(),
            "token.txt" => base64url(&wire::bytes(&vector.input)),
            _ => base64url(&[head.clone(), wire::bytes(&vector.input)].concat()),
        };
        let mut expected = json!({});
        if let Some((kind, position)) = &vector.error {
            let error = UnverifiedToken::parse(&text).unwrap_err();
            // An empty text has no CBOR to point into.
            if !text.is_empty() {
                assert_eq!(&wire::position(&error), position, "{}", vector.name);
            }
            expected = json!({"kind": kind, "offset": error.text_offset()});
        }
        let question = json!({"command": "inspect", "token": text});
        case("wire", &format!("{file}: {}", vector.name), &question, &expected);
    }
}

fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(group >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

fn patterns(file: &str) {
    for line in read(&format!("patterns/{file}.jsonl")).lines().skip(1) {
        let line: Value = serde_json::from_str(line).unwrap();
        let outcomes = line["names"].as_array().map_or(&[][..], Vec::as_slice);
        let column =
            |place| -> Vec<Value> { outcomes.iter().map(|pair| pair[place].clone()).collect() };
        let question = json!({"command": "match", "pattern": line["pattern"], "names": column(0)});
        let expected = match line["verdict"].as_str() {
            Some("y") => json!({"matches": column(1)}),
            _ => json!({"kind": "syntax"}),
        };
        case("patterns", &format!("{file}: {}", line["pattern"]), &question, &expected);
    }
}

/// Writes the tokens, for every command that takes only a token.
fn tokens() {
    for (number, line) in read("tokens.jsonl").lines().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        for command in ["inspect", "lint", "reach", "redact"] {
            let question = json!({"command": command, "token": line["token"]});
            case("tokens", &format!("{}: {command}", number + 1), &question, &json!({}));
        }
    }
}
