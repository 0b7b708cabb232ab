//! Questions in a line: `publish channel=room-1 user-id=alice`.

use pubnub_access::mint::TestToken;
use pubnub_access::{Explanation, Permissions, Policy, Request, UnverifiedToken, explain};

/// The time of issue of the tests' token, in Unix seconds.
pub const ISSUED: u64 = 1_700_000_000;
/// Its expiry: an hour later.
pub const EXPIRY: u64 = ISSUED + 3_600;

/// A token that grants nothing.
pub fn token() -> TestToken {
    TestToken::new(ISSUED, 60)
}

pub fn mask(mask: u8) -> Permissions {
    Permissions::from_mask(mask)
}

/// The request of a question.
pub fn request(question: &str) -> Request<'_> {
    let mut words = question.split(' ');
    let mut builder = Request::builder(words.next().unwrap().parse().unwrap());
    for word in words {
        builder = match word.split_once('=').unwrap() {
            ("user-id", name) => builder.user_id(name),
            (kind, name) => {
                let kind = pubnub_access::ResourceKind::ALL
                    .iter()
                    .copied()
                    .find(|known| known.name() == kind);
                builder.resource(kind.unwrap_or_else(|| panic!("{word} in {question}")), name)
            }
        };
    }
    builder.build().unwrap()
}

/// Asks and explains.
pub fn ask<T>(
    token: &TestToken,
    question: &str,
    now: u64,
    policy: &Policy<'_>,
    use_it: impl FnOnce(&Explanation<'_>) -> T,
) -> T {
    let token = UnverifiedToken::parse(&token.to_text()).unwrap();
    use_it(&explain(&token, &request(question), now, policy))
}
