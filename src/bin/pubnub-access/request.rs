//! `request`: what a gateway would do with an HTTP request, and why.

mod report;

use std::process::ExitCode;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use pubnub_access::Verdict;
use pubnub_access::gateway::Enforcement;
use pubnub_access::json::{PastedRequests, RequestOptions, RequestReport};

use crate::args::{AtArg, DenyListArg, Format, FormatArg, exit_status_help};
use crate::check::exit_code;
use crate::output::{Failure, json_line, note, print, print_raw};
use crate::policy::PolicyArgs;
use crate::{file, time, token};

const USAGE: &str = "pubnub-access request [OPTIONS] [METHOD] <URL>\n       \
                     pubnub-access request [OPTIONS] curl <ARGUMENTS>...\n       \
                     pubnub-access request [OPTIONS] <FILE>";

/// The most bytes of a pasted text. HAR files grow large.
const LONGEST_PASTED: usize = 64 * 1024 * 1024;

/// The most bytes of a body: more than the longest that is routed.
const LONGEST_BODY: u64 = 1024 * 1024;

/// Explain what a gateway would do with an HTTP request
///
/// Paste a URL, a line of an access log, a call of curl, wget, fetch, Invoke-WebRequest or
/// Invoke-RestMethod, or give a HAR file. Shows the operation, the names, the requester and the
/// credential, whether a gateway forwards the request or how it answers, and the reasons as `check`
/// does. Nothing is sent, the token is never printed, and its signature is NOT verified.
#[derive(Args)]
#[command(override_usage = USAGE, after_long_help = help())]
pub struct RequestArgs {
    /// The URL, or its path with the query, in quotes, and before it the METHOD [default: GET]
    ///
    /// Also the line of an access log, as in 'GET /time/0 HTTP/1.1', a call of curl as it was
    /// copied (options of this command before it), one of fetch or PowerShell in quotes, or a HAR
    /// file of up to 64 MiB, of which 200 requests are answered, those with status 403 first; -
    /// reads any of these from standard input. Without quotes, the shell cuts a URL at its first
    /// `&`.
    #[arg(value_name = "URL", num_args = 1.., required = true)]
    words: Vec<String>,
    /// The body, from a file or - for standard input: it names the resources of changes to
    /// memberships and members, and new items of DataSync
    #[arg(long, value_name = "FILE")]
    body: Option<String>,
    /// The token to use in place of the URL's `auth`; - reads it from standard input
    ///
    /// [default: the URL's `auth`; if that is masked, the variable PUBNUB_TOKEN. If the URL has
    /// none, the answer says so, and adds what the token of PUBNUB_TOKEN would change]
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Which requests the gateway rejects
    #[arg(long, value_name = "WHAT", default_value = "denials")]
    enforce: Enforce,
    #[command(flatten)]
    deny_list: DenyListArg,
    #[command(flatten)]
    at: AtArg,
    #[command(flatten)]
    pub format: FormatArg,
    // Comes last, since its heading applies to all flags after it.
    #[command(flatten)]
    policy: PolicyArgs,
}

#[derive(Clone, Copy)]
struct Enforce(Enforcement);

impl ValueEnum for Enforce {
    fn value_variants<'a>() -> &'a [Self] {
        &[Enforce(Enforcement::CertainDenials), Enforce(Enforcement::CertainPermissions)]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self.0 {
            Enforcement::CertainDenials => {
                PossibleValue::new("denials").help("what is certainly denied")
            }
            Enforcement::CertainPermissions => {
                PossibleValue::new("permissions").help("all but what is certainly allowed")
            }
        })
    }
}

const HELP: &str = "\
JSON:
  An object. verdict, forwarded, reason (a stable code) and message say what the gateway does,
  and rejection is its answer: {\"status\",\"body\"}. method, action ({\"type\"} and what belongs to
  it), operation, subscribe_key, user_id and the names (channels, groups, uuids, users, entities,
  relationships, memberships) are what is asked for, null or empty where there is none. credential
  is none, token, broken_token, auth_key, variable, signature or hidden. check is the object of
  `check --format json`; null where no token decides, or where the body is needed: partial_check
  then has what is known. route_error is {\"kind\",\"part\",\"position\",\"message\"} where the request
  is not understood; the position is a byte of the part: of the URL as it was given, or of the
  body. token_error says why a token does not decode. advice and notes are sentences.
  with_token_at_hand is the same object for the token of PUBNUB_TOKEN, where the request carries
  none. Of a HAR file: {\"requests\",\"other_requests\",\"left_out\"}, each with its entry and status.

Examples:
  pubnub-access request 'https://ps.pndsn.com/v2/subscribe/demo/room-1/0?uuid=alice&auth=...'
      with the token in the URL or, if a log masks it, the one in PUBNUB_TOKEN
  pubnub-access request PATCH '/v2/objects/demo/uuids/alice/channels?uuid=alice' --body b.json \\
      --token - < token.txt
      the body names the channels
  pubnub-access request curl 'https://ps.pndsn.com/time/0' -H 'Accept: */*' --compressed
      a call as a browser copies it
  pubnub-access request session.har
      why were requests of this session refused?

";

fn help() -> String {
    format!("{HELP}{}", exit_status_help())
}

pub fn run(args: &RequestArgs) -> Result<ExitCode, Failure> {
    let requests = args.requests()?;
    if args.body.is_some() && !requests.has_method() {
        return Err(Failure::new(
            "a body without a METHOD: give it before the URL, as in PATCH".into(),
        ));
    }
    let options = args.options(&requests)?;
    let mut answers = Answers::new(args.format.format);
    requests.answer(&options, |report| answers.take(report, requests.is_file()));
    answers.print(&requests)
}

impl RequestArgs {
    /// Reads the pasted request: from the words, a file that they name, or standard input.
    fn requests(&self) -> Result<PastedRequests, Failure> {
        let from_input = |value: &Option<String>| value.as_deref() == Some("-");
        let file = match self.words.as_slice() {
            [word] if word == "-" || std::path::Path::new(word).is_file() => Some(word),
            _ => None,
        };
        let inputs =
            [file.is_some_and(|file| file == "-"), from_input(&self.body), from_input(&self.token)];
        if inputs.iter().filter(|used| **used).count() > 1 {
            return Err(Failure::new(
                "standard input can be one of URL, body and token: give the others otherwise"
                    .into(),
            ));
        }
        let Some(file) = file else { return Ok(PastedRequests::read_words(&self.words)?) };
        let (name, bytes) = file::read(file, LONGEST_PASTED as u64 + 1)?;
        if bytes.len() > LONGEST_PASTED {
            return Err(Failure::new(format!("{name} has more than {LONGEST_PASTED} bytes")));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::new(format!("{name} is not UTF-8 text, and a URL is")))?;
        Ok(PastedRequests::read(&text)?)
    }

    fn options(&self, requests: &PastedRequests) -> Result<RequestOptions<'static>, Failure> {
        let token = self.token.as_deref().map(|token| token::read_text(Some(token)));
        let body = self.body.as_deref().map(|file| file::read(file, LONGEST_BODY));
        Ok(RequestOptions {
            token: token.transpose()?.map(|(text, _)| text),
            token_at_hand: match &self.token {
                None if requests.uses_token_at_hand() => {
                    token::variable()?.map(token::decode).transpose()?.map(|(text, _)| text)
                }
                _ => None,
            },
            body: body.transpose()?.map(|(_, bytes)| bytes),
            at: self.at.at.unwrap_or_else(time::now),
            policy: self.policy.policy(),
            deny_list: token::read_deny_list(&self.deny_list)?,
            enforcement: self.enforce.0,
        })
    }
}

/// The printed answers, and the verdict for the exit status.
struct Answers {
    format: Format,
    texts: Vec<String>,
    notes: Vec<String>,
    failure: Option<Failure>,
    /// The worst verdict of all requests.
    verdict: Option<Verdict>,
}

impl Answers {
    fn new(format: Format) -> Self {
        Answers { format, texts: Vec::new(), notes: Vec::new(), failure: None, verdict: None }
    }

    fn take(&mut self, report: &RequestReport<'_>, of_file: bool) {
        match self.format {
            Format::Json => self.texts.push(json_line(report)),
            Format::Human if of_file => self.texts.push(report::describe_entry(report)),
            Format::Human => {
                self.texts.push(report::describe(report));
                self.notes = report.notes();
            }
        }
        let worse = |verdict: Verdict| match verdict {
            Verdict::Allow => 0,
            Verdict::Indeterminate => 1,
            Verdict::Deny => 2,
        };
        let verdict = report.verdict();
        let worst = self.verdict.filter(|worst| worse(*worst) > worse(verdict));
        self.verdict = Some(worst.unwrap_or(verdict));
        if !of_file {
            self.failure = report.token_error().map(Failure::from);
        }
    }

    fn print(self, requests: &PastedRequests) -> Result<ExitCode, Failure> {
        match (self.format, requests.is_file()) {
            (Format::Json, _) => print_raw(format!("{}\n", requests.join(&self.texts)).as_bytes()),
            (Format::Human, false) => print(&self.texts.concat()),
            (Format::Human, true) => print(
                &[self.texts.join("\n"), report::summary(requests, self.texts.len())].concat(),
            ),
        }?;
        self.notes.iter().for_each(|text| note(text));
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self.verdict.map_or(ExitCode::SUCCESS, exit_code)),
        }
    }
}
