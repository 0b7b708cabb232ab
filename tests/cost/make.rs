//! Tokens and requests to measure with.

use pubnub_access::mint::TestToken;
use pubnub_access::{Limits, Operation, Permissions, Request, UnverifiedToken};

/// Far more than any case needs: what is measured is how cost grows.
pub fn limits() -> Limits {
    Limits::new().max_text_len(1 << 24)
}

pub fn mask(mask: u8) -> Permissions {
    Permissions::from_mask(mask)
}

pub fn empty() -> TestToken {
    TestToken::new(1_700_000_000, 15).authorized_user("u")
}

/// When every token here is valid.
pub const NOW: u64 = 1_700_000_060;

pub fn decoded(token: &TestToken) -> UnverifiedToken {
    UnverifiedToken::parse_with(&token.to_text(), limits()).unwrap()
}

/// A short name for a number, as tokens that hold as many entries as possible have them.
pub fn short(number: usize) -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let digit = char::from(DIGITS[number % DIGITS.len()]);
    match number / DIGITS.len() {
        0 => String::from(digit),
        rest => format!("{}{digit}", short(rest - 1)),
    }
}

/// A name for a number in which no [`short`] name is found.
pub fn unlike(number: usize) -> String {
    let digits = number.to_string().into_bytes();
    format!("-{}", digits.iter().map(|digit| char::from(digit - b'0' + b'A')).collect::<String>())
}

/// A token with so many entries, each as `add` adds it.
pub fn with(entries: usize, add: impl Fn(TestToken, usize) -> TestToken) -> TestToken {
    (0..entries).fold(empty(), add)
}

/// A question about reading channels.
pub fn read<'a>(channels: impl IntoIterator<Item = &'a str>) -> Request<'a> {
    Request::builder(Operation::Subscribe).channels(channels).user_id("u").build().unwrap()
}
