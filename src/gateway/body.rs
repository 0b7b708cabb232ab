//! The names in request bodies.
//!
//! A change to memberships or members names channels or users:
//! `{"set": [{"channel": {"id": "room-1"}}], "delete": [{"channel": {"id": "room-2"}}]}`.
//! An item that DataSync creates may have an id: `{"data": {"id": "item-1"}}`.
//!
//! Everything else is skipped, without recursion. A body is refused if another reader could
//! understand it differently: one that takes the first of two equal keys, or the last, or that
//! ignores the case of keys.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::arithmetic::CannotOverflow;
use crate::request::resource::check_name;

use super::error::{Fault, RouteError};
use super::limits::{MAX_BODY_LEN, MAX_NAMES};

/// The names in a body.
#[derive(Default)]
pub(super) struct BodyNames {
    /// The names of both lists, joined by commas. No name contains a comma.
    pub(super) names: String,
    pub(super) sets: bool,
    pub(super) deletes: bool,
    count: usize,
    /// The fault of a body that is valid JSON.
    fault: Option<Fault>,
}

impl BodyNames {
    /// Reads a change, whose lists name resources by the `id` of a `member`: a `channel` or a
    /// `uuid`.
    pub(super) fn of_change(body: &[u8], member: &'static str) -> Result<Self, RouteError> {
        match Self::read(body, Level::Change { member })? {
            BodyNames { count: 0, .. } => Err(RouteError::body(0, Fault::BodyNamesNothing)),
            read => Ok(read),
        }
    }

    /// Reads the id of a new item. If there is none, the service generates it.
    pub(super) fn of_creation(body: &[u8]) -> Result<Self, RouteError> {
        Self::read(body, Level::Creation)
    }

    fn read(body: &[u8], level: Level) -> Result<Self, RouteError> {
        if body.len() > MAX_BODY_LEN {
            return Err(RouteError::body(MAX_BODY_LEN, Fault::LongBody));
        }
        // The parser does not check that skipped parts are UTF-8.
        let text = core::str::from_utf8(body)
            .map_err(|error| RouteError::body(error.valid_up_to(), Fault::BadJson))?;
        let mut read = BodyNames::default();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let result = Object { read: &mut read, level }.deserialize(&mut deserializer);
        match result.and_then(|_| deserializer.end()) {
            Ok(()) => Ok(read),
            Err(error) => {
                let otherwise = if error.is_data() { Fault::BodyShape } else { Fault::BadJson };
                Err(RouteError::body(offset(body, &error), read.fault.unwrap_or(otherwise)))
            }
        }
    }

    fn add(&mut self, name: Cow<'_, str>) -> Result<(), Fault> {
        self.check_count()?;
        check_name(&name).map_err(|_| Fault::BodyName)?;
        if self.names.is_empty() {
            self.names = name.into_owned();
        } else {
            self.names.push(',');
            self.names.push_str(&name);
        }
        self.count = self.count.plus(1);
        Ok(())
    }

    /// Adds a member of a channel. Its id needs no permission and may be any text; an id that no
    /// request can name is only counted.
    fn add_member(&mut self, id: Cow<'_, str>) -> Result<(), Fault> {
        if check_name(&id).is_ok() {
            return self.add(id);
        }
        self.check_count()?;
        self.count = self.count.plus(1);
        Ok(())
    }

    fn check_count(&self) -> Result<(), Fault> {
        if self.count >= MAX_NAMES { Err(Fault::ManyNames) } else { Ok(()) }
    }
}

/// Converts the line and the column of a parser's error, both counted from 1, to a byte offset.
fn offset(body: &[u8], error: &serde_json::Error) -> usize {
    let before = error.line().saturating_sub(1);
    let lines = body.split_inclusive(|byte| *byte == b'\n').take(before);
    let start = lines.fold(0_usize, |start, line| start.plus(line.len()));
    start.plus(error.column().saturating_sub(1)).min(body.len())
}

/// The key of a member that a body adds to a channel or removes from it.
const MEMBER: &str = "uuid";

/// The names of the lists in the previous version.
const FORMER_KEYS: [&str; 3] = ["add", "update", "remove"];

/// An object in a body, by the keys that are read in it.
#[derive(Clone, Copy)]
enum Level {
    /// A change: `set` and `delete`.
    Change { member: &'static str },
    /// An entry of a list: its `channel` or its `uuid`.
    Entry { member: &'static str },
    /// The subject of an entry: its `id`.
    Member,
    /// A creation: its `data`.
    Creation,
    /// The item to create: its `id`, if it has one.
    Item,
}

impl Level {
    /// Returns the keys that matter.
    fn keys(self) -> [&'static str; 2] {
        match self {
            Level::Change { .. } => ["set", "delete"],
            Level::Entry { member } => [member, member],
            Level::Creation => ["data", "data"],
            Level::Member | Level::Item => ["id", "id"],
        }
    }

    /// Reports whether a key names a list of the previous version.
    fn is_former(self, key: &str) -> bool {
        matches!(self, Level::Change { .. })
            && FORMER_KEYS.into_iter().any(|known| upper(known).eq(upper(key)))
    }

    /// Reports whether some readers take a key for one that matters. It then differs only in case
    /// (as Unicode folds it) or in signs around it.
    fn is_doubtful(self, key: &str) -> bool {
        self.keys().into_iter().any(|known| upper(known).eq(upper(key)))
    }
}

/// Returns the letters of a key in upper case. Letters that differ only in case or form become
/// equal.
fn upper(key: &str) -> impl Iterator<Item = char> {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase)
}

/// Reads an object. Returns the name in it, if it is that of a member.
struct Object<'r> {
    read: &'r mut BodyNames,
    level: Level,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Object { read, level } = self;
        let [first, second] = level.keys();
        let (mut seen_first, mut seen_second) = (false, false);
        let mut name = None;
        while let Some(Text(key)) = map.next_key_seed(TextSeed)? {
            let seen = match &*key {
                key if key == first => &mut seen_first,
                key if key == second => &mut seen_second,
                // Clients of the previous version send it empty beside `set`.
                key if level.is_former(key) => {
                    map.next_value_seed(EmptyList { read })?;
                    continue;
                }
                key if level.is_doubtful(key) => return Err(fail(read, Fault::BodyKeySpelling)),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if core::mem::replace(seen, true) {
                return Err(fail(read, Fault::BodyKeyTwice));
            }
            match level {
                Level::Change { member } => {
                    let sets = &*key == first;
                    let count = read.count;
                    map.next_value_seed(List { read, member })?;
                    let named = read.count > count;
                    *(if sets { &mut read.sets } else { &mut read.deletes }) = named;
                }
                Level::Entry { .. } => {
                    name = map.next_value_seed(Object { read, level: Level::Member })?
                }
                Level::Member => name = Some(map.next_value_seed(TextSeed)?.0),
                Level::Creation => {
                    let id = map.next_value_seed(Object { read, level: Level::Item })?;
                    if let Some(Err(fault)) = id.map(|id| read.add(id)) {
                        return Err(fail(read, fault));
                    }
                }
                Level::Item => name = map.next_value::<Option<String>>()?.map(Cow::Owned),
            }
        }
        if name.is_none() && matches!(level, Level::Entry { .. } | Level::Member) {
            return Err(fail(read, Fault::BodyShape));
        }
        Ok(name)
    }
}

/// Records a fault, and stops the parser.
fn fail<E: serde::de::Error>(read: &mut BodyNames, fault: Fault) -> E {
    read.fault = Some(fault);
    E::custom("")
}

/// Reads a list of entries; `null` counts as missing.
struct List<'r> {
    read: &'r mut BodyNames,
    member: &'static str,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let List { read, member } = self;
        while let Some(name) =
            sequence.next_element_seed(Object { read, level: Level::Entry { member } })?
        {
            let added = name.map(|name| match member {
                MEMBER => read.add_member(name),
                _ => read.add(name),
            });
            if let Some(Err(fault)) = added {
                return Err(fail(read, fault));
            }
        }
        Ok(())
    }
}

/// Reads a list under a former key, which must be empty.
struct EmptyList<'r> {
    read: &'r mut BodyNames,
}

impl<'de> DeserializeSeed<'de> for EmptyList<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for EmptyList<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an empty list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        match sequence.next_element::<IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(fail(self.read, Fault::BodyKeySpelling)),
        }
    }
}

/// A text, borrowed if it has no escapes.
struct Text<'de>(Cow<'de, str>);

struct TextSeed;

impl<'de> DeserializeSeed<'de> for TextSeed {
    type Value = Text<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Text<'de>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for TextSeed {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.into())))
    }
}
