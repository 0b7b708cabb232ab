//! Actions and credentials of requests.

use core::fmt;

use crate::enums::named_enum;
use crate::operation::Operation;

/// The action that a request asks for.
///
/// ```
/// use pubnub_access::gateway::{Action, Administration, HttpRequest, route};
/// use pubnub_access::Operation;
///
/// let time = route(&HttpRequest::new("GET", "/time/0"))?;
/// assert_eq!(time.action(), Action::Operation(Operation::Time));
/// let grant = route(&HttpRequest::new("POST", "/v3/pam/sub-key/grant"))?;
/// assert_eq!(grant.action(), Action::Administration(Administration::GrantToken));
/// # Ok::<(), pubnub_access::gateway::RouteError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// An operation that a token can allow: [`Route::request`](crate::gateway::Route::request) is
    /// the question.
    Operation(Operation),
    /// Access Manager itself. It takes the secret key, and no token ever allows it.
    Administration(Administration),
    /// Lists the namespaces of channel groups or removes one, from before there were tokens. What
    /// it needs is not known: whether a token allows it is in doubt.
    Namespaces,
}

named_enum! {
    /// An action of Access Manager itself.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Administration, "administration", code {
        /// Grants a token.
        GrantToken = "grant_token",
        /// Revokes a token.
        RevokeToken = "revoke_token",
        /// Grants permissions to authorization keys, as in version 2.
        GrantKeys = "grant_keys",
        /// Lists what authorization keys are granted, as in version 2.
        AuditKeys = "audit_keys",
    }
}

/// The credential of a request.
///
/// `Debug` never prints the text.
///
/// ```
/// use pubnub_access::gateway::{Credential, HttpRequest, route};
///
/// let route_of = |query| route(&HttpRequest::new("GET", query));
/// let token = route_of("/v2/presence/sub-key/demo/uuid/bob?auth=qEF2Ag%3D%3D")?;
/// assert_eq!(token.credential(), Credential::Auth("qEF2Ag=="));
/// assert_eq!(format!("{:?}", token.credential()), "Auth(..)");
/// let signed = route_of("/v2/presence/sub-key/demo/uuid/bob?timestamp=1700000000&signature=v2.abc")?;
/// assert_eq!(signed.credential(), Credential::Signed);
/// # Ok::<(), pubnub_access::gateway::RouteError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential<'a> {
    /// Nothing: no `auth`, or an empty one, and no signature. Also where the service takes no
    /// credential in `auth`: the time, and Access Manager itself.
    None,
    /// The text of `auth`, percent-decoded: a token of version 3, or an authorization key of
    /// version 2.
    ///
    /// A key can be any text, so only decoding tells them apart: a text that
    /// [`UnverifiedToken::parse`] accepts is a token. Any other text is a key or a broken token, and
    /// only the service knows what a key allows.
    ///
    /// [`UnverifiedToken::parse`]: crate::UnverifiedToken::parse
    Auth(&'a str),
    /// A `signature` with its `timestamp`. A request that is signed with the secret key may do
    /// everything, whatever stands in its `auth`. Whether the signature is right takes the secret
    /// key: this alone is no reason to let anything through.
    Signed,
}

impl fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credential::None => "None",
            Credential::Auth(_) => "Auth(..)",
            Credential::Signed => "Signed",
        })
    }
}
