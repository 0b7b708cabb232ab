//! `lint`: its output, and the exit statuses for use in CI.

use pubnub_access::UnverifiedToken;
use pubnub_access::audit::{FindingCode, lint};
use pubnub_access::mint::TestToken;
use serde_json::Value;

use crate::support::{ISSUED, assert_error, mask, run, run_with_input, run_with_variable, sample};

fn doubtful() -> TestToken {
    TestToken::new(ISSUED, 5)
        .authorized_user("alice")
        .channel_pattern("^room", mask(1))
        .channel("a", mask(0))
}

#[test]
fn the_text_has_the_cost_and_the_advice_of_each_finding() {
    let expected = "\
note: ttl [ttl_short]
  valid for 5 minutes: the holder must ask for new tokens all the time
  instead: write a ttl of 10 to 60 minutes and ask for a new token in time

error: resources.channels.a [no_permissions]
  grants nothing: the service refuses such a token
  instead: leave it out, or grant a permission

warning: patterns.channels.^room [half_anchored_pattern]
  is not anchored at the end, so it matches parts of names: rooma is granted too
  instead: write ^room$, or ^room.*$ for every name that begins so

1 error, 1 warning, 1 note
";
    let output = run_with_input(&["lint", "-"], doubtful().to_text());
    assert_eq!((output.stdout.as_str(), output.stderr.as_str(), output.status), (expected, "", 1));
}

#[test]
fn a_token_without_findings_is_reported_as_success() {
    let good = TestToken::new(ISSUED, 15).authorized_user("alice").channel("a", mask(3));
    let output = run(&["lint", &good.to_text()]);
    assert_eq!((output.stdout.as_str(), output.status), ("nothing found\n", 0));
    let output = run_with_variable(&["lint", "--format", "json"], "PUBNUB_TOKEN", &good.to_text());
    assert_eq!((output.stdout.as_str(), output.status), ("{\"findings\":[]}\n", 0));
}

#[test]
fn the_exit_status_is_that_of_the_severity_asked_for() {
    let note = TestToken::new(ISSUED, 5).authorized_user("alice");
    let warning = TestToken::new(ISSUED, 15);
    let error = TestToken::new(ISSUED, 0).authorized_user("alice");
    for (token, statuses) in [(note, [1, 0, 0]), (warning, [1, 1, 0]), (error, [1, 1, 1])] {
        for (deny, status) in ["notes", "warnings", "errors"].into_iter().zip(statuses) {
            assert_eq!(run(&["lint", &token.to_text(), "--deny", deny]).status, status, "{deny}");
        }
        assert_eq!(run(&["lint", &token.to_text()]).status, statuses[1]);
    }
    // Findings that `--allow` names are shown, but do not affect the exit status.
    let two = TestToken::new(ISSUED, 15).channel_pattern("^room", mask(1)).to_text();
    for (allowed, status) in [
        (&["no_authorized_user"][..], 1),
        (&["half_anchored_pattern"], 1),
        (&["no_authorized_user", "half_anchored_pattern"], 0),
    ] {
        let flags = allowed.iter().flat_map(|code| ["--allow", code]);
        let output = run(&["lint", &two].into_iter().chain(flags).collect::<Vec<_>>());
        assert_eq!(output.status, status, "{allowed:?}");
        assert!(output.stdout.ends_with("\n0 errors, 2 warnings, 0 notes\n"), "{}", output.stdout);
    }
    let output = run(&["lint", &two, "--allow", "ttl"]);
    assert!(
        output.status == 2 && output.stderr.contains("unknown finding code, expected one of "),
        "{}",
        output.stderr
    );
    assert_eq!(run(&["lint", &sample().to_text(), "--deny", "all"]).status, 2);
    assert_error(
        &run(&["lint"]),
        "no token: give it as an argument, as a file, as - for standard input, or in the variable PUBNUB_TOKEN",
    );
}

#[test]
fn json_is_that_of_the_library() {
    let text = doubtful().to_text();
    let output = run(&["lint", &text, "--format", "json"]);
    let token = UnverifiedToken::parse(&text).unwrap();
    let findings = serde_json::to_string(&lint(&token)).unwrap();
    assert_eq!(output.stdout, format!("{{\"findings\":{findings}}}\n"));
    let first = concat!(
        r#"{"findings":[{"code":"ttl_short","severity":"note","path":"ttl","path_parts":["ttl"],"#,
        r#""cost":"valid for 5 minutes: the holder must ask for new tokens all the time","#,
        r#""advice":"write a ttl of 10 to 60 minutes and ask for a new token in time"},"#,
    );
    assert!(output.stdout.starts_with(first), "{}", output.stdout);
    let pattern =
        r#""path":"patterns.channels.^room","path_parts":["patterns","channels","^room"],"#;
    assert!(output.stdout.contains(pattern), "{}", output.stdout);
}

#[test]
fn invisible_characters_are_never_printed() {
    let token = TestToken::new(ISSUED, 15)
        .channel_pattern("\u{1b}[2J", mask(1))
        .channel("\u{202e}a\u{7}", mask(1));
    let output = run(&["lint", &token.to_text()]);
    assert!(
        !output.stdout.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'),
        "{}",
        output.stdout
    );
}

#[test]
fn every_code_is_listed_with_its_severity_and_its_meaning() {
    let output = run(&["lint", "--codes"]);
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    for code in FindingCode::ALL {
        let line =
            output.stdout.lines().find(|line| line.starts_with(&format!("{code} "))).unwrap();
        assert!(line.contains(code.severity().name()) && line.ends_with(code.meaning()), "{line}");
    }
    let json: Value =
        serde_json::from_str(&run(&["lint", "--codes", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["codes"].as_array().unwrap().len(), FindingCode::ALL.len());
    assert_eq!(json["codes"][0]["code"], "ttl_zero");
}

/// Checks what the schema of SARIF 2.1.0 requires of a log, and what code scanning requires of a
/// result.
#[test]
fn findings_are_printed_as_sarif() {
    let text = doubtful().to_text();
    let path = std::env::temp_dir().join(format!("pubnub access-{}.token", std::process::id()));
    std::fs::write(&path, &text).unwrap();
    let name = path.display().to_string();
    let output = run(&["lint", &name, "--format", "sarif"]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!((output.status, output.stderr.as_str()), (1, ""));
    let log: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let [run_of_tool] = log["runs"].as_array().unwrap().as_slice() else { panic!("{log}") };
    let driver = &run_of_tool["tool"]["driver"];
    assert_eq!(driver["name"], "pubnub-access");
    let rules = driver["rules"].as_array().unwrap();
    let levels = ["none", "note", "warning", "error"].map(Value::from);
    for rule in rules {
        assert!(rule["id"].is_string() && rule["shortDescription"]["text"].is_string(), "{rule}");
        assert!(levels.contains(&rule["defaultConfiguration"]["level"]), "{rule}");
    }
    let results = run_of_tool["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        assert!(result["message"]["text"].is_string() && levels.contains(&result["level"]));
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let [place] = result["locations"].as_array().unwrap().as_slice() else {
            panic!("{result}")
        };
        let physical = &place["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], name.replace(' ', "%20"));
        assert_eq!(physical["region"]["startLine"], 1);
        assert!(place["logicalLocations"][0]["fullyQualifiedName"].is_string());
    }
    let codes: Vec<&Value> = results.iter().map(|result| &result["ruleId"]).collect();
    assert_eq!(codes, ["ttl_short", "no_permissions", "half_anchored_pattern"]);
    // A token in an argument is not a file's name.
    let secret = run(&["lint", &text, "--format", "sarif"]).stdout;
    assert!(secret.contains("\"uri\":\"token\"") && !secret.contains(&text[..20]));
}
