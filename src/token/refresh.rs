//! The time to request a new token before the old one expires.

use crate::arithmetic::CannotOverflow;
use crate::token::UnverifiedToken;

/// A plan for replacing a token before it expires.
///
/// ```
/// use pubnub_access::token::Refresh;
/// use pubnub_access::UnverifiedToken;
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?; // valid for an hour
/// let refresh = Refresh::new(&token, 300);
/// let now = token.issued_at() + 50 * 60;
/// assert!(!refresh.is_due(now));
/// assert_eq!(refresh.wait(now), 300);
/// assert_eq!(refresh.left(now), 600);
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Refresh {
    due_at: u64,
    expires_at: u64,
}

impl Refresh {
    /// Plans to request a new token `lead` seconds before this one expires. The earliest time is
    /// after half of its life. Otherwise a one-minute token with a lead of five minutes would be
    /// replaced at once, again and again.
    pub fn new(token: &UnverifiedToken, lead: u64) -> Self {
        let (issued_at, expires_at) = (token.issued_at(), token.expires_at());
        let half_time = issued_at.plus(expires_at.minus(issued_at) / 2);
        Refresh { due_at: expires_at.saturating_sub(lead).max(half_time), expires_at }
    }

    /// Returns the time to request a new token, in Unix seconds.
    #[must_use]
    pub fn due_at(&self) -> u64 {
        self.due_at
    }

    /// Reports whether it is time to request a new token.
    #[must_use]
    pub fn is_due(&self, now: u64) -> bool {
        now >= self.due_at
    }

    /// Returns the seconds to wait until then; 0 if it is time.
    #[must_use]
    pub fn wait(&self, now: u64) -> u64 {
        self.due_at.saturating_sub(now)
    }

    /// Returns the seconds until the token expires; 0 if it has expired.
    #[must_use]
    pub fn left(&self, now: u64) -> u64 {
        self.expires_at.saturating_sub(now)
    }
}
