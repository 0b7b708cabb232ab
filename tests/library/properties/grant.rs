//! Bodies of grants and of errors.

use pubnub_access::grant::{self, ApiError, GrantRequest};
use pubnub_access::{Limits, UnverifiedToken};

use super::is_printable;

pub fn holds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match GrantRequest::from_json(text) {
        Ok(request) => request_holds(&request),
        Err(error) => {
            assert!(error.problems().iter().any(grant::Problem::is_error));
            error.problems().iter().for_each(|problem| is_printable(&problem.to_string()));
        }
    }
    if let Ok(error) = ApiError::from_json(text) {
        is_printable(&error.to_string());
        assert!(error.details().len() <= text.len() && error.channels().len() <= text.len());
        let _ = error.meaning();
    }
}

/// A request survives JSON. One without errors gives a token of the computed length, and survives
/// the way through it.
fn request_holds(request: &GrantRequest) {
    assert_eq!(GrantRequest::from_json(&request.to_json()).as_ref(), Ok(request));
    let problems = request.validate();
    problems.iter().for_each(|problem| is_printable(&problem.to_string()));
    let text = request.to_test_token(1_700_000_000).to_text();
    assert_eq!(request.token_len(), text.len(), "{request:?}");
    if problems.iter().any(grant::Problem::is_error) {
        return;
    }
    let token =
        UnverifiedToken::parse_with(&text, Limits::new().max_nesting(Limits::GREATEST_NESTING));
    let token = token.expect("what is granted decodes");
    assert_eq!(token.ttl_minutes(), request.ttl_minutes());
    assert_eq!(token.authorized_user(), request.authorized_user());
    let granted = |count: usize, tables: pubnub_access::token::Grants<'_>| {
        assert_eq!(count, tables.iter().map(|(_, table)| table.len()).sum::<usize>());
    };
    granted(request.resources().count(), token.resources());
    granted(request.patterns().count(), token.patterns());
    request
        .resources()
        .for_each(|(kind, name, set)| assert_eq!(token.resources().of(kind).get(name), Some(set)));
    request
        .patterns()
        .for_each(|(kind, text, set)| assert_eq!(token.patterns().of(kind).get(text), Some(set)));
}
