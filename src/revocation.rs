//! A deny list of revoked tokens, by fingerprint (feature `revocation`).
//!
//! A list holds fingerprints, so neither its memory nor its file reveals a token. All texts of one
//! token have the same fingerprint. A list can be stored as lines of text.

use alloc::collections::{BTreeMap, btree_map};
use core::fmt;
use core::str::FromStr;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::arithmetic::CannotOverflow;
use crate::policy::DenyList;
use crate::token::{TokenError, UnverifiedToken};

/// A hash that identifies a token by its content.
///
/// It is the first 16 bytes of the SHA-256 (FIPS 180-4) of the decoded bytes.
///
/// Prints as 32 lower-case hexadecimal digits.
///
/// ```
/// use pubnub_access::revocation::Fingerprint;
/// use pubnub_access::UnverifiedToken;
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let padded = UnverifiedToken::parse(text.trim())?;
/// let unpadded = UnverifiedToken::parse(text.trim().trim_end_matches('='))?;
/// assert_eq!(Fingerprint::of(&padded), Fingerprint::of(&unpadded));
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// Computes the fingerprint of a token.
    #[must_use]
    pub fn of(token: &UnverifiedToken) -> Self {
        let mut fingerprint = [0; 16];
        for (to, from) in fingerprint.iter_mut().zip(Sha256::digest(token.as_cbor())) {
            *to = from;
        }
        Fingerprint(fingerprint)
    }

    /// Returns the bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The error of parsing a [`Fingerprint`]: the text is not 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[error("expected a fingerprint of 32 hexadecimal digits")]
#[non_exhaustive]
pub struct ParseFingerprintError;

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    /// Parses 32 hexadecimal digits in either case.
    ///
    /// # Errors
    /// Anything else, such as `""`, `"0x12"` or a token.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut fingerprint = [0; 16];
        if text.len() != 32 {
            return Err(ParseFingerprintError);
        }
        for (byte, digits) in fingerprint.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            for digit in digits {
                let value =
                    char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
                *byte = *byte << 4 | value.ok_or(ParseFingerprintError)?;
            }
        }
        Ok(Fingerprint(fingerprint))
    }
}

/// A deny list of revoked tokens, for [`Policy::deny_list`](crate::Policy::deny_list).
///
/// An entry matters until its token expires. [`forget_expired`](Self::forget_expired) drops older
/// entries, so memory is bounded by the revoked tokens that have not expired. With the feature
/// `std`, an `RwLock` around a list is a deny list as well, so that threads can read it while
/// another adds to it.
///
/// ```
/// use pubnub_access::revocation::RevocationList;
/// use pubnub_access::{Operation, Policy, Request, UnverifiedToken, Verdict, evaluate};
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// let mut revoked = RevocationList::new();
/// revoked.revoke(&token);
///
/// let request = Request::builder(Operation::Publish).channel("room-1").user_id("alice").build()?;
/// let now = token.issued_at();
/// let decision = evaluate(&token, &request, now, &Policy::new().deny_list(&revoked));
/// assert_eq!(decision.verdict(), Verdict::Deny);
///
/// revoked.forget_expired(token.expires_at() + 1);
/// assert!(revoked.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct RevocationList {
    /// The expiry of each revoked token.
    expiries: BTreeMap<Fingerprint, u64>,
}

impl RevocationList {
    /// Creates an empty list.
    #[must_use]
    pub const fn new() -> Self {
        RevocationList { expiries: BTreeMap::new() }
    }

    /// Adds a token. Returns whether it is new.
    pub fn revoke(&mut self, token: &UnverifiedToken) -> bool {
        self.revoke_fingerprint(Fingerprint::of(token), token.expires_at())
    }

    /// Adds a token by its fingerprint and its expiry in Unix seconds. Returns whether it is new.
    /// If the fingerprint is on the list already, the later expiry counts.
    pub fn revoke_fingerprint(&mut self, fingerprint: Fingerprint, expires_at: u64) -> bool {
        let mut new = false;
        let expiry = self.expiries.entry(fingerprint).or_insert_with(|| {
            new = true;
            expires_at
        });
        *expiry = expires_at.max(*expiry);
        new
    }

    /// Takes a token off the list. Returns whether it was there.
    pub fn reinstate(&mut self, token: &UnverifiedToken) -> bool {
        self.expiries.remove(&Fingerprint::of(token)).is_some()
    }

    /// Reports whether a token is on the list.
    #[must_use]
    pub fn contains(&self, token: &UnverifiedToken) -> bool {
        self.expiries.contains_key(&Fingerprint::of(token))
    }

    /// Drops the tokens that expired before `now`, in Unix seconds, and returns their number.
    ///
    /// If the policy has a clock tolerance, subtract it from `now`.
    pub fn forget_expired(&mut self, now: u64) -> usize {
        let before = self.len();
        self.expiries.retain(|_, expires_at| *expires_at >= now);
        before.minus(self.len())
    }

    /// Returns the number of tokens on the list.
    #[must_use]
    pub fn len(&self) -> usize {
        self.expiries.len()
    }

    /// Reports whether the list is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expiries.is_empty()
    }

    /// Returns the fingerprints with the expiries of their tokens, in ascending order.
    #[must_use]
    pub fn iter(&self) -> RevocationListIter<'_> {
        RevocationListIter(self.expiries.iter())
    }

    /// Adds the entry of one line. A line is a token, or a fingerprint, white space and an expiry
    /// in Unix seconds.
    ///
    /// Blank lines and lines that start with `#` add nothing. A byte-order mark at the start is
    /// skipped.
    ///
    /// # Errors Any other line, such as `"revoked"`, a fingerprint without an expiry, a token that
    /// cannot be decoded, or several lines.
    pub fn read_line(&mut self, line: &str) -> Result<(), RevocationError> {
        let fail = |fault| RevocationError { line: None, fault, source: None };
        let line = line.strip_prefix('\u{feff}').unwrap_or(line).trim_end();
        // In a file whose lines end with a carriage return alone, a comment would swallow the whole
        // file.
        if line.contains(['\n', '\r']) {
            return Err(fail(LineFault::SeveralLines));
        }
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (None, ..) => {}
            (Some(first), ..) if first.starts_with('#') => {}
            (Some(token), None, _) if token.parse::<Fingerprint>().is_err() => {
                let broken =
                    |error| RevocationError { source: Some(error), ..fail(LineFault::Token) };
                self.revoke(&UnverifiedToken::parse(token).map_err(broken)?);
            }
            (Some(_), None, _) => return Err(fail(LineFault::NoExpiry)),
            (Some(fingerprint), Some(expires_at), None) => {
                let fingerprint =
                    fingerprint.parse().map_err(|error| fail(LineFault::Fingerprint(error)))?;
                // `u64::from_str` accepts a leading `+`.
                let digits =
                    Some(expires_at).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
                let expires_at = digits.and_then(|digits| digits.parse().ok());
                let expires_at = expires_at.ok_or_else(|| fail(LineFault::InvalidExpiry))?;
                self.revoke_fingerprint(fingerprint, expires_at);
            }
            (_, _, Some(_)) => return Err(fail(LineFault::TooManyWords)),
        }
        Ok(())
    }

    /// Writes the list as lines of text, which [`FromStr`] and [`read_line`](Self::read_line) read
    /// back.
    ///
    /// # Errors
    /// Only those of the writer.
    pub fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        self.iter()
            .try_for_each(|(fingerprint, expires_at)| writeln!(out, "{fingerprint} {expires_at}"))
    }
}

/// Prints the list as lines of text: a fingerprint and an expiry in Unix seconds each.
impl fmt::Display for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl FromStr for RevocationList {
    type Err = RevocationError;

    /// Reads a list from lines of text.
    ///
    /// # Errors
    /// The first line that [`read_line`](Self::read_line) refuses, with its number.
    fn from_str(text: &str) -> Result<Self, RevocationError> {
        let mut list = RevocationList::new();
        for (position, line) in text.lines().enumerate() {
            list.read_line(line)
                .map_err(|error| RevocationError { line: Some(position.plus(1)), ..error })?;
        }
        Ok(list)
    }
}

impl FromIterator<UnverifiedToken> for RevocationList {
    fn from_iter<I: IntoIterator<Item = UnverifiedToken>>(tokens: I) -> Self {
        let mut list = RevocationList::new();
        for token in tokens {
            list.revoke(&token);
        }
        list
    }
}

impl<'a> IntoIterator for &'a RevocationList {
    type Item = (Fingerprint, u64);
    type IntoIter = RevocationListIter<'a>;

    fn into_iter(self) -> RevocationListIter<'a> {
        self.iter()
    }
}

/// The fingerprints on a list, with the expiries of their tokens in Unix seconds.
#[derive(Debug, Clone)]
pub struct RevocationListIter<'a>(btree_map::Iter<'a, Fingerprint, u64>);

impl Iterator for RevocationListIter<'_> {
    type Item = (Fingerprint, u64);

    fn next(&mut self) -> Option<(Fingerprint, u64)> {
        self.0.next().map(|(fingerprint, expires_at)| (*fingerprint, *expires_at))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for RevocationListIter<'_> {}

impl DenyList for RevocationList {
    fn is_revoked(&self, token: &UnverifiedToken) -> bool {
        self.contains(token)
    }
}

/// The error of reading a line of a deny list. It does not repeat the line.
///
/// ```
/// use pubnub_access::revocation::RevocationList;
///
/// let error = "# revoked today\nroom-1".parse::<RevocationList>().unwrap_err();
/// assert_eq!(error.line(), Some(2));
/// ```
///
/// If the line is neither a fingerprint nor a token that decodes, its source is the
/// [`TokenError`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Error)]
pub struct RevocationError {
    line: Option<usize>,
    fault: LineFault,
    source: Option<TokenError>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Error)]
enum LineFault {
    #[error(transparent)]
    Fingerprint(ParseFingerprintError),
    #[error("expected the expiry in Unix seconds after the fingerprint")]
    NoExpiry,
    #[error("the expiry is not a number of Unix seconds")]
    InvalidExpiry,
    #[error("expected a fingerprint and an expiry, or a token, and nothing else")]
    TooManyWords,
    #[error("expected one line: lines end with a line feed")]
    SeveralLines,
    #[error("neither a fingerprint nor a token")]
    Token,
}

impl RevocationError {
    /// Returns the number of the line, from 1; `None` if the line was read by itself.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.line
    }
}

impl fmt::Display for RevocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        self.fault.fmt(f)?;
        self.source.map_or(Ok(()), |error| write!(f, ": {error}"))
    }
}
