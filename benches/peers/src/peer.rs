//! The traits of peers: ways to answer the questions, prepared as their documentation recommends.

use std::hint::black_box;

use crate::case::{Case, Question};

/// Work to measure. Returns true if it decoded the token, or found the question allowed.
pub trait Work {
    fn once(&mut self) -> bool;
    fn repeat(&mut self, times: u64);
}

impl<F: FnMut() -> bool> Work for F {
    fn once(&mut self) -> bool {
        self()
    }

    // The loop is inside, so that a fast peer does not pay for calls through a pointer.
    fn repeat(&mut self, times: u64) {
        for _ in 0..times {
            black_box(self());
        }
    }
}

pub type Task<'a> = Option<Box<dyn Work + 'a>>;

/// A way to answer the questions. Stages that a peer does not have are `None`.
pub trait Peer: Sync {
    fn name(&self) -> &'static str;

    /// Decodes the text of a token, and drops the result.
    fn decode<'a>(&self, _case: &'a Case) -> Task<'a> {
        None
    }

    /// Decides from the text of a token or, for an engine without tokens, from decoded grants.
    fn cold<'a>(&self, _case: &'a Case, _question: &'a Question) -> Task<'a> {
        None
    }

    /// Decides with a decoded token, or with an engine that has loaded its grants.
    fn warm<'a>(&self, _case: &'a Case, _question: &'a Question) -> Task<'a> {
        None
    }
}

/// Makes a task of a closure.
pub fn task<'a>(work: impl FnMut() -> bool + 'a) -> Task<'a> {
    Some(Box::new(work))
}
