//! The `Via` header, which shows a request that has passed this gateway before.

use std::hash::{BuildHasher, RandomState};

use http::header::{HeaderMap, HeaderValue, VIA};
use http::{HeaderName, Version};

/// This gateway as `Via` names it.
pub struct Via {
    name: String,
}

impl Via {
    /// Makes up a name that no other gateway has.
    pub fn new() -> Self {
        let number = RandomState::new().hash_one(std::process::id());
        Via { name: format!("pubnub-access-gateway-{number:016x}") }
    }

    /// Reports whether a request has passed this gateway. A client that writes the name itself is
    /// refused, and gains nothing.
    pub fn is_in(&self, headers: &HeaderMap) -> bool {
        let name = self.name.as_bytes();
        let mut values = headers.get_all(VIA).iter();
        values.any(|value| value.as_bytes().windows(name.len()).any(|part| part == name))
    }

    /// Returns the header to add to a request of this HTTP version.
    pub fn header(&self, version: Version) -> Option<(HeaderName, HeaderValue)> {
        let version = match version {
            Version::HTTP_2 => "2",
            Version::HTTP_10 => "1.0",
            _ => "1.1",
        };
        let value = HeaderValue::try_from(format!("{version} {}", self.name)).ok()?;
        Some((VIA, value))
    }
}
