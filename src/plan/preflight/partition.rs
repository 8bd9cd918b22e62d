//! Rows that no partition would take (1526).

use super::question::RowProblem;
use super::step_questions::{RowQuery, StepQuestions};
use crate::plan::change::{Change, PartitionChange};
use crate::schema::{Bound, Expression, Partition, PartitionMethod, PartitionScheme, PartitionValues, Partitioning};

/// Asks for rows that no partition takes after a change of the partitions.
pub fn ask_for_rows_outside(questions: &mut StepQuestions<'_>, change: &Change, partitions: &PartitionChange) {
    let outside = match partitions {
        PartitionChange::By { to, .. } => rows_outside(questions, &to.method, &to.partitions),
        PartitionChange::Reorganize { into, .. } => {
            let Some(scheme) = live_scheme(questions) else { return };
            // In their order: the last range decides.
            let is_from = |live: &&Partition| is_reorganized(partitions, live);
            let before = scheme.partitions.iter().take_while(|live| !is_from(live));
            let after = scheme.partitions.iter().skip_while(|live| !is_from(live)).filter(|live| !is_from(live));
            let all: Vec<Partition> = before.chain(into).chain(after).cloned().collect();
            rows_outside(questions, &scheme.method, &all)
        }
        PartitionChange::Add(_)
        | PartitionChange::Drop { .. }
        | PartitionChange::AddHashed(_)
        | PartitionChange::Coalesce(_) => Outside::None,
    };
    match outside {
        Outside::None => {}
        Outside::Rows(query) => questions.ask(change, RowProblem::OutsidePartitions, query),
        Outside::Unknown => {
            let table = &questions.step.table;
            questions.leave_open(format!("whether each row of {table} finds a partition"));
        }
    }
}

/// The rows that no partition takes.
enum Outside {
    None,
    Rows(RowQuery),
    /// Only the change itself shows them.
    Unknown,
}

fn live_scheme(questions: &StepQuestions<'_>) -> Option<PartitionScheme> {
    questions.before.partitioning.as_ref().and_then(Partitioning::scheme).cloned()
}

fn is_reorganized(change: &PartitionChange, live: &Partition) -> bool {
    matches!(change, PartitionChange::Reorganize { from, .. } if from.iter().any(|one| one.name.matches(&live.name)))
}

fn rows_outside(questions: &StepQuestions<'_>, method: &PartitionMethod, partitions: &[Partition]) -> Outside {
    let scheme = PartitionScheme { method: method.clone(), partitions: partitions.to_vec() };
    if scheme.takes_all() {
        return Outside::None;
    }
    // The expression of a live scheme has the names of now.
    if questions.future.renames_columns() {
        return Outside::Unknown;
    }
    let (value, columns) = match method {
        PartitionMethod::Range(expression) | PartitionMethod::List(expression) => {
            (format!("({})", expression.as_str()), questions.future.columns_named(expression))
        }
        PartitionMethod::RangeColumns(columns) | PartitionMethod::ListColumns(columns) => match columns.as_slice() {
            [column] => (column.quoted(), vec![column]),
            _ => return Outside::Unknown,
        },
        PartitionMethod::Hash { .. } | PartitionMethod::Key { .. } => return Outside::None,
    };
    let outside = if method.is_range() { above_the_last(&value, partitions) } else { in_no_list(&value, partitions) };
    let query = outside.and_then(|condition| questions.rows_then(&columns, &condition));
    query.map_or(Outside::Unknown, Outside::Rows)
}

/// A range takes NULL as the least value.
fn above_the_last(value: &str, partitions: &[Partition]) -> Option<String> {
    let mut ranges = partitions.iter().filter_map(|partition| match &partition.values {
        PartitionValues::LessThan(bounds) => Some(bounds.as_slice()),
        PartitionValues::Hashed | PartitionValues::In(_) | PartitionValues::Default => None,
    });
    match ranges.next_back() {
        Some([Bound::Value(bound)]) => Some(format!("{value} >= {}", bound.as_str())),
        _ => None,
    }
}

fn in_no_list(value: &str, partitions: &[Partition]) -> Option<String> {
    let mut items: Vec<&Expression> = Vec::new();
    for partition in partitions {
        match &partition.values {
            PartitionValues::In(lists) => items.extend(lists.iter().flatten()),
            PartitionValues::Hashed | PartitionValues::LessThan(_) | PartitionValues::Default => return None,
        }
    }
    let (nulls, values): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|item| item.as_str().eq_ignore_ascii_case("null"));
    let values: Vec<&str> = values.into_iter().map(Expression::as_str).collect();
    let outside = if values.is_empty() {
        format!("{value} IS NOT NULL")
    } else {
        format!("{value} NOT IN ({})", values.join(", "))
    };
    let missing = if nulls.is_empty() { format!(" OR {value} IS NULL") } else { String::new() };
    Some(format!("({outside}{missing})"))
}
