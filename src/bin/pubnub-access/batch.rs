//! `check --batch`: questions in, answers out, one JSON object a line, in order, in one pass and
//! constant memory.

use std::io::{self, BufReader, BufWriter, Write};

use crate::lines::{Line, read_line};
use crate::output::{Failure, write_json};
use crate::question::{Members, Question, Refusal};

const BUFFER: usize = 64 * 1024;

pub fn run() -> Result<(), Failure> {
    let mut input = BufReader::with_capacity(BUFFER, std::io::stdin().lock());
    let mut output = BufWriter::with_capacity(BUFFER, std::io::stdout().lock());
    let mut line = Vec::new();
    loop {
        // Whoever asks a question and waits for its answer before asking the next gets it.
        let flush = || output.flush().map_err(|error| Failure::of_output(&error));
        let written = match read_line(&mut input, "standard input", &mut line, flush)? {
            Line::Whole => answer(&line, &mut output),
            Line::TooLong => write_json(&mut output, None, &Refusal::line_too_long()),
            Line::End => return Ok(()),
        };
        written.map_err(|error| Failure::of_output(&error))?;
    }
}

/// Answers one line.
fn answer(line: &[u8], output: &mut impl Write) -> io::Result<()> {
    let members = match Members::of_line(line) {
        Ok(members) => members,
        Err(refusal) => return write_json(output, None, &refusal),
    };
    let id = members.raw("id");
    match Question::read(&members, &Question::KEYS) {
        Ok(question) => question.explain(|answer| match answer {
            Ok(explanation) => write_json(output, id, explanation),
            Err(refusal) => write_json(output, id, &refusal),
        }),
        Err(refusal) => write_json(output, id, &refusal),
    }
}
