//! `grant`: builds the body of a grant request and checks it.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;
use pubnub_access::audit::{Finding, Severity, lint};
use pubnub_access::explanation::Escaped;
use pubnub_access::grant::{self, GrantRequest};
use pubnub_access::json::{GrantAnswer, printable};
use pubnub_access::{Permission, Permissions, ResourceKind};

use crate::args::{Format, FormatArg, TokenArg, name};
use crate::output::{BAD, DOUBTFUL, Failure, NOTE, print_json, print_raw};
use crate::{file, token};

/// The most bytes of a body.
const LONGEST_BODY: u64 = 256 * 1024;

const HELP: &str = concat!(
    "PERMISSIONS are names divided by commas, or a mask: read,write or 3. Channels know all of read, write, manage, ",
    "delete, create, get, update and join; groups read and manage; uuids get, update and delete; users, entities, ",
    "relationships and memberships create, get, update and delete. Names may hold `=`: the last one counts.\n\n",
    "Examples:\n",
    "  pubnub-access grant --ttl 60 --authorized-user alice --channel room-1=read,write\n",
    "      the body of a grant for alice\n",
    "  pubnub-access grant --from-json body.json --format json\n",
    "      what is wrong with this body?\n",
    "  pubnub-access grant --from-token - --ttl 30 < token.txt\n",
    "      the body that makes such a token again, for 30 minutes\n\n",
    "Exit status:\n",
    "  0  the body can be sent; there may be warnings\n",
    "  2  wrong usage, a token that cannot be decoded, or a body that the service would refuse\n",
);

/// Build the body of a grant request, and check it
///
/// Prints the JSON to send to the grant interface of Access Manager. Prints its problems to
/// standard error, such as a pattern that the service refuses, a time to live out of range, or a
/// token that would be too long. Nothing is sent or signed.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct GrantArgs {
    /// Lifetime of the token: 1 to 43200 minutes (30 days)
    #[arg(long, value_name = "MINUTES", value_parser = minutes, allow_negative_numbers = true)]
    #[arg(required_unless_present_any = ["from_json", "from_token"])]
    ttl: Option<u64>,
    /// The only user id that may use the token [default: any may]
    #[arg(long, value_name = "ID", value_parser = name)]
    authorized_user: Option<String>,
    /// Grant get-all-channel-metadata or get-all-user-metadata, on keysets that restrict it
    #[arg(long = "category", value_name = "KIND", value_parser = PossibleValuesParser::new(["channels", "uuids"]))]
    categories: Vec<String>,
    /// Add a key to the metadata, as in 'tier="gold"' or level=3
    #[arg(long, value_name = "KEY=JSON", value_parser = meta_entry)]
    meta: Vec<(String, grant::Meta)>,
    /// Start from a body in a file, or - for standard input; flags add to it
    #[arg(long, value_name = "FILE")]
    from_json: Option<String>,
    /// Start from what a token holds; - reads it from standard input, and without a value
    /// PUBNUB_TOKEN is used
    #[arg(long, value_name = "TOKEN", num_args = 0..=1, conflicts_with = "from_json")]
    from_token: Option<Option<String>>,
    #[command(flatten)]
    pub format: FormatArg,
    // Come last, since their headings apply to all flags after them.
    #[command(flatten)]
    resources: ResourceArgs,
    #[command(flatten)]
    patterns: PatternArgs,
}

/// Declares a flag for each kind.
macro_rules! kinds {
    (
        $(#[$attribute:meta])* $name:ident: $value_name:literal,
        $($(#[$help:meta])* $field:ident $kind:ident $flag:literal)*
    ) => {
        #[derive(Args)]
        $(#[$attribute])*
        struct $name {
            $($(#[$help])* #[arg(long = $flag, value_name = $value_name, value_parser = entry)] $field: Vec<GrantedName>,)*
        }

        impl $name {
            fn entries(&self) -> impl Iterator<Item = (ResourceKind, &GrantedName)> {
                let kinds = [$((ResourceKind::$kind, &self.$field),)*];
                kinds.into_iter().flat_map(|(kind, entries)| entries.iter().map(move |entry| (kind, entry)))
            }
        }
    };
}

kinds! {
    /// The grants on names.
    #[command(next_help_heading = "Resources (repeat a flag for several)")]
    ResourceArgs: "NAME=PERMISSIONS",
    /// A channel, as in room-1=read,write
    channels Channel "channel"
    /// A channel group, as in sports=read
    groups Group "group"
    /// A user's metadata and memberships, as in alice=get,update
    uuids Uuid "uuid"
    /// A user of DataSync, as in bob=get,update
    users User "user"
    /// A space, which no operation needs
    spaces Space "space"
    /// An entity of DataSync
    entities Entity "entity"
    /// A relationship of DataSync
    relationships Relationship "relationship"
    /// A membership of DataSync
    memberships Membership "membership"
}

kinds! {
    /// The grants by patterns.
    #[command(next_help_heading = "Patterns in RE2's dialect (repeat a flag for several)")]
    PatternArgs: "PATTERN=PERMISSIONS",
    /// Channels, as in '^room-[0-9]+$=read'
    channel_patterns Channel "channel-pattern"
    /// Channel groups, as in '^:?sports-[a-z]+$=read'
    group_patterns Group "group-pattern"
    /// Users' metadata and memberships
    uuid_patterns Uuid "uuid-pattern"
    /// Users of DataSync; nobody documents how the service matches them
    user_patterns User "user-pattern"
    /// Spaces, which no operation needs
    space_patterns Space "space-pattern"
    /// Entities of DataSync
    entity_patterns Entity "entity-pattern"
    /// Relationships of DataSync
    relationship_patterns Relationship "relationship-pattern"
    /// Memberships of DataSync
    membership_patterns Membership "membership-pattern"
}

/// Parses minutes. The check of the whole body decides whether they can be granted.
fn minutes(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "expected whole minutes, from 1 to 43200 (30 days)".into())
}

/// A name or a pattern, with the permissions to grant.
#[derive(Clone)]
struct GrantedName {
    name: String,
    permissions: Permissions,
}

fn entry(text: &str) -> Result<GrantedName, String> {
    let Some((text, permissions)) = text.rsplit_once('=') else {
        return Err("expected a name, `=` and permissions, as in room-1=read,write".into());
    };
    let names = permissions.split(',').map(|name| name.trim().parse::<Permission>());
    let permissions = match permissions.trim().parse() {
        Ok(mask) => Permissions::from_mask(mask),
        Err(_) => names.collect::<Result<_, _>>().map_err(|error| {
            let error = error.to_string();
            // A suggestion needs no other.
            if error.ends_with('?') { error } else { format!("{error}, or a mask from 1 to 255") }
        })?,
    };
    Ok(GrantedName { name: name(text)?, permissions })
}

fn meta_entry(text: &str) -> Result<(String, grant::Meta), String> {
    let Some((key, value)) = text.split_once('=') else {
        return Err("expected a key, `=` and JSON, as in level=3".into());
    };
    match grant::Meta::from_json(value) {
        Ok(value) => Ok((key.into(), value)),
        Err(error) => {
            Err(format!("{error}; a text needs quotes of its own, as in 'tier=\"gold\"'"))
        }
    }
}

pub fn run(args: &GrantArgs) -> Result<ExitCode, Failure> {
    let answer = GrantAnswer::new(args.request()?);
    let refused = answer.is_refused();
    match args.format.format {
        Format::Json => print_json(&answer)?,
        Format::Human => {
            answer.problems().iter().for_each(|problem| print_problem(problem.severity(), problem));
            if let (Some(body), false) = (answer.body(), refused) {
                print_findings(&answer);
                print_raw(format!("{}\n", printable(&body.to_json())).as_bytes())?;
            }
        }
    }
    Ok(ExitCode::from(if refused { 2 } else { 0 }))
}

/// Prints the findings of a lint of the token, except those that repeat a problem.
fn print_findings(answer: &GrantAnswer) {
    let repeats = |finding: &Finding<'_>| {
        let parts: Vec<&str> =
            ["permissions"].into_iter().chain(finding.location().parts()).collect();
        answer.problems().iter().any(|problem| problem.location() == parts.join("."))
    };
    let findings = answer.token().map(lint).unwrap_or_default();
    for finding in findings.iter().filter(|finding| !repeats(finding)) {
        let (code, cost, advice) = (finding.code(), finding.cost(), finding.advice());
        let text = format!("{}: {cost}: {advice} [{code}]", finding.location());
        print_problem(finding.severity(), &text);
    }
}

impl GrantArgs {
    /// Returns the request, or the error of the body or token that it starts from.
    fn request(&self) -> Result<Result<GrantRequest, grant::Error>, Failure> {
        let keys: Vec<&String> = self.meta.iter().map(|(key, _)| key).collect();
        if let Some(key) = keys
            .iter()
            .enumerate()
            .find_map(|(at, key)| keys.iter().skip(at + 1).find(|other| *other == key))
        {
            return Err(Failure::new(format!("--meta gives the key {} twice", Escaped(key))));
        }
        let base = match (&self.from_json, &self.from_token) {
            (Some(file), _) => GrantRequest::from_json(&read(file)?),
            (None, Some(token)) => {
                GrantRequest::from_token(&token::read(&TokenArg { token: token.clone() })?)
            }
            (None, None) => Ok(GrantRequest::new(0)),
        };
        Ok(base.map(|base| self.add_to(base)))
    }

    fn add_to(&self, mut request: GrantRequest) -> GrantRequest {
        if let Some(minutes) = self.ttl {
            request = request.with_ttl(minutes);
        }
        if let Some(user_id) = &self.authorized_user {
            request = request.with_authorized_user(user_id);
        }
        for (kind, entry) in self.resources.entries() {
            request = request.resource(kind, &entry.name, entry.permissions);
        }
        for (kind, entry) in self.patterns.entries() {
            request = request.pattern(kind, &entry.name, entry.permissions);
        }
        for kind in &self.categories {
            request = match kind.as_str() {
                "channels" => request.get_all_channel_metadata(),
                _ => request.get_all_user_metadata(),
            };
        }
        for (key, value) in &self.meta {
            request = request.with_meta(key, value.clone());
        }
        request
    }
}

/// Reads a body from a file or from standard input.
fn read(file: &str) -> Result<String, Failure> {
    let (name, bytes) = file::read(file, LONGEST_BODY + 1)?;
    if bytes.len() as u64 > LONGEST_BODY {
        return Err(Failure::new(format!(
            "{name} holds more than {LONGEST_BODY} bytes, which are the most that are read"
        )));
    }
    text_of(bytes).map_err(|fault| Failure::new(format!("{name} {fault}")))
}

/// Returns the text of a body, or the fault of the file.
fn text_of(bytes: Vec<u8>) -> Result<String, &'static str> {
    if bytes.trim_ascii().is_empty() {
        return Err("is empty: expected the body of a grant");
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err("begins with a byte-order mark, which JSON does not have: save it without");
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("is UTF-16 text, and JSON is UTF-8: save it as that");
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8 text, and JSON is")
}

/// Prints a problem on one line.
fn print_problem(severity: Severity, what: &impl Display) {
    let style = match severity {
        Severity::Error => BAD,
        Severity::Warning => DOUBTFUL,
        Severity::Note => NOTE,
    };
    // If standard error fails, nothing is left to report it on.
    let _ = writeln!(anstream::stderr(), "{style}{severity}:{style:#} {what}");
}
