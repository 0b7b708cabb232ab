//! The README: its examples of the command, and its picture, are real output.

use std::fmt::Write;
use std::path::Path;

use crate::support::{command, run_with_input};

/// A command in the README, as a shell would read it, and the output shown below it.
struct Shown<'a> {
    arguments: Vec<String>,
    input: &'a str,
    output: &'a str,
}

/// Reads a block that begins with a prompt.
fn shown(block: &str) -> Shown<'_> {
    let end = block.match_indices('\n').find(|(at, _)| !block[..*at].ends_with('\\')).unwrap().0;
    let (line, output) = (&block[..end], &block[end + 1..]);
    let (line, input) = line.split_once(" < ").unwrap();
    let mut arguments = Vec::new();
    for (position, quoted) in line.replace("\\\n", " ").split('\'').enumerate() {
        match position % 2 {
            0 => arguments.extend(quoted.split_whitespace().map(str::to_owned)),
            _ => arguments.push(quoted.to_owned()),
        }
    }
    assert_eq!(arguments[..2], ["$", "pubnub-access"]);
    Shown { arguments: arguments.split_off(2), input: input.trim(), output }
}

/// Compares a file with its expected contents.
fn compare(path: &str, expected: &str) {
    if std::env::var_os("PUBNUB_ACCESS_REWRITE").is_some() {
        std::fs::write(path, expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap();
    assert!(found == expected, "PUBNUB_ACCESS_REWRITE=1 makes {path} again, as:\n{expected}");
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let blocks = readme.split("```text\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let (mut expected, mut count) = (readme.clone(), 0);
    for block in blocks.filter(|block| block.starts_with("$ pubnub-access")) {
        let Shown { arguments, input, output } = shown(block);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let printed = run_with_input(&arguments, std::fs::read(input).unwrap());
        assert_eq!(printed.stderr, "", "{block}");
        expected = expected.replacen(block, &block.replacen(output, &printed.stdout, 1), 1);
        count += 1;
    }
    assert!(count >= 2, "{count}");
    compare("README.md", &expected);
}

#[test]
fn the_files_that_the_readme_links_to_are_there() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let links = readme.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    let mut files = 0;
    for link in links {
        if let Some(heading) = link.strip_prefix('#') {
            let anchor = |line: &str| -> String {
                let title = line.trim_start_matches('#').trim().to_lowercase();
                title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-')).collect()
            };
            let headings = readme.lines().filter(|line| line.starts_with('#'));
            let found = headings.map(|line| anchor(line).replace(' ', "-")).any(|it| it == heading);
            assert!(found, "{link}");
        } else if !link.starts_with("https://") {
            assert!(Path::new(link).exists(), "{link}");
            files += 1;
        }
    }
    assert!(files > 0);
}

const QUESTION: &str = "https://ps.pndsn.com/v2/subscribe/demo/room-1,hall/0?channel-group=lobby\
                        &uuid=alice&auth=...";

#[test]
fn the_picture_shows_what_is_printed() {
    let arguments =
        ["request", QUESTION, "--token", "-", "--at", "1700000060", "--color", "always"];
    let token = std::fs::File::open("testdata/sample.token").unwrap();
    let output = command(&arguments).stdin(token).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let prompt = format!("$ pubnub-access request '{QUESTION}' --token -\n\n");
    let picture = picture(&(prompt + &printed));
    compare("docs/explained-403.svg", &picture);
    assert!(picture.len() < 8_000, "{} bytes", picture.len());
}

/// Draws a terminal's output as SVG: monospaced text, bold, dim, red and green.
fn picture(text: &str) -> String {
    const LINE: usize = 18;
    const CHARACTER: usize = 8;
    let height = text.lines().count() * LINE + 24;
    let width = text.lines().map(str::len).max().unwrap_or_default() * CHARACTER + 32;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" xml:space=\"preserve\">\n\
         <title>The command explains why a request is answered with 403</title>\n\
         <style>\n\
         text {{ font: 13px ui-monospace, monospace; fill: #d8dee9; white-space: pre }}\n\
         .bold {{ font-weight: bold }} .dim {{ opacity: 0.6 }}\n\
         .red {{ fill: #ff7b72 }} .green {{ fill: #7ee787 }}\n\
         </style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#161b22\"/>\n"
    );
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let y = 26 + number * LINE;
        let _ = write!(svg, "<text x=\"16\" y=\"{y}\">");
        let mut classes: Vec<&str> = Vec::new();
        for (position, part) in line.split('\u{1b}').enumerate() {
            let shown = match part.split_once('m').filter(|_| position > 0) {
                Some((code, shown)) => {
                    match code {
                        "[0" => classes.clear(),
                        "[1" => classes.push("bold"),
                        "[2" => classes.push("dim"),
                        "[31" => classes.push("red"),
                        "[32" => classes.push("green"),
                        other => panic!("{other}"),
                    }
                    shown
                }
                None => part,
            };
            let shown = shown.replace('&', "&amp;").replace('<', "&lt;");
            match (shown.is_empty(), classes.is_empty()) {
                (true, _) => {}
                (false, true) => svg.push_str(&shown),
                (false, false) => {
                    let classes = classes.join(" ");
                    let _ = write!(svg, "<tspan class=\"{classes}\">{shown}</tspan>");
                }
            }
        }
        svg.push_str("</text>\n");
    }
    svg + "</svg>\n"
}
