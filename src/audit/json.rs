//! The JSON forms of audits that are not derived (feature `serde`).

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

/// Writes the path unescaped, since JSON has its own escapes.
impl Serialize for Finding<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let path_parts: Vec<&str> = self.location().parts().collect();
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

/// Writes a map of verdicts by operation.
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

/// Writes a map of changes by permission.
pub(super) fn by_permission<S: Serializer>(
    changes: &[PermissionChange],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(changes.iter().map(|change| (change.permission, change)))
}

impl Serialize for Diff<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(
            serializer,
            "Diff",
            different = !self.is_empty(),
            expires_at = self.expiries(),
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
struct UncheckedName<'a> {
    kind: ResourceKind,
    name: &'a str,
}
