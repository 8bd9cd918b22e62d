//! Values that new columns, and generated ones, would get from the present rows.

use super::question::RowProblem;
use super::reference::ask_for_violations;
use super::step_questions::{RowQuery, StepQuestions};
use crate::plan::change::Change;
use crate::schema::{Column, ColumnDefault, DataType, Fill, Generation, IntegerWidth, Storage};

/// Asks for rows that get no value for a new column, or one that it does not take.
pub fn ask_for_missing_values(questions: &mut StepQuestions<'_>, change: &Change, column: &Column) {
    if let Some(check) = &column.check {
        ask_for_violations(questions, change, check);
    }
    match &column.fill {
        Fill::Generated(generated) => ask_for_misfits_of_generated(questions, change, column, generated),
        Fill::AutoIncrement => ask_for_too_many_rows(questions, change, column),
        // MySQL has no value for a geometry (1138); MariaDB writes one without a byte (tried on 10.11 and 11.8).
        Fill::Default(ColumnDefault::None) if !column.nullable && matches!(column.data_type, DataType::Spatial(_)) => {
            if !questions.step.dialect.is_mariadb() {
                questions.ask_where(change, RowProblem::NoValue, "TRUE");
            }
        }
        // Without NO_ZERO_DATE the servers write 0000-00-00 (tried on MySQL 9.7, MariaDB 10.11 and 11.8); with it, as most
        // applications have it, they refuse the value (1292).
        Fill::Default(ColumnDefault::None) if !column.nullable && is_date(&column.data_type) => {
            questions.ask_where(change, RowProblem::ZeroDate, "TRUE");
        }
        Fill::Default(ColumnDefault::Expression(default)) if !default.is_current_timestamp() => {
            let object = change.object(&questions.step.table);
            questions.leave_open(format!("whether {object} takes the value of its default in each row"));
        }
        Fill::Default(_) => {}
    }
}

fn is_date(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date | DataType::DateTime(_) | DataType::Timestamp(_))
}

/// Asks for rows whose generated value would be NULL in a column that is not, and says that other values are not counted:
/// they may be too long, out of range or impossible to compute.
pub fn ask_for_misfits_of_generated(
    questions: &mut StepQuestions<'_>,
    change: &Change,
    column: &Column,
    generated: &Generation,
) {
    let expression = &generated.expression;
    let object = change.object(&questions.step.table);
    if !column.nullable {
        let named = questions.future.columns_named(expression);
        let query = questions.rows_then(&named, &format!("({}) IS NULL", expression.as_str()));
        let open = format!("whether {object} gets a value in each row");
        match (query, generated.storage) {
            (Some(query), Storage::Virtual) => questions.ask(change, RowProblem::VirtualNull, query),
            (Some(query), Storage::Stored) => questions.ask(change, RowProblem::Null, query),
            (None, Storage::Virtual) => questions.preflights.unguarded.push(open),
            (None, Storage::Stored) => questions.leave_open(open),
        }
    }
    if generated.storage == Storage::Stored {
        questions.leave_open(format!("whether each value of {object} fits {}", column.data_type));
    }
    if let Some(check) = column.check.as_ref().filter(|_| !matches!(change, Change::AddColumn { .. })) {
        ask_for_violations(questions, change, check);
    }
}

/// Asks for more rows than a small integer can number (167, on MySQL 1467).
fn ask_for_too_many_rows(questions: &mut StepQuestions<'_>, change: &Change, column: &Column) {
    let DataType::Integer { width, sign, .. } = &column.data_type else { return };
    if matches!(width, IntegerWidth::Int | IntegerWidth::Big) {
        return;
    }
    let table = questions.table();
    let most = width.bounds(*sign).most;
    let rows = format!("SELECT COUNT(*) AS number FROM {table} HAVING COUNT(*) > {most}");
    questions.ask(change, RowProblem::OutOfRange, RowQuery::plain(rows));
}
