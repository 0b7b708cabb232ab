//! What `learn` prints: the policy flags, what was observed, and what did not fit.

use std::fmt::Write;

use pubnub_access::learn::{Learner, Lesson};
use pubnub_access::{GroupNames, Precedence, Readings};
use serde_json::{Value, json};

use crate::output::{HEADING, write_table};
use crate::question::Refusal;

use super::har::ANOTHER_REQUEST;

/// How many contradictions, and how many inputs that were skipped, are listed.
const LISTED: usize = 100;

/// What became of each line or entry.
#[derive(Default)]
pub struct Report {
    read: u64,
    used: u64,
    inferred: u64,
    in_doubt: u64,
    contradictions: u64,
    skipped: u64,
    listed_contradictions: Vec<Contradiction>,
    listed_skipped: Vec<(u64, Refusal)>,
}

struct Contradiction {
    line: u64,
    with_earlier: bool,
}

impl Report {
    /// Counts a line or an entry.
    pub fn take(&mut self, lesson: Result<Lesson, Refusal>) {
        self.read += 1;
        let line = self.read;
        match lesson {
            Ok(Lesson::Learned { .. }) => self.used += 1,
            Ok(Lesson::Inferred) => self.inferred += 1,
            Ok(Lesson::Contradiction { with_earlier }) => {
                self.contradictions += 1;
                if self.listed_contradictions.len() < LISTED {
                    self.listed_contradictions.push(Contradiction { line, with_earlier });
                }
            }
            // What a later version tells apart is in doubt for this one.
            Ok(_) => self.in_doubt += 1,
            Err(refusal) => {
                self.skipped += 1;
                if self.listed_skipped.len() < LISTED && refusal.kind != ANOTHER_REQUEST {
                    self.listed_skipped.push((line, refusal));
                }
            }
        }
    }

    pub fn describe(&self, learner: &Learner<'_>, unit: &str) -> String {
        let flags = flags(learner).join(" ");
        let mut text =
            format!("{}\n", if flags.is_empty() { "no policy flag is learned" } else { &flags });
        let table = |text: &mut String, title: &str, rows: Vec<(String, String)>| {
            if !rows.is_empty() {
                let _ = writeln!(text, "\n{HEADING}{title}{HEADING:#}");
                write_table(text, 2, &rows);
            }
        };
        let (precedences, group_names) = left(learner.remaining());
        let rows = [("precedence", precedences), ("group names", group_names)];
        let rows = rows.map(|(name, left)| (String::from(name), left.join(" or "))).into();
        table(&mut text, "What is left", rows);
        let rows = [
            ("used", self.used),
            ("for an inferred need", self.inferred),
            ("in doubt", self.in_doubt),
            ("contradictions", self.contradictions),
            ("skipped", self.skipped),
        ];
        let rows = rows.map(|(name, count)| (String::from(name), count.to_string())).into();
        table(&mut text, "Observations", rows);
        let inferred = learner.inferred().map(|(operation, seen)| {
            (
                operation.to_string(),
                format!("accepted {}, forbidden {}", seen.accepted, seen.forbidden),
            )
        });
        table(&mut text, "Inferred needs, by what was answered without them", inferred.collect());
        let contradictions = self.listed_contradictions.iter().map(|contradiction| {
            let what = if contradiction.with_earlier {
                "contradicts an earlier observation"
            } else {
                "no reading explains it: check the flags, the token, the time and the answer"
            };
            (format!("{unit} {}", contradiction.line), String::from(what))
        });
        table(&mut text, "Contradictions, which rule out nothing", contradictions.collect());
        let skipped = self
            .listed_skipped
            .iter()
            .map(|(line, refusal)| (format!("{unit} {line}"), refusal.error.clone()));
        table(&mut text, "Skipped", skipped.collect());
        text
    }

    pub fn as_json(&self, learner: &Learner<'_>) -> Value {
        let (precedences, group_names) = left(learner.remaining());
        let inferred = learner.inferred().map(|(operation, seen)| {
            json!({"operation": operation.id(), "accepted": seen.accepted, "forbidden": seen.forbidden})
        });
        let contradictions = self
            .listed_contradictions
            .iter()
            .map(|contradiction| json!({"line": contradiction.line, "with_earlier": contradiction.with_earlier}));
        let skipped = self.listed_skipped.iter().map(
            |(line, refusal)| json!({"line": line, "kind": refusal.kind, "error": refusal.error}),
        );
        json!({
            "flags": flags(learner),
            "precedence": precedences,
            "group_names": group_names,
            "observations": {
                "used": self.used,
                "inferred": self.inferred,
                "in_doubt": self.in_doubt,
                "contradictions": self.contradictions,
                "skipped": self.skipped,
            },
            "inferred": inferred.collect::<Value>(),
            "contradictions": contradictions.collect::<Value>(),
            "skipped": skipped.collect::<Value>(),
        })
    }
}

/// The policy flags of what is learned.
fn flags(learner: &Learner<'_>) -> Vec<&'static str> {
    let precedence = learner.precedence().map(Precedence::name);
    let group_names = learner.group_names().map(GroupNames::name);
    let flags = [("--precedence", precedence), ("--group-names", group_names)];
    flags.into_iter().filter_map(|(flag, value)| Some([flag, value?])).flatten().collect()
}

/// The values of each setting that some reading has.
fn left(readings: Readings) -> (Vec<&'static str>, Vec<&'static str>) {
    let is_left = |with: Readings| !(readings & with).is_empty();
    let precedences =
        Precedence::ALL.iter().copied().filter(|value| is_left(Readings::with_precedence(*value)));
    let group_names =
        GroupNames::ALL.iter().copied().filter(|value| is_left(Readings::with_group_names(*value)));
    (precedences.map(Precedence::name).collect(), group_names.map(GroupNames::name).collect())
}
