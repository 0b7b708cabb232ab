//! Printing: to standard output, quietly where nobody reads it any more, and errors to standard
//! error.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use pubnub_access::explanation::Escaped;
use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::value::RawValue;

pub const HEADING: Style = Style::new().bold();
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
pub const BAD: Style = AnsiColor::Red.on_default().bold();
pub const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
pub const NOTE: Style = Style::new().dimmed();

/// Why a command could not do its work.
pub enum Failure {
    /// One line for people.
    Message(String),
    /// Nobody reads the output any more, which is as good as success.
    ReaderGone,
}

impl Failure {
    pub fn new(message: String) -> Self {
        Failure::Message(message)
    }

    pub fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => Failure::new(format!("cannot write to standard output: {error}")),
        }
    }

    /// Tells of it, and gives the exit status.
    pub fn report(&self) -> ExitCode {
        match self {
            Failure::Message(message) => {
                // Nobody is left to tell if this fails.
                let _ = writeln!(anstream::stderr(), "{BAD}error:{BAD:#} {message}");
                ExitCode::from(2)
            }
            Failure::ReaderGone => ExitCode::SUCCESS,
        }
    }
}

/// Says something beside the output, on standard error.
pub fn note(text: &str) {
    // Nobody is left to tell if this fails.
    let _ = writeln!(anstream::stderr(), "{NOTE}note:{NOTE:#} {text}");
}

/// Settles when colours are used.
pub fn set_color(choice: ColorChoice) {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Prints styled text; the styles show where colours are used.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    written(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Prints bytes as they are.
pub fn print_raw(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// Prints one line of JSON.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    written(write_json(&mut stdout, None, value).and_then(|()| stdout.flush()))
}

/// Writes one line of JSON, piece by piece: an answer can be longer than what it is about. The id
/// is the first member of the object, as it was written, whatever the size of its numbers.
pub fn write_json(
    output: &mut impl Write,
    id: Option<&RawValue>,
    value: &impl Serialize,
) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut *output, Printable { id }))?;
    output.write_all(b"\n")
}

/// Writes JSON that is safe to print: characters that do not show are escaped.
struct Printable<'a> {
    id: Option<&'a RawValue>,
}

impl Formatter for Printable<'_> {
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"{")?;
        match self.id.take() {
            Some(id) => {
                writer.write_all(b"\"id\":")?;
                self.write_raw_fragment(writer, id.get())?;
                writer.write_all(b",")
            }
            None => Ok(()),
        }
    }

    fn write_raw_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // White space may hold carriage returns, which some readers take for the end of a line.
        writer.write_all(printable_json(&fragment.replace('\r', " ")).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        writer.write_all(printable_json(fragment).as_bytes())
    }
}

/// A reader that has gone away changes nothing about the exit status of what was printed, which may
/// be a verdict.
fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result.map_err(|error| Failure::of_output(&error)) {
        Err(Failure::ReaderGone) => Ok(()),
        written => written,
    }
}

/// JSON text that is safe to print: as it is, but for characters that do not show, which are
/// escaped as JSON does.
pub fn printable_json(json: &str) -> Cow<'_, str> {
    if json.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if Escaped::shows(c) || c == '\n' {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(text)
}

/// Writes rows of two columns; the first is as wide as its widest cell, up to a limit that keeps
/// the second in sight.
pub fn write_table<A: AsRef<str>, B: AsRef<str>>(
    text: &mut String,
    indent: usize,
    rows: &[(A, B)],
) {
    const WIDEST: usize = 44;
    let widths = rows.iter().map(|(first, _)| first.as_ref().chars().count());
    let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or_default();
    for (first, second) in rows {
        let line = format!("{:indent$}{:width$}  {}", "", first.as_ref(), second.as_ref());
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
