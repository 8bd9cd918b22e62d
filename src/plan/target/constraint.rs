//! Foreign keys and checks: what is declared of them over what is live.

use crate::schema::{Check, DeclaredTable, ForeignKey, Identifier, Table};

/// Merges the declared foreign keys of a table of database `own`. One that is live under another, undeclared name
/// does what is asked for, and is left as it is.
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

/// Merges the declared checks, likewise.
pub fn merge_checks(declared: &DeclaredTable, table: &mut Table) {
    let is_declared = |name: &Identifier| {
        declared.checks.iter().any(|check| check.name.matches(name))
            || declared.absent.checks.iter().any(|absent| absent.matches(name))
    };
    for check in &declared.checks {
        if let Some(live) = table.checks.iter_mut().find(|live| live.name.matches(&check.name)) {
            if live.expression != check.expression {
                live.expression = check.expression.clone();
            }
            live.enforced = check.enforced.unwrap_or(live.enforced);
            continue;
        }
        let same = |live: &Check| {
            live.expression == check.expression && check.enforced.is_none_or(|enforced| enforced == live.enforced)
        };
        if !table.checks.iter().any(|live| !is_declared(&live.name) && same(live)) {
            let enforced = check.enforced.unwrap_or(true);
            table.checks.push(Check { name: check.name.clone(), expression: check.expression.clone(), enforced });
        }
    }
}

/// Equality of all but the name.
pub fn same_foreign_key(left: &ForeignKey, right: &ForeignKey) -> bool {
    same_names(&left.columns, &right.columns)
        && left.referenced_database == right.referenced_database
        && left.referenced_table == right.referenced_table
        && same_names(&left.referenced_columns, &right.referenced_columns)
        && left.on_delete == right.on_delete
        && left.on_update == right.on_update
}

fn same_names(left: &[Identifier], right: &[Identifier]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.matches(right))
}
