//! The arguments of every command, and errors about them that never show a token.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::process::ExitCode;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Args, ColorChoice, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use pubnub_access::audit::{FindingCode, Severity};
use pubnub_access::explanation::Escaped;
use pubnub_access::json::parse_time;
use pubnub_access::{Operation, Request, RequestError, ResourceKind};

use crate::grant::GrantArgs;
use crate::learn::LearnArgs;
use crate::operations::OperationParser;
use crate::output::Failure;
use crate::policy::PolicyArgs;
use crate::request::RequestArgs;

/// The exit statuses, for the man page and the help.
pub const EXIT_STATUS: [(&str, &str); 4] = [
    ("0", "allow, or success of a command without a verdict"),
    ("1", "deny"),
    ("2", "wrong usage, or a token that cannot be decoded"),
    (
        "3",
        "indeterminate: it depends on rules that PubNub does not document; only the service knows",
    ),
];

const CHECK_USAGE: &str =
    "pubnub-access check [TOKEN] --operation <ID> [OPTIONS]\n       pubnub-access check --batch";

/// Examples, each with its purpose.
pub const EXAMPLES: [(&str, &str); 11] = [
    ("pubnub-access inspect - < token.txt", "what is in this token?"),
    (
        "PUBNUB_TOKEN=... pubnub-access check --operation publish --channel room-1 --user-id alice",
        "may alice publish to room-1 now, and why?",
    ),
    (
        "pubnub-access check --operation subscribe --channel a --channel b --at 2026-01-31T12:00:00Z",
        "could two channels be subscribed to at that time, with the token in PUBNUB_TOKEN?",
    ),
    (
        "pubnub-access check --batch < questions.jsonl > answers.jsonl",
        "many questions, one JSON object a line",
    ),
    (
        "pubnub-access request 'https://ps.pndsn.com/v2/subscribe/demo/room-1/0?uuid=alice&auth=...'",
        "why was this request refused? Quotes keep the shell from cutting the URL at an &",
    ),
    (
        "pubnub-access learn < session.har",
        "how does my keyset work? Infers policy flags from its answers",
    ),
    (
        "pubnub-access lint - --deny errors < token.txt",
        "is anything wrong with this token? The exit status tells CI",
    ),
    (
        "pubnub-access diff \"$PUBNUB_TOKEN\" - < new-token.txt",
        "does the new token allow what the old one did?",
    ),
    ("pubnub-access reach - < token.txt", "what could this token ever allow?"),
    (
        "pubnub-access grant --ttl 60 --authorized-user alice --channel room-1=read,write",
        "the body of a grant request, checked",
    ),
    ("pubnub-access operations", "what can be asked about?"),
];

/// Explains what a PubNub Access Manager v3 token allows: for a person with a token and a 403, and
/// for scripts.
///
/// Nothing is sent anywhere. The signature of a token is NOT verified, since only PubNub can: every
/// verdict holds if the token is genuine and not revoked.
#[derive(Parser)]
#[command(name = "pubnub-access", version, after_long_help = general_help())]
pub struct Cli {
    /// When to use colours: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub color: ColorChoice,
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    Inspect(InspectArgs),
    Check(Box<CheckArgs>),
    Request(Box<RequestArgs>),
    Learn(LearnArgs),
    Grant(Box<GrantArgs>),
    Lint(LintArgs),
    Diff(DiffArgs),
    Reach(ReachArgs),
    Redact(RedactArgs),
    Operations(OperationsArgs),
    Completions(CompletionsArgs),
    /// Print the man page
    ///
    /// In roff, to standard output: `pubnub-access man | man -l -`.
    #[command(after_long_help = PRINTED)]
    Man,
}

impl Command {
    /// Reports whether the answer, and so an error, is JSON.
    pub fn wants_json(&self) -> bool {
        let format = match self {
            Command::Lint(args) => return args.format != LintFormat::Human,
            Command::Redact(args) => &args.format,
            Command::Inspect(args) => &args.format,
            Command::Check(args) => &args.format,
            Command::Request(args) => &args.format,
            Command::Learn(args) => &args.format,
            Command::Grant(args) => &args.format,
            Command::Diff(args) => &args.format,
            Command::Reach(args) => &args.format,
            Command::Operations(args) => &args.format,
            Command::Completions(_) | Command::Man => return false,
        };
        format.format == Format::Json
    }
}

/// Show the whole token
///
/// Shows when it was issued and expires, who may use it, every grant with its permissions,
/// patterns, categories, metadata, and unknown parts. The signature is shown, but NOT verified.
#[derive(Args)]
#[command(after_long_help = INSPECT_HELP)]
pub struct InspectArgs {
    #[command(flatten)]
    pub token: TokenArg,
    /// Show long lists whole
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub at: AtArg,
    /// Print the signature, too, as `signature` in the JSON; the JSON then is as good as the token
    #[arg(long)]
    pub show_signature: bool,
    #[command(flatten)]
    pub format: FormatArg,
}

const INSPECT_HELP: &str = "\
Exit status:
  0  the token was shown, whether it has expired or not
  2  wrong usage, or a token that cannot be decoded
";

/// The exit statuses of commands that always print the same text.
const PRINTED: &str = "\
Exit status:
  0  it was printed
  2  wrong usage
";

/// Decide whether a token allows a request, and say why
///
/// Some rules of PubNub are undocumented. The verdict is ALLOW if every reading of them allows the
/// request, DENY if none does, and INDETERMINATE if readings differ. Policy flags say what you know
/// about your keyset. The signature is NOT verified: every verdict holds if the token is genuine
/// and not revoked.
#[derive(Args)]
#[command(override_usage = CHECK_USAGE, after_long_help = check_help())]
pub struct CheckArgs {
    #[command(flatten)]
    pub token: TokenArg,
    /// What the client does, such as publish; `pubnub-access operations` lists all
    #[arg(long, value_name = "ID", value_parser = OperationParser, hide_possible_values = true)]
    #[arg(required_unless_present = "batch")]
    pub operation: Option<Operation>,
    #[command(flatten)]
    pub names: NamesArgs,
    #[command(flatten)]
    pub at: AtArg,
    /// Answer questions from standard input, one JSON object a line, in order
    ///
    /// Each line has `operation`, and may have `token`, `at` (Unix seconds, or a text as in
    /// "2026-01-31T12:00:00Z"), `user_id`, the names `channels`, `groups`, `uuids`, `users`,
    /// `entities`, `relationships` and `memberships`, `policy` (the policy flags with underscores,
    /// as in {"group_names":"plain"}), `expect` (a verdict) and `id`, which the answer repeats.
    /// --token, --at and the policy flags apply to lines without these members. A line that cannot
    /// be answered, that has any other key, more than 1 MiB or more than 4,096 names is answered
    /// with {"error":"...","kind":"..."}, and the others are still answered. The exit status is 0,
    /// or 1 if a verdict differs from the expected one.
    #[arg(long, conflicts_with_all = NOT_IN_A_BATCH)]
    pub batch: bool,
    #[command(flatten)]
    pub deny_list: DenyListArg,
    /// The token, as an option; in a batch, the token for lines without one
    #[arg(long = "token", value_name = "TOKEN", conflicts_with = "token")]
    pub token_option: Option<String>,
    #[command(flatten)]
    pub format: FormatArg,
    // Comes last, since its heading applies to all flags after it.
    #[command(flatten)]
    pub policy: PolicyArgs,
}

/// The flags that a batch does not take, since its lines replace them.
const NOT_IN_A_BATCH: [&str; 10] = [
    "token",
    "operation",
    "channels",
    "groups",
    "uuids",
    "users",
    "entities",
    "relationships",
    "memberships",
    "user_id",
];

/// The names in a question.
#[derive(Args)]
pub struct NamesArgs {
    /// A channel that the request names; repeat it for several
    #[arg(long = "channel", value_name = "NAME")]
    pub channels: Vec<String>,
    /// A channel group that the request names; repeat it for several
    #[arg(long = "group", value_name = "NAME")]
    pub groups: Vec<String>,
    /// A user whose metadata or memberships the request is about; repeat it for several
    #[arg(long = "uuid", value_name = "NAME")]
    pub uuids: Vec<String>,
    /// A user of DataSync that the request names, not the requester; repeat it for several
    #[arg(long = "user", value_name = "NAME")]
    pub users: Vec<String>,
    /// An entity of DataSync that the request names; repeat it for several
    #[arg(long = "entity", value_name = "NAME")]
    pub entities: Vec<String>,
    /// A relationship of DataSync that the request names; repeat it for several
    #[arg(long = "relationship", value_name = "NAME")]
    pub relationships: Vec<String>,
    /// A membership of DataSync that the request names; repeat it for several
    #[arg(long = "membership", value_name = "NAME")]
    pub memberships: Vec<String>,
    /// The requester: the user id (uuid) that the client was initialised with
    #[arg(long, value_name = "ID")]
    pub user_id: Option<String>,
}

impl NamesArgs {
    fn by_kind(&self) -> [(ResourceKind, &[String]); 7] {
        [
            (ResourceKind::Channel, &self.channels),
            (ResourceKind::Group, &self.groups),
            (ResourceKind::Uuid, &self.uuids),
            (ResourceKind::User, &self.users),
            (ResourceKind::Entity, &self.entities),
            (ResourceKind::Relationship, &self.relationships),
            (ResourceKind::Membership, &self.memberships),
        ]
    }

    /// Builds the request of an operation with these names.
    pub fn request(&self, operation: Operation) -> Result<Request<'_>, RequestError> {
        let mut builder = Request::builder(operation);
        for (kind, names) in self.by_kind() {
            builder = names.iter().fold(builder, |builder, name| builder.resource(kind, name));
        }
        match &self.user_id {
            Some(user_id) => builder.user_id(user_id).build(),
            None => builder.build(),
        }
    }
}

/// Find mistakes and surprises in a token
///
/// Each finding has a stable code, a severity, its place, its consequences and what to write
/// instead. Lint finds patterns that are not anchored, that match everything or nothing or look
/// like globs, names that look like patterns, permissions without effect, long times to live, and
/// more. An expired token is not a finding.
#[derive(Args)]
#[command(after_long_help = LINT_HELP)]
pub struct LintArgs {
    #[command(flatten)]
    pub token: TokenArg,
    /// The least severe findings that make the exit status 1
    #[arg(long, value_name = "SEVERITY", default_value = "warnings")]
    pub deny: Deny,
    /// A code of findings that are shown, but do not affect the exit status (repeat the flag for
    /// several)
    #[arg(long, value_name = "CODE", value_parser = CodeParser, hide_possible_values = true)]
    pub allow: Vec<FindingCode>,
    /// List every code with its severity and meaning, without a token
    #[arg(long, conflicts_with_all = ["token", "deny", "allow"])]
    pub codes: bool,
    /// Print text for people, JSON, or SARIF 2.1.0 for code scanning
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: LintFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    Human,
    Json,
    Sarif,
}

/// Make a token that can be shared, as in a ticket
///
/// The signature is zeroed, so that the token opens nothing, and the values of its metadata are
/// removed. Verdicts about it stay the same.
#[derive(Args)]
#[command(after_long_help = REDACT_HELP)]
pub struct RedactArgs {
    #[command(flatten)]
    pub token: TokenArg,
    /// Replace names and user ids, too, each by a made-up one that matches the same patterns
    #[arg(long)]
    pub names: bool,
    #[command(flatten)]
    pub format: FormatArg,
}

const REDACT_HELP: &str = "\
Example:
  pubnub-access redact - --names < token.txt

Exit status:
  0  the token was printed
  2  wrong usage, or a token that cannot be decoded
";

const LINT_HELP: &str = "\
JSON:
  An array of findings, each with code, severity, path, path_parts, cost and advice. Names may hold
  dots: path_parts is the path before it is joined, as in [\"patterns\",\"channels\",\"^a.*$\"].

Examples:
  pubnub-access lint - --deny errors < token.txt
  pubnub-access lint - --allow no_authorized_user --allow ttl_long < token.txt
  pubnub-access lint app.token --format sarif > lint.sarif
  pubnub-access lint --codes

Exit status:
  0  no finding of that severity, except allowed ones
  1  findings
  2  wrong usage, or a token that cannot be decoded
";

/// Parses the code of a finding; lists the codes for completions.
#[derive(Clone)]
pub struct CodeParser;

impl TypedValueParser for CodeParser {
    type Value = FindingCode;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<FindingCode, clap::Error> {
        TypedValueParser::parse_ref(&str::parse::<FindingCode>, command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let codes = FindingCode::ALL.iter();
        Some(Box::new(codes.map(|code| PossibleValue::new(code.code()))))
    }
}

/// The least severity of findings that are failures.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    Notes,
    Warnings,
    Errors,
}

impl Deny {
    pub fn severity(self) -> Severity {
        match self {
            Deny::Notes => Severity::Note,
            Deny::Warnings => Severity::Warning,
            Deny::Errors => Severity::Error,
        }
    }
}

/// Show what a new token gains and loses against an old one
///
/// Compares the tokens in every reading of the rules that PubNub leaves undocumented, while both
/// are valid, as for a refresh. The expiries are shown, but are not a difference. Names are
/// compared exactly; differing patterns leave a doubt.
#[derive(Args)]
#[command(after_long_help = DIFF_HELP)]
pub struct DiffArgs {
    /// The old token, or - to read it from standard input
    pub old: String,
    /// The new token, or - to read it from standard input
    pub new: String,
    #[command(flatten)]
    pub format: FormatArg,
}

const DIFF_HELP: &str = "\
Example:
  pubnub-access diff \"$PUBNUB_TOKEN\" - < new-token.txt

Exit status:
  0  no difference in what they allow
  1  differences, or patterns that may cause some
  2  wrong usage, or a token that cannot be decoded
";

/// Show what a token could ever allow
///
/// Lists every operation with the names on which it is not denied, and every pattern with one name
/// that it matches, at any time. The signature is NOT verified: the list holds if the token is
/// genuine and not revoked.
#[derive(Args)]
#[command(after_long_help = REACH_HELP)]
pub struct ReachArgs {
    #[command(flatten)]
    pub token: TokenArg,
    /// Show long lists whole
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub format: FormatArg,
    // Comes last, since its heading applies to all flags after it.
    #[command(flatten)]
    pub policy: PolicyArgs,
}

const REACH_HELP: &str = "\
Example:
  pubnub-access reach - --precedence union < token.txt

Exit status:
  0  it was shown
  2  wrong usage, or a token that cannot be decoded
";

/// List the operations and what each needs
#[derive(Args)]
#[command(after_long_help = PRINTED)]
pub struct OperationsArgs {
    #[command(flatten)]
    pub format: FormatArg,
}

/// Print a completion script for a shell
///
/// For example `pubnub-access completions bash >
/// ~/.local/share/bash-completion/completions/pubnub-access`.
#[derive(Args)]
#[command(after_long_help = PRINTED)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// The argument for a token.
#[derive(Args)]
pub struct TokenArg {
    /// The token, or - to read it from standard input [default: the variable PUBNUB_TOKEN]
    ///
    /// A token in an argument can end up in the history of the shell; standard input and
    /// PUBNUB_TOKEN keep it out. White space at the ends of these two is ignored.
    pub token: Option<String>,
}

/// The argument for revoked tokens.
#[derive(Args)]
pub struct DenyListArg {
    /// A file with the revoked tokens, one a line: a token, or its fingerprint and its expiry in
    /// Unix seconds, as in 0123456789abcdef0123456789abcdef 1767225600
    #[arg(long, value_name = "FILE")]
    pub deny_list: Option<String>,
}

/// The argument for the time of a request.
#[derive(Args)]
pub struct AtArg {
    /// The time to assume, in Unix seconds or as in 2026-01-31T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time, allow_negative_numbers = true)]
    pub at: Option<u64>,
}

/// The argument for the form of the output.
#[derive(Args, Clone, Copy)]
pub struct FormatArg {
    /// Print text for people, or JSON
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

/// Reads the arguments of this process. Prints help and errors, and then returns the exit status.
pub fn parse() -> Result<Cli, ExitCode> {
    let arguments = before_tool(std::env::args_os().collect());
    Cli::try_parse_from(&arguments).map_err(|error| {
        let text = error.render().ansi().to_string();
        // If standard error fails, nothing is left to report it on.
        if error.use_stderr() && wants_json(&arguments) {
            let text = without_tokens(error.render().to_string(), &arguments);
            // The usage follows after a blank line.
            let message = text.split("\n\n").next().unwrap_or_default();
            let message = message.strip_prefix("error: ").unwrap_or(message);
            let words: Vec<&str> = message.split_whitespace().collect();
            Failure::of_kind("usage", words.join(" ")).report(true)
        } else if error.use_stderr() {
            let _ = anstream::stderr().write_all(without_tokens(text, &arguments).as_bytes());
            ExitCode::from(2)
        } else {
            let _ = anstream::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
    })
}

/// Puts a `--` before a tool's call that is pasted after `request`, since its options are not ours.
fn before_tool(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let is = |argument: &OsString, names: &[&str]| names.iter().any(|name| argument == name);
    let Some(command) = arguments.iter().position(|argument| is(argument, &["request"])) else {
        return arguments;
    };
    let tool = arguments.iter().position(|argument| is(argument, &["curl", "curl.exe", "wget"]));
    let has_end = arguments.iter().any(|argument| is(argument, &["--"]));
    if let Some(tool) = tool.filter(|tool| *tool > command && !has_end) {
        arguments.insert(tool, "--".into());
    }
    arguments
}

/// Reports whether wrong arguments ask for JSON.
fn wants_json(arguments: &[OsString]) -> bool {
    ["json", "sarif"].iter().any(|format| {
        arguments.windows(2).any(|pair| pair == ["--format", format])
            || arguments.iter().any(|argument| *argument == *format!("--format={format}"))
    })
}

/// Returns the command, to generate completions and the man page.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Hides every text that is long enough to be a token, and escapes invisible characters, since clap
/// repeats unexpected arguments.
fn without_tokens(mut text: String, arguments: &[OsString]) -> String {
    /// Every command, flag and operation is shorter.
    const LONGEST_SHOWN: usize = 32;
    for argument in arguments.iter().skip(1) {
        let argument = argument.to_string_lossy();
        // An unexpected flag is repeated without the text after its `=`, which may be the padding
        // of a token.
        let (flag, value) = argument.split_once('=').unwrap_or_default();
        for value in [argument.as_ref(), flag, value] {
            if value.len() > LONGEST_SHOWN {
                text = text.replace(value, "...");
            } else if !value.chars().all(Escaped::shows) {
                text = text.replace(value, &Escaped(value).to_string());
            }
        }
    }
    text
}

fn general_help() -> String {
    let examples = EXAMPLES.map(|(example, purpose)| format!("  {example}\n      {purpose}\n"));
    format!("Examples:\n{}\n{}", examples.concat(), exit_status_help())
}

fn check_help() -> String {
    let example =
        "pubnub-access check - --operation publish --channel room-1 --user-id alice < token.txt";
    format!("Example:\n  {example}\n\n{}", exit_status_help())
}

pub fn exit_status_help() -> String {
    let statuses = EXIT_STATUS.map(|(status, meaning)| format!("  {status}  {meaning}\n"));
    format!("Exit status:\n{}", statuses.concat())
}
