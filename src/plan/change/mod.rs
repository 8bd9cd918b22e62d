//! One difference between a live schema and its target, and the SQL clause that removes it.

mod attribute;
mod columns_used;
mod cost;
mod object_kind;
mod partition;
mod risk;
mod statement;
mod step;
mod type_change;

use crate::schema::{
    Check, Column, ColumnDefault, Dialect, Fill, Flavor, ForeignKey, Identifier, Index, Position, PrimaryKey,
    StorageOption, Table, quote_literal,
};

pub use attribute::Attribute;
pub use columns_used::{used_column_before, uses_column_after};
pub use cost::{Algorithm, Cost};
pub use object_kind::{ObjectKey, ObjectKind, declared_of, is_live};
pub use partition::{PartitionChange, partitioning_changes};
pub use risk::Risk;
pub use statement::{Statement, phase};
pub use step::{Plan, Step};
pub use type_change::{TypeChange, type_change};

/// A change of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableChange {
    pub table: Identifier,
    pub change: Change,
}

/// What is changed. Each variant is the narrowest statement that does it: a `MODIFY` restates a whole column, and
/// with it what somebody else may have changed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    CreateTable(Box<Table>),
    RenameTable {
        to: Identifier,
    },
    /// Holds the table, so that consent is for dropping just this one.
    DropTable(Box<Table>),
    AddColumn {
        column: Box<Column>,
        position: Option<Position>,
    },
    ModifyColumn {
        from: Box<Column>,
        to: Box<Column>,
        position: Option<Position>,
    },
    SetDefault {
        from: Box<Column>,
        to: ColumnDefault,
    },
    SetColumnVisible {
        column: Identifier,
        visible: bool,
    },
    RenameColumn {
        from: Identifier,
        to: Identifier,
    },
    DropColumn(Box<Column>),
    RenameIndex {
        from: Identifier,
        to: Identifier,
    },
    DropIndex(Index),
    AddIndex(Index),
    ReplaceIndex {
        from: Index,
        to: Index,
    },
    SetIndexVisible {
        index: Identifier,
        visible: bool,
    },
    AddPrimaryKey(PrimaryKey),
    ReplacePrimaryKey {
        from: PrimaryKey,
        to: PrimaryKey,
    },
    DropPrimaryKey(PrimaryKey),
    /// Puts a declared key in the place of the one that MySQL generated, whose column goes with it (4111 otherwise).
    ReplaceGeneratedKey {
        column: Box<Column>,
        to: PrimaryKey,
    },
    AddForeignKey(ForeignKey),
    DropForeignKey(ForeignKey),
    AddCheck(Check),
    DropCheck(Check),
    SetCheckEnforced {
        check: Identifier,
        enforced: bool,
    },
    SetTableComment {
        from: String,
        to: String,
    },
    SetTableCharset {
        from: String,
        charset: Option<String>,
        collation: Option<String>,
    },
    SetEngine {
        from: String,
        to: String,
    },
    Partition(Box<PartitionChange>),
    SetStorage {
        from: StorageOption,
        to: StorageOption,
    },
    /// The counter itself moves with each row, so that where it stood is no part of the change.
    RaiseAutoIncrement {
        to: u64,
    },
}

impl Change {
    /// The clause of `ALTER TABLE`, or the whole statement for a new table.
    pub fn sql(&self, dialect: Dialect) -> String {
        match self {
            Self::CreateTable(table) => table.create_statement(dialect),
            Self::RenameTable { to } => format!("RENAME TO {}", to.quoted()),
            Self::DropTable(table) => format!("DROP TABLE {}", table.name.quoted()),
            Self::RenameColumn { from, to } => format!("RENAME COLUMN {} TO {}", from.quoted(), to.quoted()),
            Self::DropColumn(column) => format!("DROP COLUMN {}", column.name.quoted()),
            Self::DropIndex(index) => format!("DROP INDEX {}", index.name.quoted()),
            Self::AddForeignKey(key) => format!("ADD {}", key.definition(dialect)),
            Self::DropForeignKey(key) => format!("DROP FOREIGN KEY {}", key.name.quoted()),
            Self::AddCheck(check) => format!("ADD {}", check.definition(dialect)),
            Self::DropCheck(check) => drop_check(check, dialect),
            Self::SetCheckEnforced { check, enforced } => {
                format!("ALTER CHECK {} {}", check.quoted(), if *enforced { "ENFORCED" } else { "NOT ENFORCED" })
            }
            Self::AddColumn { column, position } => {
                format!("ADD COLUMN {}{}", column.definition(dialect), position_sql(position.as_ref()))
            }
            Self::ModifyColumn { to, position, .. } => {
                format!("MODIFY COLUMN {}{}", to.definition(dialect), position_sql(position.as_ref()))
            }
            Self::SetDefault { from, to } => set_default(from, to),
            Self::SetColumnVisible { column, visible } => {
                format!("ALTER COLUMN {} SET {}", column.quoted(), if *visible { "VISIBLE" } else { "INVISIBLE" })
            }
            Self::RenameIndex { from, to } => format!("RENAME INDEX {} TO {}", from.quoted(), to.quoted()),
            Self::AddIndex(index) => format!("ADD {}", index.definition(dialect)),
            Self::ReplaceIndex { from, to } => {
                format!("DROP INDEX {}, ADD {}", from.name.quoted(), to.definition(dialect))
            }
            Self::SetIndexVisible { index, visible } => {
                format!("ALTER INDEX {} {}", index.quoted(), index_visibility(*visible, dialect))
            }
            Self::AddPrimaryKey(key) => format!("ADD {}", key.definition(dialect)),
            Self::ReplacePrimaryKey { to, .. } => format!("DROP PRIMARY KEY, ADD {}", to.definition(dialect)),
            Self::DropPrimaryKey(_) => "DROP PRIMARY KEY".to_owned(),
            Self::ReplaceGeneratedKey { column, to } => {
                format!("DROP PRIMARY KEY, DROP COLUMN {}, ADD {}", column.name.quoted(), to.definition(dialect))
            }
            Self::SetTableComment { to, .. } => format!("COMMENT = {}", quote_literal(to)),
            Self::SetTableCharset { charset, collation, .. } => charset_sql(charset.as_deref(), collation.as_deref()),
            Self::SetEngine { to, .. } => format!("ENGINE = {}", Word(to)),
            Self::Partition(change) => change.sql(),
            Self::SetStorage { to, .. } => to.sql(dialect),
            Self::RaiseAutoIncrement { to } => format!("AUTO_INCREMENT={to}"),
        }
    }

    /// The clause that takes the change back, where one statement can.
    pub fn undo(&self, table: &Identifier, dialect: Dialect) -> Option<String> {
        let undo = match self {
            Self::CreateTable(_) => return Some(format!("DROP TABLE {}", table.quoted())),
            Self::RenameTable { to } => {
                return Some(format!("ALTER TABLE {} RENAME TO {}", to.quoted(), table.quoted()));
            }
            // What was in it is gone.
            Self::DropTable(_) | Self::DropColumn(_) | Self::ReplaceGeneratedKey { .. } => return None,
            // Numbers beyond it may have been given out.
            Self::RaiseAutoIncrement { .. } => return None,
            Self::RenameColumn { from, to } => Self::RenameColumn { from: to.clone(), to: from.clone() }.sql(dialect),
            Self::DropIndex(index) => format!("ADD {}", index.definition(dialect)),
            Self::AddForeignKey(key) => format!("DROP FOREIGN KEY {}", key.name.quoted()),
            Self::DropForeignKey(key) => format!("ADD {}", key.definition(dialect)),
            Self::AddCheck(check) => drop_check(check, dialect),
            Self::DropCheck(check) => format!("ADD {}", check.definition(dialect)),
            Self::SetCheckEnforced { check, enforced } => {
                Self::SetCheckEnforced { check: check.clone(), enforced: !enforced }.sql(dialect)
            }
            Self::AddColumn { column, .. } => format!("DROP COLUMN {}", column.name.quoted()),
            Self::ModifyColumn { from, .. } => format!("MODIFY COLUMN {}", from.definition(dialect)),
            Self::SetDefault { from, .. } => match &from.fill {
                Fill::Default(default) => set_default(from, default),
                _ => return None,
            },
            Self::SetColumnVisible { column, visible } => {
                Self::SetColumnVisible { column: column.clone(), visible: !visible }.sql(dialect)
            }
            Self::RenameIndex { from, to } => Self::RenameIndex { from: to.clone(), to: from.clone() }.sql(dialect),
            Self::AddIndex(index) => format!("DROP INDEX {}", index.name.quoted()),
            Self::ReplaceIndex { from, to } => Self::ReplaceIndex { from: to.clone(), to: from.clone() }.sql(dialect),
            Self::SetIndexVisible { index, visible } => {
                Self::SetIndexVisible { index: index.clone(), visible: !visible }.sql(dialect)
            }
            Self::AddPrimaryKey(_) => "DROP PRIMARY KEY".to_owned(),
            Self::ReplacePrimaryKey { from, to } => {
                Self::ReplacePrimaryKey { from: to.clone(), to: from.clone() }.sql(dialect)
            }
            Self::DropPrimaryKey(key) => format!("ADD {}", key.definition(dialect)),
            Self::SetStorage { from, .. } => from.sql(dialect),
            Self::SetTableComment { from, .. } => format!("COMMENT = {}", quote_literal(from)),
            Self::SetTableCharset { from, .. } => charset_sql(None, Some(from)),
            Self::SetEngine { from, .. } => format!("ENGINE = {}", Word(from)),
            Self::Partition(change) => return change.undo(),
        };
        Some(undo)
    }

    /// The object that is changed, as a person names it: `column user.api_token`.
    pub fn object(&self, table: &Identifier) -> String {
        match self {
            Self::CreateTable(_) | Self::RenameTable { .. } | Self::DropTable(_) => format!("table {table}"),
            Self::RenameColumn { to, .. } => format!("column {table}.{to}"),
            Self::DropColumn(column) => format!("column {table}.{}", column.name),
            Self::DropIndex(index) => format!("index {table}.{}", index.name),
            Self::AddForeignKey(key) | Self::DropForeignKey(key) => format!("foreign key {table}.{}", key.name),
            Self::AddCheck(check) | Self::DropCheck(check) => format!("check {table}.{}", check.name),
            Self::SetCheckEnforced { check, .. } => format!("check {table}.{check}"),
            Self::AddColumn { column, .. } => format!("column {table}.{}", column.name),
            Self::ModifyColumn { from, .. } | Self::SetDefault { from, .. } => format!("column {table}.{}", from.name),
            Self::SetColumnVisible { column, .. } => format!("column {table}.{column}"),
            Self::RenameIndex { to, .. } => format!("index {table}.{to}"),
            Self::AddIndex(index) | Self::ReplaceIndex { to: index, .. } => format!("index {table}.{}", index.name),
            Self::SetIndexVisible { index, .. } => format!("index {table}.{index}"),
            Self::AddPrimaryKey(_)
            | Self::ReplacePrimaryKey { .. }
            | Self::DropPrimaryKey(_)
            | Self::ReplaceGeneratedKey { .. } => format!("primary key of {table}"),
            Self::SetTableComment { .. }
            | Self::SetTableCharset { .. }
            | Self::SetEngine { .. }
            | Self::SetStorage { .. }
            | Self::RaiseAutoIncrement { .. } => format!("options of {table}"),
            Self::Partition(_) => format!("partitions of {table}"),
        }
    }

    /// The object under which the declaration may allow risks, beside the table's own.
    pub fn subject(&self) -> Option<(ObjectKind, &Identifier)> {
        let subject = match self {
            Self::AddColumn { column, .. } | Self::DropColumn(column) => (ObjectKind::Column, &column.name),
            Self::RenameColumn { to: name, .. } | Self::SetColumnVisible { column: name, .. } => {
                (ObjectKind::Column, name)
            }
            Self::ModifyColumn { from, .. } | Self::SetDefault { from, .. } => (ObjectKind::Column, &from.name),
            Self::AddForeignKey(key) | Self::DropForeignKey(key) => (ObjectKind::ForeignKey, &key.name),
            Self::AddCheck(check) | Self::DropCheck(check) => (ObjectKind::Check, &check.name),
            Self::SetCheckEnforced { check: name, .. } => (ObjectKind::Check, name),
            Self::SetIndexVisible { index: name, .. } | Self::RenameIndex { to: name, .. } => (ObjectKind::Index, name),
            Self::DropIndex(index) | Self::AddIndex(index) | Self::ReplaceIndex { to: index, .. } => {
                (ObjectKind::Index, &index.name)
            }
            _ => return None,
        };
        Some(subject)
    }

    /// What is declared and what is live, for a report of drift.
    pub fn difference(&self, dialect: Dialect) -> (String, String) {
        let absent = || "absent".to_owned();
        let present = || "present".to_owned();
        match self {
            Self::RenameTable { to } => (format!("named {to}"), "under its former name".to_owned()),
            Self::DropTable(_) => (absent(), present()),
            Self::DropColumn(column) => (absent(), column.definition(dialect)),
            Self::DropIndex(index) => (absent(), index.definition(dialect)),
            Self::AddForeignKey(key) => (key.definition(dialect), absent()),
            Self::DropForeignKey(key) => (absent(), key.definition(dialect)),
            Self::AddCheck(check) => (check.definition(dialect), absent()),
            Self::DropCheck(check) => (absent(), check.definition(dialect)),
            Self::SetCheckEnforced { enforced, .. } => {
                let word = |enforced| if enforced { "enforced" } else { "not enforced" }.to_owned();
                (word(*enforced), word(!enforced))
            }
            Self::CreateTable(_) => (present(), absent()),
            Self::AddColumn { column, .. } => (column.definition(dialect), absent()),
            Self::ModifyColumn { from, to, .. } => (to.definition(dialect), from.definition(dialect)),
            Self::SetDefault { from, to } => (
                set_default(from, to),
                match &from.fill {
                    Fill::Default(live) => set_default(from, live),
                    _ => from.definition(dialect),
                },
            ),
            Self::SetColumnVisible { visible, .. } | Self::SetIndexVisible { visible, .. } => {
                let word = |visible| if visible { "visible" } else { "invisible" }.to_owned();
                (word(*visible), word(!visible))
            }
            Self::RenameIndex { from, to } | Self::RenameColumn { from, to } => {
                (to.to_string(), format!("named {from}"))
            }
            Self::AddIndex(index) => (index.definition(dialect), absent()),
            Self::ReplaceIndex { from, to } => (to.definition(dialect), from.definition(dialect)),
            Self::AddPrimaryKey(key) => (key.definition(dialect), absent()),
            Self::ReplacePrimaryKey { from, to } => (to.definition(dialect), from.definition(dialect)),
            Self::DropPrimaryKey(key) => (absent(), key.definition(dialect)),
            Self::ReplaceGeneratedKey { to, .. } => (to.definition(dialect), "generated by the server".to_owned()),
            Self::SetStorage { from, to } => (to.sql(dialect), from.sql(dialect)),
            Self::RaiseAutoIncrement { to } => (format!("AUTO_INCREMENT of at least {to}"), "a lower one".to_owned()),
            Self::SetTableComment { from, to } | Self::SetEngine { from, to } => (to.clone(), from.clone()),
            Self::SetTableCharset { from, .. } => (self.sql(dialect), from.clone()),
            Self::Partition(change) => change.difference(),
        }
    }

    /// Whether rows have to pass a check that comes with a column. MariaDB looks at them in a copy alone: else it takes
    /// the check for a change of the dictionary, whatever the rows hold (tried on 10.11 and 11.8).
    pub(crate) fn examines_rows(&self) -> bool {
        match self {
            Self::AddColumn { column, .. } => column.check.is_some(),
            Self::ModifyColumn { from, to, .. } => to.check.is_some() && from.check != to.check,
            _ => false,
        }
    }

    /// Whether both do the same, but for the place to which a column is moved: that is declared, and so right in both,
    /// although a step before may have moved the column already.
    pub fn same_but_position(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::ModifyColumn { from, to, .. }, Self::ModifyColumn { from: other_from, to: other_to, .. }) => {
                from == other_from && to == other_to
            }
            (Self::AddColumn { column, .. }, Self::AddColumn { column: other, .. }) => column == other,
            _ => self == other,
        }
    }

    /// From and to, where it renames a column.
    pub(crate) fn as_column_rename(&self) -> Option<(&Identifier, &Identifier)> {
        match self {
            Self::RenameColumn { from, to } => Some((from, to)),
            _ => None,
        }
    }
}

/// A name that SQL takes as a bare word, such as an engine's or a character set's: what is not one is quoted away.
struct Word<'a>(&'a str);

impl std::fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').try_for_each(|c| write!(f, "{c}"))
    }
}

/// MySQL takes `DROP CONSTRAINT` for ambiguous where a foreign key has the check's name (3939); MariaDB has no other word.
fn drop_check(check: &Check, dialect: Dialect) -> String {
    let word = if dialect.is_mariadb() { "CONSTRAINT" } else { "CHECK" };
    format!("DROP {word} {}", check.name.quoted())
}

fn position_sql(position: Option<&Position>) -> String {
    match position {
        None => String::new(),
        Some(Position::First) => " FIRST".to_owned(),
        Some(Position::After(column)) => format!(" AFTER {}", column.quoted()),
    }
}

/// On a nullable column no default means `NULL`; `DROP DEFAULT` there would make an INSERT without a value fail.
fn set_default(column: &Column, default: &ColumnDefault) -> String {
    let name = column.name.quoted();
    match default.sql(&column.data_type) {
        Some(text) => format!("ALTER COLUMN {name} SET DEFAULT {text}"),
        None if column.nullable => format!("ALTER COLUMN {name} SET DEFAULT NULL"),
        None => format!("ALTER COLUMN {name} DROP DEFAULT"),
    }
}

fn charset_sql(charset: Option<&str>, collation: Option<&str>) -> String {
    let charset = charset.map(|charset| format!("DEFAULT CHARACTER SET = {}", Word(charset)));
    let collation = collation.map(|collation| format!("COLLATE = {}", Word(collation)));
    charset.into_iter().chain(collation).collect::<Vec<_>>().join(" ")
}

fn index_visibility(visible: bool, dialect: Dialect) -> &'static str {
    match (dialect.flavor, visible) {
        (Flavor::MySql, true) => "VISIBLE",
        (Flavor::MySql, false) => "INVISIBLE",
        (Flavor::MariaDb, true) => "NOT IGNORED",
        (Flavor::MariaDb, false) => "IGNORED",
    }
}

/// `DEFAULT CURRENT_TIMESTAMP` can't be set by `ALTER COLUMN` without becoming another kind of default. And MySQL's
/// `ALTER COLUMN ... SET DEFAULT (expression)` sets nothing, without an error, where another column has such a default
/// and the table a check; nor does `information_schema` show a text's that was set so (both tried on 9.7). MariaDB's
/// takes `ON UPDATE CURRENT_TIMESTAMP` away with a default of the same kind (tried on 10.11 and 11.8), and after MySQL's
/// `DROP DEFAULT` of an expression `information_schema` still tells of one (9.7).
pub fn can_set_default(from: &Column, to: &ColumnDefault, dialect: Dialect) -> bool {
    let drops_expression =
        *to == ColumnDefault::None && matches!(from.fill, Fill::Default(ColumnDefault::Expression(_)));
    let loses = if dialect.is_mariadb() { from.on_update_now } else { drops_expression };
    if loses {
        return false;
    }
    let ColumnDefault::Expression(expression) = to else { return true };
    dialect.is_mariadb() && !expression.is_current_timestamp()
}

/// Whether all writes to a cluster wait for it, whatever lock it takes on its own table: its nodes execute a statement
/// that changes a schema one after the other with all writes ("Total Order Isolation"). What INSTANT does takes a moment,
/// and so does dropping an index.
pub fn holds_cluster_up(change: &Change, cost: Cost, dialect: Dialect) -> bool {
    let is_brief = cost.algorithm == Algorithm::Instant
        || matches!(change, Change::DropIndex(_)) && cost.algorithm == Algorithm::InPlace;
    dialect.clustered && !is_brief
}
