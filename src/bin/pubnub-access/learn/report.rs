//! The text of `learn` for people: the policy flags, the observations and the contradictions.

use std::fmt::Write;

use pubnub_access::json::Learning;

use crate::output::{HEADING, write_table};

pub fn describe(learning: &Learning<'_>, unit: &str) -> String {
    let flags = learning.flags().join(" ");
    let mut text =
        format!("{}\n", if flags.is_empty() { "no policy flag is learned" } else { &flags });
    let table = |text: &mut String, title: &str, rows: Vec<(String, String)>| {
        if !rows.is_empty() {
            let _ = writeln!(text, "\n{HEADING}{title}{HEADING:#}");
            write_table(text, 2, &rows);
        }
    };
    let rows = [("precedence", learning.precedences()), ("group names", learning.group_names())];
    let rows = rows.map(|(name, left)| (String::from(name), left.join(" or "))).into();
    table(&mut text, "Remaining", rows);
    let counts = learning.counts();
    let rows = [
        ("used", counts.used),
        ("inferred", counts.inferred),
        ("in doubt", counts.in_doubt),
        ("contradictions", counts.contradictions),
        ("skipped", counts.skipped),
    ];
    let rows = rows.map(|(name, count)| (String::from(name), count.to_string())).into();
    table(&mut text, "Observations", rows);
    let inferred = learning.learner().inferred().map(|(operation, seen)| {
        let seen = format!("accepted {}, forbidden {}", seen.accepted, seen.forbidden);
        (operation.to_string(), seen)
    });
    table(&mut text, "Inferred requirements: answers to requests without them", inferred.collect());
    let contradictions = learning.contradictions().iter().map(|contradiction| {
        let what = if contradiction.with_earlier {
            "contradicts an earlier observation"
        } else {
            "no reading explains it: check the flags, the token, the time and the answer"
        };
        (format!("{unit} {}", contradiction.line), String::from(what))
    });
    table(&mut text, "Contradictions, which rule out nothing", contradictions.collect());
    let skipped = learning
        .skipped()
        .iter()
        .map(|(line, error)| (format!("{unit} {line}"), error.to_string()));
    table(&mut text, "Skipped", skipped.collect());
    text
}
