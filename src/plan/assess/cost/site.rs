//! The properties of a table and its neighbours that decide how the server can alter it.

use crate::plan::change::{Change, Cost, TypeChange, type_change};
use crate::schema::{
    Column, Fill, Flavor, Identifier, Index, IndexKind, Partitioning, ReferentialAction, Schema, Storage,
    StorageOption, Table,
};

/// A live table among its neighbours.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    pub table: &'a Table,
    pub live: &'a Schema,
}

impl Site<'_> {
    pub fn is_mysql(self) -> bool {
        self.live.dialect.flavor == Flavor::MySql
    }

    /// Whether the columns of the primary key divide the table's rows.
    pub fn is_divided_by_primary_key(self) -> bool {
        let scheme = self.table.partitioning.as_ref().and_then(Partitioning::scheme);
        scheme.is_some_and(|scheme| scheme.method.is_by_primary_key())
    }

    /// Returns the cost of a change of the dictionary that is not INSTANT to MySQL.
    pub fn dictionary(self) -> Cost {
        if self.is_mysql() { Cost::IN_PLACE } else { Cost::INSTANT }
    }

    /// Returns the cost of a rebuild in place. With a full-text index MySQL can't (1846), and writes wait on MariaDB. So they
    /// do with an indexed virtual column.
    pub fn rebuild(self) -> Cost {
        match (self.is_mysql(), self.has_fulltext(), self.has_indexed_virtual_column()) {
            (true, true, _) => Cost::COPY,
            (false, true, _) | (false, _, true) => Cost::REBUILD.blocking(),
            _ => Cost::REBUILD,
        }
    }

    /// Returns the cost of a copy. MariaDB from 11.2 on takes writes meanwhile ("Online Schema Change"), unless a foreign
    /// key of the table can change its rows by itself.
    pub fn copy(self) -> Cost {
        let cascades = self.table.foreign_keys.iter().any(|key| {
            [key.on_delete, key.on_update].into_iter().any(|action| match action {
                ReferentialAction::Cascade | ReferentialAction::SetNull | ReferentialAction::SetDefault => true,
                ReferentialAction::Restrict => false,
            })
        });
        let is_online = !self.is_mysql() && self.live.dialect.at_least(11, 2, 0) && !cascades;
        Cost { writes_wait: !is_online, ..Cost::COPY }
    }

    /// Returns the cost on another engine than InnoDB: a copy, unless only the dictionary changes.
    pub fn of_other_engine(self, change: &Change, cost: Cost) -> Cost {
        match change {
            Change::AddColumn { .. } | Change::DropColumn(_) | Change::DropIndex(_) => self.copy(),
            Change::ModifyColumn { position: Some(_), .. } => self.copy(),
            Change::ModifyColumn { from, to, .. }
                if type_change(from, to, self.live.dialect) == TypeChange::Dictionary =>
            {
                self.copy()
            }
            Change::SetColumnVisible { .. } | Change::DropCheck(_) | Change::ReplaceCheck { .. } if self.is_mysql() => {
                self.copy()
            }
            Change::SetTableComment { .. }
            | Change::SetTableCharset { .. }
            | Change::RenameIndex { .. }
            | Change::SetIndexVisible { .. } => Cost::INSTANT,
            _ if cost == Cost::INSTANT => cost,
            _ => self.copy(),
        }
    }

    pub fn has_fulltext(self) -> bool {
        self.table.indexes.iter().any(|index| matches!(index.kind, IndexKind::Fulltext { .. }))
    }

    /// Whether the table can hold rows of several formats, as INSTANT leaves them. A compressed one can't, nor one with a
    /// hidden column.
    pub fn may_mix_rows(self) -> bool {
        !self.is_compressed() && !self.has_hidden_column()
    }

    /// Whether a full-text index has added a hidden column to the table. The column outlasts the index, and prevents INSTANT
    /// until the table is rebuilt.
    fn has_hidden_column(self) -> bool {
        let before = self.live.table(&self.table.name).unwrap_or(self.table);
        Self { table: before, ..self }.has_fulltext() || self.has_fulltext()
    }

    pub fn has_virtual_column(self) -> bool {
        self.table.columns.iter().any(is_virtual)
    }

    pub fn has_indexed_virtual_column(self) -> bool {
        self.table.columns.iter().any(|column| is_virtual(column) && self.is_indexed(&column.name))
    }

    pub fn is_indexed(self, column: &Identifier) -> bool {
        self.table.indexes.iter().any(|index| index.contains(column)) || self.is_in_primary_key(column)
    }

    pub fn is_in_primary_key(self, column: &Identifier) -> bool {
        self.table.primary_key.as_ref().is_some_and(|key| key.contains(column))
    }

    pub fn is_in_fulltext(self, column: &Identifier) -> bool {
        let is_fulltext = |index: &&Index| matches!(index.kind, IndexKind::Fulltext { .. });
        self.table.indexes.iter().filter(is_fulltext).any(|index| index.contains(column))
    }

    /// Whether a foreign key of this database refers to the column.
    pub fn is_referenced(self, column: &Identifier) -> bool {
        self.live.tables.iter().flat_map(|table| &table.foreign_keys).any(|key| {
            key.refers_to(&self.table.name) && key.referenced_columns.iter().any(|name| name.matches(column))
        })
    }

    /// Whether rows are compressed. A block size alone makes the row format COMPRESSED (MySQL manual, "CREATE TABLE Statement").
    fn is_compressed(self) -> bool {
        let storage = &self.table.options.storage;
        match storage.row_format {
            None => storage.key_block_size.is_some(),
            Some(_) => self.has_row_format("COMPRESSED"),
        }
    }

    pub fn has_row_format(self, format: &str) -> bool {
        self.table.options.storage.row_format.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(format))
    }

    /// Predicts another storage option. Page compression applies to pages that are written from then on, and MySQL encrypts
    /// by copying alone (tried on MySQL 9.7, MariaDB 10.11 and 11.8).
    pub fn set_storage(self, to: &StorageOption) -> Cost {
        match to {
            StorageOption::RowFormat(_) | StorageOption::KeyBlockSize(_) => self.rebuild(),
            StorageOption::Encryption(_) if self.is_mysql() => self.copy(),
            StorageOption::Encryption(_) | StorageOption::Compression(_) if !self.is_mysql() => self.rebuild(),
            _ => self.dictionary(),
        }
    }
}

pub fn is_virtual(column: &Column) -> bool {
    matches!(&column.fill, Fill::Generated(generated) if generated.storage == Storage::Virtual)
}
