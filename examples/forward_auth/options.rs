//! The arguments.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::num::{NonZeroU32, ParseFloatError};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use http::Uri;
use pubnub_access::gateway::{Enforcement, Fallback, Precheck};
use pubnub_access::revocation::RevocationList;
use pubnub_access::{GroupNames, KeysetFlag, Policy, Precedence};
use tracing::level_filters::LevelFilter;

/// Answers auth sub-requests for requests to PubNub, and forwards requests that its tokens do not
/// rule out.
#[derive(Debug, Parser)]
pub struct Options {
    /// Where to answer auth sub-requests, `/metrics` and `/health`.
    #[arg(long, default_value = "127.0.0.1:8081")]
    pub listen: SocketAddr,
    /// Where to be a reverse proxy as well.
    #[arg(long, requires = "upstream")]
    pub proxy: Option<SocketAddr>,
    /// Where the reverse proxy forwards to, as in http://127.0.0.1:8090.
    #[arg(long, requires = "proxy", value_parser = upstream)]
    pub upstream: Option<Uri>,
    /// What to turn away: certain denials only, or everything but certain permissions.
    #[arg(long, value_name = "denials|permissions", default_value_t)]
    enforce: Enforcement,
    /// Turn away requests that carry a signature: only PubNub's service can check one. For an
    /// upstream that does not.
    #[arg(long)]
    reject_signed: bool,
    /// How the entry for a name combines with the patterns that match it; every way is considered
    /// by default.
    #[arg(long, value_name = "union|explicit-else-any|explicit-else-all")]
    precedence: Option<Precedence>,
    /// Which form of a channel group's name patterns are matched against; both are considered by
    /// default.
    #[arg(long, value_name = "plain|colon")]
    group_names: Option<GroupNames>,
    /// A file with revoked tokens or their fingerprints, one a line.
    #[arg(long, value_name = "FILE")]
    deny_list: Option<PathBuf>,
    /// Whether the keyset lets only some get all user metadata.
    #[arg(long, value_name = "allowed|restricted", default_value_t)]
    get_all_user_metadata: KeysetFlag,
    /// Whether the keyset lets only some get all channel metadata.
    #[arg(long, value_name = "allowed|restricted", default_value_t)]
    get_all_channel_metadata: KeysetFlag,
    /// By how many seconds the clock may be wrong.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    clock_tolerance: u64,
    /// Leaves the check out of the reverse proxy, to measure what it costs.
    #[arg(long)]
    pub no_check: bool,
    /// How long the upstream may take to answer, and be silent while it does. A subscribe request
    /// waits 310 seconds.
    #[arg(long, value_name = "SECONDS", default_value = "320", value_parser = seconds)]
    pub upstream_timeout: Duration,
    /// How long a client may take to send the head of a request.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub header_timeout: Duration,
    /// How long a client may be silent while it sends a body.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub body_timeout: Duration,
    /// The longest body that is forwarded, in bytes. The longest that the service takes is a
    /// message of 2 MiB.
    #[arg(long, value_name = "BYTES", default_value_t = 2 * 1024 * 1024)]
    pub max_body: u64,
    /// How many connections each listener keeps open.
    #[arg(long, value_name = "NUMBER", default_value = "4096")]
    pub max_connections: NonZeroU32,
    /// How long requests under way may take to end after SIGTERM.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub shutdown_timeout: Duration,
    /// What to log: off, error, warn, info (what is turned away) or debug (every decision).
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log: LevelFilter,
}

impl Options {
    /// The rules that the arguments make. The deny list stays in memory until the process ends.
    pub fn precheck(&self) -> Result<Precheck<'static>, Box<dyn Error>> {
        let mut policy = Policy::new()
            .get_all_user_metadata(self.get_all_user_metadata)
            .get_all_channel_metadata(self.get_all_channel_metadata)
            .clock_tolerance(self.clock_tolerance);
        if let Some(precedence) = self.precedence {
            policy = policy.precedence(precedence);
        }
        if let Some(group_names) = self.group_names {
            policy = policy.group_names(group_names);
        }
        if let Some(path) = &self.deny_list {
            let list: RevocationList = fs::read_to_string(path)?.parse()?;
            policy = policy.deny_list(Box::leak(Box::new(list)));
        }
        let signed = if self.reject_signed { Fallback::Reject } else { Fallback::Forward };
        Ok(Precheck::new(policy).enforcement(self.enforce).signed(signed))
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|error: ParseFloatError| error.to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn upstream(text: &str) -> Result<Uri, String> {
    let uri: Uri = text.parse().map_err(|_| "not a URL".to_owned())?;
    match (uri.scheme_str(), uri.authority(), uri.path(), uri.query()) {
        (Some("http"), Some(_), "/", None) => Ok(uri),
        _ => Err("expected http://, a host and perhaps a port, and no path".to_owned()),
    }
}
