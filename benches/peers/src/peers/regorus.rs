//! Rego: one policy for all tokens, compiled once to a program of the crate's virtual machine, with
//! a token's grants as its data. It checks time, user and grant; it has no tokens, so cold starts
//! from decoded grants.

use std::hint::black_box;
use std::sync::Arc;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use regorus::rvm::program::Program;
use regorus::{Engine, Value, cache};

use crate::case::{Case, EXPIRY, NOW, Question, USER};
use crate::peer::{Peer, Task, task};

const RULE: &str = "data.access.allow";

const POLICY: &str = "package access
import rego.v1

default allow := false

allow if {
    data.uuid == input.user
    input.now < data.exp
    granted
}

granted if bits.and(data.res[input.channel], 1) == 1

granted if {
    some pattern, mask in data.pat
    bits.and(mask, 1) == 1
    regex.match(pattern, input.channel)
}";

fn program() -> Arc<Program> {
    let mut engine = Engine::new();
    engine.add_policy("access.rego".to_owned(), POLICY.to_owned()).expect("a policy");
    let policy = engine.compile_with_entrypoint(&RULE.into()).expect("a policy that compiles");
    Compiler::compile_from_policy(&policy, &[RULE]).expect("a program")
}

fn object<K: Into<Value>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Value {
    let mut object = Value::new_object();
    let map = object.as_object_mut().expect("an object");
    for (key, value) in pairs {
        map.insert(key.into(), value);
    }
    object
}

/// A token's grants.
fn data(case: &Case) -> Value {
    let channels = object(
        case.channels.iter().map(|(name, mask)| (name.as_str(), Value::from(u64::from(*mask)))),
    );
    let patterns =
        case.patterns.iter().map(|pattern| (pattern.regex, Value::from(u64::from(pattern.mask))));
    object([
        ("uuid", USER.into()),
        ("exp", EXPIRY.into()),
        ("res", channels),
        ("pat", object(patterns)),
    ])
}

fn input(question: &Question) -> Value {
    object([
        ("user", USER.into()),
        ("now", black_box(NOW).into()),
        ("channel", question.channel.as_str().into()),
    ])
}

fn is_allowed(machine: &mut RegoVM, input: Value) -> bool {
    machine.set_input(input);
    machine.execute().expect("an answer") == Value::from(true)
}

pub struct Regorus;

impl Peer for Regorus {
    fn name(&self) -> &'static str {
        "regorus"
    }

    fn cold<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let mut machine = RegoVM::new();
        machine.load_program(program());
        task(move || {
            // All machines of a process share a cache of compiled patterns. It is cleared, since a
            // new token has new patterns.
            cache::clear();
            machine.set_data(data(black_box(case))).expect("data");
            is_allowed(&mut machine, input(black_box(question)))
        })
    }

    fn warm<'a>(&self, case: &'a Case, question: &'a Question) -> Task<'a> {
        let mut machine = RegoVM::new();
        machine.load_program(program());
        machine.set_data(data(case)).expect("data");
        let input = input(question);
        task(move || is_allowed(&mut machine, black_box(&input).clone()))
    }
}
