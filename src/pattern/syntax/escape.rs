//! Parses classes in brackets, Unicode properties and escapes of a single character. Refuses
//! unknown names and letters, ranges out of order, and code points beyond the last.

use super::class::{CharSet, LAST};
use super::{FOLD, Parser, PatternError, steps, syntax};
use super::{groups, unicode};

const MISSING_BRACKET: &str = "expected `]` to end the class";
const BAD_HEX: &str = "expected two hexadecimal digits or a code point in braces after `\\x`";

impl Parser<'_, '_> {
    /// Reads a class, from its `[` on.
    pub(super) fn class(&mut self) -> Result<(), PatternError> {
        let at = self.at;
        self.set.clear();
        self.advance(1);
        let negated = self.peek() == Some(b'^');
        if negated {
            self.advance(1);
        }
        let mut first = true;
        loop {
            match self.peek() {
                None => return Err(syntax(at, MISSING_BRACKET)),
                Some(b']') if !first => break,
                Some(_) => {}
            }
            first = false;
            if !self.class_group()? {
                self.class_range(at)?;
            }
        }
        self.advance(1);
        if self.has(FOLD) {
            self.set.fold(self.budget)?;
        }
        if negated {
            self.set.negate(self.budget)?;
        }
        self.emit_set()
    }

    /// Adds `\pN`, `\d` or, within brackets, `[:name:]` to the set. Returns false if none of them
    /// is here.
    pub(super) fn class_group(&mut self) -> Result<bool, PatternError> {
        let group = match (self.peek(), self.peek_at(1)) {
            (Some(b'['), Some(b':')) => match self.posix_group()? {
                Some(group) => group,
                None => return Ok(false),
            },
            (Some(b'\\'), Some(b'p' | b'P')) => {
                self.property()?;
                return Ok(true);
            }
            (Some(b'\\'), Some(letter)) => match groups::perl(letter) {
                Some(group) => {
                    self.advance(2);
                    group
                }
                None => return Ok(false),
            },
            _ => return Ok(false),
        };
        self.add_group(group)?;
        Ok(true)
    }

    /// Adds a class of ASCII characters, or everything outside it.
    fn add_group(&mut self, (members, negated): (u128, bool)) -> Result<(), PatternError> {
        if !negated {
            self.set.add_ascii(members);
            return Ok(());
        }
        let mut others = CharSet::new();
        others.add_ascii(members);
        let fold = self.has(FOLD);
        Ok(self.set.add_all_but(others, fold, self.budget)?)
    }

    /// Reads `[:name:]`. If no `:]` follows, the bracket stands for itself.
    fn posix_group(&mut self) -> Result<Option<(u128, bool)>, PatternError> {
        if !self.posix_ends {
            return Ok(None);
        }
        let name = self.rest().get(2..).unwrap_or_default();
        let Some(length) = name.windows(2).position(|pair| pair == b":]") else {
            self.posix_ends = false;
            return Ok(None);
        };
        let Some(group) = groups::posix(name.get(..length).unwrap_or_default()) else {
            return Err(syntax(self.at, "expected the name of a class between `[:` and `:]`"));
        };
        self.advance(length.saturating_add(4));
        Ok(Some(group))
    }

    /// Reads a character of a class, or a range.
    fn class_range(&mut self, class_at: usize) -> Result<(), PatternError> {
        let at = self.at;
        let low = self.class_char(class_at)?;
        let mut high = low;
        if self.peek() == Some(b'-') && self.peek_at(1).is_none_or(|next| next != b']') {
            if self.peek_at(1).is_none() {
                return Err(syntax(class_at, MISSING_BRACKET));
            }
            self.advance(1);
            high = self.class_char(class_at)?;
        }
        if high < low {
            return Err(syntax(at, "expected the lower end of the range first"));
        }
        Ok(self.set.add(low, high, self.budget)?)
    }

    fn class_char(&mut self, class_at: usize) -> Result<u32, PatternError> {
        if self.peek() == Some(b'\\') {
            return self.escape();
        }
        match self.next_char() {
            Some(next) => Ok(next.into()),
            None => Err(syntax(class_at, MISSING_BRACKET)),
        }
    }

    /// Adds `\pN`, `\p{Name}`, `\p{^Name}` or the same with `\P` to the set.
    fn property(&mut self) -> Result<(), PatternError> {
        let at = self.at;
        let mut negated = self.peek_at(1) == Some(b'P');
        self.advance(2);
        let text = self.text.get(self.at..).unwrap_or_default();
        let (name, length) = match text.strip_prefix('{') {
            Some(rest) => match rest.split_once('}') {
                Some((name, _)) => (name, name.len().saturating_add(2)),
                None => return Err(syntax(at, "expected `}` to end the name of the property")),
            },
            None => {
                let length = text.chars().next().map_or(0, char::len_utf8);
                (text.get(..length).unwrap_or_default(), length)
            }
        };
        self.advance(length);
        let name = match name.strip_prefix('^') {
            Some(rest) => {
                negated = !negated;
                rest
            }
            None => name,
        };
        if name == "Any" {
            if !negated {
                self.set.add_all();
            }
            return Ok(());
        }
        self.budget.charge(unicode::TABLE_STEPS)?;
        let members = unicode::property(name)
            .ok_or_else(|| syntax(at, "expected the name of a Unicode property"))?;
        self.budget.charge(steps(members.len()).saturating_mul(4))?;
        let mut others = CharSet::new();
        let set = if negated { &mut others } else { &mut self.set };
        for (low, high) in members {
            set.add(low, high, self.budget)?;
        }
        if !negated {
            return Ok(());
        }
        let fold = self.has(FOLD);
        Ok(self.set.add_all_but(others, fold, self.budget)?)
    }

    /// Reads a backslash and the character that it escapes.
    pub(super) fn escape(&mut self) -> Result<u32, PatternError> {
        let at = self.at;
        self.advance(1);
        let Some(sign) = self.peek() else {
            return Err(syntax(at, "expected a character after the backslash"));
        };
        self.advance(1);
        let code = match sign {
            b'0'..=b'7' => return self.octal(at, sign),
            b'x' => return self.hex(at),
            b'a' => 0x07,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            _ if sign < 0x80 && !sign.is_ascii_alphanumeric() => sign,
            _ => {
                return Err(syntax(
                    at,
                    "expected punctuation or a known letter after the backslash",
                ));
            }
        };
        Ok(code.into())
    }

    /// Reads up to three octal digits. A single one other than zero would be a back-reference.
    fn octal(&mut self, at: usize, first: u8) -> Result<u32, PatternError> {
        let octal = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(8));
        if first != b'0' && octal(self.peek()).is_none() {
            return Err(syntax(at, "expected no back-reference"));
        }
        let mut code = octal(Some(first)).unwrap_or_default();
        for _ in 0..2 {
            let Some(digit) = octal(self.peek()) else {
                break;
            };
            self.advance(1);
            code = code.saturating_mul(8).saturating_add(digit);
        }
        Ok(code)
    }

    /// Reads the digits of `\x41` or `\x{41}`, after the `x`.
    fn hex(&mut self, at: usize) -> Result<u32, PatternError> {
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let mut code = 0_u32;
        if self.peek() != Some(b'{') {
            for _ in 0..2 {
                let digit = hex(self.peek()).ok_or_else(|| syntax(at, BAD_HEX))?;
                self.advance(1);
                code = code.saturating_mul(16).saturating_add(digit);
            }
            return Ok(code);
        }
        self.advance(1);
        let digits = self.at;
        while let Some(digit) = hex(self.peek()) {
            self.advance(1);
            code = code.saturating_mul(16).saturating_add(digit);
            if code > LAST {
                return Err(syntax(at, "expected a code point up to 10FFFF"));
            }
        }
        if self.at == digits || self.peek() != Some(b'}') {
            return Err(syntax(at, BAD_HEX));
        }
        self.advance(1);
        Ok(code)
    }
}
