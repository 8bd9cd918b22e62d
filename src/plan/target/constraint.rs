//! Lays declared foreign keys and checks over the live ones.

use crate::schema::{Check, DeclaredCheck, DeclaredTable, ForeignKey, Identifier, Table};

/// Merges the declared foreign keys of a table of database `own`. An equal key that is live under another, undeclared
/// name serves as well, and stays as it is.
pub fn merge_foreign_keys(declared: &DeclaredTable, own: &Identifier, table: &mut Table) {
    let is_declared = |name: &Identifier| {
        declared.foreign_keys.iter().any(|key| key.name.matches(name))
            || declared.absent.foreign_keys.iter().any(|absent| absent.matches(name))
    };
    for key in &declared.foreign_keys {
        let key = ForeignKey {
            referenced_database: key.referenced_database.clone().filter(|name| name != own),
            ..key.clone()
        };
        if let Some(live) = table.foreign_keys.iter_mut().find(|live| live.name.matches(&key.name)) {
            if !same_foreign_key(live, &key) {
                *live = key;
            }
        } else if !table.foreign_keys.iter().any(|live| !is_declared(&live.name) && same_foreign_key(live, &key)) {
            table.foreign_keys.push(key);
        }
    }
}

/// Merges the declared checks. An equal check that is live under another, undeclared name serves as well.
pub fn merge_checks(declared: &DeclaredTable, table: &mut Table) {
    let is_declared = |name: &Identifier| {
        declared.checks.iter().any(|check| check.name.matches(name))
            || declared.absent.checks.iter().any(|absent| absent.matches(name))
    };
    for DeclaredCheck { name, expression, enforced } in &declared.checks {
        if let Some(live) = table.checks.iter_mut().find(|live| live.name.matches(name)) {
            if live.expression != *expression {
                live.expression = expression.clone();
            }
            live.enforced = enforced.unwrap_or(live.enforced);
            continue;
        }
        let same =
            |live: &Check| live.expression == *expression && enforced.is_none_or(|enforced| enforced == live.enforced);
        if !table.checks.iter().any(|live| !is_declared(&live.name) && same(live)) {
            let enforced = enforced.unwrap_or(true);
            table.checks.push(Check { name: name.clone(), expression: expression.clone(), enforced });
        }
    }
}

/// Whether two foreign keys are equal apart from their names.
pub fn same_foreign_key(left: &ForeignKey, right: &ForeignKey) -> bool {
    let ForeignKey {
        name: _,
        columns,
        referenced_database,
        referenced_table,
        referenced_columns,
        on_delete,
        on_update,
    } = left;
    same_names(columns, &right.columns)
        && *referenced_database == right.referenced_database
        && *referenced_table == right.referenced_table
        && same_names(referenced_columns, &right.referenced_columns)
        && *on_delete == right.on_delete
        && *on_update == right.on_update
}

fn same_names(left: &[Identifier], right: &[Identifier]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.matches(right))
}
