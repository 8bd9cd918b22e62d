//! Questions about rows that would make the server refuse a step. For each kind there is a query that counts such rows,
//! and one that shows them to a person who may read the table. A statement that would fail after an hour of copying is not
//! sent.

mod default_literal;
mod dependents;
mod future;
mod generated;
mod key;
mod partition;
mod preflights;
mod question;
mod reference;
mod server_errors;
mod step_questions;
mod value;

pub use preflights::preflights;
pub use question::{Preflight, Preflights, RowProblem};
pub use server_errors::{Foreseen, foreseen, foreseen_errors};
