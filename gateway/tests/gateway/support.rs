//! The requests of these tests, and the tokens that they carry.

use std::net::SocketAddr;
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
        "stalls",
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

/// The ways in which proxies ask about a request.
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
