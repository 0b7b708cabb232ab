//! The official SDK: its `parse_token`, which decodes, and the rest by hand, since it does not
//! decide. No signature.

use std::hint::black_box;

use pubnub::parse_token::{Token, parse_token};
use regex::Regex;

use crate::case::{Case, NOW, Question, USER};
use crate::peer::{Peer, Task, task};

fn may_read(token: &Token, user: &str, now: u64, channel: &str) -> bool {
    let Token::V2(token) = token;
    let valid = now < u64::from(token.timestamp) + 60 * u64::from(token.ttl)
        && token.authorized_user_id.as_ref().is_none_or(|authorized| authorized == user);
    let explicit = || token.resources.as_ref()?.channels.get(channel);
    let matches = |pattern: &str| Regex::new(pattern).is_ok_and(|regex| regex.is_match(channel));
    let by_pattern = || {
        let patterns = token.patterns.as_ref();
        patterns.is_some_and(|all| {
            all.channels.iter().any(|(pattern, granted)| granted.read && matches(pattern))
        })
    };
    valid && (explicit().is_some_and(|granted| granted.read) || by_pattern())
}

pub struct PubNub;

impl Peer for PubNub {
    fn name(&self) -> &'static str {
        super::PUBNUB
    }

    fn decode<'a>(&self, case: &'a Case) -> Task<'a> {
        task(|| black_box(parse_token(black_box(&case.text))).is_ok())
    }

    fn cold<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        task(|| {
            let token = parse_token(black_box(&case.text)).expect("a token");
            may_read(&token, USER, black_box(NOW), black_box(&question.channel))
        })
    }
}
