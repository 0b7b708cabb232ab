//! `lint`: mistakes and surprises in a token.

use std::fmt::Write;
use std::process::ExitCode;

use anstyle::Style;
use pubnub_access::audit::{Finding, FindingCode, Severity, lint};
use pubnub_access::json::Sarif;
use serde::Serialize;

use crate::args::{LintArgs, LintFormat};
use crate::output::{BAD, DOUBTFUL, Failure, GOOD, NOTE, print, print_json, write_table};
use crate::token;

pub fn run(args: &LintArgs) -> Result<ExitCode, Failure> {
    if args.codes {
        return codes(args.format).map(|()| ExitCode::SUCCESS);
    }
    let token = token::read(&args.token)?;
    let findings = lint(&token);
    match args.format {
        LintFormat::Json => print_json(&Findings { findings: &findings }),
        LintFormat::Sarif => {
            let file = token::file_of(&args.token).unwrap_or("token");
            print_json(&Sarif { findings: &findings, file })
        }
        LintFormat::Human => print(&describe(&findings)),
    }?;
    let counted = findings.iter().filter(|finding| !args.allow.contains(&finding.code()));
    let worst = counted.map(Finding::severity).max();
    Ok(ExitCode::from(u8::from(worst.is_some_and(|worst| worst >= args.deny.severity()))))
}

#[derive(Serialize)]
struct Findings<'a> {
    findings: &'a [Finding<'a>],
}

/// Lists the codes.
fn codes(format: LintFormat) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Code {
        code: FindingCode,
        severity: Severity,
        meaning: &'static str,
    }
    #[derive(Serialize)]
    struct Codes {
        codes: Vec<Code>,
    }
    let all = FindingCode::ALL.iter();
    match format {
        LintFormat::Human => {
            let rows = all.map(|code| {
                let severity = code.severity();
                let style = style(severity);
                let about = format!("{style}{severity:7}{style:#}  {}", code.meaning());
                (code.code(), about)
            });
            let mut text = String::new();
            write_table(&mut text, 0, &rows.collect::<Vec<_>>());
            print(&text)
        }
        LintFormat::Json => {
            let code = |code: &FindingCode| Code {
                code: *code,
                severity: code.severity(),
                meaning: code.meaning(),
            };
            print_json(&Codes { codes: all.map(code).collect() })
        }
        LintFormat::Sarif => print_json(&Sarif { findings: &[], file: "token" }),
    }
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => BAD,
        Severity::Warning => DOUBTFUL,
        Severity::Note => NOTE,
    }
}

/// Returns each finding with its cost and its advice, then the number of findings.
fn describe(findings: &[Finding<'_>]) -> String {
    let mut text = String::new();
    for finding in findings {
        let style = style(finding.severity());
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
