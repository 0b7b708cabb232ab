//! Limits of a request's size.

/// The longest target that is read, in bytes: twice the 32 KiB beyond which the service answers
/// 414, so that nothing that it would take is refused here, with room for a host that takes more.
pub(super) const MAX_TARGET_LEN: usize = 64 * 1024;

/// The longest body that is read for the names in it, in bytes: eight times the 32 KiB of the
/// largest ordinary request.
pub(super) const MAX_BODY_LEN: usize = 256 * 1024;

/// The longest list of names. So many names of seven characters, with their commas, fill the 32 KiB
/// that the service takes in a target; a body, which could hold more, is held to the same.
pub(super) const MAX_NAMES: usize = 4_096;

/// The number of segments that a path is kept of: a few more than the longest route has, 9 (a test
/// holds it there).
pub(super) const MAX_SEGMENTS: usize = 12;
