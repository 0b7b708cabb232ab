//! `check`: may this token do that, and why.

use std::fmt::Write;
use std::process::ExitCode;

use pubnub_access::explanation::{ConditionReport, Escaped, Requirement, RequirementReport};
use pubnub_access::{Explanation, Reason, RequestErrorKind, ResourceKind, Verdict, explain};

use crate::args::{CheckArgs, Format};
use crate::output::{BAD, DOUBTFUL, Failure, GOOD, HEADING, NOTE, print, print_json};
use crate::{time, token};

pub fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let token = token::read(&args.token)?;
    // The arguments require it where it is not a batch.
    let Some(operation) = args.operation else {
        return Err(Failure::new("no operation is given".into()));
    };
    let request = args.names.request(operation).map_err(|error| {
        let for_requester =
            error.kind() == RequestErrorKind::UnexpectedResource(ResourceKind::User);
        let hint = if for_requester { ": --user-id is for the one who asks" } else { "" };
        Failure::new(format!("{error}{hint}"))
    })?;
    let now = args.at.at.unwrap_or_else(time::now);
    let explanation = explain(&token, &request, now, &args.policy.policy());
    match args.format.format {
        Format::Json => print_json(&explanation),
        Format::Human => {
            print(&describe(&explanation, "give the user id of the requester with --user-id"))
        }
    }?;
    Ok(exit_code(explanation.verdict()))
}

/// The exit status of a verdict.
pub fn exit_code(verdict: Verdict) -> ExitCode {
    ExitCode::from(match verdict {
        Verdict::Allow => 0,
        Verdict::Deny => 1,
        Verdict::Indeterminate => 3,
    })
}

/// The verdict, then everything that bears on it. `to_name_user` says what to do where the
/// requester is missing.
pub fn describe(explanation: &Explanation<'_>, to_name_user: &str) -> String {
    let mut text = String::new();
    let verdict = explanation.verdict();
    let phrases = explanation.summary();
    let style = style(verdict);
    let _ = writeln!(text, "{style}{}{style:#}: {phrases}", verdict.name().to_uppercase());
    conditions(&mut text, explanation);
    requirements(&mut text, explanation);
    note(&mut text, explanation, to_name_user);
    text
}

pub fn conditions(text: &mut String, explanation: &Explanation<'_>) {
    let _ = writeln!(text, "\n{HEADING}Conditions on the token{HEADING:#}");
    for report in explanation.conditions() {
        let name = report.condition.code().replace('_', " ");
        let _ = writeln!(text, "  {}  {name:15}  {}", cell(report.verdict), report.reason);
    }
}

fn requirements(text: &mut String, explanation: &Explanation<'_>) {
    let _ = writeln!(text, "\n{HEADING}What {} needs{HEADING:#}", explanation.operation());
    if explanation.requirements().is_empty() {
        text.push_str("  no permission\n");
    }
    explanation.requirements().iter().for_each(|report| requirement(text, report));
}

pub fn requirement(text: &mut String, report: &RequirementReport<'_>) {
    let _ = writeln!(text, "  {}  {}", cell(report.verdict), subject(report));
    for reason in &report.reasons {
        let _ = writeln!(text, "  {:13}  - {reason}", "");
    }
}

/// What a requirement asks for.
fn subject(report: &RequirementReport<'_>) -> String {
    match &report.requirement {
        Requirement {
            kind: Some(kind), name: Some(name), permission: Some(permission), ..
        } => {
            format!("{permission} on {kind} {}", Escaped(name))
        }
        Requirement { kind: Some(kind), permission: Some(permission), .. } => {
            format!("{permission} on all {}", kind.plural())
        }
        _ => String::from("not known"),
    }
}

/// What a verdict rests on, and what to do about a doubt.
fn note(text: &mut String, explanation: &Explanation<'_>, to_name_user: &str) {
    let missing_user =
        |report: &ConditionReport<'_>| matches!(report.reason, Reason::UserMissing { .. });
    if explanation.conditions().iter().any(missing_user) {
        let _ = writeln!(text, "\nThe token is for one user only: {to_name_user}.");
    }
    let decision = explanation.decision();
    let considered = decision.considered_readings().len();
    if explanation.verdict() == Verdict::Indeterminate {
        let granting = decision.granting_readings().len();
        let _ = writeln!(
            text,
            "\n{granting} of the {considered} readings of what PubNub leaves undocumented allow it: \
             where you know better, a policy flag says so (see --help)."
        );
    }
    not_verified(text);
}

/// What every answer about a token rests on.
pub fn not_verified(text: &mut String) {
    let _ = writeln!(
        text,
        "\n{NOTE}The signature is not verified: the answer holds if the token is genuine and not revoked.{NOTE:#}"
    );
}

/// A verdict as a cell of constant width.
fn cell(verdict: Verdict) -> String {
    let style = style(verdict);
    format!("{style}{verdict:13}{style:#}")
}

pub fn style(verdict: Verdict) -> anstyle::Style {
    match verdict {
        Verdict::Allow => GOOD,
        Verdict::Deny => BAD,
        Verdict::Indeterminate => DOUBTFUL,
    }
}
