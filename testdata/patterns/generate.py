"""Writes the tables of this directory with the real RE2: pip install google-re2==1.1.20251105, then run this here.

With names of tables as arguments, it writes those alone.

Each file is made of lines of JSON. The first says how the file was made. Each of the others is a case: its verdict, "y"
if RE2 takes the pattern and "n" if it refuses it; its class, which is what the pattern is there for; the pattern; and for
each name whether RE2 finds the pattern in it.
"""

import json
import random
import sys

import re2

OPTIONS = re2.Options()
OPTIONS.log_errors = False

ASCII = ["", "a", "b", "ab", "aab", "A", "k", "S", "0", "a0_", "-", "a-b", " ", "a b", "ba", "aaaa", "xaby"]
LINES = ["\n", "a\n", "a\nb", "\na", "a\n\nb", "\r", "\u2028"]
BEYOND = ["é", "É", "aéb", "é1", "ſ", "\u212a", "ß", "ẞ", "σ", "ς", "Σ", "µ", "μ", "𐐀", "𐐨", "日本", "\U0010ffff", "\ufffd"]
EVERY_ASCII = [chr(code) for code in range(128)] + ["é", "ſ", "\u212a"]


def case(pattern, what, names):
    try:
        compiled = re2.compile(pattern, OPTIONS)
    except re2.error:
        return {"verdict": "n", "class": what, "pattern": pattern}
    found = [[name, compiled.search(name) is not None] for name in names]
    return {"verdict": "y", "class": what, "pattern": pattern, "names": found}


def write_each(file, what, cases):
    """Writes a file of cases: a class, a pattern and the names for it."""
    if sys.argv[1:] and file not in sys.argv[1:]:
        return
    with open(file + ".jsonl", "w", encoding="utf-8") as out:
        made = "generate.py with google-re2 1.1.20251105: " + what
        out.write(json.dumps({"made": made}, ensure_ascii=False) + "\n")
        for what, pattern, names in cases:
            out.write(json.dumps(case(pattern, what, names), ensure_ascii=False) + "\n")


def write(file, what, classes, names):
    """Writes a file of the patterns of some classes, each pattern once."""
    first = {}
    for kind, patterns in classes:
        for pattern in patterns:
            first.setdefault(pattern, kind)
    write_each(file, what, ((kind, pattern, names) for pattern, kind in first.items()))


REAL = [
    "^channel-.*$", "^space-[A-Za-z0-9]$", "^uuid-\\S*$", "channel_*", "some_*", "group_*", "^$", ".*", "whatever.*",
    "channelGroup.*", "channel.*", "^swift-.*$", "^channel-\\S*$", "^__admin__swift-.*$", "^__admin__.*$",
    "^:channel_group-\\S*$", "^channel-[A-Za-z0-9]$", "^channel-group-[0-9]+$", "^chat\\.[a-z]+\\.[0-9a-f]{8}$",
    "^user-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "^inbox-(?:alice|bob)$", "^a|b$", "^room\\..*$",
    "^.*-pnpres$", "^(?i:room)-[0-9]{1,5}$", "^[^.]+\\.public$", "room-.*", "^room-.+", "^group-[\\w-]+$", "^\\w+$",
    "^document-\\d+-(?:read|write)$", "channel-[A-Za-z0-9]+", "^PUBNUB_INTERNAL_.*$", "^[a-zA-Z0-9_-]{1,50}$",
]
REAL_NAMES = [
    "", "channel-1", "channel-", "channel_7", "channel", "space-a", "space-ab", "uuid-1 2", "uuid-12", "some_thing", "som",
    "__admin__swift-1", ":channel_group-1", "channel_group-1", "chat.eu.0badcafe", "inbox-bob", "inbox-bobby", "room.one",
    "room.*", "room-1", "ROOM-12", "room-1-pnpres", "x.public", "document-12-read", "a", "b", "zzb", "user-é",
    "user-01234567-89ab-cdef-0123-456789abcdef", "channel-1\nevil", "PUBNUB_INTERNAL_x", "日本",
]

SYNTAX = """
== groups of other dialects
(?=a) (?!a) (?<=a) (?<!a) (?>a) (?#c)a (?P=n) (?P>n) (?'n'a) (?(1)a) (?|a) (?R) (?&n) (?x) (?x:a) (?u) (?a-i) (?^i)
== escapes of other dialects, and back-references
\\1 (a)\\1 \\8 \\9 \\k<n> \\Z \\G \\K \\X \\R \\h \\H \\N \\V \\e \\ca \\u0041 \\U00000041 \\N{DIGIT} \\E a\\E
== repetitions of repetitions
a** a*+ a++ a+* a?? a??? a*?? a+?? a*? a+? a{2}{3} a{2}* a{2}? a{2}?? a{2}+ a*{2} a?{2} (?:a*)* (?:a*)+ (?:a?)?
== counts, and braces that are none
a{1000} a{1001} a{0,1000} a{1,1001} a{1000,} a{1001,} a{2,1} a{0} a{0,0} a{0,} a{1} a{1,} a{,} a{,2} a{ 1} a{1, 2} a{1
a{01} a{00} a{0,01} a{1,02} a{4294967295} a{100000000} a{99999999} a{999999999} a{1000000000} a{1,1000000000} a{-1} a{+1}
a{a} a{} a{{2} a}2{ {1} {} { } {,2} {1,2 |{2} ({2}) (?:){2} (?:){4294967295} (?:){1000} (?:a{1000}){1} (?:a{1000}){1000}
== counts within counts
(?:a{10}){100} (?:a{10}){101} (?:a{2,}){500} (?:a{2,}){501} (?:(?:a{1000})*){2} (?:(?:a{1000})?){1} (?:a{1000}){0}
(?:(?:a{1000}){0}){2} (?:(?:a{2}){2,3}){166} (?:(?:a{2}){2,3}){167} (?:a{1000}|b){1} (?:a{20}|b{60}){17} (?:a{20}|b{50}){20}
== nothing to repeat
* + ? *a |* (*) (|*) (?:*) ^* $* \\b+ \\B{2} ^{3} (^)* (?:^)+ $? (?:$)* (?i)* a(?i)* a*(?i)* a*(?i)? a+(?i)? a?(?i)+ a{2}(?i){3}
a(?:)* a*\\Q\\E* a\\Q\\E* a{2}\\Q\\E{3} (?i){2} a|(?i)*
== groups that are not closed, not opened, or empty
( ) (a a) (a)) ((a) a)|(?:.* (?: (?:a (?i (?i:a (?P<n (?P<n> (?P<n>a (?<n (? (?P (?P< (?< (?) (?:) () (|) | a| |a a||b (a|) ((a))
== names of groups
(?P<n>a) (?<n>a) (?P<n>a)(?P<n>b) (?P<n>a)(?<n>b) (?P<1>a) (?P<>a) (?P<a-b>a) (?P<a_1>a) (?P<a.b>a) (?P<é>a) (?P<é-b>a)
== flags
(?i)a (?-i)a (?i-i)a (?i-) (?-) (?--i) (?i--s) (?is) (?ims)a (?imsU)a (?-imsU)a (?i-s:a) (?s-i:a) (?:i)a (?i:a)b (?ii)a (?I) (?L)
== classes in brackets
[ [] [^ [^] [a [a- [a-] [-a] [a-b [] ] []a] [^]a] []-a] [a-b-c] [--a] [+--] [z-a] [a-a] [\\] [\\]] [\\-a] [a\\-z] [^^] [a^] [[] [[a]b] [a&&b]
[a--b] [a~~b] [a||b] [.] [*] [$^] [\\d-z] [a-\\d] [\\d-\\w] [\\w-] [-\\w] [\\b] [\\B] [\\A] [\\z] [\\C] [\\Q] [\\E] [\\p] [\\pN-z] [a-\\pN]
== named classes in brackets
[[:alpha:]] [[:^alpha:]] [[:alpha:][:digit:]] [[:foo:]] [[:^foo:]] [[:Alpha:]] [[:]] [[::]] [[:alpha:] [[:alpha] [[:a]] [:alpha:] [[.a.]]
[[=a=]] [a[:alpha:] [a-[:digit:]] [[:alpha:]-z] [^[:^alpha:]] [^\\D] [^\\W\\d] [\\s\\S] [^\\s\\S] [\\D\\d]
== hexadecimal escapes
\\ a\\ \\x \\x4 \\x4g \\x41 \\x411 \\x{ \\x{} \\x{41 \\x{41} \\x{0000000041} \\x{110000} \\x{10ffff} \\x{10FFFF} \\x{d800} \\x{dfff} \\x{g} \\xé \\x{é}
== octal escapes
\\0 \\00 \\000 \\0000 \\01 \\08 \\10 \\101 \\1012 \\377 \\400 \\777 \\18 \\7 \\77 [\\101] [\\1] [\\0-\\7] [\\x41-\\x43]
== quoted text
\\Q \\Qa \\Q\\E \\Qa*\\E* \\Qa.b\\E \\Q(\\E \\Q\\\\E \\Q\\ \\Qa\\b\\E \\Q\\Q\\E (?i)\\Qa\\E \\Qé\\E+ \\Qab\\E{2} (\\Qa)\\E) \\Qa\\E\\E
== anchors
\\A \\z \\Aa a\\z a\\A \\za (?m)\\Aa (?m)a\\z \\A\\z \\A* \\z+ ^^a a$$ ^a|b$ ^(?:a|b)$ (?:^a)|(?:b$) a^ $a a^b a$b (?:a|^)b a(?:b|$)
== word boundaries
\\b \\B \\ba a\\b \\Ba a\\B \\ba\\b \\b\\B ^\\B ^\\b$ \\b- -\\b \\B-\\B a\\Bb (?:\\b|a)b x*\\B \\B* (?:\\B)+a \\bé é\\b \\Bé \\B\\B \\b\\b (?i)\\b
== single bytes
\\C \\C\\C ^\\C$ ^\\C\\C$ ^\\C*$ \\C{2} (?i)\\C a\\Cb \\C* \\Ca a\\C \\Bé\\C? [^a]\\C \\C\\B
== any character
. .. ^.$ ^..$ .* .+ .? .{2} .{2,3} ^.{1,2}$ (?s). (?s)^.$ (?s:.)b (?s)a(?-s).b (?s-s:.) ^.*$ ^.+$ ^[^a]$ ^[^a]{2}$ ^\\w$ ^\\W$ ^\\s$ ^\\S+$
== lines
(?m)^ (?m)$ (?m)^$ (?m)^a (?m)a$ (?m)^a$ (?m)^b (?-m)^b (?m:^)b (?m)^.$ (?m)$^ (?m)(?:^a\\n?)+ (?m)(?-m:^)b (?m)a(?-m)$ (?ms).$ (?m)\\n^ (?m)$\\n
== greedy or not
(?U)a* (?U)a*? (?U)a+ (?U)a{1,2} (?U)^a*$ (?U)a?b
== either case
(?i)a (?i)k (?i)s (?i)K (?i)S (?i)é (?i)ſ (?i)ß (?i)σ (?i)µ (?i)𐐀 (?i)[a-z] (?i)[^a-z] (?i)[k] (?i)[^k] (?i)[^\\W] (?i)[^ſ] (?i)[r-t] (?i)[\\x{17f}]
(?i)\\w (?i)\\W (?i)\\d (?i)\\s (?i)[[:lower:]] (?i)[[:upper:]] (?i)[[:^lower:]] (?i)[[:ascii:]] (?i)[[:^ascii:]] (?i)[[:word:]] (?i)[é-ü] (?i)[\\x80-\\x{10ffff}]
(?i)\\x6b (?i)\\153 (?i)1 (?i)_ (?i)[A-Z] (?i)[_-a] (?i)[^\\x00-\\x{10ffff}] (?i)ab (?i:a)b a(?i)b (?:(?i)a)b a(?i)b|b (?i)a(?-i)b (?i)[Ǆ] (?i)ǆ (?i)ᲀ (?i)ᏸ
== Unicode properties
\\pN \\pL \\p{L} \\p{Lu} \\p{Greek} \\p{^Greek} \\P{Greek} \\P{^Greek} \\p{Any} \\P{Any} \\p{^Any} \\P{^Any} [\\p{Any}] [^\\p{Any}] [a\\P{Any}] \\p{any} \\p{greek}
\\p{Foo} \\p{} \\p{^} \\p{^^L} \\p{L \\p \\P \\pé \\p{é} \\p^ \\p{Lu}} \\pL{200} \\pN{1001} [\\pL] [\\pL [\\pX] (?i)\\p{Lu} \\p{L}) \\pL** \\p{Script=Greek}
== ranges beyond ASCII
[^\\x00-\\x{10FFFF}] [\\x00-\\x{10FFFF}] [\\x{d800}-\\x{dfff}] [^\\x{d800}-\\x{dfff}] [\\x{d7ff}-\\x{e000}] \\x{d800}* \\x{d800}?a [é-日] [^é] [é] é* é{2} ^é$ [a-é] [\\x7f-\\x80]
== characters beyond ASCII
é 日本 ^日.$ [日本]+ \\é \\日 é|É (?:é|日)+ 𐐀 [𐐀-𐐨] \\x{10400}
== repetition and alternatives
aab a*b a+b a?b (?:ab)+ (?:ab)*a (?:a|b)* (?:a|ab)(?:b|) (?:a|b|ab){2} (?:a{2}){2} (?:a?){3} (?:a*){3} (?:a|b?){2,3} (?:|a){2} (?:a|){2,} (?:ab|a){1,2}b a{0}b
(?:a{0}b)+ (?:^a)* (?:^|b)a (?:a$|b)* (?:^){0}a (?:\\ba){2} (?:a\\b-?){2} (?:a*b*)* (?:(?:a|b)*c?)* (?:a+)+b ((((a)))) (?:(?:(?:a)?)*)+ a(?:b(?:c|d)?)* x{3}(?:c|d)y?
== punctuation that means nothing
# ## a#b & && ~ ~~ - -- , ; : / " ' % @ ! < > = ` a-b a:b
"""
SPACES = ["", " ", "a b", "[ ]", "(?x) a", "a\nb", "\n", "\t", "a{1, 2}", "\\ ", "\\\n", "a\x00b", "\\Qa b\\E c", "(?P<a b>c)"]


def syntax():
    """The classes of `SYNTAX`, each under its line."""
    for part in SYNTAX.split("\n== ")[1:]:
        what, patterns = part.split("\n", 1)
        yield what, patterns.split()
    yield "spaces and control characters", SPACES


CLASSES = [prefix + body for prefix in ("", "(?i)") for body in (
    "\\d", "\\D", "\\s", "\\S", "\\w", "\\W", "[\\d]", "[^\\d]", "[\\s\\d]", "[^\\s\\d]", "[\\D\\S]", "[^\\w-]", "[a-f\\d]", ".", "[k-s]", "[^k-s]",
    *("[[:" + negated + name + ":]]" for negated in ("", "^") for name in (
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit")))]

ESCAPES = [(what, [form % chr(code) for code in range(128)])
           for what, form in (("a backslash", "\\%s"), ("a backslash in brackets", "[\\%s]"), ("a backslash between letters", "a\\%sb"))]

FOLDS = [form % code
         for code in (0x41, 0x4b, 0x53, 0x6b, 0x73, 0xb5, 0xdf, 0xe5, 0xff, 0x130, 0x131, 0x17f, 0x1c4, 0x1c5, 0x1c6, 0x1f0, 0x345, 0x390, 0x398, 0x3b9,
                      0x3c2, 0x3d1, 0x3f4, 0x412, 0x432, 0x1c80, 0x10a0, 0x10d0, 0x13a0, 0x13f8, 0x1c90, 0x1e9b, 0x1e9e, 0x1fb3, 0x1fbe, 0x1fd3, 0x2126, 0x212a,
                      0x212b, 0x2160, 0x24b6, 0x2c00, 0xa64a, 0xab53, 0xab70, 0xfb05, 0xfb06, 0xff21, 0x10400, 0x104b0, 0x1e900, 0x1e943)
         for form in ("(?i)\\x{%x}", "(?i)[^\\x{%x}]")]
FOLDS += ["(?i)[\\x{100}-\\x{17f}]", "(?i)[\\x{370}-\\x{3ff}]", "(?i)[\\x{100}]", "(?i)[\\x{139}-\\x{13b}]", "(?i)[\\x{1e00}-\\x{1eff}]",
          "(?i)[^\\x{80}-\\x{ffff}]", "(?i)[\\x{81}-\\x{10ffff}]", "(?i)[!-\\x{10fffe}]"]


# Characters beyond ASCII whose only folds within it are those of k and s, or which have none.
FOLDS += ["(?i)[\\x{80}-\\x{ff}]", "[\\x{80}-\\x{10ffff}]", "(?i)[\\x{e0}-\\x{10ffff}]"]


def orbits():
    """Every set of characters that equal each other under (?i), in order: whatever character one asks for."""

    def members(codes):
        ranges = []
        for code in codes:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
        return re2.compile("(?i)[%s]" % "".join("\\x{%x}-\\x{%x}" % tuple(pair) for pair in ranges), options)

    options = re2.Options()
    options.max_mem = 1 << 28
    every = [code for code in range(0x110000) if not 0xd800 <= code < 0xe000]
    blocks = {}
    for code in every:
        blocks.setdefault(code >> 12, []).append(code)
    # Two characters that equal each other differ in some bit: in the upper ones, or within their block.
    parts = [(every, bit) for bit in range(12, 21)] + [(block, bit) for block in blocks.values() for bit in range(12)]
    folded = set()
    for codes, bit in parts:
        halves = [[code for code in codes if code >> bit & 1 == half] for half in (0, 1)]
        if all(halves):
            for one, other in (halves, halves[::-1]):
                folded.update(members(one).findall("".join(map(chr, other))))
    folded = "".join(sorted(folded))
    found = (tuple(members([ord(character)]).findall(folded)) for character in folded)
    return sorted(set(found))


def orbit_cases():
    """A dozen orbits in a row, and each of their characters in place of each other; then the next characters in place."""
    every = orbits()
    for start in range(0, len(every), 12):
        dozen = every[start:start + 12]
        turned = ["".join(orbit[turn % len(orbit):] + orbit[:turn % len(orbit)] for orbit in map("".join, dozen)) for turn in range(4)]
        names = list(dict.fromkeys(turned))
        names.append("".join(chr(ord(character) + 1) for character in names[0] if ord(character) != 0xd7ff))
        yield "every orbit of (?i)", "(?i)" + names[0], names


LONG = "a" * 63
EDGES = [(what, pattern, names.split(" ")) for what, pattern, names in (
    ("the first character beyond ASCII", "\\x{80}", "\x80 \x7f \x81 a a\x80"),
    ("the first character beyond ASCII", "^a?\x80[b\x80]$", "\x80b \x80\x80 a\x80b ab a\x80\x81"),
    ("the first character beyond ASCII", "[ab]\x80", "a\x80 b\x80 ab aa a\x81"),
    ("the first character beyond ASCII", "^[a-z]{70}$", "\x80%s %s" % ("a" * 69, "a" * 70)),
    ("the first character beyond ASCII", "\\wa{63}", "\x80%s b%s" % (LONG, LONG)),
    ("copies that end within an alternative", "^(?:a{3}|b)c$", "aaac aaabc bc aabc"),
    ("copies that end within an alternative", "(?:.*a){1,3}b", "aaaa aaab ab"),
    ("an assertion between equal characters", "a*\\Ba", "a aa aaaa -aa"),
    ("an assertion between equal characters", "^-*\\ba", "a -a --a --- aa"),
    ("a repeated end behind more than a word", ".{70}a*", "%s %saa %saab" % ("x" * 69, "x" * 70, "x" * 70)),
    ("a repeated end behind more than a word", "[ab]{64}b*", "%s %sb %sba" % ("ab" * 32, "ab" * 32, "ab" * 32)),
    ("a repeated beginning before more than a word", "a+b{70}", "a%s aaa%s %s" % ("b" * 70, "b" * 70, "b" * 70)),
    ("a repeated beginning before more than a word", "^(?:ab)+b{70}", "ab%s abab%s abba%s" % ("b" * 70, "b" * 70, "b" * 70)),
    ("nothing of an assertion before more than a word", "(?:\\b){0}[a-z]{70}", "%s -%s -" % ("a" * 70, "a" * 70)),
    ("nothing of an assertion before more than a word", "^{0}a{63}-{1,2}a{0,64}", "- %s- a%s--a" % (LONG, LONG)),
    ("choices a word apart", "a{0,64}a{1,2}", "ba- %saaa %saaaa" % (LONG, LONG)),
    ("choices a word apart", "a{0,64}(?:a{0,64}|.{64})", "%s %s%saa %s%saaa" % ("a" * 60, LONG, LONG, LONG, LONG)),
    ("a repeated assertion", "^{1000}a", "a ba aa"),
    ("a repeated assertion", "(?:\\b|^){500}$", "a a- -"),
    ("a repeated assertion", "-(?:\\b|\\B\\b|$){2,7}b", "-b -- b- a-b --"),
    ("a repeated assertion", "a(?:$|\\b){0,9}b", "ab a-b a b"),
    ("a repeated assertion", "(?:\\b|a){500}", "a -- aa - %s" % ("a" * 500)),
    ("a repeated assertion", "^(?:\\b|a){500}$", "%s %s -" % ("a" * 500, "a" * 501)),
    ("a thousand copies", "(?:ab){1000}", "%s %s ab" % ("ab" * 1000, "ab" * 999)),
    ("a thousand copies", "^[ab]{1000}$", "%s %s ab" % ("ab" * 500, "ab" * 501)),
)]


EVERY = "".join(chr(code) for code in range(0x110000) if not 0xd800 <= code < 0xe000)
# RE2's general categories, and then its scripts.
PROPERTIES = """
C L M N P S Z Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs
Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid
Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari
Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Han
Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada
Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani
Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi
Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian
Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene
Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng
Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta
Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Zanabazar_Square Yi
""".split()


def ranges(pattern):
    """The characters that a class holds, as ranges in hexadecimal."""
    options = re2.Options()
    options.max_mem = 1 << 28
    found = re2.compile("(?:%s)+" % pattern, options).findall(EVERY)
    pairs = []
    for run in found:
        low, high = ord(run[0]), ord(run[-1])
        # A run consists of neighbours, without the surrogates, which are not characters.
        pairs += [(low, high)] if not low < 0xd800 <= high else [(low, 0xd7ff), (0xe000, high)]
    return " ".join("%x-%x" % pair for pair in pairs)


def write_properties(file):
    """Writes the members of every Unicode property, plain, and under (?i) where that makes a difference."""
    if sys.argv[1:] and file not in sys.argv[1:]:
        return
    with open(file + ".jsonl", "w", encoding="utf-8") as out:
        made = "generate.py with google-re2 1.1.20251105: the characters of every Unicode property"
        out.write(json.dumps({"made": made}) + "\n")
        for name in PROPERTIES:
            plain, folded = (ranges(flags + "\\p{%s}" % name) for flags in ("", "(?i)"))
            line = {"property": name, "ranges": plain}
            if folded != plain:
                line["folded"] = folded
            out.write(json.dumps(line) + "\n")


UNICODE_NAMES = ["", "a", "A", "é", "ſ", "1", "٣", "Ⅷ", "½", "_", "-", "+", "€", " ", "\u2028", "\n", "\u200d", "\ue000", "ς", "ǅ", "ж", "Ж", "ع", "́", "中", "Ꭰ",
                 "😀", "𐐀", "\u0378", "\U0010ffff", "aé", "жук", "中a"]


def unicode_patterns():
    """Categories and some scripts in every form, and some properties wherever a class can stand."""
    for name in [*PROPERTIES[:PROPERTIES.index("Adlam")], "Common", "Cyrillic", "Greek", "Han", "Inherited", "Latin"]:
        yield from (form % name for form in ("\\p{%s}", "\\P{%s}", "\\p{^%s}", "\\P{^%s}", "[^\\p{%s}]", "[^a\\P{%s}]"))
        yield from (form % name for form in ("(?i)\\p{%s}", "(?i)\\P{%s}", "(?i)[^\\p{%s}a]"))
    for name in ("L", "N", "P", "S", "Z", "C", "M"):
        yield from (form % name for form in ("\\p%s", "\\P%s", "^\\p%s+$", "^[\\p%s-]*$", "(?i)^\\P%s{2}$"))
    yield from ("^[\\pL\\pN_-]+$", "^[^\\pL\\pN]+$", "[\\p{Greek}a-z]", "[\\P{Greek}]", "[\\p{^Greek}\\d]", "[^\\P{Latin}]", "^\\p{Lu}\\p{Ll}*$",
                "(?i)^\\p{Lu}\\p{Ll}*$", "\\p{Han}|\\p{Cyrillic}{2}", "\\b\\pL", "\\B\\pL", "\\pL\\B", "\\p{Lu}(?i:\\p{Lu})", "^\\pL{2}$", "^(?:\\pL|\\C)$",
                "\\p{Lu}\\C", "[\\p{Lu}[:digit:]]", "[\\p{Lu}-]", "[\\p{Lu}-z]", "[a-\\p{Lu}]", "[[:^ascii:]\\p{Lu}]", "(?P<é>a)", "(?P<名>a)", "(?P<a‿>a)",
                "(?P<١>a)", "(?P<Ⅷ>a)", "(?P<é́>a)", "(?P<½>a)", "(?P<é->a)", "(?P<😀>a)", "(?<ж>a)", "\\p{L}\\p{Foo}", "\\p{Cn}", "\\p{LC}", "\\p{Ll", "\\p{l}",
                "\\p{ L}", "\\pl", "\\p{Latin1}", "\\p{sc=Greek}", "\\p{gc=Lu}", "\\p{Uppercase}", "\\p{Zzzz}", "\\p{Unknown}", "\\p{Grek}")


def random_patterns(count):
    """Patterns of the whole dialect, valid or nearly so."""
    rng = random.Random(7)
    atoms = ["a", "b", "k", "-", "0", "_", "é", "σ", ".", "\\d", "\\W", "\\s", "[ab]", "[^a-k]", "[[:alpha:]é]", "[^\\w]", "^", "$", "\\b", "\\B",
             "\\.", "\\x{e9}", "(?i)", "(?m)", "(?s)", "\\C", "|", "|", "ab", "[k-é]", "\\A", "\\z", "\\n"]
    counts = ["*", "+", "?", "*?", "{2}", "{1,2}", "{0}", "{2,}", "{", "**", "{,1}"]
    groups = ["(?:", "(", "(?i:", "(?s-m:", "(?m:"]

    def pattern(depth):
        text = ""
        for _ in range(rng.randint(1, 4)):
            if depth < 3 and rng.random() < 0.3:
                part = rng.choice(groups) + pattern(depth + 1) + ")"
            else:
                part = rng.choice(atoms)
            if rng.random() < 0.3:
                part += rng.choice(counts)
            text += part
        return text

    return [pattern(0) for _ in range(count)]


write("real", "patterns of recorded tokens, and such as documentation shows", [("patterns as they are met", REAL)], REAL_NAMES)
write("syntax", "every construct, one by one", syntax(), ASCII + LINES + BEYOND)
write("classes", "named classes against all of ASCII", [("named classes", CLASSES)], EVERY_ASCII)
write("escapes", "a backslash before each ASCII character", ESCAPES, ["", "a", "ab", "\n", "a\x07b", "é"] + EVERY_ASCII[33:48])
write("folds", "characters that have other cases, under (?i)", [("case folding", FOLDS)],
      ["a", "K", "s", "\u212a", "ſ", "S", "å", "Å", "Å", "ss", "ß", "ẞ", "µ", "μ", "Μ", "ÿ", "Ÿ", "İ", "ı", "i", "I", "Ǆ", "ǅ", "ǆ", "ǰ", "ͅ", "ι", "Ι", "ι", "ΐ",
       "ΐ", "Θ", "θ", "ϑ", "ϴ", "ς", "σ", "Σ", "в", "В", "ᲀ", "Ⴀ", "ⴀ", "ა", "Ა", "Ꭰ", "ꭰ", "ᏸ", "Ᏸ", "ẛ", "ṡ", "Ṡ", "ᾳ", "ᾼ", "Ω", "ω", "Ω", "Ⅰ", "ⅰ", "Ⓐ", "ⓐ", "Ⰰ",
       "ⰰ", "Ꙋ", "ꙋ", "ᲈ", "Ꭓ", "ꭓ", "ſt", "st", "Ａ", "ａ", "𐐀", "𐐨", "𐒰", "𐓘", "𞤀", "𞤢", "𞤡", "𞥃", "ā", "Ā", "ĺ", "Ĺ", "ļ", "日"])
write("random", "random patterns", [("random", random_patterns(600))], ASCII + LINES + BEYOND)
write_each("orbits", "every character that has other cases, under (?i)", orbit_cases())
write_each("edges", "characters and sizes at which an engine may go another way", EDGES)
write("unicode", "Unicode properties, and the names of groups", [("Unicode properties", unicode_patterns())], UNICODE_NAMES)
write_properties("properties")
