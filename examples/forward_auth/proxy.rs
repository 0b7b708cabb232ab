//! The reverse proxy: forwards requests as they came, and says so when it cannot.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::uri::{PathAndQuery, Scheme};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header,
};
use http_body_util::{Either, Full};
use hyper::body::{Body, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use pubnub_access::gateway::Outcome;
use tokio::time::timeout;
use tower::Service;

use crate::auth::{OPERATION, operation};
use crate::body::{BodyError, Watched};
use crate::metrics::Metrics;
use crate::options::Options;

/// How long the upstream may take to take a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection is kept for the next request: less than the 5 seconds after which some
/// servers close it, since a request that meets a connection that is being closed fails.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// An answer that is the upstream's, or one of a few words.
pub type Answer<B> = Either<B, Full<Bytes>>;
type Answers<B> = Pin<Box<dyn Future<Output = Result<Response<Answer<B>>, Infallible>> + Send>>;

/// Forwards requests to the upstream.
pub struct Forward<B> {
    client: Client<HttpConnector, B>,
    upstream: Uri,
    patience: Duration,
    metrics: Metrics,
}

// Derived, it would ask it of the body.
impl<B> Clone for Forward<B> {
    fn clone(&self) -> Self {
        Forward {
            client: self.client.clone(),
            upstream: self.upstream.clone(),
            patience: self.patience,
            metrics: self.metrics.clone(),
        }
    }
}

impl<B> Forward<B>
where
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
{
    pub fn new(upstream: &Uri, patience: Duration, metrics: Metrics) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        Forward { client, upstream: upstream.clone(), patience, metrics }
    }

    /// The request as the upstream is to get it.
    fn outgoing(&self, request: Request<B>) -> Option<Request<B>> {
        let (mut parts, body) = request.into_parts();
        // A request to a whole URL is to the host there.
        let host = parts.uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
        let target =
            parts.uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        let mut uri = Uri::builder().scheme(Scheme::HTTP).path_and_query(target);
        if let Some(upstream) = self.upstream.authority() {
            uri = uri.authority(upstream.clone());
        }
        parts.uri = uri.build().ok()?;
        parts.version = Version::HTTP_11;
        // How long a chunked body is nobody knows, whatever is said.
        if parts.headers.contains_key(header::TRANSFER_ENCODING) {
            parts.headers.remove(header::CONTENT_LENGTH);
        }
        remove_hop_by_hop(&mut parts.headers);
        if let Some(host) = host {
            parts.headers.insert(header::HOST, host);
        }
        remove_all_spellings(&mut parts.headers, &OPERATION);
        if let Some(operation) = parts.extensions.remove::<Outcome>().as_ref().and_then(operation) {
            parts.headers.insert(OPERATION, HeaderValue::from_static(operation));
        }
        Some(Request::from_parts(parts, body))
    }

    async fn forward(self, request: Request<B>) -> Result<Response<Answer<Watched>>, Infallible> {
        // RFC 9112: a second host is an error (3.2), and a coding that is not understood is not
        // implemented (6.1).
        if request.headers().get_all(header::HOST).iter().count() > 1 {
            return Ok(fail(&self.metrics, StatusCode::BAD_REQUEST, "it names several hosts"));
        }
        let codings = request.headers().get_all(header::TRANSFER_ENCODING);
        if codings.iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
            return Ok(fail(
                &self.metrics,
                StatusCode::NOT_IMPLEMENTED,
                "its transfer coding is not chunked alone",
            ));
        }
        let Some(request) = self.outgoing(request) else {
            return Ok(fail(
                &self.metrics,
                StatusCode::BAD_REQUEST,
                "its target cannot be forwarded",
            ));
        };
        Ok(match timeout(self.patience, self.client.request(request)).await {
            Err(_) => fail(&self.metrics, StatusCode::GATEWAY_TIMEOUT, "the upstream is too slow"),
            Ok(Err(error)) => {
                let (status, what) = judge(&error);
                fail(&self.metrics, status, what)
            }
            Ok(Ok(response)) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                fail(&self.metrics, StatusCode::BAD_GATEWAY, "the upstream speaks another protocol")
            }
            Ok(Ok(mut response)) => {
                remove_hop_by_hop(response.headers_mut());
                response.map(|body| Either::Left(Watched::response(body, self.patience)))
            }
        })
    }
}

impl<B> Service<Request<B>> for Forward<B>
where
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
{
    type Response = Response<Answer<Watched>>;
    type Error = Infallible;
    type Future = Answers<Watched>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(self.clone().forward(request))
    }
}

/// What to answer when the upstream did not: the client's body may be to blame.
fn judge(error: &(dyn Error + 'static)) -> (StatusCode, &'static str) {
    let mut cause = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<BodyError>() {
            Some(BodyError::TooLong) => {
                return (StatusCode::PAYLOAD_TOO_LARGE, "its body is too long");
            }
            Some(BodyError::TooSlow) => {
                return (StatusCode::REQUEST_TIMEOUT, "its body does not go on");
            }
            Some(BodyError::Broken(_)) => return (StatusCode::BAD_REQUEST, "its body broke off"),
            None => {}
        }
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
        {
            return (StatusCode::GATEWAY_TIMEOUT, "the upstream takes no connection");
        }
        cause = error.source();
    }
    (StatusCode::BAD_GATEWAY, "the upstream is not to be reached")
}

/// Removes what is said from one connection to the next: what `Connection` names, and what RFC
/// 9110, section 7.6.1, lists.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    const KNOWN: [HeaderName; 6] = [
        header::CONNECTION,
        HeaderName::from_static("proxy-connection"),
        HeaderName::from_static("keep-alive"),
        header::TE,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    let options =
        headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<HeaderName> = options
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&KNOWN) {
        headers.remove(name);
    }
}

/// Removes a header, and those that upstreams take for it who do not tell `_` and `-` apart.
fn remove_all_spellings(headers: &mut HeaderMap, unwanted: &HeaderName) {
    let is_it = |name: &&HeaderName| {
        name.as_str().replace('_', "-").eq_ignore_ascii_case(unwanted.as_str())
    };
    let spellings: Vec<HeaderName> = headers.keys().filter(is_it).cloned().collect();
    spellings.iter().for_each(|name| drop(headers.remove(name)));
}

/// An answer of the proxy's own.
fn fail<B>(metrics: &Metrics, status: StatusCode, what: &'static str) -> Response<Answer<B>> {
    tracing::warn!(status = status.as_u16(), what, "request not forwarded");
    metrics.failed(status);
    let mut response = Response::new(Either::Right(Full::from(format!("{what}\n"))));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// Bounds the bodies of requests, in front of everything else.
#[derive(Clone)]
pub struct Bounds<S> {
    inner: S,
    limit: u64,
    patience: Duration,
    metrics: Metrics,
}

impl<S> Bounds<S> {
    pub fn new(options: &Options, metrics: Metrics, inner: S) -> Self {
        Bounds { inner, limit: options.max_body, patience: options.body_timeout, metrics }
    }
}

impl<S, B> Service<Request<Incoming>> for Bounds<S>
where
    S: Service<Request<Watched>, Response = Response<B>, Error = Infallible>,
    S::Future: Send + 'static,
    B: Send + 'static,
{
    type Response = Response<Answer<B>>;
    type Error = Infallible;
    type Future = Answers<B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let refused = if request.method() == Method::CONNECT {
            Some((StatusCode::METHOD_NOT_ALLOWED, "there are no tunnels"))
        } else if request.body().size_hint().lower() > self.limit {
            Some((StatusCode::PAYLOAD_TOO_LARGE, "its body is too long"))
        } else {
            None
        };
        let request = request.map(|body| Watched::request(body, self.limit, self.patience));
        if let Some((status, what)) = refused {
            return Box::pin(ready(Ok(fail(&self.metrics, status, what))));
        }
        let answer = self.inner.call(request);
        Box::pin(async move { Ok(answer.await?.map(Either::Left)) })
    }
}
