//! `operations`: the operation table, and how an operation is found in it.

use std::ffi::OsStr;
use std::fmt::Write;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};
use pubnub_access::operation::{Projections, Requirements, ResourceRequirement};
use pubnub_access::{Operation, Permission, ResourceKind};
use serde::Serialize;

use crate::args::{Format, OperationsArgs};
use crate::nearest::{in_lower_case, nearest};
use crate::output::{Failure, HEADING, NOTE, print, print_json, write_table};

pub fn run(args: &OperationsArgs) -> Result<(), Failure> {
    match args.format.format {
        Format::Json => {
            print_json(&Operation::ALL.iter().copied().map(Row::of).collect::<Vec<_>>())
        }
        Format::Human => print(&describe()),
    }
}

fn describe() -> String {
    let mut text = String::new();
    let all = Operation::ALL;
    let width = all.iter().map(|operation| operation.id().len()).max().unwrap_or_default();
    for area in all.chunk_by(|a, b| a.area() == b.area()) {
        let title = area.first().map_or("", |operation| operation.area());
        let _ = writeln!(text, "{HEADING}{title}{HEADING:#}");
        let cell = |operation: &Operation| {
            (format!("{operation:width$}"), operation.requirements().to_string())
        };
        write_table(&mut text, 2, &area.iter().map(cell).collect::<Vec<_>>());
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "{NOTE}\"each\" is a permission on every resource that is named. What is \"inferred\" or \"unknown\" is not \
         documented\nby PubNub, and which fields a projection of DataSync hides or refuses, only the service knows: an \
         answer that\ndepends on either is indeterminate.{NOTE:#}"
    );
    text
}

/// A row of the table as JSON.
#[derive(Serialize)]
struct Row {
    id: Operation,
    area: &'static str,
    decided_by: &'static str,
    resources: Vec<Resource>,
    get_all: Option<ResourceKind>,
    needs: String,
}

impl Row {
    fn of(operation: Operation) -> Self {
        let (decided_by, resources, get_all) = match operation.requirements() {
            Requirements::Resources(accesses) => ("resources", accesses, None),
            Requirements::KeysetFlag(kind) => ("keyset_flag", &[][..], Some(kind)),
            Requirements::ValidToken { .. } => ("valid_token", &[][..], None),
            // What a later version adds is not known to this one.
            _ => ("unknown", &[][..], None),
        };
        let resources = resources.iter().map(Resource::of).collect();
        let needs = operation.requirements().to_string();
        Row { id: operation, area: operation.area(), decided_by, resources, get_all, needs }
    }
}

/// A kind of resource that an operation names.
#[derive(Serialize)]
struct Resource {
    kind: ResourceKind,
    permission: Option<Permission>,
    many: bool,
    inferred: bool,
    optional: bool,
    projections: Projections,
}

impl Resource {
    fn of(access: &ResourceRequirement) -> Self {
        let ResourceRequirement { kind, permission, many, inferred, optional, projections, .. } =
            *access;
        Resource { kind, permission, many, inferred, optional, projections }
    }
}

/// Parses an operation's id on the command line; the ids are there for completions.
#[derive(Clone)]
pub struct OperationParser;

impl TypedValueParser for OperationParser {
    type Value = Operation;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Operation, clap::Error> {
        TypedValueParser::parse_ref(&parse, command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(
            Operation::ALL.iter().copied().map(|operation| PossibleValue::new(operation.id())),
        ))
    }
}

/// Finds an operation by its id, or says which ones are near.
pub fn parse(id: &str) -> Result<Operation, String> {
    let near = nearest(&in_lower_case(id, '-'), Operation::ALL.iter().copied().map(Operation::id));
    id.parse().map_err(|_| match near.as_slice() {
        [] => String::from("unknown operation; `pubnub-access operations` lists all"),
        near => format!("unknown operation; did you mean {}?", near.join(" or ")),
    })
}
