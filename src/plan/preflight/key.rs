//! Rows that would share the key of a new unique index or primary key.

use super::future::FutureValue;
use super::question::RowProblem;
use super::step_questions::{RowQuery, StepQuestions};
use crate::plan::change::Change;
use crate::schema::{IndexKind, KeyPart};

/// Asks for rows that share a key. A key with a NULL in it is equal to no other, so such rows are left out.
pub fn ask_for_duplicates(questions: &mut StepQuestions<'_>, change: &Change, parts: &[KeyPart]) {
    let object = change.object(&questions.step.table);
    ask_for_duplicates_of(questions, change, &object, parts);
}

/// As [`ask_for_duplicates`], for a key that is called `object`.
pub fn ask_for_duplicates_of(questions: &mut StepQuestions<'_>, change: &Change, object: &str, parts: &[KeyPart]) {
    if is_implied(questions, parts) {
        return;
    }
    let (mut columns, mut evaluates) = (Vec::new(), false);
    for part in parts {
        match questions.future.part(&part.target) {
            FutureValue::Column(sql) | FutureValue::Expression(sql) => columns.push(sql),
            FutureValue::Declared(sql) => {
                columns.push(sql);
                evaluates = true;
            }
            FutureValue::Literal(_) | FutureValue::Same => {}
            FutureValue::Null | FutureValue::Distinct => return,
            FutureValue::Unknown => {
                return questions.leave_open(format!("whether rows share the key of {object}"));
            }
        }
    }
    let table = questions.table();
    let rows = if columns.is_empty() {
        // Every row would have the same key.
        format!("SELECT COUNT(*) AS number FROM {table} HAVING COUNT(*) > 1")
    } else {
        let present: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
        let (columns, present) = (columns.join(", "), present.join(" AND "));
        format!(
            "SELECT {columns}, COUNT(*) AS number FROM {table} WHERE {present} GROUP BY {columns} \
             HAVING COUNT(*) > 1"
        )
    };
    questions.ask_of(change, object, RowProblem::Duplicate, RowQuery { rows, evaluates });
}

/// Whether a live unique key, with columns that no change concerns, holds some of these parts: then a larger key is
/// unique too.
fn is_implied(questions: &StepQuestions<'_>, parts: &[KeyPart]) -> bool {
    let primary = questions.before.primary_key.iter().map(|key| &key.parts);
    let unique = questions.before.indexes.iter().filter(|index| index.kind == IndexKind::Unique);
    primary.chain(unique.map(|index| &index.parts)).any(|live| {
        live.iter().all(|part| {
            part.column_name().is_some_and(|name| {
                questions.future.is_untouched(name) && parts.iter().any(|new| new.is_whole(name) && part.is_whole(name))
            })
        })
    })
}
