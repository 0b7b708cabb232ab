//! The body of an answer: the service's or a rejection's.

use crate::arithmetic::as_u64;

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of an answer of a [`PrecheckService`](crate::gateway::PrecheckService).
    #[derive(Debug)]
    pub struct ResponseBody<R> {
        #[pin]
        state: ResponseState<R>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = Projected]
    enum ResponseState<R> {
        Forwarded { #[pin] body: R },
        Rejected { body: Bytes },
    }
}

impl<R> ResponseBody<R> {
    pub(super) fn forwarded(body: R) -> Self {
        ResponseBody { state: ResponseState::Forwarded { body } }
    }

    pub(super) fn rejected(body: String) -> Self {
        ResponseBody { state: ResponseState::Rejected { body: Bytes::from(body) } }
    }
}

impl<R: Body<Data = Bytes>> Body for ResponseBody<R> {
    type Data = Bytes;
    type Error = R::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, R::Error>>> {
        match self.project().state.project() {
            Projected::Forwarded { body } => body.poll_frame(cx),
            Projected::Rejected { body } if body.is_empty() => Poll::Ready(None),
            Projected::Rejected { body } => {
                Poll::Ready(Some(Ok(Frame::data(core::mem::take(body)))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            ResponseState::Forwarded { body } => body.is_end_stream(),
            ResponseState::Rejected { body } => body.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            ResponseState::Forwarded { body } => body.size_hint(),
            ResponseState::Rejected { body } => SizeHint::with_exact(as_u64(body.len())),
        }
    }
}
