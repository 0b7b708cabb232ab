//! The routes for operators: `/metrics`, `/health/live` and `/health/ready`.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use tokio::sync::watch;

use crate::metrics::Metrics;

/// The content type of OpenMetrics, which Prometheus reads.
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Returns the routes for operators. The gateway is ready until it is asked to end.
pub fn router(metrics: Metrics, stopped: watch::Receiver<bool>) -> Router {
    let text = move || async move { ([(header::CONTENT_TYPE, METRICS_TYPE)], metrics.text()) };
    let ready = move || async move {
        if *stopped.borrow() {
            (StatusCode::SERVICE_UNAVAILABLE, "ending\n")
        } else {
            (StatusCode::OK, "ok\n")
        }
    };
    Router::new()
        .route("/metrics", get(text))
        .route("/health/live", get(|| async { "ok\n" }))
        .route("/health/ready", get(ready))
}
