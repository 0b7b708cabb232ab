//! Limits of a request's size.

/// The longest target that is read, in bytes. It is twice the 32 KiB beyond which the service
/// answers 414, so that no request that the service accepts is refused here.
pub(super) const MAX_TARGET_LEN: usize = 64 * 1024;

/// The longest body that is read for names, in bytes: eight times the 32 KiB of the largest
/// ordinary request.
pub(super) const MAX_BODY_LEN: usize = 256 * 1024;

/// The most names in a list. With names of seven characters, they fill the 32 KiB that the service
/// accepts in a target. The same limit holds for a body, which could contain more.
pub(super) const MAX_NAMES: usize = 4_096;

/// The most segments of a path that are kept. The longest route has 9, as a test checks.
pub(super) const MAX_SEGMENTS: usize = 12;
