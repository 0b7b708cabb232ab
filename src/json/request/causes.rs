//! Causes of a refusal beside the token's permissions.

use alloc::format;
use alloc::string::String;

use crate::decision::Verdict;
use crate::display::Escaped;
use crate::gateway::{RouteError, RouteErrorKind, RoutePosition};
use crate::json::secrets::decode;
use crate::json::variable::Variable;

use super::refusal;
use super::report::RequestReport;

/// The domains of PubNub's hosts.
const HOSTS: [&str; 3] = ["pndsn.com", "pubnub.com", "pubnubapi.com"];

/// The longest name that is checked for the text of a variable, in bytes.
const LONGEST_VARIABLE: usize = 64;

/// Reports whether a host, in lower case, is one of PubNub's.
pub(super) fn is_host_of_pubnub(host: &str) -> bool {
    let is_below = |domain: &&str| {
        host.strip_suffix(*domain).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    };
    HOSTS.iter().any(is_below)
}

impl RequestReport<'_> {
    /// Returns the probable cause of a path that is not understood.
    pub(super) fn cause(&self, error: &RouteError) -> Option<&'static str> {
        use RouteErrorKind::{Ambiguous, Malformed, NotPubNub};
        let RoutePosition::Target(at) = error.position() else { return None };
        let target = self.pasted.target();
        let path = target.split('?').next().unwrap_or_default();
        // Positions are those of whole names.
        let fault = self.pasted.url.get(self.target.place_in_url(at)..).unwrap_or_default();
        let name = fault.split(['/', '?', '&', ',']).next().unwrap_or_default();
        match error.kind() {
            Malformed if decode(name).contains(char::is_control) => {
                Some("a name has the end of a line in it: trim what a file or a form gave")
            }
            Ambiguous if name.starts_with("uuid=") => {
                Some("`uuid` is in the query twice: an SDK adds it by itself, so leave out yours")
            }
            Ambiguous if name.starts_with('#') => {
                Some("what follows a `#` is not sent: if it is part of a name, write `%23`")
            }
            Ambiguous if name.contains("%25") => Some(
                "a name is percent-encoded twice: an SDK encodes names by itself, so give it the \
                 name as it is",
            ),
            Ambiguous if path.contains("//") => Some(
                "nothing is between two slashes of the path: a key or a name was empty when the \
                 request was made",
            ),
            _ if path.len() == target.len() && path.contains("&auth=") => {
                Some("its query has no `?` before it: put one after the path")
            }
            NotPubNub => {
                let host = self.pasted.host()?.to_ascii_lowercase();
                if host.ends_with(".amazonaws.com") {
                    Some(
                        "this is the storage of files, whose 403 is not Access Manager's: it accepts \
                         the form that `generate-upload-url` returned, until the form expires",
                    )
                } else if is_host_of_pubnub(&host) {
                    None
                } else {
                    Some(
                        "its host is not PubNub's: if it is a proxy, paste what it sends to PubNub",
                    )
                }
            }
            _ => None,
        }
    }

    /// Returns what the service's own answer says, if the token does not explain it.
    pub(super) fn refusal(&self) -> Option<String> {
        if self.entry?.status != Some(super::FORBIDDEN) {
            return None;
        }
        let text = self.pasted.refusal.as_deref().unwrap_or_default();
        match refusal::other_than_forbidden(text) {
            Some(said) => Some(format!("the service answered: {said}")),
            None if self.verdict() == Verdict::Allow => Some(
                "the service answered 403 all the same: the token may be revoked, or of another \
                 keyset"
                    .into(),
            ),
            None => None,
        }
    }

    /// Returns a note on a name that is the text of a variable without a value.
    pub(super) fn variable(&self) -> Option<String> {
        let route = self.route?;
        let names = route.resources().map(|resource| resource.name);
        let others = [route.subscribe_key(), route.user_id()].into_iter().flatten();
        let mut names = others.chain(names).filter(|name| name.len() <= LONGEST_VARIABLE);
        let (name, variable) = names.find_map(|name| Some((name, Variable::of(name)?)))?;
        let what = variable.what();
        Some(format!("{} is the text of {what}: see where the request gets it from", Escaped(name)))
    }
}
