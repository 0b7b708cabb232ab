//! Gateways: what HTTP requests ask for, what is forwarded, and the layer of tower.

#[cfg(feature = "tower")]
mod layer;
mod precheck;
mod route;
