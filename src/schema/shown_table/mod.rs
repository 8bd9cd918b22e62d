//! What `SHOW CREATE TABLE` shows of a table, cut into the clauses of each object, and the comparison of two such texts.
//! It does not know what a clause means to the model: so it also finds what the model does not hold.

mod clause;
mod column_clauses;
mod definition;
mod difference;
mod index_clauses;
mod marks;

#[cfg(test)]
mod tests;

pub use clause::clause_text;
pub use column_clauses::{ColumnClause, ColumnClauseKind, column_clauses};
pub use difference::{Difference, differences};
pub use index_clauses::IndexClauses;
pub use marks::without_marks;
