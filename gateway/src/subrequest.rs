//! Auth sub-requests: before a proxy forwards a request, it sends the method, the target and, if it
//! can, the body.

use std::str;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hyper::body::Body as _;
use pubnub_access::gateway::{HttpRequest, Rejection};
use tokio::time::timeout;

use crate::headers;
use crate::memory::{BodyMemory, ReadAhead, read_ahead};
use crate::rules::{Decider, Decision, needs_body, with_headers};

/// The longest body of a refusal that a header repeats, in bytes: what nginx accepts as configured,
/// with room for other headers. A longer one is repeated without the names of channels.
const MAX_BODY_HEADER: usize = 60 * 1024;

/// The prefix of the target in Envoy's sub-requests.
const ENVOY: &str = "/auth/envoy";

const ENVOY_DOOR: &str = "envoy";

/// The header in Envoy's sub-requests of a body that was cut off.
const PARTIAL: &str = "x-envoy-auth-partial-body";

/// Decides about requests that proxies describe.
pub struct AuthService {
    pub decider: Arc<Decider>,
    pub memory: BodyMemory,
    pub body_timeout: Duration,
}

/// Returns the routes for proxies.
pub fn router(service: AuthService) -> Router {
    Router::new()
        .route("/auth/nginx", any(nginx))
        .route("/auth/haproxy", any(haproxy))
        .route("/auth/forwarded", any(forwarded))
        // Envoy's path contains the target, which no router must interpret.
        .fallback(envoy)
        .with_state(Arc::new(service))
}

async fn nginx(State(service): State<Arc<AuthService>>, request: Request) -> Response {
    service.named("nginx", request, "x-original-method", "x-original-uri").await
}

async fn haproxy(State(service): State<Arc<AuthService>>, request: Request) -> Response {
    service.named("haproxy", request, "x-original-method", "x-original-uri").await
}

async fn forwarded(State(service): State<Arc<AuthService>>, request: Request) -> Response {
    service.named("forwarded", request, "x-forwarded-method", "x-forwarded-uri").await
}

async fn envoy(State(service): State<Arc<AuthService>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // Undecoded, since a decoded `%2F` in a name would be a slash.
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    match path.strip_prefix(ENVOY) {
        Some(target) if target.starts_with('/') => {
            let named = (parts.method.as_str(), target);
            service.answer(ENVOY_DOOR, named, &parts.headers, body).await
        }
        _ => {
            service.decider.metrics.failed("auth", StatusCode::NOT_FOUND);
            StatusCode::NOT_FOUND.into_response()
        }
    }
}

impl AuthService {
    /// Answers a sub-request that names the method and the target in two headers.
    async fn named(
        &self,
        door: &'static str,
        request: Request,
        method: &str,
        target: &str,
    ) -> Response {
        let (parts, body) = request.into_parts();
        match (one(&parts.headers, method), one(&parts.headers, target)) {
            (Some(method), Some(target)) => {
                self.answer(door, (method, target), &parts.headers, body).await
            }
            _ => {
                let what = "a sub-request does not name its request";
                if self.decider.log.admits(what) {
                    tracing::warn!(door, "{what}");
                }
                self.decider.metrics.failed(door, StatusCode::BAD_REQUEST);
                (StatusCode::BAD_REQUEST, format!("expected {method} and {target}, each once\n"))
                    .into_response()
            }
        }
    }

    async fn answer(
        &self,
        door: &'static str,
        (method, target): (&str, &str),
        headers: &HeaderMap,
        body: Body,
    ) -> Response {
        let http = with_headers(HttpRequest::new(method, target), headers);
        // Through other proxies, a client can send this header.
        let partial = door == ENVOY_DOOR && headers.get(PARTIAL).is_some_and(|cut| cut != "false");
        let decision = if partial || body.is_end_stream() || !needs_body(method, &http) {
            self.decider.decide(door, &http)
        } else {
            self.decide_by_body(door, http, body).await
        };
        let mut response = if decision.passes {
            StatusCode::OK.into_response()
        } else {
            refuse(&self.decider, door, &decision)
        };
        response.headers_mut().extend(headers::of(&decision));
        response
    }

    /// Decides with the body.
    ///
    /// An empty body means that the proxy sends none. Its names are in doubt then, and also if it is
    /// too long, too slow or cut off.
    async fn decide_by_body(
        &self,
        door: &'static str,
        http: HttpRequest<'_>,
        body: Body,
    ) -> Decision {
        match timeout(self.body_timeout, read_ahead(body, &self.memory)).await {
            Ok(ReadAhead::Whole(held)) if !held.content().is_empty() => {
                self.decider.decide(door, &http.body(held.content()))
            }
            Ok(ReadAhead::NoMemory(_)) => self.decider.decide_nothing(door),
            _ => self.decider.decide(door, &http),
        }
    }
}

/// Returns the value of a header; `None` if there are two, since one may be the client's.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => {
            str::from_utf8(value.as_bytes()).ok().filter(|value| !value.is_empty())
        }
        _ => None,
    }
}

/// Returns the service's answer. Its status is always 403, which all proxies understand, even if
/// the service would answer 401.
fn refuse(decider: &Decider, door: &'static str, decision: &Decision) -> Response {
    let Some(outcome) = &decision.outcome else {
        decider.metrics.failed(door, StatusCode::SERVICE_UNAVAILABLE);
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let body = outcome.rejection().map_or_else(
        || Rejection::forbidden().into_body(),
        |rejection| rejection.body().to_owned(),
    );
    let mut header = ascii(&body);
    if header.len() > MAX_BODY_HEADER {
        header = ascii(Rejection::forbidden().body());
    }
    let mut response =
        (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, Rejection::CONTENT_TYPE)], body)
            .into_response();
    if let Ok(value) = HeaderValue::try_from(header) {
        response.headers_mut().insert(headers::BODY, value);
    }
    response
}

/// Returns the same JSON in ASCII, the only characters that every header can contain.
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
