//! `check --batch`: questions in, answers out, one JSON object a line, in order, in one pass and constant memory.

use std::io::{BufReader, BufWriter, Write};

use serde_json::json;
use serde_json::value::RawValue;

use crate::lines::{LONGEST_LINE, Line, read_line};
use crate::output::{Failure, printable_json};
use crate::question::{Members, Question, Refusal};

const BUFFER: usize = 64 * 1024;

pub fn run() -> Result<(), Failure> {
    let mut input = BufReader::with_capacity(BUFFER, std::io::stdin().lock());
    let mut output = BufWriter::with_capacity(BUFFER, std::io::stdout().lock());
    let mut line = Vec::new();
    loop {
        // Whoever asks a question and waits for its answer before asking the next gets it.
        let flush = || output.flush().map_err(|error| Failure::of_output(&error));
        let answer = match read_line(&mut input, "standard input", &mut line, flush)? {
            Line::Whole => answer(&line),
            Line::TooLong => too_long(),
            Line::End => return Ok(()),
        };
        writeln!(output, "{answer}").map_err(|error| Failure::of_output(&error))?;
    }
}

/// Answers one line.
fn answer(line: &[u8]) -> String {
    let members = match Members::of_line(line) {
        Ok(members) => members,
        Err(refusal) => return compose(None, &refusal_json(&refusal)),
    };
    let question = Question::read(&members, &Question::KEYS);
    let body =
        question.and_then(|question| question.explain_as_json()).unwrap_or_else(|refusal| refusal_json(&refusal));
    compose(members.raw("id"), &body)
}

fn too_long() -> String {
    let error = format!("the line is longer than {LONGEST_LINE} bytes");
    compose(None, &refusal_json(&Refusal { kind: "line_too_long", error }))
}

fn refusal_json(refusal: &Refusal) -> String {
    json!({ "error": refusal.error, "kind": refusal.kind }).to_string()
}

/// Puts the line's id before the members of the object `body`.
///
/// This is done in the text, so that the id stays as it was written, whatever the size of its numbers; only characters that
/// do not show are escaped, in it as in the rest.
fn compose(id: Option<&RawValue>, body: &str) -> String {
    let mut answer = String::from("{");
    if let Some(id) = id {
        // White space may hold carriage returns, which some readers take for the end of a line.
        answer.push_str(&format!("\"id\":{},", id.get().replace('\r', " ")));
    }
    answer.push_str(body.strip_prefix('{').and_then(|body| body.strip_suffix('}')).unwrap_or_default());
    answer.push('}');
    printable_json(&answer)
}
