//! `check`: the verdict on one request, with its reasons.

use std::fmt::Write;
use std::process::ExitCode;

use pubnub_access::explanation::{ConditionReport, Escaped, Requirement, RequirementReport};
use pubnub_access::json::CheckAnswer;
use pubnub_access::{Explanation, Reason, RequestErrorKind, ResourceKind, Verdict};

use crate::args::{CheckArgs, Format};
use crate::output::{BAD, DOUBTFUL, Failure, GOOD, HEADING, NOTE, print, print_json};
use crate::{time, token};

pub fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let given = args.token.token.as_deref().or(args.token_option.as_deref());
    let (_, token) = token::read_text(given)?;
    // The arguments require it unless this is a batch.
    let Some(operation) = args.operation else {
        return Err(Failure::new("no operation is given".into()));
    };
    let request = args.names.request(operation).map_err(|error| {
        let for_requester =
            error.kind() == RequestErrorKind::UnexpectedResource(ResourceKind::User);
        let hint = if for_requester { ": --user-id is for the one who asks" } else { "" };
        Failure::of_kind(error.kind().code(), format!("{error}{hint}"))
    })?;
    let now = args.at.at.unwrap_or_else(time::now);
    let deny_list = token::read_deny_list(&args.deny_list)?;
    let policy = args.policy.with_deny_list(deny_list.as_ref());
    let answer = CheckAnswer::new(&token, &request, now, &policy);
    match args.format.format {
        Format::Json => print_json(&answer),
        Format::Human => {
            print(&describe(&answer, "give the user id of the requester with --user-id"))
        }
    }?;
    Ok(exit_code(answer.explanation().verdict()))
}

/// Returns the exit status of a verdict.
pub fn exit_code(verdict: Verdict) -> ExitCode {
    ExitCode::from(match verdict {
        Verdict::Allow => 0,
        Verdict::Deny => 1,
        Verdict::Indeterminate => 3,
    })
}

/// Returns the verdict, then everything that affects it. `to_name_user` says how to name a missing
/// requester.
pub fn describe(answer: &CheckAnswer<'_>, to_name_user: &str) -> String {
    let mut text = String::new();
    let explanation = answer.explanation();
    let verdict = explanation.verdict();
    let style = style(verdict);
    let summary = explanation.summary();
    let _ = writeln!(text, "{style}{}{style:#}: {summary}", verdict.name().to_uppercase());
    answer.advice().iter().for_each(|advice| {
        let _ = writeln!(text, "{advice}");
    });
    conditions(&mut text, explanation.conditions());
    requirements(&mut text, explanation);
    note(&mut text, answer, to_name_user);
    text
}

/// Writes the conditions, without revocation if there is no deny list.
pub fn conditions(text: &mut String, conditions: &[ConditionReport<'_>]) {
    let _ = writeln!(text, "\n{HEADING}Conditions on the token{HEADING:#}");
    for report in conditions.iter().filter(|report| report.reason != Reason::NoDenyList) {
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

/// Returns the permission and the resource of a requirement.
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

/// Writes the assumptions behind a verdict.
fn note(text: &mut String, answer: &CheckAnswer<'_>, to_name_user: &str) {
    let explanation = answer.explanation();
    let missing_user =
        |report: &ConditionReport<'_>| matches!(report.reason, Reason::UserMissing { .. });
    if explanation.conditions().iter().any(missing_user) {
        let _ = writeln!(text, "\nThe token is for one user only: {to_name_user}.");
    }
    if explanation.verdict() == Verdict::Indeterminate && answer.decided_by().is_empty() {
        let decision = explanation.decision();
        let _ = writeln!(
            text,
            "\n{} of the {} readings of what PubNub leaves undocumented allow it.",
            decision.granting_readings().len(),
            decision.considered_readings().len()
        );
    }
    not_verified(text, explanation.conditions());
}

/// Writes the assumption behind every verdict about a token.
pub fn not_verified(text: &mut String, conditions: &[ConditionReport<'_>]) {
    let no_list = conditions.iter().any(|report| report.reason == Reason::NoDenyList);
    let no_list = if no_list { " and no deny list was given" } else { "" };
    let _ = writeln!(
        text,
        "\n{NOTE}The signature is not verified{no_list}: the answer holds if the token is \
         genuine and not revoked.{NOTE:#}"
    );
}

/// Returns a verdict as a cell of constant width.
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
