//! The text of `request` for people.

use std::fmt::Write;

use pubnub_access::ResourceKind;
use pubnub_access::explanation::{Escaped, Requirement};
use pubnub_access::gateway::Route;
use pubnub_access::json::{PastedRequests, RequestReport, TokenSource, printable};

use crate::check;
use crate::output::{HEADING, NOTE, write_table};

/// Returns the answer about one request.
pub fn describe(report: &RequestReport<'_>) -> String {
    let mut text = String::new();
    outcome(&mut text, report);
    asked(&mut text, report);
    match report.with_token_at_hand() {
        None => explain(&mut text, report),
        Some(supposed) => {
            let verdict = supposed.verdict();
            let style = check::style(verdict);
            let _ = writeln!(
                text,
                "\nwith the token of PUBNUB_TOKEN it would be: {style}{verdict}{style:#}, {}",
                supposed.message()
            );
            explain(&mut text, supposed);
        }
    }
    text
}

/// Returns the answer about an entry of a HAR file, with its notes.
pub fn describe_entry(report: &RequestReport<'_>) -> String {
    let mut text = String::new();
    if let Some(entry) = report.entry() {
        let status = entry.status.map(|status| format!(", answered {status}"));
        let number = entry.number;
        let status = status.unwrap_or_default();
        let _ = writeln!(text, "{HEADING}Entry {number}{status}: {}{HEADING:#}", report.what());
    }
    text.push_str(&describe(report));
    report.notes().iter().for_each(|note| {
        let _ = writeln!(text, "{NOTE}note: {note}{NOTE:#}");
    });
    text
}

/// Returns the numbers of requests in a HAR file that were answered and left out.
pub fn summary(requests: &PastedRequests, answered: usize) -> String {
    let left_out = match requests.left_out() {
        0 => String::new(),
        count => format!(", and {count} more of PubNub's interface left out"),
    };
    let others = requests.others();
    format!("\n{answered} requests answered{left_out}; {others} others in the file\n")
}

fn outcome(text: &mut String, report: &RequestReport<'_>) {
    let verdict = report.verdict();
    let style = check::style(verdict);
    let done = match report.rejection() {
        // The service refuses it, not the gateway.
        _ if report.excess().is_some() => String::new(),
        None => String::from(", forwarded"),
        Some(rejection) => format!(", rejected with {}", rejection.status()),
    };
    let verdict = verdict.name().to_uppercase();
    let _ = writeln!(text, "{style}{verdict}{style:#}{done}: {}", report.message());
    if let Some(rejection) = report.rejection() {
        let _ = writeln!(text, "  {}", printable(rejection.body()));
    }
    if let Some(place) = report.place() {
        let _ = write!(text, "\n{place}");
    }
}

fn asked(text: &mut String, report: &RequestReport<'_>) {
    let Some(route) = report.route() else { return };
    let mut rows = vec![("asks for", report.what())];
    let mut row = |name, value: Option<&str>| {
        rows.extend(value.map(|value| (name, Escaped(value).to_string())));
    };
    row("subscribe key", route.subscribe_key());
    row("publish key", route.publish_key());
    for kind in ResourceKind::ALL.iter().copied() {
        let names: Vec<&str> = report.names(kind).collect();
        if !names.is_empty() {
            rows.push((kind.plural(), list(&names)));
        }
    }
    rows.push(("requester", requester(route)));
    rows.extend(credential(report).map(|credential| ("credential", credential)));
    let _ = writeln!(text, "\n{HEADING}The request{HEADING:#}");
    write_table(text, 2, &rows);
}

/// Returns names as a list, cut if there are many.
fn list(names: &[&str]) -> String {
    const SHOWN: usize = 30;
    let shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| Escaped(name).to_string()).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn requester(route: &Route<'_>) -> String {
    route.user_id().map_or("not named".into(), |user| Escaped(user).to_string())
}

fn credential(report: &RequestReport<'_>) -> Option<String> {
    let what = match report.credential()? {
        "none" => "none",
        "token" => "a token",
        "broken_token" => "a token that cannot be decoded",
        "auth_key" => "no token: an authorization key of version 2 perhaps",
        "variable" => "no token: the text of a variable that held none",
        "hidden" => "masked",
        _ => "a signature with the secret key, which the service checks",
    };
    Some(match report.token_source() {
        TokenSource::Given if what == "a token" => format!("{what}, from --token"),
        TokenSource::AtHand if what == "a token" => format!("{what}, from PUBNUB_TOKEN"),
        _ => what.into(),
    })
}

/// Writes the answer of `check`, as far as the requirements are known.
fn explain(text: &mut String, report: &RequestReport<'_>) {
    if let Some(answer) = report.check() {
        let _ = write!(
            text,
            "\n{}",
            check::describe(answer, "the requester is the `uuid` of the query")
        );
        return;
    }
    if report.conditions().is_empty() {
        return;
    }
    report.advice().iter().for_each(|advice| {
        let _ = writeln!(text, "\n{advice}");
    });
    check::conditions(text, report.conditions());
    let of_body = report.requirement_of_body();
    if let Some(Requirement { kind: Some(kind), permission, .. }) = of_body {
        let _ = writeln!(text, "\n{HEADING}What {} needs{HEADING:#}", report.what());
        report.known_requirements().for_each(|report| check::requirement(text, report));
        if let Some(permission) = permission {
            let _ = writeln!(
                text,
                "  not known      {permission} on what its body names: {}",
                kind.plural()
            );
        }
    }
    check::not_verified(text, report.conditions());
}
