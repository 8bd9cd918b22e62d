//! The cost of a change of an index or a primary key.

use super::site::Site;
use crate::plan::assess::limits::KEY_BYTES;
use crate::plan::change::Cost;
use crate::schema::{Column, DataType, Index, IndexKind, KeyPart, KeyTarget, PrimaryKey, Table, same_parts};

impl Site<'_> {
    /// Predicts a new index.
    pub fn add_index(self, index: &Index) -> Cost {
        match index.kind {
            // The first full-text index of a table adds a hidden column to it, unless the table has its own.
            IndexKind::Fulltext { .. } if !self.has_fulltext() && !self.has_document_number() => {
                Cost::REBUILD.blocking()
            }
            IndexKind::Fulltext { .. } | IndexKind::Spatial => Cost::IN_PLACE.blocking(),
            // MySQL adds a hidden virtual column with it.
            IndexKind::Plain if index.has_expression() => Cost::IN_PLACE.blocking(),
            IndexKind::Unique if index.has_expression() => self.copy(),
            IndexKind::Unique if !self.is_mysql() && self.is_hashed(index) => self.copy(),
            IndexKind::Unique if self.becomes_clustered(index) => self.rebuild(),
            IndexKind::Plain | IndexKind::Unique => Cost::IN_PLACE,
        }
    }

    /// Predicts the removal of an index.
    pub fn drop_index(self, index: &Index) -> Cost {
        if !self.clustered_by().is_some_and(|clustered| clustered.name.matches(&index.name)) {
            return Cost::IN_PLACE;
        }
        let mut others = self.table.indexes.iter().filter(|other| !other.name.matches(&index.name));
        // MariaDB clusters the rows by another such key, where there is one.
        if !self.is_mysql() && others.any(|other| self.can_cluster(other)) { self.rebuild() } else { self.copy() }
    }

    /// Predicts an index that is dropped and added in one statement.
    pub fn replace_index(self, from: &Index, to: &Index) -> Cost {
        if from.has_expression() && to.has_expression() {
            return self.copy();
        }
        let same_but_comment = from.same_definition(&Index { comment: from.comment.clone(), ..to.clone() });
        let is_fulltext = |index: &Index| matches!(index.kind, IndexKind::Fulltext { .. });
        match (is_fulltext(from), is_fulltext(to)) {
            // Another comment changes the dictionary alone, though the statement drops and adds.
            (false, _) if same_but_comment => return self.dictionary(),
            (true, _) if same_but_comment && (self.is_mysql() || self.live.dialect.at_least(11, 8, 0)) => {
                return self.dictionary();
            }
            // The hidden column of the old one serves the new one.
            (true, true) => return Cost::IN_PLACE.blocking(),
            _ => {}
        }
        let without = Table {
            indexes: self.table.indexes.iter().filter(|index| !index.name.matches(&from.name)).cloned().collect(),
            ..self.table.clone()
        };
        self.drop_index(from).and(Site { table: &without, ..self }.add_index(to))
    }

    /// Predicts a new primary key. MariaDB keeps the rows where a unique index with the same parts has clustered them.
    pub fn add_primary_key(self, key: &PrimaryKey) -> Cost {
        let is_clustered = self.clustered_by().is_some_and(|clustered| same_parts(&clustered.parts, &key.parts));
        if !self.is_mysql() && is_clustered { Cost::IN_PLACE } else { self.rebuild() }
    }

    /// Returns the unique index by which InnoDB clusters the rows where there is no primary key: the first whose columns are
    /// whole and never null (MySQL manual, "Clustered and Secondary Indexes").
    fn clustered_by(&self) -> Option<&Index> {
        if self.table.primary_key.is_some() {
            return None;
        }
        self.table.indexes.iter().find(|index| self.can_cluster(index))
    }

    fn becomes_clustered(self, index: &Index) -> bool {
        self.table.primary_key.is_none() && self.clustered_by().is_none() && self.can_cluster(index)
    }

    /// Whether InnoDB can cluster the rows by the index.
    pub fn can_cluster(self, index: &Index) -> bool {
        let is_whole = |part: &KeyPart| self.whole_column(part).is_some_and(|column| !column.nullable);
        index.kind == IndexKind::Unique && index.parts.iter().all(is_whole)
    }

    /// Returns the column that a part indexes in its whole length.
    fn whole_column(&self, part: &KeyPart) -> Option<&Column> {
        match &part.target {
            KeyTarget::Column { name, prefix: None } => self.table.column(name),
            _ => None,
        }
    }

    /// Whether the table has its own column for the number that a full-text index needs (MySQL manual, "InnoDB Full-Text Indexes").
    fn has_document_number(self) -> bool {
        self.table.columns.iter().any(|column| column.name.as_str() == "FTS_DOC_ID")
    }

    /// Whether MariaDB stores a unique index as a hash in a hidden column, because it is too long for a tree.
    fn is_hashed(self, index: &Index) -> bool {
        let bytes = |part: &KeyPart| -> u64 {
            match self.whole_column(part).map(|column| &column.data_type) {
                Some(DataType::Text(_) | DataType::Blob(_)) => KEY_BYTES + 1,
                Some(DataType::Varchar(length)) => u64::from(length.get()) * 4,
                Some(DataType::Varbinary(length)) => u64::from(length.get()),
                _ => 0,
            }
        };
        index.parts.iter().map(bytes).sum::<u64>() > KEY_BYTES
    }
}
