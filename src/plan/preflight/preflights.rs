//! The questions to ask before the steps of a plan, change by change.

use super::future::FutureTable;
use super::generated::ask_for_missing_values;
use super::key::ask_for_duplicates;
use super::partition::ask_for_rows_outside;
use super::question::Preflights;
use super::reference::{ask_for_copied_orphans, ask_for_orphans, ask_for_violations};
use super::step_questions::{ChangesByTable, StepQuestions};
use super::value::ask_for_misfits;
use crate::plan::change::{Algorithm, Change, Step};
use crate::schema::{ForeignKey, Index, IndexKind, KeyPart, KeyTarget, Schema, Table, is_in_memory};

/// Returns the questions to ask before each of `steps` runs on `live`, in their order. The queries name tables with their
/// database and columns as they are now, since they are asked before the first step runs.
pub fn preflights(steps: &[Step], live: &Schema) -> Vec<Preflights> {
    let mut changes = ChangesByTable::new();
    for step in steps {
        changes.entry(&step.table).or_default().extend(&step.changes);
    }
    steps.iter().map(|step| of_step(step, &changes, live)).collect()
}

fn of_step(step: &Step, changes: &ChangesByTable<'_>, live: &Schema) -> Preflights {
    let Some(before) = &step.before else { return Preflights::default() };
    let own = changes.get(&step.table).map(Vec::as_slice).unwrap_or_default();
    let future = FutureTable::new(before, own, step.dialect);
    let mut questions = StepQuestions { step, before, future, live, changes, preflights: Preflights::default() };
    for change in &step.changes {
        ask(&mut questions, change);
    }
    // A copy on MySQL inserts each row again under the table's foreign keys (1452, tried on 9.7). Rows that came in without
    // a check of them make it fail. MariaDB 10.11 and 11.8 copy such rows.
    if step.cost.algorithm == Algorithm::Copy && !step.dialect.is_mariadb() {
        for key in before.foreign_keys.iter().filter(|key| !adds_key(step, key)) {
            ask_for_copied_orphans(&mut questions, key);
        }
    }
    if step.cost.algorithm == Algorithm::Copy && will_be_in_memory(step, before) {
        let limit = "max_heap_table_size";
        questions.leave_open(format!("whether the rows of table {} fit into memory ({limit}, 1114)", step.table));
    }
    questions.preflights
}

/// Whether the table has no primary key, and several indexes that could serve as one.
fn may_be_key(table: &Table) -> bool {
    let is_not_null =
        |part: &KeyPart| part.column_name().and_then(|name| table.column(name)).is_some_and(|column| !column.nullable);
    let could_be = |index: &&Index| index.kind == IndexKind::Unique && index.parts.iter().all(is_not_null);
    table.primary_key.is_none() && table.indexes.iter().filter(could_be).count() > 1
}

/// Whether the step writes the rows into a table of the engine MEMORY, whose size is limited.
fn will_be_in_memory(step: &Step, before: &Table) -> bool {
    let new = step.changes.iter().find_map(|change| match change {
        Change::SetEngine { to, .. } => Some(to.as_str()),
        _ => None,
    });
    new.or(before.options.engine.as_deref()).is_some_and(is_in_memory)
}

/// Whether the step adds the key, and so asks for its orphans already.
fn adds_key(step: &Step, key: &ForeignKey) -> bool {
    step.changes.iter().any(|change| matches!(change, Change::AddForeignKey(added) if added.name.matches(&key.name)))
}

fn ask(questions: &mut StepQuestions<'_>, change: &Change) {
    match change {
        Change::AddIndex(index) | Change::ReplaceIndex { to: index, .. } => {
            let Index { kind, parts, .. } = index;
            if *kind == IndexKind::Unique {
                ask_for_duplicates(questions, change, parts);
            }
            // Its values may not fit the type that the server gives them (3751, 3903 on MySQL 9.7).
            if parts.iter().any(|part| matches!(part.target, KeyTarget::Expression(_))) {
                let object = change.object(&questions.step.table);
                questions.leave_open(format!("whether {object} takes the value of its expression in each row"));
            }
        }
        Change::AddPrimaryKey(key)
        | Change::ReplacePrimaryKey { to: key, .. }
        | Change::ReplaceGeneratedKey { to: key, .. } => ask_for_duplicates(questions, change, &key.parts),
        Change::ModifyColumn { from, to, .. } => ask_for_misfits(questions, change, from, to),
        Change::AddForeignKey(key) => ask_for_orphans(questions, change, key),
        Change::AddCheck(check) | Change::ReplaceCheck { to: check, .. } if check.enforced => {
            ask_for_violations(questions, change, &check.expression);
        }
        Change::SetCheckEnforced { check: name, enforced: true } => {
            if let Some(check) = questions.before.checks.iter().find(|check| check.name == *name) {
                ask_for_violations(questions, change, &check.expression);
            }
        }
        Change::AddColumn { column, .. } => ask_for_missing_values(questions, change, column),
        Change::Partition(partitions) => ask_for_rows_outside(questions, change, partitions),
        // A server hides any unique index but the first one without NULL of a table that has no primary key (3522, on MariaDB
        // 4174). Which one is the first is known where there are no others: the rehearsal refuses it.
        Change::SetIndexVisible { index, visible: false } if may_be_key(questions.before) => {
            let table = &questions.step.table;
            questions.leave_open(format!("whether the server uses index {table}.{index} as the primary key"));
        }
        Change::CreateTable(_)
        | Change::RenameTable { .. }
        | Change::DropTable(_)
        | Change::SetDefault { .. }
        | Change::SetColumnVisible { .. }
        | Change::RenameColumn { .. }
        | Change::DropColumn(_)
        | Change::RenameIndex { .. }
        | Change::DropIndex(_)
        | Change::SetIndexVisible { .. }
        | Change::DropPrimaryKey(_)
        | Change::DropForeignKey(_)
        | Change::RestoreForeignKey(_)
        | Change::AddCheck(_)
        | Change::DropCheck(_)
        | Change::ReplaceCheck { .. }
        | Change::SetCheckEnforced { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. }
        | Change::SetEngine { .. }
        | Change::SetStorage { .. }
        | Change::RaiseAutoIncrement { .. } => {}
    }
}
