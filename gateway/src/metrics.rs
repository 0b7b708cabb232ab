//! Metrics for operators, as text for Prometheus.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::rules::unix_time;
use crate::values::Enforce;

/// Labels of a decision.
#[derive(Debug, Clone, PartialEq, Eq, EncodeLabelSet)]
pub struct DecisionLabels {
    pub door: &'static str,
    pub verdict: &'static str,
    pub reason: &'static str,
    pub operation: &'static str,
    pub passes: Passes,
}

/// Every decision looks up its labels, and a few of their bytes distinguish them well enough.
impl Hash for DecisionLabels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let texts = [self.verdict, self.reason, self.operation, self.door];
        let sum = texts.iter().fold(u64::from(self.passes.0), |sum, text| {
            let bytes = text.as_bytes();
            let (first, last) = (bytes.first().unwrap_or(&0), bytes.last().unwrap_or(&0));
            let own = u64::from(*first) << 16 | u64::from(*last) << 8 | (bytes.len() & 0xff) as u64;
            sum.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(own)
        });
        state.write_u64(sum);
    }
}

/// True if a request was forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Passes(bool);

impl From<bool> for Passes {
    fn from(passes: bool) -> Self {
        Passes(passes)
    }
}

impl EncodeLabelValue for Passes {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        (if self.0 { "forwarded" } else { "rejected" }).encode(encoder)
    }
}

/// Labels of the upstream's answer, compared with the decision.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct AnswerLabels {
    pub operation: &'static str,
    pub verdict: &'static str,
    pub answer: &'static str,
    pub agreement: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    door: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReloadLabels {
    what: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ObservationLabels {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ListenerLabels {
    listener: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TurnedAwayLabels {
    listener: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModeLabels {
    mode: &'static str,
}

/// All metrics.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    decisions: Family<DecisionLabels, Counter>,
    decision_seconds: Histogram,
    answers: Family<AnswerLabels, Counter>,
    failures: Family<FailureLabels, Counter>,
    connections: Family<ListenerLabels, Gauge>,
    turned_away: Family<TurnedAwayLabels, Counter>,
    body_bytes: Gauge,
    modes: Family<ModeLabels, Gauge>,
    deny_list_entries: Gauge,
    deny_list_loaded: Gauge,
    deny_list_broken: Gauge,
    reloads: Family<ReloadLabels, Counter>,
    observations: Family<ObservationLabels, Counter>,
    suppressed_lines: Counter,
    lost_lines: Counter,
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("pubnub_access");
        macro_rules! metric {
            ($name:literal, $help:literal, $metric:expr) => {{
                let metric = $metric;
                registry.register($name, $help, metric.clone());
                metric
            }};
        }
        let inner = Inner {
            decisions: metric!("decisions", "Requests by decision", Family::default()),
            decision_seconds: metric!(
                "decision_seconds",
                "Time that decisions took",
                Histogram::new(exponential_buckets(1e-6, 4.0, 10))
            ),
            answers: metric!(
                "upstream_answers",
                "Answers of the upstream, held against the decisions",
                Family::default()
            ),
            failures: metric!(
                "failures",
                "Requests that the gateway answered with an error of its own",
                Family::default()
            ),
            connections: metric!("connections", "Open connections of clients", Family::default()),
            turned_away: metric!(
                "connections_turned_away",
                "Connections closed because all places were taken, by reason",
                Family::default()
            ),
            body_bytes: metric!(
                "body_memory_bytes",
                "Bytes of bodies that are read ahead",
                Gauge::<i64, AtomicI64>::default()
            ),
            modes: metric!("mode", "1 for what is enforced", Family::default()),
            deny_list_entries: metric!(
                "deny_list_entries",
                "Revoked tokens that are known",
                Gauge::<i64, AtomicI64>::default()
            ),
            deny_list_loaded: metric!(
                "deny_list_loaded_timestamp_seconds",
                "When the deny list was last looked at and found whole",
                Gauge::<i64, AtomicI64>::default()
            ),
            deny_list_broken: metric!(
                "deny_list_broken",
                "1 while a file of the deny list is missing or broken",
                Gauge::<i64, AtomicI64>::default()
            ),
            reloads: metric!("reloads", "Reloads by subject and result", Family::default()),
            observations: metric!(
                "observations",
                "Answers noted for learning, by result",
                Family::default()
            ),
            suppressed_lines: metric!(
                "log_lines_suppressed",
                "Log lines beyond the rate",
                Counter::<u64, AtomicU64>::default()
            ),
            lost_lines: metric!(
                "log_lines_lost",
                "Log lines that could not be written",
                Counter::<u64, AtomicU64>::default()
            ),
            registry: Registry::default(),
        };
        registry.register(
            "build",
            "Version of the gateway",
            Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]),
        );
        Metrics(Arc::new(Inner { registry, ..inner }))
    }

    pub fn decided(&self, labels: DecisionLabels, took: Duration) {
        self.0.decisions.get_or_create(&labels).inc();
        self.0.decision_seconds.observe(took.as_secs_f64());
    }

    pub fn answered(&self, labels: &AnswerLabels) {
        self.0.answers.get_or_create(labels).inc();
    }

    pub fn failed(&self, door: &'static str, status: StatusCode) {
        self.0.failures.get_or_create(&FailureLabels { door, status: status.as_u16() }).inc();
    }

    pub fn connections(&self, listener: &'static str) -> Gauge {
        self.0.connections.get_or_create(&ListenerLabels { listener }).clone()
    }

    pub fn turned_away(&self, listener: &'static str, reason: &'static str) {
        self.0.turned_away.get_or_create(&TurnedAwayLabels { listener, reason }).inc();
    }

    pub fn body_bytes(&self) -> &Gauge {
        &self.0.body_bytes
    }

    pub fn mode(&self, mode: Enforce) {
        for one in [Enforce::Nothing, Enforce::Denials, Enforce::Permissions] {
            let gauge = self.0.modes.get_or_create(&ModeLabels { mode: one.name() }).clone();
            gauge.set((one == mode).into());
        }
    }

    pub fn deny_list_loaded(&self, entries: usize) {
        self.0.deny_list_entries.set(entries.try_into().unwrap_or(i64::MAX));
    }

    /// Records that the deny list was checked.
    pub fn deny_list_seen(&self, broken: bool) {
        self.0.deny_list_broken.set(broken.into());
        if !broken {
            self.0.deny_list_loaded.set(unix_time().try_into().unwrap_or(i64::MAX));
        }
    }

    pub fn reloaded(&self, what: &'static str, ok: bool) {
        let result = if ok { "ok" } else { "failed" };
        self.0.reloads.get_or_create(&ReloadLabels { what, result }).inc();
    }

    pub fn observed(&self, result: &'static str) {
        self.0.observations.get_or_create(&ObservationLabels { result }).inc();
    }

    pub fn suppressed_line(&self) {
        self.0.suppressed_lines.inc();
    }

    pub fn lost_line(&self) {
        self.0.lost_lines.inc();
    }

    /// Returns the text for Prometheus.
    pub fn text(&self) -> String {
        let mut text = String::new();
        match text::encode(&mut text, &self.0.registry) {
            Ok(()) => text,
            Err(_) => String::new(),
        }
    }
}
