//! What an operator watches, as text for Prometheus.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use pubnub_access::gateway::Counters;

use crate::server::{Connections, Server};

/// Everything that is counted.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    decisions: [(&'static str, Arc<Counters>); 2],
    connections: Vec<Connections>,
    failures: [AtomicU64; FAILURES.len()],
}

/// With which statuses the reverse proxy answers by itself, decisions apart.
const FAILURES: [StatusCode; 6] = [
    StatusCode::BAD_REQUEST,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::BAD_GATEWAY,
    StatusCode::GATEWAY_TIMEOUT,
];

impl Metrics {
    pub fn new<'s>(
        decisions: [(&'static str, Arc<Counters>); 2],
        servers: impl IntoIterator<Item = &'s Server>,
    ) -> Self {
        let connections = servers.into_iter().map(Server::connections).collect();
        Metrics(Arc::new(Inner { decisions, connections, failures: Default::default() }))
    }

    /// Counts a request that the reverse proxy could not forward.
    pub fn failed(&self, status: StatusCode) {
        let counter = FAILURES.iter().zip(&self.0.failures).find(|(known, _)| **known == status);
        if let Some((_, counter)) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The text.
    pub fn text(&self) -> String {
        self.write().unwrap_or_default()
    }

    fn write(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        writeln!(
            text,
            "# HELP pubnub_access_decisions_total Requests by what is known of them and what was done."
        )?;
        writeln!(text, "# TYPE pubnub_access_decisions_total counter")?;
        for (service, counters) in &self.0.decisions {
            for count in counters.iter() {
                let (verdict, reason) = (count.verdict.name(), count.reason);
                for (outcome, number) in
                    [("forwarded", count.forwarded), ("rejected", count.rejected)]
                {
                    if number > 0 {
                        writeln!(
                            text,
                            "pubnub_access_decisions_total{{service=\"{service}\",verdict=\"{verdict}\",\
                             reason=\"{reason}\",outcome=\"{outcome}\"}} {number}"
                        )?;
                    }
                }
            }
        }
        writeln!(
            text,
            "# HELP pubnub_access_failures_total Requests that the reverse proxy could not forward."
        )?;
        writeln!(text, "# TYPE pubnub_access_failures_total counter")?;
        for (status, number) in FAILURES.iter().zip(&self.0.failures) {
            let (status, number) = (status.as_u16(), number.load(Ordering::Relaxed));
            writeln!(text, "pubnub_access_failures_total{{status=\"{status}\"}} {number}")?;
        }
        writeln!(text, "# HELP pubnub_access_connections Open connections of clients.")?;
        writeln!(text, "# TYPE pubnub_access_connections gauge")?;
        for connections in &self.0.connections {
            let (service, number) = (connections.service, connections.open());
            writeln!(text, "pubnub_access_connections{{service=\"{service}\"}} {number}")?;
        }
        Ok(text)
    }
}
