//! The text of a deny list.

use pubnub_access::revocation::{Fingerprint, RevocationList};

use super::is_printable;

pub fn holds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut by_line = RevocationList::new();
    // Reading stops at the first bad line, with an error.
    let refused = text.lines().position(|line| by_line.read_line(line).is_err());
    match text.parse::<RevocationList>() {
        Ok(list) => {
            assert_eq!(refused, None);
            assert_eq!(list, by_line);
            assert_eq!(list.to_string().parse().as_ref(), Ok(&list));
            entries(list);
        }
        Err(error) => {
            assert_eq!(error.line(), refused.map(|position| position + 1));
            is_printable(&error.to_string());
            says_nothing_of(text, &error.to_string());
        }
    }
}

fn entries(mut list: RevocationList) {
    let entries: Vec<(Fingerprint, u64)> = list.iter().collect();
    assert!(entries.windows(2).all(|pair| pair[0].0 < pair[1].0), "in a fixed order, each once");
    let now = entries.first().map_or(0, |(_, expires_at)| *expires_at);
    let ended = entries.iter().filter(|(_, expires_at)| *expires_at < now).count();
    assert_eq!((list.forget_expired(now), list.len()), (ended, entries.len() - ended));
    for (fingerprint, expires_at) in entries {
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert!(!list.revoke_fingerprint(fingerprint, expires_at) || expires_at < now);
    }
}

/// An error shows no part of a line that could be a token.
fn says_nothing_of(text: &str, message: &str) {
    let long = text.split_whitespace().filter(|word| word.len() > 16 && word.is_ascii());
    long.for_each(|word| assert!(!message.contains(word), "{message}"));
}
