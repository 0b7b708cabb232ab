//! The operation table, and how an operation is found in it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::display::join;
use crate::operation::{Access, Needs, Operation, Projections};
use crate::permission::Permission;
use crate::request::resource::ResourceKind;

use super::nearest::{in_lower_case, nearest};

/// Finds an operation by its id.
///
/// ```
/// use pubnub_access::Operation;
/// use pubnub_access::json::find_operation;
///
/// assert_eq!(find_operation("publish"), Ok(Operation::Publish));
/// assert_eq!(find_operation("hereNow").unwrap_err(), "unknown operation; did you mean here-now?");
/// ```
///
/// # Errors
/// Any other text; the sentence names the operations that are probably meant.
pub fn find_operation(id: &str) -> Result<Operation, String> {
    id.parse().map_err(|_| {
        let near = nearest(&in_lower_case(id, '-'), Operation::ALL.into_iter().map(Operation::id));
        match near.as_slice() {
            [] => String::from("unknown operation; `pubnub-access operations` lists all"),
            near => format!("unknown operation; did you mean {}?", join(near, " or ")),
        }
    })
}

/// The operation table as JSON.
pub(super) fn table() -> impl Serialize {
    #[derive(Serialize)]
    struct Table {
        operations: Vec<OperationRow>,
    }
    Table { operations: Operation::ALL.into_iter().map(OperationRow::of).collect() }
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
        let (decided_by, resources, get_all) = match operation.needs() {
            Needs::Resources(accesses) => ("resources", accesses, None),
            Needs::KeysetFlag(kind) => ("keyset_flag", &[][..], Some(kind)),
            Needs::ValidToken { .. } => ("valid_token", &[][..], None),
            Needs::NothingInferred | Needs::Unknown => ("unknown", &[][..], None),
        };
        OperationRow {
            id: operation,
            area: operation.area(),
            decided_by,
            resources: resources.iter().map(AccessForm::of).collect(),
            get_all,
            needs: operation.needs().to_string(),
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
    fn of(access: &Access) -> Self {
        let Access { kind, permission, many, inferred, optional, projections } = *access;
        AccessForm { kind, permission, many, inferred, optional, projections }
    }
}
