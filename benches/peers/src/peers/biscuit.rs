//! Biscuit: the grants as facts of a token, the conditions as its checks, the rule as the
//! authorizer's policy. It checks the signature (Ed25519), time, user and grant; patterns by
//! `matches`, a search, like `regex`.

use std::hint::black_box;
use std::time::Duration;

use biscuit_auth::builder::{fact, int, string};
use biscuit_auth::{AuthorizerBuilder, AuthorizerLimits, Biscuit, KeyPair};

use crate::case::{Case, EXPIRY, NOW, Question, USER};
use crate::peer::{Peer, Task, task};

const POLICY: &str = "allow if channel($channel), right($channel, $mask), $mask & 1 === 1
    or channel($channel), pattern($pattern, $mask), $mask & 1 === 1, $channel.matches($pattern)";

/// A token with the grants of a case.
fn mint(case: &Case, root: &KeyPair) -> Biscuit {
    let mut token = Biscuit::builder();
    let explicit = case.channels.iter().map(|(name, mask)| ("right", name.as_str(), *mask));
    let patterns = case.patterns.iter().map(|pattern| ("pattern", pattern.regex, pattern.mask));
    for (kind, name, mask) in explicit.chain(patterns) {
        token = token.fact(fact(kind, &[string(name), int(mask.into())])).expect("a fact");
    }
    token = token.check(format!("check if user(\"{USER}\")").as_str()).expect("a check");
    token = token.check(format!("check if time($now), $now < {EXPIRY}").as_str()).expect("a check");
    token.build(root).expect("a token")
}

/// Returns the authorizer without the question, so that the policy is parsed once.
fn authorizer() -> AuthorizerBuilder {
    // The default limits, 1 ms and 1000 facts, are too tight for the largest token.
    let limits = AuthorizerLimits {
        max_facts: 10_000,
        max_iterations: 100,
        max_time: Duration::from_secs(10),
    };
    AuthorizerBuilder::new().set_limits(limits).policy(POLICY).expect("a policy")
}

fn is_allowed(authorizer: &AuthorizerBuilder, token: &Biscuit, channel: &str) -> bool {
    let facts = [
        ("channel", string(channel)),
        ("user", string(USER)),
        ("time", int(black_box(NOW) as i64)),
    ];
    let mut authorizer = authorizer.clone();
    for (name, value) in facts {
        authorizer = authorizer.fact(fact(name, &[value])).expect("a fact");
    }
    authorizer.build(token).expect("an authorizer").authorize().is_ok()
}

pub struct BiscuitAuth;

impl Peer for BiscuitAuth {
    fn name(&self) -> &'static str {
        "biscuit-auth"
    }

    fn decode<'a>(&self, case: &'a Case) -> Task<'a> {
        let root = KeyPair::new();
        let (key, text) = (root.public(), mint(case, &root).to_base64().expect("a text"));
        task(move || black_box(Biscuit::from_base64(black_box(&text), key)).is_ok())
    }

    fn cold<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let root = KeyPair::new();
        let (key, text) = (root.public(), mint(case, &root).to_base64().expect("a text"));
        let authorizer = authorizer();
        task(move || {
            let token = Biscuit::from_base64(black_box(&text), key).expect("a token");
            is_allowed(&authorizer, &token, black_box(&question.channel))
        })
    }

    fn warm<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let (token, authorizer) = (mint(case, &KeyPair::new()), authorizer());
        task(move || is_allowed(&authorizer, black_box(&token), black_box(&question.channel)))
    }
}
