//! The sentences of an answer about a request.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::arithmetic::CannotOverflow;
use crate::decision::Verdict;
use crate::gateway::{
    Action, Credential, OutcomeReason, Route, RouteError, RouteErrorKind, RoutePosition,
};
use crate::json::hint::hint;
use crate::json::pasted::{AuthState, KEY_OF_AUTH};
use crate::json::remedy::Addition;
use crate::json::secrets::pointed;
use crate::operation::{Operation, Requirements};
use crate::token::{Limits, UnverifiedToken};

use super::report::{RequestReport, TokenSource};

/// The longest request that the service accepts, in bytes. It answers longer ones with 414.
const LONGEST_TARGET: usize = Limits::DEFAULT_TEXT_LEN;

impl RequestReport<'_> {
    /// Returns the number of bytes by which the request is too long for the service.
    #[must_use]
    pub fn excess(&self) -> Option<usize> {
        self.pasted.target().len().checked_sub(LONGEST_TARGET).filter(|excess| *excess > 0)
    }

    /// Returns the stable code of the reason.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.excess() {
            Some(_) => "too_long_for_service",
            None => self.outcome.reason().code(),
        }
    }

    /// Returns the reason as a sentence.
    #[must_use]
    pub fn message(&self) -> String {
        if let Some(excess) = self.excess() {
            return format!(
                "the service answers 414 to more than 32 KiB ({LONGEST_TARGET} bytes), and path \
                 and query have {} bytes, {excess} too many: name fewer channels at a time",
                self.pasted.target().len()
            );
        }
        let message = match self.outcome.reason() {
            OutcomeReason::NotRouted(error) => match self.fault_of_auth(&error) {
                Some(fault) => format!("it is not understood: {fault}"),
                None => format!("it is not understood: {}", fault(&error)),
            },
            OutcomeReason::NoCredential if self.is_datasync() => {
                "this request carries neither a token (no `auth` in its query) nor a signature, \
                 which DataSync answers with 401"
                    .into()
            }
            OutcomeReason::NoCredential => self.without_token(),
            OutcomeReason::NoToken => match self.auth {
                Some(AuthState::Variable(_)) if self.source == TokenSource::Request => {
                    self.without_token()
                }
                _ => match self.hint_about_auth() {
                    Some(hint) => format!("its `auth` is no token: {hint}"),
                    None => self.outcome.reason().to_string(),
                },
            },
            OutcomeReason::TokenInDoubt => {
                let deciding = self.check.and_then(|check| check.decided_by().first());
                deciding.map_or_else(|| self.outcome.reason().to_string(), ToString::to_string)
            }
            reason => reason.to_string(),
        };
        match self.auth {
            Some(AuthState::Usable | AuthState::Hidden) => message,
            _ if self.source == TokenSource::Given && self.takes_token() => {
                format!("{message}, with the given token; as it is, {}", self.without_token())
            }
            _ => message,
        }
    }

    /// Says that the request carries no token, and what follows from it.
    fn without_token(&self) -> String {
        let consequence = "with Access Manager on, that alone is answered 403";
        match self.auth {
            Some(AuthState::Variable(variable)) => format!(
                "this request carries no token: its `auth` is the text of a variable that held \
                 none ({}): {consequence}",
                variable.what()
            ),
            Some(AuthState::Empty) => {
                format!("this request carries no token (its `auth` is empty): {consequence}")
            }
            _ => format!("this request carries no token (no `auth` in its query): {consequence}"),
        }
    }

    /// Returns what the request's own `auth` probably is, if it is not a token.
    fn hint_about_auth(&self) -> Option<&'static str> {
        let Some((Credential::Auth(text), AuthState::Usable)) =
            self.route.map(Route::credential).zip(self.auth)
        else {
            return None;
        };
        hint(text, UnverifiedToken::parse(text).err()?.kind())
    }

    /// Returns the fault of the request's own `auth`, if the request is not understood because of
    /// it.
    fn fault_of_auth(&self, error: &RouteError) -> Option<&'static str> {
        let RoutePosition::Target(at) = error.position() else { return None };
        let place = self.target.place_in_url(at);
        let mut auths = self.pasted.auths();
        let is_there = self.pasted.auths().any(|auth| {
            auth.place.contains(&place) || place.plus(KEY_OF_AUTH.len()) == auth.place.start
        });
        match (is_there, auths.next(), auths.next()) {
            (true, Some(_), Some(_)) => Some(
                "`auth` stands twice in its query: an SDK adds the token by itself, so leave out \
                 the one that your own code adds",
            ),
            (true, ..) if error.kind() == RouteErrorKind::Ambiguous => Some(
                "its `auth` is percent-encoded twice: an SDK encodes the token by itself, so give \
                 it the token as it was issued",
            ),
            _ => None,
        }
    }

    fn is_datasync(&self) -> bool {
        matches!(self.action(), Some(Action::Operation(operation)) if operation.area() == "datasync")
    }

    /// Returns the action of the request, in words.
    #[must_use]
    pub fn what(&self) -> String {
        match self.action() {
            Some(Action::Operation(operation)) => {
                // Only the body distinguishes setting from removing, and both need the same
                // permissions.
                let changes =
                    matches!(operation, Operation::SetMemberships | Operation::SetChannelMembers);
                let or_remove =
                    if self.unread.is_some() && changes { ", or to remove" } else { "" };
                format!("{operation}{or_remove}")
            }
            Some(Action::Administration(what)) => {
                format!("{} (Access Manager itself)", what.code().replace('_', " "))
            }
            Some(Action::Namespaces) => "namespaces of channel groups".into(),
            None => "not known".into(),
        }
    }

    /// Returns lines that show the place of the fault. They have the URL without its secrets and a
    /// caret, or the name of the place.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        let OutcomeReason::NotRouted(error) = self.outcome.reason() else { return None };
        Some(match error.position() {
            RoutePosition::Target(at) => pointed(&self.pasted.url, self.target.place_in_url(at)),
            RoutePosition::Body(at) => format!("  at byte {at} of the body\n"),
            RoutePosition::Method => {
                format!("  the method is {}\n", crate::display::Escaped(&self.pasted.method))
            }
        })
    }

    /// Returns sentences on what to do about it.
    #[must_use]
    pub fn advice(&self) -> Vec<String> {
        if let Some(check) = self.check() {
            return check.advice();
        }
        let denied = self.known_requirements().filter(|report| report.verdict == Verdict::Deny);
        let grants: Vec<String> =
            denied.map(|report| Addition(&report.requirement).to_string()).collect();
        if grants.is_empty() {
            return Vec::new();
        }
        Vec::from([format!("to allow that much of it, grant: {}", grants.join(" "))])
    }

    /// Returns further notes.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes: VecDeque<String> = self.pasted.notes.iter().cloned().collect();
        let mut note = |text: &str| notes.push_back(text.into());
        if let (None, Some(key)) = (self.auth, self.pasted.other_auth()) {
            note(&format!(
                "it has a parameter `{key}`, which PubNub does not read: a token goes into `auth`"
            ));
        }
        match (self.source, self.auth) {
            (TokenSource::Given, Some(AuthState::Usable)) => {
                note("--token replaces the URL's `auth`");
            }
            (TokenSource::Hidden, _) => {
                note("the URL's `auth` is masked: give the token with --token or in PUBNUB_TOKEN");
            }
            _ => {}
        }
        match self.outcome.reason() {
            OutcomeReason::BodyNeeded => {
                note("its body names the resources: give it with --body");
            }
            OutcomeReason::NotRouted(error)
                if error.kind() == RouteErrorKind::WrongMethod && !self.pasted.has_method =>
            {
                note("no METHOD is before the URL, so GET is assumed");
            }
            OutcomeReason::NoCredential if self.supposed.is_none() => {
                note("a token can be given with --token or in PUBNUB_TOKEN");
            }
            _ => {}
        }
        match self.unread {
            Some(error) if error.kind() != RouteErrorKind::BodyNeeded => {
                note(&format!("the rest was not read: {error}"));
            }
            Some(_) if self.pasted.body.is_some() => {
                note("its body was not read: a header says that it is encoded, or no UTF-8");
            }
            _ => {}
        }
        if self.source == TokenSource::Given
            && matches!(
                self.route.map(Route::credential),
                Some(Credential::None | Credential::Signed)
            )
        {
            note("--token is ignored: the request is signed, or takes no token");
        }
        if let Some(Action::Operation(operation)) = self.action() {
            if needs_token_alone(operation) && self.route.is_some_and(|route| !is_signed(route)) {
                note(&format!(
                    "{operation} needs no permission, but the service checks the token of every \
                     request: it must be one that is valid, for this user, and not revoked"
                ));
            }
            if operation != Operation::Time
                && self.route.is_some_and(|route| route.user_id().is_none())
            {
                note(
                    "it names no requester (no `uuid` in its query): newer versions of the service \
                     answer 400 \"No UUID specified\"",
                );
            }
        }
        notes.into()
    }
}

/// Reports whether an operation needs a token and no permission.
fn needs_token_alone(operation: Operation) -> bool {
    match operation.requirements() {
        Requirements::Resources(accesses) => {
            accesses.iter().all(|access| access.permission.is_none())
        }
        Requirements::ValidToken { .. } => true,
        _ => false,
    }
}

fn is_signed(route: &Route<'_>) -> bool {
    route.credential() == Credential::Signed
}

/// Returns the fault without its position.
pub(super) fn fault(error: &RouteError) -> String {
    let text = error.to_string();
    text.split_once(": ").map_or(text.clone(), |(_, fault)| fault.into())
}
