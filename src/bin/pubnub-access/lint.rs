//! `lint`: what is wrong with a token, or will surprise whoever wrote it.

use std::fmt::Write;
use std::process::ExitCode;

use pubnub_access::audit::{Finding, Severity, lint};
use serde::Serialize;

use crate::args::{Format, LintArgs};
use crate::output::{BAD, DOUBTFUL, Failure, GOOD, NOTE, print, print_json};
use crate::token;

pub fn run(args: &LintArgs) -> Result<ExitCode, Failure> {
    let token = token::read(&args.token)?;
    let findings = lint(&token);
    match args.format.format {
        Format::Json => print_json(&Findings { findings: &findings }),
        Format::Human => print(&describe(&findings)),
    }?;
    let counted = findings.iter().filter(|finding| !args.allow.contains(&finding.code()));
    let worst = counted.map(Finding::severity).max();
    Ok(ExitCode::from(u8::from(worst.is_some_and(|worst| worst >= args.deny.severity()))))
}

#[derive(Serialize)]
struct Findings<'a> {
    findings: &'a [Finding<'a>],
}

/// Each finding with what it costs and what to write instead, then how many there are.
fn describe(findings: &[Finding<'_>]) -> String {
    let mut text = String::new();
    for finding in findings {
        let style = match finding.severity() {
            Severity::Error => BAD,
            Severity::Warning => DOUBTFUL,
            Severity::Note => NOTE,
        };
        let (severity, code) = (finding.severity(), finding.code());
        let _ = writeln!(
            text,
            "{style}{severity}{style:#}: {} {NOTE}[{code}]{NOTE:#}",
            finding.location()
        );
        let _ =
            writeln!(text, "  {}\n  {NOTE}instead:{NOTE:#} {}\n", finding.cost(), finding.advice());
    }
    if findings.is_empty() {
        let _ = writeln!(text, "{GOOD}nothing found{GOOD:#}");
        return text;
    }
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
        let count = findings.iter().filter(|finding| finding.severity() == severity).count();
        format!("{count} {severity}{}", if count == 1 { "" } else { "s" })
    });
    let _ = writeln!(text, "{}", counts.join(", "));
    text
}
