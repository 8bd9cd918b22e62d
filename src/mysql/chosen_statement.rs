//! Runs one of several statements, as the server itself finds: without another message, and without an error for a table that
//! is not there.

use crate::schema::quote_literal;

/// The statement that reads nothing.
pub const NOTHING: &str = "SELECT 1 FROM DUAL WHERE FALSE";

/// Returns the statements that run the one whose place, from 0, the variable `number` holds. They give four results; the
/// third is that of what runs.
pub fn run_chosen(number: &str, statements: [&str; 4]) -> String {
    let statements = statements.map(quote_literal).join(", ");
    format!(
        "SET @schema_operator_chosen = ELT({number} + 1, {statements}); \
         PREPARE schema_operator_chosen FROM @schema_operator_chosen; EXECUTE schema_operator_chosen; \
         DEALLOCATE PREPARE schema_operator_chosen"
    )
}
