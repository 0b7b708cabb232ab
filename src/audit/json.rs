//! The JSON forms of audits, through serde (feature `serde`).

use alloc::string::String;
use alloc::vec::Vec;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::decision::Verdict;
use crate::operation::Operation;
use crate::permission::Permissions;
use crate::readings::Readings;
use crate::resource::ResourceKind;

use super::diff::{CategoryChange, Diff, NameChange, PatternChange, PermissionChange, ProjectionChange, UserChange};
use super::finding::{Finding, FindingCode};
use super::reach::{NameReach, OperationReach, PatternReach, Reach};

impl Serialize for FindingCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// JSON escapes by itself, so that the path stands as it is: joined by dots, and in its parts.
impl Serialize for Finding<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts: Vec<&str> = self.place().parts().collect();
        let mut finding = serializer.serialize_struct("Finding", 6)?;
        finding.serialize_field("code", &self.code())?;
        finding.serialize_field("severity", &self.severity())?;
        finding.serialize_field("path", &parts.join("."))?;
        finding.serialize_field("path_parts", &parts)?;
        finding.serialize_field("cost", self.cost())?;
        finding.serialize_field("advice", self.advice())?;
        finding.end()
    }
}

impl Serialize for Reach<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reach = serializer.serialize_struct("Reach", 4)?;
        reach.serialize_field("authorized_uuid", &self.authorized_user())?;
        reach.serialize_field("operations", self.operations())?;
        reach.serialize_field("names", self.names())?;
        reach.serialize_field("patterns", self.patterns())?;
        reach.end()
    }
}

impl Serialize for OperationReach {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut operation = serializer.serialize_struct("OperationReach", 3)?;
        operation.serialize_field("operation", &self.operation)?;
        operation.serialize_field("verdict", &self.verdict)?;
        operation.serialize_field("elsewhere", &self.elsewhere)?;
        operation.end()
    }
}

/// Answers by operation.
struct Answers<'a>(&'a [(Operation, Verdict)]);

impl Serialize for Answers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(operation, verdict)| (operation, verdict)))
    }
}

/// Permissions by name.
struct Names(Permissions);

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter())
    }
}

impl Serialize for NameReach<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut name = serializer.serialize_struct("NameReach", 5)?;
        name.serialize_field("kind", &self.kind)?;
        name.serialize_field("name", self.name)?;
        name.serialize_field("permissions", &Names(self.permissions))?;
        name.serialize_field("checked", &self.checked)?;
        name.serialize_field("operations", &Answers(&self.operations))?;
        name.end()
    }
}

impl Serialize for PatternReach<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pattern = serializer.serialize_struct("PatternReach", 7)?;
        pattern.serialize_field("kind", &self.kind)?;
        pattern.serialize_field("pattern", self.pattern)?;
        pattern.serialize_field("permissions", &Names(self.permissions))?;
        pattern.serialize_field("matches_nothing", &self.matches_nothing)?;
        pattern.serialize_field("matches_everything", &self.matches_everything)?;
        pattern.serialize_field("example", &self.example)?;
        pattern.serialize_field("operations", &Answers(&self.operations))?;
        pattern.end()
    }
}

impl Serialize for Diff<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (old, new) = self.expires_at();
        let mut diff = serializer.serialize_struct("Diff", 8)?;
        diff.serialize_field("different", &!self.is_empty())?;
        diff.serialize_field("expires_at", &OldNew { old, new })?;
        diff.serialize_field("authorized_uuid", &self.user())?;
        diff.serialize_field("categories", self.categories())?;
        diff.serialize_field("names", self.names())?;
        diff.serialize_field("patterns", self.patterns())?;
        diff.serialize_field("projections", self.projections())?;
        diff.serialize_field("unchecked", &Unchecked(self.unchecked()))?;
        diff.end()
    }
}

struct UncheckedName<'a> {
    kind: ResourceKind,
    name: &'a str,
}

impl Serialize for UncheckedName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut name = serializer.serialize_struct("UncheckedName", 2)?;
        name.serialize_field("kind", &self.kind)?;
        name.serialize_field("name", self.name)?;
        name.end()
    }
}

/// Names, each with its kind.
struct Unchecked<'a>(&'a [(ResourceKind, String)]);

impl Serialize for Unchecked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(kind, name)| UncheckedName { kind: *kind, name }))
    }
}

struct OldNew<T> {
    old: T,
    new: T,
}

impl<T: Serialize> Serialize for OldNew<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut both = serializer.serialize_struct("OldNew", 2)?;
        both.serialize_field("old", &self.old)?;
        both.serialize_field("new", &self.new)?;
        both.end()
    }
}

impl Serialize for UserChange<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        OldNew { old: self.old, new: self.new }.serialize(serializer)
    }
}

impl Serialize for CategoryChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut category = serializer.serialize_struct("CategoryChange", 3)?;
        category.serialize_field("kind", &self.kind)?;
        category.serialize_field("old", &self.old)?;
        category.serialize_field("new", &self.new)?;
        category.end()
    }
}

/// The permissions that differ, by name.
impl Serialize for NameChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Changes<'a>(&'a [PermissionChange]);
        impl Serialize for Changes<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|change| (change.permission, change)))
            }
        }
        let mut name = serializer.serialize_struct("NameChange", 3)?;
        name.serialize_field("kind", &self.kind)?;
        name.serialize_field("name", &self.name)?;
        name.serialize_field("permissions", &Changes(&self.permissions))?;
        name.end()
    }
}

/// Readings are counted.
impl Serialize for PermissionChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let count = |readings: Readings| readings.len();
        let mut change = serializer.serialize_map(Some(5))?;
        change.serialize_entry("old", &self.old)?;
        change.serialize_entry("new", &self.new)?;
        change.serialize_entry("readings_gained", &count(self.gained))?;
        change.serialize_entry("readings_lost", &count(self.lost))?;
        change.serialize_entry("certain", &self.certain)?;
        change.end()
    }
}

impl Serialize for ProjectionChange<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut change = serializer.serialize_struct("ProjectionChange", 4)?;
        change.serialize_field("section", self.section)?;
        change.serialize_field("key", self.key)?;
        change.serialize_field("old", &self.old)?;
        change.serialize_field("new", &self.new)?;
        change.end()
    }
}

impl Serialize for PatternChange<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut change = serializer.serialize_struct("PatternChange", 5)?;
        change.serialize_field("kind", &self.kind)?;
        change.serialize_field("pattern", self.pattern)?;
        change.serialize_field("old", &self.old.map(Names))?;
        change.serialize_field("new", &self.new.map(Names))?;
        change.serialize_field("affects", &Names(self.permissions))?;
        change.end()
    }
}
