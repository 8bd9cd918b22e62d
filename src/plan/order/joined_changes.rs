//! Changes that belong together by their meaning: renames of columns, and a key with what it implies for its columns.

use crate::plan::change::{Change, Statement, uses_column_after};

/// Joins the units that make sense only together. Columns are renamed at once, since one may take the name of another. A
/// column that counts up comes in one statement with its key. So does the `NOT NULL` that a new primary key implies for
/// its columns.
pub fn joined(units: Vec<Statement>) -> Vec<Statement> {
    let is_rename = |unit: &Statement| unit.changes.iter().any(|change| matches!(change, Change::RenameColumn { .. }));
    let (renames, others): (Vec<Statement>, Vec<Statement>) = units.into_iter().partition(is_rename);
    let units: Vec<Statement> = renames.into_iter().reduce(Statement::and).into_iter().chain(others).collect();
    let mut units: Vec<Option<Statement>> = units.into_iter().map(Some).collect();
    for at in 0..units.len() {
        let Some(key) = units.get_mut(at).and_then(|unit| unit.take_if(|unit| is_key(unit))) else { continue };
        let is_part = |unit: &mut Statement| {
            unit.changes.iter().any(|change| key.changes.iter().any(|key| belongs_to_key(change, key)))
        };
        let parts: Vec<Statement> = units.iter_mut().filter_map(|unit| unit.take_if(is_part)).collect();
        let whole = parts.into_iter().chain([key]).reduce(Statement::and);
        if let Some(unit) = units.get_mut(at) {
            *unit = whole;
        }
    }
    units.into_iter().flatten().collect()
}

fn is_key(unit: &Statement) -> bool {
    let is_key = |change: &Change| {
        matches!(
            change,
            Change::AddPrimaryKey(_)
                | Change::ReplacePrimaryKey { .. }
                | Change::ReplaceGeneratedKey { .. }
                | Change::AddIndex(_)
        )
    };
    unit.changes.iter().any(is_key)
}

fn belongs_to_key(change: &Change, key: &Change) -> bool {
    match change {
        Change::AddColumn { column, .. } => column.is_auto_increment() && uses_column_after(key, &column.name),
        Change::ModifyColumn { from, to, .. } => {
            let counts = to.is_auto_increment() && !from.is_auto_increment();
            let implied = from.nullable && !to.nullable && !matches!(key, Change::AddIndex(_));
            (counts || implied) && uses_column_after(key, &from.name)
        }
        _ => false,
    }
}
