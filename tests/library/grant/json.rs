//! Bodies of grants and of errors: the cases of `testdata/grants`, and random texts.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use pubnub_access::grant::{self, ApiError, GrantRequest};

/// A case of a file: a name, a text, and the expected lines.
struct Case {
    name: String,
    text: String,
    expected: Vec<String>,
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/grants").join(file);
    let content = std::fs::read_to_string(path).unwrap();
    let mut cases: Vec<Case> = Vec::new();
    for line in content.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with("y_") || line.starts_with("n_") {
            assert!(cases.iter().all(|case| case.name != line), "{file}: {line} stands twice");
            cases.push(Case { name: line.to_owned(), text: String::new(), expected: Vec::new() });
            continue;
        }
        let case = cases.last_mut().unwrap();
        match line.strip_prefix('>') {
            Some(text) => case.text.push_str(text.strip_prefix(' ').unwrap_or(text)),
            None => case.expected.push(line.to_owned()),
        }
    }
    cases
}

fn shown(problem: &grant::Problem) -> String {
    format!("{} {} {problem}", problem.severity(), problem.code())
}

#[test]
fn every_body_has_the_listed_problems() {
    for case in cases("bodies.txt") {
        let (request, problems) = match GrantRequest::from_json(&case.text) {
            Ok(request) => (Some(request.clone()), request.validate()),
            Err(error) => (None, error.problems().to_vec()),
        };
        assert_eq!(problems.iter().map(shown).collect::<Vec<_>>(), case.expected, "{}", case.name);
        assert_eq!(
            case.name.starts_with("n_"),
            problems.iter().any(grant::Problem::is_error),
            "{}",
            case.name
        );
        if let Some(request) = request {
            let body = request.to_json();
            assert_eq!(GrantRequest::from_json(&body).as_ref(), Ok(&request), "{}", case.name);
        }
    }
}

#[test]
fn the_cases_have_every_problem_that_a_body_can_have() {
    let lines = cases("bodies.txt").into_iter().flat_map(|case| case.expected);
    let codes: BTreeSet<String> =
        lines.map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
    let expected = [
        "capturing_group",
        "category_not_get",
        "comma_in_name",
        "control_in_name",
        "duplicate_member",
        "empty_name",
        "empty_pattern",
        "invalid_pattern",
        "invalid_projections",
        "malformed_json",
        "mask_out_of_range",
        "missing_member",
        "nested_meta",
        "nothing_granted",
        "permissions_by_name",
        "ttl_out_of_range",
        "unchecked_pattern",
        "unknown_category",
        "unknown_member",
        "unknown_permission",
        "wrong_type",
        "zero_mask",
    ];
    assert_eq!(codes.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// All content of an error, in the notation of the file.
fn content(error: &ApiError) -> Vec<String> {
    let mut lines = vec![format!("{:?}: {error}", error.meaning())];
    lines.extend(error.origin().map(|origin| format!("source {origin}")));
    lines.extend(error.service().map(|service| format!("service {service}")));
    for detail in error.details() {
        let (location, kind) =
            (detail.location().unwrap_or("-"), detail.location_type().unwrap_or("-"));
        lines.push(format!("detail {location} {kind}"));
    }
    lines.extend(error.channels().iter().map(|name| format!("channel {name}")));
    lines.extend(error.groups().iter().map(|name| format!("group {name}")));
    lines
}

#[test]
fn every_error_body_is_read_or_refused() {
    for case in cases("errors.txt") {
        let lines = match ApiError::from_json(&case.text) {
            Ok(error) => {
                assert!(case.name.starts_with("y_"), "{}", case.name);
                content(&error)
            }
            Err(error) => {
                assert!(case.name.starts_with("n_"), "{}", case.name);
                vec![error.to_string()]
            }
        };
        assert_eq!(lines, case.expected, "{}", case.name);
    }
}

#[test]
fn the_parts_of_an_error_are_as_they_are_in_the_body() {
    let body = r#"{"error":{"message":"M","source":"s","details":[{"message":"d"}]},"service":"S","status":400}"#;
    let error = ApiError::from_json(body).unwrap();
    assert_eq!(
        (error.status(), error.message(), error.details()[0].message()),
        (Some(400), "M", "d")
    );
    let body = r#"{"error":true,"message":"M","status":-1}"#;
    assert_eq!(ApiError::from_json(body).unwrap().status(), None);
}

#[test]
fn text_that_is_too_long_or_too_deep_is_refused() {
    let long = format!("\"{}\"", "x".repeat(256 * 1024 - 2));
    assert!(grant::Meta::from_json(&long).is_ok());
    let error = grant::Meta::from_json(&(long + " ")).unwrap_err();
    assert_eq!(error.problems()[0].code(), "text_too_long");
    assert_eq!(error.to_string(), "the JSON has 262145 bytes, more than the limit of 262144");

    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(grant::Meta::from_json(&nested(127)).is_ok());
    for levels in [128, 100_000] {
        let error = grant::Meta::from_json(&nested(levels)).unwrap_err();
        assert_eq!(error.to_string(), "not valid JSON, or nested too deeply (line 1, column 128)");
        let body = format!(r#"{{"error":{}}}"#, nested(levels));
        assert_eq!(
            ApiError::from_json(&body).unwrap_err().to_string(),
            "the body is not JSON that can be read"
        );
    }
    assert_eq!(
        grant::Meta::from_json(r#"{"a":1,"a":1}"#).unwrap_err().to_string(),
        "an object has this member twice"
    );
}

/// Texts that resemble bodies: pieces of bodies in any order.
fn pieces() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"ttl\"",
        "\"permissions\"",
        "\"resources\"",
        "\"channels\"",
        "\"uuids\"",
        "\"a\"",
        "\"meta\"",
        "\"error\"",
        "\"message\"",
        "\"details\"",
        "\"payload\"",
        "true",
        "null",
        "1",
        "-1",
        "1e999",
        "300",
        "\"(\"",
        "\"\\ud800\"",
        "\u{fffd}",
        " ",
    ];
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_read_or_refused(text in prop_oneof![pieces(), any::<String>()]) {
        match GrantRequest::from_json(&text) {
            Ok(request) => drop(request.validate()),
            Err(error) => {
                prop_assert!(error.problems().iter().any(grant::Problem::is_error));
                prop_assert!(!error.to_string().is_empty());
            }
        }
        if let Ok(error) = ApiError::from_json(&text) {
            let _ = (error.meaning(), error.to_string());
        }
    }

    #[test]
    fn a_body_with_a_piece_cut_out_is_read_or_refused(from in 0_usize..330, len in 0_usize..40) {
        let body = cases("bodies.txt").swap_remove(1).text;
        let cut = [&body[..from.min(body.len())], &body[(from + len).min(body.len())..]].concat();
        if let Ok(request) = GrantRequest::from_json(&cut) {
            prop_assert_eq!(GrantRequest::from_json(&request.to_json()), Ok(request));
        }
    }
}
