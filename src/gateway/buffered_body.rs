//! The body of a request that was partly read, and is forwarded whole.

use crate::arithmetic::{CannotOverflow, as_u64};

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BufMut, Bytes};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a request behind a [`PrecheckLayer`](crate::gateway::PrecheckLayer). It is
    /// unchanged, even if a part was read for the check.
    pub struct BufferedBody<B: Body> {
        #[pin]
        state: BodyState<B>,
    }
}

pin_project! {
    #[project = Projected]
    enum BodyState<B: Body> {
        Untouched { #[pin] body: B },
        Read { read: ReadBody<B> },
    }
}

/// A body that is being read.
///
/// The bytes that were read are kept as one buffer. Frames of one byte each would take a hundred
/// times the memory of the limit.
pub(super) struct ReadBody<B: Body> {
    content: Vec<u8>,
    /// The frame after the content: data beyond the limit, or trailers.
    next: Option<Frame<Bytes>>,
    /// The error that ended reading before the body's end.
    error: Option<B::Error>,
    /// True if the body has ended. Some bodies must not be polled again then.
    ended: bool,
    rest: Pin<Box<B>>,
}

/// The progress of reading.
pub(super) enum Progress {
    /// The body was read to its end.
    Whole,
    /// The body is longer than the limit, or broke off. Nobody should decide by the part that was
    /// read.
    Unknown,
}

impl<B: Body> ReadBody<B> {
    pub(super) fn new(body: B) -> Self {
        ReadBody {
            content: Vec::new(),
            next: None,
            error: None,
            ended: false,
            rest: Box::pin(body),
        }
    }

    /// Returns the bytes that were read.
    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }

    /// Reads up to the end, `limit` bytes or an error.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, limit: usize) -> Poll<Progress> {
        loop {
            let frame = match ready!(self.rest.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => to_bytes(frame),
                end => {
                    self.ended = true;
                    self.error = end.and_then(Result::err);
                    return Poll::Ready(if self.error.is_none() {
                        Progress::Whole
                    } else {
                        Progress::Unknown
                    });
                }
            };
            match frame.into_data() {
                Ok(data) if data.len() <= limit.minus(self.content.len()) => self.content.put(data),
                Ok(data) => {
                    self.next = Some(Frame::data(data));
                    return Poll::Ready(Progress::Unknown);
                }
                // Trailers end a body. Nothing after them was checked, so nothing after them is
                // forwarded.
                Err(trailers) => {
                    self.ended = true;
                    self.next = Some(trailers);
                    return Poll::Ready(Progress::Whole);
                }
            }
        }
    }

    fn poll_replay(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if !self.content.is_empty() {
            let content = core::mem::take(&mut self.content);
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from(content)))));
        }
        match (self.next.take(), self.error.take()) {
            (Some(frame), error) => {
                self.error = error;
                Poll::Ready(Some(Ok(frame)))
            }
            (None, Some(error)) => Poll::Ready(Some(Err(error))),
            (None, None) if self.ended => Poll::Ready(None),
            (None, None) => self.rest.as_mut().poll_frame(cx).map_ok(to_bytes),
        }
    }

    fn is_end_stream(&self) -> bool {
        let nothing_kept = self.content.is_empty() && self.next.is_none() && self.error.is_none();
        nothing_kept && (self.ended || self.rest.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let next = self.next.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len);
        let kept = as_u64(self.content.len().plus(next));
        let rest = match (self.ended, &self.error) {
            (false, _) => self.rest.size_hint(),
            (true, None) => SizeHint::with_exact(0),
            // A body that broke off must not look like a complete body of the length received so
            // far.
            (true, Some(_)) => SizeHint::new(),
        };
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(kept));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(kept));
        }
        hint
    }
}

/// Converts the data to `Bytes`, at no cost if they are that already.
fn to_bytes<D: Buf>(frame: Frame<D>) -> Frame<Bytes> {
    frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))
}

impl<B: Body> BufferedBody<B> {
    pub(super) fn untouched(body: B) -> Self {
        BufferedBody { state: BodyState::Untouched { body } }
    }

    pub(super) fn read(read: ReadBody<B>) -> Self {
        BufferedBody { state: BodyState::Read { read } }
    }
}

impl<B: Body> Body for BufferedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().state.project() {
            Projected::Untouched { body } => body.poll_frame(cx).map_ok(to_bytes),
            Projected::Read { read } => read.poll_replay(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            BodyState::Untouched { body } => body.is_end_stream(),
            BodyState::Read { read } => read.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            BodyState::Untouched { body } => body.size_hint(),
            BodyState::Read { read } => read.size_hint(),
        }
    }
}

impl<B: Body> core::fmt::Debug for BufferedBody<B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BufferedBody").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::poll_fn;

    use http::HeaderMap;

    use super::*;

    /// Frames and errors, then the end. Polling after the end panics.
    struct Frames(Option<VecDeque<Result<Frame<Bytes>, &'static str>>>);

    impl Body for Frames {
        type Data = Bytes;
        type Error = &'static str;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
            let frame = self.0.as_mut().expect("asked again after the end").pop_front();
            if frame.as_ref().is_none_or(Result::is_err) {
                self.0 = None;
            }
            Poll::Ready(frame)
        }
    }

    fn data(text: &'static str) -> Result<Frame<Bytes>, &'static str> {
        Ok(Frame::data(Bytes::from_static(text.as_bytes())))
    }

    /// Returns whether the body counts as read whole, the frames that the inner service receives,
    /// and the size hint before them.
    async fn replay(
        frames: Vec<Result<Frame<Bytes>, &'static str>>,
        limit: usize,
    ) -> (bool, String, SizeHint) {
        let mut read = ReadBody::new(Frames(Some(frames.into())));
        let progress = poll_fn(|cx| read.poll_read(cx, limit)).await;
        let mut body = Box::pin(BufferedBody::read(read));
        let (hint, mut got) = (body.size_hint(), Vec::new());
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            got.push(match frame.map(Frame::into_data) {
                Ok(Ok(data)) => String::from_utf8(data.to_vec()).unwrap(),
                Ok(Err(_)) => "(trailers)".to_owned(),
                Err(error) => format!("({error})"),
            });
            if got.last().unwrap().starts_with("(broken") {
                break;
            }
        }
        (matches!(progress, Progress::Whole), got.join("|"), hint)
    }

    #[tokio::test]
    async fn read_content_is_forwarded_in_one_piece_and_the_end_is_polled_once() {
        let (whole, got, hint) = replay(vec![data("ab"), data(""), data("c")], 3).await;
        assert_eq!((whole, got.as_str(), hint.exact()), (true, "abc", Some(3)));
        let (whole, got, hint) = replay(vec![], 3).await;
        assert_eq!((whole, got.as_str(), hint.exact()), (true, "", Some(0)));
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_goes_on_whole_and_counts_as_unknown() {
        let (whole, got, hint) = replay(vec![data("ab"), data("cd"), data("ef")], 3).await;
        assert_eq!((whole, got.as_str()), (false, "ab|cd|ef"));
        assert_eq!((hint.lower(), hint.upper()), (4, None));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_never_looks_whole() {
        let (whole, got, hint) = replay(vec![data("ab"), Err("broken")], 3).await;
        assert_eq!((whole, got.as_str()), (false, "ab|(broken)"));
        assert_eq!((hint.lower(), hint.upper()), (2, None));
    }

    #[tokio::test]
    async fn nothing_follows_trailers() {
        let frames = vec![data("ab"), Ok(Frame::trailers(HeaderMap::new())), data("unchecked")];
        let (whole, got, hint) = replay(frames, 99).await;
        assert_eq!((whole, got.as_str(), hint.exact()), (true, "ab|(trailers)", Some(2)));
    }

    #[tokio::test]
    async fn many_small_frames_take_the_memory_of_their_bytes() {
        let frames = (0..4096).map(|_| data("x")).collect::<Vec<_>>();
        let mut read = ReadBody::new(Frames(Some(frames.into())));
        assert!(matches!(poll_fn(|cx| read.poll_read(cx, 4096)).await, Progress::Whole));
        assert_eq!(read.content().len(), 4096);
        let mut body = Box::pin(BufferedBody::read(read));
        let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap().len(), 4096);
        assert!(body.is_end_stream());
    }
}
