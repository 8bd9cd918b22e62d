//! Reads what `upgrade()` does to the schema, from the calls of Alembic's operations.

use std::collections::{BTreeMap, BTreeSet};

use super::super::python::{Call, Statement, StatementKind, TextValue, Value, WithItem};
use super::super::schema_change::{Circumstance, SchemaChanges};
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

pub(super) struct Reader<'a> {
    variables: Variables,
    functions: BTreeMap<&'a str, Function<'a>>,
    classes: BTreeSet<&'a str>,
    /// The names under which the module knows Alembic's operations.
    operations: BTreeSet<String>,
    pub(super) changes: SchemaChanges,
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

    pub(super) fn execute(&mut self, call: &Call, at: Circumstance) {
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
    pub(super) fn text(&self, value: &Value) -> Option<TextValue> {
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

    pub(super) fn name(&self, call: &Call, position: usize, keyword: &str) -> Option<String> {
        self.text(call.argument(position, keyword)?).map(|text| text.text)
    }

    /// Returns the name of a table, with its schema where that is given.
    pub(super) fn table(&self, call: &Call, position: usize, keyword: &str) -> Option<String> {
        self.qualified(call, position, keyword, "schema")
    }

    pub(super) fn qualified(
        &self,
        call: &Call,
        position: usize,
        keyword: &str,
        schema_keyword: &str,
    ) -> Option<String> {
        let table = self.name(call, position, keyword)?;
        match call.keyword(schema_keyword) {
            None | Some(Value::Nothing) => Some(table),
            Some(schema) => Some(format!("{}.{table}", self.text(schema)?.text)),
        }
    }
}

/// The table that a batch names.
pub(super) struct Target {
    pub(super) table: Option<String>,
    pub(super) is_batch: bool,
}

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
