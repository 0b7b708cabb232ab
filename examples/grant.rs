//! Checks a grant before it is sent: what the service would refuse, and what would surprise.
//!
//! ```sh
//! cargo run --example grant --features grant,mint
//! ```

use std::error::Error;

use pubnub_access::UnverifiedToken;
use pubnub_access::audit::Severity;
use pubnub_access::grant::{ChannelPermissions, GrantRequest, grant_endpoint};

/// Returns the objections to a grant: the problems for which the service refuses it, or else the
/// findings about a token with these grants.
fn objections(grant: &GrantRequest) -> Result<Vec<String>, Box<dyn Error>> {
    let mut objections: Vec<String> = grant.validate().iter().map(ToString::to_string).collect();
    // A made-up token with the same content. PubNub did not issue it, and refuses it.
    let token = UnverifiedToken::parse(&grant.to_test_token(1_700_000_000).to_text())?;
    let findings = token.lint();
    let serious = findings.iter().filter(|finding| finding.severity() >= Severity::Warning);
    objections.extend(serious.map(ToString::to_string));
    Ok(objections)
}

fn careless() -> GrantRequest {
    GrantRequest::new(60)
        .with_authorized_user("alice")
        .channel("room-1", ChannelPermissions::READ | ChannelPermissions::WRITE)
        .channel_pattern("room-.*", ChannelPermissions::READ)
}

fn careful() -> GrantRequest {
    GrantRequest::new(60)
        .with_authorized_user("alice")
        .channel("room-1", ChannelPermissions::READ | ChannelPermissions::WRITE)
        .channel_pattern("^room-[0-9]+$", ChannelPermissions::READ)
}

fn main() -> Result<(), Box<dyn Error>> {
    for objection in objections(&careless())? {
        println!("not sent: {objection}");
    }
    let grant = careful();
    assert!(objections(&grant)?.is_empty());
    let endpoint = grant_endpoint("demo")?;
    println!("{} {}\n{}", endpoint.method(), endpoint.path(), grant.to_json());
    Ok(())
}

#[test]
fn a_pattern_without_anchors_is_objected_to_and_one_with_them_is_not() {
    assert_eq!(
        objections(&careless()).unwrap(),
        [
            "warning: patterns.channels.room-.*: is not anchored at the start, so it matches parts of names: \
         aroom- is granted too, and so is __admin__room-, the mirror of a projection; \
         write ^room-.*$ [half_anchored_pattern]"
        ]
    );
    assert!(objections(&careful()).unwrap().is_empty());
}
