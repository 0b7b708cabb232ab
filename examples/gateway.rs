//! An axum router that a request reaches only if its token may allow it.
//!
//! ```sh
//! cargo run --features tower --example gateway
//! curl 'http://127.0.0.1:8080/v2/subscribe/demo/room-1/0?uuid=alice&auth=...'
//! ```
//!
//! The folder `gateway/` has a gateway for operation. It forwards to PubNub, or answers nginx,
//! Caddy, Traefik, HAProxy and Envoy.

use axum::{Extension, Router};
use pubnub_access::Policy;
use pubnub_access::gateway::{Outcome, Precheck, PrecheckLayer};

/// Handles a request. The layer adds its outcome to the request's extensions.
async fn serve(Extension(outcome): Extension<Outcome>) -> String {
    format!("{}: {}\n", outcome.verdict(), outcome.reason())
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let precheck = PrecheckLayer::new(Precheck::new(Policy::new()));
    let router = Router::new().fallback(serve).layer(precheck);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router).await
}
