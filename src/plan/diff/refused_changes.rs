//! Refuses changes that a server does not take because of its settings, or because of other tables: what MySQL's primary
//! key rules, its binary log, and the names of constraints forbid. Such a change would fail in the middle of a plan.

use super::foreign_key_rules::not_unique;
use super::foreign_keys_in_the_way::{is_copy_hindered, is_hindered};
use crate::plan::change::{Change, Step, TableChange};
use crate::plan::target::{Refusal, RefusalKind, TableTarget, Target};
use crate::schema::{
    Check, Column, ColumnDefault, Expression, Fill, ForeignKey, Identifier, IndexKind, KeyOfTable, KeyPart, Schema,
    ServerSettings, Table, TokenKind, tokenize,
};

/// Functions whose results differ between a server and its replicas. MySQL refuses them as the default of a column that
/// is added (1674), in whichever format it logs rows; it refuses other such functions in any default (3770). Each of
/// these was tried on 9.7.
const DIFFERS_ON_REPLICAS: [&str; 9] =
    ["uuid", "uuid_short", "rand", "random_bytes", "sysdate", "user", "current_user", "session_user", "system_user"];

/// Returns all that the server of `live` would refuse of the `changes` that lead to `target`.
pub fn refused_changes(target: &Target, changes: &[TableChange], live: &Schema) -> Vec<Refusal> {
    let plan = PlannedChanges { target, changes, live };
    let names = if live.dialect.is_mariadb() { plan.names_in_tables() } else { plan.names_in_database() };
    let refused = changes.iter().filter_map(|changed| plan.refused(changed));
    let keyless = target.tables.iter().filter_map(|target| plan.keyless(target));
    names.into_iter().chain(refused).chain(keyless).collect()
}

/// Returns the steps that would copy a table under a key to another database, which is in the way and can't make way.
/// `live` has the names to come.
pub fn refused_copies(steps: &[Step], live: &Schema) -> Vec<Refusal> {
    let goes = |table: &Identifier, key: &ForeignKey| {
        let mut changes = steps.iter().filter(|step| step.table == *table).flat_map(|step| &step.changes);
        changes.any(|change| matches!(change, Change::DropForeignKey(gone) if gone.name.matches(&key.name)))
    };
    let refused = steps.iter().filter_map(|step| {
        let Step { table, .. } = step;
        let mut keys = live.table(table)?.foreign_keys.iter().filter(|key| key.referenced_database.is_some());
        let key = keys.find(|key| is_copy_hindered(step, KeyOfTable { key, table }) && !goes(table, key))?;
        Some(behind_key_to_elsewhere(&format!("table {table}"), table, key))
    });
    refused.collect()
}

fn behind_key_to_elsewhere(object: &str, table: &Identifier, key: &ForeignKey) -> Refusal {
    let message = format!(
        "{object} can't change while foreign key {table}.{} refers to another database; declare the key Absent, and \
         again once this is done",
        key.name
    );
    refusal(table, "", message)
}

struct PlannedChanges<'a> {
    target: &'a Target,
    changes: &'a [TableChange],
    live: &'a Schema,
}

/// A check, with the table that has it.
#[derive(Clone, Copy)]
struct CheckOfTable<'a> {
    check: &'a Check,
    table: &'a Identifier,
}

impl<'a> PlannedChanges<'a> {
    /// Refuses new checks whose name another check of the database has. MySQL's are unique in it (3822).
    fn names_in_database(&self) -> Vec<Refusal> {
        let stays = |table: &&Table| !self.target.dropped.contains(&table.name);
        let live = self.live.tables.iter().filter(stays).flat_map(|table| {
            let of_table = |check| CheckOfTable { check, table: &table.name };
            table.checks.iter().map(of_table).filter(|check| !self.drops(*check))
        });
        let mut taken: Vec<CheckOfTable<'_>> = live.collect();
        let mut refusals = Vec::new();
        for new in self.new_checks() {
            let other =
                taken.iter().find(|other| other.table != new.table && other.check.name.matches(&new.check.name));
            if let Some(other) = other {
                let message = format!("table {} has a check of this name; declare another name", other.table);
                refusals.push(refusal(new.table, &format!("checks[{}]", new.check.name), message));
            }
            taken.push(new);
        }
        refusals
    }

    /// Refuses a check with the name of a unique key or a foreign key of its table, where the plan adds one of both (1826
    /// on MariaDB 10.11 and 11.8).
    fn names_in_tables(&self) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        for target in &self.target.tables {
            let table = &target.table;
            let adds = |name: &Identifier| {
                self.of_table(&table.name).any(|change| match change {
                    Change::CreateTable(_) => true,
                    Change::AddCheck(Check { name: added, .. }) => added.matches(name),
                    Change::AddIndex(index) | Change::ReplaceIndex { to: index, .. } => index.name.matches(name),
                    Change::AddForeignKey(key) => key.name.matches(name),
                    _ => false,
                })
            };
            for Check { name, .. } in table.checks.iter().filter(|check| adds(&check.name)) {
                let is_unique = table.index(name).is_some_and(|index| index.kind == IndexKind::Unique);
                if is_unique || table.foreign_key(name).is_some() {
                    let message = "a unique index or foreign key of the table has this name; declare another name";
                    refusals.push(refusal(&table.name, &format!("checks[{name}]"), message));
                }
            }
        }
        refusals
    }

    fn refused(&self, TableChange { table, change }: &TableChange) -> Option<Refusal> {
        let generated = self.live.table(table).and_then(|table| table.generated_key(self.live.dialect));
        let is_generated = |name: &Identifier| generated.is_some_and(|column| column.name.matches(name));
        if let Some(refusal) = self.hindered_from_elsewhere(table, change) {
            return Some(refusal);
        }
        match change {
            Change::AddColumn { column, .. } if self.live.settings.writes_binary_log => {
                let function = default_differs(column)?;
                let message = format!(
                    "with a binary log, MySQL adds no column with the default {function}(), which differs on a replica; \
                     declare the column without it, fill it, and then declare the default"
                );
                Some(refusal(table, &format!("columns[{}].default", column.name), message))
            }
            Change::AddForeignKey(key) => self.without_unique_parent(table, key),
            Change::CreateTable(created) => {
                created.foreign_keys.iter().find_map(|key| self.without_unique_parent(table, key))
            }
            // 4110 and 4111; it may be shown.
            Change::ModifyColumn { from: column, .. }
            | Change::SetDefault { from: column, .. }
            | Change::DropColumn(column)
                if is_generated(&column.name) =>
            {
                Some(of_generated_key(table, &column.name))
            }
            Change::RenameColumn { from, .. } if is_generated(from) => Some(of_generated_key(table, from)),
            // 1235.
            Change::Partition(_) if generated.is_some() && self.keeps_generated_key(table) => {
                let message =
                    "the server partitions no table by the primary key that it generated; declare a primaryKey";
                Some(refusal(table, "partitioning", message))
            }
            _ => None,
        }
    }

    /// Refuses what a foreign key to a table of another database hinders (3780 and 1828 on 9.7, 1832 and 1553 on 10.11 and
    /// 11.8). No such key makes way, since whether it could return depends on that database.
    fn hindered_from_elsewhere(&self, table: &Identifier, change: &Change) -> Option<Refusal> {
        let is_asked = matches!(
            change,
            Change::ModifyColumn { .. } | Change::DropColumn(_) | Change::SetEngine { .. } | Change::Partition(_)
        );
        let keys = self.live.table(table).filter(|_| is_asked).into_iter().flat_map(|table| &table.foreign_keys);
        let stays = |key: &&ForeignKey| {
            let drops = |change: &Change| matches!(change, Change::DropForeignKey(gone) if gone.name == key.name);
            key.referenced_database.is_some() && !self.of_table(table).any(drops)
        };
        let hinders = |key: &&ForeignKey| is_hindered(change, table, KeyOfTable { key, table });
        let key = keys.filter(stays).find(hinders)?;
        Some(behind_key_to_elsewhere(&change.object(table), table, key))
    }

    /// Refuses a key that the server adds only where it refers to a whole unique key (6125, tried on 9.7). One that makes
    /// way for a change could not return either.
    fn without_unique_parent(&self, table: &Identifier, key: &ForeignKey) -> Option<Refusal> {
        if !self.live.settings.restricts_foreign_keys || key.referenced_database.is_some() {
            return None;
        }
        let in_target = self.target.tables.iter().map(|target| &target.table);
        let parent = in_target.chain(&self.live.tables).find(|parent| parent.name == key.referenced_table)?;
        let message = not_unique(parent, key)?;
        Some(refusal(table, &format!("foreignKeys[{}]", key.name), message))
    }

    fn keeps_generated_key(&self, table: &Identifier) -> bool {
        !self.of_table(table).any(|change| matches!(change, Change::ReplaceGeneratedKey { .. }))
    }

    /// Refuses to create, to change or to leave a table without a primary key where the server does (3750, 1235).
    fn keyless(&self, target: &TableTarget) -> Option<Refusal> {
        let ServerSettings {
            table_names: _,
            requires_primary_key,
            generates_primary_key,
            writes_binary_log: _,
            restricts_foreign_keys: _,
        } = self.live.settings;
        let table = &target.table;
        let mut changes = self.of_table(&table.name).peekable();
        if has_primary_key(table) || !requires_primary_key && !generates_primary_key || changes.peek().is_none() {
            return None;
        }
        let had_key = target.base.as_ref().map(|base| base.primary_key.is_some());
        let message = match had_key {
            None if requires_primary_key && !generates_primary_key => {
                "the server creates no table without a primary key (sql_require_primary_key); declare one"
            }
            Some(false) if requires_primary_key => {
                "the server changes no table without a primary key (sql_require_primary_key); declare one"
            }
            Some(true) if requires_primary_key => {
                "the server drops no primary key without another (sql_require_primary_key); declare one"
            }
            Some(true) if !has_unique_not_null(table) => {
                "the server leaves no table without a primary key (sql_generate_invisible_primary_key); declare one"
            }
            _ => return None,
        };
        Some(refusal(&table.name, "primaryKey", message))
    }

    fn of_table(&self, table: &Identifier) -> impl Iterator<Item = &'a Change> {
        self.changes.iter().filter(move |changed| changed.table == *table).map(|changed| &changed.change)
    }

    fn new_checks(&self) -> Vec<CheckOfTable<'a>> {
        let added = |TableChange { table, change }: &'a TableChange| {
            let checks = match change {
                Change::CreateTable(created) => created.checks.as_slice(),
                Change::AddCheck(check) => std::slice::from_ref(check),
                _ => &[],
            };
            checks.iter().map(move |check| CheckOfTable { check, table })
        };
        self.changes.iter().flat_map(added).collect()
    }

    fn drops(&self, CheckOfTable { check, table }: CheckOfTable<'_>) -> bool {
        self.of_table(table).any(|change| matches!(change, Change::DropCheck(dropped) if dropped.name == check.name))
    }
}

fn refusal(table: &Identifier, path: &str, message: impl Into<String>) -> Refusal {
    Refusal::of_table(table, path, RefusalKind::Unsupported, message)
}

fn of_generated_key(table: &Identifier, column: &Identifier) -> Refusal {
    let message =
        "the column is the primary key that the server generated, which it alone changes; declare a primaryKey";
    refusal(table, &format!("columns[{column}]"), message)
}

/// Whether the table will have a primary key: a dropped column takes a key over it alone with it.
fn has_primary_key(table: &Table) -> bool {
    let is_live = |part: &KeyPart| part.column_name().is_none_or(|name| table.column(name).is_some());
    table.primary_key.as_ref().is_some_and(|key| key.parts.iter().all(is_live))
}

fn has_unique_not_null(table: &Table) -> bool {
    let is_not_null =
        |part: &KeyPart| part.column_name().and_then(|name| table.column(name)).is_some_and(|column| !column.nullable);
    table.indexes.iter().any(|index| index.kind == IndexKind::Unique && index.parts.iter().all(is_not_null))
}

/// Returns the function in a column's default that differs on a replica.
fn default_differs(column: &Column) -> Option<&'static str> {
    let Fill::Default(ColumnDefault::Expression(default)) = &column.fill else { return None };
    DIFFERS_ON_REPLICAS.into_iter().find(|function| calls(default, function))
}

/// Whether an expression calls a function. `CURRENT_USER` needs no parentheses.
fn calls(expression: &Expression, function: &str) -> bool {
    let tokens = tokenize(expression.as_str()).unwrap_or_default();
    let mut words = tokens.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Word);
    words.any(|(at, token)| {
        let is_called = tokens.get(at + 1).is_some_and(|next| next.is_symbol("("));
        token.is_word(function) && (is_called || function == "current_user")
    })
}
