//! Printing to standard output, without an error if its reader has gone, and of errors to standard
//! error.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use pubnub_access::json::{QuestionError, printable};
use serde::Serialize;

use crate::layout::{self, columns};

pub const HEADING: Style = Style::new().bold();
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
pub const BAD: Style = AnsiColor::Red.on_default().bold();
pub const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
pub const NOTE: Style = Style::new().dimmed();

/// The reason why a command failed.
pub enum Failure {
    /// One line for people, and a stable code.
    Message { kind: &'static str, message: String, offset: Option<usize> },
    /// The reader of the output has gone, which counts as success.
    ReaderGone,
}

impl Failure {
    pub fn new(message: String) -> Self {
        Failure::of_kind("failure", message)
    }

    pub fn of_kind(kind: &'static str, message: String) -> Self {
        Failure::Message { kind, message, offset: None }
    }

    /// Returns the failure with its context in front.
    pub fn within(self, what: &str) -> Self {
        match self {
            Failure::Message { kind, message, offset } => {
                Failure::Message { kind, message: format!("{what}: {message}"), offset }
            }
            Failure::ReaderGone => self,
        }
    }

    pub fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => Failure::new(format!("cannot write to standard output: {error}")),
        }
    }

    /// Prints the failure, and returns the exit status.
    pub fn report(&self, as_json: bool) -> ExitCode {
        match self {
            Failure::Message { kind, message, offset } => {
                // If standard error fails, nothing is left to report it on.
                let _ = if as_json {
                    let error = JsonError { error: message, kind, offset: *offset };
                    writeln!(io::stderr(), "{}", json_line(&error))
                } else {
                    writeln!(anstream::stderr(), "{BAD}error:{BAD:#} {message}")
                };
                ExitCode::from(2)
            }
            Failure::ReaderGone => ExitCode::SUCCESS,
        }
    }
}

#[derive(Serialize)]
struct JsonError<'a> {
    error: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
}

impl From<QuestionError> for Failure {
    fn from(error: QuestionError) -> Self {
        Failure::Message { kind: error.kind(), message: error.to_string(), offset: error.offset() }
    }
}

/// Prints a note to standard error.
pub fn note(text: &str) {
    // If standard error fails, nothing is left to report it on.
    let _ = writeln!(anstream::stderr(), "{NOTE}note:{NOTE:#} {text}");
}

/// Sets when colours are used.
pub fn set_color(choice: ColorChoice) {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Prints styled text, wrapped for the terminal. Styles show only if colours are used.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    written(stdout.write_all(layout::fitted(text).as_bytes()).and_then(|()| stdout.flush()))
}

/// Prints bytes unchanged.
pub fn print_raw(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// Prints one line of JSON.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print_raw(format!("{}\n", json_line(value)).as_bytes())
}

/// Returns a value as JSON that is safe to print.
pub fn json_line<T: Serialize>(value: &T) -> String {
    // Writing to memory cannot fail, and every key is a text.
    printable(&serde_json::to_string(value).unwrap_or_default()).into_owned()
}

/// Converts the result of writing. If the reader has gone, the exit status stays that of the
/// verdict.
fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result.map_err(|error| Failure::of_output(&error)) {
        Err(Failure::ReaderGone) => Ok(()),
        written => written,
    }
}

/// Writes rows of two columns. The first is as wide as its widest cell, up to a limit that keeps
/// the second in sight.
pub fn write_table<A: AsRef<str>, B: AsRef<str>>(
    text: &mut String,
    indent: usize,
    rows: &[(A, B)],
) {
    const WIDEST: usize = 44;
    let widths = rows.iter().map(|(first, _)| columns(first.as_ref()));
    let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or_default();
    for (first, second) in rows {
        let (first, second) = (first.as_ref(), second.as_ref());
        let padding = width.saturating_sub(columns(first)).saturating_add(2);
        let line = format!("{:indent$}{first}{:padding$}{second}", "", "");
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
