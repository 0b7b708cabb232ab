//! The reverse proxy: forwards requests unchanged, or answers why it cannot.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{Either, Full};
use hyper::body::{Body, Incoming};
use pubnub_access::gateway::Rejection;
use tokio::time::timeout;

use crate::body::{BodyError, Watched};
use crate::headers;
use crate::memory::{BodyMemory, Held, ReadAhead, read_ahead};
use crate::observe::Observer;
use crate::rules::{Decider, Decision, http_request, needs_body};
use crate::settings::Limits;
use crate::upstream::{Failure, Upstream};

const DOOR: &str = "proxy";

/// An answer: the upstream's or the gateway's own.
pub type Answer = Response<Either<Watched, Full<Bytes>>>;

/// The reverse proxy, which all its connections share.
pub struct Proxy {
    pub decider: Arc<Decider>,
    pub upstream: Upstream,
    pub memory: BodyMemory,
    pub observer: Observer,
    pub limits: Limits,
    /// True if the check is left out.
    pub unchecked: bool,
}

impl Proxy {
    pub async fn serve(self: Arc<Self>, request: Request<Incoming>) -> Result<Answer, Infallible> {
        Ok(self.answer(request).await.unwrap_or_else(|failure| self.fail(failure)))
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Answer, Failure> {
        self.check_form(&request)?;
        let (parts, body) = request.into_parts();
        let body = Watched::request(body, self.limits.body, self.limits.body_timeout);
        if self.unchecked {
            return self.upstream.send(parts, Held::untouched(body), []).await;
        }
        let (decision, body) = self.decide(&parts, body).await?;
        if !decision.passes {
            return decision.outcome.map_or(Err(Failure::Unavailable), |outcome| {
                Ok(refusal(outcome.into_rejection().unwrap_or_else(Rejection::forbidden)))
            });
        }
        let decision_headers = headers::of(&decision);
        let question = self.observer.question(&parts, &body, &decision);
        let answer = self.upstream.send(parts, body, decision_headers).await?;
        Ok(self.observer.observe(question, answer).await)
    }

    /// Refuses requests that a proxy cannot forward safely.
    fn check_form(&self, request: &Request<Incoming>) -> Result<(), Failure> {
        let codings = request.headers().get_all(header::TRANSFER_ENCODING);
        if request.method() == Method::CONNECT {
            Err(Failure::Tunnel)
        } else if headers::head_is_too_long(request, self.limits.head) {
            Err(Failure::Head)
        } else if self.upstream.via.is_in(request.headers()) {
            Err(Failure::Loop)
        } else if request.body().size_hint().lower() > self.limits.body {
            Err(Failure::Body(BodyError::TooLong))
        } else if request.headers().get_all(header::HOST).iter().count() > 1 {
            // RFC 9112, section 3.2.
            Err(Failure::SeveralHosts)
        } else if codings.iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
            // RFC 9112, section 6.1.
            Err(Failure::TransferCoding)
        } else {
            Ok(())
        }
    }

    /// Decides about a request, with the body if it names resources.
    async fn decide(&self, parts: &Parts, body: Watched) -> Result<(Decision, Held), Failure> {
        let http = http_request(parts);
        if !needs_body(parts.method.as_str(), &http) {
            return Ok((self.decider.decide(DOOR, &http), Held::untouched(body)));
        }
        // Without a timeout, a few slow clients could occupy all the memory for ever.
        let read = timeout(self.limits.body_timeout, read_ahead(body, &self.memory)).await;
        Ok(match read.unwrap_or(ReadAhead::Broken(BodyError::TooSlow)) {
            ReadAhead::Whole(held) => {
                let decision = self.decider.decide(DOOR, &http.body(held.content()));
                (decision, held)
            }
            ReadAhead::Beyond(held) => (self.decider.decide(DOOR, &http), held),
            ReadAhead::NoMemory(held) => (self.decider.decide_nothing(DOOR), held),
            ReadAhead::Broken(error) => return Err(Failure::Body(error)),
        })
    }

    /// Returns the gateway's own answer to a failure.
    fn fail(&self, failure: Failure) -> Answer {
        let (status, what) = failure.answer();
        if tracing::enabled!(tracing::Level::WARN) && self.decider.log.admits(what) {
            tracing::warn!(status = status.as_u16(), what, "request not forwarded");
        }
        self.decider.metrics.failed(DOOR, status);
        own(status, "text/plain", format!("{what}\n"))
    }
}

/// Returns the answer that the service would give.
fn refusal(rejection: Rejection) -> Answer {
    let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::FORBIDDEN);
    let mut answer = own(status, Rejection::CONTENT_TYPE, rejection.into_body());
    // The service sends this header, too. Without it, a browser hides the answer from its page.
    let any = HeaderValue::from_static("*");
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    answer
}

fn own(status: StatusCode, content_type: &'static str, body: String) -> Answer {
    let mut answer = Response::new(Either::Right(Full::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}
