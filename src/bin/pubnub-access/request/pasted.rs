//! What people paste: a URL as it stands in a log or in a browser, with its method, and where its
//! credential is.

use std::ops::Range;

use pubnub_access::gateway::HttpRequest;

use crate::output::{Failure, note};

use super::report::Given;
use super::secrets::{decode, is_hidden};

/// The methods of all routes.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// What was pasted, cut up.
pub struct Pasted {
    /// The method in upper case.
    pub method: String,
    /// Whether the method was given, or is supposed.
    pub has_method: bool,
    /// The URL or the target as it was given, without what is around it.
    pub url: String,
    /// Where the target begins in it.
    start: usize,
}

/// The value of `auth`.
pub struct Auth {
    /// Where it is in the URL.
    pub place: Range<usize>,
    pub is_empty: bool,
    /// Whether it is blotted out, as logs do it.
    pub is_hidden: bool,
}

/// A target, with another credential perhaps than the one that was pasted.
pub struct Target {
    pub text: String,
    pub given: Given,
    /// Where it begins in the URL.
    start: usize,
    /// What of the URL was replaced, and by how many bytes.
    replaced: Option<(Range<usize>, usize)>,
}

impl Pasted {
    /// Reads the words of a command line, or the one text of standard input.
    pub fn read(words: &[String]) -> Result<Self, Failure> {
        let words: Vec<&str> =
            words.iter().map(|word| bare(word)).filter(|word| !word.is_empty()).collect();
        let text = words.join(" ");
        let text = request_line(&text).unwrap_or(&text);
        let (method, url) = match text.split_once(char::is_whitespace) {
            Some((method, url)) if is_word(method) => (Some(method), bare(url)),
            _ => (None, text),
        };
        let url = bare(without_version(url));
        if method.is_some_and(is_tool) {
            return Err(Failure::new(
                "this is the call of a tool: give the URL in it, behind its method".into(),
            ));
        }
        let start = start_of_target(url)?;
        let upper = method.unwrap_or("GET").to_ascii_uppercase();
        if method.is_some_and(|method| method != upper) {
            note(&format!("methods are told apart by case, and {upper} is supposed"));
        }
        Ok(Pasted { method: upper, has_method: method.is_some(), url: url.into(), start })
    }

    /// The query, and where it begins in the URL.
    fn query(&self) -> Option<(usize, &str)> {
        let target = self.url.get(self.start..)?;
        let (path, query) = target.split_once('?')?;
        Some((self.start + path.len() + 1, query.split('#').next().unwrap_or_default()))
    }

    /// The first `auth` of the query.
    pub fn auth(&self) -> Option<Auth> {
        let (mut at, query) = self.query()?;
        for pair in query.split('&') {
            if let Some(value) = pair.strip_prefix("auth=") {
                let end = at + pair.len();
                let is_hidden = is_hidden(&decode(value));
                return Some(Auth {
                    place: end - value.len()..end,
                    is_empty: value.is_empty(),
                    is_hidden,
                });
            }
            at += pair.len() + 1;
        }
        None
    }

    /// Whether the URL seems to end at its first `&`: every client sends two keys at least, and one
    /// alone is what someone writes who gives a token beside it.
    pub fn looks_cut(&self, has_token: bool) -> bool {
        let Some((_, query)) = self.query() else { return false };
        let key = query.split('=').next().unwrap_or_default();
        !query.contains('&') && key != "auth" && !(key == "uuid" && has_token)
    }

    /// The target as it is.
    pub fn as_it_is(&self) -> Target {
        let text = self.url.get(self.start..).unwrap_or_default().into();
        Target { text, given: Given::Url, start: self.start, replaced: None }
    }

    /// The target with another credential, in the place of the one that is there, or behind
    /// everything.
    pub fn with_auth(&self, place: Option<Range<usize>>, auth: &str, given: Given) -> Target {
        // These characters of base64 mean something else in a query.
        let auth = auth.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let end = self.url.len();
        let (place, auth) = match place {
            Some(place) => (place, auth),
            None if self.query().is_some() => (end..end, format!("&auth={auth}")),
            None => (end..end, format!("?auth={auth}")),
        };
        let before = self.url.get(self.start..place.start).unwrap_or_default();
        let after = self.url.get(place.end..).unwrap_or_default();
        let text = [before, &auth, after].concat();
        Target { text, given, start: self.start, replaced: Some((place, auth.len())) }
    }
}

impl Target {
    /// Where in the URL a byte of the target is.
    pub fn place_in_url(&self, at: usize) -> usize {
        let at = at + self.start;
        match &self.replaced {
            Some((place, _)) if at < place.start => at,
            Some((place, len)) if at < place.start + len => place.start,
            Some((place, len)) => at - len + place.len(),
            None => at,
        }
    }
}

/// A text without white space and quotes around it.
fn bare(mut text: &str) -> &str {
    loop {
        let inner = text.trim();
        let unquoted = [('"', '"'), ('\'', '\''), ('`', '`'), ('<', '>')]
            .into_iter()
            .find_map(|(open, close)| inner.strip_prefix(open)?.strip_suffix(close));
        match unquoted {
            Some(unquoted) => text = unquoted,
            None => return inner,
        }
    }
}

/// The request in the line of an access log, where it stands between quotes and ends in the version
/// of HTTP.
fn request_line(text: &str) -> Option<&str> {
    text.split('"').find(|part| without_version(part).len() < part.trim_end().len())
}

fn without_version(text: &str) -> &str {
    match text.trim_end().rsplit_once(char::is_whitespace) {
        Some((before, version)) if version.starts_with("HTTP/") => before.trim_end(),
        _ => text,
    }
}

/// Whether a text can be a method.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_tool(word: &str) -> bool {
    ["curl", "wget", "http", "https", "fetch"]
        .into_iter()
        .any(|tool| word.eq_ignore_ascii_case(tool))
}

/// Where the target begins in a URL, or in one whose scheme the browser does not show.
fn start_of_target(url: &str) -> Result<usize, Failure> {
    let host = url.split(['/', '?', '#']).next().unwrap_or_default();
    if url.rsplit_once(char::is_whitespace).is_some_and(|(_, last)| METHODS.contains(&last)) {
        return Err(Failure::new("the METHOD stands before the URL".into()));
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
            return Err(Failure::new(
                "no URL and no path: expected one such as https://ps.pndsn.com/time/0 or /time/0"
                    .into(),
            ));
        }
    };
    match HttpRequest::from_url("GET", &supposed) {
        Ok(http) => Ok(url.len() - http.target().len()),
        Err(error) => Err(Failure::new(format!("cannot read the URL: {error}"))),
    }
}
