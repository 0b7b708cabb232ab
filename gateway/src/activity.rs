//! The open requests of a connection, counted to the last byte of their answers.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use hyper::body::{Body, Frame, SizeHint};

/// Counts of a connection's requests.
#[derive(Default)]
pub struct Activity {
    under_way: AtomicUsize,
    begun: AtomicU64,
    /// Answers whose next part waits for the client.
    waiting: AtomicUsize,
    /// Parts of answers that were requested.
    asked: AtomicU64,
}

impl Activity {
    /// Counts a request until the returned value is dropped.
    pub fn begin(self: &Arc<Self>) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }

    /// Returns the number of requests so far.
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Returns the number of requested parts, if an answer waits for the client.
    pub fn waits_for_client(&self) -> Option<u64> {
        (self.waiting.load(Ordering::Relaxed) > 0).then(|| self.asked.load(Ordering::Relaxed))
    }

    /// Reports whether no request is under way.
    pub fn is_idle(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) == 0
    }
}

/// A request that is under way.
pub struct UnderWay(Arc<Activity>);

impl UnderWay {
    /// Returns the body of the answer, whose end ends the request.
    pub fn answered_by<B>(self, body: B) -> AnswerBody<B> {
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
        AnswerBody { body, waits: true, under_way: self }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer to a request that is under way.
pub struct AnswerBody<B> {
    body: B,
    /// True if the next part waits for the client, false if for the upstream.
    waits: bool,
    under_way: UnderWay,
}

impl<B> AnswerBody<B> {
    fn set_waits(&mut self, waits: bool) {
        let waiting = &self.under_way.0.waiting;
        match (self.waits, waits) {
            (false, true) => drop(waiting.fetch_add(1, Ordering::Relaxed)),
            (true, false) => drop(waiting.fetch_sub(1, Ordering::Relaxed)),
            _ => {}
        }
        self.waits = waits;
    }
}

impl<B> Drop for AnswerBody<B> {
    fn drop(&mut self) {
        self.set_waits(false);
    }
}

impl<B: Body + Unpin> Body for AnswerBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.under_way.0.asked.fetch_add(1, Ordering::Relaxed);
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        self.set_waits(frame.is_ready());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
