//! Test data for the decoder: files of cases, bytes in hexadecimal and quoted text, and the items
//! in CBOR.

use std::path::Path;

use pubnub_access::TokenError;
use pubnub_access::token::Position;

/// A line of a file of cases: `y_name | input`, or `n_name | kind's code | position | input`.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    /// The code and the position of the error that is expected.
    pub error: Option<(String, String)>,
    pub input: String,
}

/// Reads a file of `testdata/wire`. Lines that begin with `#` are comments.
pub fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/wire").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cases = lines.map(|line| {
        let columns: Vec<&str> = line.split(" | ").map(str::trim).collect();
        match columns[..] {
            [name, input] if name.starts_with("y_") => {
                Case { name: name.into(), error: None, input: input.into() }
            }
            [name, code, position, input] if name.starts_with("n_") => Case {
                name: name.into(),
                error: Some((code.into(), position.into())),
                input: input.into(),
            },
            _ => panic!("{file}: {line}"),
        }
    });
    let cases: Vec<Case> = cases.collect();
    let mut names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), cases.len(), "{file}: two cases have one name");
    cases
}

/// Bytes written as hex digits and as text between single quotes, with spaces at will: `41 'v' 02`.
pub fn bytes(notation: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (position, part) in notation.split('\'').enumerate() {
        if position % 2 == 1 {
            bytes.extend(part.bytes());
            continue;
        }
        let digits: Vec<u8> = part.bytes().filter(|byte| *byte != b' ').collect();
        assert!(digits.len() % 2 == 0, "half a byte in {notation:?}");
        let pairs =
            digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16));
        bytes.extend(pairs.map(|byte| byte.unwrap_or_else(|_| panic!("not hex: {notation:?}"))));
    }
    bytes
}

/// A position as the files write it.
pub fn position(error: &TokenError) -> String {
    match error.position() {
        Position::Text(at) => format!("text {at}"),
        Position::Cbor(at) => format!("cbor {at}"),
    }
}

/// One item of well-formed CBOR with definite lengths.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    pub start: usize,
    /// The offset of its content, after the head.
    pub content: usize,
    pub end: usize,
    pub major: u8,
    pub argument: u64,
}

/// Returns every item, outer ones before inner ones.
pub fn items(bytes: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    let end = walk(bytes, 0, &mut items);
    assert_eq!(end, bytes.len());
    items
}

fn walk(bytes: &[u8], start: usize, items: &mut Vec<Item>) -> usize {
    let (major, info) = (bytes[start] >> 5, bytes[start] & 31);
    let width = if info < 24 { 0 } else { 1 << (info - 24) };
    let content = start + 1 + width;
    let argument = match info {
        0..24 => u64::from(info),
        _ => bytes[start + 1..content].iter().fold(0, |value, byte| value << 8 | u64::from(*byte)),
    };
    let place = items.len();
    items.push(Item { start, content, end: content, major, argument });
    let mut end = content;
    match major {
        2 | 3 => end += usize::try_from(argument).unwrap(),
        4 => (0..argument).for_each(|_| end = walk(bytes, end, items)),
        5 => (0..2 * argument).for_each(|_| end = walk(bytes, end, items)),
        _ => {}
    }
    items[place].end = end;
    end
}

impl Item {
    /// Returns heads of the same meaning with more bytes than necessary.
    pub fn longer_heads(&self) -> Vec<Vec<u8>> {
        let shortest = self.content - self.start;
        let mut heads = Vec::new();
        for (info, width) in [(24, 1), (25, 2), (26, 4), (27, 8)] {
            if width + 1 > shortest {
                let mut head = vec![self.major << 5 | info];
                head.extend(&self.argument.to_be_bytes()[8 - width..]);
                heads.push(head);
            }
        }
        heads
    }

    /// The bytes around this item, with the item replaced.
    pub fn replaced(&self, bytes: &[u8], replacement: &[u8]) -> Vec<u8> {
        [&bytes[..self.start], replacement, &bytes[self.end..]].concat()
    }
}
