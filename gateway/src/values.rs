//! The types of settings.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use http::Uri;
use http::uri::Authority;

macro_rules! choices {
    ($(
        $(#[doc = $doc:literal])+
        $Name:ident { $( $(#[doc = $of:literal])+ $Choice:ident = $text:literal, )+ }
    )*) => { $(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $Name { $( $(#[doc = $of])+ $Choice, )+ }

        impl FromStr for $Name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $( $text => Ok($Name::$Choice), )+
                    _ => Err(concat!("expected one of:", $( " ", $text, )+).to_owned()),
                }
            }
        }
    )* };
}

choices! {
    /// The requests that are rejected.
    Enforce {
        /// None: the decision is reported, and every request is forwarded.
        Nothing = "nothing",
        /// Those that are certainly denied.
        Denials = "denials",
        /// All except those that are certainly allowed.
        Permissions = "permissions",
    }
    /// The treatment of a request if the gateway itself fails.
    FailureMode {
        /// It is forwarded unchecked.
        Open = "open",
        /// It is answered 503.
        Closed = "closed",
    }
    /// The `Host` that the upstream receives.
    UpstreamHost {
        /// The client's.
        Client = "client",
        /// The upstream's.
        Upstream = "upstream",
    }
    /// The form of log lines.
    LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

impl Enforce {
    pub fn name(self) -> &'static str {
        match self {
            Enforce::Nothing => "nothing",
            Enforce::Denials => "denials",
            Enforce::Permissions => "permissions",
        }
    }
}

/// The longest time, in seconds. A longer one overflows the clocks of some systems.
const MAX_SECONDS: f64 = 1e9;

/// A length of time, written in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seconds(pub Duration);

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
        if seconds > MAX_SECONDS {
            return Err(format!("expected at most {MAX_SECONDS} seconds"));
        }
        Duration::try_from_secs_f64(seconds).map(Seconds).map_err(|error| error.to_string())
    }
}

/// The origin that requests are forwarded to.
#[derive(Debug, Clone, PartialEq)]
pub struct Upstream {
    pub secure: bool,
    pub authority: Authority,
}

impl FromStr for Upstream {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected http:// or https://, a host, perhaps a port, and no path";
        let uri: Uri = text.parse().map_err(|_| expected.to_owned())?;
        match (uri.scheme_str(), uri.authority(), uri.path(), uri.query()) {
            (Some(scheme @ ("http" | "https")), Some(authority), "/", None)
                if authority.port().is_some() || authority.as_str() == authority.host() =>
            {
                Ok(Upstream { secure: scheme == "https", authority: authority.clone() })
            }
            _ => Err(expected.to_owned()),
        }
    }
}

impl Upstream {
    /// Reports whether it is where a listener of this machine listens. Names other than `localhost`
    /// are not resolved.
    pub fn is_at(&self, listener: SocketAddr) -> bool {
        let port = self.authority.port_u16().unwrap_or(if self.secure { 443 } else { 80 });
        let host = self.authority.host().trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<IpAddr> = if host.eq_ignore_ascii_case("localhost") {
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        } else {
            host.parse().into_iter().collect()
        };
        port == listener.port() && addresses.iter().any(|to| arrives(*to, listener.ip()))
    }
}

/// Reports whether a connection to an address arrives at a listener with the same port.
fn arrives(to: IpAddr, listener: IpAddr) -> bool {
    // A listener of IPv6 may take connections of IPv4 as well.
    let family = to.is_ipv4() == listener.is_ipv4() || listener.is_ipv6();
    // Systems connect to the unspecified address as to loopback.
    let local = to.is_loopback() || to.is_unspecified();
    to == listener
        || (local && family && listener.is_unspecified())
        || (to.is_unspecified() && family && listener.is_loopback())
}
