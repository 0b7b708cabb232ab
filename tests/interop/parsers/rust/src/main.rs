//! The Rust SDK's reading of tokens. Reads a token as a JSON string from each line, and prints a
//! line with its content.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use pubnub::parse_token::{MetaValue, ResourcePermissions, Token, TokenResources, TokenV2, parse_token};

fn text(of: &str) -> String {
    serde_json::Value::from(of).to_string()
}

fn value(of: &MetaValue) -> String {
    match of {
        MetaValue::String(of) => text(of),
        MetaValue::Integer(of) => of.to_string(),
        MetaValue::Float(of) => of.to_string(),
        MetaValue::Bool(of) => of.to_string(),
        MetaValue::Null => "null".into(),
    }
}

fn permissions(of: &ResourcePermissions) -> String {
    let granted = [
        (of.read, "read"),
        (of.write, "write"),
        (of.manage, "manage"),
        (of.delete, "delete"),
        (of.create, "create"),
        (of.get, "get"),
        (of.update, "update"),
        (of.join, "join"),
    ];
    let names: Vec<&str> = granted.iter().filter(|(granted, _)| *granted).map(|(_, name)| *name).collect();
    if names.is_empty() { "nothing".into() } else { names.join("+") }
}

fn grants(section: &str, of: Option<&TokenResources>, parts: &mut Vec<String>) {
    let Some(of) = of else { return };
    for (kind, grants) in [("chan", &of.channels), ("grp", &of.groups), ("uuid", &of.users)] {
        let sorted: BTreeMap<_, _> = grants.iter().collect();
        parts.extend(sorted.iter().map(|(name, of)| format!("{section} {kind} {} {}", text(name), permissions(of))));
    }
}

fn reading(token: &TokenV2) -> String {
    let mut parts =
        vec![format!("v {}", token.version), format!("t {}", token.timestamp), format!("ttl {}", token.ttl)];
    parts.extend(token.authorized_user_id.as_ref().map(|user| format!("user {}", text(user))));
    grants("res", token.resources.as_ref(), &mut parts);
    grants("pat", token.patterns.as_ref(), &mut parts);
    if let Some(of) = &token.categories {
        for (kind, of) in [("chan", &of.channels), ("uuid", &of.uuids)] {
            parts.extend(of.as_ref().map(|of| format!("cat {kind} {}", if of.get { "get" } else { "nothing" })));
        }
    }
    let sorted: BTreeMap<_, _> = token.meta.iter().collect();
    parts.extend(sorted.iter().map(|(key, of)| format!("meta {} {}", text(key), value(of))));
    parts.join(", ")
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let token: String = serde_json::from_str(&line?)?;
        match parse_token(&token) {
            Ok(Token::V2(token)) => writeln!(out, "{}", reading(&token))?,
            Err(_) => writeln!(out, "refused")?,
        }
    }
    Ok(())
}
