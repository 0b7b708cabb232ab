//! Envoy's gRPC service: `envoy.service.auth.v3.Authorization`, with the request's body.

use std::sync::Arc;

use envoy_types::ext_authz::v3::pb::{
    Authorization, AuthorizationServer, CheckRequest, CheckResponse, HttpStatusCode,
};
use envoy_types::ext_authz::v3::{
    CheckResponseExt, DeniedHttpResponseBuilder, OkHttpResponseBuilder,
};
use pubnub_access::gateway::{HttpRequest, Rejection};
use tonic::{Request, Response, Status};

use crate::headers::{self, is_ours};
use crate::rules::{Decider, Decision};

const DOOR: &str = "envoy_grpc";

/// The header of a body that was cut off.
const PARTIAL: &str = "x-envoy-auth-partial-body";

/// Returns the service as a route of axum.
pub fn router(decider: Arc<Decider>) -> axum::Router {
    let service = AuthorizationServer::new(EnvoyAuthorization { decider });
    axum::Router::new().route_service("/envoy.service.auth.v3.Authorization/{method}", service)
}

struct EnvoyAuthorization {
    decider: Arc<Decider>,
}

#[tonic::async_trait]
impl Authorization for EnvoyAuthorization {
    async fn check(
        &self,
        request: Request<CheckRequest>,
    ) -> Result<Response<CheckResponse>, Status> {
        let request = request.into_inner();
        let asked = request
            .attributes
            .as_ref()
            .and_then(|attributes| attributes.request.as_ref()?.http.as_ref())
            .ok_or_else(|| {
                self.decider.metrics.failed(DOOR, http::StatusCode::BAD_REQUEST);
                Status::invalid_argument("expected an HTTP request")
            })?;
        let whole = asked.headers.get(PARTIAL).is_none_or(|partial| partial == "false");
        let body = if asked.raw_body.is_empty() { asked.body.as_bytes() } else { &asked.raw_body };
        let mut http = HttpRequest::new(&asked.method, &asked.path);
        for (name, value) in &asked.headers {
            http = http.header(name, value.as_bytes());
        }
        if whole && !body.is_empty() {
            http = http.body(body);
        }
        let decision = self.decider.decide(DOOR, &http);
        let response = if decision.passes {
            passed(&decision, asked.headers.keys().filter(|name| is_ours(name)))
        } else {
            self.refused(&decision)
        };
        Ok(Response::new(response))
    }
}

/// Returns the response that forwards a request, with the headers of the decision and without a
/// client's own.
fn passed<'n>(decision: &Decision, sent: impl Iterator<Item = &'n String>) -> CheckResponse {
    let mut ok = OkHttpResponseBuilder::new();
    let own = headers::of(decision);
    for name in sent.filter(|sent| own.iter().all(|(name, _)| name.as_str() != *sent)) {
        ok.remove_header(name.as_str());
    }
    for (name, value) in &own {
        ok.add_header(name.as_str(), value.to_str().unwrap_or_default(), None, true);
    }
    let mut response = CheckResponse::with_status(Status::ok(""));
    response.set_http_response(ok);
    response
}

impl EnvoyAuthorization {
    fn refused(&self, decision: &Decision) -> CheckResponse {
        let mut denied = DeniedHttpResponseBuilder::new();
        let mut status = Status::permission_denied("");
        match &decision.outcome {
            Some(outcome) => {
                let rejection = outcome.rejection().cloned().unwrap_or_else(Rejection::forbidden);
                denied.set_http_status(HttpStatusCode::Forbidden);
                denied.add_header("content-type", Rejection::CONTENT_TYPE, None, false);
                denied.set_body(rejection.into_body());
            }
            None => {
                self.decider.metrics.failed(DOOR, http::StatusCode::SERVICE_UNAVAILABLE);
                status = Status::unavailable("");
                denied.set_http_status(HttpStatusCode::ServiceUnavailable);
            }
        }
        let mut response = CheckResponse::with_status(status);
        response.set_http_response(denied);
        response
    }
}
