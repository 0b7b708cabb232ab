//! Gateways: routes of HTTP requests, forwarding, and the tower layer.

#[cfg(feature = "tower")]
mod layer;
mod precheck;
mod route;
