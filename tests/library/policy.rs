//! Policies in configuration files, and deny lists.

use std::collections::BTreeSet;
use std::sync::Arc;

use pubnub_access::mint::TestToken;
use pubnub_access::{DenyList, UnverifiedToken};

#[test]
fn closures_sets_and_what_holds_them_are_deny_lists() {
    fn check(list: impl DenyList, on_it: &UnverifiedToken, other: &UnverifiedToken) {
        assert!(list.is_revoked(on_it) && !list.is_revoked(other));
    }
    let decode = |issued_at| UnverifiedToken::parse(&TestToken::new(issued_at, 1).to_text());
    let (on_it, other) = (&decode(1).unwrap(), &decode(2).unwrap());
    let closure = |token: &UnverifiedToken| token == on_it;
    let set: BTreeSet<_> = [on_it.clone()].into();
    check(closure, on_it, other);
    check(&set as &(dyn DenyList + Sync), on_it, other);
    check(Box::new(closure), on_it, other);
    check(Arc::new(closure), on_it, other);
    check(Box::new(set.clone()) as Box<dyn DenyList + Send + Sync>, on_it, other);
    check(Arc::new(set.clone()) as Arc<dyn DenyList + Send + Sync>, on_it, other);
    #[cfg(feature = "std")]
    {
        use std::collections::HashSet;
        use std::sync::RwLock;

        check(RwLock::new(closure), on_it, other);
        check(HashSet::from([on_it.clone()]), on_it, other);
        check(Arc::new(RwLock::new(set)), on_it, other);
    }
}

#[cfg(feature = "serde")]
mod configuration {
    use pubnub_access::{Doubt, GroupNames, KeysetFlag, Policy, Precedence};
    use serde_json::{Value, from_value, json, to_value};

    fn read(settings: Value) -> Result<Policy<'static>, String> {
        from_value(settings).map_err(|error| error.to_string())
    }

    /// Every setting, at each of its values in turn.
    fn policies() -> Vec<Policy<'static>> {
        let new = Policy::new;
        let mut policies = vec![new(), new().clock_tolerance(u64::MAX), new().work_limit(0)];
        policies.extend(Precedence::ALL.iter().map(|value| new().precedence(*value)));
        policies.extend(GroupNames::ALL.iter().map(|value| new().group_names(*value)));
        policies.extend(Doubt::ALL.iter().map(|value| new().doubt(*value)));
        policies.extend(KeysetFlag::ALL.iter().map(|value| new().get_all_user_metadata(*value)));
        policies.extend(KeysetFlag::ALL.iter().map(|value| new().get_all_channel_metadata(*value)));
        policies
    }

    #[test]
    fn every_policy_is_read_as_it_was_written() {
        for policy in policies() {
            let written = to_value(policy).unwrap();
            let read = read(written.clone()).unwrap();
            assert_eq!(format!("{read:?}"), format!("{policy:?}"), "{written}");
        }
    }

    #[test]
    fn the_settings_have_the_names_of_the_commands_flags() {
        let policy = Policy::new()
            .precedence(Precedence::ExplicitElseAll)
            .doubt(Doubt::Refused)
            .get_all_channel_metadata(KeysetFlag::Restricted)
            .clock_tolerance(30);
        let settings = json!({
            "precedence": "explicit-else-all",
            "group_names": "unknown",
            "doubt": "refused",
            "get_all_user_metadata": "unknown",
            "get_all_channel_metadata": "restricted",
            "clock_tolerance": 30,
            "work_limit": 300_000,
        });
        assert_eq!(to_value(policy).unwrap(), settings);
    }

    #[test]
    fn missing_settings_have_their_defaults() {
        let read = read(json!({"group_names": "colon"})).unwrap();
        let expected = Policy::new().group_names(GroupNames::Colon);
        assert_eq!(format!("{read:?}"), format!("{expected:?}"));
        assert_eq!(format!("{:?}", self::read(json!({})).unwrap()), format!("{:?}", Policy::new()));
    }

    #[test]
    fn an_unknown_key_is_refused_and_the_intended_one_suggested() {
        for (key, hint) in [
            ("presedence", "did you mean precedence?"),
            ("groupNames", "did you mean group_names?"),
            ("clock-tolerance", "did you mean clock_tolerance?"),
            ("get_all_uuid_metadata", "did you mean get_all_user_metadata?"),
            (
                "deny_list",
                "expected precedence, group_names, doubt, get_all_user_metadata, \
                 get_all_channel_metadata, clock_tolerance or work_limit",
            ),
        ] {
            let error = read(json!({key: "union"})).unwrap_err();
            assert_eq!(error, format!("unknown policy key, {hint}"), "{key}");
        }
    }

    #[test]
    fn a_value_that_a_setting_cannot_have_is_refused() {
        let error = read(json!({"precedence": "explicit"})).unwrap_err();
        assert_eq!(
            error,
            "unknown precedence, expected union, explicit-else-any or explicit-else-all"
        );
        for settings in [
            json!({"doubt": "grant"}),
            json!({"doubt": null}),
            json!({"clock_tolerance": -1}),
            json!({"clock_tolerance": "30"}),
            json!({"work_limit": "unknown"}),
            json!([]),
        ] {
            assert!(read(settings.clone()).is_err(), "{settings}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let text = r#"{"doubt":"granted","doubt":"refused"}"#;
        let error = serde_json::from_str::<Policy<'_>>(text).unwrap_err().to_string();
        assert!(error.starts_with("duplicate field `doubt`"), "{error}");
    }
}
