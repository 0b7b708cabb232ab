//! The settings as written: the same in flags, environment variables and a TOML file.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Parser;
use pubnub_access::gateway::Fallback;
use pubnub_access::{Doubt, GroupNames, KeysetFlag, Precedence};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use tracing::level_filters::LevelFilter;

use crate::values::{Enforce, FailureMode, LogFormat, Seconds, Upstream, UpstreamHost};

/// Checks PubNub Access Manager tokens in front of PubNub: an auth service for nginx, Caddy,
/// Traefik, HAProxy and Envoy, and a reverse proxy of its own.
///
/// A flag wins over its environment variable, and both win over the file.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Arguments {
    /// A TOML file with settings, named like the flags without their dashes.
    #[arg(long, value_name = "FILE", env = "PUBNUB_ACCESS_GATEWAY_CONFIG")]
    pub config: Option<PathBuf>,
    /// Checks all settings and the files they name, and ends.
    #[arg(long)]
    pub check_config: bool,
    /// Leaves the check out of the reverse proxy, to measure what it costs.
    #[arg(long, hide = true)]
    pub no_check: bool,
    #[command(flatten)]
    pub options: Options,
}

macro_rules! options {
    ($( $(#[doc = $doc:literal])+ $name:ident: $Type:ty = $value:literal, $env:literal; )*) => {
        /// Settings of one source; those that it does not set are `None`.
        #[derive(Debug, Clone, Default, PartialEq, clap::Args, serde::Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct Options {
            $(
                $(#[doc = $doc])+
                #[arg(long, value_name = $value, env = concat!("PUBNUB_ACCESS_GATEWAY_", $env))]
                #[serde(deserialize_with = "from_text")]
                pub $name: Option<$Type>,
            )*
        }

        impl Options {
            /// Completes the settings with those of `other`.
            fn or(self, other: Options) -> Options {
                Options { $( $name: self.$name.or(other.$name), )* }
            }

            /// Names the settings that differ between two versions.
            pub fn differences(&self, other: &Options) -> Vec<&'static str> {
                let mut names = Vec::new();
                $( if self.$name != other.$name { names.push(stringify!($name)); } )*
                names
            }
        }
    };
}

options! {
    /// Where to answer auth sub-requests, `/metrics` and `/health` [default: 127.0.0.1:8081].
    listen: SocketAddr = "ADDRESS", "LISTEN";
    /// Address of the reverse proxy, if one is wanted.
    proxy: SocketAddr = "ADDRESS", "PROXY";
    /// Where the reverse proxy forwards to, such as `https://ps.pndsn.com`.
    upstream: Upstream = "URL", "UPSTREAM";
    /// Which `Host` to forward: the client's, or the upstream's [default: upstream with https].
    upstream_host: UpstreamHost = "client|upstream", "UPSTREAM_HOST";
    /// Certificate authorities to trust for the upstream, in PEM, instead of the public ones.
    upstream_ca: PathBuf = "FILE", "UPSTREAM_CA";
    /// The certificate chain of the reverse proxy, in PEM; without one, it does not use TLS.
    tls_certificate: PathBuf = "FILE", "TLS_CERTIFICATE";
    /// The key of that certificate, in PEM.
    tls_key: PathBuf = "FILE", "TLS_KEY";
    /// Which requests to reject: none, those certainly denied, or all except those certainly
    /// allowed [default: denials].
    enforce: Enforce = "nothing|denials|permissions", "ENFORCE";
    /// What to do with a request if the gateway itself fails [default: closed].
    failure_mode: FailureMode = "open|closed", "FAILURE_MODE";
    /// What to do with signed requests, which only PubNub can check [default: forward].
    signed: Fallback = "forward|in-doubt|reject", "SIGNED";
    /// What to do with requests without any credential [default: in-doubt].
    without_credential: Fallback = "forward|in-doubt|reject", "WITHOUT_CREDENTIAL";
    /// What to do with requests whose credential is not a token [default: in-doubt].
    without_token: Fallback = "forward|in-doubt|reject", "WITHOUT_TOKEN";
    /// What to do with requests whose token does not decode [default: in-doubt].
    broken_token: Fallback = "forward|in-doubt|reject", "BROKEN_TOKEN";
    /// What to do with requests that are not understood [default: in-doubt].
    unrouted: Fallback = "forward|in-doubt|reject", "UNROUTED";
    /// How an entry combines with patterns that match its name [default: every way].
    precedence: Precedence = "union|explicit-else-any|explicit-else-all", "PRECEDENCE";
    /// The form of a group's name that patterns are matched against [default: both].
    group_names: GroupNames = "plain|colon", "GROUP_NAMES";
    /// How every other doubt is decided [default: both ways].
    doubt: Doubt = "granted|refused", "DOUBT";
    /// Whether the keyset restricts getting all user metadata [default: unknown].
    get_all_user_metadata: KeysetFlag = "unknown|allowed|restricted", "GET_ALL_USER_METADATA";
    /// Whether the keyset restricts getting all channel metadata [default: unknown].
    get_all_channel_metadata: KeysetFlag = "unknown|allowed|restricted", "GET_ALL_CHANNEL_METADATA";
    /// How many seconds the clock may be wrong [default: 0].
    clock_tolerance: u64 = "SECONDS", "CLOCK_TOLERANCE";
    /// The work that a decision may take, in steps [default: 300000].
    work_limit: u64 = "STEPS", "WORK_LIMIT";
    /// Revoked tokens: a file, or a directory of files.
    deny_list: PathBuf = "PATH", "DENY_LIST";
    /// Seconds between checks of files for changes; with 0, only SIGHUP reloads [default: 1].
    reload_interval: Seconds = "SECONDS", "RELOAD_INTERVAL";
    /// Where to record the upstream's answers, for `pubnub-access learn`.
    learn: PathBuf = "FILE", "LEARN";
    /// Observations a minute of each operation, verdict and answer [default: 30].
    learn_rate: u32 = "NUMBER", "LEARN_RATE";
    /// The largest size of the file of observations, in bytes [default: 67108864].
    learn_max_size: u64 = "BYTES", "LEARN_MAX_SIZE";
    /// How long a connection to the upstream may take [default: 5].
    connect_timeout: Seconds = "SECONDS", "CONNECT_TIMEOUT";
    /// How long the upstream may be silent; a subscribe request waits 310 seconds [default: 320].
    upstream_timeout: Seconds = "SECONDS", "UPSTREAM_TIMEOUT";
    /// How long a client may take for a head, or keep an idle connection [default: 10].
    header_timeout: Seconds = "SECONDS", "HEADER_TIMEOUT";
    /// How long a client may be silent while it sends a body, and how long a body may take that is
    /// read ahead [default: 10].
    body_timeout: Seconds = "SECONDS", "BODY_TIMEOUT";
    /// How long a client may take nothing of its answer [default: 60].
    answer_timeout: Seconds = "SECONDS", "ANSWER_TIMEOUT";
    /// How long requests under way may take to end after SIGTERM [default: 10].
    shutdown_timeout: Seconds = "SECONDS", "SHUTDOWN_TIMEOUT";
    /// The longest head of a request, in bytes as HTTP/1.1 writes it [default: 163840].
    max_head: u32 = "BYTES", "MAX_HEAD";
    /// The longest body that is forwarded, in bytes [default: 2097152].
    max_body: u64 = "BYTES", "MAX_BODY";
    /// The memory for all bodies that are read ahead, in bytes [default: 67108864].
    max_body_memory: u32 = "BYTES", "MAX_BODY_MEMORY";
    /// How many connections each listener keeps open [default: 4096].
    max_connections: NonZeroU32 = "NUMBER", "MAX_CONNECTIONS";
    /// How many connections the reverse proxy keeps open for one address, or for one network of
    /// IPv6 (64 bits) [default: no limit].
    max_connections_per_address: NonZeroU32 = "NUMBER", "MAX_CONNECTIONS_PER_ADDRESS";
    /// How many requests the reverse proxy may have open [default: 8192].
    max_requests: NonZeroU32 = "NUMBER", "MAX_REQUESTS";
    /// How many requests one HTTP/2 connection may have open [default: 128].
    max_streams: NonZeroU32 = "NUMBER", "MAX_STREAMS";
    /// What to log: off, error, warn, info (rejected requests) or debug (all) [default: info].
    log: LevelFilter = "LEVEL", "LOG";
    /// The form of the log [default: text].
    log_format: LogFormat = "text|json", "LOG_FORMAT";
    /// Lines a second for each reason; further lines are counted [default: 5].
    log_rate: NonZeroU32 = "NUMBER", "LOG_RATE";
}

impl Options {
    /// Completes the settings with those of a file.
    pub fn with_file(self, path: Option<&Path>) -> Result<Options, String> {
        let Some(path) = path else { return Ok(self) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        // A file that was truncated to nothing would reset every rule to its default.
        if text.trim().is_empty() {
            let path = path.display();
            return Err(format!("{path}: it is empty; write a comment line for the defaults"));
        }
        let file = toml::from_str(&text)
            .map_err(|error| format!("{}: {}", path.display(), error.to_string().trim_end()))?;
        Ok(self.or(file))
    }
}

/// Reads a value of the file like the text of a flag.
fn from_text<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    struct Scalar<T>(PhantomData<T>);

    impl<T: FromStr<Err: Display>> Visitor<'_> for Scalar<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text or a number")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
            self.visit_str(&number.to_string())
        }

        fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
            self.visit_str(&number.to_string())
        }
    }

    struct Value<T>(T);

    impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Value<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Scalar(PhantomData)).map(Value)
        }
    }

    Value::deserialize(deserializer).map(|Value(value)| Some(value))
}
