//! `operations`: the operation table, and the parser of operation ids.

use std::ffi::OsStr;
use std::fmt::Write;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};
use pubnub_access::Operation;
use pubnub_access::json::{answer, parse_operation};

use crate::args::{Format, OperationsArgs};
use crate::layout;
use crate::output::{Failure, HEADING, NOTE, print, print_raw, write_table};

pub fn run(args: &OperationsArgs) -> Result<(), Failure> {
    match args.format.format {
        Format::Json => {
            print_raw(format!("{}\n", answer(r#"{"command":"operations"}"#)).as_bytes())
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
    let note = "\"each\" is a permission on every resource that is named. What is \"inferred\" or \
                \"unknown\" is not documented by PubNub, and which fields a projection of DataSync \
                hides or refuses, only the service knows: an answer that depends on either is \
                indeterminate.";
    let _ = writeln!(text, "{NOTE}{}{NOTE:#}", layout::list(note));
    text
}

/// Parses an operation's id; lists the ids for completions.
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
        TypedValueParser::parse_ref(&parse_operation, command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Operation::ALL.iter().map(|operation| PossibleValue::new(operation.id()))))
    }
}
