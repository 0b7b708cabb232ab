//! `check --batch`: questions in, answers out, one JSON object a line, in order, in one pass and
//! constant memory.

use std::io::{BufReader, BufWriter, Write};
use std::process::ExitCode;

use pubnub_access::json::{Defaults, QuestionError, answer_line};

use crate::args::CheckArgs;
use crate::lines::{Line, line_too_long, read_line};
use crate::output::{Failure, json_line, note};
use crate::token;

const BUFFER: usize = 64 * 1024;

pub fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let token = args.token_option.as_deref().map(|text| token::read_text(Some(text)));
    let deny_list = token::read_deny_list(&args.deny_list)?;
    let defaults = Defaults {
        token: token.transpose()?.map(|(_, token)| token),
        at: args.at.at,
        policy: args.policy.with_deny_list(deny_list.as_ref()),
    };
    let mut input = BufReader::with_capacity(BUFFER, std::io::stdin().lock());
    let mut output = BufWriter::with_capacity(BUFFER, std::io::stdout().lock());
    let mut line = Vec::new();
    let (mut expecting, mut differing) = (0_u64, 0_u64);
    loop {
        // Flushes before each wait, so that a caller can wait for an answer before asking the next
        // question.
        let flush = || output.flush().map_err(|error| Failure::of_output(&error));
        let json = match read_line(&mut input, "standard input", &mut line, flush)? {
            Line::Whole => {
                let answer = answer_line(&line, &defaults);
                if let Some(is_as_expected) = answer.is_as_expected {
                    expecting = expecting.saturating_add(1);
                    differing = differing.saturating_add(u64::from(!is_as_expected));
                }
                answer.json
            }
            Line::TooLong => json_line::<QuestionError>(&line_too_long()),
            Line::End => break,
        };
        let written = output.write_all(json.as_bytes()).and_then(|()| output.write_all(b"\n"));
        written.map_err(|error| Failure::of_output(&error))?;
    }
    if expecting > 0 {
        note(&format!("{differing} of {expecting} verdicts differ from what was expected"));
    }
    Ok(ExitCode::from(u8::from(differing > 0)))
}
