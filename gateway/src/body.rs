//! Bodies with limits on their length and their silence.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep, timeout};

/// How long, and how many bytes, a client may go on sending a body that nobody reads any more. A
/// client that is cut off while it sends loses the answer.
const DRAIN_TIME: Duration = Duration::from_secs(5);
const DRAIN_BYTES: usize = 8 * 1024 * 1024;

/// A body that breaks off if it becomes too long or is silent for too long.
pub struct Watched {
    /// `None` after its end.
    body: Option<Incoming>,
    left: u64,
    patience: Duration,
    /// Runs while no data arrives.
    silence: Option<Pin<Box<Sleep>>>,
    drains: bool,
    /// The request's permit, held until the answer has ended.
    _place: Option<OwnedSemaphorePermit>,
}

/// The reason why a body breaks off.
#[derive(Debug)]
pub enum BodyError {
    TooLong,
    TooSlow,
    Broken(hyper::Error),
}

impl Watched {
    /// Creates the body of a request, of at most `limit` bytes.
    pub fn request(body: Incoming, limit: u64, patience: Duration) -> Self {
        Watched {
            body: Some(body),
            left: limit,
            patience,
            silence: None,
            drains: true,
            _place: None,
        }
    }

    /// Creates the body of an answer, of any length.
    pub fn response(body: Incoming, patience: Duration, place: OwnedSemaphorePermit) -> Self {
        let (body, _place) = (Some(body), Some(place));
        Watched { body, left: u64::MAX, patience, silence: None, drains: false, _place }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) else {
            let silence = this.silence.get_or_insert_with(|| Box::pin(sleep(this.patience)));
            return silence.as_mut().poll(cx).map(|()| Some(Err(BodyError::TooSlow)));
        };
        this.silence = None;
        let frame = match frame {
            Some(Ok(frame)) => frame,
            end => {
                this.body = None;
                return Poll::Ready(end.map(|end| end.map_err(BodyError::Broken)));
            }
        };
        let length = frame.data_ref().map_or(0, Bytes::len);
        match u64::try_from(length).ok().and_then(|length| this.left.checked_sub(length)) {
            Some(left) => {
                this.left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            None => Poll::Ready(Some(Err(BodyError::TooLong))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| self.drains && !body.is_end_stream());
        if let (Some(rest), Ok(runtime)) = (rest, Handle::try_current()) {
            runtime.spawn(timeout(DRAIN_TIME, drain(rest)));
        }
    }
}

async fn drain(mut body: Incoming) {
    let mut drained = 0;
    while let Some(Ok(frame)) = body.frame().await {
        drained += frame.data_ref().map_or(0, Bytes::len);
        if drained > DRAIN_BYTES {
            return;
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BodyError::TooLong => "the body is too long",
            BodyError::TooSlow => "the body does not go on",
            BodyError::Broken(_) => "the body broke off",
        })
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            BodyError::Broken(error) => Some(error),
            _ => None,
        }
    }
}
