//! Findings of a lint in SARIF 2.1.0, for code scanning.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use crate::audit::{Finding, FindingCode, Severity};
use crate::display::Escaped;

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
/// let log = serde_json::to_value(Sarif { findings: &lint(&token), file: "tokens/app.token" }).unwrap();
/// assert_eq!(log["runs"][0]["results"][0]["ruleId"], "no_authorized_user");
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Sarif<'a> {
    /// The findings.
    pub findings: &'a [Finding<'a>],
    /// The path of the token's file, or a name that stands for it.
    pub file: &'a str,
}

impl Serialize for Sarif<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let file = self.file.replace('\\', "/");
        let uri = utf8_percent_encode(&file, NOT_IN_PATHS).to_string();
        let results = self.findings.iter().map(|finding| SarifResult::of(finding, &uri)).collect();
        let rules = FindingCode::ALL.iter().copied().map(Rule::of).collect();
        let driver = Driver { name: "pubnub-access", version: env!("CARGO_PKG_VERSION"), rules };
        let log = Log {
            schema: "https://json.schemastore.org/sarif-2.1.0.json",
            version: "2.1.0",
            runs: [Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results }],
        };
        log.serialize(serializer)
    }
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<SarifResult<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: FindingCode,
    short_description: Message,
    default_configuration: Configuration,
}

impl Rule {
    fn of(code: FindingCode) -> Self {
        Rule {
            id: code,
            short_description: Message { text: code.meaning().to_string() },
            default_configuration: Configuration { level: code.severity() },
        }
    }
}

/// SARIF's three levels have the names of our severities.
#[derive(Serialize)]
struct Configuration {
    level: Severity,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: FindingCode,
    rule_index: Option<usize>,
    level: Severity,
    message: Message,
    locations: [Place<'a>; 1],
}

impl<'a> SarifResult<'a> {
    fn of(finding: &Finding<'_>, uri: &'a str) -> Self {
        let code = finding.code();
        let place = finding.location();
        let mut text = place.to_string();
        for part in [": ", finding.cost(), "; ", finding.advice()] {
            text.push_str(part);
        }
        let name = place.parts().last().map(|name| Escaped(name).to_string());
        SarifResult {
            rule_id: code,
            rule_index: FindingCode::ALL.iter().position(|known| *known == code),
            level: finding.severity(),
            message: Message { text },
            locations: [Place {
                physical_location: PhysicalLocation {
                    artifact_location: Artifact { uri },
                    region: Region { start_line: 1 },
                },
                logical_locations: [LogicalLocation {
                    name: name.unwrap_or_default(),
                    fully_qualified_name: place.to_string(),
                }],
            }],
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place<'a> {
    physical_location: PhysicalLocation<'a>,
    logical_locations: [LogicalLocation; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation<'a> {
    artifact_location: Artifact<'a>,
    region: Region,
}

#[derive(Serialize)]
struct Artifact<'a> {
    uri: &'a str,
}

/// A token is one line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
}
