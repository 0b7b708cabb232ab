//! Auth sub-requests: before a proxy forwards a request, it sends the method, the target and, if it
//! can, the body.

use std::str;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use pubnub_access::gateway::{HttpRequest, Rejection};

use crate::headers;
use crate::rules::{Decider, Decision, with_headers};

/// The longest body of a refusal that a header repeats, in bytes: what nginx accepts as configured,
/// with room for other headers. A longer one is repeated without the names of channels.
const MAX_BODY_HEADER: usize = 60 * 1024;

/// The longest body of a sub-request, in bytes. The library reads no more.
const MAX_BODY: usize = 256 * 1024;

/// The prefix of the target in Envoy's sub-requests.
const ENVOY: &str = "/auth/envoy";

const ENVOY_DOOR: &str = "envoy";

/// The header in Envoy's sub-requests of a body that was cut off.
const PARTIAL: &str = "x-envoy-auth-partial-body";

/// Returns the routes for proxies.
pub fn router(decider: Arc<Decider>) -> Router {
    Router::new()
        .route("/auth/nginx", any(nginx))
        .route("/auth/haproxy", any(haproxy))
        .route("/auth/forwarded", any(forwarded))
        // Envoy's path contains the target, which no router must interpret.
        .fallback(envoy)
        .with_state(decider)
}

async fn nginx(State(decider): State<Arc<Decider>>, request: Request) -> Response {
    named(&decider, "nginx", request, "x-original-method", "x-original-uri").await
}

async fn haproxy(State(decider): State<Arc<Decider>>, request: Request) -> Response {
    named(&decider, "haproxy", request, "x-original-method", "x-original-uri").await
}

async fn forwarded(State(decider): State<Arc<Decider>>, request: Request) -> Response {
    named(&decider, "forwarded", request, "x-forwarded-method", "x-forwarded-uri").await
}

async fn envoy(State(decider): State<Arc<Decider>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // Undecoded, since a decoded `%2F` in a name would be a slash.
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    match path.strip_prefix(ENVOY) {
        Some(target) if target.starts_with('/') => {
            let http = HttpRequest::new(parts.method.as_str(), target);
            answer(&decider, ENVOY_DOOR, http, &parts.headers, body).await
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Answers a sub-request that names the method and the target in two headers.
async fn named(
    decider: &Decider,
    door: &'static str,
    request: Request,
    method: &str,
    target: &str,
) -> Response {
    let (parts, body) = request.into_parts();
    match (one(&parts.headers, method), one(&parts.headers, target)) {
        (Some(method), Some(target)) => {
            answer(decider, door, HttpRequest::new(method, target), &parts.headers, body).await
        }
        _ => {
            let what = "a sub-request does not name its request";
            if decider.log.admits(what) {
                tracing::warn!(door, "{what}");
            }
            decider.metrics.failed(door, StatusCode::BAD_REQUEST);
            (StatusCode::BAD_REQUEST, format!("expected {method} and {target}, each once\n"))
                .into_response()
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

async fn answer(
    decider: &Decider,
    door: &'static str,
    http: HttpRequest<'_>,
    headers: &HeaderMap,
    body: Body,
) -> Response {
    let body = whole_body(door, headers, body).await;
    let http = body.iter().fold(with_headers(http, headers), |http, body| http.body(body));
    let decision = decider.decide(door, &http);
    let mut response = if decision.passes {
        StatusCode::OK.into_response()
    } else {
        refuse(decider, door, &decision)
    };
    response.headers_mut().extend(headers::of(&decision));
    response
}

/// Returns the body. An empty one means that the proxy sends none.
async fn whole_body(door: &str, headers: &HeaderMap, body: Body) -> Option<Bytes> {
    // Through other proxies, a client can send this header.
    if door == ENVOY_DOOR && headers.get(PARTIAL).is_some_and(|partial| partial != "false") {
        return None;
    }
    let body = Limited::new(body, MAX_BODY).collect().await.ok()?.to_bytes();
    Some(body).filter(|body| !body.is_empty())
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
