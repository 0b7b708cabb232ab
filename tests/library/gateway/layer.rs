//! The gateway as a tower layer: requests that pass it, and responses of its own.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use pubnub_access::gateway::{
    BufferedBody, Enforcement, Outcome, Precheck, PrecheckFuture, PrecheckLayer, PrecheckService,
    ResponseBody,
};
use pubnub_access::mint::TestToken;
use pubnub_access::{Permission, Policy, ResourceKind, UnverifiedToken, Verdict};
use tower::{Layer, Service, ServiceExt};

const NOW: u64 = 1_700_000_000;
const LIMIT: usize = 256 * 1024;

/// A token for changing the memberships of `bob` in `room-1`, and for creating `e-1`.
fn token() -> String {
    let token = TestToken::new(NOW, 60).authorized_user("alice");
    let token = token.resource(ResourceKind::Entity, "e-1", Permission::Create);
    token.channel("room-1", Permission::Join).uuid("bob", Permission::Update).to_text()
}

fn uri(path: &str) -> String {
    format!("{path}?uuid=alice&auth={}", token().replace('=', "%3D"))
}

/// A body in pieces, which counts the pieces that were read.
struct Pieces {
    frames: VecDeque<Result<Frame<Bytes>, &'static str>>,
    asked: Arc<AtomicUsize>,
    /// True if it waits once before each piece.
    slow: bool,
    waited: bool,
}

impl Pieces {
    fn new(frames: impl IntoIterator<Item = Result<Frame<Bytes>, &'static str>>) -> Self {
        Pieces {
            frames: frames.into_iter().collect(),
            asked: Arc::default(),
            slow: true,
            waited: false,
        }
    }

    fn of(text: &str, size: usize) -> Self {
        Self::new(
            text.as_bytes()
                .chunks(size)
                .map(|chunk| Ok(Frame::data(Bytes::copy_from_slice(chunk)))),
        )
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        if self.slow && !self.waited {
            self.waited = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.waited = false;
        self.asked.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(self.frames.pop_front())
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let data = self.frames.iter().filter_map(|frame| frame.as_ref().ok()?.data_ref());
        SizeHint::with_exact(data.map(|data| data.len() as u64).sum())
    }
}

/// The requests that the inner service received.
#[derive(Debug, Default)]
struct Arrived {
    uri: String,
    content: Vec<u8>,
    trailers: Option<HeaderMap>,
    error: Option<&'static str>,
    hint: SizeHint,
    outcome: Option<Outcome>,
}

/// A service that records requests, and panics if it is called before it is ready.
#[derive(Clone, Default)]
struct Upstream {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    ready: Arc<AtomicBool>,
}

impl Service<Request<BufferedBody<Pieces>>> for Upstream {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready.store(true, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<BufferedBody<Pieces>>) -> Self::Future {
        assert!(self.ready.swap(false, Ordering::Relaxed), "called without having been ready");
        let arrived = Arc::clone(&self.arrived);
        Box::pin(async move {
            let (parts, mut body) = request.into_parts();
            let outcome = parts.extensions.get::<Outcome>().cloned();
            let mut got = Arrived {
                uri: parts.uri.to_string(),
                hint: body.size_hint(),
                outcome,
                ..Arrived::default()
            };
            while let Some(frame) = body.frame().await {
                match frame.map(Frame::into_data) {
                    Ok(Ok(data)) => got.content.extend_from_slice(&data),
                    Ok(Err(frame)) => got.trailers = frame.into_trailers().ok(),
                    Err(error) => got.error = Some(error),
                }
            }
            assert!(body.is_end_stream() || got.error.is_some());
            arrived.lock().unwrap().push(got);
            Ok(Response::new(Full::from("from upstream")))
        })
    }
}

struct Gateway {
    service: PrecheckService<Upstream>,
    upstream: Upstream,
    layer: PrecheckLayer,
}

fn gateway(layer: PrecheckLayer) -> Gateway {
    let layer = layer.clock(|| NOW);
    let upstream = Upstream::default();
    Gateway { service: layer.layer(upstream.clone()), upstream, layer }
}

fn usual() -> Gateway {
    gateway(PrecheckLayer::new(Precheck::new(Policy::new())))
}

fn strict() -> Gateway {
    gateway(PrecheckLayer::new(
        Precheck::new(Policy::new()).enforcement(Enforcement::CertainPermissions),
    ))
}

impl Gateway {
    /// The status, and the body.
    async fn ask(&mut self, method: &str, uri: &str, body: Pieces) -> (u16, String) {
        let request = Request::builder().method(method).uri(uri).body(body).unwrap();
        let response = self.service.ready().await.unwrap().call(request).await.unwrap();
        let status = response.status().as_u16();
        let rejected = status == 403;
        assert_eq!(
            rejected,
            response.headers().get("content-type").is_some_and(|value| value == "application/json")
        );
        assert_eq!(rejected, response.headers().contains_key("access-control-allow-origin"));
        let hint = response.body().size_hint().exact();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(hint, Some(body.len() as u64));
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn arrived(&self) -> Arrived {
        self.upstream.arrived.lock().unwrap().pop().expect("a request that arrived")
    }

    fn nothing_arrived(&self) -> bool {
        self.upstream.arrived.lock().unwrap().is_empty()
    }

    fn counted(&self) -> Vec<(Verdict, &'static str, u64, u64)> {
        let counters = self.layer.counters();
        counters
            .iter()
            .map(|count| (count.verdict, count.reason, count.forwarded, count.rejected))
            .collect()
    }
}

fn memberships(channels: &[&str]) -> String {
    let set: Vec<_> =
        channels.iter().map(|id| serde_json::json!({"channel": {"id": id}})).collect();
    serde_json::json!({ "set": set }).to_string()
}

const PATH: &str = "/v2/objects/sub/uuids/bob/channels";

#[tokio::test]
async fn a_body_that_names_nothing_is_not_read_ahead() {
    let mut gateway = usual();
    let body = Pieces::of("hello", 2);
    let asked = Arc::clone(&body.asked);
    let uri = uri("/publish/pub/sub/0/room-2/0");
    let (status, answer) = gateway.ask("POST", &uri, body).await;
    assert_eq!(status, 403, "{answer}");
    assert!(answer.contains(r#""payload":{"channels":["room-2"]}"#), "{answer}");
    assert!(gateway.nothing_arrived());
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    assert_eq!(gateway.counted(), [(Verdict::Deny, "token_denies", 0, 1)]);
}

#[tokio::test]
async fn memberships_are_decided_by_the_body_which_arrives_whole() {
    for size in [1, 7, 1000] {
        let mut gateway = usual();
        let body = memberships(&["room-1"]);
        let mut pieces = Pieces::of(&body, size);
        let trailers = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-checksum"),
            "1".parse().unwrap(),
        )]);
        pieces.frames.push_back(Ok(Frame::trailers(trailers.clone())));
        assert_eq!(
            gateway.ask("PATCH", &uri(PATH), pieces).await,
            (200, "from upstream".to_owned())
        );
        let arrived = gateway.arrived();
        assert_eq!(arrived.uri, uri(PATH));
        assert_eq!(String::from_utf8_lossy(&arrived.content), body);
        assert_eq!(arrived.hint.exact(), Some(body.len() as u64));
        assert_eq!(arrived.trailers, Some(trailers));
        let outcome = arrived.outcome.unwrap();
        assert_eq!((outcome.verdict(), outcome.reason().code()), (Verdict::Allow, "token_allows"));
        assert_eq!(gateway.counted(), [(Verdict::Allow, "token_allows", 1, 0)]);
    }
}

#[tokio::test]
async fn memberships_that_the_token_does_not_grant_are_rejected() {
    let mut gateway = usual();
    let (status, answer) = gateway
        .ask("PATCH", &uri(PATH), Pieces::of(&memberships(&["room-1", "ö", "room-3"]), 9))
        .await;
    assert_eq!(status, 403);
    assert!(answer.contains(r#""payload":{"channels":["ö","room-3"]}"#), "{answer}");
    assert!(gateway.nothing_arrived());
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_in_doubt_and_still_arrives_whole() {
    // The longest body that is read, and one with a byte more.
    for (more, verdict) in
        [(0, Verdict::Allow), (1, Verdict::Indeterminate), (LIMIT * 8, Verdict::Indeterminate)]
    {
        let body = memberships(&["room-1"]);
        let body = format!("{body}{}", " ".repeat(LIMIT - body.len() + more));
        let mut gateway = usual();
        let pieces = Pieces::of(&body, 60_000);
        assert_eq!(gateway.ask("PATCH", &uri(PATH), pieces).await.0, 200);
        let arrived = gateway.arrived();
        assert!(arrived.content == body.as_bytes(), "{more}");
        assert_eq!(arrived.hint.exact(), Some(body.len() as u64));
        assert_eq!(arrived.outcome.unwrap().verdict(), verdict, "{more}");

        let mut gateway = strict();
        let pieces = Pieces::of(&body, 60_000);
        let asked = Arc::clone(&pieces.asked);
        let status = gateway.ask("PATCH", &uri(PATH), pieces).await.0;
        assert_eq!(status, if verdict == Verdict::Allow { 200 } else { 403 });
        assert!(
            asked.load(Ordering::Relaxed) <= LIMIT / 60_000 + 2,
            "no more is read than the limit"
        );
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_arrives_with_its_error() {
    let whole = memberships(&["room-1"]);
    let frames = [Ok(Frame::data(Bytes::from(whole.clone()))), Err("broken off")];
    let mut gateway = usual();
    assert_eq!(gateway.ask("PATCH", &uri(PATH), Pieces::new(frames)).await.0, 200);
    let arrived = gateway.arrived();
    assert_eq!((arrived.content, arrived.error), (whole.clone().into_bytes(), Some("broken off")));
    assert_eq!(arrived.outcome.unwrap().reason().code(), "body_needed");

    let frames = [Ok(Frame::data(Bytes::from(whole))), Err("broken off")];
    let mut gateway = strict();
    assert_eq!(gateway.ask("PATCH", &uri(PATH), Pieces::new(frames)).await.0, 403);
    assert!(gateway.nothing_arrived());
}

#[tokio::test]
async fn an_unreadable_body_never_allows_a_request() {
    // If the target alone is denied, the body does not matter.
    let denied = uri("/v2/objects/sub/uuids/carol/channels");
    for body in ["", "x", "{}", "[1]", &memberships(&["room-1"])] {
        let mut gateway = usual();
        let (status, answer) = gateway.ask("PATCH", &denied, Pieces::of(body, 9)).await;
        assert_eq!((status, gateway.nothing_arrived()), (403, true), "{body}: {answer}");
    }
    // Otherwise the verdict is in doubt.
    for body in ["", "x", "{}", "[1]"] {
        let mut gateway = usual();
        assert_eq!(gateway.ask("PATCH", &uri(PATH), Pieces::of(body, 9)).await.0, 200, "{body}");
        assert_eq!(gateway.arrived().outcome.unwrap().reason().code(), "not_routed", "{body}");
        assert_eq!(strict().ask("PATCH", &uri(PATH), Pieces::of(body, 9)).await.0, 403, "{body}");
    }
}

#[tokio::test]
async fn new_items_of_datasync_are_decided_by_the_body_which_arrives_whole() {
    let path = "/v1/datasync/subkeys/sub/entities";
    for (id, status, reason) in [("e-1", 200, Some("token_in_doubt")), ("e-2", 403, None)] {
        let body = serde_json::json!({"data": {"id": id}}).to_string();
        let mut gateway = usual();
        let (found, answer) = gateway.ask("POST", &uri(path), Pieces::of(&body, 5)).await;
        assert_eq!(found, status, "{answer}");
        match reason {
            Some(reason) => {
                let arrived = gateway.arrived();
                assert_eq!(String::from_utf8_lossy(&arrived.content), body);
                assert_eq!(arrived.outcome.unwrap().reason().code(), reason);
            }
            None => {
                assert_eq!(answer, r#"{"errors":[{"errorCode":"DS-0201"}]}"#);
                assert!(gateway.nothing_arrived());
            }
        }
    }
}

#[tokio::test]
async fn a_body_in_another_encoding_is_in_doubt() {
    for (name, value, reason) in [
        ("content-encoding", "gzip", "body_needed"),
        ("content-encoding", "identity, br", "body_needed"),
        ("content-encoding", "Identity", "token_allows"),
        ("content-type", "application/json; charset=utf-16", "body_needed"),
        ("content-type", "application/json;CHARSET=\"utf-8-sig\"", "body_needed"),
        ("content-type", "application/json; charset=utf-8; charset=utf-16", "body_needed"),
        ("content-type", "application/json; charset =utf-16", "body_needed"),
        ("content-type", "application/json; charset= utf-16", "body_needed"),
        ("content-type", "application/json; charset*=utf-16", "body_needed"),
        ("content-type", "application/json; charset=utf-8x", "body_needed"),
        ("content-type", "application/json; x=\";charset=utf-8\"; charset=utf-16", "body_needed"),
        ("content-type", "application/json; charset=UTF-8", "token_allows"),
        ("content-type", "application/json;charset=utf8 ; x=y", "token_allows"),
        ("content-type", "application/json; charset=\"utf-8\"; x=y", "token_allows"),
        ("content-type", "application/json", "token_allows"),
    ] {
        let mut gateway = usual();
        let request = Request::patch(uri(PATH))
            .header(name, value)
            .body(Pieces::of(&memberships(&["room-1"]), 9));
        let response = gateway.service.ready().await.unwrap().call(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(gateway.arrived().outcome.unwrap().reason().code(), reason, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_header_that_names_another_method_is_in_doubt() {
    for (name, value, reason) in [
        ("x-http-method-override", "DELETE", "not_routed"),
        ("x-http-method-override", "patch", "not_routed"),
        ("X_HTTP_Method_Override", "GET", "not_routed"),
        ("x-http-method", "GET", "not_routed"),
        ("x-method-override", "", "not_routed"),
        ("x-http-method-override", "PATCH", "token_allows"),
        ("x-http-method-overridden", "GET", "token_allows"),
    ] {
        let mut gateway = usual();
        let request = Request::patch(uri(PATH))
            .header(name, value)
            .body(Pieces::of(&memberships(&["room-1"]), 9));
        let response = gateway.service.ready().await.unwrap().call(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(gateway.arrived().outcome.unwrap().reason().code(), reason, "{name}: {value}");
    }
}

#[tokio::test]
async fn the_deny_list_and_the_clock_are_asked_at_every_request() {
    let revoked = Arc::new(AtomicBool::new(false));
    let list = Arc::clone(&revoked);
    let layer = PrecheckLayer::new(Precheck::new(Policy::new()));
    let mut gateway =
        gateway(layer.deny_list(move |_: &UnverifiedToken| list.load(Ordering::Relaxed)));
    let uri = uri("/v2/objects/sub/uuids/bob");
    let body = || Pieces::of("{}", 2);
    assert_eq!(gateway.ask("PATCH", &uri, body()).await.0, 200);
    revoked.store(true, Ordering::Relaxed);
    let (status, answer) = gateway.ask("PATCH", &uri, body()).await;
    assert_eq!((status, answer.contains("Token is revoked")), (403, true), "{answer}");

    let late = gateway.layer.clone().clock(|| NOW + 3601);
    gateway.service = late.layer(gateway.upstream.clone());
    revoked.store(false, Ordering::Relaxed);
    let (status, answer) = gateway.ask("PATCH", &uri, body()).await;
    assert_eq!((status, answer.contains("Token is expired.")), (403, true), "{answer}");
    let counted = [
        (Verdict::Allow, "token_allows", 1, 0),
        (Verdict::Deny, "token_expired", 0, 1),
        (Verdict::Deny, "token_revoked", 0, 1),
    ];
    assert_eq!(gateway.counted(), counted, "all services of a layer count together");
}

/// A writer that keeps its text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn every_decision_is_an_event_without_the_token() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut gateway = usual();
    gateway.ask("GET", "/time/0", Pieces::of("", 1)).await;
    gateway.ask("POST", &uri("/publish/pub/sub/0/room-2/0"), Pieces::of("", 1)).await;
    gateway.ask("PATCH", &uri(PATH), Pieces::of(&memberships(&["room-1"]), 9)).await;
    gateway.ask("POST", "/v3/pam/sub/grant", Pieces::of("", 1)).await;
    gateway.ask("GET", "/nothing//here", Pieces::of("", 1)).await;
    let expected = r#"DEBUG pubnub_access: request checked verdict="allow" reason="nothing_needed" operation="time" forwarded=true
 INFO pubnub_access: request checked verdict="deny" reason="token_denies" operation="publish" forwarded=false
DEBUG pubnub_access: request checked verdict="allow" reason="token_allows" operation="set-memberships" forwarded=true
 INFO pubnub_access: request checked verdict="deny" reason="secret_key_needed" operation="administration" forwarded=false
DEBUG pubnub_access: request checked verdict="indeterminate" reason="not_routed" operation="unknown" forwarded=true
"#;
    assert_eq!(String::from_utf8(log.0.lock().unwrap().clone()).unwrap(), expected);
}

#[test]
fn futures_and_services_can_be_sent() {
    fn is_send<T: Send>() {}
    fn is_sync<T: Sync>() {}
    is_send::<PrecheckFuture<Upstream, Pieces>>();
    is_send::<PrecheckService<Upstream>>();
    is_sync::<PrecheckLayer>();
    is_send::<ResponseBody<Full<Bytes>>>();
    is_send::<BufferedBody<Pieces>>();
}
