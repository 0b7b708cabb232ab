//! The upstream: forwards requests by HTTP/1.1, with or without TLS.
//!
//! HTTP/2 is not used: a subscribe request waits for minutes, so some hundred of them would use up
//! the streams of a connection.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderName, HeaderValue, Request, StatusCode, Uri, Version, header};
use http_body_util::Either;
use hyper_rustls::{HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use crate::body::{BodyError, Watched};
use crate::headers::{remove_hop_by_hop, remove_ours};
use crate::memory::Held;
use crate::proxy::Answer;
use crate::settings::ProxySettings;
use crate::tls;
use crate::values::UpstreamHost;
use crate::via::Via;

/// The time for which an idle connection is kept. Some servers close it after 5 seconds, and a
/// request that is sent meanwhile fails.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// The reason why a request was not forwarded or not answered.
#[derive(Debug)]
pub enum Failure {
    Tunnel,
    Head,
    Loop,
    SeveralHosts,
    TransferCoding,
    Target,
    Body(BodyError),
    Unavailable,
    Busy,
    Unreachable,
    Certificate,
    NoConnection,
    Slow,
    OtherProtocol,
}

impl Failure {
    /// Returns the status, and a few words for the client and the log.
    pub fn answer(&self) -> (StatusCode, &'static str) {
        match self {
            Failure::Tunnel => (StatusCode::METHOD_NOT_ALLOWED, "there are no tunnels"),
            Failure::Head => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the head is too long"),
            Failure::Loop => (StatusCode::LOOP_DETECTED, "the request has passed here before"),
            Failure::SeveralHosts => (StatusCode::BAD_REQUEST, "the request names several hosts"),
            Failure::TransferCoding => {
                (StatusCode::NOT_IMPLEMENTED, "the transfer coding is not chunked alone")
            }
            Failure::Target => (StatusCode::BAD_REQUEST, "the target cannot be forwarded"),
            Failure::Body(BodyError::TooLong) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long")
            }
            Failure::Body(BodyError::TooSlow) => {
                (StatusCode::REQUEST_TIMEOUT, "the body does not go on")
            }
            Failure::Body(BodyError::Broken(_)) => (StatusCode::BAD_REQUEST, "the body broke off"),
            Failure::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "the gateway cannot decide"),
            Failure::Busy => (StatusCode::SERVICE_UNAVAILABLE, "too many requests are under way"),
            Failure::Unreachable => (StatusCode::BAD_GATEWAY, "the upstream is not reachable"),
            Failure::Certificate => {
                (StatusCode::BAD_GATEWAY, "the certificate of the upstream is not trusted")
            }
            Failure::NoConnection => {
                (StatusCode::GATEWAY_TIMEOUT, "the upstream takes no connection")
            }
            Failure::Slow => (StatusCode::GATEWAY_TIMEOUT, "the upstream is too slow"),
            Failure::OtherProtocol => {
                (StatusCode::BAD_GATEWAY, "the upstream speaks another protocol")
            }
        }
    }

    /// Returns the reason why the HTTP client failed; the body from the gateway's own client may be
    /// the cause.
    fn of(error: &(dyn Error + 'static)) -> Failure {
        let mut cause = Some(error);
        while let Some(error) = cause {
            match error.downcast_ref::<BodyError>() {
                Some(BodyError::TooLong) => return Failure::Body(BodyError::TooLong),
                Some(BodyError::TooSlow) => return Failure::Body(BodyError::TooSlow),
                Some(BodyError::Broken(_)) => return Failure::Target,
                None => {}
            }
            if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
                return Failure::Certificate;
            }
            cause = match error.downcast_ref::<io::Error>() {
                Some(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Failure::NoConnection;
                }
                // `source` would skip the wrapped error itself.
                Some(error) => error.get_ref().map(|error| error as &(dyn Error + 'static)),
                None => error.source(),
            };
        }
        Failure::Unreachable
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

/// Opens connections, with a timeout.
type Connector = BoxCloneSyncService<Uri, MaybeHttpsStream<TokioIo<TcpStream>>, BoxError>;

/// The server that requests are forwarded to.
pub struct Upstream {
    pub via: Via,
    client: Client<Connector, Held>,
    /// Permits for open requests, each of which has its own connection.
    free: Arc<Semaphore>,
    scheme: Scheme,
    authority: Authority,
    /// The `Host` to send, unless it is the client's.
    host: Option<HeaderValue>,
    patience: Duration,
}

impl Upstream {
    pub fn new(settings: &ProxySettings) -> Result<Self, String> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(settings.connect_timeout));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls::client(settings.upstream_ca.as_deref())?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let patience = settings.connect_timeout;
        // The timeout includes the TLS handshake, which the connector's own does not.
        let connector =
            BoxCloneSyncService::new(connector.map_future(move |connection| async move {
                let slow = |_| BoxError::from(io::Error::from(io::ErrorKind::TimedOut));
                timeout(patience, connection).await.map_err(slow)?
            }));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        let authority = settings.upstream.authority.clone();
        let own_host = settings.upstream_host == UpstreamHost::Upstream;
        let host = own_host.then(|| HeaderValue::from_str(authority.as_str()));
        Ok(Upstream {
            via: Via::new(),
            client,
            free: Arc::new(Semaphore::new(settings.max_requests as usize)),
            scheme: if settings.upstream.secure { Scheme::HTTPS } else { Scheme::HTTP },
            host: host.transpose().map_err(|error| error.to_string())?,
            authority,
            patience: settings.upstream_timeout,
        })
    }

    /// Forwards a request, and waits for the head of its answer.
    ///
    /// `ours` are the headers that only the gateway sets. They replace a client's headers of the
    /// same names, after those that `Connection` names are removed.
    pub async fn send(
        &self,
        parts: Parts,
        body: Held,
        ours: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    ) -> Result<Answer, Failure> {
        let via = self.via.header(parts.version);
        let mut request = self.outgoing(parts, body).ok_or(Failure::Target)?;
        remove_ours(request.headers_mut());
        request.headers_mut().extend(ours);
        if let Some((name, value)) = via {
            request.headers_mut().append(name, value);
        }
        let place = Arc::clone(&self.free).try_acquire_owned().map_err(|_| Failure::Busy)?;
        match timeout(self.patience, self.client.request(request)).await {
            Err(_) => Err(Failure::Slow),
            Ok(Err(error)) => Err(Failure::of(&error)),
            Ok(Ok(answer)) if answer.status() == StatusCode::SWITCHING_PROTOCOLS => {
                Err(Failure::OtherProtocol)
            }
            Ok(Ok(mut answer)) => {
                remove_hop_by_hop(answer.headers_mut());
                *answer.version_mut() = Version::default();
                Ok(answer.map(|body| Either::Left(Watched::response(body, self.patience, place))))
            }
        }
    }

    /// Returns the request for the upstream.
    fn outgoing(&self, mut parts: Parts, body: Held) -> Option<Request<Held>> {
        // A request to a whole URL, like every HTTP/2 request, has its host in the URI.
        let host = parts.uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
        let target =
            parts.uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        parts.uri = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(target)
            .build()
            .ok()?;
        parts.version = Version::HTTP_11;
        // A chunked body has no known length, whatever the headers say.
        if parts.headers.contains_key(header::TRANSFER_ENCODING) {
            parts.headers.remove(header::CONTENT_LENGTH);
        }
        remove_hop_by_hop(&mut parts.headers);
        // Without the announcement no trailers are sent. Some upstreams would take them for
        // headers.
        parts.headers.remove(header::TRAILER);
        if let Some(host) = self.host.clone().or(host) {
            parts.headers.insert(header::HOST, host);
        }
        Some(Request::from_parts(parts, body))
    }
}
