//! The gateway as a tower layer, in front of any HTTP service.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderValue, Request, Response, StatusCode, header, request};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::decision::Verdict;
use crate::policy::DenyList;

use super::action::Action;
use super::buffered_body::{BufferedBody, Progress, ReadBody};
use super::counters::Counters;
use super::error::{RouteError, RouteErrorKind};
use super::http_request::HttpRequest;
use super::limits::MAX_BODY_LEN;
use super::outcome::Outcome;
use super::precheck::Precheck;
use super::rejection::Rejection;
use super::response_body::ResponseBody;
use super::route::{Route, route};

/// Puts a [`Precheck`] in front of a service.
///
/// A rejected request is answered and does not reach the service. A forwarded request arrives
/// unchanged, with the [`Outcome`] among its extensions. A body is read ahead only if it names
/// resources (changes to memberships and members, and new items of DataSync), up to 256 KiB. Each
/// decision is counted in the [`Counters`] and reported to `tracing`: a rejection as `INFO`, the
/// others as `DEBUG`, with verdict, reason and operation, and never with a token.
///
/// ```
/// use pubnub_access::gateway::{Outcome, Precheck, PrecheckLayer};
/// use pubnub_access::{Policy, Verdict};
/// use tower::{Layer, Service, ServiceExt};
///
/// # type Body = http_body_util::Full<bytes::Bytes>;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let upstream = tower::service_fn(|request: http::Request<_>| async move {
///     let outcome: &Outcome = request.extensions().get().expect("every forwarded request has one");
///     assert_eq!(outcome.verdict(), Verdict::Allow);
///     Ok::<_, std::convert::Infallible>(http::Response::new(Body::from("[17000000000000000]")))
/// });
/// let layer = PrecheckLayer::new(Precheck::new(Policy::new()));
/// let counters = layer.counters();
/// let gateway = layer.layer(upstream);
/// let response = gateway.oneshot(http::Request::get("/time/0").body(Body::default())?).await?;
/// assert_eq!(response.status(), 200);
/// assert_eq!(counters.iter().next().unwrap().reason, "nothing_needed");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct PrecheckLayer {
    gate: Gate,
}

/// The state that all requests share.
#[derive(Clone)]
struct Gate {
    precheck: Precheck<'static>,
    deny_list: Option<Arc<dyn DenyList + Send + Sync>>,
    clock: Arc<dyn Fn() -> u64 + Send + Sync>,
    counters: Arc<Counters>,
}

impl PrecheckLayer {
    /// Creates a layer with these rules and the system's clock.
    pub fn new(precheck: Precheck<'static>) -> Self {
        let (clock, counters) = (Arc::new(system_clock), Arc::new(Counters::new()));
        PrecheckLayer { gate: Gate { precheck, deny_list: None, clock, counters } }
    }

    /// Sets a deny list, instead of that of the rules. Every request asks it, so a list that
    /// changes needs a lock inside.
    pub fn deny_list(mut self, deny_list: impl DenyList + Send + Sync + 'static) -> Self {
        self.gate.deny_list = Some(Arc::new(deny_list));
        self
    }

    /// Sets another clock, in Unix seconds.
    pub fn clock(mut self, clock: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.gate.clock = Arc::new(clock);
        self
    }

    /// Returns the counters of all services behind this layer.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.gate.counters)
    }
}

fn system_clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl<S> Layer<S> for PrecheckLayer {
    type Service = PrecheckService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        PrecheckService { inner, gate: Arc::new(self.gate.clone()) }
    }
}

/// A service behind a [`PrecheckLayer`].
#[derive(Debug, Clone)]
pub struct PrecheckService<S> {
    inner: S,
    gate: Arc<Gate>,
}

impl<S, B, R> Service<Request<B>> for PrecheckService<S>
where
    S: Service<Request<BufferedBody<B>>, Response = Response<R>> + Clone,
    B: Body,
    R: Body<Data = bytes::Bytes>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = PrecheckFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let http = http_request(&parts);
        let routed = route(&http);
        if routed.as_ref().is_err_and(|error| error.kind() == RouteErrorKind::BodyNeeded) {
            // The call must go to the service that was polled ready, not to its clone.
            let clone = self.inner.clone();
            let service = core::mem::replace(&mut self.inner, clone);
            let reading = BodyInProgress { service, parts, body: ReadBody::new(body) };
            return PrecheckFuture {
                gate: Arc::clone(&self.gate),
                state: FutureState::BodyInProgress { reading: Some(reading) },
            };
        }
        let outcome = self.gate.check(&http, routed);
        let state = pass(&mut self.inner, outcome, parts, BufferedBody::untouched(body));
        PrecheckFuture { gate: Arc::clone(&self.gate), state }
    }
}

/// Returns the parts of the request that routing reads, without its body.
fn http_request(parts: &request::Parts) -> HttpRequest<'_> {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let http = HttpRequest::new(parts.method.as_str(), target);
    parts
        .headers
        .iter()
        .fold(http, |http, (name, value)| http.header(name.as_str(), value.as_bytes()))
}

/// Forwards a request, or answers it.
fn pass<S, B: Body>(
    service: &mut S,
    outcome: Outcome,
    mut parts: request::Parts,
    body: BufferedBody<B>,
) -> FutureState<S, B>
where
    S: Service<Request<BufferedBody<B>>>,
{
    if !outcome.is_forwarded() {
        return FutureState::Rejected { rejection: outcome.into_rejection() };
    }
    parts.extensions.insert(outcome);
    FutureState::Forwarded { future: service.call(Request::from_parts(parts, body)) }
}

impl Gate {
    fn check(&self, http: &HttpRequest<'_>, routed: Result<Route<'_>, RouteError>) -> Outcome {
        let now = (self.clock)();
        let outcome = match &self.deny_list {
            Some(deny_list) => {
                self.precheck.clone().with_deny_list(&**deny_list).check_routed(http, routed, now)
            }
            None => self.precheck.check_routed(http, routed, now),
        };
        self.counters.count(&outcome);
        report(&outcome);
        outcome
    }
}

/// Reports a decision to `tracing`.
fn report(outcome: &Outcome) {
    let (verdict, reason, forwarded) =
        (outcome.verdict(), outcome.reason().code(), outcome.is_forwarded());
    let operation = match outcome.action() {
        Some(Action::Operation(operation)) => operation.id(),
        Some(Action::Administration(_)) => "administration",
        Some(Action::Namespaces) => "namespaces",
        None => "unknown",
    };
    let verdict = Verdict::name(verdict);
    if forwarded {
        tracing::debug!(target: "pubnub_access", verdict, reason, operation, forwarded, "request checked");
    } else {
        tracing::info!(target: "pubnub_access", verdict, reason, operation, forwarded, "request checked");
    }
}

pin_project! {
    /// The future response of a [`PrecheckService`].
    pub struct PrecheckFuture<S: Service<Request<BufferedBody<B>>>, B: Body> {
        gate: Arc<Gate>,
        #[pin]
        state: FutureState<S, B>,
    }
}

pin_project! {
    #[project = Projected]
    enum FutureState<S: Service<Request<BufferedBody<B>>>, B: Body> {
        BodyInProgress { reading: Option<BodyInProgress<S, B>> },
        Forwarded { #[pin] future: S::Future },
        Rejected { rejection: Option<Rejection> },
    }
}

/// A request whose body is being read.
struct BodyInProgress<S, B: Body> {
    service: S,
    parts: request::Parts,
    body: ReadBody<B>,
}

impl<S, B, R> Future for PrecheckFuture<S, B>
where
    S: Service<Request<BufferedBody<B>>, Response = Response<R>>,
    B: Body,
    R: Body<Data = bytes::Bytes>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                Projected::Forwarded { future } => {
                    let response = ready!(future.poll(cx))?;
                    return Poll::Ready(Ok(response.map(ResponseBody::forwarded)));
                }
                Projected::Rejected { rejection } => {
                    return Poll::Ready(Ok(answer(
                        rejection.take().unwrap_or_else(Rejection::forbidden),
                    )));
                }
                Projected::BodyInProgress { reading } => {
                    let Some(read) = reading else { return Poll::Pending };
                    let progress = ready!(read.body.poll_read(cx, MAX_BODY_LEN));
                    let Some(BodyInProgress { mut service, parts, body }) = reading.take() else {
                        return Poll::Pending;
                    };
                    let http = http_request(&parts);
                    let http = match progress {
                        Progress::Whole => http.body(body.content()),
                        _ => http,
                    };
                    let outcome = this.gate.check(&http, route(&http));
                    pass(&mut service, outcome, parts, BufferedBody::read(body))
                }
            };
            this.state.set(next);
        }
    }
}

/// Returns the answer in place of the service.
fn answer<R: Body<Data = bytes::Bytes>>(rejection: Rejection) -> Response<ResponseBody<R>> {
    let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::FORBIDDEN);
    let mut response = Response::new(ResponseBody::rejected(rejection.into_body()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Rejection::CONTENT_TYPE));
    // The service sends this header, too. Without it, a browser hides the answer from its page.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("precheck", &self.precheck)
            .field("deny_list", &self.deny_list.is_some())
            .finish()
    }
}
