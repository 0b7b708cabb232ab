//! The upstream's answers: compared with the decisions, counted, and recorded for `pubnub-access
//! learn`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::request::Parts;
use http::{StatusCode, header};
use http_body_util::{BodyExt, Either, Full, Limited};
use pubnub_access::Verdict;
use pubnub_access::gateway::Outcome;
use pubnub_access::learn::ServiceAnswer;

use crate::memory::Held;
use crate::metrics::{AnswerLabels, Metrics};
use crate::notes::{Note, Notes};
use crate::proxy::Answer;
use crate::rules::{Decision, unix_time};

/// The longest refusal whose message is read, in bytes.
const MAX_REFUSAL: usize = 16 * 1024;

const MINUTE: Duration = Duration::from_secs(60);

/// Kinds of answers. Each is sampled separately.
type Kind = (&'static str, &'static str, u16);

/// Observes the upstream's answers.
#[derive(Clone)]
pub struct Observer {
    metrics: Metrics,
    learning: Option<Arc<Learning>>,
}

struct Learning {
    notes: Notes,
    rate: u32,
    sampled: Mutex<(Option<Instant>, HashMap<Kind, u32>)>,
}

/// A request that waits for its answer.
pub struct Question {
    verdict: Verdict,
    operation: &'static str,
    note: Option<Note>,
}

impl Observer {
    pub fn new(metrics: Metrics, notes: Option<(Notes, u32)>) -> Self {
        let learning = notes
            .map(|(notes, rate)| Arc::new(Learning { notes, rate, sampled: Mutex::default() }));
        Observer { metrics, learning }
    }

    /// Keeps the needed parts of a request before it is forwarded.
    pub fn question(&self, parts: &Parts, body: &Held, decision: &Decision) -> Option<Question> {
        let outcome = decision.outcome.as_ref()?;
        let learns = self.learning.is_some() && decides_by_token(outcome);
        Some(Question {
            verdict: outcome.verdict(),
            operation: decision.operation(),
            note: learns.then(|| Note {
                method: parts.method.clone(),
                uri: parts.uri.clone(),
                body: body.content().clone(),
                at: unix_time(),
            }),
        })
    }

    /// Counts an answer, and records it if it says something about permissions.
    pub async fn observe(&self, question: Option<Question>, answer: Answer) -> Answer {
        let Some(Question { verdict, operation, note }) = question else { return answer };
        let status = answer.status();
        let (name, agreement) = match (ServiceAnswer::from_status(status.as_u16()), verdict) {
            (None, _) => ("other", "undecided"),
            (Some(answer), Verdict::Indeterminate) => (answer.name(), "undecided"),
            (Some(ServiceAnswer::Accepted), Verdict::Allow) => ("accepted", "agrees"),
            (Some(ServiceAnswer::Forbidden), Verdict::Deny) => ("forbidden", "agrees"),
            (Some(answer), _) => (answer.name(), "disagrees"),
        };
        let verdict = verdict.name();
        self.metrics.answered(&AnswerLabels { operation, verdict, answer: name, agreement });
        let (Some(note), Some(learning), true) = (note, &self.learning, name != "other") else {
            return answer;
        };
        if !learning.samples((operation, verdict, status.as_u16())) {
            self.metrics.observed("not_sampled");
            return answer;
        }
        let (says_something, answer) = is_about_permissions(answer).await;
        if !says_something {
            self.metrics.observed("another_refusal");
        } else if !learning.notes.take(note, status.as_u16()) {
            self.metrics.observed("dropped");
        }
        answer
    }
}

impl Learning {
    /// Reports whether another answer of this kind should be recorded in this minute.
    fn samples(&self, kind: Kind) -> bool {
        let mut sampled = self.sampled.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, counts) = &mut *sampled;
        if start.is_none_or(|start| start.elapsed() >= MINUTE) {
            *start = Some(Instant::now());
            counts.clear();
        }
        let count = counts.entry(kind).or_default();
        *count = count.saturating_add(1);
        *count <= self.rate
    }
}

/// Reports whether the grants of a token decided, or would have.
fn decides_by_token(outcome: &Outcome) -> bool {
    matches!(
        outcome.reason().code(),
        "token_allows" | "token_denies" | "token_in_doubt" | "requirement_unknown"
    )
}

/// Reports whether an answer is about permissions. The message of a 403 shows it.
async fn is_about_permissions(answer: Answer) -> (bool, Answer) {
    if answer.status() != StatusCode::FORBIDDEN {
        return (true, answer);
    }
    let length = answer.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let is_short = length
        .and_then(|length| length.parse::<usize>().ok())
        .is_some_and(|length| length <= MAX_REFUSAL);
    if !is_short {
        return (false, answer);
    }
    let (parts, body) = answer.into_parts();
    let read = Limited::new(body, MAX_REFUSAL).collect().await;
    let text = read.map(|read| read.to_bytes()).unwrap_or_default();
    let is_forbidden = is_forbidden(&text);
    (is_forbidden, Answer::from_parts(parts, Either::Right(Full::from(text))))
}

fn is_forbidden(text: &Bytes) -> bool {
    serde_json::from_slice::<serde_json::Value>(text)
        .is_ok_and(|answer| answer.get("message").is_some_and(|message| message == "Forbidden"))
}
