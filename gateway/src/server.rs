//! Connections, with limits on their number and their silence.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{interval, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::activity::Activity;
use crate::addresses::{Addresses, Counted};
use crate::log::Log;
use crate::metrics::Metrics;
use crate::settings::Limits;
use crate::strangers::{Stranger, Strangers};
use crate::tls::Certificate;

/// How long to wait if no connection can be accepted, since the process has no file descriptor
/// left.
const PAUSE: Duration = Duration::from_millis(20);

/// The wait for a chosen connection to close. After it, another one is chosen.
const GIVES_WAY: Duration = Duration::from_millis(100);

/// How much longer a head may be as h2 counts it than as HTTP/1.1 writes it: 28 bytes for each
/// header, and the names of the pseudo-headers.
const H2_OVERHEAD: usize = 4096;

/// A listener with its limits.
pub struct Server {
    pub name: &'static str,
    pub listener: TcpListener,
    pub tls: Option<Arc<Certificate>>,
    pub limits: Limits,
    /// Counts connections by client address, if these are limited.
    pub addresses: Option<Arc<Addresses>>,
    pub shutdown_timeout: Duration,
    pub metrics: Metrics,
    pub log: Log,
}

/// A connection's place, held until this is dropped.
struct Place {
    _free: OwnedSemaphorePermit,
    _address: Option<Counted>,
}

impl Server {
    /// Serves until it is stopped. Then gives open requests some time to end.
    pub async fn serve<S, F, B>(self, service: S, mut stopped: watch::Receiver<bool>)
    where
        S: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Response<B>, Infallible>> + Send + 'static,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
    {
        let free = Arc::new(Semaphore::new(self.limits.connections as usize));
        let strangers = Arc::new(Strangers::default());
        let open = self.metrics.connections(self.name);
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&free, &strangers) => accepted,
                _ = stopped.wait_for(|stopped| *stopped) => break,
            };
            let Some((stream, place)) = accepted else { continue };
            let connection = Connection {
                listener: self.name,
                stranger: strangers.admit(),
                limits: self.limits,
                metrics: self.metrics.clone(),
                log: self.log.clone(),
                stopped: stopped.clone(),
            };
            let tls = self.tls.as_ref().map(|certificate| certificate.acceptor());
            let (service, open) = (service.clone(), open.clone());
            open.inc();
            tokio::spawn(async move {
                connection.accept(stream, tls, service).await;
                open.dec();
                drop(place);
            });
        }
        drop(self.listener);
        let all_ended = free.acquire_many(self.limits.connections);
        if timeout(self.shutdown_timeout, all_ended).await.is_err() {
            tracing::warn!(listener = self.name, "connections cut off at the end");
        }
    }

    /// Accepts the next connection, unless its address has too many. If there are too many in all,
    /// closes the oldest one that has not sent a request yet, so that thousands of silent
    /// connections keep nobody out.
    async fn accept(
        &self,
        free: &Arc<Semaphore>,
        strangers: &Arc<Strangers>,
    ) -> Option<(TcpStream, Place)> {
        match self.listener.accept().await {
            Ok((stream, client)) => {
                let address = match &self.addresses {
                    Some(addresses) => {
                        let counted = addresses.admit(client.ip());
                        if counted.is_none() {
                            self.turn_away(client.ip());
                        }
                        Some(counted?)
                    }
                    None => None,
                };
                let free = self.place(free, strangers).await?;
                Some((stream, Place { _free: free, _address: address }))
            }
            Err(error) => {
                if self.log.admits("no connection can be taken") {
                    tracing::warn!(error = %error.kind(), "no connection can be taken");
                }
                self.make_room(strangers);
                sleep(PAUSE).await;
                None
            }
        }
    }

    /// Waits for a place among all connections.
    async fn place(
        &self,
        free: &Arc<Semaphore>,
        strangers: &Strangers,
    ) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(free).try_acquire_owned() {
            return Some(place);
        }
        loop {
            self.make_room(strangers);
            if let Ok(place) = timeout(GIVES_WAY, Arc::clone(free).acquire_owned()).await {
                return place.ok();
            }
        }
    }

    fn make_room(&self, strangers: &Strangers) {
        if strangers.send_away_the_oldest() {
            self.metrics.turned_away(self.name, "made_room");
        }
    }

    fn turn_away(&self, address: IpAddr) {
        self.metrics.turned_away(self.name, "address_limit");
        if self.log.admits("an address has too many connections") {
            let listener = self.name;
            tracing::warn!(listener, %address, "an address has too many connections");
        }
    }
}

/// A connection, with its limits.
struct Connection {
    listener: &'static str,
    stranger: Stranger,
    limits: Limits,
    metrics: Metrics,
    log: Log,
    stopped: watch::Receiver<bool>,
}

impl Connection {
    async fn accept<S, F, B>(self, stream: TcpStream, tls: Option<TlsAcceptor>, service: S)
    where
        S: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Response<B>, Infallible>> + Send + 'static,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
    {
        // Small answers should not wait for acknowledgements. If this fails, they are only late.
        let _ = stream.set_nodelay(true);
        let Some(tls) = tls else { return self.serve(stream, service).await };
        let handshake = timeout(self.limits.header_timeout, tls.accept(stream));
        tokio::select! {
            result = handshake => if let Ok(Ok(stream)) = result {
                self.serve(stream, service).await;
            },
            () = self.stranger.sent_away() => {}
        }
    }

    async fn serve<I, S, F, B>(mut self, stream: I, service: S)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Response<B>, Infallible>> + Send + 'static,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
    {
        let activity = Arc::new(Activity::default());
        let stranger = &self.stranger;
        let service = service_fn(|request: Request<Incoming>| {
            let under_way = activity.begin();
            // A connection whose request's body is incomplete may be closed as well.
            let known = stranger.when_known(request.body().is_end_stream());
            let answer = service(request);
            async move {
                let answer = answer.await;
                drop(known);
                answer.map(|answer| answer.map(|body| under_way.answered_by(body)))
            }
        });
        let limits = self.limits;
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_buf_size(limits.head);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(limits.header_timeout)
            .keep_alive_timeout(limits.header_timeout)
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(
                limits.head.saturating_add(H2_OVERHEAD).try_into().unwrap_or(u32::MAX),
            )
            .max_send_buf_size(64 * 1024);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let mut idle = interval(limits.header_timeout);
        idle.tick().await;
        let mut answers = interval(limits.answer_timeout);
        let mut taken = None;
        let (mut stopping, mut seen) = (false, 0);
        loop {
            tokio::select! {
                end = connection.as_mut() => {
                    if let Some(status) = end.err().and_then(|error| answered(&*error)) {
                        self.metrics.failed(self.listener, status);
                        // The error itself may contain what the client sent.
                        if self.log.admits("a request cannot be read") {
                            let (listener, status) = (self.listener, status.as_u16());
                            tracing::warn!(listener, status, "a request cannot be read");
                        }
                    }
                    return;
                }
                () = stranger.sent_away() => return,
                _ = idle.tick() => {
                    let begun = activity.begun();
                    let idles = activity.is_idle() && begun == seen;
                    if idles && (begun == 0 || stopping) {
                        return;
                    }
                    if idles {
                        stopping = true;
                        connection.as_mut().graceful_shutdown();
                    }
                    if activity.is_idle() {
                        stranger.idles();
                    }
                    seen = begun;
                }
                _ = answers.tick() => {
                    let now = activity.waits_for_client();
                    if now.is_some() && now == taken {
                        return;
                    }
                    taken = now;
                }
                _ = self.stopped.wait_for(|stopped| *stopped), if !stopping => {
                    stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// Returns the status of the answer with which hyper itself ended a connection.
fn answered(error: &(dyn Error + 'static)) -> Option<StatusCode> {
    let error = error.downcast_ref::<hyper::Error>().filter(|error| error.is_parse())?;
    if error.is_parse_version_h2() {
        // Such a client would not understand an answer, and gets none.
        None
    } else if !error.is_parse_too_large() {
        Some(StatusCode::BAD_REQUEST)
    } else if error.to_string() == "URI too long" {
        // Nothing else distinguishes the two.
        Some(StatusCode::URI_TOO_LONG)
    } else {
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    }
}
