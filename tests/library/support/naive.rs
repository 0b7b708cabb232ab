//! A referee for patterns: a syntax tree that is printed as a pattern, and matched by following
//! every set of byte offsets at which a match can end. It shares nothing with the library, and is
//! slow on purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use proptest::prelude::*;

/// A pattern.
#[derive(Debug, Clone)]
pub enum Node {
    Empty,
    Literal(char),
    Dot,
    /// `\C`
    Byte,
    /// `\d` and the like, by its letter.
    Perl(char),
    /// `\p{Name}`, or `\p{^Name}` if it is negated.
    Property(&'static str, bool),
    Class(bool, Vec<Item>),
    /// `^`, `$`, or the letter of `\A`, `\z`, `\b`, `\B`.
    Assertion(char),
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
    /// Counts, and whether it is lazy.
    Repeat(Box<Node>, u16, Option<u16>, bool),
    Capture(Box<Node>),
    /// Flags set and flags cleared within a group.
    Flags(&'static str, &'static str, Box<Node>),
}

/// An item of a class in brackets.
#[derive(Debug, Clone)]
pub enum Item {
    Range(char, char),
    Perl(char),
    /// The name between `[:` and `:]`, and whether it has a `^`.
    Posix(&'static str, bool),
    /// The name of a Unicode property, and whether it is negated.
    Property(&'static str, bool),
}

/// Characters that patterns and names are made of; every one of their orbits under case folding is
/// in `ORBITS`.
pub const LETTERS: &[char] = &[
    'a',
    'b',
    'k',
    's',
    'K',
    'S',
    'Z',
    '0',
    '7',
    '_',
    '-',
    '.',
    ' ',
    '\n',
    '\u{b}',
    '[',
    ']',
    '^',
    '\\',
    '\u{7f}',
    'é',
    'É',
    'ſ',
    '\u{212a}',
    'ß',
    'ẞ',
    'Σ',
    'σ',
    'ς',
    '\u{b5}',
    'μ',
    'Μ',
    '𐐀',
    '𐐨',
    '\u{80}',
    '\u{2028}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{fffd}',
    '\u{10ffff}',
    'ж',
    'Ж',
    'ǅ',
    'Ⅷ',
    '٣',
    'א',
    '\u{301}',
    '中',
    '😀',
    '\u{378}',
];

/// Characters that are the same but for case, ASCII pairs aside.
const ORBITS: &[&str] =
    &["kK\u{212a}", "sSſ", "éÉ", "ßẞ", "Σσς", "\u{b5}μΜ", "𐐀𐐨", "жЖ", "Ǆǅǆ", "Ⅷⅷ"];

pub const POSIX: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Some general categories and scripts.
pub const PROPERTIES: &[&str] = &[
    "L",
    "N",
    "M",
    "P",
    "S",
    "Z",
    "C",
    "Lu",
    "Ll",
    "Lt",
    "Lo",
    "Nd",
    "Nl",
    "Mn",
    "Co",
    "Cs",
    "Latin",
    "Greek",
    "Cyrillic",
    "Han",
    "Common",
    "Inherited",
    "Deseret",
];

/// Alternatives that match no name here, and select another engine: automata with four and with
/// thirty-two words, and `regex`, the only one for `\C`.
pub const OTHER_ENGINES: [&str; 3] = [r"\x01{100}|", r"\x01{500}|", r"\x01\C|"];

/// Random patterns.
pub fn patterns() -> impl Strategy<Value = Node> {
    let letter = || prop_oneof![3 => prop::sample::select(&['a', 'b', 'k', 'é'][..]), 2 => prop::sample::select(LETTERS)];
    let perl = || prop::sample::select(&['d', 'D', 's', 'S', 'w', 'W'][..]);
    let property = || (prop::sample::select(PROPERTIES), any::<bool>());
    let item = prop_oneof![
        3 => letter().prop_map(|c| Item::Range(c, c)),
        2 => (letter(), letter()).prop_map(|(a, b)| Item::Range(a.min(b), a.max(b))),
        1 => perl().prop_map(Item::Perl),
        1 => (prop::sample::select(POSIX), any::<bool>()).prop_map(|(name, negated)| Item::Posix(name, negated)),
        2 => property().prop_map(|(name, negated)| Item::Property(name, negated)),
    ];
    let leaf = prop_oneof![
        8 => letter().prop_map(Node::Literal),
        2 => Just(Node::Dot),
        1 => Just(Node::Empty),
        1 => Just(Node::Byte),
        2 => perl().prop_map(Node::Perl),
        2 => property().prop_map(|(name, negated)| Node::Property(name, negated)),
        3 => (any::<bool>(), prop::collection::vec(item, 1..4)).prop_map(|(negated, items)| Node::Class(negated, items)),
        4 => prop::sample::select(&['^', '$', 'A', 'z', 'b', 'B'][..]).prop_map(Node::Assertion),
    ];
    let counts = prop_oneof![
        Just((0, None)),
        Just((1, None)),
        Just((0, Some(1))),
        (0_u16..4, 0_u16..3).prop_map(|(min, more)| (min, Some(min + more))),
        (0_u16..4).prop_map(|min| (min, None)),
        Just((9, Some(12))),
    ];
    let flags = prop::sample::select(
        &[("i", ""), ("m", ""), ("s", ""), ("U", ""), ("im", "s"), ("", "i"), ("s", "m"), ("", "")]
            [..],
    );
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 2..5).prop_map(Node::Concat),
            2 => prop::collection::vec(inner.clone(), 2..4).prop_map(Node::Alternate),
            3 => (inner.clone(), counts.clone(), any::<bool>())
                .prop_map(|(node, (min, max), lazy)| Node::Repeat(Box::new(node), min, max, lazy)),
            1 => inner.clone().prop_map(|node| Node::Capture(Box::new(node))),
            2 => (flags.clone(), inner).prop_map(|((on, off), node)| Node::Flags(on, off, Box::new(node))),
        ]
    })
}

/// Random names, of the same characters.
pub fn names() -> impl Strategy<Value = String> {
    let few = prop::sample::select(&['a', 'b', 'k', 'é'][..]);
    let letter = prop_oneof![3 => few, 2 => prop::sample::select(LETTERS)];
    prop::collection::vec(letter, 0..8).prop_map(|letters| letters.into_iter().collect())
}

impl Node {
    /// The pattern as RE2 reads it.
    pub fn text(&self) -> String {
        match self {
            Node::Empty => String::new(),
            Node::Literal(c) => escaped(*c),
            Node::Dot => ".".to_owned(),
            Node::Byte => "\\C".to_owned(),
            Node::Perl(c) => format!("\\{c}"),
            Node::Property(name, negated) => Item::Property(name, *negated).text(),
            Node::Class(negated, items) => {
                let items: String = items.iter().map(Item::text).collect();
                format!("[{}{items}]", if *negated { "^" } else { "" })
            }
            Node::Assertion(c @ ('^' | '$')) => c.to_string(),
            Node::Assertion(c) => format!("\\{c}"),
            Node::Concat(nodes) => nodes.iter().map(Node::grouped).collect(),
            Node::Alternate(nodes) => {
                let nodes: Vec<String> = nodes.iter().map(Node::grouped).collect();
                nodes.join("|")
            }
            Node::Repeat(node, min, max, lazy) => {
                let count = match (min, max) {
                    (0, None) => "*".to_owned(),
                    (1, None) => "+".to_owned(),
                    (0, Some(1)) => "?".to_owned(),
                    (min, None) => format!("{{{min},}}"),
                    (min, Some(max)) if min == max => format!("{{{min}}}"),
                    (min, Some(max)) => format!("{{{min},{max}}}"),
                };
                format!("(?:{}){count}{}", node.text(), if *lazy { "?" } else { "" })
            }
            Node::Capture(node) => format!("({})", node.text()),
            Node::Flags(on, "", node) => format!("(?{on}:{})", node.text()),
            Node::Flags(on, off, node) => format!("(?{on}-{off}:{})", node.text()),
        }
    }

    /// The text as one part of a longer one.
    fn grouped(&self) -> String {
        match self {
            Node::Concat(_) | Node::Alternate(_) => format!("(?:{})", self.text()),
            _ => self.text(),
        }
    }

    /// The largest product of nested counts. RE2 refuses more than 1000.
    pub fn largest_count(&self) -> u32 {
        let largest = |nodes: &[Node]| nodes.iter().map(Node::largest_count).max().unwrap_or(1);
        match self {
            Node::Concat(nodes) | Node::Alternate(nodes) => largest(nodes),
            Node::Capture(node) | Node::Flags(_, _, node) => node.largest_count(),
            Node::Repeat(node, min, max, _) => {
                u32::from(max.unwrap_or(*min)).max(1) * node.largest_count()
            }
            _ => 1,
        }
    }

    /// Reports whether the pattern matches somewhere in the name, and whether it matches all of it.
    pub fn matches(&self, name: &str) -> (bool, bool) {
        let inside =
            (0..=name.len()).any(|from| !self.ends(name, from, &Flags::default()).is_empty());
        (inside, self.ends(name, 0, &Flags::default()).contains(&name.len()))
    }

    /// The offsets at which a match from `from` on can end.
    fn ends(&self, name: &str, from: usize, flags: &Flags) -> BTreeSet<usize> {
        let step = |takes: &dyn Fn(char) -> bool| -> BTreeSet<usize> {
            let next = name.get(from..).and_then(|rest| rest.chars().next());
            next.filter(|c| takes(*c)).map(|c| from + c.len_utf8()).into_iter().collect()
        };
        match self {
            Node::Empty => BTreeSet::from([from]),
            Node::Literal(wanted) => step(&|c| orbit(c, flags.fold).contains(wanted)),
            Node::Dot => step(&|c| c != '\n' || flags.dot_new_line),
            Node::Byte => (from < name.len()).then_some(from + 1).into_iter().collect(),
            Node::Perl(letter) => step(&|c| Item::Perl(*letter).holds(c, flags.fold)),
            Node::Property(name, negated) => {
                step(&|c| Item::Property(name, *negated).holds(c, flags.fold))
            }
            Node::Class(negated, items) => {
                step(&|c| items.iter().any(|item| item.holds(c, flags.fold)) != *negated)
            }
            Node::Assertion(kind) => {
                holds(*kind, name.as_bytes(), from, flags).then_some(from).into_iter().collect()
            }
            Node::Concat(nodes) => nodes.iter().fold(BTreeSet::from([from]), |starts, node| {
                starts.iter().flat_map(|start| node.ends(name, *start, flags)).collect()
            }),
            Node::Alternate(nodes) => {
                nodes.iter().flat_map(|node| node.ends(name, from, flags)).collect()
            }
            Node::Repeat(node, min, max, _) => repeated(node, *min, *max, name, from, flags),
            Node::Capture(node) => node.ends(name, from, flags),
            Node::Flags(on, off, node) => node.ends(name, from, &flags.with(on, off)),
        }
    }
}

fn repeated(
    node: &Node,
    min: u16,
    max: Option<u16>,
    name: &str,
    from: usize,
    flags: &Flags,
) -> BTreeSet<usize> {
    let once = |starts: &BTreeSet<usize>| -> BTreeSet<usize> {
        starts.iter().flat_map(|start| node.ends(name, *start, flags)).collect()
    };
    let mut now = BTreeSet::from([from]);
    for _ in 0..min {
        now = once(&now);
    }
    let mut all = now.clone();
    // After as many rounds as there are offsets, no new offset is possible.
    let more = max.map_or(name.len() + 1, |max| usize::from(max - min));
    for _ in 0..more {
        now = once(&now);
        all.extend(&now);
    }
    all
}

#[derive(Debug, Clone, Default)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_new_line: bool,
}

impl Flags {
    fn with(&self, on: &str, off: &str) -> Self {
        let set = |letter, was: bool| (was || on.contains(letter)) && !off.contains(letter);
        Self {
            fold: set('i', self.fold),
            multi_line: set('m', self.multi_line),
            dot_new_line: set('s', self.dot_new_line),
        }
    }
}

fn holds(kind: char, name: &[u8], at: usize, flags: &Flags) -> bool {
    let previous = at.checked_sub(1).map(|at| name[at]);
    let next = name.get(at).copied();
    let is_word =
        |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match kind {
        '^' if flags.multi_line => previous.is_none_or(|byte| byte == b'\n'),
        '$' if flags.multi_line => next.is_none_or(|byte| byte == b'\n'),
        '^' | 'A' => previous.is_none(),
        '$' | 'z' => next.is_none(),
        'b' => is_word(previous) != is_word(next),
        _ => is_word(previous) == is_word(next),
    }
}

/// The characters that equal `c`.
fn orbit(c: char, fold: bool) -> Vec<char> {
    match ORBITS.iter().find(|orbit| orbit.contains(c)) {
        _ if !fold => vec![c],
        Some(orbit) => orbit.chars().collect(),
        None => vec![c, c.to_ascii_lowercase(), c.to_ascii_uppercase()],
    }
}

impl Item {
    fn text(&self) -> String {
        match self {
            Item::Range(low, high) if low == high => escaped(*low),
            Item::Range(low, high) => format!("{}-{}", escaped(*low), escaped(*high)),
            Item::Perl(letter) => format!("\\{letter}"),
            Item::Posix(name, negated) => format!("[:{}{name}:]", if *negated { "^" } else { "" }),
            Item::Property(name, false) if name.len() == 1 => format!("\\p{name}"),
            Item::Property(name, negated) => {
                format!("\\p{{{}{name}}}", if *negated { "^" } else { "" })
            }
        }
    }

    /// Folding comes first, then a negation.
    fn holds(&self, c: char, fold: bool) -> bool {
        let any = |test: &dyn Fn(char) -> bool| orbit(c, fold).into_iter().any(test);
        match self {
            Item::Range(low, high) => any(&|c| (*low..=*high).contains(&c)),
            Item::Perl('d') => any(&|c| c.is_ascii_digit()),
            Item::Perl('s') => any(&|c| "\t\n\u{c}\r ".contains(c)),
            Item::Perl('w') => any(&|c| c.is_ascii_alphanumeric() || c == '_'),
            Item::Perl(letter) => !Item::Perl(letter.to_ascii_lowercase()).holds(c, fold),
            Item::Posix(name, negated) => any(&|c| posix(name, c)) != *negated,
            Item::Property(name, negated) => any(&|c| has_property(name, c)) != *negated,
        }
    }
}

fn posix(name: &str, c: char) -> bool {
    match name {
        "alnum" => c.is_ascii_alphanumeric(),
        "alpha" => c.is_ascii_alphabetic(),
        "ascii" => c.is_ascii(),
        "blank" => c == ' ' || c == '\t',
        "cntrl" => c.is_ascii_control(),
        "digit" => c.is_ascii_digit(),
        "graph" => c.is_ascii_graphic(),
        "lower" => c.is_ascii_lowercase(),
        "print" => c.is_ascii_graphic() || c == ' ',
        "punct" => c.is_ascii_punctuation(),
        "space" => c.is_ascii_whitespace() || c == '\u{b}',
        "upper" => c.is_ascii_uppercase(),
        "word" => c.is_ascii_alphanumeric() || c == '_',
        _ => c.is_ascii_hexdigit(),
    }
}

/// Reports whether RE2 has a character among the members of a property.
fn has_property(name: &str, c: char) -> bool {
    static MEMBERS: OnceLock<BTreeMap<&str, Vec<(u32, u32)>>> = OnceLock::new();
    let members = MEMBERS.get_or_init(|| {
        let code = |text| u32::from_str_radix(text, 16).unwrap();
        let line = |line: &'static str| {
            // {"property": "L", "ranges": "41-5a 61-7a", ...}
            let mut texts = line.split('"').skip(3).step_by(4);
            let name = texts.next().unwrap();
            let ranges = texts
                .next()
                .unwrap()
                .split_whitespace()
                .map(|range| range.split_once('-').unwrap());
            (name, ranges.map(|(low, high)| (code(low), code(high))).collect())
        };
        include_str!("../../../testdata/patterns/properties.jsonl")
            .lines()
            .skip(1)
            .map(line)
            .collect()
    });
    members[name].iter().any(|&(low, high)| (low..=high).contains(&c.into()))
}

/// A character that stands for itself, in a class too.
fn escaped(c: char) -> String {
    if c.is_ascii() && !c.is_ascii_alphanumeric() { format!("\\{c}") } else { c.to_string() }
}
