//! `diff`: the gains and losses of a new token against an old one.

use std::fmt::Write;
use std::process::ExitCode;

use pubnub_access::audit::{Diff, diff};
use pubnub_access::explanation::Escaped;
use pubnub_access::json::rfc3339;
use pubnub_access::{Permissions, Verdict};

use crate::args::{DiffArgs, Format, TokenArg};
use crate::output::{BAD, DOUBTFUL, Failure, GOOD, HEADING, print, print_json, write_table};
use crate::token;

pub fn run(args: &DiffArgs) -> Result<ExitCode, Failure> {
    let read = |name: &str, text: &str| {
        let token = token::read(&TokenArg { token: Some(text.into()) });
        token.map_err(|failure| failure.within(name))
    };
    if args.old == "-" && args.new == "-" {
        return Err(Failure::new("standard input can be one of the tokens, not both".into()));
    }
    let (old, new) = (read("OLD", &args.old)?, read("NEW", &args.new)?);
    let diff = diff(&old, &new);
    match args.format.format {
        Format::Json => print_json(&diff),
        Format::Human => print(&describe(&diff)),
    }?;
    Ok(ExitCode::from(u8::from(!diff.is_empty())))
}

fn describe(diff: &Diff<'_>) -> String {
    let mut text = String::new();
    let expires_at = diff.expiries();
    heading(&mut text, "Expires");
    write_table(
        &mut text,
        2,
        &[("old", rfc3339(expires_at.old)), ("new", rfc3339(expires_at.new))],
    );
    if let Some(user) = diff.user() {
        let shown = |user: Option<&str>| {
            user.map_or_else(|| String::from("any"), |user| Escaped(user).to_string())
        };
        heading(&mut text, "Authorized user");
        write_table(&mut text, 2, &[("old", shown(user.old)), ("new", shown(user.new))]);
    }
    if !diff.categories().is_empty() {
        heading(&mut text, "Categories (get all, where the keyset's flag is unknown)");
        let row = |change: &pubnub_access::audit::CategoryChange| {
            (change.kind.plural(), turn(change.old, change.new))
        };
        write_table(&mut text, 2, &diff.categories().iter().map(row).collect::<Vec<_>>());
    }
    names(&mut text, diff);
    patterns(&mut text, diff);
    projections(&mut text, diff);
    unchecked(&mut text, diff);
    if diff.is_empty() {
        let _ = writeln!(
            text,
            "\n{GOOD}no difference{GOOD:#} in what the tokens allow while both are valid"
        );
    }
    text
}

fn names(text: &mut String, diff: &Diff<'_>) {
    for kind in diff.names().chunk_by(|one, other| one.kind == other.kind) {
        let Some(first) = kind.first() else { continue };
        heading(text, &format!("Named {}", first.kind.plural()));
        for change in kind {
            let _ = writeln!(text, "  {}", Escaped(&change.name));
            for change in &change.permissions {
                let doubt =
                    if change.certain { "" } else { ", if a pattern grants what else it takes" };
                let _ = writeln!(
                    text,
                    "    {} {}{doubt}",
                    change.permission,
                    turn(change.old, change.new)
                );
            }
        }
    }
}

fn patterns(text: &mut String, diff: &Diff<'_>) {
    for kind in diff.patterns().chunk_by(|one, other| one.kind == other.kind) {
        let Some(first) = kind.first() else { continue };
        heading(
            text,
            &format!(
                "Patterns for {} (in doubt: others may match the same names)",
                first.kind.plural()
            ),
        );
        for change in kind {
            let shown = |permissions: Option<Permissions>| match permissions {
                Some(permissions) => permissions.to_string(),
                None => String::from("not there"),
            };
            let _ = writeln!(text, "  {}", Escaped(change.pattern));
            let _ = writeln!(text, "    {} -> {}", shown(change.old), shown(change.new));
        }
    }
}

fn projections(text: &mut String, diff: &Diff<'_>) {
    if !diff.projections().is_empty() {
        heading(text, "Projections of DataSync");
    }
    for change in diff.projections() {
        let shown = |name: Option<&str>| {
            name.map_or(String::from("not there"), |name| Escaped(name).to_string())
        };
        let _ = writeln!(text, "  {} {}", change.section, Escaped(change.key));
        let _ = writeln!(text, "    {} -> {}", shown(change.old), shown(change.new));
    }
}

fn unchecked(text: &mut String, diff: &Diff<'_>) {
    if !diff.unchecked().is_empty() {
        heading(text, &format!("{DOUBTFUL}Not checked{DOUBTFUL:#}: work limit reached"));
    }
    for (kind, name) in diff.unchecked() {
        let _ = writeln!(text, "  {kind} {}", Escaped(name));
    }
}

/// Returns the two verdicts, after a word for the change.
fn turn(old: Verdict, new: Verdict) -> String {
    let (style, word) = match (old, new) {
        (Verdict::Deny, _) | (Verdict::Indeterminate, Verdict::Allow) => (GOOD, "gained"),
        (Verdict::Allow, _) | (_, Verdict::Deny) => (BAD, "lost"),
        _ => (DOUBTFUL, "changed"),
    };
    format!("{style}{word}{style:#}: {old} -> {new}")
}

fn heading(text: &mut String, title: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{HEADING}{title}{HEADING:#}");
}
