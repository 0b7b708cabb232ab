//! `reach`: everything that a token could ever allow, by name and by pattern.

use std::fmt::Write;

use pubnub_access::audit::{Reach, reach};
use pubnub_access::explanation::Escaped;
use pubnub_access::{Operation, Permissions, Verdict};

use crate::args::{Format, ReachArgs};
use crate::layout;
use crate::output::{DOUBTFUL, Failure, HEADING, NOTE, print, print_json, write_table};
use crate::token;

/// The number of names or patterns that are shown without `--all`.
const SHOWN: usize = 20;

pub fn run(args: &ReachArgs) -> Result<(), Failure> {
    let token = token::read(&args.token)?;
    let reach = reach(&token, &args.policy.policy());
    match args.format.format {
        Format::Json => print_json(&reach),
        Format::Human => print(&describe(&reach, if args.all { usize::MAX } else { SHOWN })),
    }
}

fn describe(reach: &Reach<'_>, limit: usize) -> String {
    let mut text = String::new();
    let user = reach
        .authorized_user()
        .map_or_else(|| String::from("any"), |user| Escaped(user).to_string());
    let _ = writeln!(text, "{HEADING}Authorized user{HEADING:#}\n  {user}");
    operations(&mut text, reach);
    let names = reach.names().iter().map(|found| {
        let title = format!("{} {}", found.kind, Escaped(found.name));
        let note = if found.checked { "" } else { "not checked: work limit reached" };
        (title, found.permissions, String::from(note), found.operations.as_slice())
    });
    list(&mut text, "On names", &names.collect::<Vec<_>>(), limit);
    let patterns = reach.patterns().iter().map(|found| {
        let kinds = found.kind.plural().trim_start_matches("datasync:");
        let title = format!("{kinds} {}", Escaped(found.pattern));
        let note = match &found.example {
            _ if found.matches_nothing => String::from("matches nothing"),
            _ if found.matches_everything => String::from("matches everything"),
            Some(example) => format!("for example {}", Escaped(example)),
            None => String::from("what it matches is not known"),
        };
        (title, found.permissions, note, found.operations.as_slice())
    });
    list(&mut text, "Under patterns", &patterns.collect::<Vec<_>>(), limit);
    let _ = writeln!(
        text,
        "\n{NOTE}What is not listed is denied. * is in doubt: it depends on what PubNub leaves undocumented.{NOTE:#}"
    );
    text
}

/// Writes the operations that need no grant, and those that some grant allows.
fn operations(text: &mut String, reach: &Reach<'_>) {
    let answers = |wanted: &dyn Fn(&pubnub_access::audit::OperationReach) -> Option<Verdict>| {
        let found =
            reach.operations().iter().filter_map(|found| Some((found.operation, wanted(found)?)));
        found.collect::<Vec<_>>()
    };
    let granted = answers(&|found| (found.verdict != found.elsewhere).then_some(found.verdict));
    let free = answers(&|found| (found.elsewhere != Verdict::Deny).then_some(found.elsewhere));
    for (title, found) in
        [("Operations, on what is granted", granted), ("Operations, on anything", free)]
    {
        let _ = writeln!(text, "\n{HEADING}{title}{HEADING:#}\n{}", wrapped(&found, 2));
    }
}

type ReachRow<'a> = (String, Permissions, String, &'a [(Operation, Verdict)]);

fn list(text: &mut String, title: &str, rows: &[ReachRow<'_>], limit: usize) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{HEADING}{title}{HEADING:#}");
    for (name, permissions, note, operations) in rows.iter().take(limit) {
        let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
        write_table(text, 2, &[(name, format!("{permissions}{NOTE}{note}{NOTE:#}"))]);
        let _ = writeln!(text, "{}", wrapped(operations, 6));
    }
    if rows.len() > limit {
        let _ =
            writeln!(text, "  {NOTE}... and {} more, --all shows them{NOTE:#}", rows.len() - limit);
    }
}

/// Returns the operations as wrapped lines; those in doubt have a star.
fn wrapped(operations: &[(Operation, Verdict)], indent: usize) -> String {
    let words = operations.iter().map(|(operation, verdict)| match verdict {
        Verdict::Indeterminate => format!("{operation}{DOUBTFUL}*{DOUBTFUL:#}"),
        _ => operation.to_string(),
    });
    let words = if operations.is_empty() {
        String::from("none")
    } else {
        words.collect::<Vec<_>>().join(", ")
    };
    layout::list(&format!("{:indent$}{words}", ""))
}
