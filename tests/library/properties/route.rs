//! Routing of any request.

use pubnub_access::gateway::{
    Action, Credential, Enforcement, HttpRequest, Precheck, Route, RouteError, RoutePosition, route,
};
use pubnub_access::request::Resource;
use pubnub_access::{Policy, Verdict};

/// The first line is the method, a space and the target. The rest is the body.
pub fn holds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (line, body) =
        text.split_once('\n').map_or((text, None), |(line, body)| (line, Some(body.as_bytes())));
    let (method, target) = line.split_once(' ').unwrap_or(("GET", line));
    let request = HttpRequest::new(method, target);
    let request = body.map_or(request, |body| request.body(body));
    let routed = route(&request);
    match &routed {
        Ok(route) => is_sound(route, target, body),
        Err(error) => points_into(error, target, body),
    }
    says_no_secret(&format!("{request:?} {routed:?}"), target, line);
    for enforcement in [Enforcement::CertainDenials, Enforcement::CertainPermissions] {
        let outcome =
            Precheck::new(Policy::new()).enforcement(enforcement).check(&request, 1_700_000_000);
        let allowed = outcome.verdict() == Verdict::Allow;
        assert!(
            !allowed || routed.is_ok() || body.is_none(),
            "what does not route is never allowed"
        );
        assert!(outcome.is_forwarded() || !allowed);
        assert_eq!(outcome.is_forwarded(), outcome.rejection().is_none());
        says_no_secret(&format!("{outcome:?} {}", outcome.reason()), target, line);
    }
}

/// Asserts that the route makes a valid request, and that the HTTP request contains every name.
fn is_sound(route: &Route<'_>, target: &str, body: Option<&[u8]>) {
    let asks = matches!(route.action(), Action::Operation(_));
    assert_eq!(route.request().is_some(), asks, "an operation can be asked about");
    let path = target.split(['?', '#']).next().unwrap_or_default();
    assert!(!path.contains("//") && !path.contains('\\') && !target.contains('#'));
    for Resource { name, .. } in route.resources() {
        assert!(
            !name.is_empty()
                && !name.contains(',')
                && !name.chars().any(|c| c < ' ' || c == '\u{7f}'),
            "{name:?}"
        );
        assert!(
            body.is_some() || !has_escape(name),
            "a name that decodes once more is ambiguous: {name:?}"
        );
        let plain = name.rsplit(':').next().unwrap_or(name);
        let stands = decode(target).contains(plain.as_bytes()) || body.is_some();
        assert!(stands, "a name from nowhere: {name:?}");
    }
    if let Credential::Auth(text) = route.credential() {
        assert!(!text.is_empty());
        assert_eq!(target.matches("auth=").count().min(1), 1, "a credential that nobody gave");
    }
}

/// The target, decoded once.
fn decode(target: &str) -> Decoded {
    let mut bytes = Vec::new();
    let mut left = target.as_bytes();
    while let Some((&byte, rest)) = left.split_first() {
        match (byte, rest) {
            (b'%', [high, low, after @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                let digit = |digit: u8| (digit as char).to_digit(16).unwrap_or_default() as u8;
                bytes.push(digit(*high) << 4 | digit(*low));
                left = after;
            }
            _ => {
                bytes.push(byte);
                left = rest;
            }
        }
    }
    Decoded(bytes)
}

struct Decoded(Vec<u8>);

impl Decoded {
    fn contains(&self, wanted: &[u8]) -> bool {
        wanted.is_empty() || self.0.windows(wanted.len()).any(|window| window == wanted)
    }
}

fn has_escape(name: &str) -> bool {
    name.as_bytes().windows(3).any(
        |window| matches!(window, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()),
    )
}

fn points_into(error: &RouteError, target: &str, body: Option<&[u8]>) {
    match error.position() {
        RoutePosition::Target(at) => assert!(at <= target.len(), "{error:?}"),
        RoutePosition::Body(at) => assert!(at <= body.map_or(0, <[u8]>::len), "{error:?}"),
        _ => {}
    }
    assert!(!error.to_string().is_empty());
}

/// Asserts that no output contains the credential.
fn says_no_secret(printed: &str, target: &str, line: &str) {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let secrets = query.split('&').filter_map(|pair| pair.strip_prefix("auth="));
    for secret in secrets.filter(|secret| {
        secret.len() > 12 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }) {
        // If a name or the method has the same text as the credential, it is no secret.
        let elsewhere = line.matches(secret).count() > 1;
        assert!(elsewhere || !printed.contains(secret), "a credential is printed");
    }
}
