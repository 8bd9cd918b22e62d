//! Where a migration tool stands: reads the table in which it keeps the revision of a database, and compares it with the
//! declared chain. It writes that table where a spec permits it. It knows no plan.

mod chain;
mod finding;
mod progress;
mod queries;
mod reading;
mod rows;
mod stamp;
mod tool;
mod tool_lock;
mod version;

pub use chain::DeclaredChain;
pub use finding::{RevisionFinding, RevisionState};
pub use queries::MigrationTable;
pub use reading::RevisionReading;
pub use stamp::Stamp;

#[cfg(test)]
mod tests;
