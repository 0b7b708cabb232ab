//! Requests: an operation, the resources that it names, and the requester.
//!
//! Names are opaque and compared byte for byte. Building an impossible request fails, such as one
//! with a comma in a name or without a resource.

pub(crate) mod resource;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use thiserror::Error;

use crate::arithmetic::CannotOverflow;
use crate::operation::{Operation, Requirements};
use resource::{NameFault, check_name, check_user_id};

pub use resource::{Resource, ResourceKind};

/// The number of resources up to which a request allocates nothing.
const INLINE: usize = 4;

/// An operation, the resources that it names, and the user id of the requester.
///
/// Names are compared byte for byte: never trimmed, case-folded, percent-decoded or normalised. The
/// requester is not a resource: if Alice sets the memberships of Bob, the user id is Alice and the
/// uuid resource is Bob.
///
/// ```
/// use pubnub_access::{Operation, Request};
///
/// let request = Request::builder(Operation::SetMemberships)
///     .user_id("alice")
///     .uuid("bob")
///     .channel("room-1")
///     .channel("room-2")
///     .build()?;
/// assert_eq!(request.resources().len(), 3);
/// # Ok::<(), pubnub_access::RequestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct Request<'a> {
    operation: Operation,
    user_id: Option<&'a str>,
    resources: Resources<'a>,
}

/// The resources of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Resources<'a> {
    /// Stored in place: the number of resources, and the resources.
    Few(u8, [Resource<'a>; INLINE]),
    Many(Vec<Resource<'a>>),
}

impl<'a> Resources<'a> {
    const NONE: Resources<'static> =
        Resources::Few(0, [Resource { kind: ResourceKind::Channel, name: "" }; INLINE]);

    #[inline]
    fn push(&mut self, resource: Resource<'a>) {
        if let Resources::Few(len, few) = self {
            if let Some(slot) = few.get_mut(usize::from(*len)) {
                *slot = resource;
                *len = len.plus(1);
                return;
            }
        }
        self.push_to_many(resource);
    }

    #[cold]
    #[inline(never)]
    fn push_to_many(&mut self, resource: Resource<'a>) {
        match self {
            Resources::Few(_, few) => {
                let mut many = few.to_vec();
                many.push(resource);
                *self = Resources::Many(many);
            }
            Resources::Many(many) => many.push(resource),
        }
    }

    #[inline]
    fn as_slice(&self) -> &[Resource<'a>] {
        match self {
            Resources::Few(len, few) => few.get(..usize::from(*len)).unwrap_or_default(),
            Resources::Many(many) => many,
        }
    }
}

impl<'a> Request<'a> {
    /// Starts a request for `operation`.
    #[inline]
    pub fn builder(operation: Operation) -> RequestBuilder<'a> {
        RequestBuilder { request: Request { operation, user_id: None, resources: Resources::NONE } }
    }

    /// Returns the operation.
    #[must_use]
    #[inline]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Returns the user id that the requester's client was initialised with.
    #[must_use]
    #[inline]
    pub fn user_id(&self) -> Option<&'a str> {
        self.user_id
    }

    /// Returns the named resources, in the order in which they were added.
    #[must_use]
    #[inline]
    pub fn resources(&self) -> &[Resource<'a>] {
        self.resources.as_slice()
    }

    /// Returns the request with copies of all names, so that it can outlive them.
    #[must_use]
    pub fn into_owned(self) -> OwnedRequest {
        OwnedRequest {
            operation: self.operation,
            user_id: self.user_id.map(Into::into),
            resources: self.resources().iter().map(|of| (of.kind, of.name.into())).collect(),
        }
    }
}

/// A request that owns its names, to keep it or send it to another thread.
///
/// ```
/// use pubnub_access::{Operation, OwnedRequest, Request};
///
/// fn queued(body: String) -> Result<OwnedRequest, pubnub_access::RequestError> {
///     Ok(Request::builder(Operation::Publish).channel(&body).build()?.into_owned())
/// }
/// let request = queued("room-1".to_owned())?;
/// assert_eq!(request.as_request().resources()[0].name, "room-1");
/// # Ok::<(), pubnub_access::RequestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OwnedRequest {
    operation: Operation,
    user_id: Option<Box<str>>,
    resources: Vec<(ResourceKind, Box<str>)>,
}

impl OwnedRequest {
    /// Returns the request, for a decision. It was checked when it was built.
    pub fn as_request(&self) -> Request<'_> {
        let mut resources = Resources::NONE;
        for (kind, name) in &self.resources {
            resources.push(Resource { kind: *kind, name });
        }
        Request { operation: self.operation, user_id: self.user_id.as_deref(), resources }
    }
}

/// Builds a [`Request`]; [`build`](Self::build) checks it.
///
/// ```
/// use pubnub_access::{Operation, Request};
///
/// let rooms: Vec<String> = (1..=3).map(|room| format!("room-{room}")).collect();
/// let request = Request::builder(Operation::Subscribe)
///     .channels(&rooms)
///     .group("sports")
///     .user_id("alice")
///     .build()?;
/// assert_eq!(request.resources().len(), 4);
/// # Ok::<(), pubnub_access::RequestError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct RequestBuilder<'a> {
    request: Request<'a>,
}

impl<'a> RequestBuilder<'a> {
    /// Adds a channel.
    #[inline]
    pub fn channel(self, name: &'a str) -> Self {
        self.resource(ResourceKind::Channel, name)
    }

    /// Adds several channels. `names` is an array of `&str`, a `&Vec<String>` or any iterator over
    /// references to text.
    ///
    /// ```
    /// use pubnub_access::{Operation, Request};
    ///
    /// let names: Vec<String> = (1..=3).map(|number| format!("room-{number}")).collect();
    /// let request = Request::builder(Operation::Subscribe).channels(&names).build()?;
    /// let same = Request::builder(Operation::Subscribe).channels(["room-1", "room-2", "room-3"]);
    /// assert_eq!(request, same.build()?);
    /// # Ok::<(), pubnub_access::RequestError>(())
    /// ```
    pub fn channels<S>(self, names: impl IntoIterator<Item = &'a S>) -> Self
    where
        S: AsRef<str> + ?Sized + 'a,
    {
        names.into_iter().fold(self, |request, name| request.channel(name.as_ref()))
    }

    /// Adds a channel group. A leading colon (`:sports`) makes no difference.
    #[inline]
    pub fn group(self, name: &'a str) -> Self {
        self.resource(ResourceKind::Group, name)
    }

    /// Adds several channel groups.
    pub fn groups<S>(self, names: impl IntoIterator<Item = &'a S>) -> Self
    where
        S: AsRef<str> + ?Sized + 'a,
    {
        names.into_iter().fold(self, |request, name| request.group(name.as_ref()))
    }

    /// Adds a uuid as a resource: the user whose metadata or memberships are concerned.
    #[inline]
    pub fn uuid(self, name: &'a str) -> Self {
        self.resource(ResourceKind::Uuid, name)
    }

    /// Adds several uuids as resources.
    pub fn uuids<S>(self, names: impl IntoIterator<Item = &'a S>) -> Self
    where
        S: AsRef<str> + ?Sized + 'a,
    {
        names.into_iter().fold(self, |request, name| request.uuid(name.as_ref()))
    }

    /// Adds a user of DataSync as a resource; the requester is [`user_id`](Self::user_id).
    #[inline]
    pub fn user(self, name: &'a str) -> Self {
        self.resource(ResourceKind::User, name)
    }

    /// Adds an entity of DataSync.
    #[inline]
    pub fn entity(self, name: &'a str) -> Self {
        self.resource(ResourceKind::Entity, name)
    }

    /// Adds a relationship of DataSync.
    #[inline]
    pub fn relationship(self, name: &'a str) -> Self {
        self.resource(ResourceKind::Relationship, name)
    }

    /// Adds a membership of DataSync.
    #[inline]
    pub fn membership(self, name: &'a str) -> Self {
        self.resource(ResourceKind::Membership, name)
    }

    /// Sets the requester's user id, which a token can be bound to.
    #[inline]
    pub fn user_id(mut self, user_id: &'a str) -> Self {
        self.request.user_id = Some(user_id);
        self
    }

    /// Adds a resource of any kind.
    #[inline]
    pub fn resource(mut self, kind: ResourceKind, name: &'a str) -> Self {
        self.request.resources.push(Resource { kind, name });
        self
    }

    /// Checks the request.
    ///
    /// # Errors
    /// - [`RequestErrorKind::InvalidName`]: a name is empty, or holds a comma or a control
    ///   character, as in `""`, `"a,b"` or `"a\n"`; or the user id is empty or holds a control
    ///   character.
    /// - [`RequestErrorKind::UnexpectedResource`]: the operation does not name this kind, as with a
    ///   uuid for `publish`.
    /// - [`RequestErrorKind::MissingResource`]: the operation needs a resource that is not named,
    ///   as with no channel for `publish`, or neither a channel nor a group for `subscribe`.
    #[inline]
    pub fn build(self) -> Result<Request<'a>, RequestError> {
        match self.fault() {
            Some(kind) => Err(RequestError { operation: self.request.operation, kind }),
            None => Ok(self.request),
        }
    }

    /// Returns the first fault of the request.
    #[inline]
    fn fault(&self) -> Option<RequestErrorKind> {
        if let Some(Err(fault)) = self.request.user_id.map(check_user_id) {
            return Some(RequestErrorKind::InvalidName(NameError { what: NameOf::UserId, fault }));
        }
        let requirements = self.request.operation.requirements();
        let mut named = KindSet::default();
        for (position, resource) in self.request.resources().iter().enumerate() {
            let kind = resource.kind;
            if let Err(fault) = check_name(resource.name) {
                let what = NameOf::Resource { kind, position };
                return Some(RequestErrorKind::InvalidName(NameError { what, fault }));
            }
            if !named.has(kind) && requirements.of(kind).is_none() {
                return Some(RequestErrorKind::UnexpectedResource(kind));
            }
            named.add(kind);
        }
        missing(requirements, named).map(RequestErrorKind::MissingResource)
    }
}

/// A set of resource kinds.
#[derive(Clone, Copy, Default)]
struct KindSet(u8);

impl KindSet {
    fn bit(kind: ResourceKind) -> u8 {
        1_u8.wrapping_shl(kind as u32)
    }

    fn add(&mut self, kind: ResourceKind) {
        self.0 |= Self::bit(kind);
    }

    fn has(self, kind: ResourceKind) -> bool {
        self.0 & Self::bit(kind) != 0
    }
}

/// Returns a kind that the request must name and does not. If an operation takes channels and
/// groups, either will do; every other kind with a permission is required.
fn missing(requirements: Requirements, named: KindSet) -> Option<ResourceKind> {
    let Requirements::Resources(accesses) = requirements else { return None };
    let mut needed =
        accesses.iter().filter(|access| access.permission.is_some() && !access.optional);
    let either = [ResourceKind::Channel, ResourceKind::Group];
    let missing = needed.find(|access| {
        let stood_for = || {
            either.contains(&access.kind)
                && either.into_iter().any(|kind| named.has(kind))
                && takes_either(requirements)
        };
        !named.has(access.kind) && !stood_for()
    });
    Some(missing?.kind)
}

/// Reports whether an operation takes channels, groups or both.
fn takes_either(requirements: Requirements) -> bool {
    [ResourceKind::Channel, ResourceKind::Group]
        .into_iter()
        .all(|kind| requirements.of(kind).is_some_and(|access| access.permission.is_some()))
}

/// The error of building a [`Request`].
///
/// ```
/// use pubnub_access::{Operation, Request, RequestErrorKind, ResourceKind};
///
/// let error = Request::builder(Operation::Publish).user_id("alice").build().unwrap_err();
/// assert_eq!(error.kind(), RequestErrorKind::MissingResource(ResourceKind::Channel));
/// assert_eq!(error.to_string(), "publish needs a channel, and none is named");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Error)]
pub struct RequestError {
    operation: Operation,
    kind: RequestErrorKind,
}

/// The kinds of [`RequestError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestErrorKind {
    /// A name is empty, or holds a comma or a control character.
    InvalidName(NameError),
    /// The operation never names a resource of this kind.
    UnexpectedResource(ResourceKind),
    /// The operation needs a resource of this kind, and none is named.
    MissingResource(ResourceKind),
}

impl RequestErrorKind {
    /// The kind's stable code in snake case, as in `missing_resource`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            RequestErrorKind::InvalidName(_) => "invalid_name",
            RequestErrorKind::UnexpectedResource(_) => "unexpected_resource",
            RequestErrorKind::MissingResource(_) => "missing_resource",
        }
    }
}

/// The name at fault, and the position in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[error("{what} {fault}")]
pub struct NameError {
    what: NameOf,
    fault: NameFault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
enum NameOf {
    #[error("the user id")]
    UserId,
    /// The position counts the request's resources of all kinds, from 0.
    #[error("the {kind} name (resource {})", .position.plus(1))]
    Resource { kind: ResourceKind, position: usize },
}

impl NameError {
    /// Returns the byte offset of the character at fault; `None` for an empty name.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        match self.fault {
            NameFault::Empty => None,
            NameFault::Comma { at } | NameFault::Control { at } => Some(at),
        }
    }
}

impl RequestError {
    /// Returns the kind of error.
    #[must_use]
    pub fn kind(&self) -> RequestErrorKind {
        self.kind
    }

    /// Returns the operation of the request.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.operation;
        match self.kind {
            RequestErrorKind::InvalidName(error) => error.fmt(f),
            RequestErrorKind::UnexpectedResource(kind) => write!(f, "{operation} names no {kind}"),
            RequestErrorKind::MissingResource(kind) => {
                let or_group =
                    if takes_either(operation.requirements()) { " or a group" } else { "" };
                write!(f, "{operation} needs {}{or_group}, and none is named", kind.with_article())
            }
        }
    }
}
