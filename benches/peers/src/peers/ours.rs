//! The library. It checks the token's form strictly, time, user, and the grant in all 12 readings;
//! no signature.

use std::hint::black_box;

use pubnub_access::{Operation, Policy, PreparedToken, Request, UnverifiedToken, evaluate};

use crate::case::{Case, NOW, Question, USER};
use crate::peer::{Peer, Task, task};

const POLICY: Policy<'static> = Policy::new();

fn request(question: &Question) -> Request<'_> {
    let request = Request::builder(Operation::Subscribe).channel(&question.channel).user_id(USER);
    request.build().expect("a request that can be asked")
}

fn token(case: &Case) -> UnverifiedToken {
    UnverifiedToken::parse(&case.text).expect("a token")
}

pub struct Ours;

impl Peer for Ours {
    fn name(&self) -> &'static str {
        super::OURS
    }

    fn decode<'a>(&self, case: &'a Case) -> Task<'a> {
        task(|| black_box(UnverifiedToken::parse(black_box(&case.text))).is_ok())
    }

    fn cold<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        task(|| {
            let token = UnverifiedToken::parse(black_box(&case.text)).expect("a token");
            evaluate(&token, &request(black_box(question)), black_box(NOW), &POLICY).is_allowed()
        })
    }

    fn warm<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let (token, request) = (token(case), request(question));
        task(move || {
            evaluate(black_box(&token), black_box(&request), black_box(NOW), &POLICY).is_allowed()
        })
    }
}

/// The same, with a request that is built for each question.
pub struct PerQuestion;

impl Peer for PerQuestion {
    fn name(&self) -> &'static str {
        super::BUILDING
    }

    fn warm<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let token = token(case);
        task(move || {
            evaluate(black_box(&token), &request(black_box(question)), black_box(NOW), &POLICY)
                .is_allowed()
        })
    }
}

/// A token whose patterns are compiled once, for many questions.
pub struct Prepared;

impl Peer for Prepared {
    fn name(&self) -> &'static str {
        super::PREPARED
    }

    fn warm<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let (token, request) = (PreparedToken::new(token(case)), request(question));
        task(move || {
            black_box(&token).evaluate(black_box(&request), black_box(NOW), &POLICY).is_allowed()
        })
    }
}
