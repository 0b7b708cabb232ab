//! All peers. The library comes first, since the others are compared with it.

mod biscuit;
mod by_hand;
mod casbin;
mod cedar;
mod floor;
mod jwt;
mod ours;
mod pubnub;
mod regorus;

use crate::peer::Peer;

pub use by_hand::ByHand;
pub use ours::Ours;

/// The name of the peer with which all others are compared.
pub const OURS: &str = "pubnub-access";

pub const BUILDING: &str = "pubnub-access, building the request too";
pub const PREPARED: &str = "pubnub-access, prepared";
pub const FLOOR: &str = "floor: base64 (SIMD) + UTF-8 pass";
pub const BY_HAND: &str = "by hand: ciborium + serde + regex";
pub const PUBNUB: &str = "pubnub::parse_token (+ regex by hand)";
/// The policy engines.
pub const ENGINES: [&str; 4] = ["biscuit-auth", "cedar-policy", "regorus", "casbin"];

/// All peers, in the order of the tables.
pub const ALL: [&dyn Peer; 11] = [
    &Ours,
    &ours::PerQuestion,
    &ours::Prepared,
    &floor::Floor,
    &ByHand,
    &pubnub::PubNub,
    &jwt::Jwt,
    &biscuit::BiscuitAuth,
    &cedar::Cedar,
    &regorus::Regorus,
    &casbin::Casbin,
];
