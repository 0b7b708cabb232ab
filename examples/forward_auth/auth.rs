//! Auth sub-requests: a proxy asks about a request before it forwards it, and tells its method and
//! target, no more.

use std::str;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use pubnub_access::gateway::{Action, Counters, HttpRequest, Outcome, Precheck, Rejection};

use crate::metrics::Metrics;

const VERDICT: HeaderName = HeaderName::from_static("x-pubnub-access-verdict");
const REASON: HeaderName = HeaderName::from_static("x-pubnub-access-reason");
/// The id of the operation.
pub const OPERATION: HeaderName = HeaderName::from_static("x-pubnub-access-operation");
const BODY: HeaderName = HeaderName::from_static("x-pubnub-access-body");

/// The longest body that is repeated in a header, in bytes: what nginx, as configured beside this,
/// takes, and some room for the other headers. A longer one names so many channels that it is
/// repeated without their names.
const MAX_BODY_HEADER: usize = 60 * 1024;

/// What is before the target where Envoy asks.
const ENVOY: &str = "/auth/envoy";

/// What sub-requests are answered by.
pub struct Auth {
    pub precheck: Precheck<'static>,
    pub counters: Arc<Counters>,
    pub metrics: Metrics,
}

impl Auth {
    pub fn router(self) -> Router {
        Router::new()
            .route("/auth/nginx", any(nginx))
            .route("/auth/forwarded", any(forwarded))
            .route("/metrics", get(metrics))
            .route("/health", get(|| async { "ok\n" }))
            // What Envoy asks about is part of the path, and a router would look into it.
            .fallback(envoy)
            .with_state(Arc::new(self))
    }

    fn answer(&self, method: &str, target: &str) -> Response {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let screening = self.precheck.check(&HttpRequest::new(method, target), now);
        self.counters.count(&screening);
        let (verdict, reason) = (screening.verdict().name(), screening.reason().code());
        let operation = operation(&screening);
        let allowed = screening.is_forwarded();
        if allowed {
            tracing::debug!(verdict, reason, operation, allowed, "sub-request answered");
        } else {
            tracing::info!(verdict, reason, operation, allowed, "sub-request answered");
        }
        let mut response = match screening.rejection() {
            None => StatusCode::OK.into_response(),
            Some(rejection) => refuse(rejection),
        };
        let headers = response.headers_mut();
        headers.insert(VERDICT, HeaderValue::from_static(verdict));
        headers.insert(REASON, HeaderValue::from_static(reason));
        if let Some(operation) = operation {
            headers.insert(OPERATION, HeaderValue::from_static(operation));
        }
        response
    }
}

/// The id of the operation that a request asks for, if it is one of those that tokens allow.
pub fn operation(screening: &Outcome) -> Option<&'static str> {
    match screening.action() {
        Some(Action::Operation(operation)) => Some(operation.id()),
        _ => None,
    }
}

async fn nginx(State(auth): State<Arc<Auth>>, headers: HeaderMap) -> Response {
    named(&auth, &headers, "x-original-method", "x-original-uri")
}

async fn forwarded(State(auth): State<Arc<Auth>>, headers: HeaderMap) -> Response {
    named(&auth, &headers, "x-forwarded-method", "x-forwarded-uri")
}

async fn envoy(State(auth): State<Arc<Auth>>, request: Request) -> Response {
    // As it came: decoded, `%2F` in a name would be a slash.
    let path = request.uri().path_and_query().map_or("", |path| path.as_str());
    match path.strip_prefix(ENVOY) {
        Some(target) if target.starts_with('/') => auth.answer(request.method().as_str(), target),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn metrics(State(auth): State<Arc<Auth>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], auth.metrics.text()).into_response()
}

/// Answers about a request that is named in two headers.
fn named(auth: &Auth, headers: &HeaderMap, method: &str, target: &str) -> Response {
    match (one(headers, method), one(headers, target)) {
        (Some(method), Some(target)) => auth.answer(method, target),
        _ => {
            tracing::warn!("a sub-request does not name its request");
            (StatusCode::BAD_REQUEST, format!("expected {method} and {target}, each once\n"))
                .into_response()
        }
    }
}

/// The value of a header. Of two one may be the client's: neither is taken.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => {
            str::from_utf8(value.as_bytes()).ok().filter(|value| !value.is_empty())
        }
        _ => None,
    }
}

/// The service's answer. Always a 403, which all four proxies understand, even where the service
/// would say 401.
fn refuse(rejection: &Rejection) -> Response {
    let body = rejection.body();
    let mut header = ascii(body);
    if header.len() > MAX_BODY_HEADER {
        header = ascii(Rejection::forbidden().body());
    }
    let mut response =
        (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, Rejection::CONTENT_TYPE)], body.to_owned())
            .into_response();
    if let Ok(value) = HeaderValue::try_from(header) {
        response.headers_mut().insert(BODY, value);
    }
    response
}

/// The same JSON in ASCII, since a header holds nothing else for sure.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            text.push(character);
        } else {
            let mut units = [0; 2];
            text.extend(
                character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")),
            );
        }
    }
    text
}
