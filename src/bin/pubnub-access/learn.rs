//! `learn`: which readings what the service answered rules out, as policy flags.

mod har;
mod report;

use std::io::{BufRead, BufReader, Cursor, Read};

use clap::Args;
use pubnub_access::learn::{Learner, Lesson, ServiceAnswer};

use crate::args::{Format, FormatArg};
use crate::file;
use crate::lines::{Line, read_line};
use crate::output::{Failure, print, print_json};
use crate::policy::PolicyArgs;
use crate::question::{Members, Question, Refusal};

use report::Report;

/// What a HAR file begins with, white space aside.
const HAR_START: &[u8] = b"{\"log\"";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How much is read to tell a HAR file from lines, in bytes: more than the white space of any.
const LONGEST_START: u64 = 4 * 1024;

const BUFFER: usize = 64 * 1024;

const HELP: &str = "\
JSON:
  An object. flags are the policy flags that are learned; precedence and group_names list what is
  left of each. observations counts: used (they say how the service works, or agree with all that
  is left), inferred (they count for one inferred need), in_doubt (they turn on another doubt),
  contradictions and skipped. inferred has {\"operation\",\"accepted\",\"forbidden\"} for each need that
  is inferred and was observed. contradictions has {\"line\",\"with_earlier\"}, and skipped
  {\"line\",\"kind\",\"error\"}, at most 100 of each; a line of a HAR file is an entry, counted from 1.

Examples:
  pubnub-access learn < session.har
  pubnub-access learn observations.jsonl --format json

Exit status:
  0  the input was read; there may be contradictions
  2  wrong usage, or an input that cannot be read
";

/// Find out how the service works, from what it answered
///
/// Some rules of Access Manager are not documented, and verdicts that depend on them are
/// indeterminate. What a keyset really answered settles some of them: a request that was let
/// through rules out every reading that refuses it, one that was forbidden every reading that
/// grants it. What is left is printed as policy flags. An answer that turns on another doubt rules
/// out nothing; needs that are inferred are counted, each for itself. `--doubt` is left aside.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct LearnArgs {
    /// The observations: JSON lines or a HAR file, or - for standard input
    ///
    /// A line is one of `check --batch` without `policy`, and with `status`: what the service
    /// answered with: 403, or 200 to 299. Leave out what it answered with 403 and another message
    /// than Forbidden. Of a HAR file, whose first key is `log`, the requests to PubNub are read
    /// that have a token in `auth`; where they were answered with 403, the file must have the text
    /// of the answer.
    #[arg(value_name = "FILE", default_value = "-")]
    file: String,
    #[command(flatten)]
    format: FormatArg,
    // The last, since its heading stands above everything that follows.
    #[command(flatten)]
    policy: PolicyArgs,
}

pub fn run(args: &LearnArgs) -> Result<(), Failure> {
    let (name, input) = file::open(&args.file)?;
    let mut input = BufReader::with_capacity(BUFFER, input);
    let (start, is_har) = read_start(&mut input)
        .map_err(|error| Failure::new(format!("cannot read {name}: {error}")))?;
    let mut report = Report::default();
    let mut learner = Learner::new(&args.policy.policy());
    let mut input = BufReader::with_capacity(BUFFER, Cursor::new(start).chain(input));
    if is_har {
        har::read(&mut input, |entry| report.take(entry.observe(&mut learner)))
            .map_err(|error| Failure::new(format!("cannot read {name} as a HAR file: {error}")))?;
    } else {
        read_lines(&mut input, &name, |line| {
            report.take(line.and_then(|line| observe_line(&mut learner, line)))
        })?;
    }
    match args.format.format {
        Format::Json => print_json(&report.as_json(&learner)),
        Format::Human => print(&report.describe(&learner, if is_har { "entry" } else { "line" })),
    }
}

/// Reads as far as it takes to tell a HAR file from lines, and gives what was read.
fn read_start(input: &mut impl BufRead) -> std::io::Result<(Vec<u8>, bool)> {
    let mut start = Vec::new();
    let mut expected = HAR_START.iter().peekable();
    let mut bytes = input.by_ref().take(LONGEST_START).bytes();
    while expected.peek().is_some() {
        let Some(byte) = bytes.next().transpose()? else { break };
        start.push(byte);
        if start == BYTE_ORDER_MARK {
            start.clear();
        } else if !byte.is_ascii_whitespace()
            && !BYTE_ORDER_MARK.starts_with(&start)
            && expected.next() != Some(&byte)
        {
            return Ok((start, false));
        }
    }
    Ok((start, expected.peek().is_none()))
}

/// Goes through the lines of an input.
fn read_lines<R: Read>(
    input: &mut BufReader<R>,
    name: &str,
    mut take: impl FnMut(Result<&[u8], Refusal>),
) -> Result<(), Failure> {
    let mut line = Vec::new();
    loop {
        match read_line(input, name, &mut line, || Ok(()))? {
            Line::Whole => take(Ok(&line)),
            Line::TooLong => take(Err(Refusal::line_too_long())),
            Line::End => return Ok(()),
        }
    }
}

fn observe_line(learner: &mut Learner<'_>, line: &[u8]) -> Result<Lesson, Refusal> {
    let members = Members::of_line(line)?;
    if members.names().any(|name| name == "policy") {
        let error = "`policy` has no place here: all lines are of one keyset, and flags tell what is known of it";
        return Err(Refusal::invalid_field(error.into()));
    }
    let keys: Vec<&str> =
        Question::KEYS.into_iter().filter(|key| *key != "policy").chain(["status"]).collect();
    let question = Question::read(&members, &keys)?;
    let expected = "403 or one of success: no other answer says anything about permissions";
    match ServiceAnswer::from_status(members.required("status", expected)?) {
        Some(answer) => question.observe(learner, answer),
        None => Err(Refusal::invalid_field(format!("`status` must be {expected}"))),
    }
}
