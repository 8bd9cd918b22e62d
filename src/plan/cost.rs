//! What a change costs on this server: which algorithm it will take, and whether writers wait meanwhile. The
//! statement asks for that algorithm, so that a server which can't do it refuses instead of copying the table.
//!
//! Source: "Online DDL Operations" of the MySQL 9 manual, "InnoDB Online DDL Operations" of MariaDB's documentation.

use std::fmt;

use super::change::Change;
use super::type_change::{TypeChange, type_change};
use crate::schema::{
    Column, ColumnDefault, DataType, Dialect, Fill, Flavor, Identifier, Index, IndexKind, KeyPart, Position, Storage,
    StorageOption, Table,
};

/// How the server carries out an `ALTER TABLE`, cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Only the data dictionary changes.
    Instant,
    /// The table's rows stay where they are; an index may be built beside them. MariaDB calls it `NOCOPY`.
    InPlace,
    /// The table is written anew, while it can be written to.
    Rebuild,
    /// The table is written anew, and nobody writes meanwhile.
    Copy,
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instant => "INSTANT",
            Self::InPlace => "INPLACE",
            Self::Rebuild => "INPLACE (rebuild)",
            Self::Copy => "COPY",
        })
    }
}

/// The predicted cost of one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub algorithm: Algorithm,
    /// Whether writes wait until the statement has ended.
    pub writes_wait: bool,
}

impl Cost {
    pub(super) const INSTANT: Self = Self { algorithm: Algorithm::Instant, writes_wait: false };
    pub(super) const IN_PLACE: Self = Self { algorithm: Algorithm::InPlace, writes_wait: false };
    pub(super) const REBUILD: Self = Self { algorithm: Algorithm::Rebuild, writes_wait: false };
    pub(super) const COPY: Self = Self { algorithm: Algorithm::Copy, writes_wait: true };

    /// The same while writes wait.
    pub(super) fn blocking(self) -> Self {
        Self { writes_wait: true, ..self }
    }

    /// The cost of two changes in one statement.
    pub fn and(self, other: Self) -> Self {
        Self { algorithm: self.algorithm.max(other.algorithm), writes_wait: self.writes_wait || other.writes_wait }
    }

    /// The cost of a statement that changes nothing yet.
    pub fn none() -> Self {
        Self::INSTANT
    }

    /// The clause that asks the server for just this, for a table that the server's engine alters in place at all.
    pub fn clause(self, dialect: Dialect) -> Option<&'static str> {
        match (self.algorithm, dialect.flavor) {
            (Algorithm::Copy, _) => None,
            (Algorithm::Instant, _) => Some("ALGORITHM=INSTANT"),
            (Algorithm::InPlace, Flavor::MariaDb) if self.writes_wait => Some("ALGORITHM=NOCOPY, LOCK=SHARED"),
            (Algorithm::InPlace, Flavor::MariaDb) => Some("ALGORITHM=NOCOPY, LOCK=NONE"),
            (Algorithm::InPlace | Algorithm::Rebuild, _) if self.writes_wait => Some("ALGORITHM=INPLACE, LOCK=SHARED"),
            (Algorithm::InPlace | Algorithm::Rebuild, _) => Some("ALGORITHM=INPLACE, LOCK=NONE"),
        }
    }

    /// The lock as `ALTER TABLE` names it.
    pub fn lock(self) -> &'static str {
        if self.writes_wait { "SHARED" } else { "NONE" }
    }
}

/// Predicts the cost of `change` on `table` as it is live. A table that does not exist yet costs nothing.
pub fn cost(change: &Change, table: &Table, dialect: Dialect) -> Cost {
    let cost = match change {
        Change::CreateTable(_)
        | Change::RenameTable { .. }
        | Change::DropTable(_)
        | Change::SetDefault { .. }
        | Change::SetColumnVisible { .. } => Cost::INSTANT,
        // MySQL refuses them INSTANT, though no row is touched.
        Change::RenameIndex { .. }
        | Change::SetIndexVisible { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. } => match dialect.flavor {
            Flavor::MySql => Cost::IN_PLACE,
            Flavor::MariaDb => Cost::INSTANT,
        },
        Change::RenameColumn { from, .. } => rename_column(from, table, dialect),
        Change::AddColumn { column, position } => add_column(column, position.as_ref(), table, dialect),
        Change::ModifyColumn { from, to, position } => modify_column(from, to, position.is_some(), table, dialect),
        // MySQL keeps the expression in a hidden column, which it adds or drops INPLACE alone (1846).
        Change::ReplaceIndex { from, to } if from.has_expression() || to.has_expression() => Cost::COPY,
        Change::AddIndex(index) | Change::ReplaceIndex { to: index, .. } => add_index(index, table),
        Change::DropIndex(_) => Cost::IN_PLACE,
        // AUTO_INCREMENT and STATS_* are in the dictionary, which MySQL changes INPLACE all the same.
        Change::RaiseAutoIncrement { .. } | Change::DropForeignKey(_) | Change::DropCheck(_) => match dialect.flavor {
            Flavor::MySql => Cost::IN_PLACE,
            Flavor::MariaDb => Cost::INSTANT,
        },
        // With foreign_key_checks on, which is what finds orphans, the server copies.
        Change::AddForeignKey(_) => Cost::COPY,
        Change::AddCheck(check) if !check.enforced => Cost::IN_PLACE,
        Change::AddCheck(_) => Cost::COPY,
        Change::SetCheckEnforced { enforced: false, .. } => Cost::IN_PLACE,
        Change::SetCheckEnforced { .. } => Cost::COPY,
        Change::DropColumn(column) => drop_column(column, table, dialect),
        Change::AddPrimaryKey(_) | Change::ReplacePrimaryKey { .. }
            if dialect.is_mariadb() && has_indexed_virtual_column(table, None) =>
        {
            Cost::COPY
        }
        Change::AddPrimaryKey(_) | Change::ReplacePrimaryKey { .. } | Change::ReplaceGeneratedKey { .. } => {
            rebuild(table, dialect)
        }
        Change::SetStorage { to, .. } => set_storage(to, table, dialect),
        // No server takes a key away INPLACE without another one in its place (1846).
        Change::DropPrimaryKey(_) | Change::SetEngine { .. } => Cost::COPY,
        Change::Partition(change) => change.cost(),
    };
    match (change, is_innodb(table)) {
        (Change::CreateTable(_), _) | (_, true) => cost,
        // Other engines know COPY alone, but for what only the dictionary holds.
        (Change::AddColumn { .. } | Change::DropColumn(_) | Change::ModifyColumn { .. }, false) => Cost::COPY,
        (_, false) if cost == Cost::INSTANT => cost,
        (_, false) => Cost::COPY,
    }
}

/// Whether the engine can be asked for an algorithm.
pub fn is_innodb(table: &Table) -> bool {
    table.options.engine.as_deref().is_none_or(|engine| engine.eq_ignore_ascii_case("innodb"))
}

/// MySQL renames a column that another table references INPLACE alone (1846), and only one that begins a key can be.
fn rename_column(column: &Identifier, table: &Table, dialect: Dialect) -> Cost {
    let begins = |parts: &[KeyPart]| parts.first().is_some_and(|part| part.is_of(column));
    let mut keys = table.indexes.iter().map(|index| &index.parts).chain(table.primary_key.iter().map(|key| &key.parts));
    match dialect.flavor {
        Flavor::MySql if keys.any(|parts| begins(parts)) => Cost::IN_PLACE,
        Flavor::MySql | Flavor::MariaDb => Cost::INSTANT,
    }
}

/// Tried on MySQL 9.7, MariaDB 10.11 and 11.8: page compression concerns pages that are written from then on, and
/// MySQL encrypts by copying alone.
fn set_storage(to: &StorageOption, table: &Table, dialect: Dialect) -> Cost {
    match (to, dialect.flavor) {
        (StorageOption::RowFormat(_) | StorageOption::KeyBlockSize(_), _) => rebuild(table, dialect),
        (StorageOption::Encryption(_), Flavor::MySql) => Cost::COPY,
        (StorageOption::Encryption(_) | StorageOption::Compression(_), Flavor::MariaDb) => rebuild(table, dialect),
        (_, Flavor::MySql) => Cost::IN_PLACE,
        (_, Flavor::MariaDb) => Cost::INSTANT,
    }
}

fn add_column(column: &Column, position: Option<&Position>, table: &Table, dialect: Dialect) -> Cost {
    if column.check.is_some() {
        return Cost::COPY;
    }
    match &column.fill {
        Fill::AutoIncrement => return Cost::REBUILD.blocking(),
        Fill::Generated(generated) if generated.storage == Storage::Stored => return Cost::COPY,
        // INSTANT knows only literals; CURRENT_TIMESTAMP is one once the statement has begun.
        Fill::Default(ColumnDefault::Expression(default)) if !default.is_current_timestamp() => return Cost::COPY,
        _ => {}
    }
    let (has_fulltext, has_virtual) = (has_fulltext(table), has_virtual_column(table));
    let storage = &table.options.storage;
    let compressed = match storage.row_format.as_deref() {
        None => storage.key_block_size.is_some(),
        Some(format) => format == "COMPRESSED",
    };
    // MySQL has no value at hand for a geometry that can't be NULL (1845).
    let lacks_value = column.data_type.is_spatial() && !column.nullable;
    let instant = match dialect.flavor {
        Flavor::MySql => !lacks_value && (position.is_none() || dialect.at_least(8, 0, 29)),
        Flavor::MariaDb => position.is_none() || !has_virtual,
    };
    if dialect.is_mariadb() && has_indexed_virtual_column(table, None) && !is_virtual(column) {
        Cost::REBUILD.blocking()
    } else if dialect.is_mariadb() && has_virtual && position.is_some() {
        Cost::COPY
    } else if instant && !compressed && !has_fulltext {
        Cost::INSTANT
    } else {
        rebuild(table, dialect)
    }
}

/// A table with a full-text index is written anew by MySQL only by copying (1846), by MariaDB while nobody writes.
fn rebuild(table: &Table, dialect: Dialect) -> Cost {
    match (has_fulltext(table), dialect.flavor) {
        (false, _) => Cost::REBUILD,
        (true, Flavor::MySql) => Cost::COPY,
        (true, Flavor::MariaDb) => Cost::REBUILD.blocking(),
    }
}

fn drop_column(column: &Column, table: &Table, dialect: Dialect) -> Cost {
    let is_indexed = table.indexes.iter().any(|index| index.contains(&column.name))
        || table.primary_key.as_ref().is_some_and(|key| key.contains(&column.name));
    let refused_in_place = has_indexed_virtual_column(table, Some(column)) || is_indexed && has_virtual_column(table);
    match &column.fill {
        // A primary key goes with its only column, which no server does INPLACE (1846).
        _ if table.primary_key.as_ref().is_some_and(|key| key.contains(&column.name)) => Cost::COPY,
        Fill::Generated(generated) if generated.storage == Storage::Virtual && !is_indexed => Cost::INSTANT,
        _ if dialect.is_mariadb() && refused_in_place => Cost::COPY,
        _ if is_indexed || has_fulltext(table) => rebuild(table, dialect),
        _ if dialect.flavor == Flavor::MySql && !dialect.at_least(8, 0, 29) => Cost::REBUILD,
        _ => Cost::INSTANT,
    }
}

fn modify_column(from: &Column, to: &Column, moved: bool, table: &Table, dialect: Dialect) -> Cost {
    if matches!(from.fill, Fill::Generated(_)) || matches!(to.fill, Fill::Generated(_)) {
        return Cost::COPY;
    }
    let adds_check = to.check.is_some() && from.check != to.check;
    let is_other_text = from.charset != to.charset || from.collation != to.collation;
    if is_other_text || from.srid != to.srid || from.compressed != to.compressed || adds_check {
        return Cost::COPY;
    }
    let rebuild = rebuild(table, dialect);
    let mut cost = match type_change(from, to, dialect) {
        TypeChange::None => Cost::INSTANT,
        TypeChange::Dictionary => match dialect.flavor {
            Flavor::MySql => Cost::IN_PLACE,
            Flavor::MariaDb => Cost::INSTANT,
        },
        TypeChange::Appended => Cost::INSTANT,
        TypeChange::Wider | TypeChange::Narrower | TypeChange::Family => Cost::COPY,
    };
    // MariaDB can't put a default that is not constant for NULL in place (1846), nor any other for a timestamp's.
    if dialect.is_mariadb() && from.nullable && !to.nullable && matches!(to.data_type, DataType::Timestamp(_)) {
        return Cost::COPY;
    }
    let refused_in_place = dialect.is_mariadb() && has_indexed_virtual_column(table, None);
    if from.nullable != to.nullable {
        cost = cost.and(if refused_in_place { Cost::COPY } else { rebuild });
    }
    let (was_counted, is_counted) = (from.fill == Fill::AutoIncrement, to.fill == Fill::AutoIncrement);
    if is_counted && !was_counted || was_counted && !is_counted && dialect.flavor == Flavor::MySql {
        return Cost::COPY;
    }
    if moved {
        cost = cost.and(match dialect.flavor {
            Flavor::MySql => rebuild,
            Flavor::MariaDb if refused_in_place => Cost::REBUILD.blocking(),
            Flavor::MariaDb if has_fulltext(table) => rebuild,
            Flavor::MariaDb => Cost::INSTANT,
        });
    }
    cost
}

fn add_index(index: &Index, table: &Table) -> Cost {
    match index.kind {
        // The first full-text index of a table adds a hidden column to it.
        IndexKind::Fulltext { .. } if !has_fulltext(table) => Cost::REBUILD.blocking(),
        IndexKind::Fulltext { .. } | IndexKind::Spatial => Cost::IN_PLACE.blocking(),
        IndexKind::Plain | IndexKind::Unique if index.has_expression() => Cost::IN_PLACE.blocking(),
        IndexKind::Plain | IndexKind::Unique => Cost::IN_PLACE,
    }
}

fn has_fulltext(table: &Table) -> bool {
    table.indexes.iter().any(|index| matches!(index.kind, IndexKind::Fulltext { .. }))
}

fn is_virtual(column: &Column) -> bool {
    matches!(&column.fill, Fill::Generated(generated) if generated.storage == Storage::Virtual)
}

fn has_virtual_column(table: &Table) -> bool {
    table.columns.iter().any(is_virtual)
}

/// MariaDB writes a table with an indexed virtual column anew only while nobody writes to it, and for most changes
/// only by copying (tried on 10.11 and 11.8).
fn has_indexed_virtual_column(table: &Table, but: Option<&Column>) -> bool {
    let mut columns = table.columns.iter().filter(|column| is_virtual(column));
    columns.any(|column| {
        but.is_none_or(|but| !but.name.matches(&column.name))
            && table.indexes.iter().any(|index| index.contains(&column.name))
    })
}
