//! Bodies that are read ahead, with a limit on their total memory.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, SizeHint};
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::body::{BodyError, Watched};

/// The longest body that is read ahead, in bytes: the library reads names up to this length.
const MAX_NAMING_BODY: usize = 256 * 1024;

/// The total memory for bodies, in bytes.
#[derive(Clone)]
pub struct BodyMemory {
    free: Arc<Semaphore>,
    gauge: Gauge,
}

/// Bytes that are taken from the total until they are dropped.
pub struct Taken {
    permit: OwnedSemaphorePermit,
    gauge: Gauge,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.gauge.dec_by(self.permit.num_permits().try_into().unwrap_or(i64::MAX));
    }
}

impl BodyMemory {
    pub fn new(bytes: u32, gauge: Gauge) -> Self {
        BodyMemory { free: Arc::new(Semaphore::new(bytes as usize)), gauge }
    }

    fn take(&self, bytes: usize) -> Option<Taken> {
        let bytes = u32::try_from(bytes).ok()?;
        let permit = Arc::clone(&self.free).try_acquire_many_owned(bytes).ok()?;
        self.gauge.inc_by(bytes.into());
        Some(Taken { permit, gauge: self.gauge.clone() })
    }
}

/// The result of reading ahead.
pub enum ReadAhead<B: Body> {
    /// The whole body.
    Whole(Held<B>),
    /// The body is longer than the part that is read ahead.
    Beyond(Held<B>),
    /// There is no memory left for it.
    NoMemory(Held<B>),
    /// The body broke off.
    Broken(B::Error),
}

/// A body of which a part was read.
pub struct Held<B = Watched> {
    content: Bytes,
    next: Option<Bytes>,
    rest: Option<B>,
    taken: Option<Taken>,
}

impl<B> Held<B> {
    /// Creates a body of which nothing was read.
    pub fn untouched(body: B) -> Self {
        Held { content: Bytes::new(), next: None, rest: Some(body), taken: None }
    }

    /// Returns the bytes that were read.
    pub fn content(&self) -> &Bytes {
        &self.content
    }
}

/// Reads a body up to its end, to the longest body that can name something, or to the last free
/// byte.
pub async fn read_ahead<B>(mut body: B, memory: &BodyMemory) -> ReadAhead<B>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut content = BytesMut::new();
    let mut taken = None;
    loop {
        let data = match body.frame().await.map(|frame| frame.map(Frame::into_data)) {
            Some(Ok(Ok(data))) => data,
            // Trailers end a body, and none matter here.
            Some(Ok(Err(_))) | None => {
                let held = Held { content: content.freeze(), next: None, rest: None, taken };
                return ReadAhead::Whole(held);
            }
            Some(Err(error)) => return ReadAhead::Broken(error),
        };
        let fits = content.len() + data.len() <= MAX_NAMING_BODY;
        match memory.take(data.len()).filter(|_| fits) {
            Some(more) => {
                content.extend_from_slice(&data);
                merge(&mut taken, more);
            }
            None => {
                let content = content.freeze();
                let held = Held { content, next: Some(data), rest: Some(body), taken };
                return if fits { ReadAhead::NoMemory(held) } else { ReadAhead::Beyond(held) };
            }
        }
    }
}

/// Keeps one entry, since frames may be of one byte each.
fn merge(taken: &mut Option<Taken>, mut more: Taken) {
    match taken {
        Some(first) => {
            // The permits move; the gauge counts them once, when they are dropped.
            if let Some(permit) = more.permit.split(more.permit.num_permits()) {
                first.permit.merge(permit);
            }
        }
        None => *taken = Some(more),
    }
}

impl Body for Held {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if !this.content.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut this.content)))));
        }
        this.taken = None;
        if let Some(next) = this.next.take() {
            return Poll::Ready(Some(Ok(Frame::data(next))));
        }
        match &mut this.rest {
            Some(rest) => Pin::new(rest).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_empty()
            && self.next.is_none()
            && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let kept = self.content.len() + self.next.as_ref().map_or(0, Bytes::len);
        let kept = u64::try_from(kept).unwrap_or(u64::MAX);
        let rest = self.rest.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint);
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(kept));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(kept));
        }
        hint
    }
}
