//! `inspect`: the whole token, for people or as JSON.

use std::fmt::Write;

use pubnub_access::explanation::Escaped;
use pubnub_access::json::{Inspection, printable, rfc3339};
use pubnub_access::token::{Grant, GrantTable, Grants, MetaMap, MetaValue};
use pubnub_access::{Permissions, Reason, ResourceKind, UnverifiedToken};

use crate::args::{Format, InspectArgs};
use crate::layout::columns;
use crate::output::{BAD, DOUBTFUL, Failure, GOOD, HEADING, NOTE, print, print_json, write_table};
use crate::{time, token};

/// The number of lines of a list that are shown without `--all`.
const SHOWN: usize = 20;

pub fn run(args: &InspectArgs) -> Result<(), Failure> {
    let token = token::read(&args.token)?;
    match args.format.format {
        Format::Json => {
            let show_signature = args.show_signature;
            print_json(&Inspection { token: &token, at: None, show_signature })
        }
        Format::Human => {
            let limit = if args.all { usize::MAX } else { SHOWN };
            print(&describe(&token, args.at.at.unwrap_or_else(time::now), limit))
        }
    }
}

/// Returns the whole token, with lists up to a limit.
fn describe(token: &UnverifiedToken, now: u64, limit: usize) -> String {
    let mut text = String::new();
    header(&mut text, token, now);
    grants(&mut text, "Resources", token.resources(), limit);
    grants(&mut text, "Patterns (RE2)", token.patterns(), limit);
    categories(&mut text, token);
    meta(&mut text, token.meta(), limit);
    unknown(&mut text, token, limit);
    text
}

fn header(text: &mut String, token: &UnverifiedToken, now: u64) {
    let signature = token.signature_unverified().map_or_else(
        || String::from("none"),
        |signature| format!("{} bytes, not verified", signature.len()),
    );
    heading(text, "Access Manager token");
    let rows = [
        ("format version", token.version().to_string()),
        ("issued", rfc3339(token.issued_at())),
        ("expires", format!("{} ({})", rfc3339(token.expires_at()), age(token, now))),
        ("time to live", timeline(token, now)),
        (
            "authorized user",
            token.authorized_user().map_or("any".into(), |user_id| Escaped(user_id).to_string()),
        ),
        ("signature", signature),
    ];
    write_table(text, 2, &rows);
}

/// Returns the token's time to live as a line on which the present is marked.
fn timeline(token: &UnverifiedToken, now: u64) -> String {
    const CELLS: usize = 20;
    let minutes = token.ttl_minutes();
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    let life = token.expires_at().saturating_sub(token.issued_at());
    let line = if now < token.issued_at() {
        format!("o |{}|", "-".repeat(CELLS))
    } else if now > token.expires_at() {
        format!("|{}| o", "=".repeat(CELLS))
    } else {
        let lived = u128::from(now.saturating_sub(token.issued_at()));
        let last = CELLS.saturating_sub(1);
        let cell = lived.saturating_mul(CELLS as u128).checked_div(life.into()).unwrap_or_default();
        let before = usize::try_from(cell).unwrap_or(last).min(last);
        format!("|{}o{}|", "=".repeat(before), "-".repeat(last.saturating_sub(before)))
    };
    format!("{line} {minutes} {unit}")
}

/// Returns the time since the token expired or until it expires, in the words of an explanation.
fn age(token: &UnverifiedToken, now: u64) -> String {
    let inspection = Inspection { token, at: Some(now), show_signature: false };
    let Some(report) = inspection.time() else { return String::new() };
    let style = match report.reason {
        Reason::TokenValid { .. } => GOOD,
        Reason::TokenExpired { .. } => BAD,
        _ => DOUBTFUL,
    };
    let words = report.reason.to_string();
    format!("{style}{}{style:#}", words.strip_prefix("the token ").unwrap_or(&words))
}

fn grants(text: &mut String, title: &str, grants: Grants<'_>, limit: usize) {
    heading(text, title);
    if grants.iter().next().is_none() {
        text.push_str("  none\n");
    }
    for (kind, table) in grants.iter() {
        let role = match kind {
            ResourceKind::Space => ", which no operation needs",
            _ => "",
        };
        let _ = writeln!(
            text,
            "  {HEADING}{}{HEADING:#} {NOTE}({}{role}){NOTE:#}",
            kind.plural(),
            table.len()
        );
        grant_table(text, table, limit);
    }
}

fn grant_table(text: &mut String, table: GrantTable<'_>, limit: usize) {
    if let Some(grid) = grid(table, limit) {
        text.push_str(&grid);
        more(text, 4, table.len(), limit);
        return;
    }
    let rows: Vec<_> = table
        .iter()
        .take(limit)
        .map(|grant| (Escaped(grant.name).to_string(), grant.permissions.to_string()))
        .collect();
    write_table(text, 4, &rows);
    more(text, 4, table.len(), limit);
}

/// Returns the grants as a grid with a column for each permission, if there are many entries that
/// differ.
fn grid(table: GrantTable<'_>, limit: usize) -> Option<String> {
    const FEW: usize = 8;
    const WIDEST: usize = 44;
    let first = table.iter().next()?.permissions;
    let differ = table.iter().any(|grant| grant.permissions != first);
    let name = |grant: &Grant<'_>| Escaped(grant.name).to_string();
    let widths = table.iter().take(limit).map(|grant| columns(&name(&grant)));
    let width = widths.max().filter(|width| *width <= WIDEST)?;
    if table.len() < FEW || !differ {
        return None;
    }
    let all = table.iter().fold(Permissions::NONE, |all, grant| all | grant.permissions);
    let mut text = format!("    {:width$}", "");
    all.iter().for_each(|permission| {
        let _ = write!(text, "  {NOTE}{permission}{NOTE:#}");
    });
    text.push('\n');
    for grant in table.iter().take(limit) {
        let name = name(&grant);
        let padding = width.saturating_sub(columns(&name));
        let mut line = format!("    {name}{:padding$}", "");
        for permission in all.iter() {
            let mark = if grant.permissions.has(permission) { "x" } else { "." };
            let _ = write!(line, "  {mark:^0$}", permission.name().len());
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    Some(text)
}

fn categories(text: &mut String, token: &UnverifiedToken) {
    let rows: Vec<_> = token
        .categories()
        .map(|(kind, permissions)| (kind.plural(), permissions.to_string()))
        .collect();
    if !rows.is_empty() {
        heading(text, "Categories (all resources of a kind)");
        write_table(text, 2, &rows);
    }
}

/// Writes a row for each key, or indented JSON if values are nested.
fn meta(text: &mut String, meta: MetaMap<'_>, limit: usize) {
    if meta.is_empty() {
        return;
    }
    heading(text, "Metadata");
    let rows: Option<Vec<_>> = meta
        .iter()
        .map(|(key, value)| match (key, value) {
            (_, MetaValue::Array(_) | MetaValue::Map(_)) => None,
            (MetaValue::Text(key), value) => Some((Escaped(key).to_string(), json(&value))),
            _ => None,
        })
        .collect();
    if let Some(rows) = rows {
        write_table(text, 2, rows.get(..limit).unwrap_or(&rows));
        more(text, 2, rows.len(), limit);
        return;
    }
    let json = serde_json::to_string_pretty(&meta).unwrap_or_default();
    let json = printable(&json);
    for line in json.lines().take(limit) {
        let _ = writeln!(text, "  {line}");
    }
    more(text, 2, json.lines().count(), limit);
}

fn unknown(text: &mut String, token: &UnverifiedToken, limit: usize) {
    let paths = token.unknown().map(|unknown| {
        let value = unknown.value().map(|value| json(&value)).unwrap_or_default();
        (unknown.to_string(), shortened(value, limit))
    });
    let rows: Vec<_> = paths.collect();
    if !rows.is_empty() {
        heading(text, "Not understood (grants nothing)");
        write_table(text, 2, rows.get(..limit).unwrap_or(&rows));
        more(text, 2, rows.len(), limit);
    }
}

/// Returns a value as one line of JSON.
fn json(value: &MetaValue<'_>) -> String {
    printable(&serde_json::to_string(value).unwrap_or_default()).into_owned()
}

/// Cuts a long text, unless everything is shown.
fn shortened(json: String, limit: usize) -> String {
    const LONGEST: usize = 60;
    match json
        .char_indices()
        .nth(LONGEST)
        .filter(|_| limit != usize::MAX)
        .map(|(end, _)| json.split_at(end))
    {
        Some((start, rest)) => format!("{start}... ({} bytes left out)", rest.len()),
        None => json,
    }
}

fn heading(text: &mut String, title: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{HEADING}{title}{HEADING:#}");
}

fn more(text: &mut String, indent: usize, all: usize, shown: usize) {
    if all > shown {
        let _ = writeln!(
            text,
            "{:indent$}{NOTE}... and {} more, --all shows them{NOTE:#}",
            "",
            all - shown
        );
    }
}
