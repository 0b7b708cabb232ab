//! The tokens and questions for every peer: the same grants, in each peer's own form.

use pubnub_access::mint::TestToken;
use pubnub_access::{Permission, Permissions};

/// The permission that all questions are about, as a bit of a mask.
pub const READ: u8 = 1;
/// The time of issue of all tokens, in Unix seconds.
pub const ISSUED: u64 = 1_700_000_000;
/// The time to live of all tokens, in minutes.
pub const TTL: u64 = 60;
/// The expiry of all tokens, in Unix seconds.
pub const EXPIRY: u64 = ISSUED + 60 * TTL;
/// The time of all questions, in Unix seconds.
pub const NOW: u64 = ISSUED + 60;
/// The authorized user of all tokens, and the requester.
pub const USER: &str = "user-1";
/// The numbers of grants in the tokens.
pub const SIZES: [usize; 5] = [1, 6, 25, 220, 950];

/// A grant by pattern.
pub struct Pattern {
    pub regex: &'static str,
    /// The closest pattern with only `*`, for engines without regular expressions. It may match
    /// more.
    pub glob: &'static str,
    pub mask: u8,
}

/// One token.
pub struct Case {
    pub entries: usize,
    /// Channels with their permissions.
    pub channels: Vec<(String, u8)>,
    pub patterns: Vec<Pattern>,
    /// The token's text.
    pub text: String,
}

/// The size of a token.
pub struct Size {
    pub entries: usize,
    pub characters: usize,
    /// In bytes.
    pub cbor: usize,
}

/// The grant that answers a question.
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

/// A question: may [`USER`] read this channel at [`NOW`]?
pub struct Question {
    pub how: How,
    pub channel: String,
}

impl Case {
    /// Creates a token with a number of entries: channels and, from 6 on, two patterns among them.
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

    /// Returns the questions about this token: the last channel, one that the first pattern
    /// matches, and one without a grant.
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
