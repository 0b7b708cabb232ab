//! A request's body of which a part was read already, and which goes on whole.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a request behind a [`PrecheckLayer`](crate::PrecheckLayer): as it came in, what was read of it for the
    /// check included.
    pub struct ReplayBody<B: Body> {
        #[pin]
        state: State<B>,
    }
}

pin_project! {
    #[project = Projected]
    enum State<B: Body> {
        Untouched { #[pin] body: B },
        Read { read: ReadBody<B> },
    }
}

/// What asking a body for its next frame gives.
type NextFrame<B> = Poll<Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>>;

/// A body that is being read.
pub(super) struct ReadBody<B: Body> {
    frames: VecDeque<Frame<B::Data>>,
    /// With what reading ended, if it did so before the body's end.
    error: Option<B::Error>,
    /// What was not read yet; nothing once the end was, since a body need not bear being asked again.
    rest: Option<Pin<Box<B>>>,
}

/// How far reading came.
pub(super) enum Progress {
    /// That is the whole body.
    Whole,
    /// The body is longer than the limit, or broke off: nobody should judge by the part that was read.
    Unknown,
}

impl<B: Body> ReadBody<B> {
    pub(super) fn new(body: B) -> Self {
        ReadBody { frames: VecDeque::new(), error: None, rest: Some(Box::pin(body)) }
    }

    /// The next frame of what was not read yet.
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> NextFrame<B> {
        let Some(rest) = &mut self.rest else { return Poll::Ready(None) };
        let frame = ready!(rest.as_mut().poll_frame(cx));
        if frame.is_none() {
            self.rest = None;
        }
        Poll::Ready(frame)
    }

    /// Reads up to the end, `limit` bytes or an error. `content` has what was read before.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, content: &mut Vec<u8>, limit: usize) -> Poll<Progress> {
        loop {
            match ready!(self.poll_rest(cx)) {
                None => return Poll::Ready(Progress::Whole),
                Some(Err(error)) => {
                    self.error = Some(error);
                    return Poll::Ready(Progress::Unknown);
                }
                Some(Ok(frame)) => {
                    let fits = frame.data_ref().is_none_or(|data| copy(data, content, limit));
                    self.frames.push_back(frame);
                    if !fits {
                        return Poll::Ready(Progress::Unknown);
                    }
                }
            }
        }
    }
}

/// Copies data and leaves it as it is, to be sent on; unless the content would be longer than the limit then, or the data
/// is in more pieces than anybody cuts a small body into.
fn copy(data: &impl Buf, content: &mut Vec<u8>, limit: usize) -> bool {
    if data.remaining() > limit.saturating_sub(content.len()) {
        return false;
    }
    let mut pieces = [IoSlice::new(&[]); 16];
    let count = data.chunks_vectored(&mut pieces);
    let before = content.len();
    pieces.iter().take(count).for_each(|piece| content.extend_from_slice(piece));
    content.len().saturating_sub(before) == data.remaining()
}

impl<B: Body> ReplayBody<B> {
    pub(super) fn untouched(body: B) -> Self {
        ReplayBody { state: State::Untouched { body } }
    }

    pub(super) fn read(read: ReadBody<B>) -> Self {
        ReplayBody { state: State::Read { read } }
    }
}

impl<B: Body> Body for ReplayBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> NextFrame<B> {
        match self.project().state.project() {
            Projected::Untouched { body } => body.poll_frame(cx),
            Projected::Read { read } => match (read.frames.pop_front(), read.error.take()) {
                (Some(frame), error) => {
                    read.error = error;
                    Poll::Ready(Some(Ok(frame)))
                }
                (None, Some(error)) => Poll::Ready(Some(Err(error))),
                (None, None) => read.poll_rest(cx),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            State::Untouched { body } => body.is_end_stream(),
            State::Read { read } => {
                let ended = read.rest.as_ref().is_none_or(|rest| rest.is_end_stream());
                read.frames.is_empty() && read.error.is_none() && ended
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Untouched { body } => body.size_hint(),
            State::Read { read } => {
                let data = read.frames.iter().filter_map(Frame::data_ref);
                let ahead = data
                    .fold(0, |sum: u64, data| sum.saturating_add(u64::try_from(data.remaining()).unwrap_or(u64::MAX)));
                let rest = read.rest.as_ref().map_or(SizeHint::with_exact(0), |rest| rest.size_hint());
                let mut hint = SizeHint::new();
                hint.set_lower(rest.lower().saturating_add(ahead));
                if let Some(upper) = rest.upper() {
                    hint.set_upper(upper.saturating_add(ahead));
                }
                hint
            }
        }
    }
}

impl<B: Body> core::fmt::Debug for ReplayBody<B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ReplayBody").finish_non_exhaustive()
    }
}
