//! Casbin: a line of policy for each grant, one enforcer for all tokens. It checks user and grant;
//! it knows no time, which is compared beside it. It has no tokens, so cold starts from decoded
//! grants, and its `regexMatch` compiles the pattern at each use.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter};

use crate::case::{Case, EXPIRY, NOW, Question, READ, USER};
use crate::peer::{Peer, Task, task};

/// Compares first what differs from line to line.
const MODEL: &str = r#"
[request_definition]
r = sub, obj, act

[policy_definition]
p = sub, kind, obj, act

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = (r.obj == p.obj || p.kind == "pattern" && regexMatch(r.obj, p.obj)) && \
    (p.act == r.act || p.act == "rw") && r.sub == p.sub
"#;

/// Runs a future that is ready at once, since the storage is memory.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("there is nothing to wait for"),
    }
}

fn enforcer() -> Enforcer {
    let model = ready(DefaultModel::from_str(MODEL)).expect("a model");
    ready(Enforcer::new(model, MemoryAdapter::default())).expect("an enforcer")
}

/// Replaces the policy by a token's grants.
fn load(enforcer: &mut Enforcer, case: &Case) {
    let actions = |mask: u8| if mask == READ { "r" } else { "rw" };
    let line = |kind: &str, name: &str, mask| {
        [USER, kind, name, actions(mask)].map(str::to_owned).to_vec()
    };
    let explicit = case.channels.iter().map(|(name, mask)| line("explicit", name, *mask));
    let patterns = case.patterns.iter().map(|pattern| line("pattern", pattern.regex, pattern.mask));
    let model = enforcer.get_mut_model();
    model.clear_policy();
    assert!(
        model.add_policies("p", "p", explicit.chain(patterns).collect()),
        "no line stands twice"
    );
}

fn is_allowed(enforcer: &Enforcer, channel: &str) -> bool {
    black_box(NOW) < EXPIRY && enforcer.enforce((USER, channel, "r")).expect("an answer")
}

pub struct Casbin;

impl Peer for Casbin {
    fn name(&self) -> &'static str {
        "casbin"
    }

    fn cold<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let mut enforcer = enforcer();
        task(move || {
            load(&mut enforcer, black_box(case));
            is_allowed(&enforcer, black_box(&question.channel))
        })
    }

    fn warm<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let mut enforcer = enforcer();
        load(&mut enforcer, case);
        task(move || is_allowed(&enforcer, black_box(&question.channel)))
    }
}
