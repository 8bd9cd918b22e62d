//! A schema, and its tables by name.

use std::collections::BTreeMap;

use super::{Dialect, Identifier, StoredNames, Table, TableNameCase};

/// The base tables of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    pub name: Identifier,
    pub dialect: Dialect,
    /// The database's own default character set and collation, which a new table takes.
    pub charset: String,
    pub collation: String,
    pub tables: Tables,
    /// The details of those tables that were read in full.
    pub details: BTreeMap<Identifier, Detail>,
    pub settings: ServerSettings,
}

/// Settings of a server that decide what it takes, and by which names. MariaDB has only that of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServerSettings {
    /// `lower_case_table_names`.
    pub table_names: TableNameCase,
    /// `sql_require_primary_key`: it neither creates nor alters a table without a primary key (3750).
    pub requires_primary_key: bool,
    /// `sql_generate_invisible_primary_key`: it gives a new table without a primary key one.
    pub generates_primary_key: bool,
    /// `log_bin`: it writes a binary log, and refuses statements that a replica would execute differently (1674).
    pub writes_binary_log: bool,
    /// `restrict_fk_on_non_standard_key` (MySQL 8.4): a foreign key refers to a unique key, and to all of it (6125).
    pub restricts_foreign_keys: bool,
}

/// What only a full reading of one table shows, and is no part of its definition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detail {
    /// The number that the next row will get, where a column counts up.
    pub auto_increment: Option<u64>,
    /// How rows are really stored, whether or not the table gives it, in upper case.
    pub row_format: Option<String>,
    /// Whether each question mark in the table's expressions is known to be one.
    pub has_true_expressions: bool,
}

/// Tables in the order of their names, so that a search among ten thousand looks at few of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tables(Vec<Table>);

impl Schema {
    /// Returns the table of exactly this name, as the server stores it.
    #[must_use]
    pub fn table(&self, name: &Identifier) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Returns a database of this kind that has no table, on a server that takes what any server takes.
    #[must_use]
    pub fn without_tables(&self) -> Self {
        let Self { name, dialect, charset, collation, tables: _, details: _, settings } = self;
        Self {
            name: name.clone(),
            dialect: *dialect,
            charset: charset.clone(),
            collation: collation.clone(),
            tables: Tables::default(),
            details: BTreeMap::new(),
            settings: ServerSettings { table_names: settings.table_names, ..ServerSettings::default() },
        }
    }

    /// Returns how the server stores names.
    #[must_use]
    pub fn stored_names(&self) -> StoredNames {
        StoredNames::new(self.settings.table_names, &self.tables)
    }
}

impl Tables {
    /// Returns the table of exactly this name.
    #[must_use]
    pub fn get(&self, name: &Identifier) -> Option<&Table> {
        let at = self.0.binary_search_by(|table| table.name.cmp(name)).ok()?;
        self.0.get(at)
    }

    /// Returns the table of exactly this name, to be completed. Its name must stay: the table is found by it.
    pub(crate) fn get_mut(&mut self, name: &Identifier) -> Option<&mut Table> {
        let at = self.0.binary_search_by(|table| table.name.cmp(name)).ok()?;
        self.0.get_mut(at)
    }

    /// Removes a table.
    pub fn remove(&mut self, name: &Identifier) {
        self.0.retain(|table| table.name != *name);
    }

    /// Returns all tables, by name.
    pub fn iter(&self) -> std::slice::Iter<'_, Table> {
        self.0.iter()
    }
}

impl FromIterator<Table> for Tables {
    fn from_iter<I: IntoIterator<Item = Table>>(tables: I) -> Self {
        let mut tables: Vec<Table> = tables.into_iter().collect();
        tables.sort_by(|one, other| one.name.cmp(&other.name));
        Self(tables)
    }
}

impl<'a> IntoIterator for &'a Tables {
    type Item = &'a Table;
    type IntoIter = std::slice::Iter<'a, Table>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Column, DataType, TableOptions};
    use super::*;

    fn table(name: &str) -> Table {
        Table {
            name: Identifier::new(name).unwrap(),
            columns: vec![Column::new(Identifier::new("id").unwrap(), DataType::integer())],
            primary_key: None,
            indexes: vec![],
            foreign_keys: vec![],
            checks: vec![],
            options: TableOptions::default(),
            partitioning: None,
        }
    }

    #[test]
    fn a_table_is_found_by_its_exact_name_in_whatever_order_they_came() {
        let names = ["user", "User", "address", "ärger", "z", "a_b", "a-b", "a b"];
        let tables: Tables = names.into_iter().map(table).collect();
        for name in names {
            let name = Identifier::new(name).unwrap();
            assert_eq!(tables.get(&name).map(|table| &table.name), Some(&name));
        }
        for absent in ["USER", "use", "users", "aa", "zz", "\u{1}"] {
            assert_eq!(tables.get(&Identifier::new(absent).unwrap()), None, "{absent}");
        }
        assert_eq!(tables.iter().count(), names.len());
    }
}
