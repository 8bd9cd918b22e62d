//! Refuses to drop a column that something else of the table uses. The servers refuse most of it, each with
//! another error. MySQL narrows a key instead, so that `UNIQUE (a, b)` becomes `UNIQUE (a)`, and both narrow a plain
//! index. What becomes of a key is for the declaration to say (tried on MySQL 9.7, MariaDB 10.11 and 11.8).

use super::refusal::RefusalKind;
use super::table_merge::TableMerge;
use crate::schema::{Column, ColumnDefault, Expression, Fill, Identifier, KeyPart, KeyTarget, Partitioning, Table};

impl TableMerge<'_> {
    /// Refuses each column of `base` that is to be dropped, and that `table`, which no longer has it, still uses.
    pub fn check_dropped_columns(&mut self, table: &Table, base: Option<&Table>) {
        let Some(base) = base else { return };
        let absent = &self.declared.absent.columns;
        let dropped: Vec<&Identifier> = absent.iter().filter(|name| base.column(name).is_some()).collect();
        for column in dropped {
            for user in self.users(column, table, base) {
                let message = format!("{} uses the column; {}", user.object, user.remedy);
                self.refuse(&format!("columns[{column}]"), RefusalKind::Invalid, message);
            }
        }
    }

    fn users(&self, column: &Identifier, table: &Table, base: &Table) -> Vec<ColumnUser> {
        let mut users = Vec::new();
        // A declared key that names the column is refused for that.
        let undeclared_key = table.primary_key.as_ref().filter(|_| self.declared.primary_key.is_none());
        if undeclared_key.is_some_and(|key| key.parts.len() > 1 && is_in(&key.parts, column)) {
            users.push(ColumnUser::new("the primary key", "declare primaryKey without it"));
        }
        let is_declared = |name: &Identifier| self.declared.indexes.iter().any(|index| index.name.matches(name));
        for index in table.indexes.iter().filter(|index| !is_declared(&index.name)) {
            // An index over this column alone goes with it.
            let is_narrowed = index.parts.len() > 1 && is_in(&index.parts, column);
            if is_narrowed || in_expressions(&index.parts, column) {
                let remedy = format!("declare indexes[{}] without it, or its state: Absent", index.name);
                users.push(ColumnUser::new(format!("index {}", index.name), remedy));
            }
        }
        for check in table.checks.iter().filter(|check| check.expression.names_column(column)) {
            let is_declared = self.declared.checks.iter().any(|declared| declared.name.matches(&check.name));
            let mut others = base.columns.iter().filter(|other| !other.name.matches(column));
            // A check of this column alone goes with it.
            if is_declared || others.any(|other| check.expression.names_column(&other.name)) {
                let remedy = format!("declare checks[{}] without it, or its state: Absent", check.name);
                users.push(ColumnUser::new(format!("check {}", check.name), remedy));
            }
        }
        for other in table.columns.iter().filter(|other| in_column(other, column)) {
            let remedy = format!("declare columns[{}] without it, or its state: Absent", other.name);
            users.push(ColumnUser::new(format!("an expression of column {}", other.name), remedy));
        }
        if let Some(Partitioning::Scheme(scheme)) = &table.partitioning
            && scheme.method.expression().is_some()
            && scheme.method.is_by(column)
        {
            users.push(ColumnUser::new("the partitioning", "declare partitioning without it"));
        }
        users
    }
}

/// What uses a column, and what to declare of it.
struct ColumnUser {
    object: String,
    remedy: String,
}

impl ColumnUser {
    fn new(object: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { object: object.into(), remedy: remedy.into() }
    }
}

fn is_in(parts: &[KeyPart], column: &Identifier) -> bool {
    parts.iter().any(|part| part.is_of(column))
}

fn in_expressions(parts: &[KeyPart], column: &Identifier) -> bool {
    let names = |part: &KeyPart| match &part.target {
        KeyTarget::Expression(expression) => expression.names_column(column),
        KeyTarget::Column { .. } => false,
    };
    parts.iter().any(names)
}

fn in_column(other: &Column, column: &Identifier) -> bool {
    let names = |expression: &Expression| expression.names_column(column);
    let in_fill = match &other.fill {
        Fill::Generated(generated) => names(&generated.expression),
        Fill::Default(ColumnDefault::Expression(default)) => names(default),
        Fill::Default(ColumnDefault::None | ColumnDefault::Value(_)) | Fill::AutoIncrement => false,
    };
    in_fill || other.check.as_ref().is_some_and(names)
}
