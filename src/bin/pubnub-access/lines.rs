//! Lines of an input of any length, in constant memory.

use std::io::{BufRead, BufReader, ErrorKind, Read};

use pubnub_access::json::QuestionError;

use crate::output::Failure;

/// The longest line that is kept, in bytes, without its line feed.
pub const LONGEST_LINE: usize = 1024 * 1024;

/// Returns the error of a longer line.
pub fn line_too_long() -> QuestionError {
    QuestionError::too_long("the line", LONGEST_LINE)
}

/// The result of reading a line.
pub enum Line {
    /// A line, without its end.
    Whole,
    /// A line that was too long to keep.
    TooLong,
    /// The input has ended.
    End,
}

/// Reads a line into `line`. Calls `before_wait` whenever reading may block. `name` is the input's
/// name for errors.
pub fn read_line<R: Read>(
    input: &mut BufReader<R>,
    name: &str,
    line: &mut Vec<u8>,
    mut before_wait: impl FnMut() -> Result<(), Failure>,
) -> Result<Line, Failure> {
    line.clear();
    let mut started = false;
    let mut too_long = false;
    loop {
        if input.buffer().is_empty() {
            before_wait()?;
        }
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::new(format!("cannot read {name}: {error}"))),
            Ok(buffer) => buffer,
        };
        let at_end = buffer.is_empty();
        let line_end = buffer.iter().position(|byte| *byte == b'\n');
        let part = buffer.get(..line_end.unwrap_or(buffer.len())).unwrap_or_default();
        started |= !at_end;
        too_long |= line.len() + part.len() > LONGEST_LINE;
        if !too_long {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(line_end.is_some());
        input.consume(used);
        if line_end.is_some() || at_end {
            return Ok(match (started, too_long) {
                (false, _) => Line::End,
                (true, true) => Line::TooLong,
                (true, false) => Line::Whole,
            });
        }
    }
}
