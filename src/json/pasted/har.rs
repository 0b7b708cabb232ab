//! HAR files: requests and responses that a browser recorded.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::super::error::QuestionError;
use super::super::members::Members;

/// A file, an entry of one, or the request of an entry, as JSON.
pub(in crate::json) enum HarFile<'a> {
    /// The `log`, or its `entries`.
    Log(&'a str),
    Entry(&'a str),
    Request(&'a str),
}

/// The parts of an entry that are read.
#[derive(Debug, Default)]
pub(in crate::json) struct Entry {
    pub(in crate::json) method: Option<String>,
    pub(in crate::json) url: Option<String>,
    pub(in crate::json) body: Option<String>,
    pub(in crate::json) started: Option<String>,
    pub(in crate::json) status: Option<i64>,
    pub(in crate::json) answer: Option<String>,
    /// The headers of the request, each with its name before a colon.
    pub(in crate::json) headers: Vec<String>,
}

impl<'a> HarFile<'a> {
    /// Recognises the part of a HAR file that a JSON text is; `None` if it is none.
    pub(in crate::json) fn of(text: &'a str) -> Result<Option<Self>, QuestionError> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with('[') {
            return Ok(Some(HarFile::Log(text)));
        }
        if !text.starts_with('{') {
            return Ok(None);
        }
        let members = Members::parse(text).map_err(QuestionError::invalid_json)?;
        Ok(match (members.raw("log"), members.raw("request"), members.raw("url")) {
            (Some(log), ..) => Some(HarFile::Log(log.get())),
            (None, Some(_), _) => Some(HarFile::Entry(text)),
            (None, None, Some(_)) => Some(HarFile::Request(text)),
            (None, None, None) => None,
        })
    }

    /// Calls `take` with each entry.
    pub(in crate::json) fn read(&self, take: impl FnMut(Entry)) -> Result<(), QuestionError> {
        let one = |text: &str, of| {
            let mut entry = Entry::default();
            let mut deserializer = serde_json::Deserializer::from_str(text);
            EntryReader { entry: &mut entry, of }.deserialize(&mut deserializer).map(|()| entry)
        };
        let mut take = take;
        let read = match self {
            HarFile::Log(text) => LogReader { take: &mut take }
                .deserialize(&mut serde_json::Deserializer::from_str(text)),
            HarFile::Entry(text) => one(text, EntryObject::Entry).map(take),
            HarFile::Request(text) => one(text, EntryObject::Request).map(take),
        };
        read.map_err(|error| {
            QuestionError::invalid_json(alloc::format!("cannot read it as a HAR file: {error}"))
        })
    }
}

/// Reads the `log`, then the `entries` in it.
struct LogReader<'l> {
    take: &'l mut dyn FnMut(Entry),
}

impl<'de> DeserializeSeed<'de> for LogReader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for LogReader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`log` with its `entries`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let take = self.take;
        while let Some(key) = map.next_key::<String>()? {
            if key == "entries" {
                map.next_value_seed(LogReader { take: &mut *take })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        loop {
            let mut entry = Entry::default();
            if entries
                .next_element_seed(EntryReader { entry: &mut entry, of: EntryObject::Entry })?
                .is_none()
            {
                return Ok(());
            }
            (self.take)(entry);
        }
    }
}

/// The objects in an entry that are read.
#[derive(Clone, Copy)]
enum EntryObject {
    Entry,
    Request,
    PostData,
    Headers,
    Response,
    Content,
}

struct EntryReader<'e> {
    entry: &'e mut Entry,
    of: EntryObject,
}

impl<'de> DeserializeSeed<'de> for EntryReader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for EntryReader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let EntryReader { entry, of } = self;
        if let EntryObject::Headers = of {
            entry.headers.push(header(map)?);
            return Ok(());
        }
        while let Some(key) = map.next_key::<String>()? {
            let inner = match (of, key.as_str()) {
                (EntryObject::Entry, "request") => EntryObject::Request,
                (EntryObject::Entry, "response") => EntryObject::Response,
                (EntryObject::Request, "postData") => EntryObject::PostData,
                (EntryObject::Request, "headers") => EntryObject::Headers,
                (EntryObject::Response, "content") => EntryObject::Content,
                (EntryObject::Response, "status") => {
                    entry.status = map.next_value()?;
                    continue;
                }
                (of, key) => {
                    let text = match (of, key) {
                        (EntryObject::Entry, "startedDateTime") => &mut entry.started,
                        (EntryObject::Request, "method") => &mut entry.method,
                        (EntryObject::Request, "url") => &mut entry.url,
                        (EntryObject::PostData, "text") => &mut entry.body,
                        (EntryObject::Content, "text") => &mut entry.answer,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *text = map.next_value()?;
                    continue;
                }
            };
            map.next_value_seed(EntryReader { entry, of: inner })?;
        }
        Ok(())
    }

    /// Headers are an array of objects.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let EntryReader { entry, of } = self;
        if !matches!(of, EntryObject::Headers) {
            return Err(A::Error::invalid_type(Unexpected::Seq, &"an object"));
        }
        while items.next_element_seed(EntryReader { entry: &mut *entry, of })?.is_some() {}
        Ok(())
    }
}

/// Reads a header.
fn header<'de, A: MapAccess<'de>>(mut map: A) -> Result<String, A::Error> {
    let (mut name, mut value) = (String::new(), String::new());
    while let Some(key) = map.next_key::<String>()? {
        match key.as_str() {
            "name" => name = map.next_value()?,
            "value" => value = map.next_value()?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
    }
    // The names of HTTP/2's own fields begin with a colon.
    let name = name.trim_start_matches(':');
    Ok([name, ":", &value].concat())
}
