//! The JSON form of an answer about a request.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::explain::{ConditionReport, RequirementReport};
use crate::gateway::{
    Action, Administration, OutcomeReason, Route, RouteError, RouteErrorKind, RoutePosition,
};
use crate::json::pasted::PastedTarget;
use crate::operation::Operation;
use crate::request::resource::ResourceKind;

use super::report::RequestReport;
use super::sentences::fault;

impl Serialize for RequestReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let route = self.route;
        let operation = match self.action() {
            Some(Action::Operation(operation)) => Some(operation),
            _ => None,
        };
        let mut report = serializer.serialize_map(None)?;
        if let Some(entry) = self.entry {
            report.serialize_entry("entry", &entry.number)?;
            report.serialize_entry("status", &entry.status)?;
        }
        report.serialize_entry("verdict", &self.verdict())?;
        report.serialize_entry("forwarded", &self.outcome.is_forwarded())?;
        report.serialize_entry("reason", self.reason())?;
        report.serialize_entry("message", &self.message())?;
        report.serialize_entry("method", &self.pasted.method)?;
        report.serialize_entry("action", &route.map(ActionForm::of))?;
        report.serialize_entry("operation", &operation)?;
        report.serialize_entry("subscribe_key", &route.and_then(Route::subscribe_key))?;
        let kinds = ResourceKind::ALL.iter().copied();
        for kind in kinds.filter(|kind| *kind != ResourceKind::Space) {
            let key = kind.plural().trim_start_matches("datasync:");
            report.serialize_entry(key, &self.names(kind).collect::<Vec<_>>())?;
        }
        report.serialize_entry("user_id", &route.and_then(Route::user_id))?;
        report.serialize_entry("credential", &self.credential())?;
        let rejection = self.outcome.rejection().map(|rejection| RejectionForm {
            status: rejection.status(),
            body: serde_json::from_str(rejection.body()).ok(),
        });
        report.serialize_entry("rejection", &rejection)?;
        report.serialize_entry("check", &self.check())?;
        let partial = (self.check().is_none() && self.check.is_some()).then(|| PartialCheck {
            conditions: self.conditions(),
            requirements: self.known_requirements().collect(),
        });
        report.serialize_entry("partial_check", &partial)?;
        let error = match self.outcome.reason() {
            OutcomeReason::NotRouted(error) => Some(RouteErrorForm::of(&error, self.target)),
            _ => None,
        };
        report.serialize_entry("route_error", &error)?;
        report.serialize_entry("token_error", &self.token_error())?;
        report.serialize_entry("advice", &self.advice())?;
        report.serialize_entry("notes", &self.notes())?;
        report.serialize_entry("with_token_at_hand", &self.supposed)?;
        report.end()
    }
}

/// The known conditions and requirements, if others are unknown.
#[derive(Serialize)]
struct PartialCheck<'a> {
    conditions: &'a [ConditionReport<'a>],
    requirements: Vec<&'a RequirementReport<'a>>,
}

/// The type of an action, with its data.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ActionForm {
    Operation { operation: Operation },
    Administration { administration: Administration },
    Namespaces,
}

impl ActionForm {
    fn of(route: &Route<'_>) -> Self {
        match route.action() {
            Action::Operation(operation) => ActionForm::Operation { operation },
            Action::Administration(administration) => ActionForm::Administration { administration },
            Action::Namespaces => ActionForm::Namespaces,
        }
    }
}

#[derive(Serialize)]
struct RejectionForm<'a> {
    status: u16,
    body: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct RouteErrorForm {
    kind: RouteErrorKind,
    part: &'static str,
    position: Option<usize>,
    message: String,
}

impl RouteErrorForm {
    fn of(error: &RouteError, target: &PastedTarget) -> Self {
        let (part, position) = match error.position() {
            RoutePosition::Target(at) => ("url", Some(target.place_in_url(at))),
            RoutePosition::Body(at) => ("body", Some(at)),
            RoutePosition::Method => ("method", None),
        };
        RouteErrorForm { kind: error.kind(), part, position, message: fault(error) }
    }
}
