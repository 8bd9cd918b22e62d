//! Foreign keys that are dropped to come back otherwise. What only the former definition hinders waits for the return: until
//! then that definition has to be possible, since it is put back where the return fails.

use super::across_tables::concerns_key;
use crate::plan::change::{Change, TableChange};
use crate::plan::diff::is_hindered;
use crate::schema::{ForeignKey, Identifier, KeyOfTable};

/// The foreign keys of a plan that come back otherwise.
#[derive(Debug, Default)]
pub struct MovedKeys(Vec<MovedKey>);

#[derive(Debug)]
struct MovedKey {
    table: Identifier,
    from: ForeignKey,
    to: ForeignKey,
}

impl MovedKeys {
    /// Finds the keys that these changes drop and add with another definition.
    pub fn of(changes: &[TableChange]) -> Self {
        let mut moved = Vec::new();
        for TableChange { table, change } in changes {
            let Change::DropForeignKey(from) = change else { continue };
            let added = changes.iter().find_map(|other| match &other.change {
                Change::AddForeignKey(to) if other.table == *table && to.name.matches(&from.name) => Some(to),
                _ => None,
            });
            let keys = added.filter(|to| *to != from);
            moved.extend(keys.map(|to| MovedKey { table: table.clone(), from: from.clone(), to: to.clone() }));
        }
        Self(moved)
    }

    /// Whether a former definition hinders this change of `table`, and no new one needs it.
    pub fn hinder(&self, change: &Change, table: &Identifier) -> bool {
        let hinders = |key: &MovedKey| {
            let former = KeyOfTable { key: &key.from, table: &key.table };
            is_hindered(change, table, former) && !concerns_key(&key.to, &key.table, change, table)
        };
        self.0.iter().any(hinders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, DataType, ReferentialAction};

    fn name(text: &str) -> Identifier {
        Identifier::new(text).unwrap()
    }

    fn key(column: &str) -> ForeignKey {
        ForeignKey {
            name: name("f"),
            columns: vec![name(column)],
            referenced_database: None,
            referenced_table: name("p"),
            referenced_columns: vec![name("id")],
            on_delete: ReferentialAction::Restrict,
            on_update: ReferentialAction::Restrict,
        }
    }

    #[test]
    fn what_the_former_definition_alone_hinders_waits() {
        let change = |change| TableChange { table: name("t"), change };
        let changes = [change(Change::DropForeignKey(key("a"))), change(Change::AddForeignKey(key("b")))];
        let moved = MovedKeys::of(&changes);
        let modified = |column: &str| Change::ModifyColumn {
            from: Box::new(Column::new(name(column), DataType::integer())),
            to: Box::new(Column::new(name(column), DataType::parse("bigint").unwrap())),
            position: None,
        };
        assert!(moved.hinder(&modified("a"), &name("t")));
        assert!(!moved.hinder(&modified("b"), &name("t")) && !moved.hinder(&modified("a"), &name("other")));
        assert!(!moved.hinder(&modified("id"), &name("p")), "both definitions refer to it");
        let same = [change(Change::DropForeignKey(key("a"))), change(Change::AddForeignKey(key("a")))];
        assert!(!MovedKeys::of(&same).hinder(&modified("a"), &name("t")), "it returns as it was");
    }
}
