//! Tokens and requests to measure with.

use pubnub_access::mint::TestToken;
use pubnub_access::{Limits, Operation, Permissions, Request, UnverifiedToken};

/// Limits that no case reaches, since the cases measure how cost grows.
pub fn limits() -> Limits {
    Limits::new().max_text_len(1 << 24)
}

pub fn mask(mask: u8) -> Permissions {
    Permissions::from_mask(mask)
}

pub fn empty() -> TestToken {
    TestToken::new(1_700_000_000, 15).authorized_user("u")
}

/// A time at which every token here is valid.
pub const NOW: u64 = 1_700_000_060;

pub fn decoded(token: &TestToken) -> UnverifiedToken {
    UnverifiedToken::parse_with(&token.to_text(), limits()).unwrap()
}

/// Returns a short name for a number, so that many entries fit a token.
pub fn short(number: usize) -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let digit = char::from(DIGITS[number % DIGITS.len()]);
    match number / DIGITS.len() {
        0 => String::from(digit),
        rest => format!("{}{digit}", short(rest - 1)),
    }
}

/// Returns a name for a number that contains no [`short`] name.
pub fn unlike(number: usize) -> String {
    let digits = number.to_string().into_bytes();
    format!("-{}", digits.iter().map(|digit| char::from(digit - b'0' + b'A')).collect::<String>())
}

/// Returns a token with a number of entries, which `add` adds.
pub fn with(entries: usize, add: impl Fn(TestToken, usize) -> TestToken) -> TestToken {
    (0..entries).fold(empty(), add)
}

/// Returns a request to read channels.
pub fn read<'a>(channels: impl IntoIterator<Item = &'a str>) -> Request<'a> {
    Request::builder(Operation::Subscribe).channels(channels).user_id("u").build().unwrap()
}
