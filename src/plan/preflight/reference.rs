//! Rows that would refer to nothing under a new foreign key, or violate a check.

use super::future::{FutureTable, FutureValue};
use super::question::{Preflight, RowProblem};
use super::step_questions::{StepQuestions, qualified};
use crate::plan::change::Change;
use crate::schema::{Expression, ForeignKey, Identifier};

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
    if let Some(rows) = orphans(questions, key) {
        let object = format!("table {}, which is copied under foreign key {}", questions.step.table, key.name);
        questions.preflights.questions.push(Preflight { problem: RowProblem::Orphan, adds: false, object, rows });
    }
}

/// Returns the query for the rows that refer to nothing; `None` where there can be none, or no query tells.
fn orphans(questions: &mut StepQuestions<'_>, key: &ForeignKey) -> Option<String> {
    let object = format!("foreign key {}.{}", questions.step.table, key.name);
    let open = format!("whether each row that {object} refers to exists");
    let (mut child, mut has_expression) = (Vec::new(), false);
    for column in &key.columns {
        match questions.future.value(column) {
            FutureValue::Column(sql) => child.push(sql),
            FutureValue::Expression(_) => has_expression = true,
            FutureValue::Null => return None,
            FutureValue::Same | FutureValue::Distinct | FutureValue::Unknown => {
                questions.leave_open(open);
                return None;
            }
        }
    }
    if has_expression {
        questions.leave_open(open);
        return None;
    }
    let present: Vec<String> = child.iter().map(|column| format!("child.{column} IS NOT NULL")).collect();
    let present = present.join(" AND ");
    let table = questions.table();
    let Some(parent) = parent(questions, key) else {
        questions.leave_open(open);
        return None;
    };
    Some(match parent {
        // The same plan creates it, so it will be empty.
        ParentTable::New => format!("SELECT child.* FROM {table} AS child WHERE {present}"),
        ParentTable::Live { table: parent, columns } => {
            let equal: Vec<String> =
                columns.iter().zip(&child).map(|(theirs, ours)| format!("parent.{theirs} = child.{ours}")).collect();
            format!(
                "SELECT child.* FROM {table} AS child WHERE {present} AND NOT EXISTS \
                 (SELECT 1 FROM {parent} AS parent WHERE {})",
                equal.join(" AND ")
            )
        }
    })
}

/// Asks for rows that violate a check. A check that is neither true nor false holds.
pub fn ask_for_violations(questions: &mut StepQuestions<'_>, change: &Change, expression: &Expression) {
    if questions.future.renames_columns() {
        let object = change.object(&questions.step.table);
        return questions.leave_open(format!("whether all rows pass {object}"));
    }
    questions.ask_where(change, RowProblem::CheckViolated, &format!("NOT ({})", expression.as_str()));
}

/// Returns the table that a key refers to, as it is now; `None` where its columns are not known before the change.
fn parent(questions: &StepQuestions<'_>, key: &ForeignKey) -> Option<ParentTable> {
    let database = key.referenced_database.as_ref().unwrap_or(&questions.live.name);
    let quoted = |columns: &[Identifier]| columns.iter().map(Identifier::quoted).collect();
    if *database != questions.live.name {
        let table = qualified(database, &key.referenced_table);
        return Some(ParentTable::Live { table, columns: quoted(&key.referenced_columns) });
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
    let columns: Option<Vec<String>> = key
        .referenced_columns
        .iter()
        .map(|name| match future.value(name) {
            FutureValue::Column(sql) => Some(sql),
            FutureValue::Expression(_)
            | FutureValue::Same
            | FutureValue::Distinct
            | FutureValue::Null
            | FutureValue::Unknown => None,
        })
        .collect();
    Some(ParentTable::Live { table: qualified(database, &parent.name), columns: columns? })
}

/// The table that a foreign key refers to.
enum ParentTable {
    New,
    /// With the quoted names of the table and of the referenced columns.
    Live {
        table: String,
        columns: Vec<String>,
    },
}
