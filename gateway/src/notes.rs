//! The file of observations, for `pubnub-access learn`: one JSON object a line.
//!
//! A line has the token with a zeroed signature, so that its grants can be read but nobody can use
//! it, and the fingerprint of the genuine token.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use bytes::Bytes;
use http::{Method, Uri};
use pubnub_access::gateway::{Action, Credential, HttpRequest, route};
use pubnub_access::revocation::Fingerprint;
use pubnub_access::{ResourceKind, UnverifiedToken};
use serde_json::{Map, Value, json};

use crate::log::Log;
use crate::metrics::Metrics;
use crate::settings::LearnSettings;

/// The most observations that wait to be written.
const QUEUE: usize = 256;

/// A request that waits for its answer.
pub struct Note {
    pub method: Method,
    pub uri: Uri,
    pub body: Bytes,
    /// The time of the request, in Unix seconds.
    pub at: u64,
}

/// The file, with the thread that writes it.
pub struct Notes {
    waiting: SyncSender<(Note, u16)>,
}

impl Notes {
    /// Opens the file for appending, with access only for the gateway's user.
    pub fn open(settings: &LearnSettings, metrics: Metrics, log: Log) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&settings.file)?;
        #[cfg(unix)]
        if file.metadata()?.is_file() {
            // An existing file may have been readable for everybody.
            file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        }
        let (waiting, notes) = sync_channel::<(Note, u16)>(QUEUE);
        let max_size = settings.max_size;
        std::thread::spawn(move || {
            for (note, status) in notes {
                let Some(line) = note.line(status) else { continue };
                match append(&mut file, &line, max_size) {
                    Ok(()) => metrics.observed("noted"),
                    Err(error) => {
                        metrics.observed("failed");
                        if log.admits("observation not written") {
                            tracing::warn!(%error, "observation not written");
                        }
                    }
                }
            }
        });
        Ok(Notes { waiting })
    }

    /// Takes an observation, unless too many wait.
    pub fn take(&self, note: Note, status: u16) -> bool {
        self.waiting.try_send((note, status)).is_ok()
    }
}

/// Appends a whole line, so that a full disk leaves no partial line.
fn append(file: &mut File, line: &str, max_size: u64) -> io::Result<()> {
    let length = file.metadata()?.len();
    if length.saturating_add(line.len() as u64) > max_size {
        return Err(io::Error::other("the file has its full size"));
    }
    file.write_all(line.as_bytes()).inspect_err(|_| {
        let _ = file.set_len(length);
    })
}

impl Note {
    /// Returns the line; `None` if no token decides.
    fn line(&self, status: u16) -> Option<String> {
        let target = self.uri.path_and_query()?.as_str();
        let http = HttpRequest::new(self.method.as_str(), target);
        let http = if self.body.is_empty() { http } else { http.body(&self.body) };
        let route = route(&http).ok()?;
        let (Action::Operation(operation), Credential::Auth(text)) =
            (route.action(), route.credential())
        else {
            return None;
        };
        let token = UnverifiedToken::parse(text).ok()?;
        let mut line = Map::new();
        line.insert("id".into(), Fingerprint::of(&token).to_string().into());
        line.insert("token".into(), without_signature(&token)?.into());
        line.insert("operation".into(), operation.id().into());
        for resource in route.resources() {
            let key = match resource.kind {
                ResourceKind::Channel => "channels",
                ResourceKind::Group => "groups",
                ResourceKind::Uuid => "uuids",
                ResourceKind::User => "users",
                ResourceKind::Entity => "entities",
                ResourceKind::Relationship => "relationships",
                ResourceKind::Membership => "memberships",
                _ => return None,
            };
            let names = line.entry(key).or_insert_with(|| json!([]));
            names.as_array_mut()?.push(resource.name.into());
        }
        if let Some(user_id) = route.user_id() {
            line.insert("user_id".into(), user_id.into());
        }
        line.insert("at".into(), self.at.into());
        line.insert("status".into(), status.into());
        Some(format!("{}\n", Value::Object(line)))
    }
}

/// Returns the token with a zeroed signature: its grants stay, but nobody can use it.
fn without_signature(token: &UnverifiedToken) -> Option<String> {
    let mut bytes = token.as_cbor().to_vec();
    if let Some(signature) = token.signature_unverified() {
        // The signature is a slice of the same bytes.
        let at = signature.as_ptr().addr().checked_sub(token.as_cbor().as_ptr().addr())?;
        bytes.get_mut(at..at.checked_add(signature.len())?)?.fill(0);
    }
    Some(URL_SAFE.encode(bytes))
}
