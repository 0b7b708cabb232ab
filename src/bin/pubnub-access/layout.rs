//! Lines as wide as the terminal, broken between words.

use std::io::IsTerminal;

use terminal_size::{Width, terminal_size};
use unicode_width::UnicodeWidthStr;

/// The width of lists if the width of the output is not known.
const USUAL: usize = 100;

/// The least width of lines.
const NARROWEST: usize = 40;

/// The least width of a continued column.
const LEAST_ROOM: usize = 24;

/// Returns the width of the output, from the variable `COLUMNS` or the terminal; `None` if the
/// output is not a terminal.
fn width() -> Option<usize> {
    let variable = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || {
        let shows = std::io::stdout().is_terminal();
        let (Width(width), _) = terminal_size().filter(|_| shows)?;
        Some(usize::from(width))
    };
    variable.or_else(terminal).map(|width: usize| width.max(NARROWEST))
}

/// Breaks a text's lines for the terminal. Other outputs get whole lines.
pub fn fitted(text: &str) -> String {
    width().map_or_else(|| text.into(), |width| broken(text, width))
}

/// Breaks a list of words for the terminal, or to a usual width.
pub fn list(text: &str) -> String {
    broken(text, width().unwrap_or(USUAL))
}

/// Breaks long lines, and continues them under their last column.
fn broken(text: &str, width: usize) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if columns(line.trim_end()) <= width {
            lines.push_str(line);
            continue;
        }
        let indent = line.len().saturating_sub(line.trim_start().len());
        let hanging = hanging(line, width);
        let mut at = 0;
        for (position, word) in line.trim().split(' ').enumerate() {
            let wide = columns(word);
            if position == 0 {
                lines.push_str(line.get(..indent).unwrap_or_default());
                at = indent;
            } else if !word.is_empty() && at.saturating_add(wide).saturating_add(1) > width {
                lines.truncate(lines.trim_end_matches(' ').len());
                lines.push('\n');
                lines.push_str(&" ".repeat(hanging));
                at = hanging;
            } else {
                lines.push(' ');
                at = at.saturating_add(1);
            }
            lines.push_str(word);
            at = at.saturating_add(wide);
        }
        lines.push_str(line.get(line.trim_end().len()..).unwrap_or_default());
    }
    lines
}

/// Returns the offset of a line's last column, unless it leaves too little room.
fn hanging(line: &str, width: usize) -> usize {
    let plain = anstream::adapter::strip_str(line).to_string();
    let indent = plain.len().saturating_sub(plain.trim_start().len());
    let gap = plain.trim_end().rfind("  ").filter(|at| *at > indent);
    let column = gap.and_then(|at| plain.get(..at.saturating_add(2))).map(UnicodeWidthStr::width);
    let item = plain.trim_start().starts_with("- ");
    let usual = indent.saturating_add(2);
    match column {
        Some(column) if column.saturating_add(LEAST_ROOM) <= width => column,
        Some(_) => indent.saturating_add(4),
        None if item => usual,
        // A list of words continues below its beginning.
        None => indent,
    }
}

/// Returns the number of columns of a text, without its styles.
pub fn columns(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_continue_under_their_column() {
        for (text, expected) in [
            ("short\n", "short\n"),
            (
                "  one, two, three, four, five, six, seven, eight\n",
                "  one, two, three, four, five,\n  six, seven, eight\n",
            ),
            (
                "  a   words of a second column here\n",
                "  a   words of a second column\n      here\n",
            ),
            // The column leaves too little room under it.
            (
                "  a     words of a second column here\n",
                "  a     words of a second\n      column here\n",
            ),
            ("  - words of an item that is long\n", "  - words of an item that is\n    long\n"),
            (
                "\u{1b}[1mbold\u{1b}[0m words are as wide as\n",
                "\u{1b}[1mbold\u{1b}[0m words are as wide as\n",
            ),
            (
                "https://example.com/very-long-and-without-a-space\n",
                "https://example.com/very-long-and-without-a-space\n",
            ),
            ("東京 東京 東京 東京 東京 東京 東京\n", "東京 東京 東京 東京 東京 東京\n東京\n"),
        ] {
            assert_eq!(broken(text, 30), expected);
        }
    }
}
