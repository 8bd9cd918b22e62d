//! Reads what `upgrade()` does to the schema, from the calls of Alembic's operations.

use std::collections::{BTreeMap, BTreeSet};

use super::super::python::{Call, Statement, StatementKind, TextValue, Value, WithItem};
use super::super::schema_change::{Circumstance, Effect, ObjectKind, SchemaChanges, SchemaObject, Unread};
use super::super::sql::{begins_like_dml, read_sql};

/// Functions of the module call each other this deep at most.
const DEEPEST_CALL: usize = 8;

/// So many statements are read, those of a function each time that it is called.
const MOST_STATEMENTS: usize = 100_000;

/// Reads the body of `upgrade()`; nothing where there is none.
pub fn read(module: &[Statement]) -> SchemaChanges {
    let mut functions = BTreeMap::new();
    let mut classes = BTreeSet::new();
    let mut operations = BTreeSet::from(["op".to_owned()]);
    for statement in module {
        match &statement.kind {
            StatementKind::Function { name, has_parameters, body } => {
                functions.insert(name.as_str(), Function { has_parameters: *has_parameters, body });
            }
            StatementKind::Class { name, .. } => {
                classes.insert(name.as_str());
            }
            StatementKind::Import(imports) => {
                let named = imports.iter().filter(|import| import.stands_for == "alembic.op");
                operations.extend(named.map(|import| import.binds.clone()));
            }
            _ => {}
        }
    }
    let upgrade = functions.get("upgrade").copied();
    let mut variables = Variables::new();
    note_variables(module, true, &mut variables);
    note_variables(upgrade.map(|upgrade| upgrade.body).unwrap_or_default(), true, &mut variables);
    let changes = SchemaChanges::default();
    let mut reader = Reader { variables, functions, classes, operations, changes, budget: MOST_STATEMENTS };
    if let Some(upgrade) = upgrade {
        let scope = Scope { batch: None, certain: true, depth: 0 };
        reader.block(upgrade.body, &scope);
    }
    reader.changes
}

#[derive(Debug, Clone, Copy)]
struct Function<'a> {
    has_parameters: bool,
    body: &'a [Statement],
}

/// What variables hold. What is assigned twice, or in a branch, is not known.
type Variables = BTreeMap<String, Value>;

fn note_variables(statements: &[Statement], certain: bool, into: &mut Variables) {
    for statement in statements {
        match &statement.kind {
            StatementKind::Assign { names, value } => {
                for name in names {
                    let is_known = certain && !into.contains_key(name);
                    into.insert(name.clone(), if is_known { value.clone() } else { Value::Other });
                }
            }
            StatementKind::With { body, .. } => note_variables(body, certain, into),
            StatementKind::Branches(branches) => {
                for branch in branches {
                    note_variables(branch, false, into);
                }
            }
            StatementKind::Expression(_)
            | StatementKind::Function { .. }
            | StatementKind::Class { .. }
            | StatementKind::Import(_)
            | StatementKind::Leave
            | StatementKind::Other => {}
        }
    }
}

/// A table whose operations `with op.batch_alter_table(..) as batch_op` gathers.
#[derive(Debug, Clone)]
struct Batch {
    name: String,
    /// None where the name is computed.
    table: Option<String>,
}

#[derive(Debug, Clone)]
struct Scope {
    batch: Option<Batch>,
    certain: bool,
    depth: usize,
}

struct Reader<'a> {
    variables: Variables,
    functions: BTreeMap<&'a str, Function<'a>>,
    classes: BTreeSet<&'a str>,
    /// The names under which the module knows Alembic's operations.
    operations: BTreeSet<String>,
    changes: SchemaChanges,
    /// How many more statements are read.
    budget: usize,
}

impl<'a> Reader<'a> {
    fn block(&mut self, statements: &'a [Statement], scope: &Scope) {
        let mut scope = scope.clone();
        for statement in statements {
            let Some(budget) = self.budget.checked_sub(1) else {
                self.changes.cannot_read(statement.line, "more statements than are read");
                return;
            };
            self.budget = budget;
            match &statement.kind {
                StatementKind::Expression(value) | StatementKind::Assign { value, .. } => self.value(value, &scope),
                StatementKind::With { items, body } => self.with(items, body, &scope),
                StatementKind::Branches(branches) => {
                    let inside = Scope { certain: false, ..scope.clone() };
                    for branch in branches {
                        self.block(branch, &inside);
                    }
                    // `if done: return`
                    if branches.iter().any(|branch| leaves(branch)) {
                        scope.certain = false;
                    }
                }
                StatementKind::Leave => return,
                StatementKind::Function { .. }
                | StatementKind::Class { .. }
                | StatementKind::Import(_)
                | StatementKind::Other => {}
            }
        }
    }

    fn with(&mut self, items: &[WithItem], body: &'a [Statement], scope: &Scope) {
        let mut inside = scope.clone();
        for item in items {
            let Some(call) = item.value.call() else {
                inside.certain = false;
                continue;
            };
            match call.method() {
                "batch_alter_table" => {
                    let table = self.table(call, 0, "table_name");
                    inside.batch = item.name.clone().map(|name| Batch { name, table });
                }
                "autocommit_block" | "begin" | "begin_transaction" | "begin_nested" | "connect" | "get_bind" => {}
                // It may run the body once, several times or not to its end.
                _ => inside.certain = false,
            }
        }
        self.block(body, &inside);
    }

    fn value(&mut self, value: &Value, scope: &Scope) {
        let Some(call) = value.call() else { return };
        let at = Circumstance { line: call.line, certain: scope.certain };
        let receiver = call.path.split_last().map(|(_, receiver)| receiver.join(".")).unwrap_or_default();
        if let Some(batch) = scope.batch.as_ref().filter(|batch| call.is_whole_path && batch.name == receiver) {
            let target = Target { table: batch.table.clone(), is_batch: true };
            self.operation(call, &target, at);
        } else if call.is_whole_path && (self.operations.contains(&receiver) || receiver == "alembic.op") {
            self.operation(call, &Target { table: None, is_batch: false }, at);
        } else if call.is_whole_path && receiver.is_empty() {
            self.function(call, scope);
        } else {
            self.method(call, at);
        }
    }

    /// Reads a call of a function: one of the module is read as if its body stood there.
    fn function(&mut self, call: &Call, scope: &Scope) {
        let name = call.method();
        match self.functions.get(name).copied() {
            Some(function) if !function.has_parameters && scope.depth < DEEPEST_CALL => {
                let inside = Scope { batch: None, certain: scope.certain, depth: scope.depth + 1 };
                self.block(function.body, &inside);
            }
            None if HARMLESS_FUNCTIONS.contains(&name) || self.classes.contains(name) => {}
            Some(_) | None => self.changes.cannot_read(call.line, format!("{name}()")),
        }
    }

    /// Reads a call of a method of anything but the operations.
    fn method(&mut self, call: &Call, at: Circumstance) {
        match call.method() {
            "" => self.changes.cannot_read(at.line, "a call of what is computed"),
            "execute" | "exec_driver_sql" | "scalar" | "scalars" => self.execute(call, at),
            "create" | "create_all" | "drop" | "drop_all" | "run_sync" | "upgrade" => {
                self.changes.cannot_read(at.line, format!("{}()", call.path.join(".")));
            }
            _ => {}
        }
    }

    fn execute(&mut self, call: &Call, at: Circumstance) {
        let Some(sql) = call.argument(0, "sqltext") else { return };
        let sql = &self.resolved(sql).clone();
        let sql = match sql {
            // sa.text("..") and sa.DDL("..")
            Value::Call(wrapped) if ["text", "DDL"].contains(&wrapped.method()) => {
                wrapped.arguments.first().unwrap_or(sql)
            }
            _ => sql,
        };
        match self.resolved(sql) {
            Value::TextBeginning(beginning) if begins_like_dml(beginning) => {}
            // A statement of SQLAlchemy's, such as table.insert().values(..)
            Value::Call(statement) if DML_CALLS.contains(&statement.method()) => {}
            _ => match self.text(sql) {
                Some(TextValue { text, line }) => read_sql(&text, line, at.certain, &mut self.changes),
                None => self.changes.cannot_read(at.line, "SQL that is computed"),
            },
        }
    }

    /// Returns what a variable holds; any other value as it is.
    fn resolved<'v>(&'v self, value: &'v Value) -> &'v Value {
        match value {
            Value::Path(path) => match path.as_slice() {
                [name] => self.variables.get(name).unwrap_or(value),
                _ => value,
            },
            Value::Nothing
            | Value::Text(_)
            | Value::TextBeginning(_)
            | Value::Sequence(_)
            | Value::Call(_)
            | Value::Other => value,
        }
    }

    /// Returns a text, also that of a variable, or one that `op.f` marks as complete.
    fn text(&self, value: &Value) -> Option<TextValue> {
        match self.resolved(value) {
            Value::Text(text) => Some(text.clone()),
            Value::Call(call) if call.method() == "f" => match call.arguments.first().map(|name| self.resolved(name)) {
                Some(Value::Text(text)) => Some(text.clone()),
                _ => None,
            },
            Value::Nothing
            | Value::TextBeginning(_)
            | Value::Sequence(_)
            | Value::Path(_)
            | Value::Call(_)
            | Value::Other => None,
        }
    }

    fn name(&self, call: &Call, position: usize, keyword: &str) -> Option<String> {
        self.text(call.argument(position, keyword)?).map(|text| text.text)
    }

    /// Returns the name of a table, with its schema where that is given.
    fn table(&self, call: &Call, position: usize, keyword: &str) -> Option<String> {
        self.qualified(call, position, keyword, "schema")
    }

    fn qualified(&self, call: &Call, position: usize, keyword: &str, schema_keyword: &str) -> Option<String> {
        let table = self.name(call, position, keyword)?;
        match call.keyword(schema_keyword) {
            None | Some(Value::Nothing) => Some(table),
            Some(schema) => Some(format!("{}.{table}", self.text(schema)?.text)),
        }
    }

    fn operation(&mut self, call: &Call, target: &Target, at: Circumstance) {
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

/// The table that a batch names.
struct Target {
    table: Option<String>,
    is_batch: bool,
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

/// Functions of Python and of SQLAlchemy that change no schema by themselves.
const HARMLESS_FUNCTIONS: [&str; 50] = [
    "Session",
    "abs",
    "all",
    "and_",
    "any",
    "bool",
    "case",
    "cast",
    "column",
    "defaultdict",
    "delete",
    "dict",
    "enumerate",
    "exists",
    "filter",
    "float",
    "format",
    "getattr",
    "hasattr",
    "insert",
    "inspect",
    "int",
    "isinstance",
    "iter",
    "len",
    "list",
    "literal",
    "map",
    "max",
    "min",
    "next",
    "not_",
    "open",
    "or_",
    "print",
    "range",
    "repr",
    "round",
    "select",
    "sessionmaker",
    "set",
    "setattr",
    "sorted",
    "str",
    "sum",
    "table",
    "text",
    "tuple",
    "update",
    "zip",
];

/// The last calls of a statement of SQLAlchemy's that reads or writes rows.
const DML_CALLS: [&str; 17] = [
    "insert",
    "update",
    "delete",
    "select",
    "values",
    "where",
    "from_select",
    "returning",
    "order_by",
    "limit",
    "join",
    "select_from",
    "group_by",
    "filter",
    "bindparams",
    "prefix_with",
    "on_duplicate_key_update",
];

/// Returns whether the block may leave the function.
fn leaves(block: &[Statement]) -> bool {
    block.iter().any(|statement| match &statement.kind {
        StatementKind::Leave => true,
        StatementKind::With { body, .. } => leaves(body),
        StatementKind::Branches(branches) => branches.iter().any(|branch| leaves(branch)),
        StatementKind::Assign { .. }
        | StatementKind::Expression(_)
        | StatementKind::Function { .. }
        | StatementKind::Class { .. }
        | StatementKind::Import(_)
        | StatementKind::Other => false,
    })
}

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
