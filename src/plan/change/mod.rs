//! The differences between a live schema and its target, and the statements that remove them.

mod attribute;
mod clause;
mod columns_used;
mod cost;
mod description;
mod object_kind;
mod partition;
mod plan;
mod restated;
mod risk;
mod statement;
mod step;
mod step_sql;
mod table_change;
mod type_change;

pub use attribute::Attribute;
pub use columns_used::{used_column_before, uses_column_after};
pub use cost::{Algorithm, Cost};
pub use object_kind::{DeclaredNames, ObjectKey, ObjectKind, absent_of, declared_of, is_declared, is_live};
pub use partition::{PartitionChange, partitioning_changes};
pub use plan::{Plan, StepDependents, StepHazards};
pub use risk::Risk;
pub use statement::{Statement, phase};
pub use step::{Step, StepTable, UnitId};
pub use table_change::{Change, TableChange};
pub use type_change::{TypeChange, renumbers_members, type_change};
