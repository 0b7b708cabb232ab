//! The findings of a lint, and all codes of findings.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::audit::{Finding, FindingCode, Severity, lint};

use super::error::QuestionError;
use super::members::Members;
use super::sarif::Sarif;
use super::to_json;

/// A code with its severity and meaning.
#[derive(Serialize)]
struct Code {
    code: FindingCode,
    severity: Severity,
    meaning: &'static str,
}

/// Returns the answer as JSON.
pub(super) fn answer(members: &Members<'_>) -> Result<String, QuestionError> {
    #[derive(Serialize)]
    struct Codes {
        codes: Vec<Code>,
    }
    #[derive(Serialize)]
    struct Findings<'a> {
        findings: &'a [Finding<'a>],
    }
    members.check_keys(&["command", "id", "token", "codes", "format", "file"])?;
    let format: Option<String> = members.optional("format", "json or sarif")?;
    let as_sarif = match format.as_deref() {
        None | Some("json") => false,
        Some("sarif") => true,
        Some(_) => return Err(QuestionError::invalid_field("`format` must be json or sarif")),
    };
    let codes = members.flag("codes")?;
    if codes && members.present("token").is_some() {
        let error = "`codes` looks at no token: leave out one of both";
        return Err(QuestionError::invalid_field(error));
    }
    let token = if codes { None } else { Some(members.required_token("token")?) };
    let findings = token.as_ref().map(lint).unwrap_or_default();
    if as_sarif {
        let file: Option<String> = members.optional("file", "a string")?;
        return Ok(Sarif::new(&findings, file.as_deref()).to_json());
    }
    Ok(if codes {
        let code = |code: &FindingCode| Code {
            code: *code,
            severity: code.severity(),
            meaning: code.meaning(),
        };
        to_json(&Codes { codes: FindingCode::ALL.iter().map(code).collect() })
    } else {
        to_json(&Findings { findings: &findings })
    })
}
