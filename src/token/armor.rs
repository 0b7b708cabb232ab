//! The armour of a token: base64 text to bytes.
//!
//! Accepts the base64url and the standard alphabet, padded or not. Refuses white space, mixed
//! alphabets, partial padding and trailing bits (RFC 4648, sections 3.3, 3.5 and 5).

use alloc::vec::Vec;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

use super::error::{TokenError, TokenErrorKind, TokenFault};
use crate::arithmetic::CannotOverflow;

const STRICT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(false)
    .with_decode_padding_mode(DecodePaddingMode::RequireNone);

// The vector engine detects the processor's features at run time, which needs the standard library.
#[cfg(all(
    feature = "std",
    any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))
))]
mod engine {
    use base64::engine::Simd;
    use std::sync::LazyLock;

    pub(super) static URL_SAFE: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(super::STRICT));
    pub(super) static STANDARD: LazyLock<Simd> = LazyLock::new(|| Simd::standard(super::STRICT));
}

#[cfg(not(all(
    feature = "std",
    any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))
)))]
mod engine {
    use base64::alphabet;
    use base64::engine::GeneralPurpose;

    pub(super) static URL_SAFE: GeneralPurpose =
        GeneralPurpose::new(&alphabet::URL_SAFE, super::STRICT);
    pub(super) static STANDARD: GeneralPurpose =
        GeneralPurpose::new(&alphabet::STANDARD, super::STRICT);
}

/// Decodes the text of a token of at most `limit` bytes.
pub(super) fn decode(text: &str, limit: usize) -> Result<Vec<u8>, TokenError> {
    if text.len() > limit {
        return Err(TokenError::text(limit, TokenFault::TooLong { limit }));
    }
    if text.is_empty() {
        return Err(TokenError::text(0, TokenFault::Empty));
    }
    let payload = strip_padding(text)?;
    match engine::URL_SAFE.decode(payload) {
        Ok(bytes) => Ok(bytes),
        Err(_) => engine::STANDARD.decode(payload).map_err(|_| diagnose(payload)),
    }
}

/// Strips the padding, which must be complete or absent.
fn strip_padding(text: &str) -> Result<&str, TokenError> {
    let payload = text.trim_end_matches('=');
    let padding = text.len().minus(payload.len());
    if padding > 0 && (padding > 2 || text.len() % 4 != 0) {
        // A fault before the padding is reported first, unless the fault is the length.
        let error = diagnose(payload);
        let about_length =
            matches!(error.kind(), TokenErrorKind::InvalidLength | TokenErrorKind::TrailingBits);
        return Err(if about_length {
            TokenError::text(payload.len(), TokenFault::InvalidPadding)
        } else {
            error
        });
    }
    Ok(payload)
}

/// Finds the first fault of a text that decodes in neither alphabet.
fn diagnose(payload: &str) -> TokenError {
    let mut alphabet = None;
    let mut padding = None;
    for (at, character) in payload.char_indices() {
        let url_safe = match character {
            'A'..='Z' | 'a'..='z' | '0'..='9' => continue,
            '-' | '_' => true,
            '+' | '/' => false,
            // The character after the padding may explain more, for example a newline.
            '=' => {
                padding.get_or_insert(at);
                continue;
            }
            ' ' => return TokenError::text(at, TokenFault::Space),
            _ => return TokenError::text(at, TokenFault::InvalidCharacter(character)),
        };
        if *alphabet.get_or_insert(url_safe) != url_safe {
            return TokenError::text(at, TokenFault::MixedAlphabets(character));
        }
    }
    if let Some(at) = padding {
        return TokenError::text(at, TokenFault::InvalidPadding);
    }
    if payload.len() % 4 == 1 {
        return TokenError::text(payload.len(), TokenFault::InvalidLength(payload.len()));
    }
    TokenError::text(payload.len().saturating_sub(1), TokenFault::TrailingBits)
}
