//! The pre-check as a service: it answers the auth sub-requests of nginx, Traefik, Caddy and Envoy,
//! and it is a reverse proxy of its own.
//!
//! ```sh
//! cargo run --release --features tower,revocation --example forward_auth
//! ```
//!
//! listens on 127.0.0.1:8081 for sub-requests. `examples/forward_auth/README.md` tells how to
//! configure the four, and what the reverse proxy does.

#[path = "forward_auth/auth.rs"]
mod auth;
#[path = "forward_auth/body.rs"]
mod body;
#[path = "forward_auth/metrics.rs"]
mod metrics;
#[path = "forward_auth/options.rs"]
mod options;
#[path = "forward_auth/proxy.rs"]
mod proxy;
#[path = "forward_auth/server.rs"]
mod server;

use std::error::Error;
use std::future::Future;
use std::io::Write;
use std::sync::Arc;

use clap::Parser;
use hyper::body::Incoming;
use hyper_util::service::TowerToHyperService;
use pubnub_access::gateway::{Counters, PrecheckLayer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use auth::Auth;
use metrics::Metrics;
use options::Options;
use server::Server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    log(&options);
    let precheck = options.precheck()?;
    let stopped = stop_signal()?;

    let auth_listener = TcpListener::bind(options.listen).await?;
    let proxy_listener = match options.proxy {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    // The standard output is these lines and nothing else: whoever starts this waits for them.
    let mut out = std::io::stdout();
    writeln!(out, "auth service on http://{}", auth_listener.local_addr()?)?;
    if let Some(listener) = &proxy_listener {
        writeln!(out, "reverse proxy on http://{}", listener.local_addr()?)?;
    }
    out.flush()?;

    let layer = PrecheckLayer::new(precheck.clone());
    let auth_counters = Arc::new(Counters::new());
    let auth_server = Server::new("auth", auth_listener, &options);
    let proxy_server = proxy_listener.map(|listener| Server::new("proxy", listener, &options));
    let metrics = Metrics::new(
        [("auth", Arc::clone(&auth_counters)), ("proxy", layer.counters())],
        [Some(&auth_server), proxy_server.as_ref()].into_iter().flatten(),
    );
    let auth = Auth { precheck, counters: auth_counters, metrics: metrics.clone() };
    let auth = auth.router().into_service::<Incoming>();
    let serve_auth = auth_server.serve(TowerToHyperService::new(auth), stopped.clone());
    let serve_proxy = async {
        let (Some(server), Some(upstream)) = (proxy_server, &options.upstream) else { return };
        if options.no_check {
            let forward = proxy::Forward::new(upstream, options.upstream_timeout, metrics.clone());
            let bounds = proxy::Bounds::new(&options, metrics, forward);
            server.serve(TowerToHyperService::new(bounds), stopped).await;
        } else {
            let forward = proxy::Forward::new(upstream, options.upstream_timeout, metrics.clone());
            let bounds = proxy::Bounds::new(&options, metrics, layer.layer(forward));
            server.serve(TowerToHyperService::new(bounds), stopped).await;
        }
    };
    tokio::join!(serve_auth, serve_proxy);
    Ok(())
}

/// Writes the events of this example and of the library to the standard error, and nobody else's:
/// what others find worth telling may hold what clients send.
fn log(options: &Options) {
    let ours = Targets::new()
        .with_target("forward_auth", options.log)
        .with_target("pubnub_access", options.log);
    let lines = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_max_level(options.log);
    lines.finish().with(ours).init();
}

/// Turns true when the process is asked to end.
fn stop_signal() -> std::io::Result<watch::Receiver<bool>> {
    let (stop, stopped) = watch::channel(false);
    let asked = asked_to_end()?;
    tokio::spawn(async move {
        asked.await;
        stop.send_replace(true);
    });
    Ok(stopped)
}

#[cfg(unix)]
fn asked_to_end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn asked_to_end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
}
