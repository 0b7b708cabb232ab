//! HAR files: what a browser saw of requests and their answers.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use pubnub_access::UnverifiedToken;
use pubnub_access::gateway::{Credential, HttpRequest, RouteErrorKind, route};
use pubnub_access::learn::{Learner, Lesson, ServiceAnswer};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::question::Refusal;
use crate::time::parse_time;

/// The longest entry that is read, in bytes: its parts are kept in memory until its end.
const LONGEST_ENTRY: u64 = 64 * 1024 * 1024;

/// The kind of entries that are no requests of PubNub's interface, of which most files are full.
pub const ANOTHER_REQUEST: &str = "another_request";

/// What is read of an entry.
#[derive(Default)]
pub struct Entry {
    method: Option<String>,
    url: Option<String>,
    body: Option<String>,
    started: Option<String>,
    status: Option<i64>,
    answer: Option<String>,
}

/// Goes through the entries of a file.
pub fn read<R: Read>(
    input: &mut BufReader<R>,
    mut take: impl FnMut(Entry),
) -> Result<(), serde_json::Error> {
    let left = Rc::new(Cell::new(LONGEST_ENTRY));
    let reader = BufReader::new(Limited { input, left: Rc::clone(&left) });
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    File { left: &left, take: &mut take, in_log: false }.deserialize(&mut deserializer)?;
    deserializer.end()
}

/// An input of which only so much can be read at a time.
struct Limited<R> {
    input: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.input.read(buffer)?;
        match self.left.get().checked_sub(len as u64) {
            Some(left) => self.left.set(left),
            None => {
                return Err(io::Error::other(format!(
                    "an entry is longer than {LONGEST_ENTRY} bytes"
                )));
            }
        }
        Ok(len)
    }
}

/// Reads the file, then its `log`, then the `entries`.
struct File<'l> {
    left: &'l Cell<u64>,
    take: &'l mut dyn FnMut(Entry),
    in_log: bool,
}

impl<'de> DeserializeSeed<'de> for File<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for File<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`log` with its `entries`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let File { left, take, in_log } = self;
        let wanted = if in_log { "entries" } else { "log" };
        while let Some(key) = map.next_key::<String>()? {
            if key == wanted {
                map.next_value_seed(File { left, take: &mut *take, in_log: true })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let File { left, take, .. } = self;
        loop {
            left.set(LONGEST_ENTRY);
            let mut entry = Entry::default();
            if entries.next_element_seed(Part { entry: &mut entry, of: Of::Entry })?.is_none() {
                return Ok(());
            }
            take(entry);
        }
    }
}

/// The objects of an entry in which something is read.
#[derive(Clone, Copy)]
enum Of {
    Entry,
    Request,
    PostData,
    Response,
    Content,
}

struct Part<'e> {
    entry: &'e mut Entry,
    of: Of,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Part { entry, of } = self;
        while let Some(key) = map.next_key::<String>()? {
            let inner = match (of, key.as_str()) {
                (Of::Entry, "request") => Of::Request,
                (Of::Entry, "response") => Of::Response,
                (Of::Request, "postData") => Of::PostData,
                (Of::Response, "content") => Of::Content,
                (Of::Response, "status") => {
                    entry.status = map.next_value()?;
                    continue;
                }
                (of, key) => {
                    let text = match (of, key) {
                        (Of::Entry, "startedDateTime") => &mut entry.started,
                        (Of::Request, "method") => &mut entry.method,
                        (Of::Request, "url") => &mut entry.url,
                        (Of::PostData, "text") => &mut entry.body,
                        (Of::Content, "text") => &mut entry.answer,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *text = map.next_value()?;
                    continue;
                }
            };
            map.next_value_seed(Part { entry, of: inner })?;
        }
        Ok(())
    }
}

impl Entry {
    /// Takes in what the service answered, if the entry is a request with a token and an answer
    /// that says something.
    pub fn observe(&self, learner: &mut Learner<'_>) -> Result<Lesson, Refusal> {
        let refuse = |kind, error: &str| Refusal { kind, error: error.into() };
        let another = || refuse(ANOTHER_REQUEST, "it is no request of PubNub's interface");
        let (Some(method), Some(url)) = (&self.method, &self.url) else { return Err(another()) };
        let url = url.split('#').next().unwrap_or_default();
        let http = HttpRequest::from_url(method, url).map_err(|_| another())?;
        let http = self.body.iter().fold(http, |http, body| http.body(body.as_bytes()));
        let route = route(&http).map_err(|error| match error.kind() {
            RouteErrorKind::NotPubNub => another(),
            RouteErrorKind::WrongMethod if method == "OPTIONS" => another(),
            kind => Refusal { kind: kind.code(), error: format!("it is not understood: {error}") },
        })?;
        let Some(request) = route.request() else {
            return Err(refuse("no_operation", "no token decides what it asks for"));
        };
        let Credential::Auth(text) = route.credential() else {
            return Err(refuse("no_token", "it carries no token"));
        };
        let token = UnverifiedToken::parse(text)
            .map_err(|_| refuse("no_token", "its credential is not a token"))?;
        let Some(started) = &self.started else {
            return Err(refuse("no_time", "it has no startedDateTime"));
        };
        let now = parse_time(started).map_err(|error| Refusal { kind: "no_time", error })?;
        Ok(learner.observe(&token, &request, now, self.service_answer()?))
    }

    fn service_answer(&self) -> Result<ServiceAnswer, Refusal> {
        let refuse = |error: &str| Err(Refusal { kind: "no_answer", error: error.into() });
        let status = self.status.and_then(|status| u16::try_from(status).ok());
        match (status.and_then(ServiceAnswer::from_status), &self.answer) {
            (None, _) => refuse("its status is neither 200 nor 403"),
            (Some(ServiceAnswer::Forbidden), None) => {
                refuse("the text of its answer is not in the file")
            }
            (Some(ServiceAnswer::Forbidden), Some(text)) if !is_forbidden(text) => {
                refuse("its answer is a 403 for another reason than a missing permission")
            }
            (Some(answer), _) => Ok(answer),
        }
    }
}

/// Whether the body of an answer says that a permission is missing.
fn is_forbidden(text: &str) -> bool {
    let Ok(body) = serde_json::from_str::<serde_json::Value>(text) else { return false };
    let errors = body.get("errors").and_then(|errors| errors.as_array());
    let is_denied =
        |error: &serde_json::Value| error.get("errorCode").is_some_and(|code| code == "DS-0201");
    body.get("message").is_some_and(|message| message == "Forbidden")
        || errors.is_some_and(|errors| errors.iter().any(is_denied))
}
