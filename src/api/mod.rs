//! The custom resource `DatabaseSchema`: what a user may declare, and what the operator reports.
//!
//! It does no I/O, and knows only the names of MySQL: what a type, a default or a key part *means* is decided where a
//! declaration is read. The doc comments of the fields are the descriptions in the resource definition, which
//! `kubectl explain` and `docs/reference.md` show to users.

mod bounds;
mod column;
mod connection;
mod constraint;
mod crd;
mod duration;
mod index;
mod names;
mod options;
mod partitioning;
mod policy;
mod reason;
mod reason_row;
mod reference;
mod revision_table;
mod spec;
mod state;
mod status;
mod structural;
mod table;

pub use column::{ColumnSpec, DefaultSpec, Empty, GeneratedSpec, StorageSpec};
pub use connection::{Connection, ReplicaConnection, SecretKeys, SecretRef, TlsMode, VerifiedTls};
pub use constraint::{ActionSpec, CheckSpec, ForeignKeySpec, ReferencesSpec};
pub use crd::{crd, crd_yaml};
pub use duration::{InvalidDuration, LONGEST_DURATION, parse_duration};
pub use index::{IndexKindSpec, IndexSpec, IndexUsingSpec};
pub use names::{
    APPROVED_AT, APPROVED_BY, APPROVED_PLAN, CANCELLED_BY, CANCELLED_PLAN, FIELD_MANAGER, GROUP, REJECTED_BY,
    REJECTED_PLAN, VERSION,
};
pub use options::TableOptionsSpec;
pub use partitioning::{PartitionSpec, PartitioningMethod, PartitioningSpec};
pub use policy::{DriftPolicy, HistoryPolicy, MaintenanceWindow, Policy, RehearsalMode, RiskSpec, UndeclaredPolicy};
pub use reason::{Reason, reasons_markdown};
pub use reason_row::{Health, ReasonRow, Retry};
pub use reference::reference_markdown;
pub use revision_table::{
    AlembicTable, DbmateTable, DjangoTable, FlywayTable, GolangMigrateTable, LiquibaseTable, PrismaTable, RailsTable,
    RevisionTable, Stamp,
};
pub use spec::{
    ConfigMapKeyRef, DatabaseSchema, DatabaseSchemaSpec, Ddl, Expectation, Mode, NumberRange, RowRange, VerifyQuery,
};
pub use state::State;
pub use status::{
    ApprovalStatus, DatabaseSchemaStatus, DistrustStatus, DriftStatus, FailedStepStatus, HeldStatus, HistoryStatus,
    Outcome, PlanStatus, RecordStatus, RefusalStatus, RevisionStatus, ServerStatus, StepState, StepStatus,
    UndeclaredStatus,
};
pub use table::TableSpec;
