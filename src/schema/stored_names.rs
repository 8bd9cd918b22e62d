//! Names of tables and databases as a server stores them. With these, two names are one table where they are equal.

use std::collections::HashMap;

use super::identifier::{Identifier, fold};
use super::{DeclaredSchema, DeclaredTable, ForeignKey, Table};

/// How a server compares the names of tables and databases: its `lower_case_table_names`. It compares those of columns,
/// indexes and constraints in any case ([`Identifier::matches`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TableNameCase {
    /// 0: names that differ in case alone are those of two tables.
    #[default]
    Distinct,
    /// 1: names are stored in lower case, and compared in any (tried on MySQL 9.7).
    Lower,
    /// 2: names are stored as they were given, and compared in any case.
    Kept,
}

/// Tells how one server stores a name that is written in any case. A name that went through it is equal to that of the
/// live table that it means.
#[derive(Debug, Clone, Default)]
pub struct StoredNames {
    case: TableNameCase,
    /// The spellings of live tables by their folded names, where the server keeps them.
    kept: HashMap<String, Identifier>,
}

impl TableNameCase {
    /// Reads the value of `lower_case_table_names`.
    #[must_use]
    pub fn of_variable(value: &str) -> Self {
        match value {
            "1" => Self::Lower,
            "2" => Self::Kept,
            _ => Self::Distinct,
        }
    }
}

impl StoredNames {
    /// Returns the names of a server with these live tables.
    pub fn new<'a>(case: TableNameCase, live: impl IntoIterator<Item = &'a Table>) -> Self {
        let kept = match case {
            TableNameCase::Distinct | TableNameCase::Lower => HashMap::new(),
            TableNameCase::Kept => live.into_iter().map(|table| (table.name.folded(), table.name.clone())).collect(),
        };
        Self { case, kept }
    }

    /// Whether the server stores each name as it is written, and takes it for no other.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.case == TableNameCase::Distinct
    }

    /// Returns the name of a table as the server stores it.
    #[must_use]
    pub fn table(&self, name: &Identifier) -> Identifier {
        match self.case {
            TableNameCase::Distinct => name.clone(),
            TableNameCase::Lower => name.lowered(),
            TableNameCase::Kept => self.kept.get(&name.folded()).unwrap_or(name).clone(),
        }
    }

    /// Returns the name of a database as the server stores it, where `own` is that of the one at hand.
    #[must_use]
    pub fn database(&self, name: &Identifier, own: &Identifier) -> Identifier {
        match self.case {
            TableNameCase::Distinct => name.clone(),
            TableNameCase::Lower | TableNameCase::Kept if name.matches(own) => own.clone(),
            TableNameCase::Lower => name.lowered(),
            TableNameCase::Kept => name.clone(),
        }
    }

    /// Whether a text is a name of this stored table.
    #[must_use]
    pub fn is_table(&self, text: &str, stored: &Identifier) -> bool {
        match self.case {
            TableNameCase::Distinct => text == stored.as_str(),
            TableNameCase::Lower | TableNameCase::Kept => fold(text) == stored.folded(),
        }
    }

    /// Gives all tables of a declaration the names that the server stores, where `own` is the database. A former name that
    /// is the table's own to the server is none.
    pub fn in_declaration(&self, schema: &mut DeclaredSchema, own: &Identifier) {
        if self.is_exact() {
            return;
        }
        let DeclaredSchema { tables, absent_tables } = schema;
        for table in tables {
            let DeclaredTable {
                name,
                renamed_from,
                foreign_keys,
                columns: _,
                primary_key: _,
                indexes: _,
                checks: _,
                options: _,
                partitioning: _,
                absent: _,
            } = table;
            *name = self.table(name);
            for former in renamed_from.iter_mut() {
                *former = self.table(former);
            }
            renamed_from.retain(|former| former != name);
            for key in foreign_keys {
                self.in_foreign_key(key, own);
            }
        }
        for name in absent_tables {
            *name = self.table(name);
        }
    }

    /// Gives the table that a foreign key refers to the name that the server stores.
    pub fn in_foreign_key(&self, key: &mut ForeignKey, own: &Identifier) {
        let ForeignKey { referenced_database, referenced_table, .. } = key;
        if let Some(database) = referenced_database {
            *database = self.database(database, own);
        }
        *referenced_table = self.table(referenced_table);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Identifier {
        Identifier::new(text).unwrap()
    }

    fn names(case: TableNameCase) -> StoredNames {
        let live = Table {
            name: name("Orders"),
            columns: Vec::new(),
            primary_key: None,
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            options: crate::schema::TableOptions::default(),
            partitioning: None,
        };
        StoredNames::new(case, [&live])
    }

    #[test]
    fn a_name_is_stored_as_the_variable_says() {
        for (variable, written, stored) in [
            ("0", "ORDERS", "ORDERS"),
            ("1", "ORDERS", "orders"),
            ("1", "GRÖßE", "größe"),
            ("1", "İI", "ii"),
            ("2", "ORDERS", "Orders"),
            ("2", "Users", "Users"),
        ] {
            let names = names(TableNameCase::of_variable(variable));
            assert_eq!(names.table(&name(written)), name(stored), "{variable} {written}");
            assert!(names.is_table(written, &name(stored)));
        }
        assert!(!names(TableNameCase::Distinct).is_table("ORDERS", &name("orders")));
    }

    #[test]
    fn a_declaration_gets_the_stored_names_wherever_it_names_a_table() {
        let key = ForeignKey {
            name: name("F"),
            columns: vec![name("Id")],
            referenced_database: Some(name("APP")),
            referenced_table: name("Parent"),
            referenced_columns: vec![name("Id")],
            on_delete: crate::schema::ReferentialAction::Restrict,
            on_update: crate::schema::ReferentialAction::Restrict,
        };
        let table = DeclaredTable {
            renamed_from: vec![name("USER"), name("Person")],
            foreign_keys: vec![key],
            ..DeclaredTable::named(name("User"))
        };
        let mut schema = DeclaredSchema { tables: vec![table], absent_tables: vec![name("Gone")] };
        names(TableNameCase::Lower).in_declaration(&mut schema, &name("app"));
        let DeclaredSchema { tables, absent_tables } = schema;
        assert_eq!((&tables[0].name, &tables[0].renamed_from), (&name("user"), &vec![name("person")]));
        let key = &tables[0].foreign_keys[0];
        assert_eq!((&key.referenced_database, &key.referenced_table), (&Some(name("app")), &name("parent")));
        assert_eq!((&key.name, absent_tables), (&name("F"), vec![name("gone")]));
    }
}
