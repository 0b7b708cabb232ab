//! What a peer is: a way to answer the questions, prepared as far as its documentation recommends.

use std::hint::black_box;

use crate::case::{Case, Question};

/// Something to be measured. It answers whether it succeeded: decoded, or found that the question
/// is allowed.
pub trait Work {
    fn once(&mut self) -> bool;
    fn repeat(&mut self, times: u64);
}

impl<F: FnMut() -> bool> Work for F {
    fn once(&mut self) -> bool {
        self()
    }

    // The loop is inside, so that calling through a pointer costs a fast peer nothing.
    fn repeat(&mut self, times: u64) {
        for _ in 0..times {
            black_box(self());
        }
    }
}

pub type Task<'a> = Option<Box<dyn Work + 'a>>;

/// A way to answer the questions. What a peer has no notion of stays `None`.
pub trait Peer: Sync {
    fn name(&self) -> &'static str;

    /// From the text of a token to its decoded form, which is dropped again.
    fn decode<'a>(&self, _case: &'a Case) -> Task<'a> {
        None
    }

    /// From the text of a token (or, for an engine without tokens, from decoded grants) to a
    /// verdict.
    fn cold<'a>(&self, _case: &'a Case, _question: &'a Question) -> Task<'a> {
        None
    }

    /// From a decoded token, or an engine loaded with its grants, to a verdict.
    fn warm<'a>(&self, _case: &'a Case, _question: &'a Question) -> Task<'a> {
        None
    }
}

/// Makes a task of a closure.
pub fn task<'a>(work: impl FnMut() -> bool + 'a) -> Task<'a> {
    Some(Box::new(work))
}
