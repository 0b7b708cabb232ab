//! What `request` prints: what is asked for, what the gateway does, and why.

use std::fmt::Write;

use pubnub_access::explanation::{Escaped, Requirement, RequirementReport};
use pubnub_access::gateway::{
    Action, Administration, Credential, Outcome, OutcomeReason, Route, RouteError, RouteErrorKind,
    RoutePosition,
};
use pubnub_access::{Explanation, Operation, ResourceKind};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::check;
use crate::output::{HEADING, printable_json, write_table};

use super::pasted::{Pasted, Target};
use super::secrets::pointed;

/// Where the credential comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Given {
    Url,
    Flag,
    Variable,
    /// It is blotted out in the URL, and none was given instead.
    Hidden,
}

/// Everything that is printed.
pub struct Report<'a> {
    pub pasted: &'a Pasted,
    pub target: &'a Target,
    pub outcome: &'a Outcome,
    /// What is asked for, where it is understood.
    pub route: Option<&'a Route<'a>>,
    /// Whether the body names something and was not given, so that some of the names are made up.
    pub needs_body: bool,
    /// What the token says of it.
    pub explanation: Option<Explanation<'a>>,
}

impl Report<'_> {
    pub fn describe(&self) -> String {
        let mut text = String::new();
        let verdict = self.outcome.verdict();
        let style = check::style(verdict);
        let done = match self.outcome.rejection() {
            None => String::from("forwarded"),
            Some(rejection) => format!("rejected with {}", rejection.status()),
        };
        let verdict = verdict.name().to_uppercase();
        let _ = writeln!(text, "{style}{verdict}{style:#}, {done}: {}", self.message());
        if let Some(rejection) = self.outcome.rejection() {
            let _ = writeln!(text, "  {}", printable_json(rejection.body()));
        }
        if let OutcomeReason::NotRouted(error) = self.outcome.reason() {
            self.point_to(&mut text, &error);
        }
        if let Some(route) = self.route {
            self.asked(&mut text, route);
        }
        self.explain(&mut text);
        text
    }

    /// Why, with the place of what is wrong counted in what was pasted.
    fn message(&self) -> String {
        match self.outcome.reason() {
            OutcomeReason::NotRouted(error) => format!("it is not understood: {}", fault(&error)),
            reason => reason.to_string(),
        }
    }

    fn point_to(&self, text: &mut String, error: &RouteError) {
        let _ = match error.position() {
            RoutePosition::Target(at) => {
                write!(text, "\n{}", pointed(&self.pasted.url, self.target.place_in_url(at)))
            }
            RoutePosition::Body(at) => writeln!(text, "\n  at byte {at} of the body"),
            _ => writeln!(text, "\n  the method is {}", Escaped(&self.pasted.method)),
        };
    }

    fn asked(&self, text: &mut String, route: &Route<'_>) {
        // Only the body tells a change that sets from one that removes, and both need the same.
        let changes = matches!(
            route.action(),
            Action::Operation(Operation::SetMemberships | Operation::SetChannelMembers)
        );
        let or_remove = if self.needs_body && changes { ", or to remove" } else { "" };
        let mut rows = vec![("asks for", what(route.action()) + or_remove)];
        let mut row = |name, value: Option<&str>| {
            rows.extend(value.map(|value| (name, Escaped(value).to_string())));
        };
        row("subscribe key", route.subscribe_key());
        row("publish key", route.publish_key());
        for kind in ResourceKind::ALL.iter().copied() {
            let names: Vec<String> =
                self.names(route, kind).map(|name| Escaped(name).to_string()).collect();
            if !names.is_empty() {
                rows.push((kind.plural(), names.join(", ")));
            }
        }
        rows.push((
            "requester",
            route.user_id().map_or("not named".into(), |user| Escaped(user).to_string()),
        ));
        rows.push(("credential", self.credential_for_people(route)));
        let _ = writeln!(text, "\n{HEADING}The request{HEADING:#}");
        write_table(text, 2, &rows);
    }

    /// The names of a kind, but for those that are made up.
    fn names<'r>(&self, route: &'r Route<'_>, kind: ResourceKind) -> impl Iterator<Item = &'r str> {
        let known = self.made_up() != Some(kind);
        route
            .resources()
            .filter(move |resource| known && resource.kind == kind)
            .map(|resource| resource.name)
    }

    fn credential_for_people(&self, route: &Route<'_>) -> String {
        let what = match self.credential(route) {
            "none" => "none",
            "token" => "a token",
            "broken_token" => "a token that cannot be decoded",
            "auth_key" => "no token: an authorization key of version 2 perhaps",
            "hidden" => "blotted out",
            _ => "a signature with the secret key, which the service checks",
        };
        match self.target.given {
            Given::Flag if what == "a token" => format!("{what}, from --token"),
            Given::Variable if what == "a token" => format!("{what}, from PUBNUB_TOKEN"),
            _ => what.into(),
        }
    }

    /// The kind of the credential, as a stable code.
    fn credential(&self, route: &Route<'_>) -> &'static str {
        match (route.credential(), self.outcome.reason()) {
            (Credential::None, _) => "none",
            (Credential::Signed, _) => "signature",
            _ if self.target.given == Given::Hidden => "hidden",
            (_, OutcomeReason::BrokenToken(_)) => "broken_token",
            (_, OutcomeReason::NoToken) => "auth_key",
            _ => "token",
        }
    }

    /// What `check` says, as far as it is known what is needed.
    fn explain(&self, text: &mut String) {
        let Some(explanation) = &self.explanation else { return };
        if let Some(whole) = self.whole_explanation() {
            let _ = write!(
                text,
                "\n{}",
                check::describe(whole, "the requester is the `uuid` of the query")
            );
            return;
        }
        check::conditions(text, explanation);
        if let Some(route) = self.route.filter(|_| self.needs_body) {
            let _ = writeln!(text, "\n{HEADING}What {} needs{HEADING:#}", what(route.action()));
            let (made_up, known): (Vec<_>, Vec<_>) =
                explanation.requirements().iter().partition(|report| {
                    report.requirement.kind.is_some() && report.requirement.kind == self.made_up()
                });
            known.into_iter().for_each(|report| check::requirement(text, report));
            if let Some(Requirement { kind: Some(kind), permission: Some(permission), .. }) =
                made_up.first().map(|report| &report.requirement)
            {
                let _ = writeln!(
                    text,
                    "  not known      {permission} on what its body names: {}",
                    kind.plural()
                );
            }
        }
        check::not_verified(text);
    }

    /// The explanation, where nothing in it is about a stand-in.
    fn whole_explanation(&self) -> Option<&Explanation<'_>> {
        let Action::Operation(_) = self.route?.action() else { return None };
        let is_made_up = |report: &RequirementReport<'_>| {
            report.requirement.kind.is_some() && report.requirement.kind == self.made_up()
        };
        self.explanation
            .as_ref()
            .filter(|explanation| !explanation.requirements().iter().any(is_made_up))
    }

    /// The kind of the resources that stand in for those of a body that was not given.
    fn made_up(&self) -> Option<ResourceKind> {
        self.route?.named_in_body().filter(|_| self.needs_body)
    }
}

/// What is wrong, without the place.
fn fault(error: &RouteError) -> String {
    let text = error.to_string();
    text.split_once(": ").map_or(text.clone(), |(_, fault)| fault.into())
}

/// What is asked for, for people.
fn what(action: Action) -> String {
    match action {
        Action::Operation(operation) => operation.id().into(),
        Action::Administration(what) => {
            format!("{} (Access Manager itself)", what.code().replace('_', " "))
        }
        Action::Namespaces => "namespaces of channel groups".into(),
        _ => "not known".into(),
    }
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let outcome = self.outcome;
        let route = self.route;
        let names = |kind| {
            route.map(|route| self.names(route, kind).collect::<Vec<_>>()).unwrap_or_default()
        };
        let action = route.map(Route::action);
        let operation = match action {
            Some(Action::Operation(operation)) => Some(operation),
            _ => None,
        };
        let mut report = serializer.serialize_map(None)?;
        report.serialize_entry("verdict", &outcome.verdict())?;
        report.serialize_entry("forwarded", &outcome.is_forwarded())?;
        report.serialize_entry("reason", outcome.reason().code())?;
        report.serialize_entry("message", &self.message())?;
        report.serialize_entry("method", &self.pasted.method)?;
        report.serialize_entry("action", &route.map(JsonAction::of))?;
        report.serialize_entry("operation", &operation)?;
        report.serialize_entry("subscribe_key", &route.and_then(Route::subscribe_key))?;
        report.serialize_entry("channels", &names(ResourceKind::Channel))?;
        report.serialize_entry("groups", &names(ResourceKind::Group))?;
        report.serialize_entry("uuids", &names(ResourceKind::Uuid))?;
        report.serialize_entry("users", &names(ResourceKind::User))?;
        report.serialize_entry("entities", &names(ResourceKind::Entity))?;
        report.serialize_entry("relationships", &names(ResourceKind::Relationship))?;
        report.serialize_entry("memberships", &names(ResourceKind::Membership))?;
        report.serialize_entry("user_id", &route.and_then(Route::user_id))?;
        report.serialize_entry("credential", &route.map(|route| self.credential(route)))?;
        let rejection = outcome.rejection();
        let rejection = rejection.map(|rejection| JsonRejection {
            status: rejection.status(),
            body: serde_json::from_str(rejection.body()).ok(),
        });
        report.serialize_entry("rejection", &rejection)?;
        report.serialize_entry("check", &self.whole_explanation())?;
        let error = match outcome.reason() {
            OutcomeReason::NotRouted(error) => Some(JsonRouteError::of(&error, self.target)),
            _ => None,
        };
        report.serialize_entry("route_error", &error)?;
        report.end()
    }
}

/// The type of an action, and what belongs to it.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum JsonAction {
    Operation { operation: Operation },
    Administration { administration: Administration },
    Namespaces,
    Other,
}

impl JsonAction {
    fn of(route: &Route<'_>) -> Self {
        match route.action() {
            Action::Operation(operation) => JsonAction::Operation { operation },
            Action::Administration(administration) => JsonAction::Administration { administration },
            Action::Namespaces => JsonAction::Namespaces,
            _ => JsonAction::Other,
        }
    }
}

#[derive(Serialize)]
struct JsonRejection<'a> {
    status: u16,
    body: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct JsonRouteError {
    kind: RouteErrorKind,
    part: &'static str,
    position: Option<usize>,
    message: String,
}

impl JsonRouteError {
    fn of(error: &RouteError, target: &Target) -> Self {
        let (part, position) = match error.position() {
            RoutePosition::Target(at) => ("url", Some(target.place_in_url(at))),
            RoutePosition::Body(at) => ("body", Some(at)),
            _ => ("method", None),
        };
        JsonRouteError { kind: error.kind(), part, position, message: fault(error) }
    }
}
