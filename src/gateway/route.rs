//! The route of an HTTP request: action, names, requester and credential.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use crate::arithmetic::CannotOverflow;
use crate::operation::{Operation, Requirements};
use crate::request::Request;
use crate::request::resource::{Resource, ResourceKind};

use super::action::{Action, Administration, Credential};
use super::body::BodyNames;
use super::error::{Fault, RouteError};
use super::http_request::HttpRequest;
use super::limits::MAX_NAMES;
use super::near;
use super::query::Query;
use super::table::{Asks, Method, Methods, RouteRow, Slot, TABLE, Variant};
use super::target::{Span, Target, contains};

/// The route of an HTTP request to PubNub: action, names, requester and credential.
///
/// Names are borrowed from the target unless they contain escapes.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Route<'a> {
    action: Action,
    subscribe_key: Option<Cow<'a, str>>,
    publish_key: Option<Cow<'a, str>>,
    user_id: Option<Cow<'a, str>>,
    auth: Option<Cow<'a, str>>,
    signed: bool,
    names: [NameList<'a>; 3],
    named_in_body: Option<ResourceKind>,
}

/// The names of one kind in one place of the request, joined by commas. No name contains a comma.
#[derive(Clone, PartialEq, Eq)]
struct NameList<'a> {
    kind: ResourceKind,
    list: Cow<'a, str>,
}

impl<'a> NameList<'a> {
    const NONE: NameList<'static> =
        NameList { kind: ResourceKind::Channel, list: Cow::Borrowed("") };

    fn iter(&self) -> impl Iterator<Item = Resource<'_>> {
        let kind = self.kind;
        self.list
            .split(',')
            .filter(|name| !name.is_empty())
            .map(move |name| Resource { kind, name })
    }
}

/// Reads the route of a request.
///
/// The target is split at its slashes first, then every part is percent-decoded once, as the service
/// does. A request that some server on the way could read differently is refused as [`Ambiguous`].
/// Nothing is guessed.
///
/// ```
/// use pubnub_access::gateway::{Action, Credential, HttpRequest, route};
/// use pubnub_access::{Operation, Request};
///
/// let target = "/v2/subscribe/demo/room-1,room%2F2/0?channel-group=lobby&uuid=alice&auth=qEF2Ag%3D%3D";
/// let http = HttpRequest::new("GET", target);
/// let route = route(&http)?;
/// assert_eq!(route.action(), Action::Operation(Operation::Subscribe));
/// assert_eq!((route.subscribe_key(), route.user_id()), (Some("demo"), Some("alice")));
/// assert_eq!(route.credential(), Credential::Auth("qEF2Ag=="));
///
/// let asked = Request::builder(Operation::Subscribe).channels(["room-1", "room/2"]).group("lobby").user_id("alice");
/// assert_eq!(route.request(), Some(asked.build().unwrap()));
/// # Ok::<(), pubnub_access::gateway::RouteError>(())
/// ```
///
/// A change to memberships or to members names channels or users in its body. Without the body the
/// error is [`BodyNeeded`], so a caller reads only bodies that matter:
///
/// ```
/// use pubnub_access::gateway::{HttpRequest, RouteErrorKind, route};
/// use pubnub_access::{Operation, Request};
///
/// let http = HttpRequest::new("PATCH", "/v2/objects/demo/uuids/bob/channels?uuid=alice");
/// assert_eq!(route(&http).unwrap_err().kind(), RouteErrorKind::BodyNeeded);
///
/// let http = http.body(br#"{"set": [{"channel": {"id": "room-1"}}], "delete": [{"channel": {"id": "room-2"}}]}"#);
/// let asked = Request::builder(Operation::SetMemberships).uuid("bob").channels(["room-1", "room-2"]).user_id("alice");
/// assert_eq!(route(&http)?.request(), Some(asked.build().unwrap()));
/// # Ok::<(), pubnub_access::gateway::RouteError>(())
/// ```
///
/// A new item of DataSync is named in the body, too: `{"data": {"id": "item-1"}}`. Without an `id`,
/// the service generates one, and the request names no resource.
///
/// With `delete` alone, the operation removes. With both, it sets all of them, since both need the
/// same permissions. A list that is `null` counts as missing. A body that names nothing is
/// [`Ambiguous`], since nobody documents what the service then checks.
///
/// # The routes
///
/// Method, path and, where these are the same, the query select a route. `{channels}` is a list of
/// names separated by commas, or a single comma for none; a list in a query may be missing or
/// empty. A name in a namespace of groups is `namespace:group`.
///
#[doc = include_str!("routes.md")]
///
/// # Errors
/// - [`NotPubNub`]: `GET /favicon.ico`, and the parts of PubNub's interface that take no token,
///   such as `/v1/blocks/...`. The service may answer a request that does not route.
/// - [`UnknownVersion`]: `GET /v9/subscribe/demo/room-1/0`, and the retired `/v1/objects/...`.
/// - [`WrongMethod`]: `PUT /time/0`; the case of methods matters.
/// - [`Malformed`]: `/v2/subscribe/demo/100%/0`, `%00` anywhere, `%FF` in a name, a control
///   character in a name, characters that no target can contain, `a,,b` as a list, no name at all
///   if one is needed, a `signature` without a `timestamp`.
/// - [`TooLong`]: a target over 64 KiB, over 4,096 names in a list, a body over 256 KiB.
/// - [`Ambiguous`]: a header that names another method; an encoded slash that makes another route
///   of the path (`/v2/objects/demo/uuids/bob%2Fchannels`); `//`, a segment `.` or `..`, unencoded,
///   encoded once or twice, or between encoded slashes (a message or a device may contain those
///   that do not leave it); `;` outside of a message or a device; a backslash; a fragment; a name,
///   a user id or a credential that still has a percent escape after decoding; `+` in a value that
///   matters; a key that matters given twice, or in another spelling (`%61uth`, `AUTH`, `auth[]`);
///   `add` with `remove`, or either of them without a name; a comma in a place for one name; a path
///   that would be a route in another spelling (`/V2/subscribe/...`, `/v2/%73ubscribe/...`); in a
///   body, `set`, `delete`, `data` or an `id` twice or in another case.
/// - [`BodyNeeded`]: `PATCH /v2/objects/demo/uuids/bob/channels` without a body.
/// - [`BadBody`]: the same with `[]`, `{"set": ["room-1"]}` or a broken JSON.
///
/// [`NotPubNub`]: crate::gateway::RouteErrorKind::NotPubNub
/// [`UnknownVersion`]: crate::gateway::RouteErrorKind::UnknownVersion
/// [`WrongMethod`]: crate::gateway::RouteErrorKind::WrongMethod
/// [`Malformed`]: crate::gateway::RouteErrorKind::Malformed
/// [`TooLong`]: crate::gateway::RouteErrorKind::TooLong
/// [`Ambiguous`]: crate::gateway::RouteErrorKind::Ambiguous
/// [`BodyNeeded`]: crate::gateway::RouteErrorKind::BodyNeeded
/// [`BadBody`]: crate::gateway::RouteErrorKind::BadBody
pub fn route<'a>(request: &HttpRequest<'a>) -> Result<Route<'a>, RouteError> {
    // A route is large, so it is filled in place and moved once. Its initial action is one that no
    // token allows.
    let mut route = Route {
        action: Action::Administration(Administration::GrantToken),
        subscribe_key: None,
        publish_key: None,
        user_id: None,
        auth: None,
        signed: false,
        names: [NameList::NONE; 3],
        named_in_body: None,
    };
    match route.read(request) {
        Ok(()) => Ok(route),
        Err(error) => Err(error.after(request.before())),
    }
}

/// Returns the rows with this path and method, in the order of the table.
fn candidates(
    segments: &[Span<'_>],
    method: Option<Method>,
) -> impl Iterator<Item = &'static RouteRow> {
    TABLE.iter().filter(move |row| Some(row.method) == method && row.matches(segments))
}

/// Returns the reason why no row has this path and method.
#[cold]
fn refuse(target: &Target<'_>) -> RouteError {
    let segments = target.segments();
    if let Some(error) = segments.iter().find_map(|segment| segment.check_inner_dots().err()) {
        return error;
    }
    let of_the_path = TABLE.iter().filter(|row| row.matches(segments));
    let allowed = of_the_path.fold(Methods::default(), |methods, row| methods.with(row.method));
    if allowed.is_empty() { near::refuse(target.path) } else { RouteError::method(allowed) }
}

/// Refuses an empty list of channels, with one exception. It is accepted if the request asks for
/// the state of groups alone and the path is no route for readers that leave out empty segments.
#[cold]
fn check_empty_list(empty: Span<'_>, target: &Target<'_>) -> Result<(), RouteError> {
    let segments = target.segments();
    let others: Vec<Span<'_>> =
        segments.iter().copied().filter(|segment| segment.at != empty.at).collect();
    let is_route = |segments: &[Span<'_>]| TABLE.iter().any(|row| row.matches(segments));
    let of_state = others.get(5).is_some_and(|next| next.text == "uuid");
    let names_groups = Query::read(target.query)?.groups.is_some_and(|list| !list.text.is_empty());
    if of_state && names_groups && is_route(segments) && !is_route(&others) {
        Ok(())
    } else {
        Err(empty.fault(Fault::EmptySegment))
    }
}

/// Refuses a `;`, and dots between encoded slashes, in the segments that matter. Messages do not
/// matter: they can contain `a/../b`, and some clients send `;` in them unencoded.
fn check_what_matters(row: &RouteRow, segments: &[Span<'_>]) -> Result<(), RouteError> {
    for (slot, segment) in row.path.slots().iter().zip(segments) {
        if matches!(slot, Slot::Other) {
            continue;
        }
        if let Some(at) = memchr::memchr(b';', segment.text.as_bytes()) {
            return Err(RouteError::target(segment.at.plus(at), Fault::Semicolon));
        }
        segment.check_inner_dots()?;
    }
    Ok(())
}

/// Refuses `add` and `remove` if they contradict each other or the path.
fn check_members(row: &RouteRow, query: &Query<'_>) -> Result<(), RouteError> {
    match (query.add, query.remove) {
        (Some(add), Some(remove)) if row.variant == Variant::Add => {
            Err(RouteError::target(add.at.max(remove.at), Fault::AddAndRemove))
        }
        (Some(members), _) | (_, Some(members))
            if row.path.slots().last() == Some(&Slot::Literal(b"remove")) =>
        {
            Err(members.fault(Fault::AddOrRemoveBeside))
        }
        _ => Ok(()),
    }
}

impl<'a> Route<'a> {
    fn read(&mut self, request: &HttpRequest<'a>) -> Result<(), RouteError> {
        if request.is_overridden() {
            return Err(RouteError::overridden());
        }
        let target = Target::read(request.target())?;
        let segments = target.segments();
        if let Some(empty) = target.empty_list() {
            check_empty_list(empty, &target)?;
        }
        let mut candidates = candidates(segments, request.method().parse().ok());
        let Some(first) = candidates.next() else { return Err(refuse(&target)) };
        check_what_matters(first, segments)?;
        if contains(target.path, b'%') && near::is_another_route_decoded(target.path) {
            return Err(RouteError::target(0, Fault::AnotherSpelling));
        }
        let query = Query::read(target.query)?;
        check_members(first, &query)?;
        let fires = matches!(first.variant, Variant::Fire) && query.is_fire()?;
        let applies = |row: &&RouteRow| match row.variant {
            Variant::Plain | Variant::Groups => true,
            Variant::Add => query.add.is_some(),
            Variant::Remove => query.remove.is_some(),
            Variant::Fire => fires,
        };
        let Some(row) = core::iter::once(first).chain(candidates).find(applies) else {
            return Err(refuse(&target));
        };
        self.read_action(row, &query)?;
        self.read_path(row, segments)?;
        self.read_query(row, &query)?;
        self.read_body(row, request)?;
        self.check_named(target.path)
    }

    /// Reads the action, the requester and the credential.
    fn read_action(&mut self, row: &RouteRow, query: &Query<'a>) -> Result<(), RouteError> {
        self.action = match row.asks {
            Asks::One(operation)
            | Asks::Create(operation)
            | Asks::ByBody { set: operation, .. } => Action::Operation(operation),
            Asks::Administer(administration) => Action::Administration(administration),
            Asks::Namespaces => Action::Namespaces,
        };
        // Here `auth` is not a credential: clients do not send it, or it names the keys to grant.
        let takes_none =
            matches!(self.action, Action::Operation(Operation::Time) | Action::Administration(_));
        self.signed = query.is_signed()?;
        // DataSync refuses a signature together with a token. Elsewhere, a signature makes the
        // token irrelevant.
        let ignored = takes_none || self.signed && !self.is_datasync();
        if let (false, Some(auth)) = (ignored, query.auth) {
            self.auth = auth.some_value()?;
        }
        if let Some(user_id) = query.uuid {
            self.user_id = user_id.some_value()?;
        }
        Ok(())
    }

    fn read_path(&mut self, row: &RouteRow, segments: &[Span<'a>]) -> Result<(), RouteError> {
        let mut namespace = None;
        for (slot, segment) in row.path.slots().iter().zip(segments) {
            match slot {
                Slot::Literal(_) | Slot::Either(..) | Slot::Other => {}
                Slot::SubscribeKey => self.subscribe_key = Some(segment.decode_once()?),
                Slot::PublishKey => self.publish_key = Some(segment.decode_once()?),
                Slot::Name(kind) => {
                    let name = one_name(*segment)?;
                    let name = match &namespace {
                        Some(namespace) => Cow::Owned(format!("{namespace}:{name}")),
                        None => name,
                    };
                    self.add(*kind, name);
                }
                Slot::Channels => self.add(ResourceKind::Channel, path_list(*segment)?),
                Slot::Namespace => namespace = Some(one_name(*segment)?),
            }
        }
        Ok(())
    }

    fn read_query(&mut self, row: &RouteRow, query: &Query<'a>) -> Result<(), RouteError> {
        let (kind, list) = match row.variant {
            Variant::Groups => (ResourceKind::Group, query.groups),
            Variant::Add => (ResourceKind::Channel, query.add),
            Variant::Remove => (ResourceKind::Channel, query.remove),
            Variant::Plain | Variant::Fire => return Ok(()),
        };
        let Some(list) = list else { return Ok(()) };
        let names = list.value()?;
        if names.is_empty() {
            // An empty list of groups names none. Some readers take an empty `add` for a listing.
            return if kind == ResourceKind::Group {
                Ok(())
            } else {
                Err(list.fault(Fault::AddOrRemoveNothing))
            };
        }
        check_list(list, &names)?;
        self.add(kind, names);
        Ok(())
    }

    fn read_body(&mut self, row: &RouteRow, request: &HttpRequest<'_>) -> Result<(), RouteError> {
        let kind = match row.asks {
            Asks::ByBody { set: Operation::SetMemberships, .. } => ResourceKind::Channel,
            Asks::ByBody { .. } => ResourceKind::Uuid,
            Asks::Create(operation) => match operation.requirements() {
                Requirements::Resources([access]) => access.kind,
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        let Some(body) = request.given_body() else {
            return Err(RouteError::body(0, Fault::BodyNeeded));
        };
        self.named_in_body = Some(kind);
        let named = match row.asks {
            Asks::ByBody { set, delete } => {
                let named = BodyNames::of_change(body, kind.name())?;
                self.action = Action::Operation(if named.sets { set } else { delete });
                named
            }
            _ => BodyNames::of_creation(body)?,
        };
        self.add(kind, Cow::Owned(named.names));
        Ok(())
    }

    /// Adds names. No route has them in more than three places.
    fn add(&mut self, kind: ResourceKind, list: Cow<'a, str>) {
        if let Some(free) = self.names.iter_mut().find(|names| names.list.is_empty()) {
            *free = NameList { kind, list };
        }
    }

    /// Refuses an operation on channels or groups that names none.
    fn check_named(&self, path: &str) -> Result<(), RouteError> {
        let Action::Operation(operation) = self.action else { return Ok(()) };
        let needs_one = |kind| {
            let access = operation.requirements().of(kind);
            access.is_some_and(|access| access.permission.is_some() && !access.optional)
        };
        let named =
            |kind| self.names.iter().any(|names| names.kind == kind && !names.list.is_empty());
        let either = [ResourceKind::Channel, ResourceKind::Group];
        if either.into_iter().any(needs_one) && !either.into_iter().any(named) {
            return Err(RouteError::target(
                path.find(',').unwrap_or_default(),
                Fault::NothingNamed,
            ));
        }
        Ok(())
    }

    /// Returns the action.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Returns the question that a token answers; `None` if no token can allow the action, or
    /// nobody documents which.
    #[must_use]
    pub fn request(&self) -> Option<Request<'_>> {
        let Action::Operation(operation) = self.action else { return None };
        let mut builder = Request::builder(operation);
        if let Some(user_id) = self.user_id() {
            builder = builder.user_id(user_id);
        }
        for Resource { kind, name } in self.resources() {
            builder = builder.resource(kind, name);
        }
        // Every name has been checked, and no required name is missing.
        builder.build().ok()
    }

    /// Returns the resources: of the path, then of the query, then of the body.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        self.names.iter().flat_map(NameList::iter)
    }

    /// Returns the kind of the resources that the body names, or can name; `None` if bodies are not
    /// read.
    #[must_use]
    pub fn named_in_body(&self) -> Option<ResourceKind> {
        self.named_in_body
    }

    /// Reports whether the request is one to DataSync.
    pub(super) fn is_datasync(&self) -> bool {
        is_datasync(self.action)
    }

    /// Reports whether the request carries a signature beside a token or a key.
    pub(super) fn has_two_credentials(&self) -> bool {
        self.signed && self.auth.is_some()
    }

    /// Returns the subscribe key, which names the keyset; only a request for the time has none.
    ///
    /// A caller for one keyset should compare it, since a token is valid only for the keyset that
    /// granted it.
    #[must_use]
    pub fn subscribe_key(&self) -> Option<&str> {
        self.subscribe_key.as_deref()
    }

    /// Returns the publish key, if the path has one.
    #[must_use]
    pub fn publish_key(&self) -> Option<&str> {
        self.publish_key.as_deref()
    }

    /// Returns the requester's user id: the `uuid` of the query, never one of the path. An empty one
    /// counts as missing.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// Returns the credential.
    #[must_use]
    pub fn credential(&self) -> Credential<'_> {
        match &self.auth {
            _ if self.signed => Credential::Signed,
            Some(auth) => Credential::Auth(auth),
            None => Credential::None,
        }
    }
}

/// Reports whether an action is one of DataSync's, which answers in its own way.
pub(super) fn is_datasync(action: Action) -> bool {
    matches!(action, Action::Operation(operation) if operation.area() == "datasync")
}

/// Reads a segment that is one name.
fn one_name(segment: Span<'_>) -> Result<Cow<'_, str>, RouteError> {
    let name = segment.decode_once()?;
    if name.contains(',') { Err(segment.fault(Fault::ListForOne)) } else { Ok(name) }
}

/// Reads a segment that is a list of names. A single comma is the empty list, as is an empty
/// segment that was accepted before.
fn path_list(segment: Span<'_>) -> Result<Cow<'_, str>, RouteError> {
    let list = segment.decode_once()?;
    if list == "," || list.is_empty() {
        return Ok(Cow::Borrowed(""));
    }
    check_list(segment, &list)?;
    Ok(list)
}

/// Refuses an empty name in a list, and too many of them.
fn check_list(place: Span<'_>, list: &str) -> Result<(), RouteError> {
    let mut count = 0_usize;
    for name in list.split(',') {
        if name.is_empty() {
            return Err(place.fault(Fault::EmptyName));
        }
        count = count.plus(1);
    }
    if count > MAX_NAMES { Err(place.fault(Fault::ManyNames)) } else { Ok(()) }
}

impl fmt::Debug for Route<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("action", &self.action)
            .field("subscribe_key", &self.subscribe_key)
            .field("publish_key", &self.publish_key)
            .field("user_id", &self.user_id)
            .field("credential", &self.credential())
            .field("resources", &self.resources().collect::<alloc::vec::Vec<_>>())
            .finish()
    }
}
