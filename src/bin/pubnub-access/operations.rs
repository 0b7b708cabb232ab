//! `operations`: the operation table, and how an operation is found in it.

use std::ffi::OsStr;
use std::fmt::Write;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};
use pubnub_access::{Access, Needs, Operation, Projections};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::args::{Format, OperationsArgs};
use crate::nearest::{in_lower_case, nearest};
use crate::output::{Failure, HEADING, NOTE, print, print_json, write_table};

pub fn run(args: &OperationsArgs) -> Result<(), Failure> {
    match args.format.format {
        Format::Json => print_json(&Operation::ALL.into_iter().map(Row).collect::<Vec<_>>()),
        Format::Human => print(&describe()),
    }
}

fn describe() -> String {
    let mut text = String::new();
    let all: Vec<Operation> = Operation::ALL.into_iter().collect();
    let width = all.iter().map(|operation| operation.id().len()).max().unwrap_or_default();
    for area in all.chunk_by(|a, b| a.area() == b.area()) {
        let title = area.first().map_or("", |operation| operation.area());
        let _ = writeln!(text, "{HEADING}{title}{HEADING:#}");
        let cell = |operation: &Operation| (format!("{operation:width$}"), operation.needs().to_string());
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
struct Row(Operation);

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row(operation) = self;
        let (decided_by, resources, kind) = match operation.needs() {
            Needs::Resources(accesses) => ("resources", accesses, None),
            Needs::KeysetFlag(kind) => ("keyset_flag", &[][..], Some(kind)),
            Needs::ValidToken { .. } => ("valid_token", &[][..], None),
            // What a later version adds is not known to this one.
            _ => ("unknown", &[][..], None),
        };
        let mut row = serializer.serialize_map(None)?;
        row.serialize_entry("id", operation.id())?;
        row.serialize_entry("area", operation.area())?;
        row.serialize_entry("decided_by", decided_by)?;
        row.serialize_entry("resources", &resources.iter().map(Resource).collect::<Vec<_>>())?;
        row.serialize_entry("get_all", &kind)?;
        row.serialize_entry("needs", &operation.needs().to_string())?;
        row.end()
    }
}

/// A kind of resource that an operation names.
struct Resource<'a>(&'a Access);

impl Serialize for Resource<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Resource(access) = self;
        let mut resource = serializer.serialize_map(None)?;
        resource.serialize_entry("kind", &access.kind)?;
        resource.serialize_entry("permission", &access.permission)?;
        resource.serialize_entry("many", &access.many)?;
        resource.serialize_entry("inferred", &access.inferred)?;
        resource.serialize_entry("optional", &access.optional)?;
        let projections = match access.projections {
            Projections::Hide => "hide",
            Projections::Restrict => "restrict",
            _ => "none",
        };
        resource.serialize_entry("projections", projections)?;
        resource.end()
    }
}

/// Parses an operation's id on the command line; the ids are there for completions.
#[derive(Clone)]
pub struct OperationParser;

impl TypedValueParser for OperationParser {
    type Value = Operation;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Operation, clap::Error> {
        TypedValueParser::parse_ref(&parse, command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Operation::ALL.into_iter().map(|operation| PossibleValue::new(operation.id()))))
    }
}

/// Finds an operation by its id, or says which ones are near.
pub fn parse(id: &str) -> Result<Operation, String> {
    let near = nearest(&in_lower_case(id, '-'), Operation::ALL.into_iter().map(Operation::id));
    id.parse().map_err(|_| match near.as_slice() {
        [] => String::from("unknown operation; `pubnub-access operations` lists all"),
        near => format!("unknown operation; did you mean {}?", near.join(" or ")),
    })
}
