//! What may be behind a refusal that the token alone does not tell.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decision::Verdict;
use crate::display::Shortened;
use crate::gateway::{RouteError, RouteErrorKind, RoutePosition};
use crate::grant::ApiErrorMeaning;
use crate::json::hint::may_be_token;
use crate::json::secrets::decode;
use crate::json::variable::Variable;
use crate::request::resource::ResourceKind;

use super::refusal;
use super::report::RequestReport;

/// The domains of PubNub's hosts.
const HOSTS: [&str; 3] = ["pndsn.com", "pubnub.com", "pubnubapi.com"];

/// The longest text of a variable that is told from a name, in bytes.
const LONGEST_VARIABLE: usize = 64;

/// How many of them are told of.
const MOST_VARIABLES: usize = 4;

/// Reports whether a host, in lower case, is one of PubNub's.
pub(super) fn is_host_of_pubnub(host: &str) -> bool {
    let is_below = |domain: &&str| {
        host.strip_suffix(*domain).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    };
    HOSTS.iter().any(is_below)
}

impl RequestReport<'_> {
    /// What may be the cause of a path that is not understood.
    pub(super) fn fault_notes(&self, error: &RouteError) -> Vec<String> {
        let mut notes = Vec::new();
        let RoutePosition::Target(at) = error.position() else { return notes };
        let target = self.pasted.target();
        let path = target.split('?').next().unwrap_or_default();
        // Positions are those of whole names.
        let fault = self.pasted.url.get(self.target.place_in_url(at)..).unwrap_or_default();
        let name = fault.split(['/', '?', '&', ',']).next().unwrap_or_default();
        if error.kind() == RouteErrorKind::Malformed && decode(name).contains(char::is_control) {
            notes
                .push("a name has the end of a line in it: trim what a file or a form gave".into());
        }
        if error.kind() == RouteErrorKind::Ambiguous {
            if fault.starts_with("uuid=") {
                notes.push(
                    "`uuid` stands twice: an SDK adds it by itself, so leave out yours".into(),
                );
            } else if fault.starts_with('#') {
                notes.push(
                    "what is behind a `#` is not sent: where it is part of a name, write `%23`"
                        .into(),
                );
            } else if name.contains("%25") {
                notes.push(
                    "a name is percent-encoded twice: an SDK encodes names by itself, so give it \
                     the name as it is"
                        .into(),
                );
            } else if path.contains("//") {
                notes.push(
                    "between two slashes of the path stands nothing: a key or a name was empty \
                     when the request was made"
                        .into(),
                );
            }
            return notes;
        }
        if path.len() == target.len() && ["uuid=", "auth="].iter().any(|key| path.contains(key)) {
            notes.push("its query has no `?` before it: put one behind the path".into());
        }
        if let (RouteErrorKind::NotPubNub, Some(host)) = (error.kind(), self.pasted.host()) {
            let host = host.to_ascii_lowercase();
            if host.ends_with(".amazonaws.com") {
                notes.push(
                    "this is the storage of files, whose 403 is not of Access Manager: it takes \
                     the form that `generate-upload-url` answered with, until that expires"
                        .into(),
                );
            } else if !may_be_token(&host) && !is_host_of_pubnub(&host) {
                notes.push(format!(
                    "{} is no host of PubNub: if it is a proxy, paste what it sends to PubNub",
                    Shortened(&host)
                ));
            }
        }
        notes
    }

    /// What the service's own answer says, where the token does not tell it.
    pub(super) fn refusal_note(&self) -> Option<String> {
        if self.entry?.status != Some(super::FORBIDDEN) {
            return None;
        }
        let refusal = self.pasted.refusal.as_deref().and_then(refusal::in_text);
        match refusal.filter(|refusal| refusal.meaning() != ApiErrorMeaning::Forbidden) {
            Some(refusal) => Some(format!("the service answered: {}", refusal::meaning(&refusal))),
            None if self.verdict() == Verdict::Allow => Some(
                "the service answered 403 all the same: the token may be revoked, or of another \
                 keyset"
                    .into(),
            ),
            None => None,
        }
    }

    /// The names that are the text of a variable without a value.
    pub(super) fn variables(&self) -> Vec<String> {
        let Some(route) = self.route else { return Vec::new() };
        let kinds = ResourceKind::ALL
            .iter()
            .flat_map(|kind| self.names(*kind).map(move |name| (kind.name(), name)));
        let others = [("subscribe key", route.subscribe_key()), ("user id", route.user_id())];
        let others = others.into_iter().filter_map(|(what, name)| Some((what, name?)));
        let mut found: Vec<String> = Vec::new();
        for (what, name) in others.chain(kinds) {
            let variable = Some(name).filter(|name| name.len() <= LONGEST_VARIABLE);
            if let Some(variable) = variable.and_then(Variable::of) {
                let sentence = format!(
                    "the {what} {} is the text of {}: see where the request gets it from",
                    Shortened(name),
                    variable.what()
                );
                if !found.contains(&sentence) && found.len() < MOST_VARIABLES {
                    found.push(sentence);
                }
            }
        }
        found
    }
}
