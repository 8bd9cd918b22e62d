//! Reads what one operation of Alembic's does to the schema.

use super::super::python::{Call, Value};
use super::super::schema_change::{Circumstance, Effect, ObjectKind, SchemaChanges, SchemaObject, Unread};
use super::upgrade::{Reader, Target};

impl Reader<'_> {
    pub(super) fn operation(&mut self, call: &Call, target: &Target, at: Circumstance) {
        let name = call.method();
        if HARMLESS_OPERATIONS.contains(&name) {
            return;
        }
        let mut found = SchemaChanges::default();
        let is_read = match name {
            "execute" => {
                self.execute(call, at);
                return;
            }
            "create_table" => self.create_table(call, at, &mut found),
            "drop_table" => self.drop_table(call, at, &mut found),
            "rename_table" => self.rename_table(call, at, &mut found),
            "add_column" => self.add_column(call, target, at, &mut found),
            "drop_column" => self.drop_column(call, target, at, &mut found),
            "alter_column" => self.alter_column(call, target, at, &mut found),
            "create_index" => self.create_index(call, target, at, &mut found),
            "drop_index" => self.drop_index(call, target, at, &mut found),
            "create_unique_constraint" => self.create_key(call, target, ObjectKind::Index, at, &mut found),
            "create_foreign_key" => self.create_key(call, target, ObjectKind::ForeignKey, at, &mut found),
            "create_check_constraint" => self.create_key(call, target, ObjectKind::Check, at, &mut found),
            "drop_constraint" => self.drop_constraint(call, target, at, &mut found),
            _ => None,
        };
        if is_read.is_some() {
            self.changes.append(found);
            return;
        }
        let effect = match name {
            _ if name.starts_with("create_") || name.starts_with("add_") => Effect::Adds,
            _ if name.starts_with("drop_") => Effect::Removes,
            _ => Effect::Any,
        };
        let what = format!("{}()", call.path.join("."));
        self.changes.unread.push(Unread { line: at.line, what, effect });
    }

    fn create_table(&self, call: &Call, mut at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
        let table = self.table(call, 0, "table_name")?;
        if call.keyword("if_not_exists").is_some() {
            at.certain = false;
        }
        let mut columns = SchemaChanges::default();
        let mut is_whole = call.keywords.iter().all(|keyword| keyword.name.is_some());
        for item in call.arguments.iter().skip(1) {
            let Some(item) = item.call() else {
                is_whole = false;
                continue;
            };
            let at = Circumstance { line: item.line, ..at };
            match item.method() {
                "Column" => match self.name(item, 0, "name") {
                    Some(column) => add_column(&table, &column, item, at, &mut columns),
                    None => is_whole = false,
                },
                "UniqueConstraint" => self.named(item, "name", ObjectKind::Index, &table, at, &mut columns),
                "ForeignKeyConstraint" => self.named(item, "name", ObjectKind::ForeignKey, &table, at, &mut columns),
                "CheckConstraint" => self.named(item, "name", ObjectKind::Check, &table, at, &mut columns),
                "Index" => {
                    if let Some(index) = self.name(item, 0, "name") {
                        columns.add(SchemaObject::new(ObjectKind::Index, &table, &index), at);
                    }
                }
                "PrimaryKeyConstraint" => {}
                _ => is_whole = false,
            }
        }
        if is_whole {
            into.add(SchemaObject::table(&table), at);
        } else {
            into.add_in_part(SchemaObject::table(&table), at);
        }
        into.append(columns);
        Some(())
    }

    /// Adds a constraint of a table that has a name.
    fn named(
        &self,
        item: &Call,
        keyword: &str,
        kind: ObjectKind,
        table: &str,
        at: Circumstance,
        into: &mut SchemaChanges,
    ) {
        match item.keyword(keyword).and_then(|name| self.text(name)) {
            Some(name) => into.add(SchemaObject::new(kind, table, &name.text), at),
            None => into.add_unnamed_key(table, at.line),
        }
    }

    fn drop_table(&self, call: &Call, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
        let table = self.table(call, 0, "table_name")?;
        into.remove(SchemaObject::table(&table), unless_if_exists(call, at));
        Some(())
    }

    fn rename_table(&self, call: &Call, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
        let from = self.table(call, 0, "old_table_name")?;
        let to = self.table(call, 1, "new_table_name")?;
        into.rename_table(&from, &to, at);
        Some(())
    }

    fn add_column(&self, call: &Call, target: &Target, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
        let position = usize::from(!target.is_batch);
        let table = self.target_table(call, target, 0)?;
        let column = call.argument(position, "column")?.call().filter(|column| column.method() == "Column")?;
        let name = self.name(column, 0, "name")?;
        add_column(&table, &name, column, unless_if_exists(call, at), into);
        Some(())
    }

    fn drop_column(&self, call: &Call, target: &Target, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
        let position = usize::from(!target.is_batch);
        let table = self.target_table(call, target, 0)?;
        let name = self.name(call, position, "column_name")?;
        into.remove(SchemaObject::new(ObjectKind::Column, &table, &name), unless_if_exists(call, at));
        Some(())
    }

    fn alter_column(&self, call: &Call, target: &Target, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
        let renamed = match call.keyword("new_column_name") {
            None | Some(Value::Nothing) => return Some(()),
            Some(name) => self.text(name)?.text,
        };
        let position = usize::from(!target.is_batch);
        let table = self.target_table(call, target, 0)?;
        let name = self.name(call, position, "column_name")?;
        if !name.eq_ignore_ascii_case(&renamed) {
            into.remove(SchemaObject::new(ObjectKind::Column, &table, &name), at);
            into.add(SchemaObject::new(ObjectKind::Column, &table, &renamed), at);
        }
        Some(())
    }

    fn create_index(&self, call: &Call, target: &Target, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
        let table = self.target_table(call, target, 1)?;
        if is_nothing(call.argument(0, "index_name")) {
            into.add_unnamed_key(&table, at.line);
            return Some(());
        }
        let name = self.name(call, 0, "index_name")?;
        into.add(SchemaObject::new(ObjectKind::Index, &table, &name), unless_if_exists(call, at));
        Some(())
    }

    fn drop_index(&self, call: &Call, target: &Target, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
        let name = self.name(call, 0, "index_name")?;
        let table = self.target_table(call, target, 1)?;
        into.remove(SchemaObject::new(ObjectKind::Index, &table, &name), unless_if_exists(call, at));
        Some(())
    }

    fn create_key(
        &self,
        call: &Call,
        target: &Target,
        kind: ObjectKind,
        at: Circumstance,
        into: &mut SchemaChanges,
    ) -> Option<()> {
        let table = match kind {
            ObjectKind::ForeignKey if !target.is_batch => self.qualified(call, 1, "source_table", "source_schema")?,
            _ => self.target_table(call, target, 1)?,
        };
        if is_nothing(call.argument(0, "constraint_name")) {
            into.add_unnamed_key(&table, at.line);
            return Some(());
        }
        let name = self.name(call, 0, "constraint_name")?;
        into.add(SchemaObject::new(kind, &table, &name), at);
        Some(())
    }

    fn drop_constraint(&self, call: &Call, target: &Target, at: Circumstance, into: &mut SchemaChanges) -> Option<()> {
        let name = self.name(call, 0, "constraint_name")?;
        let table = self.target_table(call, target, 1)?;
        let type_position = if target.is_batch { 1 } else { 2 };
        let kind = match call.argument(type_position, "type_").and_then(Value::text) {
            Some("foreignkey") => ObjectKind::ForeignKey,
            Some("unique") => ObjectKind::Index,
            Some("check") => ObjectKind::Check,
            Some("primary") => return Some(()),
            _ => {
                into.remove_constraint(&table, &name, at.line);
                return Some(());
            }
        };
        into.remove(SchemaObject::new(kind, &table, &name), unless_if_exists(call, at));
        Some(())
    }

    /// Returns the table of an operation: that of the batch, or the argument at a position.
    fn target_table(&self, call: &Call, target: &Target, position: usize) -> Option<String> {
        if target.is_batch { target.table.clone() } else { self.table(call, position, "table_name") }
    }
}

/// Adds a column, and the keys that its definition brings.
fn add_column(table: &str, name: &str, definition: &Call, at: Circumstance, into: &mut SchemaChanges) {
    into.add(SchemaObject::new(ObjectKind::Column, table, name), at);
    let is_key = |keyword: &str| definition.keyword(keyword).is_some();
    let brings = |argument: &Value| {
        argument.call().is_some_and(|call| ["ForeignKey", "CheckConstraint"].contains(&call.method()))
    };
    if is_key("index") || is_key("unique") || definition.arguments.iter().any(brings) {
        into.add_unnamed_key(table, at.line);
    }
}

/// Operations that neither add nor remove an object with a name.
const HARMLESS_OPERATIONS: [&str; 11] = [
    "f",
    "get_bind",
    "get_context",
    "bulk_insert",
    "inline_literal",
    "create_table_comment",
    "drop_table_comment",
    "create_primary_key",
    "implementation_for",
    "register_operation",
    "create_exclude_constraint",
];

fn is_nothing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Nothing) => true,
        Some(_) => false,
    }
}

/// An operation with `if_exists` or `if_not_exists` may do nothing.
fn unless_if_exists(call: &Call, at: Circumstance) -> Circumstance {
    let asks = ["if_exists", "if_not_exists"].iter().any(|keyword| call.keyword(keyword).is_some());
    Circumstance { certain: at.certain && !asks, ..at }
}
