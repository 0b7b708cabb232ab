//! HTTP requests at a gateway in front of PubNub (feature `gateway`).
//!
//! [`route`] reads the operation, the names and the credential from a request. [`Precheck`]
//! forwards the request, or answers it as the service would. With the feature `tower`,
//! `PrecheckLayer` does so in front of any HTTP service.
//!
//! Nothing is sent here. A request that can be read in two ways is in doubt, never allowed.

mod action;
mod body;
#[cfg(feature = "tower")]
mod buffered_body;
#[cfg(feature = "tower")]
mod counters;
mod error;
mod headers;
mod http_request;
#[cfg(feature = "tower")]
mod layer;
mod limits;
mod near;
mod outcome;
mod precheck;
mod query;
mod rejection;
#[cfg(feature = "tower")]
mod response_body;
mod route;
mod table;
mod target;
#[cfg(test)]
mod tests;

pub use action::{Action, Administration, Credential};
#[cfg(feature = "tower")]
pub use buffered_body::BufferedBody;
#[cfg(feature = "tower")]
pub use counters::{CounterValue, Counters};
pub use error::{RouteError, RouteErrorKind, RoutePosition};
pub use http_request::HttpRequest;
#[cfg(feature = "tower")]
pub use layer::{PrecheckFuture, PrecheckLayer, PrecheckService};
pub use outcome::{Outcome, OutcomeReason};
pub use precheck::{Enforcement, Fallback, Precheck};
pub use rejection::Rejection;
#[cfg(feature = "tower")]
pub use response_body::ResponseBody;
pub use route::{Route, route};
