//! Refuses references to what the table will not have, and declarations that its server does not support.

use super::refusal::RefusalKind;
use super::table_merge::TableMerge;
use crate::schema::{DeclaredColumn, ForeignKey, Identifier, KeyPart, Position, ReferentialAction, Table};

impl TableMerge<'_> {
    /// Refuses keys and positions that name a column which the table will not have.
    pub fn check_references(&mut self, table: &Table) {
        let mut named: Vec<(String, &Identifier)> = Vec::new();
        let keys = self.declared.primary_key.iter().map(|parts| ("primaryKey".to_owned(), parts));
        let indexes = self.declared.indexes.iter().map(|index| (format!("indexes[{}]", index.name), &index.parts));
        for (path, parts) in indexes.chain(keys) {
            named.extend(parts.iter().filter_map(KeyPart::column_name).map(|name| (path.clone(), name)));
        }
        for key in &self.declared.foreign_keys {
            named.extend(key.columns.iter().map(|name| (format!("foreignKeys[{}]", key.name), name)));
        }
        for column in &self.declared.columns {
            if let Some(Position::After(name)) = &column.position {
                named.push((format!("columns[{}].after", column.name), name));
            }
        }
        self.check_positions();
        named.retain(|(_, name)| table.column(name).is_none());
        for (path, column) in named {
            let message = format!("the table will have no column {column}");
            self.refuse(&path, RefusalKind::Invalid, message);
        }
        // 1113; on MySQL also 4028, as beside the column of a primary key that the server generated.
        if !table.columns.iter().any(|column| column.visible) {
            self.refuse("columns", RefusalKind::Invalid, "the table would have no visible column");
        }
    }

    /// Refuses two columns in one place: they would trade places forever.
    fn check_positions(&mut self) {
        let declared: &[DeclaredColumn] = &self.declared.columns;
        for (at, column) in declared.iter().enumerate() {
            let same = |other: &&DeclaredColumn| match (&other.position, &column.position) {
                (Some(Position::After(other)), Some(Position::After(name))) => other.matches(name),
                (Some(Position::First), Some(Position::First)) => true,
                _ => false,
            };
            if let Some(other) = declared.iter().take(at).find(same) {
                let message = format!("column {} is declared in the same place", other.name);
                self.refuse(&format!("columns[{}]", column.name), RefusalKind::Invalid, message);
            }
        }
    }

    /// Refuses what MariaDB answers with a syntax error, or accepts and forgets (tried on 10.11 and 11.8).
    pub fn refuse_what_mariadb_lacks(&mut self, table: &Table) {
        let declared = self.declared;
        let mut lacks = |path: String, what: &str| {
            self.refuse(&path, RefusalKind::Unsupported, format!("MariaDB has no {what}"));
        };
        for column in declared.columns.iter().filter(|column| column.srid.is_some_and(|srid| srid != 0)) {
            lacks(format!("columns[{}].srid", column.name), "columns of one spatial reference system");
        }
        for index in declared.indexes.iter().filter(|index| index.parts.iter().any(|part| part.column_name().is_none()))
        {
            lacks(format!("indexes[{}].columns", index.name), "indexes over expressions: add a generated column");
        }
        for check in declared.checks.iter().filter(|check| check.enforced == Some(false)) {
            lacks(format!("checks[{}].enforced", check.name), "checks that are not enforced");
        }
        let is_innodb = table.is_innodb();
        let to_default =
            |key: &&ForeignKey| [key.on_delete, key.on_update].contains(&ReferentialAction::SetDefault) && is_innodb;
        for key in declared.foreign_keys.iter().filter(to_default) {
            lacks(format!("foreignKeys[{}]", key.name), "SET DEFAULT for foreign keys of InnoDB");
        }
    }
}
