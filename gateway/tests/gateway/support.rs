//! The requests of these tests, and the tokens that they carry.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use pubnub_access::mint::TestToken;
use pubnub_access::{Permission, Permissions, ResourceKind};

use crate::client::{Answer, send};

pub const FORBIDDEN: &str =
    r#"{"message":"Forbidden","error":true,"service":"Access Manager","status":403}"#;

/// A token for the channels of these tests, in a query.
pub fn auth() -> String {
    format!("uuid=hush-alice&auth={}", token().to_text().replace('=', "%3D"))
}

pub fn token() -> TestToken {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let names = [
        "hush",
        "hush/ü b",
        "hangs-up",
        "breaks-off",
        "breaks-off-chunked",
        "no-http",
        "switches",
        "upgrades",
        "drips",
        "stalls",
        "is-large",
    ];
    let token = TestToken::new(now - 5, 60)
        .uuid("hush-alice", Permission::Update)
        .channel("hush-joined", JOIN);
    let token = token
        .channel("hush-both", Permission::Read)
        .channel_pattern("hush-both", Permission::Write);
    let token = token
        .group_pattern("^:hush-group$", Permission::Read)
        .channel("is-slow", Permission::Write);
    let token = token.resource(ResourceKind::Entity, "hush-entity", Permission::Delete);
    names.iter().fold(token, |token, name| token.channel(name, Permissions::ALL))
}

const JOIN: Permission = Permission::Join;

/// The target of a message to a channel, whose name is percent-encoded.
pub fn publish(channel: &str) -> String {
    format!("/publish/hush-pub/hush-sub/0/{channel}/0/%22hush%22?{}", auth())
}

pub fn forbidden(channels: &str) -> String {
    FORBIDDEN.replace(r#""error""#, &format!(r#""payload":{{"channels":[{channels}]}},"error""#))
}

/// Asks about a request in the style of a proxy.
pub fn ask(address: SocketAddr, style: &str, method: &str, target: &str) -> Answer {
    match style {
        "nginx" => send(
            address,
            "GET",
            "/auth/nginx",
            &[("X-Original-Method", method), ("X-Original-URI", target)],
        ),
        "forwarded" => send(
            address,
            "GET",
            "/auth/forwarded",
            &[("X-Forwarded-Method", method), ("X-Forwarded-Uri", target)],
        ),
        _ => send(address, method, &format!("/auth/envoy{target}"), &[]),
    }
}

pub const STYLES: [&str; 3] = ["nginx", "forwarded", "envoy"];

/// Status, verdict, reason and operation of the answer to a sub-request.
pub fn summary(answer: &Answer) -> (u16, &str, &str, Option<&str>) {
    let header = |name: &str| answer.header(&format!("X-PubNub-Access-{name}"));
    (
        answer.status,
        header("Verdict").unwrap_or_default(),
        header("Reason").unwrap_or_default(),
        header("Operation"),
    )
}

/// A directory for one test, removed at its end.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pubnub-access-gateway-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of a file in it, as text.
    pub fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file in one step, as a careful writer does.
    pub fn write(&self, name: &str, text: &str) -> String {
        let temporary = self.0.join(".new");
        std::fs::write(&temporary, text).unwrap();
        std::fs::rename(&temporary, self.0.join(name)).unwrap();
        self.file(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Waits until a condition holds.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed() < std::time::Duration::from_secs(10), "waited in vain: {what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
