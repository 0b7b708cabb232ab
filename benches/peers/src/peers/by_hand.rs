//! Code that a competent user writes without the library: `ciborium` into serde structs, and
//! `regex` if there is no explicit grant. It checks time, user and grant. It does not notice
//! duplicate keys, wrong masks and other faults of form.

use std::collections::HashMap;
use std::hint::black_box;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::case::{Case, NOW, Question, READ, USER};
use crate::peer::{Peer, Task, task};

#[derive(Deserialize)]
struct Token {
    v: u8,
    t: u64,
    ttl: u64,
    #[serde(default)]
    res: Kinds,
    #[serde(default)]
    pat: Kinds,
    uuid: Option<String>,
}

/// Masks by name.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Kinds {
    pub chan: HashMap<String, u8>,
    pub grp: HashMap<String, u8>,
    pub uuid: HashMap<String, u8>,
}

fn decode(text: &str) -> Option<Token> {
    let bytes = URL_SAFE.decode(text).ok()?;
    ciborium::from_reader(&bytes[..]).ok()
}

impl Token {
    fn is_valid(&self, user: &str, now: u64) -> bool {
        self.v == 2
            && now < self.t + 60 * self.ttl
            && self.uuid.as_ref().is_none_or(|uuid| uuid == user)
    }
}

/// Reports whether an entry grants reading or, if none does, a pattern. Compiles each pattern when
/// it tries it.
pub fn may_read(resources: &Kinds, patterns: &Kinds, channel: &str) -> bool {
    let matches = |pattern: &str| Regex::new(pattern).is_ok_and(|regex| regex.is_match(channel));
    resources.chan.get(channel).is_some_and(|mask| mask & READ != 0)
        || patterns.chan.iter().any(|(pattern, mask)| mask & READ != 0 && matches(pattern))
}

/// Compiles patterns, for callers that keep them.
pub fn compile(patterns: &Kinds) -> Vec<(Regex, u8)> {
    patterns
        .chan
        .iter()
        .filter_map(|(pattern, mask)| Some((Regex::new(pattern).ok()?, *mask)))
        .collect()
}

/// Does the same as [`may_read`], with compiled patterns.
pub fn may_read_compiled(resources: &Kinds, patterns: &[(Regex, u8)], channel: &str) -> bool {
    resources.chan.get(channel).is_some_and(|mask| mask & READ != 0)
        || patterns.iter().any(|(regex, mask)| mask & READ != 0 && regex.is_match(channel))
}

pub struct ByHand;

impl ByHand {
    /// Decides from the text. A token that does not decode grants nothing.
    pub fn decide(text: &str, channel: &str) -> bool {
        let may_read = |token: Token| {
            token.is_valid(USER, black_box(NOW)) && may_read(&token.res, &token.pat, channel)
        };
        decode(text).is_some_and(may_read)
    }
}

impl Peer for ByHand {
    fn name(&self) -> &'static str {
        super::BY_HAND
    }

    fn decode<'a>(&self, case: &'a Case) -> Task<'a> {
        task(|| black_box(decode(black_box(&case.text))).is_some())
    }

    fn cold<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        task(|| Self::decide(black_box(&case.text), black_box(&question.channel)))
    }

    fn warm<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let token = decode(&case.text).expect("a token");
        let patterns = compile(&token.pat);
        task(move || {
            let (token, channel) = (black_box(&token), black_box(question.channel.as_str()));
            token.is_valid(USER, black_box(NOW))
                && may_read_compiled(&token.res, &patterns, channel)
        })
    }
}
