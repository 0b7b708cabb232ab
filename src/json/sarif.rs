//! Findings of a lint in SARIF 2.1.0, for code scanning.

use alloc::format;
use alloc::string::{String, ToString};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::ser::{Error, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::audit::{Finding, FindingCode};
use crate::display::{Escaped, join};

/// The characters that are encoded in the path of a URI.
const NOT_IN_PATHS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Findings as a log of SARIF 2.1.0. The place in the token is the logical location, and the
/// token's file is the physical one.
///
/// ```
/// use pubnub_access::audit::lint;
/// use pubnub_access::json::Sarif;
/// use pubnub_access::mint::TestToken;
///
/// let token = TestToken::new(1_700_000_000, 15).to_text().parse()?;
/// let findings = lint(&token);
/// let log = serde_json::to_value(Sarif::new(&findings, Some("tokens/app.token"))).unwrap();
/// assert_eq!(log["runs"][0]["results"][0]["ruleId"], "no_authorized_user");
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Sarif<'a> {
    findings: &'a [Finding<'a>],
    file: &'a str,
}

impl<'a> Sarif<'a> {
    /// Creates the log of findings in a token's file. Without its path, a name stands for it.
    #[must_use]
    pub fn new(findings: &'a [Finding<'a>], file: Option<&'a str>) -> Self {
        Sarif { findings, file: file.unwrap_or("token") }
    }
}

impl Sarif<'_> {
    /// Returns the log as JSON. It is written by hand, since types for SARIF would be much code.
    pub(super) fn to_json(self) -> String {
        let file = self.file.replace('\\', "/");
        let uri = quoted(&utf8_percent_encode(&file, NOT_IN_PATHS).to_string());
        let rules = FindingCode::ALL.iter().map(|code| {
            let (meaning, level) = (quoted(code.meaning()), code.severity());
            format!(
                r#"{{"id":"{code}","shortDescription":{{"text":{meaning}}},"defaultConfiguration":{{"level":"{level}"}}}}"#
            )
        });
        let results = self.findings.iter().map(|finding| result(finding, &uri));
        format!(
            r#"{{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"pubnub-access","version":"{}","rules":[{}]}}}},"columnKind":"unicodeCodePoints","results":[{}]}}]}}"#,
            env!("CARGO_PKG_VERSION"),
            join(rules, ","),
            join(results, ","),
        )
    }
}

/// Returns a result. SARIF's three levels have the names of our severities; a token is one line.
fn result(finding: &Finding<'_>, uri: &str) -> String {
    let (code, level) = (finding.code(), finding.severity());
    let index = FindingCode::ALL.iter().take_while(|known| **known != code).count();
    let place = finding.location().to_string();
    let text = quoted(&[&place, ": ", finding.cost(), "; ", finding.advice()].concat());
    let name = finding.location().parts().last().map(|name| Escaped(name).to_string());
    let (name, place) = (quoted(&name.unwrap_or_default()), quoted(&place));
    format!(
        r#"{{"ruleId":"{code}","ruleIndex":{index},"level":"{level}","message":{{"text":{text}}},"locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":{uri}}},"region":{{"startLine":1}}}},"logicalLocations":[{{"name":{name},"fullyQualifiedName":{place}}}]}}]}}"#
    )
}

/// Returns a text as a JSON string.
fn quoted(text: &str) -> String {
    super::to_json(&text)
}

impl Serialize for Sarif<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_json()).map_err(S::Error::custom)?.serialize(serializer)
    }
}
