//! Policies: what the caller knows about the service and the keyset.
//!
//! A [`Policy`] holds the readings to consider, the keyset's flags, the clock's tolerance, the deny
//! list, and the work limit.

pub(crate) mod readings;
#[cfg(feature = "serde")]
pub(crate) mod settings;

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use core::fmt;

use crate::arithmetic::as_u64;
use crate::enums::named_enum;
use crate::request::resource::ResourceKind;
use crate::token::UnverifiedToken;

pub use readings::{Doubt, GroupNames, Precedence, Reading, Readings, ReadingsIter};

named_enum! {
    /// The state of a keyset's flag that restricts getting all metadata.
    ///
    /// The Admin Portal calls the flags "Disallow Get All Channel Metadata" and "Disallow Get All
    /// User Metadata".
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub enum KeysetFlag, "keyset flag", name {
        /// The caller does not know.
        #[default]
        Unknown = "unknown",
        /// The flag is off: every requester may get all metadata.
        Allowed = "allowed",
        /// The flag is on: getting all metadata needs a token whose categories grant `get`.
        Restricted = "restricted",
    }
}

/// The caller's deny list of revoked tokens.
///
/// Closures and sets of tokens are deny lists,
#[cfg_attr(feature = "revocation", doc = "[`RevocationList`](crate::revocation::RevocationList),")]
#[cfg_attr(not(feature = "revocation"), doc = "`RevocationList` (feature `revocation`),")]
/// and so is an `Arc` or a lock around one. A list must compare tokens by their decoded bytes, as
/// [`UnverifiedToken`] itself does, not by their text, since one token has several texts.
///
/// ```
/// use pubnub_access::{Policy, UnverifiedToken};
/// use std::collections::HashSet;
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let revoked: HashSet<UnverifiedToken> = [UnverifiedToken::parse(text.trim())?].into();
/// let policy = Policy::new().deny_list(&revoked);
/// // As a closure:
/// let is_revoked = |token: &UnverifiedToken| revoked.contains(token);
/// let policy = Policy::new().deny_list(&is_revoked);
/// # Ok::<(), pubnub_access::TokenError>(())
/// ```
///
/// A list that is replaced as a whole, with the crate `arc-swap`:
///
#[cfg_attr(feature = "revocation", doc = "```")]
#[cfg_attr(not(feature = "revocation"), doc = "```ignore")]
/// use arc_swap::ArcSwap;
/// use pubnub_access::revocation::RevocationList;
/// use pubnub_access::{Operation, Policy, Request, UnverifiedToken, Verdict};
///
/// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
/// let token = UnverifiedToken::parse(text.trim())?;
/// let request = Request::builder(Operation::Publish).channel("room-1").user_id("alice").build()?;
/// let current = ArcSwap::from_pointee(RevocationList::new());
/// let verdict = || {
///     let list = current.load();
///     token.evaluate(&request, token.issued_at(), &Policy::new().deny_list(&*list)).verdict()
/// };
/// assert_eq!(verdict(), Verdict::Allow);
/// current.store(std::sync::Arc::new([token.clone()].into_iter().collect()));
/// assert_eq!(verdict(), Verdict::Deny);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait DenyList {
    /// Reports whether a token is on the list.
    fn is_revoked(&self, token: &UnverifiedToken) -> bool;
}

impl<F: Fn(&UnverifiedToken) -> bool> DenyList for F {
    fn is_revoked(&self, token: &UnverifiedToken) -> bool {
        self(token)
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<T: DenyList + ?Sized> DenyList for alloc::sync::Arc<T> {
    fn is_revoked(&self, token: &UnverifiedToken) -> bool {
        (**self).is_revoked(token)
    }
}

// A box or a reference of any type would collide with those of closures.
impl DenyList for Box<dyn DenyList + Send + Sync + '_> {
    fn is_revoked(&self, token: &UnverifiedToken) -> bool {
        (**self).is_revoked(token)
    }
}

impl DenyList for &(dyn DenyList + Sync + '_) {
    fn is_revoked(&self, token: &UnverifiedToken) -> bool {
        (**self).is_revoked(token)
    }
}

impl DenyList for BTreeSet<UnverifiedToken> {
    fn is_revoked(&self, token: &UnverifiedToken) -> bool {
        self.contains(token)
    }
}

#[cfg(feature = "std")]
impl<S: core::hash::BuildHasher> DenyList for std::collections::HashSet<UnverifiedToken, S> {
    fn is_revoked(&self, token: &UnverifiedToken) -> bool {
        self.contains(token)
    }
}

/// A list that another thread may be adding to. A thread that panicked while it held the lock
/// changes nothing: the list is still read.
#[cfg(feature = "std")]
impl<T: DenyList + ?Sized> DenyList for std::sync::RwLock<T> {
    fn is_revoked(&self, token: &UnverifiedToken) -> bool {
        self.read().unwrap_or_else(std::sync::PoisonError::into_inner).is_revoked(token)
    }
}

/// The knowledge of a caller that is neither in the token nor in the request.
///
/// The default considers all 12 readings, knows nothing of the keyset, trusts the clock to the
/// second and has no deny list. A setting that answers a question leaves fewer readings, so that
/// more verdicts are certain:
///
/// ```
/// use pubnub_access::{Doubt, GroupNames, Policy, Precedence};
///
/// let policy = Policy::new().precedence(Precedence::Union).group_names(GroupNames::Plain);
/// assert_eq!(policy.readings().len(), 2);
/// assert_eq!(policy.doubt(Doubt::Refused).readings().len(), 1);
/// ```
///
/// With the feature `serde`, a policy is part of a configuration file, in any format. Its keys are
/// `precedence`, `group_names`, `doubt`, `get_all_user_metadata`, `get_all_channel_metadata`,
/// `clock_tolerance` (seconds) and `work_limit` (steps). The values are those of the command's
/// flags, or `unknown`. A missing key has its default. An unknown key is an error that names the
/// key that was probably meant. A deny list cannot be in a file.
///
#[cfg_attr(feature = "serde", doc = "```")]
#[cfg_attr(not(feature = "serde"), doc = "```ignore")]
/// use pubnub_access::Policy;
///
/// let policy: Policy<'_> = serde_json::from_str(
///     r#"{ "precedence": "union", "get_all_user_metadata": "restricted", "clock_tolerance": 30 }"#,
/// )?;
/// assert_eq!(policy.readings().len(), 4);
/// let error = serde_json::from_str::<Policy<'_>>(r#"{ "precedance": "union" }"#).unwrap_err();
/// assert!(error.to_string().starts_with("unknown policy key, did you mean precedence?"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct Policy<'a> {
    precedence: Option<Precedence>,
    group_names: Option<GroupNames>,
    doubt: Option<Doubt>,
    get_all_user_metadata: KeysetFlag,
    get_all_channel_metadata: KeysetFlag,
    clock_tolerance: u64,
    work_limit: u64,
    deny_list: Option<&'a (dyn DenyList + Sync)>,
}

impl<'a> Policy<'a> {
    /// The default of [`work_limit`](Self::work_limit), in steps. It suffices for some ten thousand
    /// usual patterns, or some thousands with alternatives.
    pub const DEFAULT_WORK_LIMIT: u64 = 300_000;
    /// The number of resources up to which each one adds to the work limit.
    const MOST_SHARES: u64 = 4;

    /// The default policy.
    pub const fn new() -> Self {
        Policy {
            precedence: None,
            group_names: None,
            doubt: None,
            get_all_user_metadata: KeysetFlag::Unknown,
            get_all_channel_metadata: KeysetFlag::Unknown,
            clock_tolerance: 0,
            work_limit: Self::DEFAULT_WORK_LIMIT,
            deny_list: None,
        }
    }

    /// Sets how explicit entries and patterns combine; by default, all three ways are considered.
    pub const fn precedence(mut self, precedence: Precedence) -> Self {
        self.precedence = Some(precedence);
        self
    }

    /// Sets the form of a group's name that patterns are matched against; by default, both are
    /// considered.
    pub const fn group_names(mut self, group_names: GroupNames) -> Self {
        self.group_names = Some(group_names);
        self
    }

    /// Sets how every other doubt is decided; by default, both ways are considered.
    pub const fn doubt(mut self, doubt: Doubt) -> Self {
        self.doubt = Some(doubt);
        self
    }

    /// Returns the policy without its setting for doubts.
    pub(crate) const fn without_doubt(mut self) -> Self {
        self.doubt = None;
        self
    }

    /// Sets the keyset's flag for `get-all-user-metadata`; unknown by default.
    pub const fn get_all_user_metadata(mut self, flag: KeysetFlag) -> Self {
        self.get_all_user_metadata = flag;
        self
    }

    /// Sets the keyset's flag for `get-all-channel-metadata`; unknown by default.
    pub const fn get_all_channel_metadata(mut self, flag: KeysetFlag) -> Self {
        self.get_all_channel_metadata = flag;
        self
    }

    /// Sets how far the caller's clock and the service's may differ, in seconds; 0 by default. A
    /// token is in doubt if it was issued, or expires, within this time.
    pub const fn clock_tolerance(mut self, seconds: u64) -> Self {
        self.clock_tolerance = seconds;
        self
    }

    /// Sets the steps that one decision may spend on patterns, 300,000 by default.
    ///
    /// A request has this limit for each resource that it names, up to 4, and its resources share
    /// the sum. A step takes some nanoseconds on a usual processor. It pays for parsing a quarter
    /// of a character of a pattern, for comparing one character of a name in one state, or for
    /// skipping a pattern. Work is counted, not timed, and charged before it is done. A pattern
    /// that would take more steps than are left is in doubt. Other patterns can still spend those
    /// steps, unless the cost of the pattern only shows while it is built.
    pub const fn work_limit(mut self, steps: u64) -> Self {
        self.work_limit = steps;
        self
    }

    /// Sets the deny list of revoked tokens; none by default.
    pub const fn deny_list(mut self, deny_list: &'a (dyn DenyList + Sync)) -> Self {
        self.deny_list = Some(deny_list);
        self
    }

    /// Returns the readings that this policy considers: at least one.
    pub fn readings(&self) -> Readings {
        self.precedence.map_or(Readings::ALL, Readings::with_precedence)
            & self.group_names.map_or(Readings::ALL, Readings::with_group_names)
            & self.doubt.map_or(Readings::ALL, Readings::with_doubt)
    }

    /// Returns the keyset's flag that restricts getting all of `kind`.
    pub(crate) fn keyset_flag(&self, kind: ResourceKind) -> KeysetFlag {
        match kind {
            ResourceKind::Uuid => self.get_all_user_metadata,
            ResourceKind::Channel => self.get_all_channel_metadata,
            _ => KeysetFlag::Unknown,
        }
    }

    pub(crate) fn tolerance(&self) -> u64 {
        self.clock_tolerance
    }

    /// Returns the work limit of a decision about one resource.
    pub(crate) fn work(&self) -> u64 {
        self.work_limit
    }

    /// Returns the work limit of a decision about a number of resources.
    pub(crate) fn work_for(&self, resources: usize) -> u64 {
        let shares = as_u64(resources).clamp(1, Self::MOST_SHARES);
        self.work_limit.saturating_mul(shares)
    }

    pub(crate) fn revocations(&self) -> Option<&'a (dyn DenyList + Sync)> {
        self.deny_list
    }
}

impl Default for Policy<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Policy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("precedence", &self.precedence)
            .field("group_names", &self.group_names)
            .field("doubt", &self.doubt)
            .field("get_all_user_metadata", &self.get_all_user_metadata)
            .field("get_all_channel_metadata", &self.get_all_channel_metadata)
            .field("clock_tolerance", &self.clock_tolerance)
            .field("work_limit", &self.work_limit)
            .field("deny_list", &self.deny_list.is_some())
            .finish()
    }
}
