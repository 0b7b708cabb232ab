//! `request`: what a gateway would do with a request of HTTP, and why.

mod pasted;
mod report;
mod secrets;

use std::process::ExitCode;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use pubnub_access::gateway::{
    Action, Credential, Enforcement, HttpRequest, OutcomeReason, Precheck, Route, RouteErrorKind,
    route,
};
use pubnub_access::{Operation, Request, UnverifiedToken, explain};

use crate::args::{AtArg, Format, FormatArg, exit_status_help};
use crate::check::exit_code;
use crate::output::{Failure, note, print, print_json};
use crate::policy::PolicyArgs;
use crate::{file, hint, time, token};

use pasted::{Pasted, Target};
use report::{Given, Report};

const USAGE: &str = "pubnub-access request [OPTIONS] [METHOD] <URL>";

/// How much is read of a URL or a log line on standard input: more than the longest target that is
/// routed.
const LONGEST_URL: u64 = 256 * 1024;

/// How much is read of a body: more than the longest that is routed.
const LONGEST_BODY: u64 = 1024 * 1024;

/// A body that names something, in each of the ways in which one does, to read what else a request
/// asks for.
const STAND_IN: &[u8] = br#"{"set":[{"channel":{"id":"-"},"uuid":{"id":"-"}}],"data":{"id":"-"}}"#;

/// Tell what a gateway would do with a request of HTTP, and why
///
/// Paste a URL from a log or from a browser's network tab: what it asks for, by whom and with what,
/// whether a gateway forwards it or what it answers instead, and the reasons that `check` gives.
/// Nothing is sent, the token is never printed, and its signature is NOT verified.
#[derive(Args)]
#[command(override_usage = USAGE, after_long_help = help())]
pub struct RequestArgs {
    /// The URL, or its path with the query, in quotes, and before it the METHOD [default: GET]
    ///
    /// The line of an access log is taken, too, as in 'GET /time/0 HTTP/1.1'; - reads any of these
    /// from standard input. Without quotes, the shell cuts a URL at its first `&`.
    #[arg(value_name = "URL", num_args = 1.., required = true)]
    words: Vec<String>,
    /// The body, from a file or - for standard input: it names what changes of memberships and
    /// members change, and what DataSync creates
    #[arg(long, value_name = "FILE")]
    body: Option<String>,
    /// The token to suppose, in place of the URL's `auth`; - reads it from standard input
    ///
    /// [default: the URL's `auth`; where it has none or one that is blotted out, the variable
    /// PUBNUB_TOKEN]
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// What the gateway turns away
    #[arg(long, value_name = "WHAT", default_value = "denials")]
    enforce: Enforce,
    #[command(flatten)]
    at: AtArg,
    #[command(flatten)]
    format: FormatArg,
    // The last, since its heading stands above everything that follows.
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
  An object. verdict, forwarded, reason (a stable code) and message tell what the gateway does,
  and rejection is its answer: {\"status\",\"body\"}. method, action ({\"type\"} and what belongs to
  it), operation, subscribe_key, user_id and the names (channels, groups, uuids, users, entities,
  relationships, memberships) are what is asked for, null or empty where there is none. credential
  is none, token, broken_token, auth_key, signature or hidden. check is the object of
  `check --format json`; null where no token decides, or where the body is needed. route_error is {\"kind\",\"part\",\"position\",\"message\"} where the request is not
  understood; the position is a byte of the part: of the URL as it was given, or of the body.

Examples:
  pubnub-access request 'https://ps.pndsn.com/v2/subscribe/demo/room-1/0?uuid=alice&auth=...'
      with the token in the URL, or where a log blots it out, the one in PUBNUB_TOKEN
  pubnub-access request PATCH '/v2/objects/demo/uuids/alice/channels?uuid=alice' --body b.json
      the body names the channels; the token is in PUBNUB_TOKEN

";

fn help() -> String {
    format!("{HELP}{}", exit_status_help())
}

pub fn run(args: &RequestArgs) -> Result<ExitCode, Failure> {
    let from_input = |value: &Option<String>| value.as_deref() == Some("-");
    let words_from_input = args.words.len() == 1 && args.words.iter().all(|word| word == "-");
    if [words_from_input, from_input(&args.body), from_input(&args.token)]
        .iter()
        .filter(|used| **used)
        .count()
        > 1
    {
        return Err(Failure::new(
            "standard input can be one of URL, body and token: give the others otherwise".into(),
        ));
    }
    let pasted = if words_from_input {
        Pasted::read(&[text_of(&file::read("-", LONGEST_URL)?.1)?])?
    } else {
        Pasted::read(&args.words)?
    };
    if args.body.is_some() && !pasted.has_method {
        return Err(Failure::new(
            "a body without a METHOD: give it before the URL, as in PATCH".into(),
        ));
    }
    let target = args.target(&pasted, words_from_input)?;
    let body =
        args.body.as_deref().map(|file| Ok(file::read(file, LONGEST_BODY)?.1)).transpose()?;
    let http = HttpRequest::new(&pasted.method, &target.text);
    let http = match &body {
        Some(body) => http.body(body),
        None => http,
    };
    args.answer(&pasted, &target, &http)
}

impl RequestArgs {
    /// The target with the credential that it is to have.
    fn target(&self, pasted: &Pasted, from_input: bool) -> Result<Target, Failure> {
        let given = pasted.auth();
        let usable = given.as_ref().is_some_and(|auth| !auth.is_empty && !auth.is_hidden);
        let token = match &self.token {
            Some(token) => Some((Given::Flag, token::read_text(Some(token))?.0)),
            None if !usable && token::is_in_variable() => {
                Some((Given::Variable, token::read_text(None)?.0))
            }
            None => None,
        };
        if !from_input && pasted.looks_cut(token.is_some()) {
            note("the URL ends early, as where the shell cuts it at an `&`: put it in quotes");
        }
        Ok(match (token, given) {
            (Some((from, token)), given) => {
                if from == Given::Flag && usable {
                    note("the URL's `auth` is left aside for --token");
                }
                pasted.with_auth(given.map(|auth| auth.place), &token, from)
            }
            (None, Some(auth)) if auth.is_hidden => {
                note(
                    "the URL's `auth` is blotted out: give the token with --token or in PUBNUB_TOKEN",
                );
                pasted.with_auth(Some(auth.place), "hidden", Given::Hidden)
            }
            (None, _) => pasted.as_it_is(),
        })
    }

    /// What the gateway does, for people or as JSON. A token that cannot be decoded fails in the
    /// end.
    fn answer(
        &self,
        pasted: &Pasted,
        target: &Target,
        http: &HttpRequest<'_>,
    ) -> Result<ExitCode, Failure> {
        let now = self.at.at.unwrap_or_else(time::now);
        let policy = self.policy.policy();
        let outcome = Precheck::new(policy).enforcement(self.enforce.0).check(http, now);
        let (route, needs_body) = match route(http) {
            Err(error) if error.kind() == RouteErrorKind::BodyNeeded => {
                (route(&http.body(STAND_IN)).ok(), true)
            }
            routed => (routed.ok(), false),
        };
        let credential = route.as_ref().map(Route::credential);
        let token = match credential {
            Some(Credential::Auth(text)) => UnverifiedToken::parse(text).ok(),
            _ => None,
        };
        let request = route.as_ref().and_then(asked);
        let explanation = token
            .as_ref()
            .zip(request.as_ref())
            .map(|(token, request)| explain(token, request, now, &policy));
        let report = Report {
            pasted,
            target,
            outcome: &outcome,
            route: route.as_ref(),
            needs_body,
            explanation,
        };
        match self.format.format {
            Format::Json => print_json(&report),
            Format::Human => print(&report.describe()),
        }?;
        advise(pasted, outcome.reason());
        if target.given == Given::Flag
            && matches!(credential, Some(Credential::None | Credential::Signed))
        {
            note("--token is left aside: the request is signed, or takes no token");
        }
        match (outcome.reason(), credential) {
            (OutcomeReason::BrokenToken(error), Some(Credential::Auth(text))) => {
                Err(Failure::new(token::describe(text, &error)))
            }
            (OutcomeReason::NoToken, Some(Credential::Auth(text)))
                if target.given != Given::Hidden =>
            {
                let hint = UnverifiedToken::parse(text)
                    .err()
                    .and_then(|error| hint::hint(text, error.kind()));
                hint.iter().for_each(|hint| note(&format!("the URL's `auth` is no token: {hint}")));
                Ok(exit_code(outcome.verdict()))
            }
            _ => Ok(exit_code(outcome.verdict())),
        }
    }
}

/// Says what would tell more.
fn advise(pasted: &Pasted, reason: OutcomeReason) {
    match reason {
        OutcomeReason::BodyNeeded => {
            note(
                "what it is about stands in its body: give it with --body FILE, or --body - for standard input",
            );
        }
        OutcomeReason::NotRouted(error)
            if error.kind() == RouteErrorKind::WrongMethod && !pasted.has_method =>
        {
            note("no METHOD was given before the URL, and GET is supposed");
        }
        OutcomeReason::NoCredential => note("a token can be given with --token or in PUBNUB_TOKEN"),
        _ => {}
    }
}

/// The question that a token answers. Where it is not known what is needed, one of which that is
/// not known either: only what it says of the token counts.
fn asked<'r>(route: &'r Route<'_>) -> Option<Request<'r>> {
    match route.action() {
        Action::Operation(_) => route.request(),
        Action::Administration(_) => None,
        _ => {
            let unknown = Request::builder(Operation::ListGroups);
            let unknown = route
                .user_id()
                .into_iter()
                .fold(unknown, |request, user_id| request.user_id(user_id));
            unknown.build().ok()
        }
    }
}

fn text_of(bytes: &[u8]) -> Result<String, Failure> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(_) => Err(Failure::new("standard input is not UTF-8 text, and a URL is".into())),
    }
}
