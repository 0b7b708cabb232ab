//! The names of enums: each variant prints as its name, parses from it, and serializes as it.

use std::collections::HashSet;
use std::fmt::{Debug, Display};
use std::str::FromStr;

use pubnub_access::audit::{FindingCode, Severity};
use pubnub_access::explanation::Condition;
use pubnub_access::learn::ServiceAnswer;
use pubnub_access::operation::Projections;
use pubnub_access::{
    Doubt, GroupNames, KeysetFlag, Operation, ParseEnumError, Permission, Permissions, Precedence,
    ResourceKind, TokenErrorKind, Verdict,
};

fn parses_what_it_prints<T>(all: &[T])
where
    T: Copy + Debug + Display + PartialEq + FromStr<Err = ParseEnumError>,
{
    let names: HashSet<String> = all.iter().map(T::to_string).collect();
    assert_eq!(names.len(), all.len(), "{all:?}");
    for value in all {
        let name = value.to_string();
        assert!(
            name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')),
            "{name}"
        );
        assert_eq!(name.parse(), Ok(*value));
        assert_eq!(format!("{value:>40}"), format!("{name:>40}"));
        for other in
            [name.to_uppercase(), format!(" {name}"), format!("{name},"), format!("{value:?}")]
        {
            assert!(other.parse::<T>().is_err() || other == name, "{other:?}");
        }
    }
    assert!("".parse::<T>().is_err());
}

#[test]
fn every_variant_parses_from_what_it_prints() {
    parses_what_it_prints(Condition::ALL);
    parses_what_it_prints(Doubt::ALL);
    parses_what_it_prints(FindingCode::ALL);
    parses_what_it_prints(GroupNames::ALL);
    parses_what_it_prints(KeysetFlag::ALL);
    parses_what_it_prints(Operation::ALL);
    parses_what_it_prints(Permission::ALL);
    parses_what_it_prints(Precedence::ALL);
    parses_what_it_prints(Projections::ALL);
    parses_what_it_prints(ResourceKind::ALL);
    parses_what_it_prints(ServiceAnswer::ALL);
    parses_what_it_prints(Severity::ALL);
    parses_what_it_prints(TokenErrorKind::ALL);
    parses_what_it_prints(Verdict::ALL);
    #[cfg(feature = "gateway")]
    {
        use pubnub_access::gateway::{Administration, Enforcement, Fallback, RouteErrorKind};
        parses_what_it_prints(Administration::ALL);
        parses_what_it_prints(Enforcement::ALL);
        parses_what_it_prints(RouteErrorKind::ALL);
        parses_what_it_prints(Fallback::ALL);
    }
    #[cfg(feature = "grant")]
    parses_what_it_prints(pubnub_access::grant::ApiErrorMeaning::ALL);
}

#[test]
fn the_error_of_an_unknown_name_lists_few_names_or_examples_of_many() {
    let error = |text: Result<(), ParseEnumError>| text.unwrap_err().to_string();
    assert_eq!(
        error("on".parse::<Doubt>().map(drop)),
        "unknown way to decide a doubt, expected granted or refused"
    );
    assert_eq!(
        error("all".parse::<Precedence>().map(drop)),
        "unknown precedence, expected union, explicit-else-any or explicit-else-all"
    );
    assert_eq!(
        error("x".parse::<FindingCode>().map(drop)),
        "unknown finding code, expected one of 32 names such as ttl_zero, ttl_beyond_limit or ttl_long"
    );
}

#[test]
fn permissions_parse_from_what_they_print() {
    for mask in 0..=u8::MAX {
        let permissions = Permissions::from_mask(mask);
        assert_eq!(permissions.to_string().parse(), Ok(permissions));
        assert_eq!(permissions.to_string().replace(' ', "").parse(), Ok(permissions));
    }
    for text in
        ["", " ", ",", "read,", ",read", "read write", "Read", "3", "none,read", "read;write"]
    {
        assert!(text.parse::<Permissions>().is_err(), "{text:?}");
    }
}

#[cfg(feature = "serde")]
mod serialized {
    use super::*;
    use serde_json::{from_str, to_string};

    fn is_its_name<T>(all: &[T])
    where
        T: Copy + Debug + Display + PartialEq + serde::Serialize + serde::de::DeserializeOwned,
    {
        for value in all {
            let json = to_string(value).unwrap();
            assert_eq!(json, format!("\"{value}\""));
            assert_eq!(from_str::<T>(&json).unwrap(), *value);
        }
        for json in ["\"\"", "null", "0", "{}", "[\"x\"]"] {
            assert!(from_str::<T>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn every_variant_is_its_name() {
        is_its_name(Condition::ALL);
        is_its_name(Doubt::ALL);
        is_its_name(FindingCode::ALL);
        is_its_name(GroupNames::ALL);
        is_its_name(KeysetFlag::ALL);
        is_its_name(Operation::ALL);
        is_its_name(Permission::ALL);
        is_its_name(Precedence::ALL);
        is_its_name(ResourceKind::ALL);
        is_its_name(Severity::ALL);
        is_its_name(Verdict::ALL);
    }

    #[test]
    fn permissions_are_read_from_the_form_in_which_they_are_written() {
        for mask in 0..=u8::MAX {
            let permissions = Permissions::from_mask(mask);
            assert_eq!(
                from_str::<Permissions>(&to_string(&permissions).unwrap()).unwrap(),
                permissions
            );
        }
        for json in [
            r#"{"mask":3,"permissions":["read"]}"#,
            r#"{"mask":256,"permissions":[]}"#,
            r#"{"mask":1}"#,
        ] {
            assert!(from_str::<Permissions>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn an_unknown_name_is_refused_without_being_repeated() {
        let error = from_str::<KeysetFlag>("\"\\u001b[2J\"").unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown keyset flag, expected unknown, allowed or restricted at line 1 column 11"
        );
    }
}
