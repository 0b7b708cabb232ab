//! The time to replace a token.

use proptest::prelude::*;
use pubnub_access::UnverifiedToken;
use pubnub_access::mint::TestToken;
use pubnub_access::token::Refresh;

#[test]
fn a_token_is_due_a_lead_before_its_expiry_but_not_in_its_first_half() {
    // (issued, minutes, lead, due, left when due)
    let cases = [
        (1_000, 60, 300, 4_300, 300),
        (1_000, 60, 0, 4_600, 0),
        (1_000, 60, 1_800, 2_800, 1_800),
        (1_000, 60, 1_801, 2_800, 1_800),
        (1_000, 1, 300, 1_030, 30),
        (1_000, 0, 300, 1_000, 0),
        (0, 43_200, u64::MAX, 1_296_000, 1_296_000),
        (u64::MAX, u64::MAX, 60, u64::MAX, 0),
        (10, u64::MAX, 60, u64::MAX - 60, 60),
    ];
    for (issued, minutes, lead, due, left) in cases {
        let token = UnverifiedToken::parse(&TestToken::new(issued, minutes).to_text()).unwrap();
        let refresh = Refresh::new(&token, lead);
        assert_eq!((refresh.due_at(), refresh.left(due)), (due, left), "{issued} {minutes} {lead}");
        assert!(refresh.is_due(due));
        assert_eq!(refresh.wait(due), 0);
        if due > 0 {
            assert!(!refresh.is_due(due - 1));
            assert_eq!(refresh.wait(due - 1), 1);
        }
        assert_eq!(refresh.left(u64::MAX), 0);
    }
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..100, (0_u64..100).prop_map(|below| u64::MAX - below), any::<u64>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Against arithmetic that cannot overflow.
    #[test]
    fn no_number_is_too_large(issued in number(), minutes in number(), lead in number(), now in number()) {
        let token = UnverifiedToken::parse(&TestToken::new(issued, minutes).to_text()).unwrap();
        let refresh = Refresh::new(&token, lead);
        let wide = |seconds: u64| i128::from(seconds);
        let expiry = (wide(issued) + wide(minutes) * 60).min(wide(u64::MAX));
        let due = (expiry - wide(lead)).max(wide(issued) + (expiry - wide(issued)) / 2);
        prop_assert_eq!(wide(refresh.due_at()), due);
        prop_assert_eq!(wide(refresh.wait(now)), (due - wide(now)).max(0));
        prop_assert_eq!(wide(refresh.left(now)), (expiry - wide(now)).max(0));
        prop_assert_eq!(refresh.is_due(now), refresh.wait(now) == 0);
    }
}
