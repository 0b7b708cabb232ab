//! `learn`: policy flags that follow from the service's answers.

mod report;

use std::io::{BufRead, BufReader, Cursor, Read};

use clap::Args;
use pubnub_access::json::Learning;

use crate::args::{Format, FormatArg};
use crate::file;
use crate::lines::{Line, line_too_long, read_line};
use crate::output::{Failure, print, print_json};
use crate::policy::PolicyArgs;

/// The beginning of a HAR file, without white space.
const HAR_START: &[u8] = b"{\"log\"";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The most bytes that are read to distinguish a HAR file from lines.
const LONGEST_START: u64 = 4 * 1024;

/// The longest HAR file, in bytes: it is read into memory.
const LONGEST_FILE: u64 = 64 * 1024 * 1024;

const BUFFER: usize = 64 * 1024;

const HELP: &str = "\
JSON:
  An object. flags has the policy flags that were learned; precedence and group_names list the
  remaining values. observations has counts: used (those that ruled out readings, or agree with all
  that remain), inferred (those that depend on one inferred requirement), in_doubt (those that
  depend on another doubt), contradictions and skipped. inferred has
  {\"operation\",\"accepted\",\"forbidden\"} for each inferred requirement that was observed.
  contradictions has {\"line\",\"with_earlier\"}, and skipped {\"line\",\"kind\",\"error\"}, at most 100
  of each; a line of a HAR file is an entry, counted from 1.

Examples:
  pubnub-access learn < session.har
  pubnub-access learn observations.jsonl --format json

Exit status:
  0  the input was read; there may be contradictions
  2  wrong usage, or an input that cannot be read
";

/// Infer how the service works from its answers
///
/// Some rules of Access Manager are not documented, and verdicts that depend on them are
/// indeterminate. A keyset's own answers settle some of them: an accepted request rules out every
/// reading that denies it, and a forbidden one every reading that grants it. The rest is printed as
/// policy flags. An answer that depends on another doubt rules out nothing; answers that depend on
/// an inferred requirement are counted. `--doubt` is ignored.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct LearnArgs {
    /// The observations: JSON lines or a HAR file, or - for standard input
    ///
    /// A line is one of `check --batch` without `policy`, and with the `status` of the service's
    /// answer: 403, or 200 to 299. Leave out answers of 403 with another message than Forbidden. Of
    /// a HAR file, whose first key is `log`, the requests to PubNub with a token in `auth` are
    /// read. If the answer is 403, the file must contain its text.
    #[arg(value_name = "FILE", default_value = "-")]
    file: String,
    #[command(flatten)]
    pub format: FormatArg,
    // Comes last, since its heading applies to all flags after it.
    #[command(flatten)]
    policy: PolicyArgs,
}

pub fn run(args: &LearnArgs) -> Result<(), Failure> {
    let (name, input) = file::open(&args.file)?;
    let mut input = BufReader::with_capacity(BUFFER, input);
    let (start, is_har) = read_start(&mut input)
        .map_err(|error| Failure::new(format!("cannot read {name}: {error}")))?;
    let mut learning = Learning::new(&args.policy.policy());
    let mut input = BufReader::with_capacity(BUFFER, Cursor::new(start).chain(input));
    if is_har {
        read_har(input, &name, &mut learning)?;
    } else {
        read_lines(&mut input, &name, &mut learning)?;
    }
    match args.format.format {
        Format::Json => print_json(&learning),
        Format::Human => print(&report::describe(&learning, if is_har { "entry" } else { "line" })),
    }
}

/// Reads enough to distinguish a HAR file from lines. Returns the bytes read, and whether it is
/// one.
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

fn read_har(input: impl Read, name: &str, learning: &mut Learning<'_>) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    let read = input.take(LONGEST_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(format!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(Failure::new(format!(
            "{name} is a HAR file of more than {LONGEST_FILE} bytes"
        )));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("{name} is not UTF-8 text, and JSON is")))?;
    learning.take_har(&text).map_err(|error| Failure::from(error).within(name))?;
    Ok(())
}

/// Learns from each line of an input.
fn read_lines<R: Read>(
    input: &mut BufReader<R>,
    name: &str,
    learning: &mut Learning<'_>,
) -> Result<(), Failure> {
    let mut line = Vec::new();
    loop {
        match read_line(input, name, &mut line, || Ok(()))? {
            Line::Whole => learning.take_line(&line),
            Line::TooLong => learning.skip_line(line_too_long()),
            Line::End => return Ok(()),
        }
    }
}
