//! Unicode properties by RE2's names, with the members that `regex-syntax` lists.

use alloc::vec::Vec;

use regex_syntax::ast::{self, Ast, ClassUnicodeKind, Position, Span};
use regex_syntax::hir::translate::Translator;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind};

/// Steps of reading the largest table. Measured.
pub(super) const TABLE_STEPS: u64 = 20_000;
/// The categories of the characters that RE2 accepts in the name of a group, the most usual first.
pub(super) const GROUP_NAME: &[&str] = &["L", "Mn", "Mc", "Nd", "Nl", "Pc"];

/// Returns the ranges of a property, sorted; `None` if RE2 does not know this exact name.
///
/// `Any` is handled elsewhere, since it needs no table.
pub(super) fn property(name: &str) -> Option<Vec<(u32, u32)>> {
    match name {
        // In RE2, unassigned characters have no category. Surrogates do not occur in names.
        "C" => Some(members(&["Cc", "Cf", "Co"])),
        "Cs" => Some(Vec::new()),
        name => PROPERTIES.contains(&name).then(|| members(&[name])),
    }
}

/// Reports whether a character is in one of the sorted ranges.
pub(in super::super) fn is_member(ranges: &[(u32, u32)], code: u32) -> bool {
    let index = ranges.partition_point(|&(_, high)| high < code);
    ranges.get(index).is_some_and(|&(low, _)| low <= code)
}

/// Returns the members of any of the properties. They are computed as the gaps of the negated
/// classes, since `regex-syntax` could return a class itself as a literal.
fn members(names: &[&str]) -> Vec<(u32, u32)> {
    let mut others = ClassUnicode::new([ClassUnicodeRange::new('\0', char::MAX)]);
    for name in names {
        let (at, name) = (Position::new(0, 0, 0), ClassUnicodeKind::Named((*name).into()));
        let class = ast::ClassUnicode { span: Span::new(at, at), negated: true, kind: name };
        let class = Translator::new().translate("", &Ast::class_unicode(class));
        if let Ok(HirKind::Class(Class::Unicode(class))) = class.map(Hir::into_kind) {
            others.intersect(&class);
        }
    }
    others.negate();
    let ranges = others.ranges().iter().map(|range| (range.start().into(), range.end().into()));
    ranges.collect()
}

/// General categories, then scripts: the names that RE2 (google-re2 1.1.20251105) accepts.
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
