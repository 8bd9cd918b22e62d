//! The clauses of `ALTER TABLE` that make a change, and that take it back.

use std::fmt;

use super::partition::PartitionChange;
use super::table_change::Change;
use crate::schema::{Check, Column, ColumnDefault, Dialect, Fill, Flavor, Identifier, Position, quote_literal};

impl Change {
    /// Returns the clause of `ALTER TABLE`, or the whole statement for a new table and for one that is dropped.
    pub fn sql(&self, dialect: Dialect) -> String {
        match self {
            Self::CreateTable(table) => table.create_statement(dialect),
            Self::RenameTable { to } => format!("RENAME TO {}", to.quoted()),
            Self::DropTable(table) => format!("DROP TABLE {}", table.name.quoted()),
            Self::RenameColumn { from, to } => format!("RENAME COLUMN {} TO {}", from.quoted(), to.quoted()),
            Self::DropColumn(column) => format!("DROP COLUMN {}", column.name.quoted()),
            Self::DropIndex(index) => format!("DROP INDEX {}", index.name.quoted()),
            Self::AddForeignKey(key) | Self::RestoreForeignKey(key) => format!("ADD {}", key.definition(dialect)),
            Self::DropForeignKey(key) => format!("DROP FOREIGN KEY {}", key.name.quoted()),
            Self::AddCheck(check) => format!("ADD {}", check.definition(dialect)),
            Self::DropCheck(check) => drop_check(check, dialect),
            Self::ReplaceCheck { from, to } => {
                format!("{}, ADD {}", drop_check(from, dialect), to.definition(dialect))
            }
            Self::SetCheckEnforced { check, enforced } => {
                format!("ALTER CHECK {} {}", check.quoted(), if *enforced { "ENFORCED" } else { "NOT ENFORCED" })
            }
            Self::AddColumn { column, position } => {
                format!("ADD COLUMN {}", placed_definition(column, position.as_ref(), dialect))
            }
            Self::ModifyColumn { to, position, .. } => {
                format!("MODIFY COLUMN {}", placed_definition(to, position.as_ref(), dialect))
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
            Self::SetEngine { to, .. } => format!("ENGINE = {}", BareWord(to)),
            Self::Partition(change) => change.sql(),
            Self::SetStorage { to, .. } => to.sql(dialect),
            Self::RaiseAutoIncrement { to } => format!("AUTO_INCREMENT={to}"),
        }
    }

    /// Whether its clause, and that of its undo, follows all others of an `ALTER TABLE`, without a comma.
    pub fn comes_last(&self) -> bool {
        matches!(self, Self::Partition(change) if matches!(**change, PartitionChange::By { .. }))
    }

    /// Returns the clause that takes the change back, where one statement can.
    pub fn undo(&self, table: &Identifier, dialect: Dialect) -> Option<String> {
        let undo = match self {
            Self::CreateTable(_) => return Some(format!("DROP TABLE {}", table.quoted())),
            Self::RenameTable { to } => {
                return Some(format!("ALTER TABLE {} RENAME TO {}", to.quoted(), table.quoted()));
            }
            // Its rows or values are lost.
            Self::DropTable(_) | Self::DropColumn(_) | Self::ReplaceGeneratedKey { .. } => return None,
            // Rows may have numbers beyond it.
            Self::RaiseAutoIncrement { .. } => return None,
            Self::RenameColumn { from, to } => Self::RenameColumn { from: to.clone(), to: from.clone() }.sql(dialect),
            Self::DropIndex(index) => format!("ADD {}", index.definition(dialect)),
            Self::AddForeignKey(key) | Self::RestoreForeignKey(key) => {
                format!("DROP FOREIGN KEY {}", key.name.quoted())
            }
            Self::DropForeignKey(key) => format!("ADD {}", key.definition(dialect)),
            Self::AddCheck(check) => drop_check(check, dialect),
            Self::DropCheck(check) => format!("ADD {}", check.definition(dialect)),
            Self::ReplaceCheck { from, to } => Self::ReplaceCheck { from: to.clone(), to: from.clone() }.sql(dialect),
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
            Self::SetEngine { from, .. } => format!("ENGINE = {}", BareWord(from)),
            Self::Partition(change) => return change.undo(),
        };
        Some(undo)
    }
}

/// A name that SQL takes without quotes, such as an engine's or a character set's. Any other character is left out.
struct BareWord<'a>(&'a str);

impl fmt::Display for BareWord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').try_for_each(|c| write!(f, "{c}"))
    }
}

/// To MySQL `DROP CONSTRAINT` is ambiguous where a foreign key has the check's name (3939). MariaDB has no other word.
fn drop_check(check: &Check, dialect: Dialect) -> String {
    let word = if dialect.is_mariadb() { "CONSTRAINT" } else { "CHECK" };
    format!("DROP {word} {}", check.name.quoted())
}

/// Returns the definition of a column, followed by its position in the table.
pub fn placed_definition(column: &Column, position: Option<&Position>, dialect: Dialect) -> String {
    let definition = column.definition(dialect);
    match position {
        None => definition,
        Some(Position::First) => format!("{definition} FIRST"),
        Some(Position::After(before)) => format!("{definition} AFTER {}", before.quoted()),
    }
}

/// Returns the clause that sets a column's default. On a nullable column no default means `NULL`: `DROP DEFAULT` would
/// make an INSERT without a value fail there.
pub fn set_default(column: &Column, default: &ColumnDefault) -> String {
    let name = column.name.quoted();
    match default.sql(&column.data_type) {
        Some(text) => format!("ALTER COLUMN {name} SET DEFAULT {text}"),
        None if column.nullable => format!("ALTER COLUMN {name} SET DEFAULT NULL"),
        None => format!("ALTER COLUMN {name} DROP DEFAULT"),
    }
}

fn charset_sql(charset: Option<&str>, collation: Option<&str>) -> String {
    let charset = charset.map(|charset| format!("DEFAULT CHARACTER SET = {}", BareWord(charset)));
    let collation = collation.map(|collation| format!("COLLATE = {}", BareWord(collation)));
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
