//! Made-up tokens of a grant, for tests.

use super::GrantRequest;
use crate::token::mint::TestToken;

impl GrantRequest {
    /// Returns a made-up token with the grants of this request, issued at a time in Unix seconds
    /// (feature `mint`). **PubNub did not issue it, and refuses it.**
    ///
    /// ```
    /// use pubnub_access::grant::{ChannelPermissions, GrantRequest};
    /// use pubnub_access::UnverifiedToken;
    ///
    /// let request = GrantRequest::new(60).channel("room-1", ChannelPermissions::READ);
    /// let token = UnverifiedToken::parse(&request.to_test_token(1_700_000_000).to_text())?;
    /// assert_eq!(GrantRequest::from_token(&token)?, request);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_test_token(&self, issued_at: u64) -> TestToken {
        let mut token = TestToken::new(issued_at, self.ttl);
        for (kind, name, permissions) in self.resources() {
            token = token.resource(kind, name, permissions);
        }
        for (kind, pattern, permissions) in self.patterns() {
            token = token.pattern(kind, pattern, permissions);
        }
        for (kind, permissions) in self.categories() {
            token = token.category(kind, permissions);
        }
        for (key, value) in self.meta() {
            token = token.meta(key, value);
        }
        match self.authorized_user() {
            Some(user_id) => token.authorized_user(user_id),
            None => token,
        }
    }
}
