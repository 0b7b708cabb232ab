//! The JSON forms of audits, through serde (feature `serde`): what their types do not derive.

use alloc::vec::Vec;

use serde::ser::{Serialize, Serializer};

use crate::decision::Verdict;
use crate::json::{AsSeq, object};
use crate::operation::Operation;
use crate::policy::readings::Readings;
use crate::request::resource::ResourceKind;

use super::diff::{Diff, PermissionChange};
use super::finding::Finding;
use super::reach::Reach;

/// JSON escapes by itself, so that the path stands as it is: joined by dots, and in its parts.
impl Serialize for Finding<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let path_parts: Vec<&str> = self.place().parts().collect();
        object!(
            serializer,
            "Finding",
            code = self.code(),
            severity = self.severity(),
            path = path_parts.join("."),
            path_parts = path_parts,
            cost = self.cost(),
            advice = self.advice()
        )
    }
}

impl Serialize for Reach<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(
            serializer,
            "Reach",
            authorized_uuid = self.authorized_user(),
            operations = self.operations(),
            names = self.names(),
            patterns = self.patterns()
        )
    }
}

/// Writes answers by operation.
pub(super) fn by_operation<S: Serializer>(
    answers: &[(Operation, Verdict)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(answers.iter().copied())
}

/// Writes the number of readings.
pub(super) fn count<S: Serializer>(readings: &Readings, serializer: S) -> Result<S::Ok, S::Error> {
    readings.len().serialize(serializer)
}

/// Writes changes by permission.
pub(super) fn by_permission<S: Serializer>(
    changes: &[PermissionChange],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(changes.iter().map(|change| (change.permission, change)))
}

impl Serialize for Diff<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (old, new) = self.expires_at();
        object!(
            serializer,
            "Diff",
            different = !self.is_empty(),
            expires_at = OldNew { old, new },
            authorized_uuid = self.user(),
            categories = self.categories(),
            names = self.names(),
            patterns = self.patterns(),
            projections = self.projections(),
            unchecked = AsSeq(|| self
                .unchecked()
                .iter()
                .map(|(kind, name)| UncheckedName { kind: *kind, name }))
        )
    }
}

#[derive(serde::Serialize)]
struct OldNew {
    old: u64,
    new: u64,
}

#[derive(serde::Serialize)]
struct UncheckedName<'a> {
    kind: ResourceKind,
    name: &'a str,
}
