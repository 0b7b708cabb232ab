//! Names of character classes: the Perl and POSIX ones with their ASCII members, and the Unicode properties, which are
//! known by name only. Also the groups that RE2 does not have. Refuses nothing; an unknown name is `None` or `false`.

/// The characters `first` to `last`.
const fn range(first: u8, last: u8) -> u128 {
    (u128::MAX >> (127_u32.saturating_sub(last as u32))) & (u128::MAX << first)
}

const DIGIT: u128 = range(b'0', b'9');
const UPPER: u128 = range(b'A', b'Z');
const LOWER: u128 = range(b'a', b'z');
const WORD: u128 = DIGIT | UPPER | LOWER | range(b'_', b'_');

/// The class of a letter after a backslash and whether it is negated.
pub(super) fn perl(letter: u8) -> Option<(u128, bool)> {
    let members = match letter.to_ascii_lowercase() {
        b'd' => DIGIT,
        // Not U+000B, which `[[:space:]]` alone has.
        b's' => range(b'\t', b'\n') | range(0x0c, b'\r') | range(b' ', b' '),
        b'w' => WORD,
        _ => return None,
    };
    Some((members, letter.is_ascii_uppercase()))
}

/// The class of a name as it stands between `[:` and `:]`.
pub(super) fn posix(name: &[u8]) -> Option<(u128, bool)> {
    let (name, negated) = match name.strip_prefix(b"^") {
        Some(rest) => (rest, true),
        None => (name, false),
    };
    let members = match name {
        b"alnum" => DIGIT | UPPER | LOWER,
        b"alpha" => UPPER | LOWER,
        b"ascii" => u128::MAX,
        b"blank" => range(b'\t', b'\t') | range(b' ', b' '),
        b"cntrl" => range(0, 0x1f) | range(0x7f, 0x7f),
        b"digit" => DIGIT,
        b"graph" => range(b'!', b'~'),
        b"lower" => LOWER,
        b"print" => range(b' ', b'~'),
        b"punct" => range(b'!', b'~') & !(DIGIT | UPPER | LOWER),
        b"space" => range(b'\t', b'\r') | range(b' ', b' '),
        b"upper" => UPPER,
        b"word" => WORD,
        b"xdigit" => DIGIT | range(b'A', b'F') | range(b'a', b'f'),
        _ => return None,
    };
    Some((members, negated))
}

/// Whether what begins here asks for what comes before or after it, as in `(?=a)` and `(?<!a)`.
pub(super) fn is_look_around(rest: &[u8]) -> bool {
    ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|sign| rest.starts_with(sign.as_bytes()))
}

/// Whether RE2 has a Unicode property of this name, spelled exactly so. `Any` is not among them: it needs no table.
pub(super) fn is_property(name: &str) -> bool {
    PROPERTIES.contains(&name)
}

/// General categories, then scripts. Made by asking RE2 (google-re2 1.1.20251105) which names it takes.
#[rustfmt::skip]
const PROPERTIES: &[&str] = &[
    "C", "L", "M", "N", "P", "S", "Z", "Cc", "Cf", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd",
    "Nl", "No", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Yi", "Zl", "Zp", "Zs",
    "Adlam", "Ahom", "Anatolian_Hieroglyphs", "Arabic", "Armenian", "Avestan", "Balinese", "Bamum", "Bassa_Vah",
    "Batak", "Bengali", "Bhaiksuki", "Bopomofo", "Brahmi", "Braille", "Buginese", "Buhid", "Canadian_Aboriginal",
    "Carian", "Caucasian_Albanian", "Chakma", "Cham", "Cherokee", "Chorasmian", "Common", "Coptic", "Cuneiform",
    "Cypriot", "Cypro_Minoan", "Cyrillic", "Deseret", "Devanagari", "Dives_Akuru", "Dogra", "Duployan",
    "Egyptian_Hieroglyphs", "Elbasan", "Elymaic", "Ethiopic", "Georgian", "Glagolitic", "Gothic", "Grantha",
    "Greek", "Gujarati", "Gunjala_Gondi", "Gurmukhi", "Han", "Hangul", "Hanifi_Rohingya", "Hanunoo", "Hatran",
    "Hebrew", "Hiragana", "Imperial_Aramaic", "Inherited", "Inscriptional_Pahlavi", "Inscriptional_Parthian",
    "Javanese", "Kaithi", "Kannada", "Katakana", "Kawi", "Kayah_Li", "Kharoshthi", "Khitan_Small_Script", "Khmer",
    "Khojki", "Khudawadi", "Lao", "Latin", "Lepcha", "Limbu", "Linear_A", "Linear_B", "Lisu", "Lycian", "Lydian",
    "Mahajani", "Makasar", "Malayalam", "Mandaic", "Manichaean", "Marchen", "Masaram_Gondi", "Medefaidrin",
    "Meetei_Mayek", "Mende_Kikakui", "Meroitic_Cursive", "Meroitic_Hieroglyphs", "Miao", "Modi", "Mongolian", "Mro",
    "Multani", "Myanmar", "Nabataean", "Nag_Mundari", "Nandinagari", "New_Tai_Lue", "Newa", "Nko", "Nushu",
    "Nyiakeng_Puachue_Hmong", "Ogham", "Ol_Chiki", "Old_Hungarian", "Old_Italic", "Old_North_Arabian", "Old_Permic",
    "Old_Persian", "Old_Sogdian", "Old_South_Arabian", "Old_Turkic", "Old_Uyghur", "Oriya", "Osage", "Osmanya",
    "Pahawh_Hmong", "Palmyrene", "Pau_Cin_Hau", "Phags_Pa", "Phoenician", "Psalter_Pahlavi", "Rejang", "Runic",
    "Samaritan", "Saurashtra", "Sharada", "Shavian", "Siddham", "SignWriting", "Sinhala", "Sogdian", "Sora_Sompeng",
    "Soyombo", "Sundanese", "Syloti_Nagri", "Syriac", "Tagalog", "Tagbanwa", "Tai_Le", "Tai_Tham", "Tai_Viet",
    "Takri", "Tamil", "Tangsa", "Tangut", "Telugu", "Thaana", "Thai", "Tibetan", "Tifinagh", "Tirhuta", "Toto",
    "Ugaritic", "Vai", "Vithkuqi", "Wancho", "Warang_Citi", "Yezidi", "Zanabazar_Square",
];
