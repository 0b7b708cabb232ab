//! The current rules. A reload replaces them as a whole while requests read them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use http::request::Parts;
use pubnub_access::Verdict;
use pubnub_access::gateway::{Action, HttpRequest, Outcome, RouteErrorKind, route};
use pubnub_access::revocation::RevocationList;

use crate::log::Log;
use crate::metrics::{DecisionLabels, Metrics};
use crate::settings::DecisionSettings;
use crate::values::{Enforce, FailureMode};

/// Settings and deny list, in one version.
pub struct Rules {
    pub settings: DecisionSettings,
    pub deny_list: Arc<RevocationList>,
}

/// The decision service that all entry points share.
pub struct Decider {
    rules: ArcSwap<Rules>,
    pub metrics: Metrics,
    pub log: Log,
}

/// A decision about a request, with its reason.
pub struct Decision {
    /// True if the request is forwarded.
    pub passes: bool,
    /// The library's outcome; `None` if the gateway itself failed.
    pub outcome: Option<Outcome>,
}

impl Decision {
    pub fn verdict(&self) -> &'static str {
        self.outcome.as_ref().map_or(Verdict::Indeterminate, Outcome::verdict).name()
    }

    pub fn reason(&self) -> &'static str {
        self.outcome.as_ref().map_or("gateway_failure", |outcome| outcome.reason().code())
    }

    /// Returns the id of the operation, or an empty text.
    pub fn operation(&self) -> &'static str {
        match self.outcome.as_ref().and_then(Outcome::action) {
            Some(Action::Operation(operation)) => operation.id(),
            _ => "",
        }
    }
}

impl Decider {
    pub fn new(rules: Rules, metrics: Metrics, log: Log) -> Self {
        metrics.deny_list_loaded(rules.deny_list.len());
        metrics.mode(rules.settings.enforce);
        Decider { rules: ArcSwap::from_pointee(rules), metrics, log }
    }

    pub fn set_deny_list(&self, deny_list: Arc<RevocationList>) {
        self.metrics.deny_list_loaded(deny_list.len());
        self.rules
            .rcu(|rules| Rules { settings: rules.settings, deny_list: Arc::clone(&deny_list) });
    }

    pub fn set_settings(&self, settings: DecisionSettings) {
        self.metrics.mode(settings.enforce);
        self.rules.rcu(|rules| Rules { settings, deny_list: Arc::clone(&rules.deny_list) });
    }

    pub fn clock_tolerance(&self) -> u64 {
        self.rules.load().settings.clock_tolerance
    }

    /// Decides about one request.
    pub fn decide(&self, door: &'static str, http: &HttpRequest<'_>) -> Decision {
        let start = Instant::now();
        let rules = self.rules.load();
        let settings = &rules.settings;
        let check = || {
            // No fingerprint is computed if the list is empty.
            let policy = if rules.deny_list.is_empty() {
                settings.policy
            } else {
                settings.policy.deny_list(&*rules.deny_list)
            };
            settings.precheck(policy).check(http, unix_time())
        };
        let decision = match catch_unwind(AssertUnwindSafe(check)) {
            Ok(outcome) => Decision {
                passes: settings.enforce == Enforce::Nothing || outcome.is_forwarded(),
                outcome: Some(outcome),
            },
            Err(_) => self.failed(settings),
        };
        self.report(door, start.elapsed(), &decision);
        decision
    }

    /// Returns the decision if the gateway itself fails, such as when memory runs out.
    pub fn decide_nothing(&self, door: &'static str) -> Decision {
        let decision = self.failed(&self.rules.load().settings);
        self.report(door, Duration::ZERO, &decision);
        decision
    }

    fn failed(&self, settings: &DecisionSettings) -> Decision {
        let open =
            settings.failure_mode == FailureMode::Open || settings.enforce == Enforce::Nothing;
        Decision { passes: open, outcome: None }
    }

    fn report(&self, door: &'static str, took: Duration, decision: &Decision) {
        let (verdict, reason, operation) =
            (decision.verdict(), decision.reason(), decision.operation());
        let passes = decision.passes;
        self.metrics.decided(
            DecisionLabels { door, verdict, reason, operation, passes: passes.into() },
            took,
        );
        let refused = !decision.outcome.as_ref().is_some_and(Outcome::is_forwarded);
        if !refused {
            tracing::debug!(door, verdict, reason, operation, "request checked");
        } else if tracing::enabled!(tracing::Level::INFO) && self.log.admits(reason) {
            let what = if passes { "request would be turned away" } else { "request turned away" };
            tracing::info!(door, verdict, reason, operation, "{what}");
        }
    }
}

/// Returns the request for the library, without its body.
pub fn http_request(parts: &Parts) -> HttpRequest<'_> {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    with_headers(HttpRequest::new(parts.method.as_str(), target), &parts.headers)
}

/// Reports whether a request is about what its body names. Only a few routes have such a body, and
/// none of them is a GET.
pub fn needs_body(method: &str, http: &HttpRequest<'_>) -> bool {
    method != "GET" && route(http).is_err_and(|error| error.kind() == RouteErrorKind::BodyNeeded)
}

pub fn with_headers<'r>(http: HttpRequest<'r>, headers: &http::HeaderMap) -> HttpRequest<'r> {
    headers.iter().fold(http, |http, (name, value)| http.header(name.as_str(), value.as_bytes()))
}

/// Returns the time in Unix seconds.
pub fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
