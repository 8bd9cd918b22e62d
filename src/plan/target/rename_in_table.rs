//! The names by which the columns of a table go inside of it, after they are renamed.

use super::rename::Rename;
use crate::schema::{ColumnDefault, Expression, Fill, Identifier, KeyPart, KeyTarget, Partitioning, Table};

/// Renames the columns of a table, and wherever the table names them outside of expressions.
pub fn rename_columns(table: &mut Table, renames: &[Rename]) {
    let Table { name: _, columns, primary_key, indexes, foreign_keys, checks: _, options: _, partitioning } = table;
    let renamed = |name: &mut Identifier| {
        if let Some(rename) = renames.iter().find(|rename| rename.from.matches(name)) {
            name.clone_from(&rename.to);
        }
    };
    let in_parts = |parts: &mut Vec<KeyPart>| {
        for part in parts {
            if let KeyTarget::Column { name, .. } = &mut part.target {
                renamed(name);
            }
        }
    };
    if let Some(Partitioning::Scheme(scheme)) = partitioning {
        let pairs: Vec<(Identifier, Identifier)> =
            renames.iter().map(|Rename { from, to }| (from.clone(), to.clone())).collect();
        scheme.method = scheme.method.with_columns_renamed(&pairs);
    }
    for column in columns {
        renamed(&mut column.name);
    }
    if let Some(key) = primary_key {
        in_parts(&mut key.parts);
    }
    for index in indexes {
        in_parts(&mut index.parts);
    }
    foreign_keys.iter_mut().flat_map(|key| &mut key.columns).for_each(renamed);
}

/// Renames the columns of a table in its expressions. MariaDB does the same by itself. MySQL refuses to rename a column
/// that an expression names (3108, 3837, 3959), unless the same statement restates what holds it (tried on 9.7 and
/// 10.11).
pub fn rename_in_expressions(table: &mut Table, renames: &[Rename]) {
    let Table { name: _, columns, primary_key: _, indexes, foreign_keys: _, checks, options: _, partitioning: _ } =
        table;
    let new_name = |name: &str| renames.iter().find(|rename| rename.from.folded() == name).map(|rename| &rename.to);
    let renamed = |expression: &mut Expression| {
        if let Some(changed) = expression.renamed(new_name) {
            *expression = changed;
        }
    };
    for column in columns {
        match &mut column.fill {
            Fill::Generated(generated) => renamed(&mut generated.expression),
            Fill::Default(ColumnDefault::Expression(default)) => renamed(default),
            Fill::Default(ColumnDefault::None | ColumnDefault::Value(_)) | Fill::AutoIncrement => {}
        }
        column.check.iter_mut().for_each(renamed);
    }
    for part in indexes.iter_mut().flat_map(|index| &mut index.parts) {
        if let KeyTarget::Expression(expression) = &mut part.target {
            renamed(expression);
        }
    }
    for check in checks {
        renamed(&mut check.expression);
    }
}
