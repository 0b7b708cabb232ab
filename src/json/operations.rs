//! The operation table.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::operation::{Operation, Projections, Requirements, ResourceRequirement};
use crate::permission::Permission;
use crate::request::resource::ResourceKind;

/// Returns the operation table as JSON.
pub(super) fn table() -> impl Serialize {
    #[derive(Serialize)]
    struct Table {
        operations: Vec<OperationRow>,
    }
    Table { operations: Operation::ALL.iter().copied().map(OperationRow::of).collect() }
}

/// A row of the table.
#[derive(Serialize)]
struct OperationRow {
    id: Operation,
    area: &'static str,
    decided_by: &'static str,
    resources: Vec<AccessForm>,
    get_all: Option<ResourceKind>,
    needs: String,
}

impl OperationRow {
    fn of(operation: Operation) -> Self {
        let (decided_by, resources, get_all) = match operation.requirements() {
            Requirements::Resources(accesses) => ("resources", accesses, None),
            Requirements::KeysetFlag(kind) => ("keyset_flag", &[][..], Some(kind)),
            Requirements::ValidToken { .. } => ("valid_token", &[][..], None),
            Requirements::NothingInferred | Requirements::Unknown => ("unknown", &[][..], None),
        };
        OperationRow {
            id: operation,
            area: operation.area(),
            decided_by,
            resources: resources.iter().map(AccessForm::of).collect(),
            get_all,
            needs: operation.requirements().to_string(),
        }
    }
}

/// A kind of resource that an operation names.
#[derive(Serialize)]
struct AccessForm {
    kind: ResourceKind,
    permission: Option<Permission>,
    many: bool,
    inferred: bool,
    optional: bool,
    projections: Projections,
}

impl AccessForm {
    fn of(access: &ResourceRequirement) -> Self {
        let ResourceRequirement { kind, permission, many, inferred, optional, projections } =
            *access;
        AccessForm { kind, permission, many, inferred, optional, projections }
    }
}
