//! Requests as people paste them: a URL, a line of a log, the call of a tool, or a HAR file.

mod fetch;
mod har;
mod powershell;
mod shell;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::arithmetic::CannotOverflow;
use crate::gateway::HttpRequest;
use crate::token::UnverifiedToken;

use super::error::QuestionError;
use super::hint::may_be_token;
use super::secrets::{decode, is_hidden};
use super::variable::Variable;

pub(super) use har::{Entry, HarFile};

/// The methods of all routes.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The parameter that carries a token.
pub(super) const KEY_OF_AUTH: &str = "auth=";

/// Parameters that people mistake for it.
const OTHER_KEYS: [&str; 9] = [
    "Auth",
    "authKey",
    "auth_key",
    "auth-key",
    "authToken",
    "auth_token",
    "token",
    "accessToken",
    "access_token",
];

/// Parameters that people take for `uuid`.
const OTHER_UUIDS: [&str; 6] = ["user_id", "userId", "user-id", "user", "clientId", "UUID"];

/// A request that was pasted, in parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Pasted {
    /// The method in upper case.
    pub(super) method: String,
    /// True if the method was given, false if it is assumed.
    pub(super) has_method: bool,
    /// The URL or the target, without the text around it.
    pub(super) url: String,
    /// The offset of the target in `url`.
    start: usize,
    pub(super) body: Option<String>,
    /// The headers, each with its name before a colon.
    headers: Vec<String>,
    /// The body of the service's response, if it was 403.
    pub(super) refusal: Option<String>,
    /// Notes for the person who pasted it.
    pub(super) notes: Vec<String>,
}

/// The parts of a request that a tool's call names.
#[derive(Debug, Default)]
struct Call {
    method: Option<String>,
    url: Option<String>,
    body: Option<String>,
    headers: Vec<String>,
    notes: Vec<String>,
}

/// The value of `auth`.
pub(super) struct Auth {
    /// Its range in the URL.
    pub(super) place: Range<usize>,
    pub(super) state: AuthState,
}

/// The state of the value of `auth`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthState {
    Empty,
    /// It is masked, as logs do.
    Hidden,
    /// It is the text of a variable without a token.
    Variable(Variable),
    /// It may be a token.
    Usable,
}

/// A target, perhaps with another credential than the pasted one.
pub(super) struct PastedTarget {
    pub(super) text: String,
    /// Its offset in the URL.
    start: usize,
    /// The range of the URL that was replaced, and the length of the replacement.
    replaced: Option<(Range<usize>, usize)>,
}

impl Pasted {
    /// Reads a pasted text that is not JSON.
    pub(super) fn read(text: &str) -> Result<Self, QuestionError> {
        let text = bare(text);
        let first = text.split([' ', '\t', '\n', '\r', '(']).next().unwrap_or_default();
        if powershell::is_call(text) {
            return powershell::read(text).finish();
        }
        if fetch::is_call(text) {
            return fetch::read(text).finish();
        }
        if shell::is_tool(first) {
            return shell::read(&shell::words(text)).finish();
        }
        let sent = sent(text);
        match message(sent.as_deref().unwrap_or(text)) {
            Some(call) => call.finish(),
            None => Self::read_line(text),
        }
    }

    /// Reports whether a line begins the call of a tool.
    pub(super) fn begins_call(line: &str) -> bool {
        let line = line.trim_start();
        let first = line.split([' ', '\t', '\n', '\r', '(']).next().unwrap_or_default();
        shell::is_tool(first) || fetch::is_call(line) || powershell::is_call(line)
    }

    /// Returns the status that follows the request in the line of a log.
    pub(super) fn status_in(&self, line: &str) -> Option<i64> {
        if Self::begins_call(line) {
            return None;
        }
        let (_, behind) = line.split_once(self.url.as_str())?;
        let words = behind.split(|c: char| !c.is_ascii_alphanumeric());
        let statuses =
            words.filter(|word| word.len() == 3 && word.starts_with(['2', '3', '4', '5']));
        statuses.into_iter().find_map(|word| word.parse().ok())
    }

    /// Reads the words of a command line.
    pub(super) fn read_words(words: &[String]) -> Result<Self, QuestionError> {
        match words {
            [text] => Self::read(text),
            [tool, ..] if shell::is_tool(tool) => shell::read(words).finish(),
            words => {
                let words = words.iter().map(|word| bare(word)).filter(|word| !word.is_empty());
                Self::read(&words.collect::<Vec<_>>().join(" "))
            }
        }
    }

    /// Reads a URL with its method, or a line of a log.
    fn read_line(text: &str) -> Result<Self, QuestionError> {
        let text = request_line(text).unwrap_or(text);
        if let Some((method, url)) = url_among_words(text) {
            return Self::of(method, url);
        }
        let (method, url) = match text.split_once(char::is_whitespace) {
            Some((method, url)) if is_word(method) => (Some(method), bare(url)),
            _ => (None, text),
        };
        Self::of(method, bare(without_version(url)))
    }

    /// Creates a request from a method and a URL.
    pub(super) fn of(method: Option<&str>, url: &str) -> Result<Self, QuestionError> {
        let start = start_of_target(url)?;
        let upper = method.unwrap_or("GET").to_ascii_uppercase();
        let mut notes = Vec::new();
        let mut plain = String::from(url);
        for (escape, language) in [("&amp;", "HTML"), ("\\u0026", "JSON")] {
            if plain.contains(escape) {
                plain = plain.replace(escape, "&");
                notes.push(format!("the URL is escaped for {language}: `{escape}` is read as `&`"));
            }
        }
        let url = plain.as_str();
        if method.is_some_and(|method| method != upper) {
            notes.push(format!("the case of methods matters, and {upper} is assumed"));
        }
        if holds_misplaced_token(url.get(start..).unwrap_or_default()) {
            return Err(QuestionError::new(
                "misplaced_token",
                "a token is where a name or the `uuid` belongs: are two arguments swapped?",
            ));
        }
        let (has_method, url) = (method.is_some(), url.into());
        Ok(Pasted { method: upper, has_method, url, start, notes, ..Pasted::default() })
    }

    /// Returns the headers with their names.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.headers.iter().filter_map(|header| header.split_once(':'));
        headers.map(|(name, value)| (name.trim(), value.trim()))
    }

    /// Returns the query with its offset in the URL.
    fn query(&self) -> Option<(usize, &str)> {
        let (path, query) = self.target().split_once('?')?;
        let at = self.start.plus(path.len()).plus(1);
        Some((at, query.split('#').next().unwrap_or_default()))
    }

    /// Returns the first `auth` of the query.
    pub(super) fn auth(&self) -> Option<Auth> {
        self.auths().next()
    }

    /// Returns every `auth` of the query.
    pub(super) fn auths(&self) -> impl Iterator<Item = Auth> {
        let (mut at, query) = self.query().unwrap_or_default();
        query.split('&').filter_map(move |pair| {
            let end = at.plus(pair.len());
            at = end.plus(1);
            let value = pair.strip_prefix(KEY_OF_AUTH)?;
            let decoded = decode(value);
            let state = match Variable::of(&decoded) {
                _ if value.is_empty() => AuthState::Empty,
                Some(variable) => AuthState::Variable(variable),
                None if is_hidden(&decoded) => AuthState::Hidden,
                None => AuthState::Usable,
            };
            Some(Auth { place: end.minus(value.len())..end, state })
        })
    }

    /// Returns the key of a parameter that was probably meant to be `auth`.
    pub(super) fn other_auth(&self) -> Option<&'static str> {
        self.key_among(&OTHER_KEYS)
    }

    /// Returns the key of a parameter that was probably meant to be `uuid`.
    pub(super) fn other_uuid(&self) -> Option<&'static str> {
        self.key_among(&OTHER_UUIDS)
    }

    /// Returns the first of some keys, in any case, that has a value in the query.
    fn key_among(&self, keys: &[&'static str]) -> Option<&'static str> {
        let (_, query) = self.query()?;
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut meant = pairs.filter(|(_, value)| !value.is_empty()).filter_map(|(key, _)| {
            keys.iter().copied().find(|other| other.eq_ignore_ascii_case(key))
        });
        meant.next()
    }

    /// Sets the headers, and adds a note if one of them seems to be a mistake.
    pub(super) fn set_headers(&mut self, headers: Vec<String>) {
        self.headers = headers;
        if self.headers().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            self.notes.push(
                "it has a header `Authorization`, which PubNub does not read: a token goes into \
                 the query's `auth`"
                    .into(),
            );
        }
    }

    /// Returns the path with the query.
    pub(super) fn target(&self) -> &str {
        self.url.get(self.start..).unwrap_or_default()
    }

    /// Returns the host, if the URL has one.
    pub(super) fn host(&self) -> Option<&str> {
        let before = self.url.get(..self.start)?;
        let host = before.split_once("://").map_or(before, |(_, host)| host);
        Some(host.split(':').next().unwrap_or_default()).filter(|host| !host.is_empty())
    }

    /// Returns the target unchanged.
    pub(super) fn as_it_is(&self) -> PastedTarget {
        PastedTarget { text: self.target().into(), start: self.start, replaced: None }
    }

    /// Returns the target with another credential, in place of its own or appended.
    pub(super) fn with_auth(&self, auth: &str) -> PastedTarget {
        // These base64 characters have another meaning in a query.
        let auth = auth.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let end = self.url.find('#').unwrap_or(self.url.len());
        let (place, auth) = match self.auth() {
            Some(Auth { place, .. }) => (place, auth),
            None if self.query().is_some_and(|(_, query)| query.is_empty()) => {
                (end..end, format!("auth={auth}"))
            }
            None if self.query().is_some() => (end..end, format!("&auth={auth}")),
            None => (end..end, format!("?auth={auth}")),
        };
        let before = self.url.get(self.start..place.start).unwrap_or_default();
        let after = self.url.get(place.end..).unwrap_or_default();
        let text = [before, &auth, after].concat();
        PastedTarget { text, start: self.start, replaced: Some((place, auth.len())) }
    }
}

impl PastedTarget {
    /// Converts an offset in the target to one in the URL.
    pub(super) fn place_in_url(&self, at: usize) -> usize {
        let at = at.plus(self.start);
        match &self.replaced {
            Some((place, _)) if at < place.start => at,
            Some((place, len)) if at < place.start.plus(*len) => place.start,
            Some((place, len)) => at.minus(*len).plus(place.len()),
            None => at,
        }
    }
}

impl Call {
    /// Returns the request of the call.
    fn finish(self) -> Result<Pasted, QuestionError> {
        let Some(url) = &self.url else {
            return Err(QuestionError::new("no_url", "the call names no URL"));
        };
        let mut pasted = Pasted::of(self.method.as_deref(), bare(url))?;
        pasted.notes.extend(self.notes);
        pasted.set_headers(self.headers);
        pasted.body = self.body;
        pasted.has_method = true;
        Ok(pasted)
    }
}

/// Returns the message that was sent, from the output of `curl --verbose`: the lines after a `>`.
fn sent(text: &str) -> Option<String> {
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix('>'));
    let sent: String = lines.flat_map(|line| [line.trim(), "\n"]).collect();
    (!sent.is_empty()).then_some(sent)
}

/// Reads a whole HTTP message: the request line, headers, a blank line and the body.
fn message(text: &str) -> Option<Call> {
    let (line, rest) = text.split_once('\n')?;
    let line = line.trim_end();
    let (method, url) = without_version(line).split_once(' ')?;
    if without_version(line).len() == line.len() || !is_word(method) {
        return None;
    }
    let mut call = Call { method: Some(method.into()), url: Some(url.into()), ..Call::default() };
    let mut rest = rest;
    while let Some((header, after)) = rest.split_once('\n') {
        let header = header.trim_end();
        if header.is_empty() {
            call.body = Some(after.to_owned()).filter(|body| !body.trim().is_empty());
            return Some(call);
        }
        call.headers.push(header.into());
        rest = after;
    }
    call.headers.push(rest.into());
    Some(call)
}

/// Strips white space, a byte-order mark and quotes around a text.
fn bare(mut text: &str) -> &str {
    loop {
        let inner = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let unquoted = [('"', '"'), ('\'', '\''), ('`', '`'), ('<', '>')]
            .into_iter()
            .find_map(|(open, close)| inner.strip_prefix(open)?.strip_suffix(close));
        match unquoted {
            Some(unquoted) => text = unquoted,
            None => return inner,
        }
    }
}

/// Finds the request in a line of an access log: the quoted part that ends in an HTTP version.
fn request_line(text: &str) -> Option<&str> {
    text.split('"').find(|part| without_version(part).len() < part.trim_end().len())
}

fn without_version(text: &str) -> &str {
    match text.trim_end().rsplit_once(char::is_whitespace) {
        Some((before, version)) if is_version(version) => before.trim_end(),
        _ => text,
    }
}

fn is_version(word: &str) -> bool {
    word.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("HTTP/"))
}

/// Finds a URL among other words, and the method before it. Reads messages of consoles and lines of
/// code.
fn url_among_words(text: &str) -> Option<(Option<&str>, &str)> {
    let at = text.find("https://").or_else(|| text.find("http://"))?;
    let (before, rest) = text.split_at_checked(at)?;
    let before = before.trim();
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
    let url = rest.split(is_end).next().unwrap_or_default();
    let behind = rest.get(url.len()..).unwrap_or_default().trim_start();
    let is_answer = behind.starts_with(|c: char| c.is_ascii_digit() || c == '(')
        || behind.split_whitespace().next().is_some_and(is_version);
    if (before.is_empty() || is_word(before)) && !is_answer {
        return None;
    }
    let method = before.split(|c: char| !c.is_ascii_alphabetic()).rev();
    let method = method.into_iter().find(|word| METHODS.contains(word));
    Some((method, url.trim_end_matches([',', ';', ')'])))
}

/// Reports whether a token is in the place of a name or of the user id. Only a revocation has one
/// in its path.
fn holds_misplaced_token(target: &str) -> bool {
    let is_token = |text: &str| may_be_token(text) && UnverifiedToken::parse(&decode(text)).is_ok();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut user_ids = query.split('&').filter_map(|pair| pair.strip_prefix("uuid="));
    let mut names = path.split(['/', ',']);
    user_ids.any(is_token) || (!path.contains("/grant/") && names.any(is_token))
}

/// Reports whether a text can be a method.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Returns the offset of the target in a URL, whose scheme may be missing as in browsers.
fn start_of_target(url: &str) -> Result<usize, QuestionError> {
    let refuse = |message: &str| Err(QuestionError::new("no_url", message));
    let host = url.split(['/', '?', '#']).next().unwrap_or_default();
    if url.rsplit_once(char::is_whitespace).is_some_and(|(_, last)| METHODS.contains(&last)) {
        return refuse("the METHOD stands before the URL");
    }
    if url.starts_with('/') {
        return Ok(0);
    }
    let supposed = match url.split_once("://") {
        Some(_) => String::from(url),
        None if host.contains('.') || host == "localhost" || host.starts_with("localhost:") => {
            format!("https://{url}")
        }
        None => {
            return refuse(
                "no URL and no path: expected one such as https://ps.pndsn.com/time/0 or /time/0",
            );
        }
    };
    match HttpRequest::from_url("GET", &supposed) {
        Ok(http) => Ok(url.len().minus(http.target().len())),
        Err(error) => refuse(&format!("cannot read the URL: {error}")),
    }
}
