//! The tokens and the questions that every peer gets: the same grants, in each peer's own form.

use pubnub_access::mint::TestToken;
use pubnub_access::{Permission, Permissions};

/// The permission that all questions are about, as a bit of a mask.
pub const READ: u8 = 1;
/// When all tokens were issued, in Unix seconds.
pub const ISSUED: u64 = 1_700_000_000;
/// For how many minutes they are valid.
pub const TTL: u64 = 60;
/// When they expire.
pub const EXPIRY: u64 = ISSUED + 60 * TTL;
/// When all questions are asked.
pub const NOW: u64 = ISSUED + 60;
/// Whom all tokens are bound to, and who asks.
pub const USER: &str = "user-1";
/// How many grants the tokens have.
pub const SIZES: [usize; 5] = [1, 6, 25, 220, 950];

/// A grant by pattern.
pub struct Pattern {
    pub regex: &'static str,
    /// The nearest that can be said with `*` alone, for engines without regular expressions; it may
    /// match more.
    pub glob: &'static str,
    pub mask: u8,
}

/// One token.
pub struct Case {
    pub entries: usize,
    /// Channels and what is granted on them.
    pub channels: Vec<(String, u8)>,
    pub patterns: Vec<Pattern>,
    /// The token's text.
    pub text: String,
}

/// How large a token is.
pub struct Size {
    pub entries: usize,
    pub characters: usize,
    /// In bytes.
    pub cbor: usize,
}

/// How a question comes to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// An entry names the channel.
    Explicit,
    /// A pattern matches it.
    Pattern,
    /// Neither.
    Denied,
}

impl How {
    pub const ALL: [How; 3] = [How::Explicit, How::Pattern, How::Denied];

    pub fn name(self) -> &'static str {
        match self {
            How::Explicit => "explicit",
            How::Pattern => "by pattern",
            How::Denied => "denied",
        }
    }
}

/// May [`USER`] read this channel at [`NOW`]?
pub struct Question {
    pub how: How,
    pub channel: String,
}

impl Case {
    /// A token of so many entries: channels and, from 6 on, two patterns among them.
    pub fn new(entries: usize) -> Self {
        let mut patterns = Vec::new();
        if entries >= 6 {
            patterns.push(Pattern { regex: "^room-[0-9]+$", glob: "room-*", mask: READ });
            patterns.push(Pattern {
                regex: "^direct\\.user-1\\..*$",
                glob: "direct.user-1.*",
                mask: 3,
            });
        }
        let channels = (0..entries - patterns.len())
            .map(|number| (format!("channel-{number:05}"), 3))
            .collect();
        let mut case = Case { entries, channels, patterns, text: String::new() };
        case.text = case.token().to_text();
        case
    }

    pub fn size(&self) -> Size {
        Size {
            entries: self.entries,
            characters: self.text.len(),
            cbor: self.token().to_cbor().len(),
        }
    }

    fn token(&self) -> TestToken {
        let mut token = TestToken::new(ISSUED, TTL).authorized_user(USER);
        for (name, mask) in &self.channels {
            token = token.channel(name, permissions(*mask));
        }
        for pattern in &self.patterns {
            token = token.channel_pattern(pattern.regex, permissions(pattern.mask));
        }
        token
    }

    /// The questions about this token: the channel named last, one that the first pattern matches,
    /// one that nothing grants.
    pub fn questions(&self) -> Vec<Question> {
        let explicit = self.channels.last().map(|(name, _)| (How::Explicit, name.as_str()));
        let pattern = self.patterns.first().map(|_| (How::Pattern, "room-4711"));
        let all = [explicit, pattern, Some((How::Denied, "another"))];
        all.into_iter()
            .flatten()
            .map(|(how, name)| Question { how, channel: name.to_owned() })
            .collect()
    }
}

/// The permissions of a mask of read (1) and write (2).
fn permissions(mask: u8) -> Permissions {
    let read_write = Permission::Read | Permission::Write;
    if mask == READ { Permission::Read.into() } else { read_write }
}
