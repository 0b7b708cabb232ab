//! Connections of HTTP/1: how many there are, how long they may be silent, and how they end.

use std::collections::BTreeMap;
use std::error::Error;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::options::Options;

/// The longest head of a request: a target of 64 KiB, which is what the library reads, and as much
/// again for the header that names it in a sub-request.
const MAX_HEAD: usize = 160 * 1024;

/// How long to wait when no connection can be taken, since the process has no file descriptor left
/// for one.
const PAUSE: Duration = Duration::from_millis(20);

/// A listener with its limits.
pub struct Server {
    listener: TcpListener,
    connections: Connections,
    strangers: Arc<Strangers>,
    header_timeout: Duration,
    shutdown_timeout: Duration,
}

/// How many connections are open.
#[derive(Clone)]
pub struct Connections {
    pub service: &'static str,
    limit: u32,
    free: Arc<Semaphore>,
}

impl Connections {
    pub fn open(&self) -> usize {
        (self.limit as usize).saturating_sub(self.free.available_permits())
    }
}

impl Server {
    pub fn new(service: &'static str, listener: TcpListener, options: &Options) -> Self {
        let limit = options.max_connections.get();
        let free = Arc::new(Semaphore::new(limit as usize));
        Server {
            listener,
            connections: Connections { service, limit, free },
            strangers: Arc::default(),
            header_timeout: options.header_timeout,
            shutdown_timeout: options.shutdown_timeout,
        }
    }

    pub fn connections(&self) -> Connections {
        self.connections.clone()
    }

    /// Serves until it is stopped, and lets the requests under way end, for a time.
    pub async fn serve<S, B>(self, service: S, mut stopped: watch::Receiver<bool>)
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        loop {
            let accepted = tokio::select! {
                accepted = self.accept() => accepted,
                _ = stopped.wait_for(|stopped| *stopped) => break,
            };
            if let Some((stream, place)) = accepted {
                let stranger = self.strangers.admit();
                let serve = serve_one(
                    stream,
                    service.clone(),
                    stranger,
                    self.header_timeout,
                    stopped.clone(),
                );
                tokio::spawn(async move {
                    serve.await;
                    drop(place);
                });
            }
        }
        drop(self.listener);
        let all_ended = self.connections.free.acquire_many(self.connections.limit);
        if timeout(self.shutdown_timeout, all_ended).await.is_err() {
            tracing::warn!(service = self.connections.service, "connections cut off at the end");
        }
    }

    /// The next connection. Where there is no place for it, the oldest one that has not asked for
    /// anything yet gives way: whoever opens thousands of connections and is silent keeps nobody
    /// out.
    async fn accept(&self) -> Option<(TcpStream, OwnedSemaphorePermit)> {
        let free = Arc::clone(&self.connections.free);
        match self.listener.accept().await {
            Ok((stream, _)) => {
                let place = match Arc::clone(&free).try_acquire_owned() {
                    Ok(place) => place,
                    Err(_) => {
                        self.strangers.send_away_the_oldest();
                        free.acquire_owned().await.ok()?
                    }
                };
                Some((stream, place))
            }
            Err(error) => {
                tracing::warn!(error = %error.kind(), "no connection can be taken");
                self.strangers.send_away_the_oldest();
                sleep(PAUSE).await;
                None
            }
        }
    }
}

async fn serve_one<S, B>(
    stream: TcpStream,
    service: S,
    stranger: Stranger,
    header_timeout: Duration,
    mut stopped: watch::Receiver<bool>,
) where
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
{
    // Small answers are not to wait for the acknowledgement of others. Without it they are late,
    // and no worse.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| {
        // One that keeps back the body of its request may give way as well.
        let whole = request.body().is_end_stream();
        let answer = service.call(request);
        let stranger = &stranger;
        async move {
            if whole {
                stranger.is_known();
            }
            let answer = answer.await;
            stranger.is_known();
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut stopping = false;
    loop {
        tokio::select! {
            // What is wrong with a connection is its client's affair, and may hold what the client
            // sent.
            _ = connection.as_mut() => return,
            () = stranger.sent_away.notified() => return,
            _ = stopped.wait_for(|stopped| *stopped), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// The connections that have not asked for anything yet, by their age.
#[derive(Default)]
struct Strangers(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    next: u64,
    by_age: BTreeMap<u64, Arc<Notify>>,
}

/// A connection, as long as it may be one that has not asked for anything.
struct Stranger {
    number: u64,
    sent_away: Arc<Notify>,
    all: Arc<Strangers>,
}

impl Strangers {
    fn admit(self: &Arc<Self>) -> Stranger {
        let sent_away = Arc::new(Notify::new());
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = waiting.next;
        waiting.next += 1;
        waiting.by_age.insert(number, Arc::clone(&sent_away));
        Stranger { number, sent_away, all: Arc::clone(self) }
    }

    fn send_away_the_oldest(&self) {
        let oldest = self.0.lock().unwrap_or_else(PoisonError::into_inner).by_age.pop_first();
        if let Some((_, sent_away)) = oldest {
            sent_away.notify_one();
        }
    }
}

impl Stranger {
    fn is_known(&self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).by_age.remove(&self.number);
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.is_known();
    }
}
