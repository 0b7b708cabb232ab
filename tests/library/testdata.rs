//! The test data itself: every case belongs to a class, there are enough cases, and
//! `testdata/README.md` lists every file and quotes existing lines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const README: &str = include_str!("../../testdata/README.md");

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(testdata(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the number of cases in each class of a file. A class is named by the comment directly
/// above its cases, and ends with an empty line.
fn classes(path: &str) -> BTreeMap<String, usize> {
    let mut classes = BTreeMap::new();
    let (mut class, mut cases) = (None::<String>, 0);
    let text = read(path);
    for (number, line) in text.lines().chain([""]).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            if let Some(class) = class.take_if(|_| cases > 0) {
                assert!(
                    classes.insert(class, cases).is_none(),
                    "{path}, line {number}: a class stands twice"
                );
                cases = 0;
            }
        }
        match line.strip_prefix('#') {
            // A comment before an empty line is about the whole file.
            _ if line.is_empty() => class = None,
            Some(text) => {
                class = Some(class.map_or(String::new(), |class| class + " ") + text.trim())
            }
            None => {
                assert!(class.is_some(), "{path}, line {}: a case without a class", number + 1);
                cases += 1;
            }
        }
    }
    classes
}

/// The cases and the classes of some files.
fn count(paths: &[&str]) -> (usize, usize) {
    let files = paths.iter().map(|path| classes(path));
    files.fold((0, 0), |(cases, sections), file| {
        (cases + file.values().sum::<usize>(), sections + file.len())
    })
}

#[test]
fn every_encoding_has_a_class() {
    let (cases, classes) =
        count(&["wire/armour.txt", "wire/token.txt", "wire/appendix_a.txt", "wire/appendix_f.txt"]);
    assert!(cases >= 250 && classes >= 35, "{cases} cases in {classes} classes");
}

#[test]
fn every_decision_has_a_class() {
    let (cases, classes) = count(&["decisions.txt"]);
    assert!(cases >= 400 && classes >= 50, "{cases} cases in {classes} classes");
}

#[test]
fn every_route_has_a_class() {
    let files = ["routes", "names", "refused", "ambiguous", "bodies", "precheck"];
    let files = files.map(|name| format!("routes/{name}.txt"));
    let (cases, classes) = count(&files.each_ref().map(String::as_str));
    assert!(cases >= 500 && classes >= 45, "{cases} cases in {classes} classes");
}

#[test]
fn every_comparison_has_a_class() {
    let (cases, classes) = count(&["audit/covers.txt", "audit/differences.txt"]);
    assert!(cases >= 75 && classes >= 10, "{cases} cases in {classes} classes");
}

#[test]
fn every_pattern_has_a_class() {
    let (mut taken, mut refused, mut classes) = (0, 0, BTreeSet::new());
    for name in ["real", "syntax", "classes", "escapes", "folds", "orbits", "edges", "random"] {
        let text = read(&format!("patterns/{name}.jsonl"));
        for line in text.lines().skip(1) {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            match case["verdict"].as_str().unwrap() {
                "y" => taken += 1,
                "n" => refused += 1,
                verdict => panic!("{verdict}: {line}"),
            }
            let class = case["class"].as_str().unwrap_or_else(|| panic!("no class: {line}"));
            assert!(!class.is_empty(), "{line}");
            classes.insert(class.to_owned());
        }
    }
    let found = format!("{taken} taken and {refused} refused in {} classes", classes.len());
    assert!(taken >= 300 && refused >= 150 && classes.len() >= 30, "{found}");
}

/// Every file, or its folder, has a row in the table, and every row names an existing file.
#[test]
fn the_readme_knows_every_file() {
    let table: Vec<&str> = README.lines().filter(|line| line.starts_with("| `")).collect();
    let rows = table.iter().take_while(|row| !row.contains("KIND:NAME"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let known: BTreeSet<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    for path in &known {
        assert!(testdata(path).exists(), "there is no {path}");
    }
    let mut folders = vec![testdata("")];
    let mut unknown = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name =
                path.strip_prefix(testdata("")).unwrap().to_str().unwrap().replace('\\', "/");
            // The pages describe themselves.
            if known.contains(name.as_str()) || name.ends_with("README.md") {
                continue;
            } else if path.is_dir() {
                folders.push(path);
            } else if name != "patterns/generate.py" {
                unknown.push(name);
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// The lines that the page explains are lines of the files.
#[test]
fn the_readme_shows_what_is_there() {
    let mut shown = 0;
    let mut blocks = README.split("\n```text\n");
    blocks.next();
    for block in blocks {
        let (first, lines) = block.split_once('\n').unwrap();
        let path = first.strip_prefix("# ").unwrap_or_else(|| panic!("{first} names no file"));
        let file = read(path);
        for line in lines.split("\n```").next().unwrap().lines() {
            // Long lines are cut.
            let there = match line.strip_suffix('…') {
                Some(beginning) => file.lines().any(|found| found.starts_with(beginning)),
                None => file.lines().any(|found| found == line),
            };
            assert!(there, "{path} has no line {line}");
            shown += 1;
        }
    }
    assert!(shown >= 12, "{shown}");
}
