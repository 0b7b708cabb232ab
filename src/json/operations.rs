//! The operation table.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::operation::{Operation, Projections, Requirements, ResourceRequirement};
use crate::permission::Permission;
use crate::request::resource::ResourceKind;

/// An explanation of the words `each`, `inferred` and `unknown` in the operation table.
pub const OPERATIONS_LEGEND: &str = "\"each\" is a permission on every resource that is named. \
     What is \"inferred\" or \"unknown\" is not documented by PubNub, and which fields a projection \
     of DataSync hides or refuses, only the service knows: an answer that depends on either is \
     indeterminate.";

/// Returns the operation table as JSON.
pub(super) fn table() -> impl Serialize {
    #[derive(Serialize)]
    struct Table {
        operations: Vec<OperationRow>,
        legend: &'static str,
    }
    Table {
        operations: Operation::ALL.iter().copied().map(OperationRow::of).collect(),
        legend: OPERATIONS_LEGEND,
    }
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
