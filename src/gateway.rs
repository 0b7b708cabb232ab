//! What a gateway in front of PubNub needs: what a request of HTTP asks for, and whether to forward it.
//!
//! Nothing is sent. A route is read here, `evaluate` answers for the token, and the gateway's own rules make of it what is
//! done with the request; with the feature `tower` as a layer of other services.

mod action;
#[cfg(feature = "tower")]
mod answer;
mod body;
#[cfg(feature = "tower")]
mod counters;
mod error;
mod http_request;
#[cfg(feature = "tower")]
mod layer;
mod limits;
mod near;
mod precheck;
mod query;
mod rejection;
#[cfg(feature = "tower")]
mod replay;
mod route;
mod screening;
mod table;
mod target;
#[cfg(test)]
mod tests;

pub use action::{Action, Administration, Credential};
#[cfg(feature = "tower")]
pub use answer::AnswerBody;
#[cfg(feature = "tower")]
pub use counters::{Count, Counters};
pub use error::{RouteError, RouteErrorKind, RoutePosition};
pub use http_request::HttpRequest;
#[cfg(feature = "tower")]
pub use layer::{PrecheckFuture, PrecheckLayer, PrecheckService};
pub use precheck::{Enforcement, Precheck, Treatment};
pub use rejection::Rejection;
#[cfg(feature = "tower")]
pub use replay::ReplayBody;
pub use route::{Route, route};
pub use screening::{Screening, ScreeningReason};
