//! Rows that would refer to nothing under a new foreign key, or violate a check.

use super::future::{FutureTable, FutureValue};
use super::question::{Preflight, RowProblem};
use super::step_questions::{RowQuery, StepQuestions, qualified};
use crate::plan::change::Change;
use crate::schema::{Expression, ForeignKey, Table};

/// Asks for rows that refer to nothing. A key with a NULL in it refers to nothing by intent (`MATCH SIMPLE`, the only kind
/// that both servers have).
pub fn ask_for_orphans(questions: &mut StepQuestions<'_>, change: &Change, key: &ForeignKey) {
    if let Some(orphans) = orphans(questions, key) {
        questions.ask(change, RowProblem::Orphan, orphans);
    }
}

/// Asks for rows that a live foreign key would not let in: a copy of the table inserts each row again.
pub fn ask_for_copied_orphans(questions: &mut StepQuestions<'_>, key: &ForeignKey) {
    if questions.drops_foreign_key(&key.name) {
        return;
    }
    if let Some(RowQuery { rows, evaluates }) = orphans(questions, key) {
        let object = format!("table {}, which is copied under foreign key {}", questions.step.table, key.name);
        questions.preflights.questions.push(Preflight {
            problem: RowProblem::Orphan,
            adds: false,
            object,
            rows,
            evaluates,
        });
    }
}

/// Returns the query for the rows that refer to nothing; `None` where there can be none, or no query tells.
fn orphans(questions: &mut StepQuestions<'_>, key: &ForeignKey) -> Option<RowQuery> {
    let values: Vec<FutureValue> = key.columns.iter().map(|column| questions.future.value(column)).collect();
    if values.contains(&FutureValue::Null) {
        return None;
    }
    let child = KeySide::of(questions.before, questions.table(), "child", values);
    let (Some(child), Some(parent)) = (child, parent(questions, key)) else {
        questions.leave_open(format!(
            "whether each row that foreign key {}.{} refers to exists",
            questions.step.table, key.name
        ));
        return None;
    };
    let mut conditions: Vec<String> =
        child.terms.iter().filter(|term| term.may_be_null).map(|term| format!("{} IS NOT NULL", term.sql)).collect();
    let mut evaluates = child.evaluates;
    // A table that the same plan creates will be empty.
    if let ParentTable::Live(parent) = parent {
        evaluates |= parent.evaluates;
        let pairs = parent.terms.iter().zip(&child.terms);
        let equal: Vec<String> = pairs.map(|(theirs, ours)| format!("{} = {}", theirs.sql, ours.sql)).collect();
        let equal = equal.join(" AND ");
        conditions.push(format!("NOT EXISTS (SELECT 1 FROM {} WHERE {equal})", parent.source));
    }
    let conditions = if conditions.is_empty() { "TRUE".to_owned() } else { conditions.join(" AND ") };
    let rows = format!("SELECT child.* FROM {} WHERE {conditions}", child.source);
    Some(RowQuery { rows, evaluates })
}

/// One side of a foreign key, as a query reads it before the change.
struct KeySide {
    /// What follows `FROM`.
    source: String,
    /// The values that the columns of the key will have.
    terms: Vec<Term>,
    /// Whether an expression of the schema is among them.
    evaluates: bool,
}

struct Term {
    sql: String,
    may_be_null: bool,
}

impl KeySide {
    /// Returns the side of a table that is called `alias`; `None` where a value is not known before the change.
    fn of(before: &Table, table: String, alias: &str, values: Vec<FutureValue>) -> Option<Self> {
        let (mut computed, mut terms) = (Vec::new(), Vec::new());
        let evaluates = values.iter().any(|value| matches!(value, FutureValue::Declared(_)));
        for value in values {
            terms.push(match value {
                FutureValue::Column(column) => Term { sql: format!("{alias}.{column}"), may_be_null: true },
                FutureValue::Expression(sql) | FutureValue::Declared(sql) => {
                    let name = unused_name(before, computed.len());
                    computed.push(format!("{sql} AS {name}"));
                    Term { sql: format!("{alias}.{name}"), may_be_null: true }
                }
                FutureValue::Literal(sql) => Term { sql, may_be_null: false },
                FutureValue::Null => Term { sql: "NULL".to_owned(), may_be_null: true },
                FutureValue::Same | FutureValue::Distinct | FutureValue::Unknown => return None,
            });
        }
        // The names in an expression are those of one table alone.
        let source =
            if computed.is_empty() { table } else { format!("(SELECT *, {} FROM {table})", computed.join(", ")) };
        Some(Self { source: format!("{source} AS {alias}"), terms, evaluates })
    }
}

/// Returns a name that no column of the table has, for the computed value of this number.
fn unused_name(table: &Table, number: usize) -> String {
    let mut name = format!("value_{number}");
    while table.columns.iter().any(|column| column.name.as_str().eq_ignore_ascii_case(&name)) {
        name.push('_');
    }
    name
}

/// Asks for rows that violate a check. A check that is neither true nor false holds.
pub fn ask_for_violations(questions: &mut StepQuestions<'_>, change: &Change, expression: &Expression) {
    let columns = questions.future.columns_named(expression);
    let condition = format!("NOT ({})", expression.as_str());
    if let Some(query) = questions.rows_then(&columns, &condition) {
        questions.ask(change, RowProblem::CheckViolated, query);
    } else {
        let object = change.object(&questions.step.table);
        questions.leave_open(format!("whether all rows pass {object}"));
    }
}

/// The table that a foreign key refers to.
enum ParentTable {
    New,
    Live(KeySide),
}

/// Returns the table that a key refers to, as it is now; `None` where its columns are not known before the change.
fn parent(questions: &StepQuestions<'_>, key: &ForeignKey) -> Option<ParentTable> {
    let database = key.referenced_database.as_ref().unwrap_or(&questions.live.name);
    if *database != questions.live.name {
        let terms = key.referenced_columns.iter().map(|name| format!("parent.{}", name.quoted()));
        let source = format!("{} AS parent", qualified(database, &key.referenced_table));
        let terms = terms.map(|sql| Term { sql, may_be_null: true }).collect();
        return Some(ParentTable::Live(KeySide { source, terms, evaluates: false }));
    }
    let no_changes = Vec::new();
    let changes = questions.changes.get(&key.referenced_table).unwrap_or(&no_changes);
    if changes.iter().any(|change| matches!(change, Change::CreateTable(_))) {
        return Some(ParentTable::New);
    }
    let renamed = questions.changes.iter().find_map(|(from, changes)| {
        let is_it = |change: &&Change| matches!(change, Change::RenameTable { to } if *to == key.referenced_table);
        changes.iter().copied().any(|change| is_it(&change)).then_some(*from)
    });
    let parent = questions.live.table(renamed.unwrap_or(&key.referenced_table))?;
    let future = FutureTable::new(parent, changes, questions.step.dialect);
    let values = key.referenced_columns.iter().map(|name| future.value(name)).collect();
    KeySide::of(parent, qualified(database, &parent.name), "parent", values).map(ParentTable::Live)
}
