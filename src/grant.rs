//! Bodies of v3 grant requests, and the service's error bodies (feature `grant`).
//!
//! - [`GrantRequest`] builds, reads and checks a body. It reports all problems at once, and the
//!   exact length of the token.
//! - [`missing_grant`] finds the smallest grant that makes a refused request allowed.
//! - [`ApiError`] reads the service's error bodies; [`grant_endpoint`] and [`revoke_endpoint`]
//!   build the paths.
//!
//! Nothing is sent or signed.

mod api_error;
mod endpoint;
mod json;
mod meta;
#[cfg(feature = "mint")]
mod mint;
mod missing;
mod permissions;
mod problem;
mod read;
mod size;
mod validate;
mod write;

use alloc::collections::{BTreeMap, btree_map};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::evaluate::projection;
use crate::permission::{Permission, Permissions};
use crate::request::resource::ResourceKind;
use crate::token::{Grants, UnverifiedToken};

pub use api_error::{ApiError, ApiErrorDetail, ApiErrorMeaning, ParseApiError};
pub use endpoint::{Endpoint, EndpointError, grant_endpoint, revoke_endpoint};
pub use meta::Meta;
pub use missing::{Remedy, RequiredGrant, Unobtainable, missing_grant};
pub use permissions::{
    ChannelPermissions, EntityPermissions, GroupPermissions, MembershipPermissions,
    RelationshipPermissions, UserPermissions, UuidPermissions,
};
pub use problem::{Error, Problem, ProblemKind};

/// Permissions by kind and by name, or by kind and by pattern. Every kind has an entry.
type Scopes = BTreeMap<ResourceKind, BTreeMap<String, Permissions>>;

/// The body of a v3 grant request.
///
/// The methods for one kind take only permissions of that kind. [`resource`](Self::resource) and
/// [`pattern`](Self::pattern) take any kind and any mask. A name that is granted twice gets the
/// permissions of both grants. Building never fails; [`validate`](Self::validate) lists what the
/// service would refuse.
///
/// ```
/// use pubnub_access::grant::{ChannelPermissions, GrantRequest, UuidPermissions};
///
/// let request = GrantRequest::new(60)
///     .with_authorized_user("alice")
///     .channel("room-1", ChannelPermissions::READ | ChannelPermissions::WRITE)
///     .channel_pattern("^room-[0-9]+$", ChannelPermissions::READ)
///     .uuid("alice", UuidPermissions::GET);
/// assert!(request.validate().is_empty());
/// assert_eq!(
///     request.to_json(),
///     concat!(
///         r#"{"ttl":60,"permissions":{"#,
///         r#""resources":{"channels":{"room-1":3},"groups":{},"uuids":{"alice":32},"users":{},"spaces":{}},"#,
///         r#""patterns":{"channels":{"^room-[0-9]+$":1},"groups":{},"uuids":{},"users":{},"spaces":{}},"#,
///         r#""meta":{},"uuid":"alice"}}"#,
///     ),
/// );
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct GrantRequest {
    ttl: u64,
    authorized_user: Option<String>,
    resources: Scopes,
    patterns: Scopes,
    categories: BTreeMap<ResourceKind, Permissions>,
    meta: BTreeMap<String, Meta>,
}

impl GrantRequest {
    /// Creates a request that grants nothing yet. Its token is valid for 1 to 43,200 minutes (30
    /// days).
    pub fn new(ttl_minutes: u64) -> Self {
        GrantRequest {
            ttl: ttl_minutes,
            authorized_user: None,
            resources: Scopes::new(),
            patterns: Scopes::new(),
            categories: BTreeMap::new(),
            meta: BTreeMap::new(),
        }
    }

    /// Sets the time to live of the token, in minutes.
    pub fn with_ttl(mut self, minutes: u64) -> Self {
        self.ttl = minutes;
        self
    }

    /// Binds the token to a user id: nobody else may use it.
    pub fn with_authorized_user(mut self, user_id: &str) -> Self {
        self.authorized_user = Some(user_id.into());
        self
    }

    /// Grants permissions on a channel.
    pub fn channel(self, name: &str, permissions: ChannelPermissions) -> Self {
        self.resource(ResourceKind::Channel, name, permissions)
    }

    /// Grants permissions on a channel group. Write its name without a leading colon.
    pub fn group(self, name: &str, permissions: GroupPermissions) -> Self {
        self.resource(ResourceKind::Group, name, permissions)
    }

    /// Grants permissions on a user's metadata and memberships.
    pub fn uuid(self, name: &str, permissions: UuidPermissions) -> Self {
        self.resource(ResourceKind::Uuid, name, permissions)
    }

    /// Grants permissions on a user of DataSync.
    pub fn user(self, id: &str, permissions: UserPermissions) -> Self {
        self.resource(ResourceKind::User, id, permissions)
    }

    /// Grants permissions on an entity of DataSync.
    pub fn entity(self, id: &str, permissions: EntityPermissions) -> Self {
        self.resource(ResourceKind::Entity, id, permissions)
    }

    /// Grants permissions on a relationship of DataSync.
    pub fn relationship(self, id: &str, permissions: RelationshipPermissions) -> Self {
        self.resource(ResourceKind::Relationship, id, permissions)
    }

    /// Grants permissions on a membership of DataSync.
    pub fn membership(self, id: &str, permissions: MembershipPermissions) -> Self {
        self.resource(ResourceKind::Membership, id, permissions)
    }

    /// Grants permissions on the channels that a pattern in RE2's dialect matches.
    pub fn channel_pattern(self, pattern: &str, permissions: ChannelPermissions) -> Self {
        self.pattern(ResourceKind::Channel, pattern, permissions)
    }

    /// Grants permissions on the channel groups that a pattern matches.
    pub fn group_pattern(self, pattern: &str, permissions: GroupPermissions) -> Self {
        self.pattern(ResourceKind::Group, pattern, permissions)
    }

    /// Grants permissions on the uuids that a pattern matches.
    pub fn uuid_pattern(self, pattern: &str, permissions: UuidPermissions) -> Self {
        self.pattern(ResourceKind::Uuid, pattern, permissions)
    }

    /// Grants permissions on the users of DataSync that a pattern matches. Nobody documents how the
    /// service matches patterns on users, so name the users if you can.
    pub fn user_pattern(self, pattern: &str, permissions: UserPermissions) -> Self {
        self.pattern(ResourceKind::User, pattern, permissions)
    }

    /// Grants permissions on the entities of DataSync that a pattern matches.
    pub fn entity_pattern(self, pattern: &str, permissions: EntityPermissions) -> Self {
        self.pattern(ResourceKind::Entity, pattern, permissions)
    }

    /// Grants permissions on the relationships of DataSync that a pattern matches.
    pub fn relationship_pattern(self, pattern: &str, permissions: RelationshipPermissions) -> Self {
        self.pattern(ResourceKind::Relationship, pattern, permissions)
    }

    /// Grants permissions on the memberships of DataSync that a pattern matches.
    pub fn membership_pattern(self, pattern: &str, permissions: MembershipPermissions) -> Self {
        self.pattern(ResourceKind::Membership, pattern, permissions)
    }

    /// Grants `get-all-channel-metadata` on keysets that restrict it.
    pub fn get_all_channel_metadata(self) -> Self {
        self.category(ResourceKind::Channel, Permission::Get)
    }

    /// Grants `get-all-user-metadata` on keysets that restrict it.
    pub fn get_all_user_metadata(self) -> Self {
        self.category(ResourceKind::Uuid, Permission::Get)
    }

    /// Grants any permissions on a resource of any kind.
    ///
    /// ```
    /// use pubnub_access::grant::GrantRequest;
    /// use pubnub_access::{Permissions, ResourceKind};
    ///
    /// let request = GrantRequest::new(15).resource(ResourceKind::Group, "sports", Permissions::from_mask(3));
    /// let problems = request.validate();
    /// assert_eq!(
    ///     problems[0].to_string(),
    ///     "permissions.resources.groups.sports: write has no effect on a group, but the service stores it",
    /// );
    /// ```
    pub fn resource(
        mut self,
        kind: ResourceKind,
        name: &str,
        permissions: impl Into<Permissions>,
    ) -> Self {
        add(&mut self.resources, kind, name.into(), permissions.into());
        self
    }

    /// Grants any permissions on the resources of any kind that a pattern matches.
    pub fn pattern(
        mut self,
        kind: ResourceKind,
        pattern: &str,
        permissions: impl Into<Permissions>,
    ) -> Self {
        add(&mut self.patterns, kind, pattern.into(), permissions.into());
        self
    }

    /// Grants permissions on a whole kind. Only `get` on channels and on uuids has an effect so
    /// far.
    pub fn category(mut self, kind: ResourceKind, permissions: impl Into<Permissions>) -> Self {
        *self.categories.entry(kind).or_default() |= permissions.into();
        self
    }

    /// Adds a key to the metadata, or replaces its value.
    ///
    /// ```
    /// use pubnub_access::grant::GrantRequest;
    ///
    /// let request = GrantRequest::new(15).with_meta("tier", "gold").with_meta("level", 3);
    /// assert!(request.to_json().contains(r#""meta":{"level":3,"tier":"gold"}"#));
    /// ```
    pub fn with_meta(mut self, key: &str, value: impl Into<Meta>) -> Self {
        self.meta.insert(key.into(), value.into());
        self
    }

    /// Limits a resource of DataSync, such as `datasync:entities:e-1`, to a projection.
    ///
    /// Projections are stored in the metadata, under `pn-projections`. They are not permissions:
    /// the service refuses a request that grants nothing else.
    pub fn projection(self, resource: &str, projection: &str) -> Self {
        self.project(projection::BY_ID, resource, projection)
    }

    /// Limits the resources of DataSync that a pattern matches to a projection.
    pub fn projection_pattern(self, pattern: &str, projection: &str) -> Self {
        self.project(projection::BY_PATTERN, pattern, projection)
    }

    fn project(mut self, section: &str, key: &str, projection: &str) -> Self {
        let mut projections = meta::map(self.meta.remove(projection::META_KEY));
        let mut entries = meta::map(projections.remove(section));
        entries.insert(key.into(), projection.into());
        projections.insert(section.into(), entries.into());
        self.with_meta(projection::META_KEY, projections)
    }

    /// Returns the time to live of the token, in minutes.
    #[must_use]
    pub fn ttl_minutes(&self) -> u64 {
        self.ttl
    }

    /// Returns the only user id that may use the token; `None` if any may.
    #[must_use]
    pub fn authorized_user(&self) -> Option<&str> {
        self.authorized_user.as_deref()
    }

    /// Returns the grants on named resources, by kind, then by name.
    #[must_use]
    pub fn resources(&self) -> RequestedGrants<'_> {
        RequestedGrants::new(&self.resources)
    }

    /// Returns the grants by patterns, by kind, then by pattern.
    #[must_use]
    pub fn patterns(&self) -> RequestedGrants<'_> {
        RequestedGrants::new(&self.patterns)
    }

    /// Returns the grants on whole kinds.
    #[must_use]
    pub fn categories(&self) -> RequestedCategories<'_> {
        RequestedCategories(self.categories.iter())
    }

    /// Returns the metadata, by key.
    #[must_use]
    pub fn meta(&self) -> RequestedMeta<'_> {
        RequestedMeta(self.meta.iter())
    }

    /// Reports whether the request grants nothing. The service refuses such a request.
    #[must_use]
    pub fn grants_nothing(&self) -> bool {
        self.resources.is_empty() && self.patterns.is_empty() && self.categories.is_empty()
    }

    /// Creates a request for a token with the same content: time to live, user, grants, categories
    /// and metadata.
    ///
    /// ```
    /// use pubnub_access::grant::GrantRequest;
    /// use pubnub_access::UnverifiedToken;
    ///
    /// # let text = std::fs::read_to_string("testdata/sample.token").unwrap();
    /// let token = UnverifiedToken::parse(text.trim())?;
    /// let request = GrantRequest::from_token(&token)?;
    /// assert_eq!((request.ttl_minutes(), request.authorized_user()), (60, Some("alice")));
    /// assert_eq!(request.resources().count(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors A token that the service does not issue today: one with an unknown section or kind,
    /// which the request would lose, or with metadata that JSON cannot hold (byte strings, `NaN`,
    /// keys that are not texts). The error lists every such place.
    pub fn from_token(token: &UnverifiedToken) -> Result<Self, Error> {
        let mut problems = Vec::new();
        for unknown in token.unknown() {
            problems.push(Problem::new(ProblemKind::NotUnderstood, unknown.path()));
        }
        let mut request = GrantRequest::new(token.ttl_minutes());
        request.authorized_user = token.authorized_user().map(String::from);
        request.resources = scopes(token.resources());
        request.patterns = scopes(token.patterns());
        request.categories = token.categories().collect();
        for (key, value) in token.meta().iter() {
            match (meta::key(key), Meta::from_token(value)) {
                (Some(key), Some(value)) => drop(request.meta.insert(key.into(), value)),
                (key, _) => {
                    let at = key.map_or(String::from("permissions.meta"), |key| {
                        format!("permissions.meta.{key}")
                    });
                    problems.push(Problem::new(ProblemKind::NotJson, at));
                }
            }
        }
        if problems.is_empty() { Ok(request) } else { Err(Error::new(problems)) }
    }
}

fn add(scopes: &mut Scopes, kind: ResourceKind, name: String, permissions: Permissions) {
    *scopes.entry(kind).or_default().entry(name).or_default() |= permissions;
}

/// The grants of a request on names or by patterns, by kind.
#[derive(Debug, Clone)]
pub struct RequestedGrants<'a> {
    kinds: btree_map::Iter<'a, ResourceKind, BTreeMap<String, Permissions>>,
    current: Option<(ResourceKind, btree_map::Iter<'a, String, Permissions>)>,
}

impl<'a> RequestedGrants<'a> {
    fn new(scopes: &'a Scopes) -> Self {
        RequestedGrants { kinds: scopes.iter(), current: None }
    }
}

impl<'a> Iterator for RequestedGrants<'a> {
    type Item = (ResourceKind, &'a str, Permissions);

    fn next(&mut self) -> Option<(ResourceKind, &'a str, Permissions)> {
        loop {
            if let Some((kind, entries)) = &mut self.current {
                if let Some((name, permissions)) = entries.next() {
                    return Some((*kind, name, *permissions));
                }
            }
            let (kind, entries) = self.kinds.next()?;
            self.current = Some((*kind, entries.iter()));
        }
    }
}

/// The grants of a request on whole kinds.
#[derive(Debug, Clone)]
pub struct RequestedCategories<'a>(btree_map::Iter<'a, ResourceKind, Permissions>);

impl Iterator for RequestedCategories<'_> {
    type Item = (ResourceKind, Permissions);

    fn next(&mut self) -> Option<(ResourceKind, Permissions)> {
        self.0.next().map(|(kind, permissions)| (*kind, *permissions))
    }
}

/// The metadata of a request, by key.
#[derive(Debug, Clone)]
pub struct RequestedMeta<'a>(btree_map::Iter<'a, String, Meta>);

impl<'a> Iterator for RequestedMeta<'a> {
    type Item = (&'a str, &'a Meta);

    fn next(&mut self) -> Option<(&'a str, &'a Meta)> {
        self.0.next().map(|(key, value)| (key.as_str(), value))
    }
}

fn scopes(grants: Grants<'_>) -> Scopes {
    let table = |(kind, table): (ResourceKind, crate::token::GrantTable<'_>)| {
        (kind, table.iter().map(|grant| (String::from(grant.name), grant.permissions)).collect())
    };
    grants.iter().map(table).collect()
}
