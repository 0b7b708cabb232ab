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
    /// An operation that a token can allow. [`Route::request`](crate::gateway::Route::request)
    /// returns the question.
    Operation(Operation),
    /// An action of Access Manager itself. It needs the secret key, and no token ever allows it.
    Administration(Administration),
    /// Listing the namespaces of channel groups, or removing one. This predates tokens. Nobody
    /// documents what it needs, so it is in doubt whether a token allows it.
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
        /// Lists the grants of authorization keys, as in version 2.
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
    /// No credential: no signature, and no `auth` or an empty one. This also stands for requests
    /// whose `auth` the service does not read as a credential: the time, and Access Manager itself.
    None,
    /// The text of `auth`, percent-decoded. It is a token of version 3, or an authorization key of
    /// version 2.
    ///
    /// A key can be any text, so only decoding distinguishes them: a text that
    /// [`UnverifiedToken::parse`] accepts is a token. Any other text is a key or a broken token,
    /// and only the service knows what a key allows.
    ///
    /// [`UnverifiedToken::parse`]: crate::UnverifiedToken::parse
    Auth(&'a str),
    /// A `signature` with its `timestamp`. A request that is signed with the secret key may do
    /// everything, whatever its `auth`. Only the holder of the secret key can check the signature,
    /// so its presence alone is no reason to allow anything.
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
