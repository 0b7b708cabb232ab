//! What a gateway in front of PubNub needs: what a request of HTTP asks for.
//!
//! Nothing is sent, and nothing is decided: a route is read here, and `evaluate` answers for the token.

mod action;
mod body;
mod error;
mod http_request;
mod limits;
mod near;
mod query;
mod route;
mod table;
mod target;
#[cfg(test)]
mod tests;

pub use action::{Action, Administration, Credential, DataSyncVerb};
pub use error::{RouteError, RouteErrorKind, RoutePosition};
pub use http_request::HttpRequest;
pub use route::{Route, route};
