//! The settings in use: complete, and checked against each other.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use pubnub_access::gateway::{Fallback, Precheck};
use pubnub_access::{KeysetFlag, Policy};
use tracing::level_filters::LevelFilter;

use crate::options::Options;
use crate::values::{Enforce, FailureMode, LogFormat, Seconds, Upstream, UpstreamHost};

/// All settings but the rules, which a reload can change.
#[derive(Debug, Clone)]
pub struct Settings {
    pub listen: SocketAddr,
    pub proxy: Option<ProxySettings>,
    pub deny_list: Option<PathBuf>,
    pub reload_interval: Duration,
    pub shutdown_timeout: Duration,
    pub limits: Limits,
    pub log: LogSettings,
}

#[derive(Debug, Clone)]
pub struct ProxySettings {
    pub listen: SocketAddr,
    pub upstream: Upstream,
    pub upstream_host: UpstreamHost,
    pub upstream_ca: Option<PathBuf>,
    pub connect_timeout: Duration,
    pub upstream_timeout: Duration,
    pub max_requests: u32,
    pub connections_per_address: Option<u32>,
    /// Certificate chain and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    pub learn: Option<LearnSettings>,
}

#[derive(Debug, Clone)]
pub struct LearnSettings {
    pub file: PathBuf,
    pub rate: u32,
    pub max_size: u64,
}

/// The limits for clients.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub head: usize,
    pub body: u64,
    pub body_memory: u32,
    pub connections: u32,
    pub streams: u32,
    pub header_timeout: Duration,
    pub body_timeout: Duration,
    pub answer_timeout: Duration,
}

#[derive(Debug, Clone, Copy)]
pub struct LogSettings {
    pub level: LevelFilter,
    pub format: LogFormat,
    pub rate: u32,
}

/// The settings that a reload changes.
pub const RELOADABLE: [&str; 14] = [
    "enforce",
    "failure_mode",
    "signed",
    "without_credential",
    "without_token",
    "broken_token",
    "unrouted",
    "precedence",
    "group_names",
    "doubt",
    "get_all_user_metadata",
    "get_all_channel_metadata",
    "clock_tolerance",
    "work_limit",
];

/// The smallest limit of a head that hyper accepts.
const MIN_HEAD: usize = 8 * 1024;

impl Settings {
    /// Completes the options, or returns all their problems.
    pub fn new(options: &Options) -> Result<Settings, Vec<String>> {
        let mut problems = Vec::new();
        let mut problem = |text: &str| problems.push(text.to_owned());
        let seconds = |value: Option<Seconds>, default: f64| {
            value.map_or(Duration::from_secs_f64(default), |Seconds(value)| value)
        };
        let tls = match (&options.tls_certificate, &options.tls_key) {
            (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
            (None, None) => None,
            (Some(_), None) => {
                problem("tls-certificate: tls-key is missing");
                None
            }
            (None, Some(_)) => {
                problem("tls-key: tls-certificate is missing");
                None
            }
        };
        let head = options.max_head.map_or(160 * 1024, |bytes| bytes as usize);
        if head < MIN_HEAD {
            problem("max-head: expected at least 8192 bytes");
        }
        for (name, value) in [
            ("connect-timeout", options.connect_timeout),
            ("upstream-timeout", options.upstream_timeout),
            ("header-timeout", options.header_timeout),
            ("body-timeout", options.body_timeout),
            ("answer-timeout", options.answer_timeout),
        ] {
            if value == Some(Seconds(Duration::ZERO)) {
                problem(&format!("{name}: expected more than 0 seconds"));
            }
        }
        let listen = options.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8081)));
        if options.proxy == Some(listen) && listen.port() != 0 {
            problem("proxy: listen has the same address");
        }
        for (name, listener) in [("listen", Some(listen)), ("proxy", options.proxy)] {
            let upstream = options.upstream.as_ref();
            if listener.is_some_and(|own| upstream.is_some_and(|upstream| upstream.is_at(own))) {
                problem(&format!("upstream: it is the gateway itself, at the address of {name}"));
            }
        }
        let proxy = match (options.proxy, &options.upstream) {
            (Some(address), Some(upstream)) => Some(ProxySettings {
                listen: address,
                upstream: upstream.clone(),
                upstream_host: options.upstream_host.unwrap_or(if upstream.secure {
                    UpstreamHost::Upstream
                } else {
                    UpstreamHost::Client
                }),
                upstream_ca: options.upstream_ca.clone(),
                connect_timeout: seconds(options.connect_timeout, 5.0),
                upstream_timeout: seconds(options.upstream_timeout, 320.0),
                max_requests: options.max_requests.map_or(8192, |number| number.get()),
                connections_per_address: options
                    .max_connections_per_address
                    .map(|number| number.get()),
                tls,
                learn: options.learn.clone().map(|file| LearnSettings {
                    file,
                    rate: options.learn_rate.unwrap_or(30),
                    max_size: options.learn_max_size.unwrap_or(64 * 1024 * 1024),
                }),
            }),
            (Some(_), None) => {
                problem("proxy: upstream is missing");
                None
            }
            (None, Some(_)) => {
                problem("upstream: proxy is missing");
                None
            }
            (None, None) => {
                let needs_proxy = [
                    ("tls-certificate", tls.is_some()),
                    ("upstream-ca", options.upstream_ca.is_some()),
                    ("upstream-host", options.upstream_host.is_some()),
                    ("learn", options.learn.is_some()),
                    ("max-connections-per-address", options.max_connections_per_address.is_some()),
                ];
                for (name, _) in needs_proxy.into_iter().filter(|(_, set)| *set) {
                    problem(&format!(
                        "{name}: it is about the reverse proxy, and proxy is missing"
                    ));
                }
                None
            }
        };
        let settings = Settings {
            listen,
            proxy,
            deny_list: options.deny_list.clone(),
            reload_interval: seconds(options.reload_interval, 1.0),
            shutdown_timeout: seconds(options.shutdown_timeout, 10.0),
            limits: Limits {
                head,
                body: options.max_body.unwrap_or(2 * 1024 * 1024),
                body_memory: options.max_body_memory.unwrap_or(64 * 1024 * 1024),
                connections: options.max_connections.map_or(4096, |number| number.get()),
                streams: options.max_streams.map_or(128, |number| number.get()),
                header_timeout: seconds(options.header_timeout, 10.0),
                body_timeout: seconds(options.body_timeout, 10.0),
                answer_timeout: seconds(options.answer_timeout, 60.0),
            },
            log: LogSettings {
                level: options.log.unwrap_or(LevelFilter::INFO),
                format: options.log_format.unwrap_or(LogFormat::Text),
                rate: options.log_rate.map_or(5, |number| number.get()),
            },
        };
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }
}

/// The rules for decisions, which a reload changes.
#[derive(Debug, Clone, Copy)]
pub struct DecisionSettings {
    pub policy: Policy<'static>,
    pub enforce: Enforce,
    pub failure_mode: FailureMode,
    signed: Fallback,
    without_credential: Fallback,
    without_token: Fallback,
    broken_token: Fallback,
    unrouted: Fallback,
    pub clock_tolerance: u64,
}

impl DecisionSettings {
    pub fn new(options: &Options) -> Self {
        let clock_tolerance = options.clock_tolerance.unwrap_or(0);
        let flag = |flag: Option<KeysetFlag>| flag.unwrap_or(KeysetFlag::Unknown);
        let mut policy = Policy::new()
            .get_all_user_metadata(flag(options.get_all_user_metadata))
            .get_all_channel_metadata(flag(options.get_all_channel_metadata))
            .clock_tolerance(clock_tolerance)
            .work_limit(options.work_limit.unwrap_or(Policy::DEFAULT_WORK_LIMIT));
        if let Some(precedence) = options.precedence {
            policy = policy.precedence(precedence);
        }
        if let Some(group_names) = options.group_names {
            policy = policy.group_names(group_names);
        }
        if let Some(doubt) = options.doubt {
            policy = policy.doubt(doubt);
        }
        let fallback = |fallback: Option<Fallback>| fallback.unwrap_or(Fallback::InDoubt);
        DecisionSettings {
            policy,
            enforce: options.enforce.unwrap_or(Enforce::Denials),
            failure_mode: options.failure_mode.unwrap_or(FailureMode::Closed),
            signed: options.signed.unwrap_or(Fallback::Forward),
            without_credential: fallback(options.without_credential),
            without_token: fallback(options.without_token),
            broken_token: fallback(options.broken_token),
            unrouted: fallback(options.unrouted),
            clock_tolerance,
        }
    }

    /// Returns the library's rules, with a policy that may have a deny list.
    pub fn precheck<'p>(&self, policy: Policy<'p>) -> Precheck<'p> {
        use pubnub_access::gateway::Enforcement;
        let enforcement = match self.enforce {
            Enforce::Permissions => Enforcement::CertainPermissions,
            Enforce::Nothing | Enforce::Denials => Enforcement::CertainDenials,
        };
        Precheck::new(policy)
            .enforcement(enforcement)
            .signed(self.signed)
            .without_credential(self.without_credential)
            .without_token(self.without_token)
            .broken_token(self.broken_token)
            .unrouted(self.unrouted)
    }
}
