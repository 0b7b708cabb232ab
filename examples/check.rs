//! Asks whether Alice may do something, and prints the verdict, the reasons and what to do.
//!
//! ```sh
//! cargo run --example check < testdata/sample.token
//! ```

use std::error::Error;

use pubnub_access::{Doubt, Operation, Policy, Request, UnverifiedToken, Verdict};

/// Decides about one channel and says what a gateway would do.
fn check(
    token: &UnverifiedToken,
    operation: Operation,
    channel: &str,
    policy: &Policy<'_>,
) -> Result<String, Box<dyn Error>> {
    let request = Request::builder(operation).channel(channel).user_id("alice").build()?;
    // A program takes the time from its clock.
    let now = token.issued_at() + 60;
    // `evaluate` returns the same verdict without reasons, and costs less.
    let explanation = token.explain(&request, now, policy);
    Ok(match explanation.verdict() {
        Verdict::Allow => format!("forward: {}", explanation.summary()),
        Verdict::Deny => format!("answer 403: {}", explanation.summary()),
        Verdict::Indeterminate => format!("let the service decide: {}", explanation.summary()),
    })
}

fn answers(text: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let token = UnverifiedToken::parse(text.trim())?;
    let policy = Policy::new();
    // A program that enforces permissions itself, without the service, refuses what is in doubt.
    let strict = Policy::new().doubt(Doubt::Refused);
    Ok(vec![
        check(&token, Operation::Publish, "room-1", &policy)?,
        check(&token, Operation::Publish, "room-2", &policy)?,
        check(&token, Operation::FetchMessages, "room-2", &policy)?,
        check(&token, Operation::Fire, "room-2", &policy)?,
        check(&token, Operation::Fire, "room-2", &strict)?,
    ])
}

fn main() -> Result<(), Box<dyn Error>> {
    for answer in answers(&std::io::read_to_string(std::io::stdin())?)? {
        println!("{answer}");
    }
    Ok(())
}

#[test]
fn each_verdict_comes_with_its_reason() {
    let answers = answers(include_str!("../testdata/sample.token")).unwrap();
    assert_eq!(
        answers,
        [
            "forward: channel room-1 grants read and write",
            "answer 403: publish needs write on channel room-2, which is not granted",
            "forward: pattern ^room-[0-9]+$ grants read on channel room-2",
            "let the service decide: fire needs write on channel room-2: \
             this requirement is inferred, not documented",
            "answer 403: fire needs write on channel room-2, which is not granted",
        ]
    );
}
